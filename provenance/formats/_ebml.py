"""Elements of EBML (RFC 8794), with bounds checked, and the building of new ones."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import BadContent, TooLarge, Unsupported
from ._reading import take

VOID, CRC = 0xEC, 0xBF
MAX_ELEMENTS = 100_000  # in one piece of metadata; tags have some dozens
_HEADER = 12  # bytes of the longest: 4 of identifier, 8 of size


@dataclass(frozen=True, slots=True)
class Element:
    """One element: the header is at `start`, the content from `body` to `end`.

    Without `sized` its end is not told by its header, and is that of what holds it.
    """

    id: int
    start: int
    body: int
    end: int
    sized: bool = True


def header(data: bytes, at: int, limit: int, offset: int = 0) -> Element:
    """The element whose header is at `at` of `data`, which stands at `offset` of a file; it ends within `limit`.

    Raises:
        BadContent: no element, or one that is longer than what holds it.
    """
    where = offset + at
    wide = 9 - data[at].bit_length() if at < len(data) else 9
    size_at = at + wide
    if wide > 4 or size_at >= len(data) or data[size_at] == 0:
        raise BadContent(f"an EBML file damaged or cut off at byte {where}")
    long = 9 - data[size_at].bit_length()
    body = size_at + long
    size = int.from_bytes(data[size_at:body], "big") & (1 << 7 * long) - 1
    if body > len(data) or offset + body > limit:
        raise BadContent(f"an EBML file cut off at byte {where}")
    name = int.from_bytes(data[at:size_at], "big")
    if size == (1 << 7 * long) - 1:
        return Element(name, where, offset + body, limit, sized=False)
    if offset + body + size > limit:
        raise BadContent(f"an EBML element at byte {where} that is longer than what holds it")
    return Element(name, where, offset + body, offset + body + size)


def element_at(stream: BinaryIO, at: int, limit: int) -> Element:
    """As `header`, at a position of a stream."""
    return header(take(stream, at, min(_HEADER, limit - at)), 0, limit, at)


def elements(data: bytes, at: int, end: int) -> Iterator[Element]:
    """The elements between `at` and `end` of a piece of metadata.

    Raises:
        BadContent: as `header`, or one without a size.
        TooLarge: more than `MAX_ELEMENTS`.
    """
    met = 0
    while at < end:
        one = header(data, at, end)
        if not one.sized or (met := met + 1) > MAX_ELEMENTS:
            raise (TooLarge if one.sized else BadContent)("an EBML file with metadata of no end")
        yield one
        at = one.end


def size(value: int, width: int = 0) -> bytes:
    """A size, in `width` bytes or in as few as can be.

    Raises:
        Unsupported: it does not fit.
    """
    width = width or next((w for w in range(1, 9) if value < (1 << 7 * w) - 1), 9)
    if width > 8 or value >= (1 << 7 * width) - 1:
        raise Unsupported(f"an EBML element cannot hold {value} bytes")
    return (1 << 7 * width | value).to_bytes(width, "big")


def built(id: int, body: bytes) -> bytes:
    """An element."""
    return id.to_bytes((id.bit_length() + 7) // 8, "big") + size(len(body)) + body


def void(length: int) -> bytes:
    """Padding of exactly that many bytes, 0 or at least 2."""
    if length == 0:
        return b""
    if length <= 128:
        return bytes([VOID]) + size(length - 2, 1) + bytes(length - 2)
    return bytes([VOID]) + size(length - 9, 8) + bytes(length - 9)


def checked(body: bytes) -> bytes:
    """The content of an element with a checksum before it (RFC 8794, 11.3.1)."""
    return built(CRC, zlib.crc32(body).to_bytes(4, "little")) + body
