"""invisible-watermark's dwtDctSvd behind our framing: the largest singular value of each block of U's Haar means.

Its DCT is orthonormal and therefore leaves singular values as they are, so none is computed here. What is written
differs from the package in three ways and stays readable by its decoder (`WatermarkDecoder("bits", 128)`): the detail
bands are not swapped, the nearest fitting level is taken, and pixels are not rounded twice.
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


class DwtDctSvd:
    """32 payload bits; survives JPEG and noise, not cropping, resizing or turning."""

    name = "dwt_dct_svd"
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
        left, size, right = np.linalg.svd(blocks)
        change = _blocks.nearest(size[:, 0], _blocks.spread(bits, len(blocks))) - size[:, 0]
        marked = _blocks.add(pixels, change[:, None, None] * left[:, :, :1] * right[:, :1, :])
        back = _framing.decode(self.soft_bits(marked), key, self._domain)
        if back is None or back.payload != payload:
            raise Unsupported(f"{self.name}: the mark does not hold in this picture; its colours leave no room")
        return marked

    def read(self, pixels: Pixels, keys: Sequence[MarkKey]) -> Reading | None:
        """The mark found under the best of `keys`, or None."""
        if not keys or not _blocks.big_enough(pixels):
            return None
        soft = self.soft_bits(pixels)
        return _framing.best(
            keys, lambda key: _framing.decode(soft, key, self._domain),
            method=self._domain, digits=self.payload_bits // 4, locator="pixels",
        )  # fmt: skip

    def soft_bits(self, pixels: Pixels) -> NDArray[np.float64]:
        """The 128 raw bits, -1 (surely 0) to 1 (surely 1)."""
        largest = np.linalg.svd(_blocks.split(_blocks.u_plane(pixels)), compute_uv=False)[:, 0]
        return _blocks.gather(_blocks.soft(largest), _framing.CODED_BITS)

    @property
    def _domain(self) -> str:
        return f"{self.name}@{self.version}"


mark: PixelMark = DwtDctSvd()
