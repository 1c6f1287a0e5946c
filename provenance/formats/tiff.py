"""TIFF and BigTIFF: XMP in tag 700 of the first directory, text tags and EXIF."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import BadContent, Unsupported
from . import AigcForm, Format, Unwanted
from . import _ifd as ifd

XMP_TAG = 0x02BC
_UNDEFINED = 7
# Tags whose values are places of other bytes; digesting the values would tie the digest to where things stand.
_OFFSETS = {0x0111: 0x0117, 0x0144: 0x0145}  # StripOffsets -> StripByteCounts, TileOffsets -> TileByteCounts
_PICTURE = (0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0115, 0x011C, 0x0140)  # size, depth, coding, colour


class Tiff:
    """The first directory; nothing that it points to is moved."""

    name = "tiff"
    formats = frozenset({"tiff"})
    aigc_form: AigcForm = "xmp"

    def blank(self, format: str) -> bytes:
        """One black pixel in grey."""
        tags = ((0x100, 1), (0x101, 1), (0x102, 8), (0x103, 1), (0x106, 1), (0x111, 8), (0x116, 1), (0x117, 1))
        entries = b"".join(
            tag.to_bytes(2, "little") + b"\x03\0\x01\0\0\0" + value.to_bytes(4, "little") for tag, value in tags
        )
        return b"II*\0\x0a\0\0\0\0\0" + len(tags).to_bytes(2, "little") + entries + bytes(4)

    def read_xmp(self, data: bytes) -> bytes | None:
        """The value of tag 700."""
        _, entries, _ = _first(data)
        found = next((e for e in entries if e.tag == XMP_TAG), None)
        if found is None or not found.size:
            return None
        return data[found.value_at : found.value_at + found.size]

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet and a new first directory at the end; the header then points there.

        The directory that stood first stays where it is, unused. Taking the packet out again points back to it and
        cuts the end off, which restores a file of even length byte by byte.
        """
        data = _dropped(data)
        return data if packet is None else _appended(data, packet)

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """Text tags of the first directory and of EXIF."""
        _first(data)
        return ifd.fields(data, "TIFF EXIF")

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """Refused: TIFF has no keyed text of its own."""
        raise Unsupported("a TIFF file has no keyed text fields; write XMP")

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted text tags are blanked."""
        _first(data)
        return ifd.blanked(data, "TIFF EXIF", unwanted)

    def essence(self, data: bytes) -> bytes:
        """Size, coding and strips or tiles of the first picture."""
        lay, entries, _ = _first(data)
        by_tag = {e.tag: e for e in entries}
        parts = [data[e.value_at : e.value_at + e.size] for tag in _PICTURE if (e := by_tag.get(tag))]
        for offsets, counts in _OFFSETS.items():
            if offsets in by_tag and counts in by_tag:
                places = zip(_numbers(data, lay, by_tag[offsets]), _numbers(data, lay, by_tag[counts]), strict=False)
                parts += [data[at : at + size] for at, size in _disjoint(data, places)]
        return b"".join(parts)


def _first(data: bytes) -> tuple[ifd.Layout, tuple[ifd.Entry, ...], int]:
    """Layout, entries of the first directory, and the offset behind them."""
    lay = ifd.layout(data)
    entries, end = ifd.directory(data, lay, lay.first)
    if end + lay.pointer > len(data):
        raise BadContent("a TIFF file cut off behind its first directory")
    return lay, entries, end


def _numbers(data: bytes, lay: ifd.Layout, entry: ifd.Entry) -> list[int]:
    kind = lay.number(data, entry.at + 2, 2)
    width = {3: 2, 4: 4, 16: 8}.get(kind, 0)
    if not width:
        return []
    return [lay.number(data, entry.value_at + i, width) for i in range(0, entry.size, width)]


def _disjoint(data: bytes, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places, which together cannot hold more than the file: else a small file would stand for a huge picture."""
    found = list(places)
    if sum(size for _, size in found) > len(data):
        raise BadContent("a TIFF file whose strips or tiles overlap")
    return found


def _appended(data: bytes, packet: bytes) -> bytes:
    lay, entries, end = _first(data)
    data += bytes(len(data) % 2)  # values and directories begin on even offsets (TIFF 6.0, section 2)
    packet_at = len(data)
    directory_at = packet_at + len(packet) + len(packet) % 2
    if not lay.big and directory_at + lay.entry * (len(entries) + 2) > 0xFFFF_FFFF:
        raise Unsupported("a classic TIFF file cannot be larger than 4 GiB")
    old = [(e.tag, data[e.at : e.at + lay.entry]) for e in entries]
    new = _entry(lay, packet, packet_at)
    # Entries stand in ascending order of their tags (TIFF 6.0, section 2); sorting keeps equal tags in order.
    rows = [row for _, row in sorted([*old, (XMP_TAG, new)], key=lambda pair: pair[0])]
    directory = lay.pack(len(rows), lay.counter) + b"".join(rows) + data[end : end + lay.pointer]
    return _pointed(data, lay, directory_at) + packet + bytes(len(packet) % 2) + directory


def _entry(lay: ifd.Layout, packet: bytes, at: int) -> bytes:
    """The row of tag 700; a value that fits stands in the row itself."""
    value = packet.ljust(lay.pointer, b"\0") if len(packet) <= lay.pointer else lay.pack(at, lay.pointer)
    return lay.pack(XMP_TAG, 2) + lay.pack(_UNDEFINED, 2) + lay.pack(len(packet), lay.pointer) + value


def _pointed(data: bytes, lay: ifd.Layout, first: int) -> bytes:
    """`data` with its header pointing to the directory at `first`."""
    at = 8 if lay.big else 4
    return data[:at] + lay.pack(first, lay.pointer) + data[at + lay.pointer :]


def _dropped(data: bytes) -> bytes:
    """`data` without tag 700 in its first directory."""
    lay, entries, end = _first(data)
    packets = [e for e in entries if e.tag == XMP_TAG]
    if not packets:
        return data
    kept = [data[e.at : e.at + lay.entry] for e in entries if e.tag != XMP_TAG]
    directory = lay.pack(len(kept), lay.counter) + b"".join(kept) + data[end : end + lay.pointer]
    packet = packets[0]
    ours = (
        len(packets) == 1
        and end + lay.pointer == len(data)
        and packet.value_at + packet.size + packet.size % 2 == lay.first
    )
    before = data[: packet.value_at] if ours else b""
    old = before.rfind(directory)
    if ours and old >= 0 and old % 2 == 0:
        return _pointed(before, lay, old)
    for entry in packets:  # no bytes of it are left behind
        data = data[: entry.value_at] + bytes(entry.size) + data[entry.value_at + entry.size :]
    # One row fewer fits where the longer directory stood.
    return data[: lay.first] + directory.ljust(end + lay.pointer - lay.first, b"\0") + data[end + lay.pointer :]


format: Format = Tiff()  # noqa: A001  the contract's name
