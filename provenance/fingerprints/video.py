"""PDQ on frames of a video, compared along time: finds a copy that was re-encoded, scaled, cut or run faster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ..evidence import Media
from . import Bank, Fingerprint, SequenceMethod
from ._canvas import trimmed
from .pdq import QUALITY_GATE

if TYPE_CHECKING:
    from ..asset import Asset

ALGORITHM = "video@1"
EVERY = 0.25  # seconds between two looks at an original
QUERY_EVERY = 0.125  # and at a copy: a cut shifts the looks, and what moves fast looks different soon
MOST_SECONDS = 4 * 3600.0  # what is beyond is not fingerprinted
FIT = 256  # pixels of the longer side, at most: PDQ sees 64
_MOVED = 16  # bits from the frame that was kept last, above which a frame is kept: PDQ's noise after re-encoding
_LONGEST = 10.0  # seconds that one kept frame may stand for
_LEAST = 3  # looks with enough in them; with fewer a video is as good as a picture, and not matchable


class Video:
    """PDQ ("pdq@1" on frames) every quarter of a second; a frame is kept when the picture has changed.

    Stored are 38 bytes a kept frame: its start in milliseconds, how long it stands, 256 bits. Frames with a PDQ quality
    below 50 are left out; a video with fewer than three others has no fingerprint.
    """

    name = "video"
    version = 1
    media = frozenset({Media.VIDEO})
    bits = 256
    radius_copy = 31
    radius_near = 80  # alone too far for a picture; three frames on one line are not there by chance

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The sequence of the video; a second one without uniform bars, if it has some. Empty when there is too little.

        Raises:
            BadContent: no video, or nothing in it can be decoded.
            TooLarge: more pixels a frame than the limit.
            MissingExtra: PyAV is not installed.
        """
        return _sequences(asset, EVERY, mirrored=False)

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The sequences of the copy, looked at twice as often, and of its mirror image."""
        return _sequences(asset, QUERY_EVERY, mirrored=True)

    def bank(self) -> Bank:
        """An empty bank of frames."""
        from ._frames import FrameBank, Least

        return FrameBank(
            self.radius_near,
            copy=Least(seconds=1.0, share=0.4, distinct=1, bits=self.radius_copy),
            near=Least(seconds=1.5, share=0.2, distinct=3, bits=self.radius_near),
        )


@dataclass(slots=True)
class _Track:
    """The looks at one form of a video that have enough in them: second and PDQ."""

    seconds: list[float] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)


def _sequences(asset: Asset, every: float, *, mirrored: bool) -> tuple[Fingerprint, ...]:
    """The video as it is and, if any frame has uniform bars, without them; then both mirrored."""
    from ..media.video import frames

    tracks = {(bars, view): _Track() for view in range(1 + mirrored) for bars in (True, False)}
    looks, barred = 0, False
    for frame in frames(asset, every=every, most=round(MOST_SECONDS / every)):
        looks += 1
        picture = frame.picture
        picture.thumbnail((FIT, FIT), Image.Resampling.BICUBIC, reducing_gap=2.0)
        without = trimmed(picture)
        barred = barred or without is not None
        for view in range(1 + mirrored):
            value = _pdq(picture, view)
            _add(tracks[True, view], frame.seconds, value)
            _add(tracks[False, view], frame.seconds, value if without is None else _pdq(without, view))
    return tuple(
        Fingerprint(ALGORITHM, _value(track, every), round(100 * len(track.seconds) / looks))
        for (bars, _), track in tracks.items()
        if (bars or barred) and len(track.seconds) >= _LEAST
    )


def _pdq(picture: Image.Image, view: int) -> bytes | None:
    """256 bits of the picture, or of its mirror image; None when there is too little in it."""
    import pdqhash

    pixels = np.asarray(picture)
    vector, quality = pdqhash.compute(np.ascontiguousarray(pixels[:, ::-1]) if view else pixels)
    return np.packbits(vector.astype(np.uint8)).tobytes() if quality >= QUALITY_GATE else None


def _add(track: _Track, seconds: float, value: bytes | None) -> None:
    if value is not None:
        track.seconds.append(seconds)
        track.hashes.append(value)


def _value(track: _Track, every: float) -> str:
    """The looks that differ from the one kept before, each with the seconds it stands for, as hex."""
    from ._frames import packed

    kept: list[tuple[float, float, bytes]] = []  # start, end, hash
    for at, value in zip(track.seconds, track.hashes, strict=True):
        if kept:
            start, end, last = kept[-1]
            moved = (int.from_bytes(last, "big") ^ int.from_bytes(value, "big")).bit_count()
            if moved <= _MOVED and at - end < every and at - start < _LONGEST:
                kept[-1] = start, at + every, last
                continue
        kept.append((at, at + every, value))
    return packed(kept)


fingerprint: SequenceMethod = Video()
