"""The words of a text, whatever file and typography they came in: version 1, part of the meaning of text methods."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from ..evidence import Media

if TYPE_CHECKING:
    from ..asset import Asset

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# What nobody sees: variation selectors (C2PA Annex A.8 writes whole manifests in them), and format characters such as
# zero-width spaces and joiners, soft hyphens, direction marks and tags.
_SELECTORS = frozenset([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
_UNSEEN = ("script", "style", "template", "head")


def words(asset: Asset) -> str:
    """The visible text: NFKC, without what nobody sees, runs of white space as one space.

    Front matter and comments of Markdown, tags, scripts and the head of HTML, and headers and footers of documents are
    left out.

    Raises:
        BadContent: not text, or a document that cannot be read.
        TooLarge: more than the asset's limits allow.
        MissingExtra: what reads PDF is not installed.
    """
    if asset.media is Media.DOCUMENT:
        from ..media.words import text_of

        return normalised(text_of(asset))
    text = asset.text()
    if asset.format == "html":
        text = _html(text)
    elif asset.format == "markdown":
        text = _COMMENT.sub("", _FRONT_MATTER.sub("", text))
    return normalised(text)


def normalised(text: str) -> str:
    """`text` in NFKC, without unseen characters, runs of white space as one space.

    Law: `normalised(normalised(x)) == normalised(x)`.
    """
    seen = "".join(c for c in text if ord(c) not in _SELECTORS and (c in "\t\n\r" or unicodedata.category(c) != "Cf"))
    return " ".join(unicodedata.normalize("NFKC", seen).split())


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        elif tag == "body":
            self._unseen.clear()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def _html(text: str) -> str:
    parser = _Visible()
    parser.feed(text)
    parser.close()
    return " ".join(parser.parts)


def weight(text: str) -> int:
    """How much a text says, in letters: a character of Chinese, Japanese or Korean says as much as two."""
    return len(text) + sum(
        1 for c in text if "\u2e80" <= c <= "\ud7ff" or "\uf900" <= c <= "\ufaff" or c > "\U0001ffff"
    )
