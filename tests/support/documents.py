"""Small documents of every kind and build, made in memory."""

import io
import zipfile

import pikepdf
from PIL import Image

from indicia.provenance.formats import for_format

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LETTER = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:document xmlns:w="' + WORD.encode() + b'"><w:body>'
    b"<w:p><w:r><w:t>\xe7\x8c\xab sat on the mat.</w:t></w:r></w:p></w:body></w:document>"
)
_CUSTOM = (
    b'<?xml version="1.0" encoding="UTF-8"?><op:Properties xmlns:v="http://schemas.openxmlformats.org/officeDocument/'
    b'2006/docPropsVTypes" xmlns:op="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties">'
    b'<op:property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="7" name="Department">'
    b"<v:lpwstr>R &amp; D</v:lpwstr></op:property></op:Properties>"
)


def pdf(text: str = "Hello World", *, pages: int = 1, title: str = "", **save: object) -> bytes:
    """A PDF with a line of text on each page, as pikepdf saves it."""
    document = pikepdf.new()
    for number in range(pages):
        document.add_blank_page(page_size=(595.276, 841.89))
        page = document.pages[number]
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=document.make_indirect(font)))
        drawing = f"q 0.123456789 0 0 rg 10 10 100 100 re f Q BT /F1 12 Tf 72 420 Td ({text} {number}) Tj ET".encode()
        page.Contents = pikepdf.Stream(document, drawing)
    if title:
        document.docinfo["/Title"] = title
    stream = io.BytesIO()
    document.save(stream, **save)  # type: ignore[arg-type]  # what save takes is checked there
    return stream.getvalue()


def picture_pdf() -> bytes:
    """A scanned page as Pillow writes it."""
    stream = io.BytesIO()
    Image.new("RGB", (80, 60), "navy").save(stream, "pdf", title="Scan")
    return stream.getvalue()


def repacked(data: bytes, parts: dict[str, bytes | None], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with members put in (None: taken out), written by Python's zipfile."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", method) as new:
        for info in old.infolist():
            if info.filename not in parts:
                kept = zipfile.ZIP_STORED if info.filename == "mimetype" else method
                new.writestr(info, old.read(info), compress_type=kept)
        for name, content in parts.items():
            if content is not None:
                new.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return stream.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    """What an archive holds, as Python's zipfile reads it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def letter(**parts: bytes) -> bytes:
    """A Word document of one line."""
    return repacked(for_format("docx").blank("docx"), {"word/document.xml": LETTER, **parts})


def with_properties() -> bytes:
    """A Word document that has a custom property of the user's own, under prefixes of its own, and macros."""
    data = letter()
    types = members(data)["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/docProps/custom.xml" ContentType="application/vnd.openxmlformats-officedocument.custom-'
        b'properties+xml"/></Types>',
    )
    rels = members(data)["_rels/.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-'
        b'properties" Target="/docProps/custom.xml"/></Relationships>',
    )
    changed = {"[Content_Types].xml": types, "_rels/.rels": rels, "docProps/custom.xml": _CUSTOM}
    return repacked(data, {**changed, "word/vbaProject.bin": bytes(range(256)) * 3})


def made_by_a_library(kind: str) -> bytes:
    """An office document of one line, by the library that is used for its kind."""
    import docx
    import openpyxl
    import pptx

    stream = io.BytesIO()
    if kind == "docx":
        letter = docx.Document()
        letter.add_paragraph("A cat sat on the mat")
        letter.save(stream)
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        book.active["A1"] = "A cat sat on the mat"
        book.save(stream)
    else:
        show = pptx.Presentation()
        show.slides.add_slide(show.slide_layouts[0]).shapes.title.text = "A cat sat on the mat"
        show.save(stream)
    return stream.getvalue()


def documents() -> dict[str, tuple[str, bytes]]:
    """Every kind of document, by a name that says what is special: (format, bytes)."""
    blank = {f: (f, for_format(f).blank(f)) for f in ("docx", "xlsx", "pptx", "epub")}
    book = members(blank["epub"][1])["content.opf"]
    old = book.replace(b'version="3.0"', b'version="2.0"').replace(b"<metadata ", b'<metadata xmlns:o="urn:o" ')
    prefixed = book.replace(b'version="3.0"', b'version="3.0" prefix="a: urn:a"')
    return {
        **blank,
        "docx with a line": ("docx", letter()),
        "docx with properties and macros": ("docx", with_properties()),
        "epub 2": ("epub", repacked(blank["epub"][1], {"content.opf": old})),
        "epub with a prefix": ("epub", repacked(blank["epub"][1], {"content.opf": prefixed})),
        "pdf": ("pdf", pdf()),
        "blank pdf": ("pdf", for_format("pdf").blank("pdf")),
        "pdf with object streams": (
            "pdf", pdf(title="猫", object_stream_mode=pikepdf.ObjectStreamMode.generate)),
        "linearized pdf": ("pdf", pdf(title="T", linearize=True)),
        "pdf of a picture": ("pdf", picture_pdf()),
    }  # fmt: skip
