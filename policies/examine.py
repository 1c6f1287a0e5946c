"""A dossier, and what somebody answers for, as facts that controls can speak about."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..provenance.dossier import Dossier
from ..provenance.evidence import Claim, Label, Match, Reading, Reason, Score, Trace
from ..provenance.verdict import PARTLY_TYPES, SYNTHETIC_TYPES, Origin
from .facts import AigcLabel, AssetFacts, ClaimFacts, ExplicitLabel, Facts, IptcLabel, Watermark, facts_from

# GB 45438-2025, 5.x b): an AI element and a generation or synthesis element; English words as used in practice.
AI_ELEMENT = re.compile(r"人工智能|\bAI\b|AI(?=[^a-zA-Z])|artificial intelligence", re.IGNORECASE)
GENERATION_ELEMENT = re.compile(r"生成|合成|generat|synthe", re.IGNORECASE)
_KEYS = ("Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2")
# e-mail, mobile number, mainland identity number, path of a home folder: what must not stand in a label field
_PERSONAL = re.compile(
    r"[\w.]+@[\w-]+\.\w|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?!\w)|[A-Za-z]:\\Users\\|/home/|/Users/"
)
# Gaps that hide whether metadata is there; a missing extra or key hides only watermarks.
_HIDING = frozenset(
    {Reason.DAMAGED, Reason.TOO_LARGE, Reason.TIMED_OUT, Reason.UNREADABLE, Reason.FAULT, Reason.UNKNOWN_FORMAT}
)


def of_dossier(
    dossier: Dossier, declared: Mapping[str, Any] | None = None, measured: Mapping[str, Any] | None = None
) -> Facts:
    """The facts of one asset. `measured` is what `measure` says of the file.

    `declared` are asset facts that somebody answers for (a deep fake, an advertisement, "these are outputs of a
    model"); they stand where the file itself is silent, and never override what the file says.

    Raises:
        BadContent: `declared` names a fact outside the vocabulary.
    """
    found = _with_measures(_asset(dossier), measured or {})
    if declared:
        said = facts_from({"asset": dict(declared)}).asset
        silent = {name: getattr(said, name) for name in declared if getattr(found, name) is None}
        found = replace(found, **silent)
    return Facts(subject=subject(dossier.asset.path or dossier.asset.name), kind="asset", asset=found)


def subject(path: str) -> str:
    """A path as reports name it: relative to the working folder where it lies below it, and with forward slashes.

    The same file then has the same name, and its findings the same fingerprints, however it was named in a call.
    """
    inside = os.path.relpath(path)
    return Path(path if inside.startswith("..") else inside).as_posix()


def _with_measures(found: AssetFacts, measured: Mapping[str, Any]) -> AssetFacts:
    sizes = {name: measured[name] for name in ("width", "height", "duration") if name in measured}
    claims = found.claims
    if claims and "rubric_failures" in measured:
        failures = measured["rubric_failures"]
        claims = tuple(replace(c, rubric_failures=failures) if c.depth == 0 else c for c in claims)
    return replace(found, claims=claims, **sizes)


def unique_ids(all_facts: Sequence[Facts]) -> tuple[Facts, ...]:
    """The same facts with `unique_produce_id` told for the corpus: one producer's number names one content.

    GB 45438-2025, 6.1 a) 3): two assets with different bytes must not share producer and number.
    """
    owners: dict[tuple[str, str], set[str]] = {}
    for facts in all_facts:
        for key in _produce_keys(facts):
            owners.setdefault(key, set()).add(facts.asset.sha256 or "")
    told = []
    for facts in all_facts:
        keys = _produce_keys(facts)
        unique = all(len(owners[key]) == 1 for key in keys) if keys else None
        told.append(replace(facts, asset=replace(facts.asset, unique_produce_id=unique)))
    return tuple(told)


def _produce_keys(facts: Facts) -> list[tuple[str, str]]:
    return [(a.content_producer or "", a.produce_id or "") for a in facts.asset.aigc or () if a.produce_id]


def _asset(dossier: Dossier) -> AssetFacts:
    verdict, ref = dossier.verdict, dossier.asset
    hidden = any(gap.reason in _HIDING for gap in dossier.gaps)
    matches = [e for e in dossier.evidence if isinstance(e, Match)]
    labels = [e for e in dossier.evidence if isinstance(e, Label)]
    claims = _known([_claim(e) for e in dossier.evidence if isinstance(e, Claim)], hidden)
    return AssetFacts(
        path=ref.path,
        sha256=ref.sha256,
        media=ref.media.value,
        format=ref.format,
        generated=_told(verdict.origin, Origin.SYNTHETIC),
        altered=_told(verdict.origin, Origin.PARTLY_SYNTHETIC),
        captured=_told(verdict.origin, Origin.CAPTURED),
        origin=verdict.origin.value,
        basis=verdict.basis.value,
        integrity=verdict.integrity.value,
        trust=verdict.trust.value,
        platform_class=verdict.platform_class.value,
        laundered=verdict.laundered,
        complete=verdict.complete,
        contradictions=len(verdict.disagrees),
        explicit=_explicit(labels, ref.media.value, hidden, dossier.looked),
        aigc=_known([_aigc(e) for e in labels if e.standard == "aigc"], hidden),
        iptc=_known([_iptc(e) for e in labels if e.standard == "iptc"], hidden),
        claims=claims,
        watermarks=_watermarks(dossier),
        registered=True if matches else None,
        registry_agrees=not any(m.transplanted for m in matches) if matches else None,
        traces=sum(isinstance(e, Trace) for e in dossier.evidence),
        detector=next((e.outcome for e in dossier.evidence if isinstance(e, Score)), None),
        **_sizes(labels),
    )


def _told(origin: Origin, wanted: Origin) -> bool | None:
    return None if origin is Origin.UNKNOWN else origin is wanted


def _known(items: list[Any], hidden: bool) -> tuple[Any, ...] | None:
    """The items; an empty list is not known to be empty when a reader could not look."""
    return None if hidden and not items else tuple(items)


# The reader that has to have looked at a medium for silence to be knowledge; without one it always has.
_LOOKERS = {"image": "seen", "video": "seen", "audio": "heard"}


def _explicit(
    labels: Sequence[Label], media: str, hidden: bool, looked: Collection[str]
) -> tuple[ExplicitLabel, ...] | None:
    found = [_explicit_label(e) for e in labels if e.explicit]
    known = _LOOKERS.get(media) in looked or media == "text"
    return tuple(found) if found or (known and not hidden) else None


def _sizes(labels: Sequence[Label]) -> dict[str, Any]:
    """The sides and the length that readers of pixels and sound measured on their way."""
    fields = dict(pair for label in labels if label.standard in _LOOKERS.values() for pair in label.fields)
    kinds: dict[str, type] = {"width": int, "height": int, "duration": float}
    return {name: kind(fields[name]) for name, kind in kinds.items() if name in fields}


def _explicit_label(label: Label) -> ExplicitLabel:
    fields = dict(label.fields)
    number = {k: float(v) for k, v in fields.items() if re.fullmatch(r"\d+(\.\d+)?", v)}
    return ExplicitLabel(
        standard=label.standard,
        form=fields.get("form", "text"),
        wording=label.wording,
        ai_element=bool(AI_ELEMENT.search(label.wording)),
        generation_element=bool(GENERATION_ELEMENT.search(label.wording)),
        position=fields.get("position") or label.locator or None,
        ink_height=int(number["ink_height"]) if "ink_height" in number else None,
        contrast=number.get("contrast"),
        starts=number.get("starts"),
        ends=number.get("ends"),
        characters_per_minute=number.get("characters_per_minute"),
        pulses=fields.get("pulses"),
        pulse_ratio=number.get("pulse_ratio"),
        pulse_snr=number.get("pulse_snr"),
        language=fields.get("language"),
    )


def _aigc(label: Label) -> AigcLabel:
    fields = dict(label.fields)
    said = " ".join(label.findings).lower()
    values = [fields.get(key, "") for key in _KEYS]
    return AigcLabel(
        label=fields.get("Label"),
        content_producer=fields.get("ContentProducer"),
        produce_id=fields.get("ProduceID"),
        reserved_code1=fields.get("ReservedCode1"),
        content_propagator=fields.get("ContentPropagator"),
        propagate_id=fields.get("PropagateID"),
        reserved_code2=fields.get("ReservedCode2"),
        place=label.locator,
        well_formed=set(_KEYS) == set(fields),
        string_label=fields.get("Label") in {"1", "2", "3"} and "number" not in said,
        permitted_characters=all(0x21 <= ord(c) <= 0x7E and c != "\\" for value in values for c in value),
        provider_code_ok=_provider_code(fields.get("ContentProducer", "")),
        guide_place="place" not in said,
        personal_data=bool(_PERSONAL.search(" ".join(values))),
    )


def _provider_code(value: str) -> bool | None:
    """None for a plain name, which is lawful; else whether the 27 characters are well formed (TC260-PG-20252A)."""
    if not (value.startswith("00") and len(value) == 27):
        return None
    from ..provenance.labels.aigc import check_provider_code

    return not check_provider_code(value)


def _iptc(label: Label) -> IptcLabel:
    fields = {key.lower().replace("_", ""): value for key, value in label.fields}
    return IptcLabel(
        source_type=fields.get("digitalsourcetype") or fields.get("sourcetype"),
        ai_system=fields.get("aisystemused"),
        ai_system_version=fields.get("aisystemversionused") or fields.get("aisystemversion"),
        data_mining=fields.get("datamining"),
        web_statement=fields.get("webstatement"),
    )


def _claim(claim: Claim) -> ClaimFacts:
    generative = SYNTHETIC_TYPES | PARTLY_TYPES
    uses = dict(claim.training_mining)
    return ClaimFacts(
        state=claim.state.value,
        depth=claim.depth,
        relationship=claim.relationship,
        actions=tuple(a.name for a in claim.actions),
        source_types=claim.source_types,
        ai_source=bool(generative.intersection(claim.source_types)),
        generator=claim.generator,
        agent=next((a.agent for a in claim.actions if a.agent), ""),
        agent_version=any(re.search(r"\d", a.agent) for a in claim.actions),
        when=bool(claim.signed_at) or any(a.when for a in claim.actions),
        signer=claim.signer or claim.issuer,
        label=claim.label,
        timestamped="timeStamp.validated" in claim.codes or "timeStamp.trusted" in claim.codes,
        ai_disclosure=bool(claim.ai_model),
        soft_binding=bool(claim.soft_bindings),
        training=uses.get("cawg.ai_generative_training") or uses.get("cawg.ai_training"),
        laundered=claim.laundered,
    )


def _watermarks(dossier: Dossier) -> tuple[Watermark, ...] | None:
    """The marks that were read. None read is never "none there": a mark under another key stays unseen."""
    transplanted = any(isinstance(e, Match) and e.transplanted for e in dossier.evidence)
    found = tuple(_watermark(e, transplanted) for e in _readings(dossier))
    return found or None


def _readings(dossier: Dossier) -> Iterable[Reading]:
    return (e for e in dossier.evidence if isinstance(e, Reading))


def _watermark(reading: Reading, transplanted: bool) -> Watermark:
    return Watermark(
        method=reading.method,
        ours=reading.ours,
        payload=reading.payload,
        p_value=reading.p_value,
        transplanted=transplanted,
    )
