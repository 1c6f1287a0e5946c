"""PNG: XMP in an iTXt chunk, text in tEXt, zTXt and iTXt chunks, EXIF text."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadContent, TooLarge, Unsupported
from . import MAX_FIELD, MAX_PACKET, AigcForm, Format, Unwanted
from . import _ifd as ifd

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = "XML:com.adobe.xmp"
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
# Chunks without which the picture is another one (PNG third edition, table 7); the rest describes it.
_ESSENCE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"})


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    start: int  # of the length
    end: int  # behind the checksum

    def body(self, data: bytes) -> bytes:
        return data[self.start + 8 : self.end - 4]


class Png:
    """The chunks up to IEND; what follows it is copied."""

    name = "png"
    formats = frozenset({"png"})
    aigc_form: AigcForm = "xmp"

    def blank(self, format: str) -> bytes:
        """One grey pixel."""
        header = (1).to_bytes(4, "big") * 2 + b"\x08\0\0\0\0"
        return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\0\x80")) + _chunk(b"IEND", b"")

    def read_xmp(self, data: bytes) -> bytes | None:
        """The packet of the first iTXt chunk that has the XMP keyword."""
        for chunk in _chunks(data):
            if _is_xmp(data, chunk):
                return _text(chunk.kind, chunk.body(data), MAX_PACKET)[1]
        return None

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet in one iTXt chunk where the first stood, else behind IHDR."""
        chunks = tuple(_chunks(data))
        # Keyword, NUL, no compression (two bytes), no language, no translated keyword (XMP part 3, 1.1.5).
        new = b"" if packet is None else _chunk(b"iTXt", XMP_KEYWORD.encode() + bytes(5) + packet)
        return _replaced(data, chunks, [c for c in chunks if _is_xmp(data, c)], new)

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """All text chunks but XMP, and EXIF texts."""
        return tuple(field for chunk in _chunks(data) for field in _fields(data, chunk))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """One tEXt chunk (iTXt when the text is not Latin-1) where the first stood, else behind IHDR."""
        chunks = tuple(_chunks(data))
        old = [c for c in chunks if c.kind in _TEXT and _keyword(c.body(data)) == key]
        return _replaced(data, chunks, old, b"" if value is None else _text_chunk(key, value))

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted text chunks are cut out; EXIF texts are blanked."""
        for chunk in reversed(tuple(_chunks(data))):
            if chunk.kind == b"eXIf":
                old = chunk.body(data)
                new = ifd.blanked(old, "PNG EXIF", unwanted)
                if new != old:
                    data = data[: chunk.start] + _chunk(b"eXIf", new) + data[chunk.end :]
            elif any(unwanted(*field) for field in _fields(data, chunk)):
                data = data[: chunk.start] + data[chunk.end :]
        return data

    def essence(self, data: bytes) -> bytes:
        """The signature and the chunks that make the picture."""
        return SIGNATURE + b"".join(data[c.start : c.end] for c in _chunks(data) if c.kind in _ESSENCE)


def _chunks(data: bytes) -> Iterator[_Chunk]:
    if not data.startswith(SIGNATURE):
        raise BadContent("not a PNG file")
    at = len(SIGNATURE)
    while True:
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise BadContent(f"a PNG file damaged or cut off at byte {at}")
        chunk = _Chunk(data[at + 4 : at + 8], at, end)
        yield chunk
        if chunk.kind == b"IEND":
            return
        at = end


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def _replaced(data: bytes, chunks: tuple[_Chunk, ...], old: list[_Chunk], new: bytes) -> bytes:
    """`new` in the place of the first of `old`, without the others; behind IHDR when there are none."""
    if chunks[0].kind != b"IHDR":
        raise BadContent("a PNG file that does not begin with IHDR")
    for chunk in reversed(old[1:]):
        data = data[: chunk.start] + data[chunk.end :]
    start, end = (old[0].start, old[0].end) if old else (chunks[0].end, chunks[0].end)
    return data[:start] + new + data[end:]


def _keyword(body: bytes) -> str:
    return body[:80].split(b"\0", 1)[0].decode("latin-1")


def _is_xmp(data: bytes, chunk: _Chunk) -> bool:
    return chunk.kind == b"iTXt" and data.startswith(XMP_KEYWORD.encode() + b"\0", chunk.start + 8)


def _fields(data: bytes, chunk: _Chunk) -> Iterator[tuple[str, str, str]]:
    if chunk.kind in _TEXT and not _is_xmp(data, chunk):
        keyword, value = _text(chunk.kind, chunk.body(data), MAX_FIELD)
        # tEXt is Latin-1 by the book, but UTF-8 in it is common, and ASCII is both.
        yield f"PNG {chunk.kind.decode()}", keyword, ifd.plain(value)
    elif chunk.kind == b"eXIf":
        yield from ifd.fields(chunk.body(data), "PNG EXIF")


def _text(kind: bytes, body: bytes, most: int) -> tuple[str, bytes]:
    """Keyword and value of a text chunk, inflated up to `most` bytes."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        return keyword.decode("latin-1"), _inflate(rest[1:], most)
    if kind == b"iTXt":
        flag, rest = rest[:1], rest[2:]
        value = rest.split(b"\0", 2)[2] if rest.count(b"\0") >= 2 else b""
        return keyword.decode("latin-1"), _inflate(value, most) if flag == b"\x01" else _bounded(value, most)
    return keyword.decode("latin-1"), _bounded(rest, most)


def _bounded(value: bytes, most: int) -> bytes:
    if len(value) > most:
        raise TooLarge(f"a PNG text chunk of more than {most} bytes")
    return value


def _inflate(value: bytes, most: int) -> bytes:
    engine = zlib.decompressobj()
    try:
        text = engine.decompress(value, most + 1)
    except zlib.error as error:
        raise BadContent(f"a PNG text chunk that cannot be inflated ({error})") from error
    return _bounded(text, most)


def _text_chunk(key: str, value: str) -> bytes:
    if not 1 <= len(key) <= 79 or not key.isascii() or "\0" in key + value:
        raise Unsupported(f"{key!r} is no PNG keyword (1 to 79 ASCII characters)")
    if value.isascii():
        return _chunk(b"tEXt", key.encode() + b"\0" + value.encode())
    return _chunk(b"iTXt", key.encode() + bytes(5) + value.encode())


format: Format = Png()  # noqa: A001  the contract's name
