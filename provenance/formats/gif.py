"""GIF: XMP in an application extension, and comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadContent, Unsupported
from . import MAX_PACKET, AigcForm, Format, Unwanted
from . import _ifd as ifd

_XMP = b"XMP DataXMP"
# XMP part 3, 1.1.2: the packet is not cut into sub-blocks. A reader that takes its bytes for lengths lands somewhere
# in this descending run and is led to the end.
_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
_APPLICATION, _COMMENT, _GRAPHIC = 0xFF, 0xFE, 0xF9


@dataclass(frozen=True, slots=True)
class _Block:
    """An extension (`label`) or an image (label None); `body` is where its sub-blocks begin."""

    label: int | None
    start: int
    body: int
    end: int


class Gif:
    """The blocks up to the trailer; what follows it is copied."""

    name = "gif"
    formats = frozenset({"gif"})
    aigc_form: AigcForm = "xmp"

    def blank(self, format: str) -> bytes:
        """One black pixel."""
        screen = b"\x01\0\x01\0\x80\0\0" + bytes(3) + b"\xff" * 3
        return b"GIF89a" + screen + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"

    def read_xmp(self, data: bytes) -> bytes | None:
        """The packet of the first XMP extension."""
        for block in _blocks(data):
            if _is_xmp(data, block):
                body = data[block.body : block.end]
                return body.removesuffix(_TRAILER) if body.endswith(_TRAILER) else _joined(body)
        return None

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet before the first picture, behind the extensions that lead; the version becomes 89a."""
        blocks = tuple(_blocks(data))
        new = b"" if packet is None else _extension(packet)
        at = next(
            (b.start for b in blocks if b.label in (None, _GRAPHIC)), blocks[-1].end if blocks else _screen_end(data)
        )
        edits = [(b.start, b.end, b"") for b in blocks if _is_xmp(data, b)]
        data = _edited(data, [*edits, (at, at, new)])
        # 87a knows no extensions (GIF89a specification, 26).
        return b"GIF89a" + data[6:] if packet is not None else data

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """Comments."""
        return tuple(field for block in _blocks(data) for field in _comment(data, block))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """Refused: GIF has no keyed text of its own."""
        raise Unsupported("a GIF file has no keyed text fields; write XMP")

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted comments are cut out."""
        cut = [b for b in _blocks(data) if any(unwanted(*field) for field in _comment(data, b))]
        return _edited(data, [(b.start, b.end, b"") for b in cut])

    def essence(self, data: bytes) -> bytes:
        """The screen, the pictures and their timing."""
        kept = [data[b.start : b.end] for b in _blocks(data) if b.label in (None, _GRAPHIC)]
        return data[6 : _screen_end(data)] + b"".join(kept)


def _screen_end(data: bytes) -> int:
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
        raise BadContent("not a GIF file")
    end = 13 + _table_size(data[10])
    if end > len(data):
        raise BadContent("a GIF file cut off in its colour table")
    return end


def _table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(data: bytes) -> Iterator[_Block]:
    at = _screen_end(data)
    while True:
        kind = data[at : at + 1]
        if kind == b";":
            return
        if kind == b"!" and at + 2 < len(data):
            end = _sub_blocks_end(data, at + 2)
            label = data[at + 1]
            # An application extension opens with one sub-block of 11 bytes that names it.
            yield _Block(label, at, at + 14 if label == _APPLICATION and data[at + 2] == 11 else at + 2, end)
        elif kind == b"," and at + 10 <= len(data):
            body = at + 10 + _table_size(data[at + 9]) + 1  # one byte of code size
            end = _sub_blocks_end(data, body)
            yield _Block(None, at, body, end)
        else:
            raise BadContent(f"a GIF file damaged or cut off at byte {at}")
        at = end


def _sub_blocks_end(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += 1 + data[at]
    if at >= len(data):
        raise BadContent("a GIF file cut off in a block")
    return at + 1


def _joined(body: bytes) -> bytes:
    """The content of proper sub-blocks, as some writers store XMP."""
    parts, at = [], 0
    while at < len(body) and body[at]:
        parts.append(body[at + 1 : at + 1 + body[at]])
        at += 1 + body[at]
    return b"".join(parts)


def _is_xmp(data: bytes, block: _Block) -> bool:
    return block.label == _APPLICATION and data[block.start + 3 : block.start + 14] == _XMP


def _extension(packet: bytes) -> bytes:
    if len(packet) > MAX_PACKET:
        raise Unsupported(f"an XMP packet of more than {MAX_PACKET} bytes; shorten it")
    if b"\0" in packet:
        raise Unsupported("GIF carries XMP in UTF-8 only")
    return b"!\xff\x0b" + _XMP + packet + _TRAILER


def _comment(data: bytes, block: _Block) -> Iterator[tuple[str, str, str]]:
    if block.label == _COMMENT:
        yield "GIF comment", "Comment", ifd.plain(_joined(data[block.body : block.end])).strip("\0 ")


def _edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for start, end, new in sorted(edits, key=lambda e: (e[0], e[1]), reverse=True):
        data = data[:start] + new + data[end:]
    return data


format: Format = Gif()  # noqa: A001  the contract's name
