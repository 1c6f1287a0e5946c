"""Labels in a video: looked for in its opening, middle and end, then followed from frame to frame for their time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..asset import Asset
from ..evidence import Label
from ._statement import folded
from .seen import Seen, as_label, find

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..media.video import Frame

LEAST_SECONDS = 2.0  # GB 45438-2025, 5.4 g): at normal speed
FIRST = 0.05  # seconds: a label that begins by then stands in the opening frame

_OPENING = 3.0  # seconds in which a label is looked for every second, and followed frame by frame
_STEPS = 20  # later looks at a label that stays
_ALIKE = 0.6  # correlation of its place with itself, from one frame to another, while it is there
_TOLERANCE = 0.05  # seconds: one frame at 20 Hz


@dataclass(frozen=True, slots=True)
class Watched:
    """A label and when it is there, in seconds from the first frame; `ends` is where it is gone, or the length."""

    seen: Seen
    starts: float
    ends: float


def watch(asset: Asset) -> tuple[Label, ...]:
    """The labels of a video as evidence.

    Raises:
        BadContent: no video, or nothing in it can be decoded.
        TooLarge: a limit was met.
        MissingExtra: rapidocr or PyAV is not installed.
    """
    from ..media import video

    length = video.probe(asset, limits=asset.limits).seconds
    found: dict[tuple[str, str], Watched] = {}
    for frame in _samples(asset, length):
        for seen in find(frame.picture):
            name = (folded(seen.statement.wording), seen.place)
            if name not in found or found[name].ends + _TOLERANCE < frame.seconds:
                watched = _followed(asset, frame, seen, length)
                found[name] = replace(watched, starts=found[name].starts) if name in found else watched
    return tuple(_evidence(watched, length) for watched in found.values())


def _samples(asset: Asset, length: float) -> Iterator[Frame]:
    """The frames that are looked at: every second of the opening, the middle, and the end."""
    from ..media import video

    yield from video.frames(asset, every=1.0, end=_OPENING, limits=asset.limits)
    for at in (length / 2, length - 0.5):
        if at >= _OPENING:
            yield from video.frames(asset, start=at, most=1, limits=asset.limits)


def _followed(asset: Asset, frame: Frame, seen: Seen, length: float) -> Watched:
    """From when to when a label stands that was read in one frame."""
    from ..media import video

    here, limits = _patch(frame, seen), asset.limits
    starts, ends = frame.seconds, frame.seconds
    if 0 < frame.seconds < _OPENING:  # it came between this look and the one before
        earlier = video.frames(asset, start=max(0.0, frame.seconds - 1), end=frame.seconds, limits=limits)
        starts = next((f.seconds for f in earlier if _alike(_patch(f, seen), here)), frame.seconds)
    near = video.frames(asset, start=frame.seconds, end=max(_OPENING, frame.seconds + 0.5), limits=limits)
    far = video.frames(asset, start=ends + 1, every=max(1.0, length / _STEPS), most=_STEPS + 1, limits=limits)
    for later in (near, far):
        last = ends
        for other in later:
            if not _alike(_patch(other, seen), here):
                # Frame by frame it is known when it went; between coarse looks only when it was last there.
                return Watched(seen, starts, other.seconds if later is near else last)
            last = ends = other.seconds
    return Watched(seen, starts, max(ends, length))


def _patch(frame: Frame, seen: Seen) -> NDArray[np.float64]:
    """The brightness of the label's place, in a size that is quickly compared."""
    part = frame.picture.crop(seen.box).convert("L")
    part.thumbnail((160, 48))
    return np.asarray(part, np.float64)


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    if one.shape != other.shape:
        return False
    first, second = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return norm > 0 and float((first * second).sum()) / norm >= _ALIKE


def _evidence(watched: Watched, length: float) -> Label:
    time = [("starts", f"{watched.starts:.3f}"), ("ends", f"{watched.ends:.3f}")]
    if length > 0:
        time.append(("duration", f"{length:.3f}"))
    return as_label(watched.seen, time, tuple(_findings(watched, length)))


def _findings(watched: Watched, length: float) -> Iterator[str]:
    shown = watched.ends - watched.starts
    if watched.starts > FIRST:
        yield f"it comes {watched.starts:.1f} s after the opening frame (GB 45438-2025, 5.4 c)"
    elif shown + _TOLERANCE < min(LEAST_SECONDS, length or LEAST_SECONDS):
        yield f"it stands for {shown:.1f} s, less than 2 s (GB 45438-2025, 5.4 g)"
