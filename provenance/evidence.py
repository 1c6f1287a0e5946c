"""What a reader found in an asset, or could not examine: a closed union of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Media(StrEnum):
    """What kind of thing an asset is, by its content."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    OTHER = "other"


class ClaimState(StrEnum):
    """What validation says of one C2PA manifest, best first."""

    TRUSTED = "trusted"  # intact, and a trust list vouches for the signer
    UNTRUSTED = "untrusted"  # intact, but nobody vouches for the signer
    EXPIRED = "expired"  # intact, but the certificate had run out and no trusted time-stamp helps
    INVALID = "invalid"  # intact bytes, but the manifest breaks the specification or the certificate is unfit
    ALTERED = "altered"  # the content or an assertion is not what was signed
    MALFORMED = "malformed"  # the manifest cannot be parsed at all


class Reason(StrEnum):
    """Why something could not be examined."""

    MISSING_EXTRA = "missing_extra"
    UNKNOWN_FORMAT = "unknown_format"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    UNREADABLE = "unreadable"
    NO_KEY = "no_key"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of a C2PA actions assertion."""

    name: str
    source_type: str = ""  # the last part of the digitalSourceType URI
    agent: str = ""
    when: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One C2PA manifest of the chain.

    `depth` is 0 for the active manifest and one more for each ingredient step below it. `relationship` is how the
    manifest above took it in (parentOf, componentOf, inputTo; empty for the active one). `laundered` is true when an
    intact manifest above covers an ingredient that itself did not validate (c2pa.md section 0.6).
    """

    reader: str
    label: str
    state: ClaimState
    depth: int = 0
    relationship: str = ""
    title: str = ""
    issuer: str = ""
    signer: str = ""
    signed_at: str = ""
    trust_list: str = ""
    generator: str = ""
    codes: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    source_types: tuple[str, ...] = ()
    soft_bindings: tuple[tuple[str, str], ...] = ()  # (algorithm, value)
    ai_model: str = ""
    training_mining: tuple[tuple[str, str], ...] = ()  # (entry, use)
    laundered: bool = False
    sidecar: bool = False
    locator: str = ""
    kind: Literal["claim"] = "claim"


@dataclass(frozen=True, slots=True)
class Label:
    """A disclosure: explicit (people see or hear it) or implicit (a metadata field)."""

    reader: str
    standard: str  # the file in provenance/labels that knows it: aigc, iptc, visible, written
    explicit: bool
    origin: str = ""  # synthetic, partly_synthetic, captured, or empty when the label does not say
    fields: tuple[tuple[str, str], ...] = ()
    wording: str = ""
    findings: tuple[str, ...] = ()  # deviations from the standard, in words, each with its clause
    locator: str = ""  # where in the file: "JPEG APP1 XMP", "front matter", "bottom right"
    kind: Literal["label"] = "label"


@dataclass(frozen=True, slots=True)
class Reading:
    """A watermark that was found. Absence is no evidence and yields no reading."""

    reader: str
    method: str  # name@version
    payload: str = ""  # hex; empty for presence-only marks
    p_value: float = 1.0  # chance that an unmarked asset reads this well
    bits_agree: float = 0.0  # share of coded bits that agree with the payload read, 0..1
    ours: bool = True  # false for the fixed marks of other tools
    key_id: str = ""
    locator: str = ""
    kind: Literal["reading"] = "reading"


@dataclass(frozen=True, slots=True)
class Match:
    """A registry record that this asset leads to."""

    reader: str
    record: str
    by: str  # digest, watermark:<method>, pdq, iscc, manifest
    distance: int = 0  # bits; 0 for exact look-ups
    quality: int = 100
    sureness: str = "exact"  # exact, copy, near_copy
    origin: str = ""  # what the record says of the origin: synthetic, partly_synthetic, captured
    transplanted: bool = False  # the mark leads to a record whose content is another one
    detail: str = ""
    locator: str = ""
    kind: Literal["match"] = "match"


@dataclass(frozen=True, slots=True)
class Trace:
    """A sign that a generator left without meaning to label: parameters chunk, known generator name, fixed mark."""

    reader: str
    generator: str
    what: str
    value: str = ""
    locator: str = ""
    kind: Literal["trace"] = "trace"


@dataclass(frozen=True, slots=True)
class Score:
    """A statistical detector's calibrated opinion; it never says "human" and never overrides a signature."""

    reader: str
    detector: str
    outcome: str  # likely_synthetic, inconclusive, no_evidence
    probability: float = 0.0
    false_positive_rate: float = 0.0
    reasons: tuple[str, ...] = ()
    locator: str = ""
    kind: Literal["score"] = "score"


Evidence = Claim | Label | Reading | Match | Trace | Score


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be examined, and why."""

    reader: str
    reason: Reason
    detail: str = ""
