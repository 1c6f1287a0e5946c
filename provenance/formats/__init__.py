"""Metadata in containers, byte by byte and in place, one file a container; this is the contract they keep.

A format's file ends in `format: Format = Name()`. Pixels, samples and other chunks stay bit-identical.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol, runtime_checkable

from ..catalog import load, names
from ..errors import Unsupported

PACKAGE = __name__
MAX_PACKET = 4 << 20  # bytes of XMP; real packets are under 100 KB, larger ones are hostile or broken
MAX_FIELD = 4 << 20  # bytes of one text field after decompression; a ComfyUI workflow may have hundreds of KB

AigcForm = Literal["xmp", "plain", "wrapped"]
Unwanted = Callable[[str, str, str], bool]


@runtime_checkable
class Format(Protocol):
    """A container family that can carry an XMP packet and, where its guide says so, further fields."""

    name: str
    formats: frozenset[str]  # the names of `sniff.FORMATS` it serves
    # Where the guides of GB 45438 put the implicit label: a property of the XMP packet, or a field of the container
    # that holds the seven keys alone (plain) or within an outer AIGC object (wrapped).
    aigc_form: AigcForm

    def blank(self, format: str) -> bytes:
        """A minimal valid file of that format."""
        ...

    def read_xmp(self, data: bytes) -> bytes | None:
        """The XMP packet, or None. Raises BadContent on a damaged container, TooLarge on an oversized packet."""
        ...

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """`data` with exactly this XMP packet (None: without one); nothing else changes.

        Raises:
            BadContent: a damaged container.
            Unsupported: the format has no lawful place for XMP, or not for one of this size.
        """
        ...

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """Other textual metadata as (place, key, value): PNG tEXt, EXIF UserComment, front matter, comments."""
        ...

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """`data` with exactly one field `key` in the format's own place for text (None: without it).

        Raises:
            BadContent: a damaged container.
            Unsupported: the format has no place of its own for text.
        """
        ...

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """`data` without those of `read_fields` for which `unwanted(place, key, value)` holds.

        What lies inside an EXIF block is blanked where it stands, so that nothing moves.
        """
        ...

    def essence(self, data: bytes) -> bytes:
        """The bytes that hold the content itself, without any metadata: what an integrity digest covers."""
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
