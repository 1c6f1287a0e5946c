"""Weighs the evidence of one asset: origin, basis, integrity, trust, and China's platform class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .evidence import Claim, ClaimState, Evidence, Gap, Label, Match, Reading, Score, Trace


class Origin(StrEnum):
    """Where the content comes from."""

    SYNTHETIC = "synthetic"
    PARTLY_SYNTHETIC = "partly_synthetic"
    CAPTURED = "captured"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """On what the origin rests, strongest first."""

    SIGNED = "signed"  # a verified manifest says so
    DECLARED = "declared"  # unsigned regulatory or standard metadata
    BOUND = "bound"  # a watermark or fingerprint leads to our record
    APPARENT = "apparent"  # a visible or spoken label, or a generator's trace
    INFERRED = "inferred"  # a statistical detector
    NONE = "none"


class Integrity(StrEnum):
    """Whether the content is what was signed."""

    INTACT = "intact"
    ALTERED = "altered"
    MALFORMED = "malformed"
    UNSIGNED = "unsigned"


class Trust(StrEnum):
    """Whether somebody vouches for the signer."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    NONE = "none"


class PlatformClass(StrEnum):
    """The three-way decision of China's Labelling Measures, Art. 6."""

    GENERATED = "generated"
    POSSIBLE = "possible"
    SUSPECTED = "suspected"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence amounts to. `decided_by` and `disagrees` name evidence as "kind:reader:detail"."""

    origin: Origin = Origin.UNKNOWN
    basis: Basis = Basis.NONE
    integrity: Integrity = Integrity.UNSIGNED
    trust: Trust = Trust.NONE
    platform_class: PlatformClass = PlatformClass.NONE
    decided_by: tuple[str, ...] = ()
    disagrees: tuple[str, ...] = ()
    laundered: bool = False
    transplanted: bool = False
    complete: bool = True  # false when there are gaps


# IPTC digital source types by what they say of the origin; the bold four of the C2PA signals rubric are synthetic.
SYNTHETIC_TYPES = frozenset({"trainedAlgorithmicMedia", "trainedAlgorithmicData"})
PARTLY_TYPES = frozenset({"compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"})
CAPTURED_TYPES = frozenset({"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"})


_SYNTHETIC, _PARTLY = Origin.SYNTHETIC, Origin.PARTLY_SYNTHETIC
_SAYABLE = frozenset(Origin) - {Origin.UNKNOWN}
_STRENGTH = {basis: place for place, basis in enumerate(Basis)}
_Opinion = tuple[Basis, Origin, str]  # on what it stands, what it says, and the name of the evidence


def weigh(evidence: Sequence[Evidence], gaps: Sequence[Gap] = ()) -> Verdict:
    """The verdict on a set of evidence; the order of the evidence does not matter.

    No readable evidence is `unknown`, never `captured`; a gap never improves a verdict; a detector never overrides a
    signature. A manifest that does not hold, or that covers an ingredient which does not, never shows that something
    was captured; that it names generated media is a trace like any other, for nobody gains by forging that.
    """
    opinions = sorted(_opinions(evidence), key=lambda o: (_STRENGTH[o[0]], o[1], o[2]))
    decided = [o for o in opinions if o[0] is opinions[0][0]] if opinions else []
    origin = _strongest([o[1] for o in decided])
    claims = [e for e in evidence if isinstance(e, Claim)]
    return Verdict(
        origin=origin,
        basis=decided[0][0] if decided else Basis.NONE,
        integrity=_integrity(claims),
        trust=_trust(claims),
        platform_class=_platform_class(evidence, opinions),
        decided_by=tuple(sorted({o[2] for o in decided if o[1] is origin})),
        disagrees=tuple(sorted({o[2] for o in opinions if _contradicts(o[1], origin)})),
        laundered=any(c.laundered for c in claims),
        transplanted=any(isinstance(e, Match) and e.transplanted for e in evidence),
        complete=not gaps,
    )


def name_of(item: Evidence) -> str:
    """A short name of a piece of evidence, as it stands in a verdict."""
    match item:
        case Claim():
            detail = item.label
        case Label():
            detail = item.standard
        case Reading():
            detail = item.method
        case Match():
            detail = item.record
        case Trace():
            detail = item.generator
        case Score():
            detail = item.detector
    return f"{item.kind}:{item.reader}:{detail}"


def origin_of_source_types(types: Sequence[str]) -> Origin:
    """What a chain of digital source types says: any trained media makes it synthetic or partly so."""
    synthetic, partly = SYNTHETIC_TYPES.intersection(types), PARTLY_TYPES.intersection(types)
    captured = CAPTURED_TYPES.intersection(types)
    if partly or (synthetic and captured):
        return Origin.PARTLY_SYNTHETIC
    if synthetic:
        return Origin.SYNTHETIC
    return Origin.CAPTURED if captured else Origin.UNKNOWN


def _opinions(evidence: Sequence[Evidence]) -> Iterator[_Opinion]:
    """Each piece that says something of the origin, with the basis it stands on."""
    yield from _signed([e for e in evidence if isinstance(e, Claim)])
    for item in evidence:
        match item:
            case Label(origin=said) if said in _SAYABLE:
                yield (Basis.APPARENT if item.explicit else Basis.DECLARED), Origin(said), name_of(item)
            case Match(origin=said, transplanted=False) if said in _SAYABLE:
                yield Basis.BOUND, Origin(said), name_of(item)
            case Reading(ours=False):
                yield Basis.APPARENT, Origin.SYNTHETIC, name_of(item)
            case Trace():
                yield Basis.APPARENT, Origin.SYNTHETIC, name_of(item)
            case Score(outcome="likely_synthetic"):
                yield Basis.INFERRED, Origin.SYNTHETIC, name_of(item)
            case _:
                pass


def _signed(claims: Sequence[Claim]) -> Iterator[_Opinion]:
    """What the manifests say; a file is what its whole chain says: a generated parent makes its child synthetic too."""
    vouching = [c for c in claims if _vouches(c)]
    if any(c.depth == 0 for c in vouching):
        speaking = [c for c in vouching if c.relationship != "inputTo" and c.source_types]
        origin = origin_of_source_types([t for c in speaking for t in c.source_types])
        sound = not any(c.laundered for c in claims)
        if origin is not Origin.UNKNOWN and (sound or origin is not Origin.CAPTURED):
            yield from ((Basis.SIGNED, origin, name_of(c)) for c in speaking)
    for claim in claims:
        broken = not _vouches(claim) and claim.relationship != "inputTo"
        if broken and (origin := origin_of_source_types(claim.source_types)) in (_SYNTHETIC, _PARTLY):
            yield Basis.APPARENT, origin, name_of(claim)


def _vouches(claim: Claim) -> bool:
    return claim.state in (ClaimState.TRUSTED, ClaimState.UNTRUSTED, ClaimState.EXPIRED)


def _strongest(origins: Sequence[Origin]) -> Origin:
    """Of several opinions on one basis: a wholly synthetic one outweighs a partly one, which outweighs captured."""
    order = (Origin.SYNTHETIC, Origin.PARTLY_SYNTHETIC, Origin.CAPTURED)
    return next((o for o in order if o in origins), Origin.UNKNOWN)


def _contradicts(one: Origin, other: Origin) -> bool:
    return one is not other and Origin.CAPTURED in (one, other)


def _integrity(claims: Sequence[Claim]) -> Integrity:
    active = [c for c in claims if c.depth == 0]
    if not active:
        return Integrity.UNSIGNED
    if any(c.state is ClaimState.ALTERED for c in active):
        return Integrity.ALTERED
    if any(c.state in (ClaimState.MALFORMED, ClaimState.INVALID) for c in active):
        return Integrity.MALFORMED
    # An intact manifest over a parent that did not validate hides an alteration.
    return Integrity.ALTERED if any(c.laundered for c in claims) else Integrity.INTACT


def _trust(claims: Sequence[Claim]) -> Trust:
    states = {c.state for c in claims if c.depth == 0}
    for state, trust in (
        (ClaimState.EXPIRED, Trust.EXPIRED),
        (ClaimState.UNTRUSTED, Trust.UNTRUSTED),
        (ClaimState.TRUSTED, Trust.TRUSTED),
    ):
        if state in states:
            return trust
    return Trust.NONE


def _platform_class(evidence: Sequence[Evidence], opinions: Sequence[_Opinion]) -> PlatformClass:
    """Labelling Measures Art. 6: metadata says so; the user declares; other traces are found.

    A C2PA or IPTC mark alone is an "other trace" when the article is read strictly. A detector's opinion is one too,
    unless a valid signature speaks, which a detector never overrides.
    """
    aigc = [dict(e.fields).get("Label", "") for e in evidence if isinstance(e, Label) and e.standard == "aigc"]
    if "1" in aigc:
        return PlatformClass.GENERATED
    if "2" in aigc:
        return PlatformClass.POSSIBLE
    signed = any(basis is Basis.SIGNED for basis, _, _ in opinions)
    heard = [origin for basis, origin, _ in opinions if not (signed and basis is Basis.INFERRED)]
    if "3" in aigc or Origin.SYNTHETIC in heard or Origin.PARTLY_SYNTHETIC in heard:
        return PlatformClass.SUSPECTED
    return PlatformClass.NONE
