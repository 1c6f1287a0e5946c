"""Video and sound as back ends give them: arrays and lists of many layouts, brought to one."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from ...provenance.errors import Unsupported
from ...provenance.media import Clip, Sound

FASTEST = 240  # frames a second; more is taken for a mistake
_RATES = (1_000, 768_000)  # Hz


def as_rate(value: Any) -> Fraction:
    """A frame rate as a fraction.

    Raises:
        Unsupported: no number above 0 and up to `FASTEST`.
    """
    try:
        rate = _film(value) if isinstance(value, float) else Fraction(value)
    except (TypeError, ValueError, ArithmeticError):
        rate = Fraction(0)
    if not 0 < rate <= FASTEST:
        raise Unsupported(f"{value!r} is no frame rate; give frames a second, above 0 and up to {FASTEST}")
    return rate


def _film(value: float) -> Fraction:
    """The rate that is meant: 23.976 and 29.97 are short for n x 1000/1001, other numbers are what they are."""
    near = Fraction(round(value * 1.001) * 1000, 1001)
    return near if value % 1 and abs(near - Fraction(value)) < Fraction(1, 500) else Fraction(str(value))


def as_clip(frames: Any, rate: Fraction, sound: Sound | None = None) -> Clip:
    """Frames as a clip: PIL images, or an array of number x height x width x 3, or number x 3 x height x width.

    Arrays hold bytes, or floats in 0..1; floats outside by no more than rounding are cut off.

    Raises:
        Unsupported: another shape or range, frames of several sizes, or none; the text says which.
    """
    import numpy as np

    if isinstance(frames, list | tuple) and frames and not hasattr(frames[0], "shape"):
        frames = _stacked(frames)
    array = np.asarray(frames.detach().float().cpu() if hasattr(frames, "detach") else frames)
    if array.ndim == 4 and array.shape[1] == 3 and array.shape[3] != 3:
        array = array.transpose(0, 2, 3, 1)
    if array.ndim != 4 or array.shape[3] not in (1, 3, 4) or array.size == 0:
        raise Unsupported(f"an array of shape {array.shape} is no video; give frames x height x width x 3")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < -1e-3 or array.max() > 1 + 1e-3:
            raise Unsupported("a video of floats must lie in 0..1; rescale it, (x + 1) / 2 for a tanh output")
        array = np.round(np.clip(array, 0, 1) * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise Unsupported(f"a video of {array.dtype} is not known; give uint8 or floats in 0..1")
    array = np.repeat(array, 3, axis=3) if array.shape[3] == 1 else array[..., :3]
    return Clip(np.ascontiguousarray(array), rate, sound)


def _stacked(frames: Iterable[Any]) -> Any:
    import numpy as np

    from ._images import as_image

    pictures = [np.asarray(as_image(frame).convert("RGB")) for frame in frames]
    if len({picture.shape for picture in pictures}) != 1:
        raise Unsupported("the frames have several sizes; a video has one")
    return np.stack(pictures)


def as_sound(samples: Any, rate: Any) -> Sound:
    """Samples as a sound: one dimension, or frames x channels, or channels x frames (the shorter side is channels).

    Whole numbers are scaled by their type's range; floats are taken as they are, in -1..1, and cut off beyond.

    Raises:
        Unsupported: no samples, another shape, values that are no numbers, or no sample rate; the text says which.
    """
    import numpy as np

    if isinstance(rate, bool) or not isinstance(rate, int | np.integer) or not _RATES[0] <= rate <= _RATES[1]:
        raise Unsupported(f"{rate!r} is no sample rate; give Hz, {_RATES[0]}..{_RATES[1]}")
    array = np.asarray(samples.detach().float().cpu() if hasattr(samples, "detach") else samples)
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim == 2 and array.shape[0] < array.shape[1]:
        array = array.T
    if array.ndim != 2 or not 1 <= array.shape[1] <= 8 or array.size == 0:
        raise Unsupported(f"samples of shape {np.shape(samples)} are no sound; give frames x channels")
    if array.dtype.kind in "iu" and array.dtype.itemsize <= 4:
        middle = 128 if array.dtype == np.uint8 else 0
        array = (array.astype(np.float64) - middle) / (np.iinfo(array.dtype).max - middle)
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise Unsupported("a sound must hold finite numbers in -1..1")
    return Sound(np.ascontiguousarray(np.clip(array, -1, 1).astype(np.float32)), int(rate))
