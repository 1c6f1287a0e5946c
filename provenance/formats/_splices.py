"""Changes to a container as a list of replaced ranges, so that a file of any size is rewritten in bounded memory."""

from __future__ import annotations

import functools
import io
import os
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from . import AigcForm, Unwanted

if TYPE_CHECKING:
    from typing_extensions import Buffer

_CHUNK = 1 << 20
_LEAP = 32 << 20  # bytes that the system copies before progress is told


@dataclass(frozen=True, slots=True)
class Splice:
    """Bytes `start` to `end` of a file become `new`; with `start == end` it is an insertion."""

    start: int
    end: int
    new: bytes


def spliced(data: bytes, splices: Iterable[Splice]) -> bytes:
    """`data` with all changes; their places are those of `data` as given, and they do not overlap."""
    target = io.BytesIO()
    splice(io.BytesIO(data), target, splices)
    return target.getvalue()


def splice(
    source: BinaryIO, target: BinaryIO, splices: Iterable[Splice], *, progress: Callable[[int], None] | None = None
) -> None:
    """Copy `source` to `target` with all changes, a mebibyte at a time; `progress` gets the bytes read so far.

    Raises:
        ValueError: splices that overlap or end before they start.
    """
    at = 0
    for change in sorted(splices, key=lambda one: (one.start, one.end)):
        if change.start < at or change.end < change.start:
            raise ValueError("splices overlap")
        _copy(source, target, at, change.start, progress)
        target.write(change.new)
        at = change.end
    _copy(source, target, at, None, progress)


class Spliced(io.RawIOBase):
    """What `source` is after all changes, to be read and sought in, without a copy; `source` may be one of these.

    It moves the position of `source` and does not close it.

    Raises:
        ValueError: splices that overlap or end before they start.
    """

    def __init__(self, source: BinaryIO, splices: Iterable[Splice]) -> None:
        super().__init__()
        self._source, self._at = source, 0
        size, at = source.seek(0, io.SEEK_END), 0
        self._starts: list[int] = []  # where each piece begins here
        self._pieces: list[int | bytes] = []  # new bytes, or where an old piece begins in `source`
        self._size = 0
        for change in sorted(splices, key=lambda one: (one.start, one.end)):
            if change.start < at or change.end < change.start:
                raise ValueError("splices overlap")
            self._append(at, change.start - at)
            self._append(change.new, len(change.new))
            at = change.end
        self._append(at, size - at)

    def _append(self, piece: int | bytes, size: int) -> None:
        if size > 0:
            self._starts.append(self._size)
            self._pieces.append(piece)
            self._size += size

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The new position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        left = max(0, self._size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        parts = []
        while wanted:
            part = self._next(wanted)
            if not part:
                break  # the source has become shorter
            parts.append(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: Buffer) -> int:
        """As `read`, into memory that is given."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def copy(self, target: BinaryIO, start: int, end: int | None, progress: Callable[[int], None] | None) -> None:
        """Write what stands from `start` to `end` (None: to the end) to `target`, old pieces straight from `source`."""
        stop = self._size if end is None else min(end, self._size)
        while start < stop:
            index = bisect_right(self._starts, start) - 1
            piece, inner = self._pieces[index], start - self._starts[index]
            size = min(stop, self._starts[index + 1] if index + 1 < len(self._starts) else self._size) - start
            if isinstance(piece, bytes):
                target.write(piece[inner : inner + size])
            else:
                shift = start - (piece + inner)
                told = None if progress is None else functools.partial(_told, progress, shift)
                _copy(self._source, target, piece + inner, piece + inner + size, told)
            start += size

    def _next(self, most: int) -> bytes:
        """The bytes from here to the end of the piece they stand in, or fewer."""
        index = bisect_right(self._starts, self._at) - 1
        piece, inner = self._pieces[index], self._at - self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
        size = min(most, end - self._at)
        if isinstance(piece, bytes):
            found = piece[inner : inner + size]
        else:
            self._source.seek(piece + inner)
            found = self._source.read(size)
        self._at += len(found)
        return found


def _told(progress: Callable[[int], None], shift: int, at: int) -> None:
    progress(at + shift)


def over(source: BinaryIO, splices: Sequence[Splice]) -> BinaryIO:
    """`source` with all changes, as a stream; `source` itself when there are none."""
    return cast("BinaryIO", Spliced(source, splices)) if splices else source


def _copy(
    source: BinaryIO, target: BinaryIO, start: int, end: int | None, progress: Callable[[int], None] | None
) -> None:
    """What stands in `source` from `start` to `end` (None: to its end), to where `target` is."""
    if isinstance(source, Spliced):
        source.copy(target, start, end, progress)
        return
    start = _copied_by_kernel(source, target, start, end, progress)
    source.seek(start)
    while end is None or start < end:
        chunk = source.read(_CHUNK if end is None else min(_CHUNK, end - start))
        if not chunk:
            break
        target.write(chunk)
        start += len(chunk)
        if progress is not None:
            progress(start)


def _copied_by_kernel(
    source: BinaryIO, target: BinaryIO, start: int, end: int | None, progress: Callable[[int], None] | None
) -> int:
    """How far the system copied from file to file without the bytes passing through here; `start` where it cannot."""
    try:
        taken, given = source.fileno(), target.fileno()
    except (OSError, AttributeError):  # a stream in memory
        return start
    if not hasattr(os, "copy_file_range") or (end is not None and end - start < _CHUNK):
        return start
    target.flush()
    at = target.tell()
    while end is None or start < end:
        try:
            count = os.copy_file_range(taken, given, _LEAP if end is None else min(_LEAP, end - start), start, at)
        except OSError:  # two kinds of disks, or one that does not know how: a full disk is met again by writing
            break
        if not count:
            break
        start, at = start + count, at + count
        if progress is not None:
            progress(start)
    target.seek(at)
    return start


class Streamed:
    """A container whose files may not fit in memory: it reads from a seekable stream, and names what changes.

    A format derives from this class and implements the abstract methods; those of the contract `Format` that work on
    bytes follow from them. The streams are at any position when a method begins.
    """

    name: str
    formats: frozenset[str]
    aigc_form: AigcForm

    @abstractmethod
    def blank(self, format: str) -> bytes:
        """As `Format.blank`."""

    @abstractmethod
    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """As `Format.read_xmp`."""

    @abstractmethod
    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """As `Format.read_fields`."""

    @abstractmethod
    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """The changes of `Format.write_xmp`."""

    @abstractmethod
    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """The changes of `Format.write_field`."""

    @abstractmethod
    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """The changes of `Format.without`."""

    @abstractmethod
    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """The ranges (start, end) that hold the content itself, in order: what `Format.essence` keeps."""

    def read_xmp(self, data: bytes) -> bytes | None:
        """As `Format.read_xmp`."""
        return self.find_xmp(io.BytesIO(data))

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """As `Format.read_fields`."""
        return self.find_fields(io.BytesIO(data))

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """As `Format.write_xmp`."""
        return spliced(data, self.plan_xmp(io.BytesIO(data), packet))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """As `Format.write_field`."""
        return spliced(data, self.plan_field(io.BytesIO(data), key, value))

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """As `Format.without`."""
        return spliced(data, self.plan_without(io.BytesIO(data), unwanted))

    def essence(self, data: bytes) -> bytes:
        """As `Format.essence`."""
        return b"".join(data[start:end] for start, end in self.content(io.BytesIO(data)))
