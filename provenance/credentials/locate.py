"""Finds out cheaply whether bytes speak of a manifest at all, before anything is parsed."""

from __future__ import annotations

import io
from typing import BinaryIO

from .text import PREFIX_UTF8

_CHUNK = 1 << 20

# The description box of a manifest store (ISO 19566-5); SVG holds the store as base64 in an element of this name; a
# remote manifest is named in XMP by dcterms:provenance.
_SIGNS = (b"jumdc2pa", b"c2pa:manifest", PREFIX_UTF8)


def mentions_manifest(stream: BinaryIO) -> bool:
    """Whether the stream holds a manifest store or what is left of one. The position is moved."""
    if isinstance(stream, io.BytesIO):
        data = stream.getvalue()
        return any(sign in data for sign in _SIGNS)
    stream.seek(0)
    overlap = max(map(len, _SIGNS)) - 1
    tail = b""
    while chunk := stream.read(_CHUNK):
        window = tail + chunk
        if any(sign in window for sign in _SIGNS):
            return True
        tail = window[-overlap:]
    return False
