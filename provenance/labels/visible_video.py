"""Draws the visible label on the opening frames of a video, or on all, as GB 45438-2025, 5.4 measures it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..media import Clip
from . import LabelReader
from ._unread import Unread
from .visible import PLACES, SHARE, Placed, Stencil, stencil

if TYPE_CHECKING:
    from ..media.rewrite import Rewritten
    from ..media.video import VideoInfo

LEAST_SECONDS = 2.0  # GB 45438-2025, 5.4: at normal speed
_CARD_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn on a file, and what that cost.

    `shown` is for how many seconds of the opening the label stands; `anew` and `total` are the seconds of video that
    were encoded anew, and of the result; `note` says so in words, with the quality, for people.
    """

    placed: Placed
    shown: float
    anew: float
    total: float
    note: str


def draw_on(clip: Clip, wording: str, *, place: str, seconds: float = LEAST_SECONDS, whole: bool = False) -> Clip:
    """The clip with the label on its opening frames, or on all of them with `whole`; a shorter clip has it throughout.

    Raises:
        UsageError: less than 2 seconds, an unknown place, a wording without its elements.
        Unsupported: the frames are too small for it.
    """
    from ._planes import on_rgb

    _check(place, seconds)
    height, width = clip.frames.shape[1:3]
    frames = clip.frames.copy()
    until = len(frames) if whole else -(-Fraction(seconds) * clip.rate // 1)
    on_rgb(frames[: int(until)], stencil((width, height), wording, place=place))
    return Clip(frames, clip.rate, clip.sound)


def draw_file(
    source: Path,
    target: Path,
    wording: str,
    *,
    place: str,
    seconds: float = LEAST_SECONDS,
    whole: bool = False,
    end_card: bool = False,
) -> Drawn:
    """`source` at `target`, in the same container, with the label on its opening frames.

    H.264, VP8 and VP9 are encoded anew up to the next key frame only; the rest, and every other stream, is copied and
    compared. Other codecs are encoded anew from end to end, and `Drawn.note` says so. `end_card` adds two seconds of
    the wording on black at the end, without sound. Metadata that FFmpeg does not know (XMP, C2PA) do not stay.

    Raises:
        UsageError: less than 2 seconds, an unknown place, a wording without its elements.
        Unsupported: the frames are too small, or the container or codec cannot be written.
        BadContent, TooLarge: no video, or one that cannot be decoded within the limits.
        WriteFailed: what stood at `target` is as it was.
        UnreadableFile, MissingExtra.
    """
    from ..media import video
    from ..media.rewrite import rewrite
    from ._planes import placed_by

    _check(place, seconds)
    info = video.probe(source)
    size = (info.width, info.height)
    cut = stencil(size, wording, place=place, ratio=_ratio(info))
    labelling = _Labelling(info, cut, None if whole else seconds)
    card = (lambda frame: _card(frame, info, wording)) if end_card else None
    done = rewrite(source, target, labelling.paint, until=None if whole else seconds, card=card)
    shown = done.seconds if labelling.ended is None else labelling.ended
    return Drawn(placed_by(cut, wording, place, size), shown, done.seconds, done.total, _note(done))


class _Labelling:
    """Paints the frames that are shown before `until`; `ended` is when the first without a label comes, if one did."""

    def __init__(self, info: VideoInfo, cut: Stencil, until: float | None) -> None:
        from ._planes import Overlay

        self._overlay, self._until = Overlay(cut, info.rotation // 90, info.mirrored), until
        self.ended: float | None = None

    def paint(self, frame: Any, seconds: float) -> Any:
        """The frame with the label, or as it is when it comes later."""
        if self._until is None or seconds < self._until:
            return self._overlay.paint(frame)
        self.ended = seconds if self.ended is None else self.ended
        return frame


def _check(place: str, seconds: float) -> None:
    if place not in PLACES:
        raise UsageError(f"no place {place!r}; there are: {', '.join(PLACES)}")
    if not seconds >= LEAST_SECONDS:
        raise UsageError(f"a label on video stays for 2 seconds at least (GB 45438-2025, 5.4), not {seconds}")


def _ratio(info: VideoInfo) -> float:
    """The least share of the stored picture's shorter side, so that it is 5 % of the shown one's."""
    wide = info.pixel_aspect if info.rotation % 180 == 0 else 1 / info.pixel_aspect
    shown = min(info.width * wide, Fraction(info.height))
    return float(max(Fraction(1), shown / min(info.width, info.height)) / SHARE)


def _card(frame: Any, info: VideoInfo, wording: str) -> Any:
    """A black frame like `frame`, with the wording in its middle."""
    from ._planes import Overlay, black

    size = (info.width, info.height)
    cut = stencil(size, wording, place="middle", ratio=max(_CARD_RATIO, _ratio(info)))
    return Overlay(cut, info.rotation // 90, info.mirrored).paint(black(frame))


def _note(done: Rewritten) -> str:
    how = f"{done.seconds:.1f} of {done.total:.1f} s of video encoded anew ({done.quality})"
    rest = (
        "the rest and all other streams copied bit for bit" if done.copied else "all other streams copied bit for bit"
    )
    reason = f"; {done.reason}" if done.reason else ""
    lost = f"; left out: {', '.join(done.left_out)}" if done.left_out else ""
    return f"{how}; {rest}{reason}{lost}"


label: LabelReader = Unread("visible_video")
