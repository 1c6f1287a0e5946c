"""Walks a manifest store from the active manifest down through every ingredient, and says what each one claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..evidence import Action, Claim, ClaimState
from . import states
from .trust import TrustStore

READER = "c2pa"
_MOST_CLAIMS = 256  # a hostile store names thousands of ingredients; no real one comes near
_MOST_ITEMS = 200  # actions, codes and bindings of one claim
_LONGEST = 500  # characters of any one field
_NOT_ASKED = "signingCredential.ocsp.skipped"  # on every file, because nothing is fetched
_FOUND_IN = re.compile(r"found in \[([^\]]*)\] trust anchors")

# Bing signs "created" without a source type and says it in words only (C2PA 1.x).
_SAID_IN_WORDS = {"ai generated image": "trainedAlgorithmicMedia"}
# Software that makes nothing but synthetic media, for "created" actions that name it and no source type.
_GENERATORS = (
    "bing image creator",
    "dall-e",
    "dall·e",
    "adobe firefly",
    "gpt-4o",
    "imagen",
    "midjourney",
    "titan image",
)


@dataclass(frozen=True, slots=True)
class Store:
    """A validated manifest store as c2pa-rs reports it, with the lists that were asked."""

    report: Mapping[str, Any]
    trust: TrustStore
    sidecar: bool = False
    locator: str = ""


def claims(store: Store) -> tuple[Claim, ...]:
    """One claim a manifest, the active one first, then depth by depth; a manifest taken in twice stands once."""
    return tuple(_walk(store))


def malformed(codes: tuple[str, ...], *, sidecar: bool = False, locator: str = "") -> Claim:
    """The claim of a manifest that is there and cannot be parsed."""
    return Claim(READER, "", ClaimState.MALFORMED, codes=tuple(map(_short, codes)), sidecar=sidecar, locator=locator)


def _walk(store: Store) -> Iterator[Claim]:
    manifests, results = _map(store.report.get("manifests")), _map(store.report.get("validation_results"))
    deltas = {
        d.get("ingredientAssertionURI"): _map(d.get("validationDeltas")) for d in _maps(results.get("ingredientDeltas"))
    }
    label = str(store.report.get("active_manifest", ""))
    top = _active(store, _map(manifests.get(label)), _map(results.get("activeManifest")))
    yield top
    seen, level, count = {label}, [(label, top)], 1
    while level:
        below = []
        for above_label, above in level:
            for ingredient in _maps(_map(manifests.get(above_label)).get("ingredients")):
                uri = f"self#jumbf=/c2pa/{above_label}/c2pa.assertions/{ingredient.get('label')}"
                claim = _ingredient(store, ingredient, manifests, deltas.get(uri, {}), above)
                if claim is None or (claim.label and claim.label in seen) or count >= _MOST_CLAIMS:
                    continue
                yield claim
                count += 1
                seen.add(claim.label)
                below.append((claim.label, claim))
        level = [entry for entry in below if entry[0]]


def _active(store: Store, manifest: Mapping[str, Any], results: Mapping[str, Any]) -> Claim:
    success, failure = _codes(results, "success"), _codes(results, "failure")
    vouching = _vouching(store.trust, results)
    if states.TRUSTED in success and not vouching:
        success, failure = tuple(c for c in success if c != states.TRUSTED), (*failure, states.UNTRUSTED)
    found = states.state(success, failure)
    notes = tuple(code for code in _codes(results, "informational") if code != _NOT_ASKED)
    return _claim(store, manifest, found, failure + notes, trust_list=vouching)


def _ingredient(
    store: Store, ingredient: Mapping[str, Any], manifests: Mapping[str, Any], delta: Mapping[str, Any], above: Claim
) -> Claim | None:
    """The claim of an ingredient that has a manifest or failed to validate when it was taken in; else None.

    Its content is gone, so what the signer above recorded of its hash has to be believed; its signature and its
    trust are checked again by c2pa-rs, which reports what differs from the record.
    """
    recorded = _map(_map(ingredient.get("validation_results")).get("activeManifest"))
    success = set(_codes(recorded, "success")) | set(_codes(delta, "success"))
    failure = set(_codes(recorded, "failure")) | set(_codes(delta, "failure")) | set(_old_failures(ingredient))
    vouching = _vouching(store.trust, delta)
    if vouching:
        failure.discard(states.UNTRUSTED)
    elif states.TRUSTED in success and (states.UNTRUSTED in failure or _names_a_list(delta)):
        success.discard(states.TRUSTED)
        failure.add(states.UNTRUSTED)
    label = str(ingredient.get("active_manifest") or "")
    if not label and not failure:
        return None
    manifest = _map(manifests.get(label))
    found = states.state(success, failure)
    if label and not manifest:
        found = ClaimState.ALTERED
    claim = _claim(store, manifest, found, tuple(sorted(failure)), trust_list=vouching)
    broken = found in (ClaimState.ALTERED, ClaimState.MALFORMED)
    return replace(
        claim,
        label=claim.label or _short(label),
        title=_short(ingredient.get("title") or claim.title),
        depth=above.depth + 1,
        relationship=_short(ingredient.get("relationship")),
        laundered=broken and above.state is not ClaimState.ALTERED,
    )


def trusting(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every entry of a report that calls a signer trusted; c2pa-rs writes them at this reading, not from the file."""
    results = _map(report.get("validation_results"))
    for part in (
        results.get("activeManifest"),
        *(d.get("validationDeltas") for d in _maps(results.get("ingredientDeltas"))),
    ):
        for entry in _maps(_map(part).get("success")):
            if entry.get("code") == states.TRUSTED and isinstance(entry, dict):
                yield entry


def list_named(entry: Mapping[str, Any]) -> str | None:
    """The list that such an entry names. `trustListUri` is no help: it is the last manifest's, not the active one's."""
    match = _FOUND_IN.search(str(entry.get("explanation", "")))
    return match.group(1) if match else None


def _vouching(trust: TrustStore, results: Mapping[str, Any]) -> str:
    for entry in _maps(results.get("success")):
        if entry.get("code") == states.TRUSTED and (name := list_named(entry)) is not None:
            return trust.vouches(name)
    return ""


def _names_a_list(delta: Mapping[str, Any]) -> bool:
    return states.TRUSTED in _codes(delta, "success")


def _old_failures(ingredient: Mapping[str, Any]) -> tuple[str, ...]:
    """C2PA 1.x recorded one list of codes for success and failure alike."""
    good = (".match", ".validated", ".trusted", ".insideValidity", ".accessible", ".notRevoked", ".skipped")
    entries = _maps(ingredient.get("validation_status"))
    return tuple(
        str(e["code"]) for e in entries if "code" in e and not e.get("success") and not str(e["code"]).endswith(good)
    )


def _claim(
    store: Store, manifest: Mapping[str, Any], found: ClaimState, codes: tuple[str, ...], *, trust_list: str
) -> Claim:
    signature = _map(manifest.get("signature_info"))
    assertions = _maps(manifest.get("assertions"))
    actions = tuple(_actions(assertions))[:_MOST_ITEMS]
    return Claim(
        reader=READER,
        label=_short(manifest.get("label")),
        state=found,
        title=_short(manifest.get("title")),
        issuer=_short(signature.get("issuer")),
        signer=_short(signature.get("common_name")),
        signed_at=_short(signature.get("time")),
        trust_list=trust_list if found is ClaimState.TRUSTED else "",
        generator=_generator(manifest),
        codes=tuple(dict.fromkeys(map(_short, codes)))[:_MOST_ITEMS],
        actions=actions,
        source_types=tuple(dict.fromkeys(filter(None, map(_source_type, actions)))),
        soft_bindings=tuple(_bindings(assertions))[:_MOST_ITEMS],
        ai_model=_model(assertions, actions),
        training_mining=tuple(_mining(assertions))[:_MOST_ITEMS],
        sidecar=store.sidecar,
        locator=store.locator,
    )


def _actions(assertions: list[Mapping[str, Any]]) -> Iterator[Action]:
    """The actions of 1.x (c2pa.actions) and 2.x (c2pa.actions.v2) alike."""
    for data in _of(assertions, "c2pa.actions"):
        agents = _maps(data.get("softwareAgents"))
        for entry in _maps(data.get("actions")):
            parameters = _map(entry.get("parameters"))
            yield Action(
                name=_short(entry.get("action")),
                source_type=_short(str(entry.get("digitalSourceType") or "").rsplit("/", 1)[-1]),
                agent=_agent(entry.get("softwareAgent"), agents, entry.get("softwareAgentIndex")),
                when=_short(entry.get("when")),
                description=_short(entry.get("description") or parameters.get("description")),
            )


def _agent(value: Any, agents: list[Mapping[str, Any]], index: Any) -> str:
    if isinstance(index, int) and 0 <= index < len(agents):
        value = agents[index]
    if isinstance(value, Mapping):
        return _short(" ".join(str(value[k]) for k in ("name", "version") if value.get(k)))
    return _short(value)


def _source_type(action: Action) -> str:
    """The action's source type, or what old files say of it in words or by the name of a generator."""
    if action.source_type:
        return action.source_type
    if said := _SAID_IN_WORDS.get(action.description.strip().lower()):
        return said
    known = action.name == "c2pa.created" and action.agent.lower().startswith(_GENERATORS)
    return "trainedAlgorithmicMedia" if known else ""


def _generator(manifest: Mapping[str, Any]) -> str:
    for info in _maps(manifest.get("claim_generator_info")):
        return _agent(info, [], None)
    return _short(manifest.get("claim_generator"))


def _model(assertions: list[Mapping[str, Any]], actions: tuple[Action, ...]) -> str:
    for data in _of(assertions, "c2pa.ai-disclosure"):
        if name := data.get("modelName"):
            return _short(name)
    trained = (a.agent for a in actions if "rained" in _source_type(a) and a.agent)
    return next(trained, "")


def _bindings(assertions: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for data in _of(assertions, "c2pa.soft-binding"):
        for block in _maps(data.get("blocks")):
            value = block.get("value")
            # The specification wants bytes; files in the wild have text.
            plain = bytes(value).hex() if isinstance(value, list) and _are_bytes(value) else value
            yield _short(data.get("alg")), _short(plain)


def _mining(assertions: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for label in ("cawg.training-mining", "c2pa.training-mining"):
        for data in _of(assertions, label):
            for entry, what in _map(data.get("entries")).items():
                yield _short(entry), _short(_map(what).get("use"))


def _of(assertions: list[Mapping[str, Any]], label: str) -> Iterator[Mapping[str, Any]]:
    """The data of every assertion with that label, whatever its version (.v2) and instance (__1)."""
    for assertion in assertions:
        bare = str(assertion.get("label", "")).split("__")[0]
        if bare == label or bare.removeprefix(label + ".v").isdigit():
            yield _map(assertion.get("data"))


def _codes(results: Mapping[str, Any], which: str) -> tuple[str, ...]:
    return tuple(str(entry.get("code", "")) for entry in _maps(results.get(which)))


def _are_bytes(values: list[Any]) -> bool:
    return all(isinstance(b, int) and 0 <= b < 256 for b in values)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
