"""Documents: the label goes in and comes out, nothing else changes, and no bytes bring a reader down."""

import io
import json
import subprocess
from pathlib import Path

import pikepdf
import pytest
from containers import OWN_XMP
from documents import documents, made_by_a_library, members, pdf, with_properties
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, Unsupported
from indicia.provenance.formats import _zip, for_format
from indicia.provenance.labels import aigc, iptc
from indicia.provenance.sniff import HEAD, sniff

DOCUMENTS = documents()
CARRY_XMP = {n: s for n, s in DOCUMENTS.items() if s[0] in ("pdf", "epub")}
PACKAGES = {n: s for n, s in DOCUMENTS.items() if s[0] != "pdf"}
words = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f\ufffe\uffff", exclude_categories=("Cs", "Cc")))
packets = words.map(
    lambda text: b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!--" + text.replace("-", "").encode() + b"--></x:xmpmeta>"
)


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=10, deadline=None)
@given(first=words, second=words)
def test_a_label_comes_back_and_leaves_without_a_trace(name: str, first: str, second: str) -> None:
    kind, data = DOCUMENTS[name]
    module = for_format(kind)
    one, other = (json.dumps({"Label": "1", "ContentProducer": w}, separators=(",", ":")) for w in (first, second))

    written = module.write_field(data, "AIGC", one)
    rewritten = module.write_field(written, "AIGC", other)
    restored = module.write_field(rewritten, "AIGC", None)

    assert [one] == [v for _, key, v in module.read_fields(written) if key == "AIGC"]
    assert [other] == [v for _, key, v in module.read_fields(rewritten) if key == "AIGC"]
    assert rewritten == module.write_field(data, "AIGC", other)
    assert module.without(rewritten, lambda _, key, __: key == "AIGC") == restored
    assert sniff(written[:HEAD]) == kind
    assert module.essence(data) == module.essence(rewritten)
    assert module.read_fields(data) == module.read_fields(restored)
    if kind == "pdf":
        assert data == restored
        assert written.startswith(data)
    else:
        assert members(data) == members(restored)


@pytest.mark.parametrize("name", CARRY_XMP)
@settings(max_examples=10, deadline=None)
@given(first=packets, second=packets)
def test_a_packet_comes_back_and_leaves_without_a_trace(name: str, first: bytes, second: bytes) -> None:
    kind, data = CARRY_XMP[name]
    module = for_format(kind)

    written = module.write_xmp(data, first)
    rewritten = module.write_xmp(written, second)

    assert first == module.read_xmp(written)
    assert second == module.read_xmp(rewritten)
    assert rewritten == module.write_xmp(data, second)
    assert data == module.write_xmp(rewritten, None)
    assert module.essence(data) == module.essence(rewritten)
    assert module.read_fields(data) == module.read_fields(rewritten)


@pytest.mark.parametrize("name", PACKAGES)
def test_other_members_of_a_package_are_copied_as_they_are_stored(name: str) -> None:
    kind, data = PACKAGES[name]

    written = for_format(kind).write_field(data, "AIGC", '{"Label":"1"}')

    before, after = _zip.parse(data), _zip.parse(written)
    changed = {n for n in after.members if n not in before.members or before.read(n) != after.read(n)}
    assert changed <= {"[Content_Types].xml", "_rels/.rels", "docProps/custom.xml", "content.opf"}
    assert list(members(data)) == [n for n in members(written) if n in members(data)]
    for member in before.members:
        if member not in changed:
            assert stored(before, member) == stored(after, member)


def stored(archive: _zip.Archive, name: str) -> bytes:
    member = archive.members[name]
    return archive.data[member.offset : member.end]


def test_a_book_begins_with_its_type_not_compressed() -> None:
    for name in ("epub", "epub 2"):
        written = for_format("epub").write_field(DOCUMENTS[name][1], "AIGC", "{}")

        assert b"mimetypeapplication/epub+zip" == written[30:58]


def test_a_property_goes_beside_those_of_the_user_under_the_prefixes_of_the_part() -> None:
    written = for_format("docx").write_field(with_properties(), "AIGC", '{"Label":"1"}')

    part = members(written)["docProps/custom.xml"].decode()

    assert members(with_properties())["docProps/custom.xml"].decode().removesuffix("</op:Properties>") in part
    assert '<op:property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="8" name="AIGC">' in part
    assert members(with_properties())["word/vbaProject.bin"] == members(written)["word/vbaProject.bin"]


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_libraries_that_write_office_documents_open_what_was_labelled(kind: str) -> None:
    data = made_by_a_library(kind)
    label = aigc.Aigc("1", "ACME", "n1", aigc.reserved_code(data, kind))

    written = aigc.write(data, kind, label)

    assert "sat on the mat" in read_by_a_library(kind, written)
    (found,) = aigc.read(Asset.of(written))
    assert () == found.findings
    assert aigc.integrity_holds(written, kind, label)
    by_library = Asset.of(saved_by_a_library(kind, written))
    if kind == "xlsx":  # openpyxl keeps custom properties; the others keep every part
        assert "1" == dict(aigc.read(by_library)[0].fields)["Label"]
    else:
        assert found.fields == aigc.read(by_library)[0].fields


def read_by_a_library(kind: str, data: bytes) -> str:
    import docx
    import openpyxl
    import pptx

    stream = io.BytesIO(data)
    if kind == "docx":
        return "\n".join(p.text for p in docx.Document(stream).paragraphs)
    if kind == "xlsx":
        return str(openpyxl.load_workbook(stream).active["A1"].value)
    return "\n".join(s.text_frame.text for s in pptx.Presentation(stream).slides[0].shapes if s.has_text_frame)


def saved_by_a_library(kind: str, data: bytes) -> bytes:
    import docx
    import openpyxl
    import pptx

    opened = {"docx": docx.Document, "xlsx": openpyxl.load_workbook, "pptx": pptx.Presentation}[kind](io.BytesIO(data))
    stream = io.BytesIO()
    opened.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", [n for n, (f, _) in DOCUMENTS.items() if f in ("pdf", "docx", "epub")])
def test_exiftool_reads_the_label(name: str, tmp_path: Path) -> None:
    kind, data = DOCUMENTS[name]
    written = aigc.write(data, kind, aigc.Aigc("1", "ACME", "n1"))

    said = exiftool(written, tmp_path / f"a.{kind}")

    assert '{"Label":"1","ContentProducer":"ACME"' in "".join(said.values())
    assert not any("warning" in k.lower() or "error" in k.lower() for k in said)


def exiftool(data: bytes, path: Path) -> dict[str, str]:
    path.write_bytes(data)
    ran = subprocess.run(["exiftool", "-j", "-a", "-G4", path], capture_output=True, check=True)
    return {
        k.rpartition(":")[2] if k.startswith("Unknown:") else k: str(v) for k, v in json.loads(ran.stdout)[0].items()
    }


@pytest.mark.parametrize("name", CARRY_XMP)
def test_the_source_type_goes_beside_the_label(name: str, tmp_path: Path) -> None:
    kind, data = CARRY_XMP[name]

    written = aigc.write(iptc.write(data, kind, iptc.Iptc(ai_system_used="x")), kind, aigc.Aigc("1", "ACME", "n1"))

    assert "synthetic" == iptc.read(Asset.of(written))[0].origin
    assert () == aigc.read(Asset.of(written))[0].findings
    assert "trainedAlgorithmicMedia" in exiftool(written, tmp_path / f"a.{kind}").get("DigitalSourceType", "")


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_an_office_document_has_no_place_for_a_packet(kind: str) -> None:
    with pytest.raises(Unsupported, match="no place for XMP"):
        for_format(kind).write_xmp(for_format(kind).blank(kind), OWN_XMP)


def test_a_pdf_opens_without_repair_after_every_change() -> None:
    for kind, data in DOCUMENTS.values():
        if kind != "pdf":
            continue
        written = aigc.write(data, kind, aigc.Aigc("1", "ACME", "n1"))
        written = for_format(kind).write_xmp(written, OWN_XMP)

        with pikepdf.open(io.BytesIO(written), attempt_recovery=False) as opened, pikepdf.open(io.BytesIO(data)) as old:
            assert len(opened.pages) == len(old.pages)
            assert OWN_XMP == opened.Root.Metadata.read_bytes()
            for page, before in zip(opened.pages, old.pages, strict=True):
                if "/Contents" in before:
                    assert before.Contents.read_raw_bytes() == page.Contents.read_raw_bytes()


def test_a_mark_of_an_update_in_someone_elses_file_takes_nothing_off() -> None:
    data = pdf() + b"\n% indicia update\n" + pdf("Other")[9:]
    module = for_format("pdf")

    try:
        written = module.write_field(data, "AIGC", "{}")
    except BadContent:
        return

    assert written.startswith(data)
