"""The words on the pages of a PDF, by pypdf, from pages that qpdf has taken out and made tame first.

pypdf is written in Python: a page made to be slow would take hours. So it only sees copies of the pages whose content
is small enough, without pictures and without drawings that call one another.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from ..errors import BadContent, MissingExtra, TooLarge
from ..formats import _pdf

if TYPE_CHECKING:
    from pikepdf import Object, Page, Pdf

MAX_PAGES = 300
MAX_PAGE = 1 << 20  # bytes of one page's content; a page full of small print has 20 KB
MAX_ALL = 8 << 20
MAX_FONT = 1 << 20  # bytes of a table from codes to characters
_AT_EDGE = 0.12  # of the page's height, at its upper and lower edge, where headers and footers stand
_SAME_LINE = 2.0  # points
_CALL = re.compile(rb"\bDo\b")

Place = Literal["header", "footer", "body"]


def passages(data: bytes, *, ends: bool) -> Iterator[tuple[int, Place, str]]:
    """Page number, place and text of each page's header, body and footer; with `ends` of the first and last page.

    Pages beyond `MAX_PAGES`, and those with more content than the limits, are left out.

    Raises:
        MissingExtra: pikepdf or pypdf is not installed.
        BadContent, TooLarge, Unsupported: as `formats._pdf.opened`; TooLarge when no page is small enough.
    """
    _pdf.require_library()
    try:
        import pypdf
    except ModuleNotFoundError as error:
        raise MissingExtra("reading the words of PDF files", "documents") from error
    _pdf.quiet("pypdf")
    tame, numbers = _tamed(data, ends)
    try:
        reader = pypdf.PdfReader(io.BytesIO(tame), strict=False)
        found = [(n, *p) for n, page in zip(numbers, reader.pages, strict=True) for p in _placed(page)]
    except Exception as error:
        # It raises whatever comes up in Python when an object is of another type than it should be.
        raise BadContent(f"the words of this PDF cannot be read ({type(error).__name__}: {error})") from error
    yield from found


def _tamed(data: bytes, ends: bool) -> tuple[bytes, list[int]]:
    """A PDF of copies of the pages that can be read, and their numbers."""
    import pikepdf

    with _pdf.opened(data, repair=True) as source, pikepdf.new() as copy:
        count, numbers, total = len(source.pages), [], 0
        wanted = sorted({0, count - 1}) if ends and count else range(min(count, MAX_PAGES))
        for index in wanted:
            page = source.pages[index]
            try:
                content = _content(page)
                resources = _resources(source, page, content)
            except TooLarge:
                continue
            total += len(content)
            if total > MAX_ALL:
                break
            box = pikepdf.Array([float(v) for v in page.cropbox])
            new = pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=box, Rotate=int(page.obj.get("/Rotate", 0)))
            new.Contents = pikepdf.Stream(source, content)
            new.Resources = resources
            copy.pages.append(pikepdf.Page(copy.copy_foreign(source.make_indirect(new))))
            numbers.append(index + 1)
        if count and not numbers:
            raise TooLarge(
                f"a PDF whose pages have more than {MAX_PAGE} bytes of content each; their words are not read"
            )
        stream = io.BytesIO()
        copy.save(stream, object_stream_mode=pikepdf.ObjectStreamMode.disable, fix_metadata_version=False)
    return stream.getvalue(), numbers


def _content(page: Page) -> bytes:
    import pikepdf

    held = page.obj.get("/Contents")
    streams = list(held.as_list()) if isinstance(held, pikepdf.Array) else [held]
    parts, left = [], MAX_PAGE
    for stream in streams:
        if isinstance(stream, pikepdf.Stream):
            parts.append(_decoded(stream, left))
            left -= len(parts[-1])
    return b"\n".join(parts)


def _decoded(stream: Object, most: int) -> bytes:
    """A stream's bytes; one in an unusual filter is small enough when qpdf can decode it within its own limits."""
    try:
        return _pdf.stream_data(stream, most)
    except BadContent:
        if len(stream.read_raw_bytes()) > most // 16:
            raise TooLarge("a stream in an unusual filter that may be large") from None
        return bytes(stream.read_bytes())[: most + 1]


def _resources(source: Pdf, page: Page, content: bytes) -> Object:
    """Fonts with what turns codes into characters, and the drawings that the page calls, where that ends soon."""
    import pikepdf

    held = page.resources
    kept = pikepdf.Dictionary()
    fonts = held.get("/Font")
    if isinstance(fonts, pikepdf.Dictionary):
        kept.Font = pikepdf.Dictionary({k: _font(v) for k, v in fonts.items() if isinstance(v, pikepdf.Dictionary)})
    forms = {}
    drawings = held.get("/XObject")
    calls = len(_CALL.findall(content))
    for name, form in drawings.items() if isinstance(drawings, pikepdf.Dictionary) and calls else ():
        if isinstance(form, pikepdf.Stream) and str(form.get("/Subtype")) == "/Form":
            drawn = _decoded(form, MAX_PAGE)
            if calls * len(drawn) <= MAX_PAGE and not _CALL.search(drawn):
                forms[name] = _form(source, form, drawn)
    if forms:
        kept.XObject = pikepdf.Dictionary(forms)
    return kept


def _form(source: Pdf, form: Object, drawn: bytes) -> Object:
    import pikepdf

    new = pikepdf.Stream(source, drawn, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=form.get("/BBox"))
    own = form.get("/Resources")
    fonts = own.get("/Font") if isinstance(own, pikepdf.Dictionary) else None
    if isinstance(fonts, pikepdf.Dictionary):
        named = {k: _font(v) for k, v in fonts.items() if isinstance(v, pikepdf.Dictionary)}
        new.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(named))
    return source.make_indirect(new)


def _font(font: Object) -> Object:
    """The font without its outlines, which say nothing of characters."""
    import pikepdf

    kept = {
        k: v
        for k, v in font.items()
        if k in ("/Type", "/Subtype", "/BaseFont", "/Encoding", "/FirstChar", "/LastChar", "/Widths")
    }
    table = font.get("/ToUnicode")
    if isinstance(table, pikepdf.Stream) and len(_decoded(table, MAX_FONT)) <= MAX_FONT:
        kept["/ToUnicode"] = table
    below = font.get("/DescendantFonts")
    if isinstance(below, pikepdf.Array) and len(below) and isinstance(below[0], pikepdf.Dictionary):
        first = {
            k: v for k, v in below[0].items() if k in ("/Type", "/Subtype", "/BaseFont", "/CIDSystemInfo", "/DW", "/W")
        }
        kept["/DescendantFonts"] = pikepdf.Array([pikepdf.Dictionary(first)])
    return pikepdf.Dictionary(kept)


def _placed(page: Any) -> Iterator[tuple[Place, str]]:
    """The text of a page, parted by the height at which it is shown."""
    box, turn = page.mediabox, page.rotation % 360
    left, bottom, across, up = (float(v) for v in (box.left, box.bottom, box.width, box.height))
    height = across if turn in (90, 270) else up
    lines: dict[Place, list[tuple[float, str]]] = {"header": [], "body": [], "footer": []}

    def visit(text: str, matrix: list[float], inner: list[float], _: object, __: object) -> None:
        if not text.strip():
            return
        x = inner[4] * matrix[0] + inner[5] * matrix[2] + matrix[4] - left
        y = inner[4] * matrix[1] + inner[5] * matrix[3] + matrix[5] - bottom
        # A page is shown turned clockwise (ISO 32000-2, table 31).
        shown = {90: across - x, 180: up - y, 270: x}.get(turn, y)
        place: Place = (
            "header" if shown > (1 - _AT_EDGE) * height else "footer" if shown < _AT_EDGE * height else "body"
        )
        found = lines[place]
        if found and abs(found[-1][0] - shown) < _SAME_LINE:
            found[-1] = (shown, found[-1][1] + text)
        else:
            found.append((shown, text))

    page.extract_text(visitor_text=visit)
    for place, found in lines.items():
        if text := "\n".join(line.strip() for _, line in found).strip():
            yield place, text
