"""HTML: an AIGC field as a meta element of the head (our own choice: no guide that we read names a place)."""

from __future__ import annotations

import html as markup
import re
from dataclasses import replace

from ..errors import BadContent, Unsupported
from . import AigcForm, Format, Unwanted
from . import _ifd as ifd
from ._html import Tag, tags

_HEAD_BYTES = 1 << 20  # a head is looked for up to here
_PLACE = "HTML meta"
_BODY = re.compile(r"</head\b|<body\b", re.IGNORECASE)


class Html:
    """The meta elements of the head. Bytes are taken as Latin-1 while cutting, which keeps every other one as it is."""

    name = "html"
    formats = frozenset({"html"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """An empty page."""
        return b'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title></title></head><body></body></html>\n'

    def read_xmp(self, data: bytes) -> bytes | None:
        """None: HTML carries no packet."""
        return None

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """Refused, but for None."""
        if packet is None:
            return data
        raise Unsupported("an HTML page has no place for XMP; label its pictures")

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """Name and content of every meta element in the head."""
        return tuple(field for tag in _head(_text(data)) if (field := _field(tag)))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """A meta element where the first of that name stood, else behind the character set or the head's start."""
        text = _text(data)
        walk = _head(text)
        old = [t for t in walk if (field := _field(t)) and field[1] == key]
        at, end = (old[0].start, old[0].end) if old else (_insertion(walk),) * 2
        element = "" if value is None else f'<meta name="{key}" content="{_escaped(value)}">'
        for tag in reversed(old[1:]):
            text = text[: tag.start] + text[tag.end :]
        return (text[:at] + element + text[end:]).encode("latin-1")

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted meta elements are cut out."""
        text = _text(data)
        for tag in reversed(_head(text)):
            if (field := _field(tag)) and unwanted(*field):
                text = text[: tag.start] + text[tag.end :]
        return text.encode("latin-1")

    def essence(self, data: bytes) -> bytes:
        """The page without its AIGC element."""
        return self.write_field(data, "AIGC", None)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadContent("an HTML page in UTF-16; save it as UTF-8")
    return data.decode("latin-1")


def _head(text: str) -> tuple[Tag, ...]:
    """The tags up to the end of the head."""
    body = _BODY.search(text, 0, _HEAD_BYTES)
    return tuple(tags(text[: body.start() if body else _HEAD_BYTES]))


def _field(tag: Tag) -> tuple[str, str, str] | None:
    if tag.name != "meta" or tag.closing:
        return None
    # Back from Latin-1 to what the page most likely is.
    attributes = replace(tag, inner=ifd.plain(tag.inner.encode("latin-1"))).attributes()
    return (_PLACE, attributes["name"], attributes.get("content", "")) if "name" in attributes else None


def _insertion(walk: tuple[Tag, ...]) -> int:
    """Behind the character set, which must stand within the first 1024 bytes (HTML, 4.2.5.4), else after <head>."""
    for tag in walk:
        if tag.name == "meta" and "charset" in tag.inner.lower():
            return tag.end
    for name in ("head", "html"):
        for tag in walk:
            if tag.name == name and not tag.closing:
                return tag.end
    raise Unsupported("an HTML fragment without html or head element; label the page that it becomes part of")


def _escaped(value: str) -> str:
    """`value` for an attribute, in ASCII whatever the page's encoding."""
    return markup.escape(value).encode("ascii", "xmlcharrefreplace").decode()


format: Format = Html()  # noqa: A001  the contract's name
