"""Reads pieces of a seekable stream with bounds checked, for containers that are never held whole."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import BinaryIO

from ..errors import BadContent, TooLarge, Unsupported
from . import MAX_FIELD

# Elements, pages or tags that one walk looks at: two hours of video in clusters of unknown size have 800,000 blocks,
# and a walk over this many takes some three seconds.
MAX_PARTS = 1_000_000


def length(stream: BinaryIO) -> int:
    """The bytes of the whole stream."""
    return stream.seek(0, io.SEEK_END)


def take(stream: BinaryIO, start: int, count: int) -> bytes:
    """Exactly `count` bytes from `start`.

    Raises:
        BadContent: the stream ends before.
    """
    stream.seek(start)
    data = stream.read(count)
    if len(data) < count:
        raise BadContent(f"a file cut off: {count} bytes were to follow at byte {start}")
    return data


def piece(stream: BinaryIO, start: int, end: int, what: str, most: int = MAX_FIELD) -> bytes:
    """The bytes of one piece of metadata.

    Raises:
        TooLarge: more than `most`.
        BadContent: the stream ends before.
    """
    if end - start > most:
        raise TooLarge(f"{what} of {end - start} bytes is not read; the limit is {most}")
    return take(stream, start, end - start)


def count(parts: int) -> None:
    """Nothing, while a walk has met no more parts than any real file has.

    Raises:
        TooLarge: more.
    """
    if parts > MAX_PARTS:
        raise TooLarge(f"more than {MAX_PARTS} parts in one file")


def joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The ranges in order, those that touch made one, empty ones left out."""
    found: list[tuple[int, int]] = []
    for start, end in ranges:
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        elif start < end:
            found.append((start, end))
    return tuple(found)


def require_fits(value: int, width: int, what: str) -> bytes:
    """A number in `width` bytes, big end first.

    Raises:
        Unsupported: it needs more.
    """
    if not 0 <= value < 1 << 8 * width:
        raise Unsupported(f"{what} has no room for {value}")
    return value.to_bytes(width, "big")
