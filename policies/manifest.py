"""The pipeline manifest `indicia.yaml`: what a generation pipeline is made of, as its owner declares it.

Its JSON Schema is published as `docs/schemas/manifest-1.json`, for editors.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import glob
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..provenance.errors import BadContent
from . import facts, located
from .code import inspect_code
from .examine import AI_ELEMENT, GENERATION_ELEMENT

MAX_BYTES = 1 << 20
ORGANISATION = "#organisation"  # behind a manifest's path: the subject of findings on the organisation
# A private key in PEM form, or a certificate request's key in a dotenv line.
_SECRET = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
_SECRET_FILES = 20_000  # files looked at for keys; what is beyond is not told
_SKIPPED = {".git", ".venv", "node_modules", "__pycache__"}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Card(_Part):
    """What a model's card states."""

    limits: bool = False
    robustness: bool = False
    bias: bool = False


class Model(_Part):
    """A model the pipeline uses or offers."""

    id: str
    source: str = ""
    licence: str = ""
    revision: str = ""
    card: Card | None = None
    discloses: bool | None = None


class PipelineStep(_Part):
    """One stage, in the order it runs."""

    name: str
    does: Literal[
        "generate",
        "edit",
        "label",
        "watermark",
        "metadata",
        "sign",
        "register",
        "transcode",
        "export",
        "review",
        "other",
    ]
    lossy: bool | None = None
    read_back: bool | None = None
    effect: Literal["none", "remove_label", "forge_label", "hide_label", "circumvent_marking"] = "none"


class Key(_Part):
    """A key by its handle; never the key itself."""

    purpose: Literal["sign", "watermark", "other"]
    source: Literal["kms", "pkcs11", "file", "environment", "repository"]
    rotated: dt.date | None = None
    expires: dt.date | None = None


class DataSource(_Part):
    """Something that models are trained on, or that outputs are made from."""

    name: str
    use: Literal["reference", "training"]
    origin: str = ""
    licence: str = ""
    basis: str = ""
    ip_checked: bool | None = None
    personal_data_basis: str = ""
    cawg_training: Literal["allowed", "notAllowed", "constrained"] | None = None
    tdm_reservation: bool | None = None
    robots_train: Literal["y", "n"] | None = None
    data_mining: str | None = None


class Notice(_Part):
    """What users of an interactive service are told."""

    text: str = ""
    persistent: bool | None = None
    position: Literal["near_content", "top", "bottom", "background", "elsewhere"] | None = None
    first_turn: bool | None = None
    playback: bool | None = None


class Review(_Part):
    """Review stages around generation, and filters."""

    input: bool | None = None
    output: bool | None = None
    feature_library: bool | None = None
    filter_ncii: bool | None = None
    filter_csam: bool | None = None
    block_report: bool | None = None


class Service(_Part):
    """What a detection or verification service does with what it is given."""

    names_basis: bool | None = None
    retains_uploads: bool | None = None
    redacts_personal_data: bool | None = None
    personal_data_consent: bool | None = None
    parser_limits: bool | None = None
    remote_fetch: bool | None = None


class PolicyUse(_Part):
    """How policies are used on this pipeline."""

    reviewed: dt.date | None = None
    gate: bool | None = None


class Statement(_Part):
    """An attestation: a document somebody answers for."""

    topic: str
    document: str
    owner: str
    date: dt.date
    holds: tuple[str, ...] = ()


class Declaration(_Part):
    """Facts that the owner answers for, of the files under a glob relative to the manifest's folder."""

    files: str
    facts: dict[str, Any]  # names of `AssetFacts`

    def covers(self, path: str) -> bool:
        """Whether a path lies under the glob; `load` has made it absolute."""
        return fnmatch.fnmatchcase(os.path.abspath(path), self.files)


class Manifest(_Part):
    """The whole file."""

    schema_: Literal["indicia/manifest@1"] = "indicia/manifest@1"
    name: str
    roles: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    placed_on_market: dt.date | None = None
    monthly_users: int | None = None
    marking: tuple[Literal["metadata", "watermark", "fingerprint", "log", "visible"], ...] | None = None
    models: tuple[Model, ...] | None = None
    steps: tuple[PipelineStep, ...] | None = None
    keys: tuple[Key, ...] | None = None
    sources: tuple[DataSource, ...] | None = None
    notice: Notice | None = None
    review: Review | None = None
    service: Service | None = None
    policy: PolicyUse | None = None
    attestations: tuple[Statement, ...] | None = None
    assets: tuple[Declaration, ...] = ()
    code: tuple[str, ...] = ()  # globs of Python files that are read (never run)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `indicia.yaml`, for editors."""
    schema = Manifest.model_json_schema()
    schema["properties"]["schema"] = schema["properties"].pop("schema_")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "indicia/manifest@1"}


def load(path: Path) -> Manifest:
    """The manifest at `path`.

    Raises:
        UsageError: the file cannot be read.
        BadContent: an unknown key or a value of the wrong kind; the text names file, line and place.
    """
    body = located.parse(located.read_text(path, "a manifest"), str(path))
    if not isinstance(body, Mapping):
        raise BadContent(f"{path}:1: a manifest is a mapping that begins with name:")
    try:
        found = Manifest.model_validate(_plain(body))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadContent(f"{path}:{_line(body, first['loc'])}: {place}: {first['msg']}") from error
    return found.model_copy(update={"assets": tuple(_declarations(found, body, path))})


def _declarations(manifest: Manifest, body: Any, path: Path) -> Iterator[Declaration]:
    """Declarations with absolute globs, their facts checked against the vocabulary."""
    folder = glob.escape(os.path.abspath(path.parent))
    for number, one in enumerate(manifest.assets):
        try:
            facts.facts_from({"asset": one.facts})
        except BadContent as error:
            raise BadContent(f"{path}:{_line(body, ('assets', number, 'facts'))}: assets.{number}: {error}") from error
        yield Declaration(files=f"{folder}/{one.files}", facts=one.facts)


def facts_of(manifest: Manifest, root: Path, as_of: dt.date, *, subject: str = "") -> tuple[facts.Facts, ...]:
    """Facts of the pipeline and of the organisation behind it; code below `root` is read, never run.

    `subject` is what findings are about, such as the manifest's path; its name when empty.
    """
    subject = subject or manifest.name
    pipeline = facts.Facts(subject=subject, kind="pipeline", pipeline=_pipeline(manifest, root, as_of))
    if manifest.attestations is None and manifest.monthly_users is None:
        return (pipeline,)
    organisation = facts.OrganisationFacts(
        attestations=None
        if manifest.attestations is None
        else tuple(_attested(s, as_of) for s in manifest.attestations),
        monthly_users=manifest.monthly_users,
    )
    return (
        pipeline,
        facts.Facts(subject=f"{subject}{ORGANISATION}", kind="organisation", organisation=organisation),
    )


def _pipeline(m: Manifest, root: Path, as_of: dt.date) -> facts.PipelineFacts:
    notice, review = m.notice or Notice(), m.review or Review()
    service, policy = m.service or Service(), m.policy or PolicyUse()
    return facts.PipelineFacts(
        name=m.name,
        steps=None if m.steps is None else tuple(_step(s) for s in m.steps),
        models=None if m.models is None else tuple(_model(x) for x in m.models),
        keys=None if m.keys is None else tuple(_key(k, as_of) for k in m.keys),
        sources=None if m.sources is None else tuple(_source(s) for s in m.sources),
        code=inspect_code(root, m.code) if m.code else None,
        secrets=count_secrets(root),
        reviews_input=review.input,
        reviews_output=review.output,
        feature_library=review.feature_library,
        filter_ncii=review.filter_ncii,
        filter_csam=review.filter_csam,
        block_report=review.block_report,
        notice_text=notice.text or None,
        notice_ai_element=bool(AI_ELEMENT.search(notice.text)) if notice.text else None,
        notice_generation_element=bool(GENERATION_ELEMENT.search(notice.text)) if notice.text else None,
        notice_persistent=notice.persistent,
        notice_position=notice.position,
        notice_first_turn=notice.first_turn,
        notice_playback=notice.playback,
        marking_layers=m.marking,
        placed_on_market=m.placed_on_market.isoformat() if m.placed_on_market else None,
        monthly_users=m.monthly_users,
        policy_reviewed_days=_days(policy.reviewed, as_of),
        ci_gate=policy.gate,
        detects_basis=service.names_basis,
        retains_uploads=service.retains_uploads,
        redacts_personal_data=service.redacts_personal_data,
        personal_data_consent=service.personal_data_consent,
        parser_limits=service.parser_limits,
        remote_fetch=service.remote_fetch,
    )


def count_secrets(root: Path) -> int | None:
    """How many files below `root` hold a private key; None when there are too many files to look at.

    The value of a key is neither kept nor shown.
    """
    found = 0
    for number, path in enumerate(_files(root)):
        if number >= _SECRET_FILES:
            return None
        try:
            if path.stat().st_size <= MAX_BYTES and _SECRET.search(path.read_bytes()):
                found += 1
        except OSError:
            return None  # what cannot be read is not known to be free of keys
    return found


def _files(root: Path) -> Any:
    import os

    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        yield from (Path(folder, name) for name in sorted(names) if not Path(folder, name).is_symlink())


def _step(step: PipelineStep) -> facts.Step:
    return facts.Step(step.name, step.does, step.lossy, step.read_back, step.effect)


def _model(model: Model) -> facts.ModelFacts:
    card = model.card
    return facts.ModelFacts(
        id=model.id,
        source=model.source,
        licence=model.licence,
        revision=model.revision,
        card=card is not None,
        card_limits=card.limits if card else False,
        card_robustness=card.robustness if card else False,
        card_bias=card.bias if card else False,
        discloses=model.discloses,
    )


def _key(key: Key, as_of: dt.date) -> facts.KeyFacts:
    expires = None if key.expires is None else (key.expires - as_of).days
    return facts.KeyFacts(key.purpose, key.source, _days(key.rotated, as_of), expires)


def _source(source: DataSource) -> facts.Source:
    return facts.Source(**source.model_dump())


def _attested(statement: Statement, as_of: dt.date) -> facts.Attestation:
    age = _days(statement.date, as_of)
    return facts.Attestation(statement.topic, statement.document, statement.owner, age, statement.holds)


def _days(date: dt.date | None, as_of: dt.date) -> int | None:
    return None if date is None else (as_of - date).days


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {"schema_" if key == "schema" else str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


def _line(body: Any, place: tuple[int | str, ...]) -> int:
    """The line of the deepest part of `place` that the file has."""
    line, here = 1, body
    for part in place:
        if hasattr(here, "lc") and here.lc.line is not None:
            line = here.lc.line + 1
        try:
            keyed = here.lc.data.get(part)
            line = keyed[0] + 1 if keyed else line
            here = here[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line
