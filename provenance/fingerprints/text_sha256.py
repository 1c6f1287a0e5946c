"""The digest of a text's words: the same for every copy that says the same, whatever file or spacing it is in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..evidence import Media
from . import Fingerprint, FingerprintMethod
from ._words import weight, words

if TYPE_CHECKING:
    from ..asset import Asset

# Shorter texts are written again by chance ("Yes, of course."): to be the same says nothing of where they come from.
LEAST = 64


class TextSha256:
    """SHA-256 of the normalised visible text, from 64 letters (32 Chinese characters)."""

    name = "text-sha256"
    version = 1
    media = frozenset({Media.TEXT, Media.DOCUMENT})
    bits = 256
    radius_copy = 0
    radius_near = 0

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The digest; empty when the text is too short."""
        text = words(asset)
        if weight(text) < LEAST:
            return ()
        return (Fingerprint("text-sha256@1", hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()),)

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """As `enrol`."""
        return self.enrol(asset)


fingerprint: FingerprintMethod = TextSha256()
