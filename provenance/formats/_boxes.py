"""Boxes of the ISO base media file format (14496-12, 4.2), with bounds checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadContent


@dataclass(frozen=True, slots=True)
class Box:
    """One box: `start` is at its header, `body` behind it. `sized` is false when it runs to the end of the file."""

    kind: bytes
    start: int
    body: int
    end: int
    sized: bool = True


def boxes(data: bytes, at: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes between `at` and `end`, one after another.

    Raises:
        BadContent: a box that is shorter than its header or longer than what holds it.
    """
    stop = len(data) if end is None else end
    while at < stop:
        size, kind, body = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], at + 8
        sized = size != 0
        if size == 1:
            size, body = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif not sized:
            size = stop - at  # 4.2: only the last box of a file
        if body > stop or at + size < body or at + size > stop:
            raise BadContent(f"a file damaged or cut off in the box at byte {at}")
        yield Box(kind, at, body, at + size, sized)
        at += size


def wrapped(kind: bytes, body: bytes) -> bytes:
    """A box with this body."""
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def patched(data: bytes, at: int, value: int, width: int) -> bytes:
    """`data` with a number written over `width` bytes at `at`."""
    return data[:at] + value.to_bytes(width, "big") + data[at + width :]
