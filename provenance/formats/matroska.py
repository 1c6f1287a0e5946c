"""Matroska and WebM: tags, written into padding or behind everything else, so that no cluster and no index moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import BadContent, TooLarge, Unsupported
from . import AigcForm, Format, Unwanted
from . import _tags as tags
from ._ebml import CRC, VOID, Element, built, element_at, elements, size, void
from ._reading import count, joined, length, take
from ._splices import Splice, Streamed

_EBML, _DOCTYPE, _SEGMENT = 0x1A45DFA3, 0x4282, 0x18538067
_SEEK_HEAD, _SEEK, _SEEK_ID, _SEEK_POSITION = 0x114D9B74, 0x4DBB, 0x53AB, 0x53AC
_INFO, _TRACKS, _CLUSTER, _CUES = 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B
_CHAPTERS, _ATTACHMENTS = 0x1043A770, 0x1941A469
_TOP = frozenset({_SEEK_HEAD, _INFO, _TRACKS, _CLUSTER, _CUES, _CHAPTERS, _ATTACHMENTS, tags.TAGS, _SEGMENT, _EBML})
_TRACK, _TRACK_TYPE, _POSITION = 0xAE, 0x83, 0xA7
MAX_TAGS = 16 << 20  # bytes of one Tags element; a tag may hold a picture
MAX_SEEK_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class _Segment:
    """The first segment and the elements in it, in order."""

    element: Element
    parts: tuple[Element, ...]
    runs: Mapping[int, int]  # where a run of padding ends, by where each piece of it begins

    def of(self, id: int) -> list[Element]:
        return [part for part in self.parts if part.id == id]

    def stretch(self, part: Element) -> int:
        """The end of an element and of the padding that follows it."""
        return self.runs.get(part.end, part.end)


class Matroska(Streamed):
    """A changed Tags element stays within the padding behind it, or grows at the end of the segment.

    New tags stand in the first padding before the clusters that has room; else, in a file that was recorded without an
    index, before the first cluster; else at the end of the segment, with an entry in its index (SeekHead).
    """

    name = "matroska"
    formats = frozenset({"matroska", "webm", "mka", "weba"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """A segment with one empty track."""
        head = built(_EBML, built(_DOCTYPE, b"webm" if format.startswith("web") else b"matroska"))
        track = built(_TRACK, built(_TRACK_TYPE, b"\2" if format in ("mka", "weba") else b"\1"))
        return head + built(_SEGMENT, built(_INFO, b"") + built(_TRACKS, track))

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """None: neither XMP part 3 nor RFC 9559 names a place."""
        _segment(stream)
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """The tags that hold text."""
        found = (tags.simples(_bytes(stream, part)) for part in _segment(stream).of(tags.TAGS))
        return tuple(one.field for simples in found for one in simples)

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """Refused: neither XMP part 3 nor RFC 9559 names a place."""
        _segment(stream)
        if packet is None:
            return ()
        raise Unsupported("XMP has no place in Matroska and WebM files; use the AIGC tag or a sidecar")

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """One tag of that name."""
        if "\0" in key + (value or ""):
            raise Unsupported("a Matroska tag cannot hold NUL characters")
        segment = _segment(stream)
        old = _matching(stream, segment, lambda _, name, __: name == key)
        if value is not None and [one.text for gone in old.values() for one in gone] == [value]:
            return []
        return _planned(stream, segment, old, None if value is None else (key, value))

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted tags become padding."""
        segment = _segment(stream)
        return _planned(stream, segment, _matching(stream, segment, unwanted), None)

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """The tracks and the clusters."""
        return joined((p.start, p.end) for p in _segment(stream).parts if p.id in (_TRACKS, _CLUSTER))


def _segment(stream: BinaryIO) -> _Segment:
    total = length(stream)
    head = element_at(stream, 0, total)
    if head.id != _EBML or not head.sized:
        raise BadContent("not a Matroska file")
    at = head.end
    while (element := element_at(stream, at, total)).id != _SEGMENT:
        if element.id not in (VOID, CRC):
            raise BadContent("a Matroska file without a segment")
        at = element.end
    parts: list[Element] = []
    at = element.body
    while at < element.end:
        count(len(parts))
        part = _sized(stream, element_at(stream, at, element.end))
        if part.id in (_EBML, _SEGMENT) and not element.sized:
            return _of(Element(_SEGMENT, element.start, element.body, at, sized=False), parts)
        parts.append(part)
        at = part.end
    return _of(element, parts)


def _of(element: Element, parts: Sequence[Element]) -> _Segment:
    runs: dict[int, int] = {}
    for part in reversed(parts):
        if part.id == VOID:
            runs[part.start] = runs.get(part.end, part.end)
    return _Segment(element, tuple(parts), runs)


def _sized(stream: BinaryIO, part: Element) -> Element:
    """The element with its true end: a cluster of unknown size ends where the next top element begins."""
    if part.sized or part.id == _EBML:
        return part
    if part.id != _CLUSTER:
        raise BadContent(f"a Matroska file with an element of unknown size at byte {part.start}")
    at, met = part.body, 0
    while at < part.end:
        count(met := met + 1)
        child = element_at(stream, at, part.end)
        if child.id in _TOP:
            break
        if not child.sized:
            raise BadContent(f"a Matroska file with an element of unknown size at byte {at}")
        at = child.end
    return Element(part.id, part.start, part.body, at, sized=False)


def _bytes(stream: BinaryIO, part: Element) -> bytes:
    if part.end - part.start > MAX_TAGS:
        raise TooLarge(f"Matroska tags of more than {MAX_TAGS} bytes are not read")
    return take(stream, part.start, part.end - part.start)


def _matching(stream: BinaryIO, segment: _Segment, unwanted: Unwanted) -> dict[int, list[tags.Simple]]:
    """The tags for which that holds, by the place of their Tags element."""
    found = {}
    for part in segment.of(tags.TAGS):
        if gone := [one for one in tags.simples(_bytes(stream, part)) if unwanted(*one.field)]:
            found[part.start] = gone
    return found


def _planned(
    stream: BinaryIO, segment: _Segment, old: dict[int, list[tags.Simple]], new: tuple[str, str] | None
) -> list[Splice]:
    """The changes that take out the old tags and put in the new one."""
    changes, lost, placed = [], set[int](), new is None
    # Tags that change anyway come first: their place is known to the index.
    for part in sorted(segment.of(tags.TAGS), key=lambda part: part.start not in old):
        kept = data = _bytes(stream, part)
        if part.start in old:
            kept = tags.without(data, frozenset(one.start for one in old[part.start]))
        if new is not None and not placed and _room(segment, part, len(more := tags.with_simple(kept, *new))):
            kept, placed = more, True
        if kept != data:
            changes.append(_fitted(segment, part, kept))
            if not kept:
                lost.add(part.start)
    if new is not None and not placed:
        changes.append(_placed(stream, segment, tags.with_simple(b"", *new), {change.start for change in changes}))
    changes = _indexed(stream, segment, lost, changes)
    return changes + _grown(segment, changes)


def _last(segment: _Segment, part: Element) -> bool:
    return segment.stretch(part) == segment.element.end


def _room(segment: _Segment, part: Element, needed: int) -> bool:
    """Whether so many bytes fit where the element and the padding behind it stand."""
    room = segment.stretch(part) - part.start
    return _last(segment, part) or needed == room or needed + 2 <= room


def _fitted(segment: _Segment, part: Element, content: bytes) -> Splice:
    """The content in place of the element and the padding behind it; at the end of the segment without padding."""
    end = segment.stretch(part)
    if _last(segment, part):
        return Splice(part.start, end, content)
    room = end - part.start - len(content)
    if room < 0 or room == 1:
        raise BadContent(f"a Matroska file with a damaged checksum in the element at byte {part.start}")
    return Splice(part.start, end, content + void(room))


def _placed(stream: BinaryIO, segment: _Segment, content: bytes, taken: set[int]) -> Splice:
    """A new element in a place where it moves nothing that is pointed at."""
    first = next((p.start for p in segment.parts if p.id == _CLUSTER), segment.element.end)
    heads = {segment.stretch(p) for p in segment.of(_SEEK_HEAD)}  # the padding there is for the index to grow
    used = {segment.stretch(p) for p in segment.parts if p.start in taken} | heads
    for part in segment.parts:
        free = part.id == VOID and part.start < first and segment.stretch(part) not in used
        if free and not _last(segment, part) and _room(segment, part, len(content)):
            return _fitted(segment, part, content)
    if not segment.of(_SEEK_HEAD) and not segment.of(_CUES) and not _knows_its_place(stream, segment):
        return Splice(first, first, content)
    return Splice(segment.element.end, segment.element.end, content)


def _knows_its_place(stream: BinaryIO, segment: _Segment) -> bool:
    """Whether the first cluster tells its own position, as some writers do; 0 says that it does not know."""
    for cluster in segment.of(_CLUSTER)[:1]:
        at = cluster.body
        for _ in range(4):  # it stands before the blocks
            if at >= cluster.end:
                break
            child = element_at(stream, at, cluster.end)
            if child.id == _POSITION and any(take(stream, child.body, min(8, child.end - child.body))):
                return True
            at = child.end
    return False


def _grown(segment: _Segment, changes: Sequence[Splice]) -> list[Splice]:
    """The size of the segment, when it has one and that changes. Positions count from behind it, and stay true."""
    more = sum(len(c.new) - (c.end - c.start) for c in changes)
    element = segment.element
    if changes and segment.parts and segment.parts[0].id == CRC:
        raise Unsupported("a Matroska file with a checksum over all of it; remux it first")
    if more == 0 or not element.sized:
        return []
    wide, value = element.body - element.start - 4, element.end - element.body + more
    field = size(value, wide if value < (1 << 7 * wide) - 1 else 8)
    return [Splice(element.start + 4, element.body, field)]


def _indexed(stream: BinaryIO, segment: _Segment, lost: set[int], changes: Sequence[Splice]) -> list[Splice]:
    """The changes, and the index (SeekHead) without what is gone, and with what is new at the end of the segment."""
    heads, base, end = segment.of(_SEEK_HEAD), segment.element.body, segment.element.end
    tail = next((c for c in changes if c.start == c.end == end), None)
    found, pending = [c for c in changes if c is not tail], tail is not None
    for part in heads:
        entries = _entries(stream, part)
        kept = [one for one in entries if base + one.position not in lost]
        more = [*kept, _seek(tags.TAGS, end - base)]
        if pending and _room(segment, part, len(_seek_head(more))):
            kept, pending = more, False
        elif pending and tail is not None and len(heads) == 1:
            # RFC 9559, 5.1.1: a segment may have two; the first then points at the second, which lists all.
            pointer = [_seek(_SEEK_HEAD, end - base + len(tail.new))]
            if _room(segment, part, len(_seek_head(pointer))):
                tail, kept, pending = Splice(end, end, tail.new + _seek_head(more)), pointer, False
        if kept != entries:
            found.append(_fitted(segment, part, _seek_head(kept)))
    return found if tail is None else [*found, tail]


@dataclass(frozen=True, slots=True)
class _Seek:
    """An entry of the index: the position (in the segment) of an element, and the bytes that say so."""

    position: int
    raw: bytes


def _seek(name: int, position: int) -> _Seek:
    where = built(_SEEK_ID, name.to_bytes(4, "big")) + built(_SEEK_POSITION, position.to_bytes(8, "big"))
    return _Seek(position, built(_SEEK, where))


def _seek_head(entries: Sequence[_Seek]) -> bytes:
    return built(_SEEK_HEAD, b"".join(one.raw for one in entries)) if entries else b""


def _entries(stream: BinaryIO, part: Element) -> list[_Seek]:
    """What the SeekHead lists."""
    if part.end - part.start > MAX_SEEK_HEAD:
        raise TooLarge(f"a Matroska index of more than {MAX_SEEK_HEAD} bytes")
    data = take(stream, part.start, part.end - part.start)
    found = []
    for seek in elements(data, part.body - part.start, len(data)):
        if seek.id == _SEEK:
            inner = {one.id: data[one.body : one.end] for one in elements(data, seek.body, seek.end)}
            found.append(_Seek(int.from_bytes(inner.get(_SEEK_POSITION, b""), "big"), data[seek.start : seek.end]))
    return found


format: Format = Matroska()  # noqa: A001  the contract's name
