"""PDQ, the perceptual hash of pictures that trust-and-safety banks exchange: 256 bits of a 64 x 64 DCT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..evidence import Media
from . import Fingerprint, FingerprintMethod
from ._canvas import canvas, trimmed

if TYPE_CHECKING:
    from PIL import Image

    from ..asset import Asset

# Below this PDQ's own quality says that there is too little in the picture to tell it from others: smooth gradients,
# skies. Above it no two of 233,361 pairs of unrelated tiles were nearer than 84 bits; below it, some were equal.
QUALITY_GATE = 50


class Pdq:
    """PDQ over the canonical picture, with a gate on quality.

    A copy is within 31 bits (the radius that PDQ's authors recommend); up to 60 it may be one if another method agrees.
    """

    name = "pdq"
    version = 1
    media = frozenset({Media.IMAGE})
    bits = 256
    radius_copy = 31
    radius_near = 60

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The fingerprint of the picture, and of the picture without uniform borders if it has some.

        Empty when the picture has too little in it ("not fingerprintable").
        """
        import pdqhash

        whole = canvas(asset)
        made = [pdqhash.compute(np.asarray(each)) for each in _views(whole)]
        return _fit([(vector, quality) for vector, quality in made])

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The fingerprints of all eight turns and mirror images, with and without uniform borders."""
        import pdqhash

        made = [pdqhash.compute_dihedral(np.asarray(each)) for each in _views(canvas(asset))]
        return _fit([(vector, quality) for vectors, quality in made for vector in vectors])


def _views(picture: Image.Image) -> list[Image.Image]:
    without = trimmed(picture)
    return [picture] if without is None else [picture, without]


def _fit(made: list[tuple[np.ndarray, int]]) -> tuple[Fingerprint, ...]:
    values = {
        np.packbits(vector.astype(np.uint8)).tobytes().hex(): int(quality)
        for vector, quality in made
        if quality >= QUALITY_GATE
    }
    return tuple(Fingerprint("pdq@1", value, quality) for value, quality in values.items())


fingerprint: FingerprintMethod = Pdq()
