"""Writes a line into Word, PowerPoint and Excel documents: page headers, a text box, print headers."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Iterator
from typing import Literal

from ..errors import Unsupported
from ..formats import _xmlcut as xml
from ..formats._opc import OFFICE, STRICT, Package
from ..media.words import slide_size, slides, worksheets
from ..xmltree import Node

Place = Literal["header", "footer", "cover"]

_SECTIONS = frozenset({"body", "sectPr", "sectPrChange", "headerReference", "footerReference", "titlePg"})
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_STRICT_DRAWING = "http://purl.oclc.org/ooxml/drawingml/main"
_PART_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}+xml"
# Of a slide's letters, whatever font shows them: capitals are 0.7 of the size high in those that Office brings.
_CAPITAL = 0.7
_EMU = 12_700  # a point
# ECMA-376 Part 1, 18.3.1.99: what comes after headerFooter in a worksheet.
_BEHIND = frozenset(
    {
        "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing",
        "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
        "tableParts", "extLst",
    }
)  # fmt: skip


def word(data: bytes, wording: str, place: Place) -> bytes:
    """A right-aligned line in the header (or footer) of every section and kind of page; or a first line (cover)."""
    package = Package.parse(data)
    package.require_unsigned()
    main = package.main()
    if place == "cover":
        part, root = package.tree(main, keep=_SECTIONS)
        body = _body(root)
        package.parts[main] = xml.put(part, body, body.inside, _paragraph(wording, xml.space(root), "center"))
        return package.data()
    given = set(package.related(place, main))
    for name in given:
        part, root = package.tree(name, keep=frozenset())
        package.parts[name] = xml.put(part, root, root.inside, _paragraph(wording, xml.space(root), "right"))
    _complete(package, main, place, wording)
    return package.data()


def _body(root: Node) -> Node:
    found = next((n for n in root.children if xml.local(n) == "body"), None)
    if found is None:
        raise Unsupported("a Word document without a body has no place for a label")
    return found


def _complete(package: Package, main: str, place: str, wording: str) -> None:
    """Give each section that has no header of a kind, nor inherits one, a new one with the line in it."""
    part, root = package.tree(main, keep=_SECTIONS)
    space, body = xml.space(root), _body(root)
    sections = list(_sections(body))
    missing = _missing(sections, place, _has_even_pages(package, main)) if sections else [(None, "default")]
    if not missing:
        return
    name = _free(package, posixpath.join(posixpath.dirname(main), f"{place}Label"))
    tag = "hdr" if place == "header" else "ftr"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    content = f'{head}<w:{tag} xmlns:w="{space}">{_paragraph(wording, space, "right")}</w:{tag}>'
    relation = package.add(name, content.encode(), _PART_TYPE.format(place), kind=place, of=main)
    office = (STRICT if package.is_strict() else OFFICE).rstrip("/")
    for section, kind in reversed(missing):
        reference = f'<w:{place}Reference xmlns:w="{space}" xmlns:r="{office}" w:type="{kind}" r:id="{relation}"/>'
        if section is None:
            part = xml.appended(part, body, f'<w:sectPr xmlns:w="{space}">{reference}</w:sectPr>')
        else:
            part = xml.put(part, section, section.inside, reference)
    package.parts[main] = part


def _sections(node: Node) -> Iterator[Node]:
    """The sections in order, without those that a tracked change remembers."""
    for child in node.children:
        if xml.local(child) == "sectPr":
            yield child
        elif xml.local(child) != "sectPrChange":
            yield from _sections(child)


def _missing(sections: list[Node], place: str, even: bool) -> list[tuple[Node | None, str]]:
    """Each section with the kind of page for which it must be given a header, in the order of the document."""
    found: list[tuple[Node | None, str]] = []
    had: set[str] = set()
    for section in sections:
        names = [(xml.local(n), n) for n in section.children]
        had |= {_attribute(n, "type") for name, n in names if name == f"{place}Reference"}
        title = any(name == "titlePg" and _attribute(n, "val") not in ("0", "false", "off") for name, n in names)
        for kind in ("default", *(("first",) if title else ()), *(("even",) if even else ())):
            if kind not in had:
                found.append((section, kind))
                had.add(kind)
    return found


def _attribute(node: Node, name: str) -> str:
    return next((v for k, v in node.attributes.items() if k.rpartition("}")[2] == name), "")


def _has_even_pages(package: Package, main: str) -> bool:
    for part in package.related("settings", main)[:1]:
        root = package.tree(part, keep=frozenset({"evenAndOddHeaders"}))[1]
        return any(_attribute(n, "val") not in ("0", "false", "off") for n in root.children)
    return False


def _free(package: Package, stem: str) -> str:
    taken = {name.casefold() for name in package.names()}
    return next(n for n in (f"{stem}{i}.xml" for i in range(1, len(taken) + 2)) if n.casefold() not in taken)


def _paragraph(wording: str, space: str, aligned: str) -> str:
    return (
        f'<w:p xmlns:w="{space}"><w:pPr><w:jc w:val="{aligned}"/></w:pPr><w:r><w:rPr><w:b/><w:color w:val="000000"/>'
        f'<w:sz w:val="24"/></w:rPr><w:t>{xml.text(wording)}</w:t></w:r></w:p>'
    )


def show(data: bytes, wording: str, place: Place, *, every: bool, ratio: float) -> bytes:
    """A text box at the upper (or lower) right of the first slide that is shown, or of every one, black on white.

    Its capitals are `ratio` of the slide's shortest side high in the fonts that Office brings.
    """
    package = Package.parse(data)
    package.require_unsigned()
    names = slides(package)
    if not names:
        raise Unsupported("a presentation without slides has no place for a label")
    width, height = slide_size(package)
    points = math.ceil(ratio * min(width, height) / _EMU / _CAPITAL)
    across = round(sum(1.0 if ord(c) > 0x2E7F else 0.7 for c in wording) * 1.1 * points * _EMU)
    tall, margin = round(1.3 * points * _EMU), min(width, height) // 50
    if across + 2 * margin > width:
        raise Unsupported(f"a slide is too narrow for {wording!r}; choose a shorter wording")
    box = (width - margin - across, height - margin - tall if place == "footer" else margin, across, tall)
    shown = [name for name in names if package.tree(name, keep=frozenset())[1].attributes.get("show") != "0"]
    for name in names if every else (*shown, *names)[:1]:
        part, root = package.tree(name)
        tree = next((n for n in root.walk() if xml.local(n) == "spTree"), None)
        if tree is None:
            raise Unsupported(f"{name} has no place for shapes")
        ids = [
            int(v) for n in root.walk() if xml.local(n) == "cNvPr" and (v := n.attributes.get("id", ""))[:9].isdecimal()
        ]
        last = tree.children[-1:] if tree.children and xml.local(tree.children[-1]) == "extLst" else []
        at = last[0].start if last else tree.outside
        drawing = _STRICT_DRAWING if package.is_strict() else _DRAWING
        markup = _shape(wording, box, points, max([*ids, 1]) + 1, (xml.space(root), drawing))
        package.parts[name] = xml.put(part, tree, at, markup)
    return package.data()


def _shape(wording: str, box: tuple[int, int, int, int], points: int, id: int, spaces: tuple[str, str]) -> str:
    x, y, across, tall = box
    return (
        f'<p:sp xmlns:p="{spaces[0]}" xmlns:a="{spaces[1]}"><p:nvSpPr><p:cNvPr id="{id}" name={xml.quoted(wording)}/>'
        f'<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{x}" y="{y}"/>'
        f'<a:ext cx="{across}" cy="{tall}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        '<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill></p:spPr><p:txBody>'
        '<a:bodyPr wrap="none" lIns="0" tIns="0" rIns="0" bIns="0" anchor="ctr"/><a:lstStyle/><a:p>'
        f'<a:pPr algn="ctr"/><a:r><a:rPr sz="{points * 100}" b="1"><a:solidFill><a:srgbClr val="000000"/></a:solidFill>'
        f"</a:rPr><a:t>{xml.text(wording)}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def sheets(data: bytes, wording: str, place: Place) -> bytes:
    """The line in the print header (or footer) of every sheet of cells; no cell is touched.

    It is seen in print, in print preview and page layout, not on the grid: see docs/labels.md.
    """
    package = Package.parse(data)
    package.require_unsigned()
    names = worksheets(package)
    if not names:
        raise Unsupported("a workbook without worksheets in XML has no place for a label; save it as XLSX")
    for name in names:
        package.parts[name] = _with_header(*package.tree(name, keep=_BEHIND | _HEADERS), wording, place)
    return package.data()


_HEADERS = frozenset({
    "headerFooter", "oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter",
})  # fmt: skip


def _with_header(data: bytes, root: Node, wording: str, place: Place) -> bytes:
    """The sheet with the line at the right of each header that is in use (18.3.1.46: odd, even, first, in order)."""
    code = wording.replace("&", "&&")
    kind = "Footer" if place == "footer" else "Header"
    name = f"{xml.prefix(data, root)}{{}}"
    group = next((n for n in root.children if xml.local(n) == "headerFooter"), None)
    if group is None:
        at = next((n.start for n in root.children if xml.local(n) in _BEHIND), root.outside)
        tag, one = name.format("headerFooter"), name.format(f"odd{kind}")
        return xml.put(data, root, at, f"<{tag}><{one}>{xml.text(f'&R{code}')}</{one}></{tag}>")
    texts = {xml.local(n): n.text for n in group.children}
    used = ["odd"] + [w for w, flag in (("even", "differentOddEven"), ("first", "differentFirst"))
                      if group.attributes.get(flag) in ("1", "true")]  # fmt: skip
    for which in used:
        texts[f"{which}{kind}"] = _right(texts.get(f"{which}{kind}", ""), code)
    order = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
    inner = "".join(f"<{name.format(k)}>{xml.text(texts[k])}</{name.format(k)}>" for k in order if k in texts)
    if group.empty_tag(data):
        return xml.put(data, group, group.inside, inner)
    return data[: group.inside] + inner.encode() + data[group.outside :]


def _right(text: str, code: str) -> str:
    """A header's codes with the line at the right, above what stands there."""
    before, section, after = text.partition("&R")
    return f"{before}&R{code}\n{after}" if section else f"{text}&R{code}"
