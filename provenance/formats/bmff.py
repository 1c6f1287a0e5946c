"""AVIF and HEIC: XMP and EXIF as items of the meta box (ISO/IEC 23008-12), with every offset kept true."""

from __future__ import annotations

from ..errors import BadContent, Unsupported
from . import AigcForm, Format, Unwanted
from . import _ifd as ifd
from . import _items as items
from ._boxes import Box, boxes, patched, wrapped

XMP_TYPE = b"application/rdf+xml"


class Bmff:
    """The items that the meta box of the file lists; sequences keep their chunk offsets true too."""

    name = "bmff"
    formats = frozenset({"avif", "heic"})
    aigc_form: AigcForm = "xmp"

    def blank(self, format: str) -> bytes:
        """A container with a primary item of no content: its boxes are in order, but there is no picture in it."""
        brand, kind = (b"avif", b"av01") if format == "avif" else (b"heic", b"hvc1")
        return wrapped(b"ftyp", brand + bytes(4) + brand + b"mif1miaf") + items.empty_meta(kind) + wrapped(b"mdat", b"")

    def read_xmp(self, data: bytes) -> bytes | None:
        """The content of the first item of the XMP type."""
        meta = items.parse(data)
        found = next((i for i in meta.infos if i.kind == b"mime" and i.content_type == XMP_TYPE), None)
        return None if found is None else items.content(data, meta, found.id)

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet as an item that describes the primary one, its bytes in a media data box at the end."""
        meta = items.parse(data)
        for info in [i for i in meta.infos if i.kind == b"mime" and i.content_type == XMP_TYPE]:
            data = _removed(data, info.id)
        return data if packet is None else _added(data, packet)

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """EXIF texts."""
        meta = items.parse(data)
        found = [_exif(items.content(data, meta, i.id)) for i in meta.infos if i.kind == b"Exif"]
        return tuple(field for block in found for field in ifd.fields(block, "HEIF EXIF"))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """Refused: these files have no keyed text of their own."""
        raise Unsupported("an AVIF or HEIC file has no keyed text fields; write XMP")

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted EXIF texts are blanked where they stand."""
        meta = items.parse(data)
        for info in [i for i in meta.infos if i.kind == b"Exif"]:
            extents = items.extents(data, meta, info.id)
            block = b"".join(data[start:end] for start, end in extents)
            skip = len(block) - len(_exif(block))
            clean = block[:skip] + ifd.blanked(block[skip:], "HEIF EXIF", unwanted)
            for start, end in extents:
                data, clean = data[:start] + clean[: end - start] + data[end:], clean[end - start :]
        return data

    def essence(self, data: bytes) -> bytes:
        """The content of all items but XMP and EXIF, in the order of their numbers; media data of sequences."""
        meta = items.parse(data)
        pictures = sorted(i.id for i in meta.infos if i.kind not in (b"mime", b"Exif", b"uri "))
        found = b"".join(i.to_bytes(4, "big") + items.content(data, meta, i) for i in pictures)
        if any(b.kind == b"moov" for b in boxes(data)):
            # The samples of a sequence lie in the first media data boxes; ours, if any, is the last.
            packets = {e for i in meta.infos if i.kind == b"mime" for e in items.extents(data, meta, i.id)}
            media = [b for b in boxes(data) if b.kind == b"mdat" and (b.body, b.end) not in packets]
            found += b"".join(data[b.body : b.end] for b in media)
        return found


def has_base_offsets(data: bytes) -> bool:
    """Whether the item table has base offsets, as libheif writes it. c2pa-rs 0.38 moves such a table wrongly.

    Raises:
        BadContent: no meta box, or a damaged one.
    """
    return items.parse(data).widths.base > 0


def _exif(content: bytes) -> bytes:
    """The TIFF structure of an EXIF item, which opens with the offset to it (23008-12, A.2.1)."""
    return content[4 + int.from_bytes(content[:4], "big") :]


def _added(data: bytes, packet: bytes) -> bytes:
    top = list(boxes(data))
    data = _closed(data, top[-1])
    meta = items.parse(data)
    grown = items.with_item(data, meta, XMP_TYPE, len(packet))
    shift = len(grown.box) - (meta.box.end - meta.box.start)
    data = _shifted(data[: meta.box.start] + grown.box + data[meta.box.end :], meta.box.end, shift)
    at = len(data) + 8
    if at >= 1 << 8 * grown.width:
        raise Unsupported("this file's item table has no room for an offset so large")
    data = patched(data, meta.box.start + grown.offset_at, at, grown.width)
    return data + wrapped(b"mdat", packet)


def _removed(data: bytes, item: int) -> bytes:
    meta = items.parse(data)
    places = items.extents(data, meta, item)
    others = [e for i in meta.infos if i.id != item for e in items.extents(data, meta, i.id)]
    last = list(boxes(data))[-1]
    shrunk = items.without_item(data, meta, item)
    if len(places) == 1 and last.kind == b"mdat" and places[0] == (last.body, last.end) and last.start >= meta.box.end:
        data = data[: last.start]
    else:
        for start, end in places:  # no bytes of the packet are left behind, unless another item has them too
            if not any(start < stop and begin < end for begin, stop in others):
                data = data[:start] + bytes(end - start) + data[end:]
    shift = len(shrunk) - (meta.box.end - meta.box.start)
    return _shifted(data[: meta.box.start] + shrunk + data[meta.box.end :], meta.box.end, shift)


def _closed(data: bytes, last: Box) -> bytes:
    """`data` whose last box says its size, so that another can follow it."""
    if last.sized:
        return data
    size = last.end - last.start
    if size > 0xFFFF_FFFF:
        raise Unsupported("a file whose last box of more than 4 GiB has no size")
    return patched(data, last.start, size, 4)


def _shifted(data: bytes, border: int, shift: int) -> bytes:
    """`data` with `shift` added to every absolute offset that pointed at or behind `border` before the change."""
    if not shift:
        return data
    if any(b.kind in (b"moof", b"mfra") for b in boxes(data)):
        raise Unsupported("a fragmented file cannot be labelled in place")
    moved = bytearray(data)
    for at, width, base in (*items.offset_places(items.parse(data)), *_chunk_offsets(data)):
        value = int.from_bytes(data[at : at + width], "big")
        if base + value < border:
            continue
        if not 0 <= value + shift < 1 << 8 * width:
            raise Unsupported("an offset table of this file has no room for a larger file")
        moved[at : at + width] = (value + shift).to_bytes(width, "big")
    return bytes(moved)


def _chunk_offsets(data: bytes) -> list[tuple[int, int, int]]:
    """Position, width and base (none) of every chunk offset of a sequence (stco, co64 in moov.trak.mdia.minf.stbl)."""
    level = [b for b in boxes(data) if b.kind == b"moov"]
    for kind in (b"trak", b"mdia", b"minf", b"stbl"):
        level = [c for b in level for c in boxes(data, b.body, b.end) if c.kind == kind]
    found = []
    for table in [c for b in level for c in boxes(data, b.body, b.end) if c.kind in (b"stco", b"co64")]:
        width = 4 if table.kind == b"stco" else 8
        count = int.from_bytes(data[table.body + 4 : table.body + 8], "big")
        if table.body + 8 + count * width > table.end:
            raise BadContent("a chunk offset table that does not fit its box")
        found += [(table.body + 8 + i * width, width, 0) for i in range(count)]
    return found


format: Format = Bmff()  # noqa: A001  the contract's name
