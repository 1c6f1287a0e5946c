"""The plane that invisible-watermark 0.2 writes in: the Haar means of U, in blocks of 4 x 4.

Haar's approximation band is half the sum of each 2 x 2 square of pixels, so a block spans 8 x 8 pixels and adding to
it means adding half as much to each of the four pixels. No detail band is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Unsupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from . import Pixels

MIN_PIXELS = 65_536  # the limit of invisible-watermark's own encoder and decoder
SCALE = 36.0  # its quantisation step; the stock decoder assumes it

_SHIFT = 14  # OpenCV's 8-bit colour conversion is fixed point with 14 fractional bits
_R2Y, _G2Y, _B2Y, _B2U = 4899, 9617, 1868, 8061
# What one step of U adds to green and blue in BT.601; luma and V stay where they were.
_U2G, _U2B = -0.395, 2.032


def big_enough(pixels: Pixels) -> bool:
    """Whether the stock encoder and decoder would take the picture."""
    height, width = pixels.shape[:2]
    return bool(height * width >= MIN_PIXELS and min(height, width) >= 8)


def require_size(pixels: Pixels, method: str) -> None:
    """Nothing, if the picture can carry the mark.

    Raises:
        Unsupported: it has too few pixels.
    """
    if not big_enough(pixels):
        height, width = pixels.shape[:2]
        raise Unsupported(
            f"{method}: {width} x {height} pixels are too few; it takes {MIN_PIXELS} or more, 8 or more on each side"
        )


def u_plane(pixels: Pixels) -> NDArray[np.int32]:
    """U of an RGB picture, 0 to 255, bit for bit as OpenCV's COLOR_RGB2YUV computes it."""
    red, green, blue = (pixels[..., channel].astype(np.int32) for channel in range(3))
    half = 1 << (_SHIFT - 1)
    luma = (red * _R2Y + green * _G2Y + blue * _B2Y + half) >> _SHIFT
    chroma: NDArray[np.int32] = ((blue - luma) * _B2U + (128 << _SHIFT) + half) >> _SHIFT
    return chroma.clip(0, 255)


def split(plane: NDArray[np.generic]) -> NDArray[np.float64]:
    """The blocks of the approximation band, n x 4 x 4, in reading order."""
    rows, columns = plane.shape[0] // 8, plane.shape[1] // 8
    squares = plane[: rows * 8, : columns * 8].astype(np.float64).reshape(rows * 4, 2, columns * 4, 2)
    band: NDArray[np.float64] = squares.sum((1, 3)) / 2
    return band.reshape(rows, 4, columns, 4).swapaxes(1, 2).reshape(-1, 4, 4)


def add(pixels: Pixels, change: NDArray[np.float64]) -> Pixels:
    """The picture with `change` (n x 4 x 4) added to the blocks of its U plane.

    Where a channel would leave 0..255, the whole pixel is made lighter or darker instead, which leaves U as it is.
    """
    rows, columns = pixels.shape[0] // 8, pixels.shape[1] // 8
    band = change.reshape(rows, columns, 4, 4).swapaxes(1, 2).reshape(rows * 4, columns * 4) / 2
    step = np.repeat(np.repeat(band, 2, 0), 2, 1).astype(np.float32)
    marked = pixels.copy()
    part = pixels[: rows * 8, : columns * 8].astype(np.float32)
    part[..., 1] += _U2G * step
    part[..., 2] += _U2B * step
    part -= (np.maximum(part.max(2) - 255, 0) + np.minimum(part.min(2), 0))[..., None]
    marked[: rows * 8, : columns * 8] = np.clip(np.rint(part), 0, 255)
    return marked


def spread(bits: NDArray[np.uint8], blocks: int) -> NDArray[np.uint8]:
    """The bit of each block: the code word over and over, in reading order."""
    return np.resize(bits, blocks)


def gather(values: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """The mean over all blocks that carry the same bit; length `bits`."""
    place = np.arange(values.size) % bits
    return np.bincount(place, values, bits) / np.maximum(np.bincount(place, minlength=bits), 1)


def soft(levels: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """How firmly each level says 1 (+1 at three quarters of a step) or 0 (-1 at one quarter)."""
    return np.asarray(-np.sin(2 * np.pi / SCALE * levels), np.float64)


def nearest(levels: NDArray[np.float64], bits: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The level nearest to each that says its bit; never further than half a step away.

    invisible-watermark moves within the step it finds, up to three quarters of it; its decoder reads both alike.
    """
    offset = (0.25 + 0.5 * bits) * SCALE
    return np.rint((levels - offset) / SCALE) * SCALE + offset
