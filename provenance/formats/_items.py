"""The item tables of a meta box (ISO/IEC 14496-12, 8.11): who is where, one more, one fewer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import BadContent, TooLarge, Unsupported
from ._boxes import Box, boxes, wrapped

MAX_ITEMS = 65_536  # grids of large pictures have a few hundred
MAX_CONTENT = 64 << 20  # bytes of a metadata item that is put together from its extents


@dataclass(frozen=True, slots=True)
class Info:
    """An entry of iinf: number, four-character type, and for mime items what they are."""

    id: int
    kind: bytes
    content_type: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of iloc: `method` 0 counts from the file, 1 from idat. Positions of the numbers, for patching."""

    id: int
    start: int
    end: int
    method: int
    base: int
    base_at: int
    extents: tuple[tuple[int, int, int], ...]  # (position of the offset number, offset, length)


@dataclass(frozen=True, slots=True)
class Widths:
    """Bytes of the numbers of an iloc box, by its version."""

    offset: int
    length: int
    base: int
    index: int
    item: int
    count: int


@dataclass(frozen=True, slots=True)
class Meta:
    """The meta box and its tables."""

    box: Box
    parts: tuple[Box, ...]
    infos: tuple[Info, ...]
    widths: Widths
    places: tuple[Place, ...]
    primary: int

    def part(self, kind: bytes) -> Box | None:
        """The first box of that kind in it."""
        return next((b for b in self.parts if b.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Grown:
    """A new meta box; at `offset_at` in it stands, `width` bytes wide, where the new item's content will be."""

    box: bytes
    offset_at: int
    width: int


def parse(data: bytes) -> Meta:
    """The tables of the file's meta box.

    Raises:
        BadContent: there is none, or it is damaged.
    """
    box = next((b for b in boxes(data) if b.kind == b"meta"), None)
    if box is None:
        raise BadContent("an AVIF or HEIC file without a meta box")
    parts = tuple(boxes(data, box.body + 4, box.end))
    by_kind = {b.kind: b for b in reversed(parts)}
    if b"iinf" not in by_kind or b"iloc" not in by_kind:
        raise BadContent("a meta box without item tables")
    widths, places = _places(data, by_kind[b"iloc"])
    pitm = by_kind.get(b"pitm")
    primary = _number(data, pitm.body + 4, _wide(data, pitm)) if pitm else 0
    return Meta(box, parts, tuple(_infos(data, by_kind[b"iinf"])), widths, places, primary)


def extents(data: bytes, meta: Meta, item: int) -> list[tuple[int, int]]:
    """Start and end of each piece of an item in the file.

    Raises:
        BadContent: a piece out of bounds, or a way of storing that is not supported for metadata.
    """
    place = next((p for p in meta.places if p.id == item), None)
    if place is None:
        return []
    inner = meta.part(b"idat")
    if place.method == 1 and inner is not None:
        origin, most = inner.body, inner.end
    elif place.method == 0:
        origin, most = 0, len(data)
    else:
        raise BadContent(f"item {item} is stored in a way that cannot be followed")
    found = []
    for _, offset, length in place.extents:
        start = origin + place.base + offset
        end = start + length if length else most  # length 0: all of the source (8.11.3.3)
        if not origin <= start <= end <= most:
            raise BadContent(f"item {item} lies beyond the end of the file")
        found.append((start, end))
    return found


def content(data: bytes, meta: Meta, item: int) -> bytes:
    """All bytes of an item.

    Raises:
        BadContent: as `extents`.
        TooLarge: more than the file has, because pieces overlap.
    """
    found = extents(data, meta, item)
    total = sum(end - start for start, end in found)
    if total > max(len(data), MAX_CONTENT):
        raise TooLarge(f"item {item} is put together from overlapping pieces")
    return b"".join(data[start:end] for start, end in found)


def offset_places(meta: Meta) -> Iterator[tuple[int, int, int]]:
    """Position, width and base of every number that must change when what it points to moves.

    Where the base offset carries the position, it is the number to change and extents stay relative to it.
    """
    for place in meta.places:
        if place.method != 0:
            continue
        if meta.widths.base and (place.base or not meta.widths.offset):
            yield place.base_at, meta.widths.base, min((o for _, o, _ in place.extents), default=0)
        elif meta.widths.offset:
            for at, _, _ in place.extents:
                yield at, meta.widths.offset, 0


def with_item(data: bytes, meta: Meta, content_type: bytes, length: int) -> Grown:
    """The meta box with one more mime item, which describes the primary one (cdsc).

    Raises:
        Unsupported: the tables are of a form that has no room for it.
    """
    if not meta.widths.offset and not meta.widths.base:
        raise Unsupported("this file's item table holds no offsets")
    if length >= 1 << 8 * meta.widths.length:
        raise Unsupported("this file's item table has no room for a packet so long")
    new = max((*(i.id for i in meta.infos), *(p.id for p in meta.places), meta.primary)) + 1
    if new >= 1 << 8 * min(meta.widths.item, _wide(data, _require(meta, b"iinf"))) or new > 0xFFFF:
        raise Unsupported("this file has no item number left")
    row, offset_in_row, width = _location(data, meta, new, length)
    body, offset_at = bytearray(data[meta.box.body : meta.box.body + 4]), 0
    reference = _reference(data, meta, new)
    for part in meta.parts:
        piece = data[part.start : part.end]
        if part.kind == b"iinf":
            piece = _counted(data, part, 1, _wide(data, part), _info(new, content_type))
        elif part.kind == b"iloc":
            offset_at = len(body) + len(piece) + offset_in_row
            piece = _counted(data, part, 1, meta.widths.count, row, skip=2)
        elif part.kind == b"iref" and meta.primary:
            piece = wrapped(b"iref", data[part.body : part.end] + reference)
        body += piece
    if meta.primary and meta.part(b"iref") is None:
        body += wrapped(b"iref", bytes(4) + reference)
    return Grown(wrapped(b"meta", bytes(body)), 8 + offset_at, width)


def without_item(data: bytes, meta: Meta, item: int) -> bytes:
    """The meta box without the item and all references of and to it."""
    body = bytearray(data[meta.box.body : meta.box.body + 4])
    for part in meta.parts:
        piece = data[part.start : part.end]
        if part.kind == b"iinf":
            gone = [(i.start, i.end) for i in meta.infos if i.id == item]
            piece = _counted(data, part, -len(gone), _wide(data, part), b"", cut=gone)
        elif part.kind == b"iloc":
            gone = [(p.start, p.end) for p in meta.places if p.id == item]
            piece = _counted(data, part, -len(gone), meta.widths.count, b"", skip=2, cut=gone)
        elif part.kind == b"iref":
            piece = _unreferenced(data, part, item)
        body += piece
    return wrapped(b"meta", bytes(body))


def empty_meta(kind: bytes) -> bytes:
    """A meta box with one item of that type and of no content."""
    handler = wrapped(b"hdlr", bytes(8) + b"pict" + bytes(13))
    primary = wrapped(b"pitm", bytes(4) + b"\0\x01")
    places = wrapped(b"iloc", bytes(4) + b"\x44\x00\0\x01" + b"\0\x01\0\0\0\0")
    infos = wrapped(b"iinf", bytes(4) + b"\0\x01" + wrapped(b"infe", b"\x02\0\0\0\0\x01\0\0" + kind + b"\0"))
    return wrapped(b"meta", bytes(4) + handler + primary + places + infos)


def _require(meta: Meta, kind: bytes) -> Box:
    found = meta.part(kind)
    if found is None:
        raise BadContent(f"a meta box without {kind.decode()}")
    return found


def _wide(data: bytes, box: Box) -> int:
    """Bytes of numbers in a box whose version 0 has 16 bits and whose later ones 32."""
    if box.end - box.body < 4:
        raise BadContent("an item table cut off")
    return 4 if data[box.body] else 2


def _number(data: bytes, at: int, width: int) -> int:
    if at + width > len(data):
        raise BadContent("an item table cut off")
    return int.from_bytes(data[at : at + width], "big")


def _infos(data: bytes, box: Box) -> Iterator[Info]:
    width = _wide(data, box)
    for count, entry in enumerate(boxes(data, box.body + 4 + width, box.end)):
        version = data[entry.body] if entry.body < entry.end else 0
        if count >= MAX_ITEMS:
            raise TooLarge(f"more than {MAX_ITEMS} items")
        if entry.kind != b"infe" or version not in (2, 3):
            continue  # versions 0 and 1 have no type; pictures do not use them
        size = 2 if version == 2 else 4
        at = entry.body + 4 + size + 2
        kind, rest = data[at : at + 4], data[at + 4 : entry.end]
        strings = rest.split(b"\0")
        content_type = strings[1] if kind == b"mime" and len(strings) > 1 else b""
        yield Info(_number(data, entry.body + 4, size), kind, content_type, entry.start, entry.end)


def _places(data: bytes, box: Box) -> tuple[Widths, tuple[Place, ...]]:
    version, sizes = _number(data, box.body, 1), _number(data, box.body + 4, 2)
    if version > 2:
        raise BadContent(f"an item location table of version {version}")
    wide = version == 2
    index = sizes & 15 if version else 0
    widths = Widths(sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, index, 4 if wide else 2, 4 if wide else 2)
    if {widths.offset, widths.length, widths.base, widths.index} - {0, 4, 8}:
        raise BadContent("an item location table with numbers of odd width")
    at, found = box.body + 6, []
    count = _number(data, at, widths.count)
    if count > MAX_ITEMS:
        raise TooLarge(f"more than {MAX_ITEMS} items")
    at += widths.count
    for _ in range(count):
        place = _place(data, at, version, widths)
        if place.end > box.end:
            raise BadContent("an item location table that does not fit its box")
        found.append(place)
        at = place.end
    return widths, tuple(found)


def _place(data: bytes, start: int, version: int, widths: Widths) -> Place:
    item, at = _number(data, start, widths.item), start + widths.item
    method = 0
    if version:
        method, at = _number(data, at, 2) & 15, at + 2
    at += 2  # data reference index
    base_at, at = at, at + widths.base
    count, at = _number(data, at, 2), at + 2
    step = widths.index + widths.offset + widths.length
    if at + count * step > len(data):
        raise BadContent("an item location table cut off")
    rows = []
    for i in range(count):
        offset_at = at + i * step + widths.index
        offset = _number(data, offset_at, widths.offset)
        rows.append((offset_at, offset, _number(data, offset_at + widths.offset, widths.length)))
    return Place(item, start, at + count * step, method, _number(data, base_at, widths.base), base_at, tuple(rows))


def _info(item: int, content_type: bytes) -> bytes:
    """An infe box of version 2: number, no protection, mime, no name, the type."""
    return wrapped(b"infe", b"\x02\0\0\0" + item.to_bytes(2, "big") + b"\0\0mime" + b"\0" + content_type + b"\0")


def _location(data: bytes, meta: Meta, item: int, length: int) -> tuple[bytes, int, int]:
    """A row of iloc with one extent; where in it the position is to be written, and how wide."""
    widths, version = meta.widths, _number(data, _require(meta, b"iloc").body, 1)
    head = item.to_bytes(widths.item, "big") + (b"\0\0" if version else b"") + b"\0\0"
    row = (
        head
        + bytes(widths.base)
        + b"\0\x01"
        + bytes(widths.index + widths.offset)
        + length.to_bytes(widths.length, "big")
    )
    if widths.base:  # as the file's own rows carry their positions
        return row, len(head), widths.base
    return row, len(head) + 2 + widths.index, widths.offset


def _reference(data: bytes, meta: Meta, item: int) -> bytes:
    """A cdsc reference from the item to the primary one, in the width of the iref box."""
    iref = meta.part(b"iref")
    width = _wide(data, iref) if iref is not None else 2
    if meta.primary >= 1 << 8 * width:
        raise Unsupported("this file's reference table has no room for the number of its primary item")
    return wrapped(b"cdsc", item.to_bytes(width, "big") + b"\0\x01" + meta.primary.to_bytes(width, "big"))


def _counted(
    data: bytes,
    box: Box,
    change: int,
    width: int,
    new: bytes,
    *,
    skip: int = 0,
    cut: list[tuple[int, int]] | None = None,
) -> bytes:
    """A table box with rows added at its end or cut out, and its count (behind version, flags and `skip`) changed."""
    at = box.body + 4 + skip
    rows, start = b"", at + width
    for begin, end in sorted(cut or []):
        rows, start = rows + data[start:begin], end
    rows += data[start : box.end]
    count = _number(data, at, width) + change
    if not 0 <= count < 1 << 8 * width:
        raise Unsupported("an item table of this file is full")
    return wrapped(box.kind, data[box.body : at] + count.to_bytes(width, "big") + rows + new)


def _unreferenced(data: bytes, box: Box, item: int) -> bytes:
    """The iref box without references from the item or to it alone; nothing when none is left."""
    width = _wide(data, box)
    kept = []
    for entry in boxes(data, box.body + 4, box.end):
        source = _number(data, entry.body, width)
        targets = [_number(data, at, width) for at in range(entry.body + width + 2, entry.end, width)]
        if source != item and targets != [item]:
            kept.append(data[entry.start : entry.end])
    return wrapped(b"iref", data[box.body : box.body + 4] + b"".join(kept)) if kept else b""
