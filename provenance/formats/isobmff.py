"""MP4, MOV and M4A, fragmented or not: keyed metadata in the movie box and XMP, with every offset kept true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from ..errors import BadContent, TooLarge
from . import MAX_FIELD, MAX_PACKET, AigcForm, Format, Unwanted
from ._atoms import Atom, Boxes, Edit, changed
from ._boxes import wrapped
from ._keyed import KEYED, Entry, keyed_list, read_list, rewritten
from ._splices import Splice, Streamed

# XMP part 3, 1.1.6 and 1.1.7: a uuid box of the file in MP4, a user data box of the movie in QuickTime.
XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_QUICKTIME_XMP = b"XMP_"
_BRANDS = {"mp4": b"isom", "mov": b"qt  ", "m4a": b"M4A "}
_GUIDE = "MP4 moov.udta.meta keys"  # TC260-PG-20257A


class IsoBmff(Streamed):
    """Text lives in lists of the movie's `meta` boxes and in QuickTime user data; media data is never read."""

    name = "isobmff"
    formats = frozenset(_BRANDS)
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """A movie without tracks."""
        brand = _BRANDS[format]
        clock = (1000).to_bytes(4, "big") + bytes(4)
        matrix = b"".join(n.to_bytes(4, "big") for n in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
        rate = bytes.fromhex("00010000 0100") + bytes(10)
        head = bytes(12) + clock + rate + matrix + bytes(24) + (1).to_bytes(4, "big")
        kind = wrapped(b"ftyp", brand + bytes(4) + brand)
        return kind + wrapped(b"moov", wrapped(b"mvhd", head)) + wrapped(b"mdat", b"")

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """The packet of the uuid box, else that of the user data; the other way round in QuickTime files."""
        boxes = Boxes(stream)
        for box, skip in _packets(boxes):
            if box.end - box.body - skip > MAX_PACKET:
                raise TooLarge(f"an XMP packet of more than {MAX_PACKET} bytes is not read")
            return boxes.read(box.body + skip, box.end)
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """Texts of the keyed and keyless lists, then of QuickTime user data."""
        boxes = Boxes(stream)
        lists = ((place, e) for place, meta in _lists(boxes) for e in read_list(boxes, meta).entries)
        fields = [(place, e.key, e.text) for place, e in lists if e.text is not None]
        fields += [("MP4 moov.udta", key, text) for _, key, text in _user_texts(boxes)]
        return tuple(fields)

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """The packet where one is; otherwise in a uuid box at the end, where it moves nothing, or in user data."""
        boxes = Boxes(stream)
        found = _packets(boxes)
        gone = [box for box, _ in (found if packet is None else found[1:])]
        edits = [Edit((), box.start, box.end, b"") for box in gone if not box.parents]
        if inner := {box: b"" for box in gone if box.parents}:
            edits += _edits(boxes, inner, b"")
        if packet is None:
            return changed(boxes, edits)
        if found:
            box, skip = found[0]
            edits.append(Edit((*box.parents, box), box.body + skip, box.end, packet))
        elif _is_quicktime(boxes):
            edits += _edits(boxes, {}, wrapped(_QUICKTIME_XMP, packet))
        else:
            edits += _appended(boxes, wrapped(b"uuid", XMP_UUID + packet))
        return changed(boxes, edits)

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """The field as a key of moov.udta.meta, beside those that are there; no other keyed list has it then."""
        boxes = Boxes(stream)
        return _replan(boxes, lambda place, found, _: place.endswith(KEYED) and found == key, key, value)

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted entries of the lists and of the user data go, and the boxes that they leave empty."""
        return _replan(Boxes(stream), unwanted, "", None)

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """The media data."""
        return [(b.body, b.end) for b in Boxes(stream).top() if b.kind == b"mdat"]


def _packets(boxes: Boxes) -> list[tuple[Atom, int]]:
    """The boxes that hold XMP, each with the length of what stands before the packet."""
    found = [(box, 0) for box in boxes.find(b"moov", b"udta", _QUICKTIME_XMP)]
    for box in boxes.top():
        if box.kind == b"uuid" and box.end - box.body >= 16 and boxes.read(box.body, box.body + 16) == XMP_UUID:
            found.append((box, 16))
    return found if _is_quicktime(boxes) else sorted(found, key=lambda one: len(one[0].parents))


def _is_quicktime(boxes: Boxes) -> bool:
    """By the brand; files older than brands are QuickTime too."""
    first = boxes.top()[0]
    return first.kind != b"ftyp" or boxes.read(first.body, min(first.body + 4, first.end)) == b"qt  "


def _lists(boxes: Boxes) -> Iterator[tuple[str, Atom]]:
    """The metadata lists of the movie by their place; the guide's own comes first."""
    for path in ((b"moov", b"udta", b"meta"), (b"moov", b"meta")):
        for meta in boxes.find(*path):
            kind = KEYED if read_list(boxes, meta).keyed else "list"
            yield f"MP4 {b'.'.join(path).decode()} {kind}", meta


def _user_texts(boxes: Boxes) -> Iterator[tuple[Atom, str, str]]:
    """QuickTime user data that is text: kinds that begin with the copyright sign, and one named AIGC."""
    for box in boxes.find(b"moov", b"udta"):
        for item in boxes.inside(box):
            if item.kind[:1] != b"\xa9" and item.kind != b"AIGC":
                continue
            if item.end - item.body > MAX_FIELD:
                raise TooLarge(f"user data of more than {MAX_FIELD} bytes is not read")
            body = boxes.read(item.body, item.end)
            size = int.from_bytes(body[:2], "big")  # a length and a language stand before the words, mostly
            words = body[4 : 4 + size] if 4 + size <= len(body) and body[:1] != b"{" else body
            yield item, item.kind.decode("latin-1"), words.decode("utf-8", "replace").rstrip("\0")


def _replan(boxes: Boxes, gone: Callable[[str, str, str], bool], key: str, value: str | None) -> list[Splice]:
    """All changes that take out the entries for which `gone` holds, and then put `key` in, if it has a value."""
    new: dict[Atom, bytes] = {}
    for place, meta in _lists(boxes):
        found = read_list(boxes, meta)
        kept = tuple(e for e in found.entries if e.text is None or not gone(place, e.key, e.text))
        if value is not None and place == _GUIDE:
            kept, value = (*kept, Entry.of(key, value)), None
        if kept != found.entries:
            new[meta] = rewritten(boxes, meta, found, kept)
    new |= {item: b"" for item, name, text in _user_texts(boxes) if gone("MP4 moov.udta", name, text)}
    added = b"" if value is None else keyed_list((Entry.of(key, value),))
    return changed(boxes, list(_edits(boxes, new, added)))


def _edits(boxes: Boxes, new: dict[Atom, bytes], added: bytes) -> Iterator[Edit]:
    """The boxes of `new` with their new bytes, `added` at the end of the user data, which goes when it is empty."""
    movie = next(iter(boxes.find(b"moov")), None)
    if movie is None:
        raise BadContent("no movie box (moov) in it: it is cut off, or a fragment without its beginning")
    for box in (b for b in new if b.parents == (movie,)):
        yield Edit(box.parents, box.start, box.end, new[box])
    holders = [b for b in boxes.inside(movie) if b.kind == b"udta"]
    for data in holders:
        children = list(boxes.inside(data))
        ours = [c for c in children if c in new]
        more = added if data is holders[0] else b""
        if ours and not more and all(new.get(c) == b"" for c in children):
            yield Edit(data.parents, data.start, data.end, b"")
            continue
        yield from (Edit(c.parents, c.start, c.end, new[c]) for c in ours)
        if more:
            at = children[-1].end if children else data.body
            yield Edit((movie, data), at, at, more)
    if added and not holders:
        end = max((c.end for c in boxes.inside(movie)), default=movie.body)
        yield Edit((movie,), end, end, wrapped(b"udta", added))


def _appended(boxes: Boxes, new: bytes) -> list[Edit]:
    """A box at the end of the file. A random access index stays last, because it is looked for from the end."""
    last = boxes.top()[-1]
    if last.kind == b"mfra" and last.sized:
        return [Edit((), last.start, last.start, new)]
    if last.sized:
        return [Edit((), last.end, last.end, new)]
    size = last.end - last.start
    if last.kind == b"mdat" and size > 0xFFFF_FFFF:
        return [Edit((), last.start, last.start, new)]  # it has no room for its size, so nothing can follow it
    return [Edit((), last.start, last.start + 4, size.to_bytes(4, "big")), Edit((), last.end, last.end, new)]


format: Format = IsoBmff()  # noqa: A001  the contract's name
