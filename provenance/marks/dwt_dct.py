"""invisible-watermark's dwtDct behind our framing: the largest coefficient of each block of U's Haar means.

The method of that name computes no DCT. It quantises whichever of the last fifteen means of a block is largest, and
often another one is largest afterwards, so the package loses bits with no attack at all. Moving to the nearest level
that keeps it largest makes that rarer, blocks where this is dear are left alone, and the error correction makes up
for them. The package's decoder reads the result (`WatermarkDecoder("bits", 128)`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Unsupported
from ..evidence import Media, Reading
from . import PixelMark, _blocks, _framing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from . import MarkKey, Pixels

_LEAD = 2.0  # by how much the chosen mean outdoes the next: rounding to 8 bits moves it by about that
_DEAREST = 0.75 * _blocks.SCALE  # the largest change worth its look, as large as the package's own


class DwtDct:
    """32 payload bits; kept for what reads it, weaker than `dwt_dct_svd` in every respect."""

    name = "dwt_dct"
    version = 1
    media = Media.IMAGE
    payload_bits = _framing.PAYLOAD_BITS
    false_positive_rate = _framing.FALSE_POSITIVE_RATE
    extra = ""
    can_embed = True
    swift = True

    def embed(self, pixels: Pixels, payload: int, key: MarkKey) -> Pixels:
        """The marked picture, read back before it is returned."""
        _blocks.require_size(pixels, self.name)
        bits = _framing.encode(payload, key, self._domain)
        blocks = _blocks.split(_blocks.u_plane(pixels))
        marked = _blocks.add(pixels, _change(blocks, _blocks.spread(bits, len(blocks))))
        back = _framing.decode(_blocks.gather(_blocks.soft(levels(marked)), bits.size), key, self._domain)
        if back is None or back.payload != payload:
            raise Unsupported(f"{self.name}: the mark does not hold in this picture; its colours leave no room")
        return marked

    def read(self, pixels: Pixels, keys: Sequence[MarkKey]) -> Reading | None:
        """The mark found under the best of `keys`, or None."""
        if not keys or not _blocks.big_enough(pixels):
            return None
        soft = _blocks.gather(_blocks.soft(levels(pixels)), _framing.CODED_BITS)
        return _framing.best(
            keys, lambda key: _framing.decode(soft, key, self._domain),
            method=self._domain, digits=self.payload_bits // 4, locator="pixels",
        )  # fmt: skip

    @property
    def _domain(self) -> str:
        return f"{self.name}@{self.version}"


def levels(pixels: Pixels) -> NDArray[np.float64]:
    """The largest among the last fifteen means of each block."""
    largest: NDArray[np.float64] = _blocks.split(_blocks.u_plane(pixels)).reshape(-1, 16)[:, 1:].max(1)
    return largest


def _change(blocks: NDArray[np.float64], bits: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What to add so that the largest mean of each block says its bit and stays the largest, where that is cheap."""
    flat = blocks.reshape(-1, 16)
    everyone = np.arange(len(flat))
    place = flat[:, 1:].argmax(1) + 1  # means of U are never negative
    largest = flat[everyone, place]
    others = flat.copy()
    others[:, 0] = others[everyone, place] = -np.inf
    level = _blocks.nearest(largest, bits)
    level += np.where(level < others.max(1) + _LEAD, _blocks.SCALE, 0)
    change = np.zeros_like(flat)
    change[everyone, place] = np.where(level - largest <= _DEAREST, level - largest, 0)
    return change.reshape(-1, 4, 4)


mark: PixelMark = DwtDct()
