"""What a manifest says of an asset, and the C2PA 2.4 manifest definition that says it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..asset import Asset
from ..errors import UsageError

SPEC_VERSION = "2.4.0"  # SemVer in full: the rubric would take "2.4", strict validators do not

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_C2PA = "http://c2pa.org/digitalsourcetype/"

# The digital source types of C2PA 2.4, section 18.15.4.5, by their short names. c2pa-rs signs any string as a source
# type, so a misspelt one would be signed and mean nothing.
SOURCE_TYPES: dict[str, str] = {
    **{
        name: _IPTC + name
        for name in (
            "digitalCapture", "computationalCapture", "compositeCapture", "negativeFilm", "positiveFilm", "print",
            "humanEdits", "algorithmicallyEnhanced", "digitalCreation", "dataDrivenMedia", "algorithmicMedia",
            "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic", "composite",
            "screenCapture", "virtualRecording",
        )
    },
    "trainedAlgorithmicData": _C2PA + "trainedAlgorithmicData",
    "empty": _C2PA + "empty",
}  # fmt: skip

SYNTHETIC = frozenset(
    {
        "trainedAlgorithmicMedia",
        "compositeWithTrainedAlgorithmicMedia",
        "compositeSynthetic",
        "trainedAlgorithmicData",
    }
)

# Our watermarks are not on the C2PA list of soft-binding algorithms; a reverse-domain name is what an unlisted one
# has to bear. Nobody else can resolve it.
OUR_ALGORITHMS = "io.github.indicia."
MINING = ("data_mining", "ai_inference", "ai_training", "ai_generative_training")
USES = ("allowed", "notAllowed", "constrained")

Kind = Literal["created", "edited", "opened"]


@dataclass(frozen=True, slots=True)
class Statement:
    """What the signer says of an asset.

    `kind` "created": the asset is new, made as `source_type` says. "edited": a parent was opened and changed;
    `source_type` says how. "opened": the parent is published as it is, and nothing is said of its origin. When
    `parent` is None, "edited" and "opened" take the asset itself, as it was before signing, as their parent, so that
    its chain is kept.

    The prompt stands in the manifest in clear, readable by everyone; leave it out unless its author allows it.
    """

    kind: Kind = "created"
    source_type: str = "trainedAlgorithmicMedia"  # a key of SOURCE_TYPES
    agent: str = "indicia"  # the software that acted, when no model did
    agent_version: str = ""
    model: str = ""  # its name; becomes the softwareAgent and the modelName of c2pa.ai-disclosure
    model_version: str = ""  # a revision or version
    model_id: str = ""  # a URI that identifies the model
    model_type: str = "c2pa.types.model"
    oversight: str = ""  # fully_autonomous, prompt_guided or human_validated
    ai_disclosure: bool = True  # write c2pa.ai-disclosure when a model is named and the source type is synthetic
    prompt: str | None = None
    parent: bytes | Asset | None = None
    title: str = ""
    when: str = ""  # ISO 8601, when the action took place
    soft_bindings: tuple[tuple[str, str], ...] = ()  # (algorithm, value)
    training_mining: Mapping[str, str] | None = None  # entry of MINING -> one of USES
    actions: tuple[Mapping[str, Any], ...] = ()  # more C2PA actions, after the first ones
    tool: str = "indicia"  # claim_generator_info, with the version of this package
    extra: tuple[Mapping[str, Any], ...] = field(default=())  # more assertions: {"label": ..., "data": ...}


def algorithm_name(method: str, version: int | str) -> str:
    """The soft-binding algorithm name of one of our marks: reverse-domain, not on the C2PA list."""
    return f"{OUR_ALGORITHMS}{method}.{version}"


def checked(statement: Statement) -> Statement:
    """The statement itself, when every word in it is one that C2PA knows.

    Raises:
        UsageError: an unknown source type, kind, oversight level or training-mining word.
    """
    if statement.kind not in ("created", "edited", "opened"):
        raise UsageError(f"no kind of statement {statement.kind!r}: use created, edited or opened")
    if statement.kind == "created" and statement.parent is not None:
        raise UsageError("what is created has no parent: say 'edited' or 'opened'")
    if statement.source_type not in SOURCE_TYPES:
        raise UsageError(f"no digital source type {statement.source_type!r}; there are: {', '.join(SOURCE_TYPES)}")
    if statement.oversight not in ("", "fully_autonomous", "prompt_guided", "human_validated"):
        raise UsageError(
            f"no oversight level {statement.oversight!r}: fully_autonomous, prompt_guided, human_validated"
        )
    for entry, use in (statement.training_mining or {}).items():
        if entry.removeprefix("cawg.") not in MINING or use not in USES:
            raise UsageError(f"training-mining {entry}={use}: entries are {', '.join(MINING)}; uses {', '.join(USES)}")
    return statement


def definition(statement: Statement, mime: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest definition for c2pa's Builder, and the resources it names by identifier.

    Every assertion is a created one: actions that c2pa-rs gathers by itself fail the conformance rubric, which wants
    them first among the created assertions, with allActionsIncluded and a specVersion.
    """
    checked(statement)
    ingredients, resources = _prompt(statement)
    assertions = [_actions(statement), *_disclosure(statement), *_bindings(statement), *_mining(statement)]
    assertions += [{"created": True, **extra} for extra in statement.extra]
    made = {
        "claim_generator_info": [{"name": statement.tool, "version": _version(), "specVersion": SPEC_VERSION}],
        "format": mime,
        "ingredients": ingredients,
        "assertions": assertions,
    }
    return (made | {"title": statement.title} if statement.title else made), resources


@functools.cache
def _version() -> str:
    import importlib.metadata

    return importlib.metadata.version("indicia")


def _actions(statement: Statement) -> dict[str, Any]:
    performed = _performed(statement)
    ours = [alg for alg, _ in statement.soft_bindings if alg.startswith(OUR_ALGORITHMS)]
    if ours:
        performed.append({"action": "c2pa.watermarked.bound", "softwareAgent": _tool(statement)})
    performed += [dict(action) for action in statement.actions]
    return {"label": "c2pa.actions.v2", "created": True, "data": {"allActionsIncluded": True, "actions": performed}}


def _performed(statement: Statement) -> list[dict[str, Any]]:
    """The first actions. C2PA 2.4, 18.15.2: created or opened comes first, and at most one of them."""
    act: dict[str, Any] = {"digitalSourceType": SOURCE_TYPES[statement.source_type], "softwareAgent": _agent(statement)}
    if statement.when:
        act["when"] = statement.when
    if statement.prompt is not None:
        act["parameters"] = {"ingredientIds": ["prompt"]}
    if statement.kind == "created":
        return [{"action": "c2pa.created", **act}]
    # 2.4 forbids a source type on c2pa.opened; it stands on the edit.
    opened: dict[str, Any] = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    then: dict[str, Any] = {"action": "c2pa.edited", **act} if statement.kind == "edited" else _published(statement)
    return [opened, then]


def _published(statement: Statement) -> dict[str, Any]:
    when = {"when": statement.when} if statement.when else {}
    return {"action": "c2pa.published", "softwareAgent": _tool(statement), **when}


def _agent(statement: Statement) -> dict[str, str]:
    name = statement.model or statement.agent
    version = statement.model_version if statement.model else statement.agent_version
    return {"name": name, "version": version} if version else {"name": name}


def _tool(statement: Statement) -> dict[str, str]:
    return {"name": statement.tool, "version": _version()}


def _prompt(statement: Statement) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """AI/ML guidance of C2PA 2.2: a prompt is an inputTo ingredient."""
    if statement.prompt is None or statement.kind == "opened":
        return [], {}
    data = {
        "format": "text/plain",
        "identifier": "prompt.txt",
        "data_types": [{"type": "c2pa.types.generator.prompt"}],
    }
    entry = {"title": "prompt", "relationship": "inputTo", "label": "prompt", "format": "text/plain", "data": data}
    return [entry], {"prompt.txt": statement.prompt.encode()}


def _disclosure(statement: Statement) -> list[dict[str, Any]]:
    """c2pa.ai-disclosure, C2PA 2.4 section 18.28."""
    named = statement.model and statement.kind != "opened" and statement.source_type in SYNTHETIC
    if not (statement.ai_disclosure and named):
        return []
    data: dict[str, Any] = {"modelType": statement.model_type, "modelName": statement.model}
    if statement.model_id:
        data["modelIdentifier"] = statement.model_id
    if statement.oversight:
        data["contentProfile"] = {"humanOversightLevel": statement.oversight}
    return [{"label": "c2pa.ai-disclosure", "created": True, "data": data}]


def _bindings(statement: Statement) -> list[dict[str, Any]]:
    return [
        {"label": "c2pa.soft-binding", "created": True, "data": {"alg": alg, "blocks": [{"scope": {}, "value": value}]}}
        for alg, value in statement.soft_bindings
    ]


def _mining(statement: Statement) -> list[dict[str, Any]]:
    """cawg.training-mining 1.1; the c2pa label of the same name is dead since C2PA 2.0."""
    if not statement.training_mining:
        return []
    uses = {f"cawg.{k.removeprefix('cawg.')}": {"use": use} for k, use in statement.training_mining.items()}
    return [{"label": "cawg.training-mining", "created": True, "data": {"entries": uses}}]
