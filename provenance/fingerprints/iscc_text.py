"""ISCC Text-Code (ISO 24138), 256 bits: near for texts that share most of their 13-letter runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evidence import Media
from . import Fingerprint, FingerprintMethod
from ._words import weight, words

if TYPE_CHECKING:
    from ..asset import Asset

# Below this the radius is reached by texts that only share a beginning or a quotation (docs/registry.md).
LEAST = 300


class IsccText:
    """The Text-Code of the normalised visible text, from 300 letters (150 Chinese characters).

    A text that lost 2 % of its words is about 11 bits away, one that lost a tenth about 50, an unrelated one 128.
    """

    name = "iscc-text"
    version = 1
    media = frozenset({Media.TEXT, Media.DOCUMENT})
    bits = 256
    radius_copy = 31
    radius_near = 50

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The code; empty when the text is too short."""
        import iscc_lib

        text = words(asset)
        if weight(text) < LEAST:
            return ()
        code = iscc_lib.gen_text_code_v0(text, bits=256).iscc
        return (Fingerprint("iscc-text@1", iscc_lib.iscc_decode(code)[4].hex()),)

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """As `enrol`."""
        return self.enrol(asset)


fingerprint: FingerprintMethod = IsccText()
