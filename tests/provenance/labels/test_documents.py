"""Labels in documents: seen by who opens them, to the measure, read back, and nothing else moved."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from documents import WORD, documents, letter, made_by_a_library, members, pdf, picture_pdf, repacked
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, IndiciaError, Unsupported, UsageError
from indicia.provenance.evidence import Label
from indicia.provenance.formats import for_format
from indicia.provenance.inspect import inspect
from indicia.provenance.labels import aigc
from indicia.provenance.labels import documents as labels
from indicia.provenance.media import words

SAMPLES = {
    **documents(),
    **{f"{kind} by a library": (kind, made_by_a_library(kind)) for kind in ("docx", "xlsx", "pptx")},
}
WRITABLE = {n: s for n, s in SAMPLES.items() if n not in ("xlsx", "pptx")}  # those have no sheet and no slide


def added(data: bytes, kind: str, folder: Path, wording: str = "AI生成", **options: object) -> bytes:
    source, target = folder / f"in.{kind}", folder / f"out.{kind}"
    source.write_bytes(data)
    labels.add(source, target, wording, **options)  # type: ignore[arg-type]  # what add takes is checked there
    return target.read_bytes()


def read(data: bytes) -> tuple[Label, ...]:
    return tuple(labels.label.read(Asset.of(data)))


@pytest.mark.parametrize("place", ["header", "footer"])
@pytest.mark.parametrize("name", WRITABLE)
def test_a_label_is_read_back_and_stands_once(name: str, place: str, tmp_path: Path) -> None:
    kind, data = WRITABLE[name]

    written = added(data, kind, tmp_path, place=place)

    (found,) = read(written)
    assert ("AI生成", "synthetic", ()) == (found.wording, found.origin, found.findings)
    assert dict(found.fields)["position"] in (place, "edge", "start", "end")
    assert written == added(written, kind, tmp_path, place=place)
    assert () == read(data)


@pytest.mark.parametrize("name", WRITABLE)
def test_labels_of_both_kinds_stand_together(name: str, tmp_path: Path) -> None:
    kind, data = WRITABLE[name]
    shown = added(data, kind, tmp_path)
    label = aigc.Aigc("1", "ACME", "n1", aigc.reserved_code(shown, kind))

    written = aigc.write(shown, kind, label)

    found = [e for e in inspect(Asset.of(written)).evidence if isinstance(e, Label)]
    assert {"aigc", "documents"} == {e.standard for e in found}
    assert aigc.integrity_holds(written, kind, label)


def shades(data: bytes, page: int = 0) -> NDArray[np.int64]:
    import pypdfium2

    return np.asarray(pypdfium2.PdfDocument(data)[page].render(scale=2).to_pil().convert("L")).astype(np.int64)


def turned(degrees: int, crop: tuple[int, ...] = ()) -> bytes:
    document = pikepdf.open(io.BytesIO(pdf()))
    document.pages[0].Rotate = degrees
    if crop:
        document.pages[0].CropBox = pikepdf.Array(crop)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("place", ["header", "footer"])
@pytest.mark.parametrize(
    "data",
    [pdf(), picture_pdf(), turned(90), turned(180), turned(270), turned(90, (100, 100, 400, 700)), turned(-90)],
    ids=["plain", "picture", "90", "180", "270", "cropped", "-90"],
)
def test_a_page_shows_the_label_upright_at_its_edge_and_tall_enough(data: bytes, place: str, tmp_path: Path) -> None:
    """As another program draws it. The lower element, AI, is the first third of the wording's width."""
    before, after = shades(data), shades(added(data, "pdf", tmp_path, place=place))

    changed = np.abs(before - after) > 100
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    height, width = before.shape
    assert (rows[0] < height * 0.1) if place == "header" else (rows[-1] > height * 0.9)
    assert columns[0] > width / 2
    latin = np.flatnonzero(
        ((after < 128) & (before != after))[:, : columns[0] + (columns[-1] - columns[0]) // 4].any(1)
    )
    assert 20 * (latin[-1] - latin[0] + 3) >= min(height, width)  # two pixels of blurred edge
    assert after[rows[0] : rows[-1], columns[0] : columns[-1]].max() > 250 > 10 > after.min()


def test_content_streams_of_a_pdf_stay_and_the_file_only_grows(tmp_path: Path) -> None:
    data = pdf(pages=3)

    written = added(data, "pdf", tmp_path, every=True)

    assert written.startswith(data)
    with pikepdf.open(io.BytesIO(data)) as old, pikepdf.open(io.BytesIO(written), attempt_recovery=False) as new:
        assert [] == new.check_pdf_syntax()
        for before, after in zip(old.pages, new.pages, strict=True):
            assert before.Contents.read_raw_bytes() == after.Contents[1].read_raw_bytes()
    assert 3 == sum(p.place == "header" for p in words.passages(Asset.of(written)))
    assert 1 == sum(p.place == "header" for p in words.passages(Asset.of(added(data, "pdf", tmp_path))))


def test_a_page_that_inherits_its_resources_keeps_them(tmp_path: Path) -> None:
    document = pikepdf.open(io.BytesIO(pdf("Inherited")))
    document.Root.Pages.Resources = document.pages[0].Resources
    del document.pages[0].Resources
    stream = io.BytesIO()
    document.save(stream)

    written = added(stream.getvalue(), "pdf", tmp_path)

    assert "Inherited 0" in words.text_of(Asset.of(written))


def test_every_section_of_a_letter_shows_the_label_on_every_kind_of_page(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Of the house"
    document.sections[0].different_first_page_header_footer = True
    second = document.add_section()
    second.header.is_linked_to_previous = False
    second.header.paragraphs[0].text = "Another"
    document.settings.odd_and_even_pages_header_footer = True
    stream = io.BytesIO()
    document.save(stream)

    written = docx.Document(io.BytesIO(added(stream.getvalue(), "docx", tmp_path)))

    for section in written.sections:
        shown = [section.header, section.even_page_header]
        shown += [section.first_page_header] if section.different_first_page_header_footer else []
        assert all("AI生成" == h.paragraphs[0].text for h in shown)
    assert ["Of the house", "Another"] == [s.header.paragraphs[1].text for s in written.sections]


def test_a_cover_line_is_the_first_of_a_letter_and_moves_no_other(tmp_path: Path) -> None:
    import docx

    written = added(letter(), "docx", tmp_path, place="cover")

    assert ["AI生成", "猫 sat on the mat."] == [p.text for p in docx.Document(io.BytesIO(written)).paragraphs]


def test_one_slide_or_every_one_shows_a_box_that_a_library_finds(tmp_path: Path) -> None:
    import pptx

    show = pptx.Presentation()
    for _ in range(3):
        show.slides.add_slide(show.slide_layouts[5])
    stream = io.BytesIO()
    show.save(stream)

    for every, count in ((False, 1), (True, 3)):
        written = pptx.Presentation(io.BytesIO(added(stream.getvalue(), "pptx", tmp_path, every=every)))
        boxes = [
            s for slide in written.slides for s in slide.shapes if s.has_text_frame and "AI生成" == s.text_frame.text
        ]
        assert count == len(boxes)
        assert all(len({s.shape_id for s in slide.shapes}) == len(slide.shapes) for slide in written.slides)
        # The size of the letters: capitals are at least 0.7 of it in the fonts that Office brings.
        size = boxes[0].text_frame.paragraphs[0].runs[0].font.size
        assert 20 * 0.7 * size >= min(written.slide_width, written.slide_height)
        assert boxes[0].left + boxes[0].width <= written.slide_width


def test_sheets_print_the_label_beside_what_their_headers_say(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active["A1"] = 1
    book.create_sheet("two").oddHeader.center.text = "Figures & facts"
    book["two"].oddHeader.right.text = "page"
    stream = io.BytesIO()
    book.save(stream)

    written = added(stream.getvalue(), "xlsx", tmp_path)

    again = openpyxl.load_workbook(io.BytesIO(written))
    assert "AI生成" == again["Sheet"].oddHeader.right.text
    assert ("Figures & facts", "AI生成\npage") == (
        again["two"].oddHeader.center.text.replace("&&", "&"), again["two"].oddHeader.right.text)  # fmt: skip
    assert 1 == again["Sheet"]["A1"].value
    assert "AI生成" == again.custom_doc_props["Disclosure"].value
    old, new = members(stream.getvalue()), members(written)
    assert {n for n in new if new[n] != old.get(n)} == {
        "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "[Content_Types].xml", "_rels/.rels",
        "docProps/custom.xml",
    }  # fmt: skip


@pytest.mark.parametrize("place", ["header", "footer"])
def test_a_book_shows_the_label_in_its_first_or_last_chapter_alone(place: str, tmp_path: Path) -> None:
    data = SAMPLES["epub"][1]
    two = members(data)["content.opf"].replace(
        b"</manifest>", b'<item id="b" href="b.xhtml" media-type="x"/></manifest>'
    )
    two = two.replace(b"</spine>", b'<itemref idref="b"/></spine>')
    book = repacked(data, {"content.opf": two, "b.xhtml": b"<html><body><p>One</p><p>Two</p></body></html>"})

    written = added(book, "epub", tmp_path, "本书由AI生成", place=place)

    changed = {n for n, content in members(written).items() if members(book)[n] != content}
    assert {"nav.xhtml" if place == "header" else "b.xhtml"} == changed
    assert ["header", "footer"].index(place) == ["start", "end"].index(read(written)[0].locator)


def test_a_book_whose_cover_is_a_drawing_shows_the_label_on_its_first_page_of_words(tmp_path: Path) -> None:
    data = SAMPLES["epub"][1]
    cover = members(data)["content.opf"].replace(
        b"</manifest>", b'<item id="c" href="c.svg" media-type="x"/></manifest>'
    )
    cover = cover.replace(b"<spine>", b'<spine><itemref idref="c"/>')
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    book = repacked(data, {"content.opf": cover, "c.svg": drawing})

    written = added(book, "epub", tmp_path)

    assert drawing == members(written)["c.svg"]
    assert b"<p>AI\xe7\x94\x9f\xe6\x88\x90</p>" in members(written)["nav.xhtml"]


def test_a_slide_that_is_hidden_is_not_the_first() -> None:
    import pptx

    show = pptx.Presentation(io.BytesIO(made_by_a_library("pptx")))
    show.slides.add_slide(show.slide_layouts[6])
    show.slides[0].element.set("show", "0")
    stream = io.BytesIO()
    show.save(stream)

    written = labels.put(stream.getvalue(), "pptx", "AI生成")

    assert ["slide 2"] == [p.where for p in words.passages(Asset.of(written)) if p.place == "edge"]


def test_a_document_in_the_strict_form_gets_both_labels_in_its_own_namespaces(tmp_path: Path) -> None:
    transitional = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    strict = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    parts = members(letter())
    space = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    data = repacked(letter(), {
        "_rels/.rels": parts["_rels/.rels"].replace(transitional, strict),
        "word/document.xml": parts["word/document.xml"].replace(WORD.encode(), space),
    })  # fmt: skip

    written = aigc.write(added(data, "docx", tmp_path), "docx", aigc.Aigc("1", "ACME", "n1"))

    after = members(written)
    assert b"http://purl.oclc.org/ooxml/officeDocument/customProperties" in after["docProps/custom.xml"]
    assert strict + b"/customProperties" in after["_rels/.rels"]
    assert space in after["word/headerLabel1.xml"]
    assert strict + b"/header" in after["word/_rels/document.xml.rels"]
    assert not any(b"schemas.openxmlformats.org/officeDocument/2006" in content for content in after.values())
    assert {"aigc", "documents"} == {e.standard for e in inspect(Asset.of(written)).evidence if isinstance(e, Label)}


def test_pages_that_are_no_objects_of_their_own_are_refused(tmp_path: Path) -> None:
    data = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages<</Type/Pages/Count 1/Kids[<</Type/Page/MediaBox[0 0 300 300]>>]"
    data += b">>>>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n"

    with pytest.raises((Unsupported, BadContent), match="repair"):
        added(data + table + b"%d\n%%%%EOF" % len(data), "pdf", tmp_path)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"wording": "生成"}, UsageError),
        ({"wording": "AI\n生成"}, UsageError),
        ({"place": "middle"}, UsageError),
        ({"ratio": 0.04}, UsageError),
        ({"place": "cover"}, Unsupported),
        ({"wording": "AI生成" * 30}, Unsupported),
        ({"wording": "AI生成 𓀀"}, Unsupported),
    ],
)
def test_what_is_no_label_or_has_no_place_is_refused_and_nothing_written(
    options: dict[str, object], error: type[IndiciaError], tmp_path: Path
) -> None:
    with pytest.raises(error):
        added(pdf(), "pdf", tmp_path, **options)  # type: ignore[arg-type]  # wrong on purpose

    assert not (tmp_path / "out.pdf").exists()


@pytest.mark.parametrize("kind", ["zip", "png", "text"])
def test_what_is_no_document_is_refused(kind: str, tmp_path: Path) -> None:
    from media import every_format

    with pytest.raises(Unsupported, match="no place"):
        added(every_format()[kind], kind, tmp_path)


# --- what is a label, and what is not


@pytest.mark.parametrize("text", ["AI生成内容的识别", "How AI generated text is found", "AI and 生成"])
def test_a_document_about_the_matter_is_not_labelled(text: str) -> None:
    import docx

    document = docx.Document()
    document.add_heading("人工智能生成合成内容标识办法今起施行")
    for _ in range(5):
        document.add_paragraph(text + "，以及其他。")
    stream = io.BytesIO()
    document.save(stream)

    assert () == read(stream.getvalue())


def test_a_title_on_a_slide_is_no_label_but_a_box_at_its_edge_is() -> None:
    import pptx

    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[0]).shapes.title.text = "AI生成"
    show.slides.add_slide(show.slide_layouts[6]).shapes.add_textbox(0, 0, 900_000, 300_000).text_frame.text = "AI生成"
    stream = io.BytesIO()
    show.save(stream)

    titled, boxed = (p.place for p in words.passages(Asset.of(stream.getvalue())))

    assert ("body", "edge") == (titled, boxed)


def test_a_label_that_lacks_an_element_of_the_standard_is_read_with_the_finding(tmp_path: Path) -> None:
    (found,) = read(added(letter(), "docx", tmp_path, "AI-generated"))

    assert any("GB 45438" in finding for finding in found.findings)


# --- hostile input


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_changed_bytes_are_refused_or_read(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind, sample = SAMPLES[name]
    changed = bytearray(sample)
    places = st.integers(0, len(changed) - 1)
    for at, value in data.draw(st.lists(st.tuples(places, st.sampled_from([0, 1, 127, 128, 255])), max_size=6)):
        changed[at] = value
    folder = tmp_path_factory.mktemp("changed")

    for act in (lambda: read(bytes(changed)), lambda: added(bytes(changed), kind, folder)):
        try:
            act()
        except IndiciaError:
            continue


def test_every_format_of_the_writers_has_its_metadata_too() -> None:
    assert all(for_format(kind) for kind, _ in SAMPLES.values())
