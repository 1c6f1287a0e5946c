"""From a copy back to the record of what it was: by digest, manifest, watermark and fingerprint, best first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from .errors import BadContent, IndiciaError, KeyTrouble, MissingExtra, TooLarge, UnreadableFile, Unsupported
from .evidence import Claim, ClaimState, Evidence, Gap, Match, Media, Reading

if TYPE_CHECKING:
    from .asset import Asset
    from .credentials.trust import TrustStore
    from .fingerprints import Fingerprint, FingerprintMethod, Overlap
    from .marks import MarkKey, PixelMark
    from .registry import Near, Record, Registry

READER = "registry"
CONFIRM_BITS = 60  # the distance up to which the Image-Code confirms what PDQ finds beyond its own radius

_FITTING = (ClaimState.TRUSTED, ClaimState.UNTRUSTED, ClaimState.EXPIRED)
_ORDER = ("digest", "manifest", "text-sha256", "watermark")  # then the fingerprints, by how sure and near they are
_CONTENT = (BadContent, TooLarge, UnreadableFile)
_PASSING = (*_CONTENT, MissingExtra, Unsupported, KeyTrouble)  # what closes one way; the others may still lead there


@dataclass(frozen=True, slots=True)
class Recovery:
    """What an asset leads to, best first, and the ways that could not be gone."""

    matches: tuple[Match, ...]
    gaps: tuple[Gap, ...]
    errors: tuple[IndiciaError, ...] = ()


def recover(
    asset: Asset,
    *,
    registry: Registry,
    keys: Sequence[MarkKey] = (),
    trust: TrustStore | None = None,
    evidence: Sequence[Evidence] | None = None,
) -> tuple[Match, ...]:
    """The records that the asset leads to, best first: exact, then copies, then near copies, transplanted marks last.

    A match tells by what it was met and how sure that is: "exact" (digest, manifest, mark, words), "copy" or
    "near_copy" (fingerprints). A mark or manifest that leads to a record whose content is another one was moved here:
    its match is `transplanted`. With `evidence` from an earlier look, manifests and marks are not read again.

    Raises:
        BadContent: damaged, and nothing was found.
        TooLarge: a limit was met, and nothing was found.
        UnreadableFile: the file has vanished, and nothing was found.
        UsageError: the registry cannot be read.
    """
    found = search(asset, registry=registry, keys=keys, trust=trust, evidence=evidence)
    if not found.matches:
        for error in found.errors:
            if isinstance(error, _CONTENT):
                raise error
    return found.matches


def search(
    asset: Asset,
    *,
    registry: Registry,
    keys: Sequence[MarkKey] = (),
    trust: TrustStore | None = None,
    evidence: Sequence[Evidence] | None = None,
) -> Recovery:
    """As `recover`, with a gap for each way that could not be gone; bad content never raises.

    Raises:
        UsageError: the registry cannot be read.
    """
    from .inspect import gap_of

    query = _Query(asset, registry, tuple(keys), trust, evidence)
    matches: dict[tuple[str, str], Match] = {}
    gaps: list[Gap] = []
    errors: list[IndiciaError] = []
    with asset.keeping():
        for name, way in query.ways():
            try:
                for match in way():
                    matches.setdefault((match.record, match.by), match)
            except _PASSING as error:
                errors.append(error)
                gaps.append(gap_of(f"{READER}.{name}", error))
    return Recovery(tuple(sorted(matches.values(), key=_rank)), tuple(dict.fromkeys(gaps)), tuple(errors))


def _rank(match: Match) -> tuple[bool, int, int, int, str]:
    sureness = ("exact", "copy", "near_copy").index(match.sureness)
    name = match.by.split(":")[0]
    way = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    return match.transplanted, sureness, way, match.distance, match.record


Way = Callable[[], Iterable[Match]]


@dataclass(frozen=True, slots=True)
class _Query:
    """One asset looked up in one registry."""

    asset: Asset
    registry: Registry
    keys: tuple[MarkKey, ...]
    trust: TrustStore | None
    evidence: Sequence[Evidence] | None
    made: dict[str, tuple[Fingerprint, ...]] = field(default_factory=dict)  # by method: a video is decoded once
    failed: list[IndiciaError] = field(default_factory=list)  # what kept a method from making any

    def ways(self) -> Iterator[tuple[str, Way]]:
        """Every way back, with its name: each may fail without closing the others."""
        yield "digest", self._by_digest
        yield "manifest", self._by_manifest
        if self.asset.media is Media.IMAGE:
            if self.evidence is None:
                for mark in self._marks():
                    yield f"watermark.{mark.name}", partial(self._by_mark, mark)
            else:
                readings = [e for e in self.evidence if isinstance(e, Reading)]
                yield "watermark", partial(self._by_readings, readings)
        yield "fingerprint", self._by_fingerprint

    def _by_digest(self) -> Iterator[Match]:
        for record in self.registry.by_digest(self.asset.ref.sha256):
            yield _match(record, "digest", detail="the file is byte for byte the one that was recorded")

    def _by_manifest(self) -> Iterator[Match]:
        if self.evidence is None:
            from .credentials.verify import read

            claims: Sequence[Claim] = read(self.asset, trust=self.trust)
        else:
            claims = [e for e in self.evidence if isinstance(e, Claim)]
        for claim in claims:
            record = self.registry.by_manifest(claim.label) if claim.label and _descends(claim) else None
            if record is not None:
                match = _match(record, "manifest", detail=_manifest_detail(claim))
                # An intact manifest fits its content by its own hash; one that does not may have been moved here.
                yield match if claim.state in _FITTING else self._held_to_content(match, record)

    def _marks(self) -> Iterator[PixelMark]:
        from .marks import pixel_marks

        # The fixed marks of other tools carry no number of ours, and some reads take seconds.
        ours = [mark for mark in pixel_marks() if mark.can_embed and self.keys]
        return (mark for mark in ours if self.registry.uses(f"{mark.name}@{mark.version}"))

    def _by_mark(self, mark: PixelMark) -> Iterator[Match]:
        import numpy as np

        reading = mark.read(np.asarray(self.asset.image().convert("RGB")), self.keys)
        return self._by_readings([] if reading is None else [reading])

    def _by_readings(self, readings: Sequence[Reading]) -> Iterator[Match]:
        for reading in readings:
            if reading.ours and reading.payload:
                record = self.registry.by_payload(reading.method, reading.payload)
                if record is not None:
                    detail = f"watermark payload {reading.payload}, p = {reading.p_value:.1e}"
                    match = _match(record, f"watermark:{reading.method}", detail=detail)
                    yield self._held_to_content(match, record)

    def _held_to_content(self, match: Match, record: Record) -> Match:
        """The match, transplanted if the asset's content is certainly not that of the record."""
        alike = self._alike(record)
        if alike is None:
            return replace(match, detail=f"{match.detail}; the content could not be compared")
        if alike:
            return replace(match, detail=f"{match.detail}; the content agrees")
        return replace(match, transplanted=True, detail=f"{match.detail}; but the record is of another content")

    def _alike(self, record: Record) -> bool | None:
        """Whether the asset shows what the record does, or a part of it; None when that cannot be told."""
        if record.media is not self.asset.media:
            return False
        if self.asset.media is Media.IMAGE:
            from .fingerprints._sketch import ALIKE, OTHER

            likeness = self._likeness(record)
            if likeness is not None and not OTHER <= likeness < ALIKE:
                return likeness >= ALIKE
        kept = {b.algorithm for b in record.bindings}
        prints = [f for f in self._fingerprints() if f.algorithm in kept]
        if any(near.record_id == record.id for near in self.registry.near(prints)):
            return True
        # A part of a picture is as far from the whole as another picture; a text that is far is another one.
        return False if prints and self.asset.media is Media.TEXT else None

    def _likeness(self, record: Record) -> float | None:
        from .fingerprints._sketch import ALGORITHM, likeness

        found = [likeness(value, self.asset) for value in record.values(ALGORITHM)]
        return max((value for value in found if value is not None), default=None)

    def _fingerprints(self) -> tuple[Fingerprint, ...]:
        """Those of every method that can be made; what a method failed by is in `failed`."""
        from .fingerprints import methods

        for method in methods(self.asset.media):
            if method.name in self.made:
                continue
            self.made[method.name] = ()
            try:
                if self._worth(method):
                    self.made[method.name] = method.query(self.asset)
            except _PASSING as error:  # the others may still lead somewhere; `_by_fingerprint` says it at the end
                self.failed.append(error)
        return tuple(f for made in self.made.values() for f in made)

    def _worth(self, method: FingerprintMethod) -> bool:
        """Whether to make its fingerprints: a long video is not decoded when no record has a sequence of that kind."""
        from .fingerprints import SequenceMethod

        return not isinstance(method, SequenceMethod) or self.registry.binds(f"{method.name}@{method.version}")

    def _by_fingerprint(self) -> Iterator[Match]:
        prints = self._fingerprints()
        hits: dict[str, dict[str, Near]] = {}
        for near in self.registry.near(prints):
            hits.setdefault(near.record_id, {})[near.algorithm.split("@")[0]] = near
        for record_id, by in hits.items():
            record = self.registry.get(record_id)
            if record is not None:
                yield from self._of_record(record, by, {f.algorithm: f.quality for f in prints})
        if self.failed:
            raise self.failed[0]

    def _of_record(self, record: Record, by: dict[str, Near], quality: dict[str, int]) -> Iterator[Match]:
        """What the near fingerprints of one record come to."""
        for near in by.values():
            if near.overlap is not None:
                yield self._overlapping(record, near, near.overlap, quality[near.algorithm])
        found = _judged(by)
        if found is None:
            return
        near, sureness, why = found
        if sureness == "near_copy" and self.asset.media is Media.IMAGE and self._alike(record) is False:
            return
        yield _match(
            record,
            near.algorithm.split("@")[0],
            distance=near.distance,
            quality=quality[near.algorithm],
            sureness=sureness,
            detail=f"{near.algorithm}, {near.distance} bits{near.scope and f' from the {near.scope} state'}{why}",
        )

    def _overlapping(self, record: Record, near: Near, overlap: Overlap, quality: int) -> Match:
        """The match by a sequence; by the sound of a record of another kind of media it is a near copy at most."""
        other = record.media is not self.asset.media
        return _match(
            record,
            near.algorithm.split("@")[0],
            distance=near.distance,
            quality=quality,
            sureness="near_copy" if other else overlap.sureness,
            detail=_overlap_detail(near, overlap) + (f"; the record is of {record.media}" if other else ""),
        )


def _overlap_detail(near: Near, overlap: Overlap) -> str:
    if near.algorithm.startswith("pictures@"):
        return (
            f"{near.algorithm}, {overlap.seconds:.0f} pictures ({overlap.share:.0%} of those in the copy) agree in "
            f"their order; {overlap.bits:.1f} bits{near.scope and f' from the {near.scope} state'} on average"
        )
    speed = "" if abs(overlap.speed - 1) < 0.015 else f", at {overlap.speed:.2f} times its speed"
    return (
        f"{near.algorithm}, {overlap.seconds:.1f} s ({overlap.share:.0%} of what can be compared) agree: "
        f"{_clock(overlap.copy_at)} of the copy is {_clock(overlap.original_at)} of the original{speed}; "
        f"{overlap.bits:.1f} bits{near.scope and f' from the {near.scope} state'} on average"
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"


def _judged(by: dict[str, Near]) -> tuple[Near, str, str] | None:
    """The nearest fingerprint that counts, how sure it makes the match, and a word on why (docs/registry.md)."""
    from .fingerprints import methods

    if exact := by.get("text-sha256"):
        return exact, "exact", ", the words are the same"
    pdq, iscc, text, shingles = (by.get(name) for name in ("pdq", "iscc", "iscc-text", "minhash"))
    radius = {m.name: m.radius_copy for m in methods()}
    if pdq and pdq.distance <= radius["pdq"]:
        return pdq, "copy", ""
    if pdq and iscc and iscc.distance <= CONFIRM_BITS:
        return pdq, "near_copy", f", and {iscc.algorithm} agrees at {iscc.distance} bits"
    if iscc and iscc.distance <= radius["iscc"]:
        return iscc, "near_copy", ""
    if text and (text.distance <= radius["iscc-text"] or not shingles):
        return text, "copy" if text.distance <= radius["iscc-text"] else "near_copy", ""
    if shingles:
        from .fingerprints.minhash import likeness

        why = f", about {likeness(shingles.distance):.0%} of the runs of words are the same"
        return shingles, "copy" if shingles.distance <= radius["minhash"] else "near_copy", why
    return None


def _descends(claim: Claim) -> bool:
    """Whether the asset is what the claim was made for, or an edit of it. What it is only composed of, it is not."""
    return claim.depth == 0 or claim.relationship == "parentOf"


def _manifest_detail(claim: Claim) -> str:
    place = "its own manifest" if claim.depth == 0 else "the manifest of what it was made from"
    return f"{place} {claim.label}, {claim.state}"


def _match(
    record: Record, by: str, *, distance: int = 0, quality: int = 100, sureness: str = "exact", detail: str = ""
) -> Match:
    return Match(
        reader=READER,
        record=record.id,
        by=by,
        distance=distance,
        quality=quality,
        sureness=sureness,
        origin=record.origin,
        detail=detail,
    )
