"""Zip archives by their raw members: what is not changed is copied as it was stored, compressed bytes and all."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..errors import BadContent, TooLarge, Unsupported

Choice = Callable[[str], bool]
MAX_MEMBERS = 20_000  # a book of ten thousand pictures has half of that
MAX_PART = 64 << 20  # bytes of one member that is parsed, after decompression
MAX_TOTAL = 2 << 30  # bytes of all members, after decompression, when all of them are read

_LOCAL, _ENTRY, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")  # APPNOTE 6.3.10, 4.3.7
_DIRECTORY_ENTRY = struct.Struct("<4sHHHHHHIIIHHHHHII")  # 4.3.12
_END_RECORD = struct.Struct("<4sHHHHIIH")  # 4.3.16
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 1, 8, 0x800
_STORED, _DEFLATED = 0, 8
_MIDNIGHT_1980 = (0, 0x21)  # what Office itself writes: a package does not tell when it was saved


@dataclass(frozen=True, slots=True)
class Member:
    """One member: `data[start:start + packed]` is its content as stored, `data[offset:end]` all that belongs to it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    start: int
    end: int
    entry: bytes  # its record in the central directory


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive in memory. Names are unique, also when upper and lower case are the same (OPC 6.2.2, OCF 4.2.2)."""

    data: bytes
    members: Mapping[str, Member]  # in the order of the central directory
    directory: int  # where the central directory begins
    tail: bytes  # the end record with its comment, and what follows it

    def read(self, name: str, most: int = MAX_PART) -> bytes:
        """The content of a member.

        Raises:
            BadContent: no such member, or its bytes are not what the directory says.
            TooLarge: more than `most` bytes.
            Unsupported: it is encrypted, or compressed in another way than by deflate.
        """
        member = self.members.get(name)
        if member is None:
            raise BadContent(f"a package without {name}")
        if member.flags & _ENCRYPTED:
            raise Unsupported(f"{name} in the archive is encrypted; save the file without a password first")
        if member.size > most:
            raise TooLarge(f"{name} in the archive has {member.size} bytes, more than {most}")
        packed = self.data[member.start : member.start + member.packed]
        content = packed if member.method == _STORED else _inflated(packed, member)
        if len(content) != member.size or zlib.crc32(content) != member.crc:
            raise BadContent(f"{name} in the archive is damaged: its size or checksum is not what was written down")
        return content

    def changed(self, parts: Mapping[str, bytes | None]) -> bytes:
        """The archive with these members put in (None: taken out); the others stay byte for byte, in their order."""
        news = {n: c for n, c in parts.items() if not self._same(n, c)}
        if not news:
            return self.data
        body: list[bytes] = []
        entries: dict[str, bytes] = {}
        at = 0
        for member in sorted(self.members.values(), key=lambda m: m.offset):
            if not body:
                body.append(self.data[: member.offset])
                at = member.offset
            if member.name not in news:
                local, entry = self.data[member.offset : member.end], member.entry
            elif (content := news[member.name]) is not None:
                local, entry = _rewritten(member, content)
            else:
                continue
            body.append(local)
            entries[member.name] = entry[:42] + struct.pack("<I", at) + entry[46:]
            at += len(local)
        for name, content in news.items():
            if name not in self.members and content is not None:
                local, entry = _made(name, content)
                body.append(local)
                entries[name] = entry[:42] + struct.pack("<I", at) + entry[46:]
                at += len(local)
        ordered = [entries[n] for n in (*self.members, *(n for n in news if n not in self.members)) if n in entries]
        return b"".join([*body, *ordered, _end(self.tail, len(ordered), sum(map(len, ordered)), at)])

    def _same(self, name: str, content: bytes | None) -> bool:
        member = self.members.get(name)
        if member is None or content is None:
            return member is None and content is None
        return member.size == len(content) and member.crc == zlib.crc32(content) and self.read(name) == content


def new(parts: Mapping[str, bytes], *, stored: frozenset[str] = frozenset()) -> bytes:
    """An archive of these members in this order, deflated but for those in `stored`."""
    body, entries, at = [], [], 0
    for name, content in parts.items():
        local, entry = _made(name, content, _STORED if name in stored else _DEFLATED)
        entries.append(entry[:42] + struct.pack("<I", at) + entry[46:])
        body.append(local)
        at += len(local)
    return b"".join([*body, *entries, _end(_END + bytes(18), len(entries), sum(map(len, entries)), at)])


def parse(data: bytes) -> Archive:
    """The archive that `data` is.

    Raises:
        BadContent: damaged, or built to mean different things to different programs: members that overlap, names that
            stand twice, lead out of the archive, or differ between a member and the directory.
        TooLarge: more than `MAX_MEMBERS` members.
        Unsupported: ZIP64, or an archive in several files.
    """
    at = _end_at(data)
    _, disk, first_disk, here, count, size, directory, _ = _END_RECORD.unpack_from(data, at)
    if 0xFFFF in (disk, here, count) or 0xFFFFFFFF in (size, directory):
        raise Unsupported("a ZIP64 archive; save it anew with fewer or smaller parts")
    if disk or first_disk or here != count:
        raise Unsupported("an archive in several files; join them first")
    if count > MAX_MEMBERS:
        raise TooLarge(f"an archive of {count} members, more than {MAX_MEMBERS}")
    if directory + size > at:
        raise BadContent("a damaged archive: its directory does not lie before its end")
    found = [_member(data, *row) for row in _entries(data, directory, directory + size, count)]
    return Archive(data, _checked(data, found, directory), directory, data[at:])


def _end_at(data: bytes) -> int:
    """Where the end record stands: the last one whose comment fits into what follows."""
    at = data.rfind(_END, max(0, len(data) - 0xFFFF - _END_RECORD.size))
    if at < 0 or at + _END_RECORD.size > len(data):
        raise BadContent("an archive without its end; the file is cut short")
    if at + _END_RECORD.size + int.from_bytes(data[at + 20 : at + 22], "little") > len(data):
        raise BadContent("a damaged archive: its comment is longer than the file")
    return at


def _entries(data: bytes, at: int, end: int, count: int) -> list[tuple[int, int]]:
    """Start and end of each record of the central directory."""
    rows = []
    for _ in range(count):
        if data[at : at + 4] != _ENTRY or at + 46 > end:
            raise BadContent("a damaged archive: its directory has fewer members than it says")
        name, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        rows.append((at, at + 46 + name + extra + comment))
        at = rows[-1][1]
    if at > end:
        raise BadContent("a damaged archive: its directory is longer than it says")
    return rows


def _member(data: bytes, at: int, end: int) -> Member:
    """The member of one directory record; `end` of what belongs to it is not known yet."""
    row = _DIRECTORY_ENTRY.unpack_from(data, at)
    flags, method, crc, packed, size, length, offset = row[3], row[4], row[7], row[8], row[9], row[10], row[16]
    raw = data[at + 46 : at + 46 + length]
    if 0xFFFFFFFF in (packed, size, offset):
        raise Unsupported("a ZIP64 archive; save it anew with fewer or smaller parts")
    local = _LOCAL_HEADER.size + offset
    if data[offset : offset + 4] != _LOCAL or local > len(data):
        raise BadContent("a damaged archive: a member is not where the directory says")
    name_length, extra_length = struct.unpack_from("<HH", data, offset + 26)
    if data[local : local + name_length] != raw:
        raise BadContent("an archive whose members are called differently in its directory; it is damaged or a trick")
    start = local + name_length + extra_length
    return Member(_name(raw, flags), flags, method, crc, packed, size, offset, start, start + packed, data[at:end])


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF8 or raw.isascii() else "cp437")
    except UnicodeDecodeError as error:
        raise BadContent("a member of the archive has a name that is not UTF-8") from error
    if "\0" in name or "\\" in name or name.startswith("/") or ".." in name.split("/"):
        raise BadContent(f"a member of the archive has a name that leads out of it: {name[:80]!r}")
    return name


def _checked(data: bytes, found: list[Member], directory: int) -> Mapping[str, Member]:
    """The members by name, each with all bytes up to the next one; none may reach into another."""
    seen: set[str] = set()
    for member in found:
        if (folded := member.name.casefold()) in seen:
            raise BadContent(f"two members of the archive are called {member.name[:80]!r}; it is damaged or a trick")
        seen.add(folded)
    ends: dict[str, int] = {}
    following = directory
    for member in sorted(found, key=lambda m: m.offset, reverse=True):
        if member.end > following:
            raise BadContent("members of the archive overlap; it is damaged or a bomb")
        ends[member.name], following = following, member.offset
    return {m.name: replace(m, end=ends[m.name]) for m in found}


def _inflated(packed: bytes, member: Member) -> bytes:
    if member.method != _DEFLATED:
        raise Unsupported(f"{member.name} in the archive is compressed by method {member.method}, not by deflate")
    decoder = zlib.decompressobj(-15)
    try:
        content = decoder.decompress(packed, member.size + 1)
    except zlib.error as error:
        raise BadContent(f"{member.name} in the archive is damaged ({error})") from error
    if not decoder.eof and len(content) > member.size:
        raise BadContent(f"{member.name} in the archive is larger than it says; it is damaged or a bomb")
    return content


def _packed(content: bytes, method: int) -> tuple[int, bytes]:
    if method == _STORED:
        return _STORED, content
    encoder = zlib.compressobj(6, zlib.DEFLATED, -15)
    return _DEFLATED, encoder.compress(content) + encoder.flush()


def _rewritten(member: Member, content: bytes) -> tuple[bytes, bytes]:
    """Local part and directory record of a member with new content, under its old name, time and method."""
    method, packed = _packed(content, member.method)
    row = list(_DIRECTORY_ENTRY.unpack_from(member.entry))
    row[3], row[4] = member.flags & ~_SIZES_FOLLOW, method
    row[7:10] = zlib.crc32(content), len(packed), len(content)
    raw = member.entry[46 : 46 + row[10]]
    header = _LOCAL_HEADER.pack(_LOCAL, max(row[2], 20), *row[3:10], len(raw), 0)
    return header + raw + packed, _DIRECTORY_ENTRY.pack(*row) + member.entry[46:]


def _made(name: str, content: bytes, method: int = _DEFLATED) -> tuple[bytes, bytes]:
    """Local part and directory record of a new member."""
    method, packed = _packed(content, method)
    raw = name.encode()
    flags = 0 if raw.isascii() else _UTF8
    common = (20, flags, method, *_MIDNIGHT_1980, zlib.crc32(content), len(packed), len(content), len(raw), 0)
    entry = _DIRECTORY_ENTRY.pack(_ENTRY, 20, *common, 0, 0, 0, 0, 0)
    return _LOCAL_HEADER.pack(_LOCAL, *common) + raw + packed, entry + raw


def _end(tail: bytes, count: int, size: int, directory: int) -> bytes:
    row = list(_END_RECORD.unpack_from(tail))
    row[3:7] = count, count, size, directory
    return _END_RECORD.pack(*row) + tail[_END_RECORD.size :]
