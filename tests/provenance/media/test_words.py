"""The words of documents: in the order they are read, with where they stand, and in bounded time."""

import io

import pikepdf
import pytest
from documents import pdf

from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, TooLarge, Unsupported
from indicia.provenance.labels import documents as labels
from indicia.provenance.media import words


def test_words_come_in_the_order_they_are_read() -> None:
    import docx

    document = docx.Document()
    document.add_paragraph("One")
    document.add_table(1, 2).rows[0].cells[1].text = "Two"
    document.add_paragraph("Three\tand\nfour")
    document.sections[0].footer.paragraphs[0].text = "Page"
    stream = io.BytesIO()
    document.save(stream)
    asset = Asset.of(stream.getvalue())

    assert "One\nTwo\nThree\tand\nfour" == words.text_of(asset)
    assert [("footer", "Page")] == [(p.place, p.text) for p in words.passages(asset) if p.place != "body"]


def test_a_text_file_gives_its_own_text_and_a_picture_is_refused() -> None:
    assert "猫" == words.text_of(Asset.of("猫".encode()))
    with pytest.raises(Unsupported):
        words.passages(Asset.of(b"plain words"))


def test_a_pdf_with_a_page_too_heavy_to_read_gives_the_others() -> None:
    document = pikepdf.open(io.BytesIO(pdf("Word", pages=3)))
    document.pages[1].Contents = pikepdf.Stream(document, b"0 0 m 1 1 l S " * 100_000)
    stream = io.BytesIO()
    document.save(stream)

    assert "Word 0\nWord 2" == words.text_of(Asset.of(stream.getvalue()))


def test_a_pdf_of_heavy_pages_alone_is_a_gap() -> None:
    document = pikepdf.open(io.BytesIO(pdf()))
    document.pages[0].Contents = pikepdf.Stream(document, b"0 0 m 1 1 l S " * 100_000)
    stream = io.BytesIO()
    document.save(stream)

    with pytest.raises(TooLarge):
        labels.label.read(Asset.of(stream.getvalue()))


def test_drawings_that_call_one_another_take_no_time() -> None:
    """Ten that each call the next ten times over would be read ten thousand million times."""
    document = pikepdf.open(io.BytesIO(pdf()))
    inner = pikepdf.Stream(document, b"BT /F1 9 Tf (x) Tj ET", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    for _ in range(10):
        outer = pikepdf.Stream(document, b"/A Do " * 10, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
        outer.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=document.make_indirect(inner)))
        inner = outer
    document.pages[0].Resources.XObject = pikepdf.Dictionary(A=document.make_indirect(inner))
    document.pages[0].Contents = pikepdf.Stream(document, b"BT /F1 12 Tf 72 420 Td (Word) Tj ET " + b"/A Do " * 10)
    stream = io.BytesIO()
    document.save(stream)

    assert "Word" == words.text_of(Asset.of(stream.getvalue()))


def test_a_table_of_characters_that_maps_everything_takes_no_time() -> None:
    document = pikepdf.open(io.BytesIO(pdf()))
    rows = b"100 beginbfrange\n" + b"<0000> <FFFFFFFF> <0041>\n" * 100 + b"endbfrange\n"
    document.pages[0].Resources.Font.F1.ToUnicode = document.make_indirect(pikepdf.Stream(document, rows))
    stream = io.BytesIO()
    document.save(stream)

    try:
        words.text_of(Asset.of(stream.getvalue()))
    except (BadContent, TooLarge):
        return
