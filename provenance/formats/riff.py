"""RIFF: the XMP and EXIF chunks of WebP, and the extended header that announces them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadContent, Unsupported
from . import AigcForm, Format, Unwanted
from . import _ifd as ifd

_XMP, _EXIF, _EXTENDED = b"XMP ", b"EXIF", b"VP8X"
# WebP container specification, "Extended File Format": bits of the first VP8X byte.
_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10
_ESSENCE = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_PIXEL = bytes.fromhex("2f000000000750c00216b0ff8188e87f00")  # a lossless bit stream of one grey pixel
_LARGEST = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    start: int
    body: int
    end: int  # without the padding byte
    padded: int


class Riff:
    """WebP: the chunks within the RIFF size; what follows it is copied."""

    name = "riff"
    formats = frozenset({"webp"})
    aigc_form: AigcForm = "xmp"

    def blank(self, format: str) -> bytes:
        """One pixel, lossless."""
        return _file([(b"VP8L", _PIXEL)])

    def read_xmp(self, data: bytes) -> bytes | None:
        """The first XMP chunk."""
        return next((data[c.body : c.end] for c in _chunks(data) if c.kind == _XMP), None)

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet as the last chunk; a simple file becomes an extended one, and simple again without its packet."""
        chunks = tuple(_chunks(data))
        kept = [(c.kind, data[c.body : c.end]) for c in chunks if c.kind != _XMP]
        return _file(_extended(kept, packet)) + data[_end(data) :]

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """EXIF texts."""
        blocks = [data[c.body : c.end] for c in _chunks(data) if c.kind == _EXIF]
        return tuple(field for block in blocks for field in ifd.fields(_bare(block), "WEBP EXIF"))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """Refused: WebP has no keyed text of its own."""
        raise Unsupported("a WebP file has no keyed text fields; write XMP")

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted EXIF texts are blanked."""
        for chunk in _chunks(data):
            if chunk.kind == _EXIF:
                block = data[chunk.body : chunk.end]
                skip = len(block) - len(_bare(block))
                clean = block[:skip] + ifd.blanked(block[skip:], "WEBP EXIF", unwanted)
                data = data[: chunk.body] + clean + data[chunk.end :]
        return data

    def essence(self, data: bytes) -> bytes:
        """The chunks that make the picture."""
        return b"".join(data[c.start : c.end] for c in _chunks(data) if c.kind in _ESSENCE)


def _end(data: bytes) -> int:
    """Where the RIFF form ends by its own size."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise BadContent("not a WebP file")
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise BadContent(f"a WebP file of {end} bytes cut off after {len(data)}")
    return end


def _chunks(data: bytes) -> Iterator[_Chunk]:
    at, end = 12, _end(data)
    while at < end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + size
        if at + 8 > end or stop > end:
            raise BadContent(f"a WebP file damaged at byte {at}")
        yield _Chunk(data[at : at + 4], at, at + 8, stop, stop + size % 2)
        at = stop + size % 2


def _file(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2) for kind, content in chunks
    )
    if len(body) > _LARGEST:
        raise Unsupported("a WebP file cannot be larger than 4 GiB")
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _extended(chunks: list[tuple[bytes, bytes]], packet: bytes | None) -> list[tuple[bytes, bytes]]:
    """The chunks with the packet and with the header it needs."""
    if packet is None:
        return _simplified([(k, _flagged(c, on=False)) if k == _EXTENDED else (k, c) for k, c in chunks])
    if not chunks or chunks[0][0] != _EXTENDED:
        chunks = [(_EXTENDED, _header(chunks)), *chunks]
    head, *rest = chunks
    return [(_EXTENDED, _flagged(head[1], on=True)), *rest, (_XMP, packet)]


def _flagged(header: bytes, *, on: bool) -> bytes:
    if len(header) != 10:
        raise BadContent("a WebP file with a damaged VP8X header")
    flags = header[0] | _XMP_FLAG if on else header[0] & ~_XMP_FLAG
    return bytes([flags]) + header[1:]


def _simplified(chunks: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without the extended header when a single bit stream stands alone behind it and needs none."""
    kinds = [kind for kind, _ in chunks]
    needless = kinds in ([_EXTENDED, b"VP8 "], [_EXTENDED, b"VP8L"]) and chunks[0][1] == _header(chunks[1:])
    return chunks[1:] if needless else chunks


def _header(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The VP8X header of a simple file, from the size in its bit stream."""
    kind, stream = chunks[0] if chunks else (b"", b"")
    if kind == b"VP8L" and len(stream) >= 5 and stream[0] == 0x2F:
        bits = int.from_bytes(stream[1:5], "little")  # 14 bits width - 1, 14 bits height - 1, 1 bit alpha
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif kind == b"VP8 " and len(stream) >= 10 and stream[3:6] == b"\x9d\x01\x2a":
        # RFC 6386, 9.1: 14 bits of size and 2 of scaling each.
        width = (int.from_bytes(stream[6:8], "little") & 0x3FFF) - 1
        height = (int.from_bytes(stream[8:10], "little") & 0x3FFF) - 1
        alpha = 0
    else:
        raise BadContent("a WebP file without a picture that can be measured")
    if width < 0 or height < 0:
        raise BadContent("a WebP picture without size")
    return bytes([_ALPHA_FLAG * alpha, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


def _bare(block: bytes) -> bytes:
    """EXIF without the prefix that some writers copy from JPEG."""
    return block.removeprefix(b"Exif\0\0")


format: Format = Riff()  # noqa: A001  the contract's name
