"""Writes a line at the edge of a PDF's pages by an incremental update; the content streams that were there stay."""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Literal

from ..errors import Unsupported
from ..formats import _pdf
from . import _cid_font
from ._wording import elements

if TYPE_CHECKING:
    from pikepdf import Page, Pdf

_FONT_KEY = "/IndiciaLabel"
_MARGIN = 0.02  # of the shortest side
_PLATE = 0.25  # of the letters' size, around them
_MAX_PAGES = 20_000
_TO_UNICODE = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Indicia def /CMapType 2 def\n"
    "1 begincodespacerange <0000> <FFFF> endcodespacerange\n{rows}endcmap end end\n"
)


def put(data: bytes, wording: str, *, place: Literal["header", "footer"], every: bool, ratio: float) -> bytes:
    """The document with `wording` at the upper or lower right of the first page, or of every one, black on white.

    The lower of the two elements of the wording (AI, generation) is `ratio` of the shortest side of the page high.

    Raises:
        Unsupported: encrypted, signed, without pages, a character that the font lacks, or a page too narrow.
        BadContent, TooLarge: as `formats._pdf.opened`.
    """
    from .visible import FONT

    font = _cid_font.load(FONT)
    font.require(wording)
    with _pdf.opened(data, repair=False) as pdf:
        _pdf.require_changeable(data, pdf)
        if not len(pdf.pages):
            raise Unsupported("a PDF without pages has no place for a label")
        free = _pdf.free_number(pdf)
        objects = _font_objects(font, wording, free)
        before, after = free + len(objects), free + len(objects) + 1
        objects[before, 0] = _stream(b"q\n")
        for page in list(pdf.pages)[: _MAX_PAGES if every else 1]:
            if not 0 < page.obj.objgen[0] < int(pdf.trailer["/Size"]):  # qpdf has put it right in memory alone
                raise Unsupported("the PDF has pages that are no objects of their own; repair it first (qpdf IN OUT)")
            objects[after, 0] = _stream(_line(page, font, wording, place, ratio))
            objects[page.obj.objgen] = _page(pdf, page, free, before, after)
            after += 1
        return _pdf.updated(data, pdf, objects, None)


def _font_objects(font: _cid_font.CidFont, text: str, free: int) -> dict[tuple[int, int], bytes]:
    """The five objects of a composite font (ISO 32000-2, 9.7), from the number `free` on."""
    name = f"INDCIA+{font.name}".encode()
    shown = sorted({font.cids[c]: c for c in text}.items())
    widths = b" ".join(b"%d [%d]" % (cid, font.widths[cid]) for cid, _ in shown)
    rows = "".join(f"1 beginbfchar <{cid:04X}> <{c.encode('utf-16-be').hex().upper()}> endbfchar\n" for cid, c in shown)
    outlines = zlib.compress(font.cff, 9)
    top = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /%b /Encoding /Identity-H /DescendantFonts [%d 0 R] "
        b"/ToUnicode %d 0 R >>"
    )
    below = (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /%b /FontDescriptor %d 0 R /DW 1000 /W [%b] "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    descriptor = (
        b"<< /Type /FontDescriptor /FontName /%b /Flags 4 /FontBBox [-1013 -1046 2927 1806] /ItalicAngle 0 /Ascent 880 "
        b"/Descent -120 /CapHeight 733 /StemV 140 /FontFile3 %d 0 R >>"
    )
    file = b"<< /Subtype /CIDFontType0C /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream"
    made = (
        top % (name, free + 1, free + 4), below % (name, free + 2, widths), descriptor % (name, free + 3),
        file % (len(outlines), outlines), _stream(_TO_UNICODE.format(rows=rows).encode()),
    )  # fmt: skip
    return {(free + i, 0): content for i, content in enumerate(made)}


def _line(page: Page, font: _cid_font.CidFont, text: str, place: str, ratio: float) -> bytes:
    """What is drawn behind the page's own content: its graphics state taken back, a plate, the words."""
    left, bottom, right, top = sorted_box(page)
    turn = int(page.rotation) % 360
    across, up = (top - bottom, right - left) if turn in (90, 270) else (right - left, top - bottom)
    size = ratio * min(across, up) / ink_ratio(text)
    margin, pad = _MARGIN * min(across, up), _PLATE * size
    width, height = font.width(text) * size, size
    if width + 2 * pad + 2 * margin > across or height + 2 * margin > up:
        raise Unsupported(
            f"a page of {across:.0f} x {up:.0f} points is too small for {text!r}; choose a shorter wording"
        )
    x = across - margin - pad - width
    y = up - margin - height if place == "header" else margin
    # The page is shown turned clockwise: upright coordinates become those of the page itself.
    turned = {
        90: (0, 1, -1, 0, right, bottom), 180: (-1, 0, 0, -1, right, top), 270: (0, -1, 1, 0, left, top),
    }.get(turn, (1, 0, 0, 1, left, bottom))  # fmt: skip
    matrix = " ".join(f"{v:.3f}" for v in turned)
    where = "/Header /Attached [/Top]" if place == "header" else "/Footer /Attached [/Bottom]"
    # 120 thousandths is how far glyphs reach below the line (hhea of the font).
    return (
        f"\nQ\n/Artifact << /Type /Pagination /Subtype {where} >> BDC q {matrix} cm\n"
        f"1 1 1 rg {x - pad:.3f} {y:.3f} {width + 2 * pad:.3f} {height:.3f} re f\n"
        f"0 0 0 rg BT {_FONT_KEY} {size:.3f} Tf {x:.3f} {y + 0.12 * size:.3f} Td <{font.codes(text)}> Tj ET\nQ EMC\n"
    ).encode()


def sorted_box(page: Page) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of what is shown of a page, in points."""
    a, b, c, d = (float(v) for v in page.cropbox)
    return min(a, c), min(b, d), max(a, c), max(b, d)


@cache
def ink_ratio(text: str) -> float:
    """The height of the lower of the two elements in `text`, over the size of the letters."""
    from .visible import FONT, _font, _ink_height

    font = _font(FONT, 1000)
    return min(_ink_height(font, element) for element in elements(text) or (text,)) / 1000


def _page(pdf: Pdf, page: Page, font: int, before: int, after: int) -> bytes:
    """The page with its content between the two streams, and the font among its resources."""
    import pikepdf

    entries = {str(k): _pdf.as_text(v) for k, v in page.obj.items()}
    held = page.obj.get("/Contents")
    streams = list(held.as_list()) if isinstance(held, pikepdf.Array) else [held] if held is not None else []
    refs = b" ".join(_pdf.as_text(s) for s in streams)
    entries["/Contents"] = b"[%d 0 R %b %d 0 R]" % (before, refs, after)
    resources = {str(k): _pdf.as_text(v) for k, v in page.resources.items()}
    fonts = page.resources.get("/Font")
    named = {str(k): _pdf.as_text(v) for k, v in fonts.items()} if isinstance(fonts, pikepdf.Dictionary) else {}
    named[_FONT_KEY] = b"%d 0 R" % font
    entries["/Resources"] = _pdf.as_dictionary({**resources, "/Font": _pdf.as_dictionary(named)})
    return _pdf.as_dictionary(entries)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)
