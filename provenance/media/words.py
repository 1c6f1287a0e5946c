"""The words of a document and where they stand: in a header, a footer, on a slide, in what is read from end to end."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..asset import Asset
from ..errors import TooLarge, Unsupported
from ..formats import _html
from ..formats._opc import Package
from ..formats.epub import Book
from ..xmltree import Node

MAX_CHARACTERS = 8_000_000  # of one document; a book of a thousand pages has some two million
MAX_PARTS = 500  # slides, sheets, chapters, headers that are looked at

Place = Literal["header", "footer", "edge", "body"]

_WORDS = frozenset({"body", "p", "t", "tab", "br", "cr"})
_SHAPES = frozenset({"sp", "nvPr", "ph", "spPr", "off", "ext", "txBody", "p", "t", "br", "fld"})
_SHEET = frozenset({"oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter"})
_STRINGS = frozenset({"si", "is", "t"})
_HEADING = frozenset({"title", "ctrTitle", "subTitle"})
_AT_EDGE = 5  # a shape within a fifth of the slide's height from its upper or lower edge
_SHEET_CODES = re.compile(r'&(?:"[^"]*"|[0-9]{1,3}|K[0-9A-Fa-f]{6}|[A-Za-z&])')
_BLOCK_BYTES = 4 << 20  # of one chapter
_INLINE = frozenset(
    {"a", "abbr", "b", "em", "i", "mark", "small", "span", "strong", "u", "font", "label", "code", "sup"}
)
_HIDDEN = frozenset({"script", "style", "title", "template", "head"})


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that stand together: `where` names the page, slide or part."""

    place: Place
    text: str
    where: str


def text_of(asset: Asset) -> str:
    """The text of a document from its first to its last page, a line for each paragraph, without headers and footers.

    Text files give their own text. A PDF gives that of its first pages (`_pdf_words`), as far as its fonts tell which
    characters they show; a scan gives none.

    Raises:
        Unsupported: not a text or document.
        BadContent: damaged.
        TooLarge: more than `MAX_CHARACTERS`, or another limit.
        MissingExtra: a PDF, and pikepdf or pypdf is not installed.
    """
    if asset.format not in _READERS:
        return asset.text()
    return "\n".join(p.text for p in passages(asset) if p.place in ("body", "edge"))


def passages(asset: Asset, *, ends: bool = False) -> tuple[Passage, ...]:
    """All passages of a document in the order they are read; with `ends` a PDF is read at its ends alone.

    Raises:
        As `text_of`.
    """
    reader = _READERS.get(asset.format)
    if reader is None:
        raise Unsupported(f"{asset.ref.name}: the words of {asset.format} files are not read as those of a document")
    found, total = [], 0
    for passage in reader(asset.data, ends):
        total += len(passage.text)
        if total > MAX_CHARACTERS:
            raise TooLarge(f"{asset.ref.name}: more than {MAX_CHARACTERS} characters of text")
        if passage.text:
            found.append(passage)
    return tuple(found)


def _word(data: bytes, _: bool) -> Iterator[Passage]:
    package = Package.parse(data)
    main = package.main()
    for kind in ("header", "footer"):
        for part in package.related(kind, main)[:MAX_PARTS]:
            yield Passage(
                "header" if kind == "header" else "footer", _paragraphs(package.tree(part, keep=_WORDS)[1]), part
            )
    yield Passage("body", _paragraphs(package.tree(main, keep=_WORDS)[1]), main)


def _show(data: bytes, _: bool) -> Iterator[Passage]:
    package = Package.parse(data)
    for number, part in enumerate(slides(package)[:MAX_PARTS], 1):
        height = slide_size(package)[1]
        for shape in (n for n in package.tree(part, keep=_SHAPES)[1].walk() if _local(n) == "sp"):
            if text := _paragraphs(shape):
                yield Passage(_shape_place(shape, height), text, f"slide {number}")


def slides(package: Package) -> tuple[str, ...]:
    """The slides of a presentation, in the order they are shown."""
    main = package.main()
    targets = {r.id: r.target for r in package.relationships(main) if r.kind == "slide" and r.target in package}
    _, root = package.tree(main, keep=frozenset({"sldIdLst", "sldId"}))
    ids = ((v for k, v in n.attributes.items() if k.endswith("}id")) for n in root.walk() if _local(n) == "sldId")
    return tuple(targets[i] for found in ids for i in found if i in targets)


def slide_size(package: Package) -> tuple[int, int]:
    """Width and height of the slides, in EMU (914,400 an inch)."""
    _, root = package.tree(package.main(), keep=frozenset({"sldSz"}))
    for node in root.children:
        values = [node.attributes.get(k, "") for k in ("cx", "cy")]
        if all(re.fullmatch(r"[1-9][0-9]{3,8}", v) for v in values):
            return int(values[0]), int(values[1])
    return 9_144_000, 6_858_000  # ECMA-376 Part 1, 19.2.1.39


def _shape_place(shape: Node, height: int) -> Place:
    """Where a shape stands on its slide; one that only its layout places counts as content, but for footers."""
    below = list(shape.walk())
    kinds = {n.attributes.get("type") for n in below if _local(n) == "ph"}
    if kinds & {"ftr", "hdr"}:
        return "footer" if "ftr" in kinds else "header"
    top = next((n.attributes.get("y", "") for n in below if _local(n) == "off"), "")
    tall = next((n.attributes.get("cy", "") for n in below if _local(n) == "ext"), "")
    if kinds & _HEADING or not (top[:12].lstrip("-").isdecimal() and tall[:12].isdecimal()):
        return "body"
    upper, lower = int(top[:12]), int(top[:12]) + int(tall[:12])
    return "edge" if lower * _AT_EDGE <= height or (height - upper) * _AT_EDGE <= height else "body"


def _sheets(data: bytes, _: bool) -> Iterator[Passage]:
    package = Package.parse(data)
    main = package.main()
    for part in worksheets(package)[:MAX_PARTS]:
        root = package.tree(part, keep=_SHEET | _STRINGS)[1]
        yield Passage("body", _strings(root), part)
        for node in (n for n in root.children if _local(n) in _SHEET):
            text = _SHEET_CODES.sub(_plain_code, node.text).strip()
            yield Passage("header" if _local(node).endswith("Header") else "footer", text, part)
    for part in package.related("shared-strings", main)[:1]:
        yield Passage("body", _strings(package.tree(part, keep=_STRINGS)[1]), part)


def worksheets(package: Package) -> tuple[str, ...]:
    """The sheets of cells; those of a binary workbook (XLSB) cannot be looked into."""
    return tuple(name for name in package.related("worksheet", package.main()) if name.lower().endswith(".xml"))


def _plain_code(code: re.Match[str]) -> str:
    """What a code of a sheet's header shows (ECMA-376 Part 1, 18.3.1.39): parts begin a line, fonts show nothing."""
    return {"&L": "\n", "&C": "\n", "&R": "\n", "&&": "&"}.get(code[0], "")


def _strings(root: Node) -> str:
    """A line for each string of cells, shared or in its place."""
    return "\n".join("".join(t.text for t in n.children) for n in root.children if _local(n) in ("si", "is"))


def _book(data: bytes, _: bool) -> Iterator[Passage]:
    book = Book.parse(data)
    for name in book.spine()[:MAX_PARTS]:
        chapter = book.archive.read(name, most=_BLOCK_BYTES)
        yield Passage("body", "\n".join(seen_lines(chapter.decode("utf-8", "replace"))), name)


def seen_lines(markup: str) -> list[str]:
    """The text that a page shows, a line for each block that has any."""
    parts, at, hidden = [], 0, ""
    for tag in (*_html.tags(markup), None):
        start = tag.start if tag else len(markup)
        if not hidden:
            parts.append(re.sub(r"<!--(?:(?!-->)[\s\S])*(?:-->|\Z)", "", markup[at:start]).replace("\n", " "))
        if tag is None:
            break
        at, name = tag.end, tag.name
        if name in _HIDDEN:
            hidden = "" if tag.closing or tag.inner.endswith("/") else hidden or name
        parts.append("" if name in _INLINE else "\n")
    lines = (" ".join(line.split()) for line in html.unescape("".join(parts)).splitlines())
    return [line for line in lines if line]


def _pdf(data: bytes, ends: bool) -> Iterator[Passage]:
    from . import _pdf_words

    for number, place, text in _pdf_words.passages(data, ends=ends):
        yield Passage(place, text, f"page {number}")


def _paragraphs(root: Node) -> str:
    """A line for each paragraph: its words, tabs and breaks."""
    lines = []
    for paragraph in (n for n in root.walk() if _local(n) == "p"):
        # A text box holds paragraphs of its own within one; those come by themselves.
        pieces = [_said(n) for n in _own(paragraph)]
        if line := "".join(pieces).strip():
            lines.append(line)
    return "\n".join(lines)


def _own(paragraph: Node) -> Iterator[Node]:
    """What is in a paragraph but not in one that it holds."""
    pending = list(reversed(paragraph.children))
    while pending:
        node = pending.pop()
        if _local(node) != "p":
            yield node
            pending.extend(reversed(node.children))


def _said(node: Node) -> str:
    return {"t": node.text, "tab": "\t", "br": "\n", "cr": "\n"}.get(_local(node), "")


def _local(node: Node) -> str:
    return node.tag.rpartition("}")[2]


_READERS = {"docx": _word, "pptx": _show, "xlsx": _sheets, "epub": _book, "pdf": _pdf}
