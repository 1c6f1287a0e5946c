"""Ogg: the comment header of Vorbis, Opus, Speex, Theora and FLAC streams, with pages cut and numbered anew."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from ..errors import BadContent, TooLarge, Unsupported
from . import AigcForm, Format, Unwanted
from ._comments import Comments, parse
from ._reading import count, joined, length, require_fits, take
from ._splices import Splice, Streamed

MAX_HEADER = 64 << 20  # bytes of a comment header with the packets beside it; cover pictures have a few MB
_CONTINUED, _FIRST, _LAST = 1, 2, 4  # RFC 3533, 6: header_type_flag
_NOTHING_ENDS = b"\xff" * 8  # the granule position of a page on which no packet ends
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
Change = Callable[[Comments], Comments]


@dataclass(frozen=True, slots=True)
class _Codec:
    """How the first packet of a stream begins, and how its comment header begins and, when it is empty, ends."""

    first: bytes
    comments: bytes = b""
    tail: bytes = b""


_VORBIS = _Codec(b"\x01vorbis", b"\x03vorbis", b"\x01")
_OPUS = _Codec(b"OpusHead", b"OpusTags")
_FLAC = _Codec(b"\x7fFLAC")
_KNOWN = (_VORBIS, _OPUS, _Codec(b"\x80theora", b"\x81theora"), _Codec(b"Speex   "), _FLAC)
_OTHER = _Codec(b"")


@dataclass(frozen=True, slots=True)
class _Page:
    """One page: `lacing` are the lengths of its segments, the payload is from `body` to `end`."""

    start: int
    flags: int
    granule: bytes
    serial: bytes
    number: int
    lacing: bytes
    end: int

    @property
    def body(self) -> int:
        return self.start + 27 + len(self.lacing)


@dataclass(slots=True)
class _Track:
    """One logical stream: its codec, and the pages from its second on whose packets are the comments and neighbours.

    The run of pages ends where a packet and a page end together, behind the comment header.
    """

    codec: _Codec
    pages: list[_Page] = field(default_factory=list)
    complete: bool = False
    size: int = 0


class Ogg(Streamed):
    """The comments of all logical streams, multiplexed or chained, are read; the first stream takes what is written."""

    name = "ogg"
    formats = frozenset({"ogg", "opus"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """The headers of a stream without sound."""
        if format == "opus":
            head, codec = b"OpusHead\1\1" + bytes(2) + (48000).to_bytes(4, "little") + bytes(3), _OPUS
        else:
            head = b"\x01vorbis" + bytes(4) + b"\1" + (44100).to_bytes(4, "little") + bytes(12) + b"\xb8\1"
            codec = _VORBIS
        comments = codec.comments + bytes(Comments()) + codec.tail
        first = _page(_FIRST, bytes(8), _where(b"ndic", 0), _lacing(len(head)), head)
        return first + _page(_LAST, bytes(8), _where(b"ndic", 1), _lacing(len(comments)), comments)

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """None: XMP part 3 names no place in Ogg."""
        _tracks(stream)
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """The comments of all streams, the first stream's first."""
        return tuple(f for track in _tracks(stream) for f in _read(stream, track)[1].fields())

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """Refused: XMP part 3 names no place in Ogg."""
        _tracks(stream)
        if packet is None:
            return ()
        raise Unsupported("XMP has no place in Ogg files; use the AIGC comment or a sidecar")

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """One comment of that key in the first stream, none in the others."""
        tracks = _tracks(stream)
        if not tracks and value is not None:
            raise Unsupported(
                "an Ogg file without a stream whose comments are known (Vorbis, Opus, Speex, Theora, FLAC)"
            )
        first = [value]
        return _planned(stream, tracks, lambda c: c.with_field(key, first.pop() if first else None))

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted comments are cut out."""
        return _planned(stream, _tracks(stream), lambda c: c.without(unwanted))

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """What the pages hold, but the comment headers."""
        comments = {page.start: track for track in _tracks(stream) for page in track.pages}
        ranges: list[tuple[int, int]] = []
        for page in _pages(stream):
            track = comments.get(page.start)
            if track is None:
                ranges.append((page.body, page.end))
            elif page.start == track.pages[0].start:
                ranges += _beside(track)
        return joined(ranges)


def _pages(stream: BinaryIO) -> Iterator[_Page]:
    at, total, met = 0, length(stream), 0
    while at < total:
        count(met := met + 1)
        head = take(stream, at, 27)
        if head[:5] != b"OggS\0":
            raise BadContent(f"an Ogg file damaged at byte {at}")
        lacing = take(stream, at + 27, head[26])
        end = at + 27 + len(lacing) + sum(lacing)
        if end > total:
            raise BadContent(f"an Ogg file cut off in the page at byte {at}")
        yield _Page(at, head[5], head[6:14], head[14:18], int.from_bytes(head[18:22], "little"), lacing, end)
        at = end


def _tracks(stream: BinaryIO) -> list[_Track]:
    """The logical streams whose comments are known, in the order in which they begin."""
    found: list[_Track] = []
    open_ones: dict[bytes, _Track] = {}
    for page in _pages(stream):
        if page.flags & _FIRST:
            track = open_ones[page.serial] = _Track(_codec(stream, page))
            count(len(open_ones))
            if track.codec is not _OTHER:
                found.append(track)
            continue
        track = open_ones.get(page.serial, _Track(_OTHER))
        if track.codec is not _OTHER and not track.complete:
            _follow(track, page)
    if not found and not open_ones:
        raise BadContent("not an Ogg file")
    if any(not track.complete for track in found):
        raise BadContent("an Ogg file cut off in the headers of a stream")
    return found


def _codec(stream: BinaryIO, page: _Page) -> _Codec:
    head = take(stream, page.body, min(8, page.end - page.body))
    return next((codec for codec in _KNOWN if head.startswith(codec.first)), _OTHER)


def _follow(track: _Track, page: _Page) -> None:
    """Take in one more page; complete once a packet ends with it."""
    track.pages.append(page)
    track.size += page.end - page.start
    if track.size > MAX_HEADER:
        raise TooLarge(f"an Ogg stream with more than {MAX_HEADER} bytes of comments")
    track.complete = bool(page.lacing) and page.lacing[-1] < 255


def _packets(track: _Track) -> list[list[tuple[int, int]]]:
    """The ranges of each packet on the pages of the comments; the comment header is the first."""
    packets: list[list[tuple[int, int]]] = [[]]
    for page in track.pages:
        at = page.body
        for size in page.lacing:
            packets[-1].append((at, at + size))
            at += size
            if size < 255:
                packets.append([])
    return packets[:-1]


def _beside(track: _Track) -> list[tuple[int, int]]:
    return [piece for packet in _packets(track)[1:] for piece in packet]


def _whole(stream: BinaryIO, packet: Sequence[tuple[int, int]]) -> bytes:
    return b"".join(take(stream, start, end - start) for start, end in joined(packet))


def _read(stream: BinaryIO, track: _Track) -> tuple[bytes, Comments]:
    """What stands before the comments in their packet, and the comments."""
    packet, prefix = _whole(stream, _packets(track)[0]), track.codec.comments
    if track.codec is _FLAC:  # a metadata block of FLAC (RFC 9639, 10.1)
        prefix = packet[:4]
        if len(prefix) < 4 or prefix[0] & 0x7F != 4 or len(packet) != 4 + int.from_bytes(prefix[1:], "big"):
            raise BadContent("an Ogg FLAC stream without its comments")
    if not packet.startswith(prefix):
        raise BadContent("an Ogg stream whose second packet is no comment header")
    return prefix, parse(packet[len(prefix) :])


def _planned(stream: BinaryIO, tracks: Sequence[_Track], change: Change) -> list[Splice]:
    changes = []
    for track in tracks:
        prefix, old = _read(stream, track)
        new = change(old)
        if new != old:
            if track.codec is _FLAC:
                prefix = prefix[:1] + require_fits(len(bytes(new)), 3, "a FLAC metadata block")
            changes += _repaged(stream, track, prefix + bytes(new))
    return changes


def _repaged(stream: BinaryIO, track: _Track, comments: bytes) -> list[Splice]:
    """The pages of the comments built anew, and all later ones of the stream renumbered when they are more."""
    pages = track.pages
    if any(page.granule not in (bytes(8), _NOTHING_ENDS) for page in pages[:-1]):
        raise Unsupported("an Ogg stream whose sound begins on the pages of its comments")
    packets = [comments, *(_whole(stream, packet) for packet in _packets(track)[1:])]
    made = _built(packets, pages)
    changes = [Splice(page.start, page.end, b"") for page in pages[1:]]
    changes.append(Splice(pages[0].start, pages[0].end, b"".join(made)))
    if len(made) != len(pages):
        changes += _renumbered(stream, pages[-1], len(made) - len(pages))
    return changes


def _built(packets: Sequence[bytes], old: Sequence[_Page]) -> list[bytes]:
    """The packets on as many pages as there were, or on as many as they need."""
    lacings = [_lacing(len(packet)) for packet in packets]
    lacing, payload = b"".join(lacings), b"".join(packets)
    made, begin, at, flags = list[bytes](), 0, 0, 0
    cuts = _cuts([len(one) for one in lacings], len(old))
    for number, size in enumerate(cuts):
        part, final = lacing[begin : begin + size], number == len(cuts) - 1
        granule = old[-1].granule if final else bytes(8) if min(part) < 255 else _NOTHING_ENDS
        flags |= old[-1].flags & _LAST if final else 0
        where = _where(old[0].serial, old[0].number + number)
        made.append(_page(flags, granule, where, part, payload[at : at + sum(part)]))
        begin, at, flags = begin + size, at + sum(part), 0 if part[-1] < 255 else _CONTINUED
    return made


def _cuts(packets: Sequence[int], pages: int) -> list[int]:
    """How many segments stand on each page, given those of each packet; 255 are the most.

    A packet a page where that gives the number of pages there were, as most writers do.
    """
    if len(packets) == pages and max(packets) <= 255:
        return list(packets)
    total = sum(packets)
    number = min(max(pages, -(-total // 255)), total)
    return [total // number + (at < total % number) for at in range(number)]


def _renumbered(stream: BinaryIO, last: _Page, by: int) -> Iterator[Splice]:
    """New numbers and checksums for the pages behind `last` of its stream, up to a stream that takes its serial."""
    for page in _pages(stream):
        if page.start <= last.start or page.serial != last.serial:
            continue
        if page.flags & _FIRST:
            return
        data = bytearray(take(stream, page.start, page.end - page.start))
        data[18:22] = ((page.number + by) & 0xFFFF_FFFF).to_bytes(4, "little")
        yield Splice(page.start + 18, page.start + 26, bytes(data[18:22]) + _checksum(bytes(data)))


def _lacing(size: int) -> bytes:
    return b"\xff" * (size // 255) + bytes([size % 255])


def _where(serial: bytes, number: int) -> bytes:
    return serial + (number & 0xFFFF_FFFF).to_bytes(4, "little")


def _page(flags: int, granule: bytes, where: bytes, lacing: bytes, body: bytes) -> bytes:
    page = b"OggS\0" + bytes([flags]) + granule + where + bytes(4) + bytes([len(lacing)]) + lacing + body
    return page[:22] + _checksum(page) + page[26:]


def _checksum(page: bytes) -> bytes:
    """The CRC of RFC 3533: zlib's polynomial with bits in the other order, and nothing inverted."""
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_REVERSED)
    value = zlib.crc32(mirrored, 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return value.to_bytes(4, "big").translate(_REVERSED)


format: Format = Ogg()  # noqa: A001  the contract's name
