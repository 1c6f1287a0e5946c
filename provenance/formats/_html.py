"""Walks over HTML tags in linear time, whatever the markup; enough to find a head, a meta element and the words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

# Quoted values may hold ">". The alternatives begin with different characters, so that no input takes long.
_TAG = re.compile(r"""<(/?)([A-Za-z][^\s/>"']*)((?:"[^"]*"|'[^']*'|[^>"'])*)>""")
_ATTRIBUTE = re.compile(r"""([^\s=/>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_RAW = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed"})  # no tags within (13.1.2)


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag; `text[start:end]` is the tag."""

    name: str
    closing: bool
    inner: str
    start: int
    end: int

    def attributes(self) -> dict[str, str]:
        """The attributes, names in lower case, character references resolved; the first of a name counts."""
        found: dict[str, str] = {}
        for name, value in _ATTRIBUTE.findall(self.inner):
            bare = value[1:-1] if value[:1] in ("'", '"') and value else value
            found.setdefault(name.lower(), html.unescape(bare))
        return found


def tags(text: str) -> Iterator[Tag]:
    """The tags in order, without those in comments and raw text; a tag that never ends, ends the walk."""
    at = text.find("<")
    while at >= 0:
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
            if end < 0:
                return
            at = text.find("<", end + 3)
            continue
        if not text[at + 1 : at + 3].strip("/")[:1].isalpha():
            at = text.find("<", at + 1)
            continue
        match = _TAG.match(text, at)
        if match is None:
            return
        tag = Tag(match[2].lower(), bool(match[1]), match[3], at, match.end())
        yield tag
        end = tag.end
        if tag.name in _RAW and not tag.closing:
            closing = re.compile(rf"</{re.escape(tag.name)}\b", re.IGNORECASE).search(text, end)
            if closing is None:
                return
            end = closing.start()
        at = text.find("<", end)
