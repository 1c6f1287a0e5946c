"""Chunks of RIFF (and of RF64 and BW64, whose sizes have 64 bits), and the texts of its INFO list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from ..errors import BadContent, Unsupported
from . import Unwanted
from ._ifd import plain
from ._reading import count, length, piece, take
from ._splices import Splice

_OPEN = 0xFFFF_FFFF  # what a program writes that cannot go back: the size is not known
_WIDE = frozenset({b"RF64", b"BW64"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: `start` is at its header, `body` behind it; `next` is behind the padding byte of an odd `end`."""

    kind: bytes
    start: int
    body: int
    end: int
    next: int

    @property
    def unpadded(self) -> bool:
        """Whether the padding byte is missing, which some programs forget at the end."""
        return self.next == self.end and (self.end - self.body) % 2 == 1


@dataclass(frozen=True, slots=True)
class Form:
    """A RIFF form. `end` is by its own size, or the end of the file when it names none (`open`)."""

    start: int
    kind: bytes
    end: int
    open: bool = False
    wide_at: int = 0  # where the 64-bit size stands, if it has one
    sizes: Mapping[bytes, int] = field(default_factory=dict)  # those that stand in the ds64 chunk


def form(stream: BinaryIO, kinds: frozenset[bytes], at: int = 0) -> Form:
    """The form that begins at `at`.

    Raises:
        BadContent: none of these kinds, or cut off.
    """
    head, total = take(stream, at, 12), length(stream)
    size, kind = int.from_bytes(head[4:8], "little"), head[8:12]
    if head[:4] not in (b"RIFF", *_WIDE) or kind not in kinds:
        raise BadContent(f"no RIFF file of the form {' or '.join(sorted(k.decode('latin-1').strip() for k in kinds))}")
    wide_at, sizes = 0, dict[bytes, int]()
    if head[:4] in _WIDE:
        size, sizes, wide_at = _wide_sizes(stream, at + 12)
    elif size in (0, _OPEN):
        return Form(at, kind, total, open=True)
    if at + 8 + size > total:
        raise BadContent(f"a RIFF file of {8 + size} bytes cut off after {total - at}")
    return Form(at, kind, at + 8 + size, False, wide_at, sizes)


def _wide_sizes(stream: BinaryIO, at: int) -> tuple[int, dict[bytes, int], int]:
    """The sizes of a ds64 chunk (EBU Tech 3306): of the form, of `data`, and of other chunks in a table."""
    head = take(stream, at, 36)
    if head[:4] != b"ds64":
        raise BadContent("an RF64 file without its ds64 chunk")
    size, entries = int.from_bytes(head[4:8], "little"), int.from_bytes(head[32:36], "little")
    if size < 28 + 12 * entries or entries > 4096:
        raise BadContent("an RF64 file with a damaged ds64 chunk")
    table = take(stream, at + 36, 12 * entries)
    sizes = {table[i : i + 4]: int.from_bytes(table[i + 4 : i + 12], "little") for i in range(0, len(table), 12)}
    sizes[b"data"] = int.from_bytes(head[16:24], "little")
    return int.from_bytes(head[8:16], "little"), sizes, at + 8


def chunks(stream: BinaryIO, at: int, end: int, whole: Form | None = None) -> Iterator[Chunk]:
    """The chunks between `at` and `end`, one after another; `whole` knows the sizes that a header cannot hold.

    Raises:
        BadContent: one that is longer than what holds it.
    """
    met = 0
    while at < end:
        count(met := met + 1)
        if at + 8 > end:
            if not any(take(stream, at, end - at)):
                return  # a padding byte too many, which is common
            raise BadContent(f"a RIFF file damaged at byte {at}")
        head = take(stream, at, 8)
        size = int.from_bytes(head[4:], "little")
        if whole is not None and size == _OPEN and head[:4] in whole.sizes:
            size = whole.sizes[head[:4]]
        elif whole is not None and whole.open and size in (0, _OPEN) and head[:4] == b"data":
            size = end - at - 8
        if at + 8 + size > end:
            raise BadContent(f"a RIFF file damaged or cut off at byte {at}")
        chunk = Chunk(head[:4], at, at + 8, at + 8 + size, min(at + 8 + size + size % 2, end))
        yield chunk
        at = chunk.next


def built(kind: bytes, body: bytes) -> bytes:
    """A chunk with its padding byte."""
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


def listed(stream: BinaryIO, chunk: Chunk) -> bytes:
    """The kind of a LIST chunk; nothing for other chunks."""
    if chunk.kind != b"LIST" or chunk.end - chunk.body < 4:
        return b""
    return take(stream, chunk.body, 4)


def resized(form: Form, changes: Sequence[Splice]) -> list[Splice]:
    """The changes, and the size of the form that goes with them.

    Raises:
        Unsupported: the form grows beyond what 32 bits can say.
    """
    grown = form.end - form.start - 8 + sum(len(c.new) - (c.end - c.start) for c in changes)
    if form.open or not changes:
        return list(changes)
    if form.wide_at:
        return [*changes, Splice(form.wide_at, form.wide_at + 8, grown.to_bytes(8, "little"))]
    if grown >= _OPEN:
        raise Unsupported("the file would be larger than 4 GiB, which RIFF cannot be; convert it to RF64 first")
    return [*changes, Splice(form.start + 4, form.start + 8, grown.to_bytes(4, "little"))]


@dataclass(frozen=True, slots=True)
class Info:
    """A LIST chunk of the kind INFO and the texts in it: (identifier, content as it stands)."""

    chunk: Chunk
    texts: tuple[tuple[bytes, bytes], ...]

    def fields(self, place: str) -> Iterator[tuple[str, str, str]]:
        """Each as (place, key, value)."""
        for kind, content in self.texts:
            yield place, kind.decode("latin-1"), text(content)

    def without(self, place: str, unwanted: Unwanted) -> tuple[tuple[bytes, bytes], ...]:
        """The texts but those that are unwanted."""
        gone = [unwanted(*one) for one in self.fields(place)]
        return tuple(one for one, out in zip(self.texts, gone, strict=True) if not out)


def info(stream: BinaryIO, chunk: Chunk) -> Info | None:
    """The texts of a chunk, when it is an INFO list.

    Raises:
        BadContent: it is damaged.
        TooLarge: it is beyond the limit on a field.
    """
    if listed(stream, chunk) != b"INFO":
        return None
    inner = chunks(stream, chunk.body + 4, chunk.end)
    return Info(chunk, tuple((c.kind, piece(stream, c.body, c.end, "an INFO text")) for c in inner))


def info_list(texts: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A LIST chunk with these texts; nothing when there are none."""
    if not texts:
        return b""
    return built(b"LIST", b"INFO" + b"".join(built(kind, content) for kind, content in texts))


def text(content: bytes) -> str:
    """The text up to its NUL, UTF-8 when it is that, else Latin-1."""
    return plain(content.split(b"\0", 1)[0])


def four(key: str) -> bytes:
    """The identifier that a key is.

    Raises:
        Unsupported: it is none.
    """
    if len(key) != 4 or not key.isascii() or not key.isprintable():
        raise Unsupported(f"{key!r} is no RIFF identifier (four ASCII characters)")
    return key.encode()
