"""Changes to a container as a list of replaced ranges, so that a file of any size is rewritten in bounded memory."""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from . import AigcForm, Unwanted

_CHUNK = 1 << 20


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


def _copy(
    source: BinaryIO, target: BinaryIO, start: int, end: int | None, progress: Callable[[int], None] | None
) -> None:
    source.seek(start)
    while end is None or start < end:
        chunk = source.read(_CHUNK if end is None else min(_CHUNK, end - start))
        if not chunk:
            break
        target.write(chunk)
        start += len(chunk)
        if progress is not None:
            progress(start)


class Streamed:
    """A container whose files may not fit in memory: it reads from a seekable stream, and names what changes.

    A format derives from this class and implements the six abstract methods; those of the contract `Format`, which
    work on bytes, follow from them. The streams are at any position when a method begins.
    """

    name: str
    formats: frozenset[str]
    aigc_form: AigcForm

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
