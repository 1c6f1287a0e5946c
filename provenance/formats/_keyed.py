"""The metadata lists of MP4 and QuickTime: `ilst` with its `keys` (QuickTime), or without (iTunes)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import BadContent, TooLarge
from . import MAX_FIELD
from ._atoms import Atom, Boxes
from ._boxes import wrapped

KEYED = "keys"
MAX_LIST = 64 << 20  # bytes of one list; covers of albums have a few megabytes
_UTF8, _UTF16 = 1, 2  # well-known types of QuickTime


@dataclass(frozen=True, slots=True)
class Entry:
    """One value: its key, its text (None where it is none, such as a picture), and its bytes as they stand.

    `name` is the entry of the keys table, empty in a keyless list, where the kind of the item is the key.
    """

    key: str
    text: str | None
    name: bytes
    kind: bytes
    body: bytes

    @classmethod
    def of(cls, key: str, text: str) -> Entry:
        """A text under a key of one's own."""
        data = wrapped(b"data", _UTF8.to_bytes(4, "big") + bytes(4) + text.encode())
        return cls(key, text, b"mdta" + key.encode(), b"", data)


@dataclass(frozen=True, slots=True)
class List:
    """What a `meta` box lists."""

    entries: tuple[Entry, ...]
    names: tuple[bytes, ...] | None  # the table of keys; None in a keyless list

    @property
    def keyed(self) -> bool:
        """Whether items are numbers into a table of keys."""
        return self.names is not None


def read_list(boxes: Boxes, meta: Atom) -> List:
    """The entries of a `meta` box in their order.

    Raises:
        BadContent: it is damaged.
        TooLarge: more than `MAX_LIST` bytes, or a text of more than `MAX_FIELD`.
    """
    if meta.end - meta.start > MAX_LIST:
        raise TooLarge(f"a metadata list of more than {MAX_LIST} bytes is not read")
    children = list(boxes.inside(meta))
    table = next((c for c in children if c.kind == b"keys"), None)
    items = next((c for c in children if c.kind == b"ilst"), None)
    names = tuple(_names(boxes, table)) if table is not None else None
    return List(() if items is None else tuple(_entry(boxes, i, names) for i in boxes.inside(items)), names)


def keyed_list(entries: Sequence[Entry]) -> bytes:
    """A `meta` box with these entries under keys of their own."""
    handler = wrapped(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    return wrapped(b"meta", bytes(4) + handler + b"".join(_tables((), entries).values()))


def rewritten(boxes: Boxes, meta: Atom, found: List, entries: Sequence[Entry]) -> bytes:
    """The `meta` box with these entries in place of those found, all else as it is; nothing when none is left.

    Raises:
        BadContent: items whose keys are not in the table, which would change their meaning.
    """
    if not entries:
        return b""
    new = {b"ilst": _plain(entries)}
    if found.names is not None:
        if any(not e.name for e in entries):
            raise BadContent("a metadata list has an item without a key; it is damaged and is left as it is")
        unused = set(found.names) - {e.name for e in found.entries}
        new = _tables([n for n in found.names if n in unused], entries)
    children = list(boxes.inside(meta))
    parts = [boxes.read(meta.body, children[0].start if children else meta.end)]
    parts += [new.pop(c.kind, b"") if c.kind in (b"keys", b"ilst") else boxes.read(c.start, c.end) for c in children]
    return wrapped(b"meta", b"".join((*parts, *new.values())))


def _names(boxes: Boxes, table: Atom) -> Iterator[bytes]:
    """The entries of the keys table: a name space of four letters, and the key."""
    body = boxes.read(table.body, table.end)
    at = 8
    for _ in range(int.from_bytes(body[4:8], "big")):
        size = int.from_bytes(body[at : at + 4], "big")
        if size < 8 or at + size > len(body):
            raise BadContent(f"a table of metadata keys is damaged at byte {table.body + at}")
        yield body[at + 4 : at + size]
        at += size


def _entry(boxes: Boxes, item: Atom, names: tuple[bytes, ...] | None) -> Entry:
    body = boxes.read(item.body, item.end)
    parts = {c.kind: c for c in reversed(list(boxes.inside(item)))}  # the first of each kind
    text = _text(boxes, parts[b"data"]) if b"data" in parts else None
    if names is not None:
        number = int.from_bytes(item.kind, "big")
        name = names[number - 1] if 1 <= number <= len(names) else b""
        return Entry(name[4:].decode("utf-8", "replace"), text, name, item.kind, body)
    key = item.kind.decode("latin-1")
    if item.kind == b"----" and b"name" in parts:  # iTunes: a key in words
        key = boxes.read(parts[b"name"].body, parts[b"name"].end)[4:].decode("utf-8", "replace")
    return Entry(key, text, b"", item.kind, body)


def _text(boxes: Boxes, data: Atom) -> str | None:
    """The value, if it is said to be text, or is of no known kind and reads as UTF-8."""
    kind = int.from_bytes(boxes.read(data.body, min(data.body + 4, data.end)), "big")
    if kind not in (0, _UTF8, _UTF16):
        return None
    if data.end - data.body > MAX_FIELD:
        raise TooLarge(f"metadata of more than {MAX_FIELD} bytes in one field is not read")
    value = boxes.read(data.body, data.end)[8:]
    if kind == 0:
        try:
            return value.decode() if b"\0" not in value else None
        except UnicodeDecodeError:
            return None
    return value.decode("utf-8" if kind == _UTF8 else "utf-16-be", "replace")


def _tables(unused: Sequence[bytes], entries: Sequence[Entry]) -> dict[bytes, bytes]:
    """The `keys` and `ilst` boxes; what stood under one number stays so, and keys without a value stay keys."""
    numbers: dict[tuple[bytes, bytes], int] = {}
    for name, kind in (*((e.name, e.kind) for e in entries), *((name, b"") for name in unused)):
        numbers.setdefault((name, kind), len(numbers) + 1)
    names = b"".join((len(name) + 4).to_bytes(4, "big") + name for name, _ in numbers)
    items = b"".join(wrapped(numbers[e.name, e.kind].to_bytes(4, "big"), e.body) for e in entries)
    table = wrapped(b"keys", bytes(4) + len(numbers).to_bytes(4, "big") + names)
    return {b"keys": table, b"ilst": wrapped(b"ilst", items)}


def _plain(entries: Sequence[Entry]) -> bytes:
    return wrapped(b"ilst", b"".join(wrapped(e.kind, e.body) for e in entries))
