"""FLAC: the Vorbis comment block, its growth taken from the padding block while that lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import BadContent, Unsupported
from . import AigcForm, Format, Unwanted
from ._comments import Comments, parse
from ._id3 import span
from ._reading import joined, length, require_fits, take
from ._splices import Splice, Streamed

SIGNATURE = b"fLaC"
_STREAMINFO, _PADDING, _COMMENTS = 0, 1, 4  # RFC 9639, 8.1
_LAST = 0x80


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    last: bool
    start: int
    end: int

    def body(self, stream: BinaryIO) -> bytes:
        return take(stream, self.start + 4, self.end - self.start - 4)


class Flac(Streamed):
    """The metadata blocks behind an ID3 tag, which is where C2PA puts its manifest, and which stays as it is."""

    name = "flac"
    formats = frozenset({"flac"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """A stream of no samples: 44100 Hz, mono, 16 bits."""
        rate_channels_bits_samples = (44100 << 44 | 15 << 36).to_bytes(8, "big")
        info = b"\x10\0\x10\0" + bytes(6) + rate_channels_bits_samples + bytes(16)
        return SIGNATURE + _block(_STREAMINFO, info, last=True)

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """None: XMP part 3 names no place in FLAC."""
        _blocks(stream)
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """The comments."""
        return tuple(field for _, comments in _comments(stream) for field in comments.fields())

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """Refused: XMP part 3 names no place in FLAC."""
        _blocks(stream)
        if packet is None:
            return ()
        raise Unsupported("XMP has no place in FLAC files; use the AIGC comment or a sidecar")

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """One comment of that key, in the first comment block; a block is made when there is none."""
        if any(True for _ in _comments(stream)):
            first = [value]  # the first block takes the value, further ones lose theirs
            return _planned(stream, lambda c: c.with_field(key, first.pop() if first else None))
        return [] if value is None else _inserted(stream, Comments().with_field(key, value))

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted comments are cut out."""
        return _planned(stream, lambda c: c.without(unwanted))

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """The description of the stream, and all frames."""
        blocks = _blocks(stream)
        return joined([(blocks[0].start + 4, blocks[0].end), (blocks[-1].end, length(stream))])


def _blocks(stream: BinaryIO) -> list[_Block]:
    """The metadata blocks; the first describes the stream."""
    at, total, found = span(stream)[1], length(stream), list[_Block]()
    if take(stream, at, 4) != SIGNATURE:
        raise BadContent("not a FLAC file")
    at += 4
    while not found or not found[-1].last:
        head = take(stream, at, 4)
        end = at + 4 + int.from_bytes(head[1:], "big")
        if end > total:
            raise BadContent(f"a FLAC file cut off in the metadata block at byte {at}")
        found.append(_Block(head[0] & 0x7F, bool(head[0] & _LAST), at, end))
        at = end
    if found[0].kind != _STREAMINFO:
        raise BadContent("a FLAC file that does not begin with its description")
    return found


def _comments(stream: BinaryIO) -> Iterator[tuple[_Block, Comments]]:
    for block in _blocks(stream):
        if block.kind == _COMMENTS:
            yield block, parse(block.body(stream))


def _planned(stream: BinaryIO, change: Callable[[Comments], Comments]) -> list[Splice]:
    changes = []
    for block, old in _comments(stream):
        new = change(old)
        if new == old:
            continue
        if new == Comments() and not block.last:
            changes.append(Splice(block.start, block.end, b""))  # one that was made here, by the lack of a vendor
        else:
            changes.append(Splice(block.start, block.end, _block(_COMMENTS, bytes(new), last=block.last)))
    return changes + _settled(_blocks(stream), changes)


def _inserted(stream: BinaryIO, comments: Comments) -> list[Splice]:
    """A comment block behind the description of the stream."""
    blocks = _blocks(stream)
    first = blocks[0]
    changes = [Splice(first.end, first.end, _block(_COMMENTS, bytes(comments), last=first.last))]
    if first.last:
        changes.append(Splice(first.start, first.start + 1, bytes([_STREAMINFO])))
    return changes + _settled(blocks, changes)


def _settled(blocks: Sequence[_Block], changes: Sequence[Splice]) -> list[Splice]:
    """The change of the first padding block that keeps the sound where it is, if it has the room."""
    more = sum(len(c.new) - (c.end - c.start) for c in changes)
    padding = next((b for b in blocks if b.kind == _PADDING), None)
    if padding is None or more == 0:
        return []
    size = padding.end - padding.start - 4 - more
    if not 0 <= size < 1 << 24:
        return []
    head = Splice(padding.start, padding.start + 4, _head(_PADDING, size, last=padding.last))
    body = Splice(padding.end - max(more, 0), padding.end, bytes(max(-more, 0)))
    return [head, body]


def _block(kind: int, body: bytes, *, last: bool) -> bytes:
    return _head(kind, len(body), last=last) + body


def _head(kind: int, size: int, *, last: bool) -> bytes:
    return bytes([kind | (_LAST if last else 0)]) + require_fits(size, 3, "a FLAC metadata block")


format: Format = Flac()  # noqa: A001  the contract's name
