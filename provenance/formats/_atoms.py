"""Boxes of MP4 and QuickTime files (ISO/IEC 14496-12) in a stream, and changes that keep every offset true."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from ..errors import BadContent, TooLarge, Unsupported
from ._splices import Splice

MAX_BOXES = 400_000  # headers read in one look; a day of two-second fragments has 130,000
MAX_TABLES = 64 << 20  # bytes of offset tables rewritten at once; ten hours of video have a few megabytes
_LARGEST = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Atom:
    """One box: `start` is at its header, `body` behind it. `sized` is false when it runs to the end of the file."""

    kind: bytes
    start: int
    body: int
    end: int
    sized: bool = True
    parents: tuple[Atom, ...] = ()  # outermost first


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes `start` to `end` become `new`; the boxes `parents` around them change their sizes."""

    parents: tuple[Atom, ...]
    start: int
    end: int
    new: bytes

    @property
    def growth(self) -> int:
        """By how many bytes everything behind it moves."""
        return len(self.new) - (self.end - self.start)


class Boxes:
    """The boxes of a stream. Only headers are read, and what is asked for; media data never is."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.size, self._seen = stream, stream.seek(0, 2), 0

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`, all of them.

        Raises:
            BadContent: the file ends before.
        """
        self.stream.seek(start)
        data = self.stream.read(max(0, end - start))
        if len(data) < end - start:
            raise BadContent(f"a file cut off at byte {self.size}")
        return data

    def top(self) -> tuple[Atom, ...]:
        """The boxes of the file itself.

        Raises:
            BadContent: there is none, or one does not fit.
            TooLarge: there are too many.
        """
        found = tuple(self._listed(0, self.size, ()))
        if not found:
            raise BadContent("no box of an MP4 or QuickTime file in it")
        return found

    def inside(self, box: Atom) -> Iterator[Atom]:
        """The boxes in a box. `meta` has a version in front of them in MP4 and none in QuickTime.

        Raises:
            BadContent: one does not fit.
            TooLarge: there are too many.
        """
        body = box.body
        if box.kind == b"meta" and self.read(body, min(body + 8, box.end))[4:] != b"hdlr":
            body += 4
        yield from self._listed(body, box.end, (*box.parents, box))

    def find(self, *path: bytes) -> list[Atom]:
        """Every box at this path: `find(b"moov", b"udta")`."""
        level = [b for b in self.top() if b.kind == path[0]]
        for kind in path[1:]:
            level = [child for box in level for child in self.inside(box) if child.kind == kind]
        return level

    def _listed(self, at: int, stop: int, parents: tuple[Atom, ...]) -> Iterator[Atom]:
        while at < stop:
            head = self.read(at, min(at + 16, stop))
            size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], at + 8
            sized = size != 0
            if not head[:8].strip(b"\0") or (parents and not sized):
                return  # padding, or the zero that may close a QuickTime list
            if size == 1:
                size, body = int.from_bytes(head[8:16], "big"), at + 16
            elif not sized:
                size = stop - at  # 4.2: only the last box of a file
            if body > stop or at + size < body or at + size > stop:
                raise BadContent(f"a file damaged or cut off in the box at byte {at}")
            self._seen += 1
            if self._seen > MAX_BOXES:
                raise TooLarge(f"more than {MAX_BOXES} boxes in one file are not read")
            yield Atom(kind, at, body, at + size, sized, parents)
            at += size


def changed(boxes: Boxes, edits: Sequence[Edit]) -> list[Splice]:
    """All splices that the edits take: themselves, the sizes of the boxes around them, and every offset behind them.

    Raises:
        Unsupported: a size or an offset that has no room, or offsets of a kind that is not kept true here.
        BadContent, TooLarge: an offset table that cannot be read.
    """
    splices = [Splice(e.start, e.end, e.new) for e in edits]
    growth: dict[Atom, int] = {}
    for edit in edits:
        for box in edit.parents:
            growth[box] = growth.get(box, 0) + edit.growth
    splices += [_resized(box, by) for box, by in growth.items() if by and box.sized]
    moving = [e for e in edits if e.growth]
    first = min((e.end for e in moving), default=boxes.size)
    if any(b.start >= first for b in boxes.top() if b.kind in (b"mdat", b"moof", b"imda", b"sidx")):
        splices += _Offsets(boxes, moving).splices()
    return splices


def _resized(box: Atom, by: int) -> Splice:
    size = box.end - box.start + by
    if box.body - box.start == 16:
        return Splice(box.start + 8, box.start + 16, size.to_bytes(8, "big"))
    if size > _LARGEST:
        raise Unsupported(f"the box {box.kind!r} of this file has no room to grow")
    return Splice(box.start, box.start + 4, size.to_bytes(4, "big"))


class _Offsets:
    """Every place that holds a position in the file, with what it must hold after the edits."""

    def __init__(self, boxes: Boxes, edits: Sequence[Edit]) -> None:
        self.boxes, self.left = boxes, MAX_TABLES
        ordered = sorted(edits, key=lambda e: e.end)
        self.ends = [e.end for e in ordered]
        self.growth = [0, *accumulate(e.growth for e in ordered)]

    def splices(self) -> Iterator[Splice]:
        for box in self.boxes.top():
            match box.kind:
                case b"moov":
                    yield from self._of_movie(box)
                case b"moof":
                    yield from self._of_fragment(box)
                case b"mfra":
                    for table in [c for c in self.boxes.inside(box) if c.kind == b"tfra"]:
                        yield from self._of_random_access(table)
                case b"sidx":
                    yield from self._of_index(box)
                case b"meta":
                    self._refuse_items(box)

    def moved(self, value: int) -> int:
        """Where what stood at `value` stands after the edits."""
        return value + self.growth[bisect_right(self.ends, value)]

    def _of_movie(self, movie: Atom) -> Iterator[Splice]:
        children = list(self.boxes.inside(movie))
        if any(c.kind == b"cmov" for c in children):
            raise Unsupported("a compressed movie header (cmov) cannot be kept true; remux the file first")
        for meta in (c for c in children if c.kind == b"meta"):
            self._refuse_items(meta)
        level = [c for c in children if c.kind == b"trak"]
        for kind in (b"mdia", b"minf", b"stbl"):
            level = [c for box in level for c in self.boxes.inside(box) if c.kind == kind]
        for table in (c for box in level for c in self.boxes.inside(box)):
            if table.kind in (b"stco", b"co64"):
                yield from self._table(table, table.body + 4, 4 if table.kind == b"stco" else 8)
            elif table.kind == b"saio":  # 8.7.9: two optional words about the type, then the offsets
                version, flags = self._version(table)
                yield from self._table(table, table.body + 4 + (8 if flags & 1 else 0), 8 if version else 4)

    def _of_fragment(self, fragment: Atom) -> Iterator[Splice]:
        """8.8.7: only a base offset that is written out is absolute; all else counts from the fragment."""
        for track in (c for c in self.boxes.inside(fragment) if c.kind == b"traf"):
            for head in (c for c in self.boxes.inside(track) if c.kind == b"tfhd"):
                if self._version(head)[1] & 1:
                    yield from self._number(head, head.body + 8, 8)

    def _of_random_access(self, table: Atom) -> Iterator[Splice]:
        """8.8.10: time and position of each fragment, then three numbers of one to four bytes."""
        width = 8 if self._version(table)[0] else 4
        head = self._within(table, table.body + 4, 12)
        lengths, count = int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:12], "big")
        entry = 2 * width + sum((lengths >> shift & 3) + 1 for shift in (0, 2, 4))
        self._spend(entry * count)
        rows = bytearray(self._within(table, table.body + 16, entry * count))
        for at in range(width, len(rows), entry):
            rows[at : at + width] = self._fitted(self.moved(int.from_bytes(rows[at : at + width], "big")), width)
        yield Splice(table.body + 16, table.body + 16 + len(rows), bytes(rows))

    def _of_index(self, index: Atom) -> Iterator[Splice]:
        """8.16.3: the first offset counts from the end of the index itself."""
        width = 8 if self._version(index)[0] else 4
        at = index.body + 12 + width
        first = int.from_bytes(self._within(index, at, width), "big")
        anchor = self.moved(index.start) + index.end - index.start
        yield Splice(at, at + width, self._fitted(self.moved(index.end + first) - anchor, width))

    def _refuse_items(self, meta: Atom) -> None:
        if any(c.kind == b"iloc" for c in self.boxes.inside(meta)):
            raise Unsupported("this file holds items beside its tracks, whose places would move; remux it first")

    def _table(self, box: Atom, at: int, width: int) -> Iterator[Splice]:
        """A count, and as many offsets."""
        count = int.from_bytes(self._within(box, at, 4), "big")
        self._spend(count * width)
        values = array("I" if width == 4 else "Q", self._within(box, at + 4, count * width))
        _swap(values)
        try:
            new = array(values.typecode, map(self.moved, values))
        except OverflowError as error:
            raise _no_room() from error
        if new != values:
            _swap(new)
            yield Splice(at + 4, at + 4 + count * width, new.tobytes())

    def _number(self, box: Atom, at: int, width: int) -> Iterator[Splice]:
        value = int.from_bytes(self._within(box, at, width), "big")
        yield Splice(at, at + width, self._fitted(self.moved(value), width))

    def _version(self, box: Atom) -> tuple[int, int]:
        word = self._within(box, box.body, 4)
        return word[0], int.from_bytes(word[1:], "big")

    def _within(self, box: Atom, at: int, size: int) -> bytes:
        if at + size > box.end:
            raise BadContent(f"a table of the box {box.kind!r} at byte {box.start} does not fit it")
        return self.boxes.read(at, at + size)

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise TooLarge(f"more than {MAX_TABLES} bytes of offset tables in one file are not rewritten")

    @staticmethod
    def _fitted(value: int, width: int) -> bytes:
        if not 0 <= value < 1 << 8 * width:
            raise _no_room()
        return value.to_bytes(width, "big")


def _swap(values: array[int]) -> None:
    """From the byte order of the file, big-endian, to that of this machine, or back."""
    if sys.byteorder == "little":
        values.byteswap()


def _no_room() -> Unsupported:
    return Unsupported("an offset table of this file has no room for a larger file; remux it with 64-bit offsets first")
