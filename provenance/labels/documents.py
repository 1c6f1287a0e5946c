"""Labels that readers of a document see: a line in its header, footer or at its start (GB 45438-2025, 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .. import files
from ..asset import Asset
from ..errors import Unsupported, UsageError, WriteFailed
from ..evidence import Label, Media
from ..formats import for_format
from ..formats._html import tags
from ..media import words
from . import LabelReader, written
from ._wording import gb_problems, problems

if TYPE_CHECKING:
    from ..formats.epub import Book

Place = Literal["header", "footer", "cover"]

PLACES = ("header", "footer", "cover")
RATIO = 0.05  # GB 45438-2025, 5.2 d): of the shortest side, for what is looked at as a picture
_LOOK = 4  # lines at either end of a text among which its label is looked for, as in `written`
_WRITERS = ("pdf", "docx", "pptx", "xlsx", "epub")


def add(
    source: Path, target: Path, wording: str, *, place: Place = "header", every: bool = False, ratio: float = RATIO
) -> None:
    """Write the document at `source` with a label to `target`; what is in it already stays as it is.

    | format | header, footer | cover |
    |---|---|---|
    | PDF | upper or lower right of the first page, of `every` page; `ratio` of its shortest side high | - |
    | DOCX | header or footer of every section and kind of page | a first line |
    | PPTX | upper or lower right of the first slide, of `every` slide; `ratio` high | - |
    | XLSX | print header or footer of every worksheet | - |
    | EPUB | first line of the first chapter, last line of the last one | as header |

    A document that has this wording in that place already is copied. What was written is read back.

    Raises:
        UsageError: a wording that lacks an element or has a line break, an unknown place, a ratio below 0.05.
        Unsupported: another format, a signed or encrypted document, or one without the place.
        BadContent, TooLarge, UnreadableFile, MissingExtra: as the document's format.
        WriteFailed: the target cannot be written, or the label is not in what was read back.
    """
    if place not in PLACES:
        raise UsageError(f"no place {place!r} in a document; there are: {', '.join(PLACES)}")
    if not RATIO <= ratio <= 1:
        raise UsageError(f"a label is at least 5 % of the shortest side high (GB 45438-2025, 5.2), not {ratio:.1%}")
    if missing := problems(wording):
        raise UsageError(f"{wording!r} is no label: {'; '.join(missing)}")
    if "\n" in wording or "\r" in wording:
        raise UsageError(f"{wording!r} has a line break; a label in a document is one line")
    asset = Asset.open(source)
    with asset.keeping():
        data = asset.data
        if not _stands(asset, wording, place):
            data = put(data, asset.format, wording, place=place, every=every, ratio=ratio)
            if not _stands(Asset.of(data), wording, place):
                raise WriteFailed(f"{source}: the label is not in what was read back; nothing was written")
    files.write_bytes(target, data)


def put(
    data: bytes, format: str, wording: str, *, place: Place = "header", every: bool = False, ratio: float = RATIO
) -> bytes:
    """As `add`, for bytes: not looked for before, and not read back.

    Raises:
        Unsupported, BadContent, TooLarge, MissingExtra: as `add`.
    """
    from . import _office, _pdf_line

    if format not in _WRITERS:
        raise Unsupported(f"{format} files have no place for a label of a document; there are: {', '.join(_WRITERS)}")
    if place == "cover" and format not in ("docx", "epub"):
        raise Unsupported(f"there is no cover line in {format} files; choose header or footer")
    match format:
        case "pdf":
            where: Literal["header", "footer"] = "footer" if place == "footer" else "header"
            return _pdf_line.put(data, wording, place=where, every=every, ratio=ratio)
        case "docx":
            return _office.word(data, wording, place)
        case "pptx":
            return _office.show(data, wording, place, every=every, ratio=ratio)
        case "xlsx":
            # Cells are not touched and headers only show in print; the property tells who opens the file's details.
            return for_format(format).write_field(_office.sheets(data, wording, place), "Disclosure", wording)
    return _book(data, wording, place)


def _book(data: bytes, wording: str, place: Place) -> bytes:
    from ..formats.epub import Book

    book = Book.parse(data)
    book.require_unsigned()
    chapters = book.spine()
    order = reversed(chapters) if place == "footer" else chapters
    # A drawing in the place of a page, or an encrypted one, has no body to put a line into.
    name, chapter = next(((n, text) for n in order if (text := _chapter(book, n)) is not None), ("", ""))
    if not name:
        raise Unsupported("a book without a chapter in UTF-8 that has a body has no place for a label")
    end: Literal["start", "end"] = "end" if place == "footer" else "start"
    # Without the elements of the standard's own languages, the wording is that of another one.
    lang: Literal["zh", "en"] = "en" if gb_problems(wording) else "zh"
    changed = written.add(chapter, lang=lang, place=end, wording=wording, kind="html")
    return book.archive.changed({name: changed.encode()})


def _chapter(book: Book, name: str) -> str | None:
    """The markup of a chapter, or None when it is none that a line can be put into."""
    try:
        chapter = book.archive.read(name).decode()
    except UnicodeDecodeError:
        return None
    return chapter if any(tag.name == "body" and not tag.closing for tag in tags(chapter)) else None


def _stands(asset: Asset, wording: str, place: Place) -> bool:
    """Whether a line of that place is the wording: of its first or last ones, where the place is the text itself."""
    if asset.format not in _WRITERS:
        return False
    found = words.passages(asset, ends=True)
    if asset.format == "epub" or place == "cover":
        text = "\n".join(p.text for p in found if p.place == "body")
        if asset.format == "epub" and written.find(text):
            return True  # a second statement, at its other end or in other words, would say nothing more
        lines = text.splitlines()
        lines = lines[-_LOOK:] if place == "footer" else lines[:_LOOK]
    else:
        lines = [line for p in found if p.place in (place, "edge") for line in p.text.splitlines()]
    return "".join(wording.split()) in ("".join(line.split()) for line in lines)


class _DocumentReader:
    """Finds labels in documents: lines of headers, footers and boxes at an edge, and at the start and end."""

    name = "documents"
    media = frozenset({Media.DOCUMENT})

    def read(self, asset: Asset) -> tuple[Label, ...]:
        if asset.format not in _WRITERS:
            return ()
        return tuple(dict.fromkeys(_labels(words.passages(asset, ends=True))))


def _labels(passages: tuple[words.Passage, ...]) -> Iterator[Label]:
    """A label says once where it stands first, however many pages or slides repeat it."""
    seen: set[tuple[str, str]] = set()
    body = "\n".join(p.text for p in passages if p.place == "body")
    apart = [p for p in passages if p.place != "body"]
    for place, where, text in (*((p.place, p.where, p.text) for p in apart), ("", "", body)):
        for found in written.find(text):
            position = place or found.place
            if (position, found.wording) in seen:
                continue
            seen.add((position, found.wording))
            yield Label(
                "documents", "documents", True, found.origin, fields=(("form", "text"), ("position", position)),
                wording=found.wording, findings=found.findings, locator=f"{where} {position}".strip(),
            )  # fmt: skip


label: LabelReader = _DocumentReader()
