"""Finds out cheaply whether bytes speak of a manifest at all, before anything is parsed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from .text import PREFIX_UTF8

_CHUNK = 1 << 20

# The description box of a manifest store (ISO 19566-5); SVG holds the store as base64 in an element of this name; a
# remote manifest is named in XMP by dcterms:provenance.
_SIGNS = (b"jumdc2pa", b"c2pa:manifest", PREFIX_UTF8)

UUID = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
_APP11, _SCAN = 0xEB, 0xDA
_WITH_LENGTH = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xFF)})  # JPEG markers that a length follows


def holds_manifest(stream: BinaryIO, format: str) -> bool:
    """Whether content of that format seems to hold a manifest; JPEG, PNG and MP4 are not read through for it."""
    stream.seek(0)
    if format == "jpeg":
        return _in_jpeg(stream)
    if format == "png":
        return _in_png(stream)
    if format in ("mp4", "mov", "m4a"):
        return _in_boxes(stream)
    return mentions_manifest(stream)


def active_label(store: bytes) -> str:
    """The label of the active manifest of a store, its last one (C2PA 2.4, 11.1.4.2; boxes as in ISO 19566-5)."""
    boxes = list(_children(store, 8, len(store)))
    start, end = boxes[-1]
    description = store[start + 8 : end]
    # A description box: length and type (8), the type of the content (16), toggles (1), then the label and a NUL.
    return description[25:].split(b"\0", 1)[0].decode("utf-8", "replace")


def _children(data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at + 8 <= end and (size := int.from_bytes(data[at : at + 4], "big")) >= 8:
        yield at, min(at + size, end)
        at += size


def _in_boxes(stream: BinaryIO) -> bool:
    """C2PA 2.4, A.5: the store is in a uuid box of the file itself."""
    from ..errors import UsageError
    from ..formats._atoms import Boxes

    boxes = Boxes(stream)
    try:
        return any(b.kind == b"uuid" and boxes.read(b.body, min(b.body + 16, b.end)) == UUID for b in boxes.top())
    except UsageError:
        return mentions_manifest(stream)  # cut short


def _in_jpeg(stream: BinaryIO) -> bool:
    """C2PA 2.4, A.3.1: the store is in APP11 segments, which come before the first scan."""
    stream.seek(2)
    while len(head := stream.read(4)) == 4 and head[0] == 0xFF and head[1] in _WITH_LENGTH:
        if head[1] in (_APP11, _SCAN):
            return head[1] == _APP11
        stream.seek(max(0, int.from_bytes(head[2:], "big") - 2), io.SEEK_CUR)
    return mentions_manifest(stream)  # built in an unusual way


def _in_png(stream: BinaryIO) -> bool:
    """C2PA 2.4, A.3.2: the store is in a caBX chunk."""
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        if head[4:] in (b"caBX", b"IEND"):
            return head[4:] == b"caBX"
        stream.seek(int.from_bytes(head[:4], "big") + 4, io.SEEK_CUR)
    return mentions_manifest(stream)  # cut short


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
