"""ISCC Image-Code (ISO 24138), 256 bits: a registered soft binding, and the second opinion on what PDQ finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..evidence import Media
from . import Fingerprint, FingerprintMethod
from ._canvas import canvas, trimmed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from ..asset import Asset

_SIDE = 32  # pixels: ISO 24138 takes 32 x 32 grey levels
_FLAT = 8.0  # standard deviation of the grey levels below which there is nothing to tell apart


class Iscc:
    """The Image-Code of the canonical picture without uniform borders.

    It survives letterboxing, which PDQ does not.
    """

    name = "iscc"
    version = 1
    media = frozenset({Media.IMAGE})
    bits = 256
    radius_copy = 31
    radius_near = 60

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The fingerprint of the picture; empty when it is nearly uniform."""
        return _fingerprints([_grey(canvas(asset))])

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The fingerprints of all eight turns and mirror images."""
        grey = _grey(canvas(asset))
        turns = [np.rot90(grey, quarter) for quarter in range(4)]
        return _fingerprints([*turns, *(np.fliplr(turn) for turn in turns)])


def image_code(asset: Asset) -> str:
    """The picture's 256-bit Image-Code as text, "ISCC:EED...": the value of the soft binding `io.iscc.v0`.

    Raises:
        BadContent: not a picture, or damaged.
    """
    import iscc_lib

    return iscc_lib.gen_image_code_v0(_grey(canvas(asset)).tobytes(), bits=256).iscc


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    """32 x 32 grey levels, made in the order that ISCC's reference implementation takes."""
    from PIL import Image

    content = trimmed(picture) or picture
    small = content.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    return np.asarray(small, dtype=np.uint8)


def _fingerprints(greys: list[NDArray[np.uint8]]) -> tuple[Fingerprint, ...]:
    import iscc_lib

    if greys[0].std() < _FLAT:
        return ()
    codes = [iscc_lib.gen_image_code_v0(np.ascontiguousarray(grey).tobytes(), bits=256).iscc for grey in greys]
    values = dict.fromkeys(iscc_lib.iscc_decode(code)[4].hex() for code in codes)
    return tuple(Fingerprint("iscc@1", value) for value in values)


fingerprint: FingerprintMethod = Iscc()
