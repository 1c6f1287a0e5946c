"""Metadata in containers, byte by byte and in place, one file a container; this is the contract they keep.

A format's file ends in `format: Format = Name()`. Pixels, samples and other chunks stay bit-identical.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..catalog import load, names
from ..errors import Unsupported

PACKAGE = __name__
MAX_PACKET = 4 << 20  # bytes of XMP; real packets are under 100 KB, larger ones are hostile or broken


@runtime_checkable
class Format(Protocol):
    """A container family that can carry an XMP packet and, where its guide says so, further fields."""

    name: str
    formats: frozenset[str]  # the names of `sniff.FORMATS` it serves

    def blank(self, format: str) -> bytes:
        """A minimal valid file of that format."""
        ...

    def read_xmp(self, data: bytes) -> bytes | None:
        """The XMP packet, or None. Raises BadContent on a damaged container, TooLarge on an oversized packet."""
        ...

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """`data` with exactly this XMP packet (None: without one); nothing else changes."""
        ...

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """Other textual metadata as (place, key, value): PNG tEXt, EXIF UserComment, front matter, comments."""
        ...


def for_format(name: str) -> Format:
    """The format module that serves `name` (a key of `sniff.FORMATS`).

    Raises:
        Unsupported: no module serves it.
    """
    for candidate in names(PACKAGE):
        module: Format = load(PACKAGE, candidate, "format")
        if name in module.formats:
            return module
    raise Unsupported(f"metadata cannot be written into {name} files")
