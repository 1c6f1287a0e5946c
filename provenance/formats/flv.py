"""FLV: texts of onMetaData and the packet of onXMPData, with the file positions in an index moved along."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from ..errors import BadContent, TooLarge
from . import MAX_FIELD, MAX_PACKET, AigcForm, Format, Unwanted
from . import _amf as amf
from ._ifd import plain
from ._reading import count, joined, length, require_fits, take
from ._splices import Splice, Streamed

_AUDIO, _VIDEO, _SCRIPT = 8, 9, 18  # Adobe Flash Video File Format 10.1, E.4.1
_FILTERED = 0x20  # encrypted
_METADATA, _XMP, _PACKET = "onMetaData", "onXMPData", "liveXML"  # XMP part 3, 2.2.3 (FLV)
_PLACE = "FLV onMetaData"
_HEADER = b"FLV\1\0\0\0\0\x09" + bytes(4)
# Tools that make files seekable tell here where the key frames are, and how long the file is.
_PLACES = frozenset({("keyframes", "filepositions", ""), ("lastkeyframelocation",), ("filesize",)})


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag: the header is at `start`, the data from `body` to `end`; `next` is behind the size that follows it."""

    kind: int
    start: int
    end: int

    @property
    def body(self) -> int:
        return self.start + 11

    @property
    def next(self) -> int:
        return self.end + 4


@dataclass(slots=True)
class _Script:
    """A script tag, the name and the members of the object that it carries, and how its data is to change."""

    tag: _Tag
    data: bytes
    name: str
    object: amf.Value
    members: tuple[amf.Value, ...]
    values: tuple[amf.Value, ...]
    changes: list[Splice] = field(default_factory=list)
    gone: bool = False

    def texts(self) -> Iterator[tuple[amf.Value, str, bytes]]:
        for one in self.members:
            if (text := one.text(self.data)) is not None:
                yield one, one.path[0], text

    def drop(self, members: Sequence[amf.Value]) -> None:
        """Take out these members, and the whole tag when none is left."""
        self.changes += [Splice(one.key_at, one.end, b"") for one in members]
        self._count(-len(members))
        self.gone = bool(members) and len(members) == len(self.members)

    def put(self, member: bytes, old: Sequence[amf.Value]) -> None:
        """`member` in the place of the first of `old`, else behind all; the others go."""
        at = (old[0].key_at, old[0].end) if old else (self.object.inner_end, self.object.inner_end)
        self.changes += [Splice(*at, member), *(Splice(one.key_at, one.end, b"") for one in old[1:])]
        self._count(1 - len(old))

    def _count(self, more: int) -> None:
        at = self.object.count_at
        if at is not None and more:
            number = max(0, int.from_bytes(self.data[at : at + 4], "big") + more)
            self.changes.append(Splice(at, at + 4, require_fits(number, 4, "an FLV script")))

    @property
    def growth(self) -> int:
        """By how many bytes the file grows."""
        if self.gone:
            return self.tag.start - self.tag.next
        return sum(len(c.new) - (c.end - c.start) for c in self.changes)


class Flv(Streamed):
    """Script tags grow where they stand. Sound and pictures keep their bytes, and only move."""

    name = "flv"
    formats = frozenset({"flv"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """A file without tags."""
        return _HEADER

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """The text liveXML of the first onXMPData tag that has it."""
        for script in _scripts(stream, _XMP):
            for _, key, text in script.texts():
                if key == _PACKET:
                    if len(text) > MAX_PACKET:
                        raise TooLarge(f"an XMP packet of more than {MAX_PACKET} bytes is not read")
                    return text
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """The texts of onMetaData."""
        return tuple(one for script in _scripts(stream, _METADATA) for _, one in _fields(script))

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """One onXMPData tag with the packet, behind onMetaData."""
        scripts = _scripts(stream)
        text = None if packet is None else amf.member(_PACKET, amf.string(packet))
        return _planned(stream, scripts, _XMP, _PACKET, text)

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """One text of that key in onMetaData."""
        text = None if value is None else amf.member(key, amf.string(value.encode()))
        return _planned(stream, _scripts(stream), _METADATA, key, text)

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted texts are cut out."""
        scripts = _scripts(stream)
        for script in scripts:
            if script.name == _METADATA:
                script.drop([one for one, told in _fields(script) if unwanted(*told)])
        return _settled(scripts, None)

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """The tags of sound and pictures."""
        return joined((tag.start, tag.next) for tag in _tags(stream) if tag.kind & 0x1F in (_AUDIO, _VIDEO))


def _tags(stream: BinaryIO) -> Iterator[_Tag]:
    at, total, met = _first(stream), length(stream), 0
    while at < total:
        count(met := met + 1)
        head = take(stream, at, 11)
        end = at + 11 + int.from_bytes(head[1:4], "big")
        if end + 4 > total:
            raise BadContent(f"an FLV file cut off in the tag at byte {at}")
        yield _Tag(head[0], at, end)
        at = end + 4


def _first(stream: BinaryIO) -> int:
    head = take(stream, 0, 9)
    offset = int.from_bytes(head[5:9], "big")
    if head[:3] != b"FLV" or offset < 9 or offset + 4 > length(stream):
        raise BadContent("not an FLV file, or cut off in its header")
    return offset + 4


def _scripts(stream: BinaryIO, *names: str) -> list[_Script]:
    """The tags of scripts that carry metadata or XMP."""
    found = []
    for tag in _tags(stream):
        if tag.kind != _SCRIPT:
            continue
        head = take(stream, tag.body, min(13, tag.end - tag.body))
        name = head[3 : 3 + int.from_bytes(head[1:3], "big")].decode("latin-1")
        if name in (names or (_METADATA, _XMP)):
            found.append(_script(tag, take(stream, tag.body, tag.end - tag.body), name))
    return found


def _script(tag: _Tag, data: bytes, name: str) -> _Script:
    values = amf.values(data)
    top = [one for one in values if not one.path]
    if len(top) < 2 or not top[1].is_object or top[0].text(data) != name.encode():
        raise BadContent(f"an FLV file whose {name} is no object")
    members = tuple(one for one in values if len(one.path) == 1 and top[1].start < one.start < top[1].end)
    return _Script(tag, data, name, top[1], members, values)


def _fields(script: _Script) -> Iterator[tuple[amf.Value, tuple[str, str, str]]]:
    for one, key, text in script.texts():
        if len(text) > MAX_FIELD:
            raise TooLarge(f"a text of more than {MAX_FIELD} bytes in an FLV script")
        yield one, (_PLACE, key, plain(text).rstrip("\0"))


def _planned(stream: BinaryIO, scripts: Sequence[_Script], name: str, key: str, new: bytes | None) -> Sequence[Splice]:
    """Exactly one member `key` in the tags of that name: `new`, in the first of them."""
    for script in scripts:
        if script.name != name:
            continue
        old = [one for one in script.members if one.path[0] == key]
        if new is None:
            script.drop(old)
        else:
            script.put(new, old)
            new = None
    if new is None:
        return _settled(scripts, None)
    after = next((s.tag.next for s in scripts if s.name == _METADATA), _first(stream))
    data = amf.string(name.encode()) + amf.array(new)
    size = require_fits(len(data), 3, "an FLV tag")
    tag = bytes([_SCRIPT]) + size + bytes(7) + data + (11 + len(data)).to_bytes(4, "big")
    return _settled(scripts, Splice(after, after, tag))


def _settled(scripts: Sequence[_Script], inserted: Splice | None) -> list[Splice]:
    """All changes, with the sizes of tags, and positions in the file moved along."""
    grown = [(script.tag.next, script.growth) for script in scripts]
    if inserted is not None:
        grown.append((inserted.start, len(inserted.new)))
    changes = [] if inserted is None else [inserted]
    for script in scripts:
        tag = script.tag
        if script.gone:
            changes.append(Splice(tag.start, tag.next, b""))
            continue
        inner = [*script.changes, *_moved(script, lambda place: sum(by for at, by in grown if at <= place))]
        changes += [Splice(tag.body + c.start, tag.body + c.end, c.new) for c in inner]
        if script.growth:
            size = tag.end - tag.body + script.growth
            changes.append(Splice(tag.start + 1, tag.start + 4, require_fits(size, 3, "an FLV tag")))
            changes.append(Splice(tag.end, tag.next, (11 + size).to_bytes(4, "big")))
    return changes


def _moved(script: _Script, shift: Callable[[float], int]) -> Iterator[Splice]:
    """New values for the numbers of onMetaData that are positions in the file, or its length."""
    if script.name != _METADATA:
        return
    taken = {(c.start, c.end) for c in script.changes}
    for one in script.values:
        if not one.is_number or one.path not in _PLACES or (one.key_at, one.end) in taken:
            continue
        (old,) = struct.unpack(">d", script.data[one.start + 1 : one.end])
        if math.isfinite(old) and (by := shift(old)):
            yield Splice(one.start + 1, one.end, struct.pack(">d", old + by))


format: Format = Flv()  # noqa: A001  the contract's name
