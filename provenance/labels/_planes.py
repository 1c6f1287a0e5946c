"""Lays a label on decoded frames: on their luma and chroma planes as they are, or on RGB, without a detour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .visible import Placed, Stencil, contrast_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# A plate this dark behind white ink has contrast on any ground, so that it can stay the same while the picture moves.
PLATE = 0.65
CONTRAST = contrast_of(np.full((1, 1, 3), 255 * (1 - PLATE)), 255)

PLANAR = frozenset(
    f"{family}{kind}{depth}"
    for family in ("yuv", "yuvj")
    for kind in ("420p", "422p", "444p")
    for depth in ("", "10le")
    if not (family == "yuvj" and depth)
) | {"gray", "gray10le"}


def placed_by(cut: Stencil, wording: str, place: str, size: tuple[int, int]) -> Placed:
    """What `cut` will have drawn on frames of `size`."""
    return Placed(wording, place, cut.box, cut.plate, cut.ink_height, min(size), CONTRAST)


def on_rgb(frames: NDArray[np.uint8], cut: Stencil) -> None:
    """Draw on frames (number x height x width x 3) where they stand."""
    left, top, right, bottom = cut.plate
    ink = (cut.ink / np.float32(255))[..., None]
    gain, offset = (1 - ink) * np.float32(1 - PLATE), 255 * ink
    for frame in frames:
        part = frame[top:bottom, left:right]
        part[...] = np.round(part * gain + offset)


@dataclass(frozen=True, slots=True)
class _Layer:
    """What happens to one plane: v * gain + offset within rows and columns."""

    rows: slice
    columns: slice
    gain: Floats
    offset: Floats


class Overlay:
    """A label made ready for the decoded frames of one video; the first frame tells of what kind they are.

    `turns` and `mirrored` are as `media.video.turns_of` gives them: the label is laid out for the upright picture.
    """

    def __init__(self, cut: Stencil, turns: int, mirrored: bool) -> None:
        self._cut, self._turns, self._mirrored = cut, turns, mirrored
        self._layers: tuple[_Layer, ...] = ()
        self._kind: tuple[str, int, int, int] | None = None

    def paint(self, frame: Any) -> Any:
        """The frame with the label on it; one whose planes are not known is first turned into yuv420p."""
        if frame.format.name not in PLANAR:
            frame = frame.reformat(format="yuv420p")
        kind = (frame.format.name, frame.width, frame.height, int(frame.color_range))
        if kind != self._kind:
            self._kind, self._layers = kind, tuple(self._made(frame))
        frame.make_writable()  # later frames may be predicted from this one
        for plane, layer in zip(frame.planes, self._layers, strict=True):
            values = _values(plane, frame.format.components[0].bits)
            part = values[layer.rows, layer.columns]
            part[...] = np.round(part * layer.gain + layer.offset)
        return frame

    def _made(self, frame: Any) -> list[_Layer]:
        ink, plate = self._stored(frame.width, frame.height)
        keep = np.where(plate, (1 - ink) * np.float32(1 - PLATE), np.float32(1))
        white = np.where(plate, ink, np.float32(0))
        dark = np.where(plate, (1 - ink) * np.float32(PLATE), np.float32(0))
        bits = frame.format.components[0].bits
        low, high = _black_and_white(frame)
        middle = np.float32(128 << bits - 8)
        layers = []
        for part in frame.format.components:
            across, down = -(-frame.width // part.width), -(-frame.height // part.height)
            gain = _shrunk(keep, across, down)
            offset = middle * (1 - gain) if part.is_chroma else low * dark + high * white
            layers.append(_cropped(gain, offset))
        return layers

    def _stored(self, width: int, height: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Ink and plate as the picture is stored, in its full size."""
        shape = (width, height) if self._turns % 2 else (height, width)
        ink, plate = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
        left, top, right, bottom = self._cut.plate
        ink[top:bottom, left:right], plate[top:bottom, left:right] = self._cut.ink / 255, True
        if self._mirrored:
            ink, plate = ink[:, ::-1], plate[:, ::-1]
        return np.rot90(ink, -self._turns), np.rot90(plate, -self._turns)


def black(frame: Any) -> Any:
    """A black frame of the size and kind of `frame`."""
    from ..media._av import library

    kind = frame.format.name if frame.format.name in PLANAR else "yuv420p"
    made = library().VideoFrame(frame.width, frame.height, kind)
    for name in ("color_range", "colorspace", "color_primaries", "color_trc"):
        setattr(made, name, getattr(frame, name))
    bits = made.format.components[0].bits
    for plane, part in zip(made.planes, made.format.components, strict=True):
        _values(plane, bits)[...] = 128 << bits - 8 if part.is_chroma else _black_and_white(made)[0]
    return made


def _black_and_white(frame: Any) -> tuple[int, int]:
    """The luma of both, in the limited or the full range (ITU-R BT.709, 4.6)."""
    bits = frame.format.components[0].bits
    full = int(frame.color_range) == 2 or frame.format.name.startswith("yuvj")
    return (0, (1 << bits) - 1) if full else (16 << bits - 8, 235 << bits - 8)


def _shrunk(values: Floats, across: int, down: int) -> Floats:
    """The mean over blocks, the last row and column repeated where they are not whole."""
    height, width = values.shape
    padded = np.pad(values, ((0, -height % down), (0, -width % across)), "edge")
    blocks = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across)
    shrunk: Floats = blocks.mean(axis=(1, 3), dtype=np.float32)
    return shrunk


def _cropped(gain: Floats, offset: Floats) -> _Layer:
    changed = gain != 1
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    where = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return _Layer(*where, np.ascontiguousarray(gain[where]), np.ascontiguousarray(offset[where]))


def _values(plane: Any, bits: int) -> NDArray[Any]:
    """The samples of a plane, padding at the end of lines included; writing into them writes into the frame."""
    kind = np.dtype("u1" if bits == 8 else "<u2")
    return np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
