"""TIFF image file directories, which hold EXIF too: entries with bounds checked, text fields, blanking in place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadContent
from . import MAX_FIELD, Unwanted

EXIF_POINTER = 0x8769
MAX_ENTRIES = 4096  # real directories have fewer than a hundred
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_UNDEFINED_TEXT = frozenset({0x9286})  # UserComment: eight bytes of character code, then text (EXIF 2.32, 4.6.5)
_WINDOWS_TEXT = frozenset(range(0x9C9B, 0x9CA0))  # XPTitle ... XPSubject: UTF-16 in bytes
NAMES = {
    0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software", 0x013B: "Artist",
    0x013C: "HostComputer", 0x8298: "Copyright", 0x9286: "UserComment", 0x9C9B: "XPTitle", 0x9C9C: "XPComment",
    0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords", 0x9C9F: "XPSubject", 0xA430: "CameraOwnerName",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Byte order and width of a TIFF structure: classic (4-byte offsets) or BigTIFF (8)."""

    order: str  # "little" or "big"
    big: bool
    first: int  # offset of the first directory

    def number(self, data: bytes, at: int, size: int) -> int:
        """The unsigned integer of `size` bytes at `at`.

        Raises:
            BadContent: beyond the end.
        """
        if at < 0 or at + size > len(data):
            raise BadContent(f"a TIFF structure that points beyond its end (offset {at})")
        return int.from_bytes(data[at : at + size], self.order)  # type: ignore[arg-type]  # always one of the two

    def pack(self, value: int, size: int) -> bytes:
        """`value` in `size` bytes of this order."""
        return value.to_bytes(size, self.order)  # type: ignore[arg-type]  # always one of the two

    @property
    def pointer(self) -> int:
        """Bytes of an offset."""
        return 8 if self.big else 4

    @property
    def counter(self) -> int:
        """Bytes of the number of entries that opens a directory."""
        return 8 if self.big else 2

    @property
    def entry(self) -> int:
        """Bytes of one entry."""
        return 20 if self.big else 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory; its value is `size` bytes at `value_at`, which may be within the entry itself."""

    tag: int
    kind: int
    at: int
    value_at: int
    size: int


def layout(data: bytes) -> Layout:
    """The layout by the header.

    Raises:
        BadContent: not a TIFF header.
    """
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None:
        raise BadContent("no TIFF header")
    probe = Layout(order, False, 0)
    magic = probe.number(data, 2, 2)
    if magic == 42:
        return Layout(order, False, probe.number(data, 4, 4))
    if magic == 43 and probe.number(data, 4, 2) == 8:
        return Layout(order, True, probe.number(data, 8, 8))
    raise BadContent("no TIFF header")


def directory(data: bytes, lay: Layout, at: int) -> tuple[tuple[Entry, ...], int]:
    """The entries of the directory at `at` and the offset behind them, where the next directory's offset stands.

    Entries of unknown type or with a value out of bounds are kept with size 0.

    Raises:
        BadContent: the directory itself is out of bounds or absurdly long.
    """
    count = lay.number(data, at, lay.counter)
    end = at + lay.counter + count * lay.entry
    if count > MAX_ENTRIES or end > len(data):
        raise BadContent(f"a TIFF directory of {count} entries that does not fit")
    found = []
    for i in range(count):
        start = at + lay.counter + i * lay.entry
        tag, kind = lay.number(data, start, 2), lay.number(data, start + 2, 2)
        size = lay.number(data, start + 4, lay.pointer) * _SIZES.get(kind, 0)
        inline = start + 4 + lay.pointer
        value_at = inline if size <= lay.pointer else lay.number(data, inline, lay.pointer)
        found.append(Entry(tag, kind, start, value_at, size if value_at + size <= len(data) else 0))
    return tuple(found), end


def fields(data: bytes, place: str) -> tuple[tuple[str, str, str], ...]:
    """The text fields of the first directory and of EXIF as (place, name, text); what is damaged is left out."""
    return tuple((place, NAMES[e.tag], text) for e, text in _texts(data))


def blanked(data: bytes, place: str, unwanted: Unwanted) -> bytes:
    """`data`, same length, with the values of unwanted text fields overwritten by NULs."""
    for entry, text in tuple(_texts(data)):
        if unwanted(place, NAMES[entry.tag], text):
            data = data[: entry.value_at] + bytes(entry.size) + data[entry.value_at + entry.size :]
    return data


def _texts(data: bytes) -> Iterator[tuple[Entry, str]]:
    # Broken EXIF is common and says nothing about the picture; whole TIFF files are checked by tiff.py.
    try:
        lay = layout(data)
    except BadContent:
        return
    entries = _entries(data, lay, lay.first)
    for pointer in [e for e in entries if e.tag == EXIF_POINTER and e.size == 4]:
        entries += _entries(data, lay, lay.number(data, pointer.value_at, 4))
    for entry in entries:
        if entry.tag in NAMES and 0 < entry.size <= MAX_FIELD:
            text = _decode(entry.tag, data[entry.value_at : entry.value_at + entry.size], lay.order)
            if text:
                yield entry, text


def _entries(data: bytes, lay: Layout, at: int) -> tuple[Entry, ...]:
    try:
        return directory(data, lay, at)[0]
    except BadContent:
        return ()


def _decode(tag: int, value: bytes, order: str) -> str:
    utf16 = "utf-16-le" if order == "little" else "utf-16-be"
    if tag in _WINDOWS_TEXT:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    if tag in _UNDEFINED_TEXT:
        code, value = value[:8], value[8:]
        if code.startswith(b"UNICODE"):
            # Some writers use the other order; an ASCII text tells which.
            swapped = "utf-16-be" if order == "little" else "utf-16-le"
            return value.decode(swapped if _looks_swapped(value, order) else utf16, "replace").rstrip("\0 ")
        if code not in (b"ASCII\0\0\0", bytes(8)) and not code.startswith(b"JIS"):
            value = code + value  # no character code at all
    return plain(value).strip("\0 ")


def _looks_swapped(value: bytes, order: str) -> bool:
    even, odd = value[:64:2].count(0), value[1:64:2].count(0)
    return even > odd if order == "little" else odd > even


def plain(value: bytes) -> str:
    """Bytes that should be ASCII: UTF-8 when they are, Latin-1 otherwise."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
