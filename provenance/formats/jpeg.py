"""JPEG: XMP in an APP1 segment, comments, EXIF text, and labels glued into other segments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadContent, Unsupported
from . import AigcForm, Format, Unwanted
from . import _ifd as ifd

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXIF = b"Exif\0\0"
_MPF, _MP_ENTRY = b"MPF\0", 0xB002
_SOS, _EOI, _COM, _APP0, _APP1, _APP15 = 0xDA, 0xD9, 0xFE, 0xE0, 0xE1, 0xEF
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length (ITU-T T.81, table B.1)
_MOST = 0xFFFF - 2  # bytes in a segment

# Labels seen glued into a segment of no known kind: AIGC{...}, {"AIGC": ...}.
_GLUED = re.compile(rb'AIGC\s*(?=\{)|(?=\{\s*"AIGC")')
_OPAQUE = (XMP, EXIF, b"http://ns.adobe.com/xmp/extension/\0", b"ICC_PROFILE\0", b"JP")


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int  # of the marker
    body: int  # behind the length
    end: int


class Jpeg:
    """The segments before the first scan; everything from there on is copied."""

    name = "jpeg"
    formats = frozenset({"jpeg"})
    aigc_form: AigcForm = "xmp"

    def blank(self, format: str) -> bytes:
        """One grey pixel."""
        quantisation = b"\xff\xdb\0\x43\0" + b"\x10" * 64
        frame = b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0"
        # One Huffman code each: a DC difference of zero, then end of block.
        tables = b"".join(b"\xff\xc4\0\x14" + bytes([i]) + b"\x01" + bytes(15) + b"\0" for i in (0x00, 0x10))
        return b"\xff\xd8" + quantisation + frame + tables + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\x3f\xff\xd9"

    def read_xmp(self, data: bytes) -> bytes | None:
        """The main packet; an extension (Adobe XMP part 3, 1.1.3.1) is left where it is."""
        for segment in _segments(data):
            if _is_xmp(data, segment):
                return data[segment.body + len(XMP) : segment.end]
        return None

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet where the first one stood, else behind the APP0 and EXIF segments that lead."""
        segments = tuple(_segments(data))
        old = [s for s in segments if _is_xmp(data, s)]
        new = b"" if packet is None else _segment(_APP1, XMP + packet)
        edits = [(s.start, s.end, b"") for s in old[1:]]
        at = (old[0].start, old[0].end) if old else (_behind_leaders(data, segments),) * 2
        return _with_true_index(data, _edited(data, [(*at, new), *edits]))

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """Comments, EXIF texts, and labels glued into application segments."""
        return tuple(field for segment in _segments(data) for field in _fields(data, segment))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """Refused: JPEG has no keyed text of its own."""
        raise Unsupported("a JPEG file has no keyed text fields; write XMP")

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted comments and glued segments are cut out; EXIF texts are blanked."""
        edits = []
        for segment in _segments(data):
            if _is_exif(data, segment):
                at = segment.body + len(EXIF)
                edits.append((at, segment.end, ifd.blanked(data[at : segment.end], "JPEG EXIF", unwanted)))
            elif any(unwanted(*field) for field in _fields(data, segment)):
                edits.append((segment.start, segment.end, b""))
        return _with_true_index(data, _edited(data, edits))

    def essence(self, data: bytes) -> bytes:
        """Everything but application segments and comments."""
        return _edited(data, [(s.start, s.end, b"") for s in _segments(data) if _is_metadata(s)])


def _segments(data: bytes) -> Iterator[_Segment]:
    """The segments from SOI up to the first scan."""
    if data[:2] != b"\xff\xd8":
        raise BadContent("not a JPEG file")
    at = 2
    while True:
        start = at
        if data[at : at + 1] != b"\xff":
            raise BadContent(f"a JPEG file damaged or cut off at byte {at}")
        while data[at : at + 1] == b"\xff":  # fill bytes may come before a marker (T.81, B.1.1.2)
            at += 1
        if at >= len(data):
            raise BadContent("a JPEG file cut off in its header")
        marker, at = data[at], at + 1
        if marker in (_SOS, _EOI):
            return
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):
            raise BadContent(f"a JPEG file damaged or cut off at byte {start}")
        yield _Segment(marker, start, at + 2, at + length)
        at += length


def _is_xmp(data: bytes, segment: _Segment) -> bool:
    return segment.marker == _APP1 and data.startswith(XMP, segment.body)


def _is_exif(data: bytes, segment: _Segment) -> bool:
    return segment.marker == _APP1 and data.startswith(EXIF, segment.body)


def _is_metadata(segment: _Segment) -> bool:
    # APP14 tells the colour transform, so that it belongs to the picture.
    return segment.marker == _COM or (_APP0 <= segment.marker <= _APP15 and segment.marker != 0xEE)


def _behind_leaders(data: bytes, segments: tuple[_Segment, ...]) -> int:
    at = 2
    for segment in segments:
        if segment.marker != _APP0 and not _is_exif(data, segment):
            break
        at = segment.end
    return at


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > _MOST:
        raise Unsupported(f"{len(body)} bytes of metadata do not fit a JPEG segment ({_MOST}); shorten the XMP")
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _fields(data: bytes, segment: _Segment) -> Iterator[tuple[str, str, str]]:
    if segment.marker == _COM:
        yield "JPEG comment", "Comment", ifd.plain(data[segment.body : segment.end]).strip("\0 ")
    elif _is_exif(data, segment):
        yield from ifd.fields(data[segment.body + len(EXIF) : segment.end], "JPEG EXIF")
    elif _APP0 <= segment.marker <= _APP15 and not data.startswith(_OPAQUE, segment.body):
        glued = _GLUED.search(data, segment.body, segment.end)
        if glued:
            yield f"JPEG APP{segment.marker - _APP0}", "AIGC", ifd.plain(data[glued.end() : segment.end]).strip("\0 ")


def _edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for start, end, new in sorted(edits, key=lambda e: e[0], reverse=True):
        data = data[:start] + new + data[end:]
    return data


def _index(data: bytes) -> tuple[int, ifd.Layout, ifd.Entry] | None:
    """Where the multi-picture index begins, its layout, and the entry that lists the pictures (CIPA DC-007, 5.2.3)."""
    for segment in _segments(data):
        if segment.marker == _APP0 + 2 and data.startswith(_MPF, segment.body):
            at = segment.body + len(_MPF)
            try:
                lay = ifd.layout(data[at : segment.end])
                entries, _ = ifd.directory(data[at : segment.end], lay, lay.first)
            except BadContent:
                return None  # a broken index is as lost as before
            return next(((at, lay, e) for e in entries if e.tag == _MP_ENTRY and e.size >= 16), None)
    return None


def _with_true_index(before: bytes, after: bytes) -> bytes:
    """`after` with its multi-picture index true again: the first picture's size, and offsets that moved.

    Offsets count from the index, so that they change only by what was put in or taken out behind it.
    """
    old, new = _index(before), _index(after)
    if old is None or new is None or len(before) == len(after):
        return after
    change = len(after) - len(before)
    behind = change - (new[0] - old[0])
    at, lay, entry = new
    table = at + entry.value_at
    moved = bytearray(after)
    for row in range(table, table + entry.size - 15, 16):
        first = row == table
        place, by = (row + 4, change) if first else (row + 8, behind)
        value = lay.number(after, place, 4) + by
        if 0 <= value <= 0xFFFF_FFFF:
            moved[place : place + 4] = lay.pack(value, 4)
    return bytes(moved)


format: Format = Jpeg()  # noqa: A001  the contract's name
