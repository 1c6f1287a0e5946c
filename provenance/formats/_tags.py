"""The tags of Matroska (RFC 9559, 5.1.8): read, taken out and added in the bytes of one Tags element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import TooLarge
from . import MAX_FIELD
from ._ebml import CRC, Element, built, checked, elements, header
from ._ifd import plain

PLACE = "Matroska tag"
TAGS = 0x1254C367
_TAG, _TARGETS, _SIMPLE, _NAME, _STRING = 0x7373, 0x63C0, 0x67C8, 0x45A3, 0x4487
MAX_DEPTH = 16  # tags within tags; real files have two or three


@dataclass(frozen=True, slots=True)
class Simple:
    """One SimpleTag: where its element begins, its name and its text."""

    start: int
    name: str
    text: str

    @property
    def field(self) -> tuple[str, str, str]:
        """As (place, key, value)."""
        return PLACE, self.name, self.text


def simples(data: bytes) -> Iterator[Simple]:
    """Every SimpleTag with text in the bytes of a Tags element, those within others too.

    Raises:
        BadContent: damaged.
        TooLarge: a text, or a depth, beyond the limits.
    """
    top = header(data, 0, len(data))
    for tag in elements(data, top.body, top.end):
        if tag.id == _TAG:
            yield from _inner(data, tag, 0)


def _inner(data: bytes, holder: Element, depth: int) -> Iterator[Simple]:
    if depth > MAX_DEPTH:
        raise TooLarge(f"Matroska tags more than {MAX_DEPTH} deep")
    for one in elements(data, holder.body, holder.end):
        if one.id != _SIMPLE:
            continue
        parts = {part.id: part for part in elements(data, one.body, one.end)}
        if _NAME in parts and _STRING in parts:
            yield Simple(one.start, _text(data, parts[_NAME]), _text(data, parts[_STRING]))
        yield from _inner(data, one, depth + 1)


def _text(data: bytes, part: Element) -> str:
    if part.end - part.body > MAX_FIELD:
        raise TooLarge(f"a Matroska tag of more than {MAX_FIELD} bytes")
    return plain(data[part.body : part.end].split(b"\0", 1)[0])  # RFC 8794, 7.4: NUL ends it, and may pad it


def without(data: bytes, gone: frozenset[int]) -> bytes:
    """The Tags element without the SimpleTags that begin at these places; nothing when none is left in it."""
    top = header(data, 0, len(data))
    kept = _pruned(data, top, gone)
    return kept if any(one.id == _TAG for one in _children(kept)) else b""


def _children(data: bytes) -> Iterator[Element]:
    top = header(data, 0, len(data))
    return elements(data, top.body, top.end)


def _pruned(data: bytes, holder: Element, gone: frozenset[int]) -> bytes:
    """An element without those, and without tags that they leave empty; checksums set right."""
    if not any(holder.start < at < holder.end for at in gone):
        return data[holder.start : holder.end]
    children = list(elements(data, holder.body, holder.end))
    kept = [(one, _pruned(data, one, gone)) for one in children if one.start not in gone and one.id != CRC]
    if holder.id == _TAG and not any(one.id == _SIMPLE for one, _ in kept):
        return b""
    body = b"".join(new for _, new in kept)
    return built(holder.id, checked(body) if children[0].id == CRC else body)


def with_simple(data: bytes, name: str, text: str) -> bytes:
    """The Tags element (none: a new one) with one more tag, which speaks of the whole file."""
    tag = built(
        _TAG, built(_TARGETS, b"") + built(_SIMPLE, built(_NAME, name.encode()) + built(_STRING, text.encode()))
    )
    if not data:
        return built(TAGS, tag)
    top, children = header(data, 0, len(data)), list(_children(data))
    if children and children[0].id == CRC:
        return built(TAGS, checked(data[children[0].end : top.end] + tag))
    return built(TAGS, data[top.body : top.end] + tag)
