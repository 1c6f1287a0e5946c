"""Documents: the label goes in and comes out, nothing else changes, and no bytes bring a reader down."""

import functools
import io
import json
import re
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pytest
from containers import OWN_XMP
from documents import documents, letter, members, pdf, repacked, with_properties
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance import metadata
from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, IndiciaError, TooLarge, Unsupported
from indicia.provenance.formats import _zip, for_format
from indicia.provenance.inspect import inspect
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


def made_by_a_library(kind: str) -> bytes:
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


# --- hostile input


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_cut_at_any_byte_is_refused_or_read(name: str) -> None:
    kind, data = DOCUMENTS[name]
    data = aigc.write(data, kind, aigc.Aigc("1", "ACME", "n1"))

    # Every position of one build of a PDF; the others are as long again, and the same at most places.
    for cut in range(0, len(data), 13 if kind == "pdf" and name != "blank pdf" else 1):
        survives(kind, data[:cut])


def survives(kind: str, data: bytes) -> None:
    """Reading and writing raise nothing but errors meant to be raised."""
    module = for_format(kind)
    for act in (
        functools.partial(metadata.parse, module, format=kind),
        functools.partial(module.write_xmp, packet=OWN_XMP),
        functools.partial(module.write_field, key="AIGC", value="{}"),
        functools.partial(module.without, unwanted=lambda *_: True),
        module.essence,
    ):
        try:
            act(data)
        except IndiciaError:
            continue


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_document_with_changed_bytes_is_refused_or_read(name: str, data: st.DataObject) -> None:
    kind, sample = DOCUMENTS[name]
    changed = bytearray(sample)
    places = st.integers(0, len(changed) - 1)
    for at, value in data.draw(st.lists(st.tuples(places, st.sampled_from([0, 1, 2, 127, 128, 254, 255])), max_size=6)):
        changed[at] = value

    survives(kind, bytes(changed))


def test_a_part_that_unpacks_to_too_much_is_refused_before_it_is() -> None:
    data = repacked(with_properties(), {"docProps/custom.xml": bytes(_zip.MAX_PART + 1)})

    with pytest.raises(TooLarge, match=r"custom\.xml"):
        for_format("docx").read_fields(data)


def test_a_part_that_lies_of_its_size_is_refused() -> None:
    data = bytearray(repacked(with_properties(), {"docProps/custom.xml": b"<a>" + b" " * 90_000 + b"</a>"}))
    at = data.rindex(b"docProps/custom.xml") - 46

    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")

    with pytest.raises(BadContent, match="larger than it says"):
        for_format("docx").read_fields(bytes(data))


def test_an_archive_of_too_many_members_is_refused() -> None:
    data = repacked(letter(), {f"word/{i}": b"" for i in range(_zip.MAX_MEMBERS)})

    with pytest.raises(TooLarge, match="members"):
        for_format("docx").read_fields(data)


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "word\\..\\x", "a/../../b"])
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    with pytest.raises(BadContent, match="leads out"):
        for_format("docx").read_fields(repacked(letter(), {name: b"x"}))


def test_names_that_stand_twice_are_refused() -> None:
    data = with_properties()
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("DOCPROPS/custom.xml", b"<other/>")

    with pytest.raises(BadContent, match="two members"):
        for_format("docx").read_fields(stream.getvalue())


def test_members_that_overlap_are_refused() -> None:
    data = bytearray(letter())
    first, second = (m.start() for m in list(re.finditer(b"PK\1\2", data))[:2])
    name = data[first + 46 : first + 46 + 19]
    assert b"[Content_Types].xml" == name

    data[second + 42 : second + 46] = data[first + 42 : first + 46]

    with pytest.raises(BadContent):
        for_format("docx").read_fields(bytes(data))


def test_a_member_called_otherwise_in_the_directory_is_refused() -> None:
    data = letter()
    at = data.rindex(b"word/document.xml")

    with pytest.raises(BadContent, match="called differently"):
        for_format("docx").read_fields(data[:at] + b"word/documenT.xml" + data[at + 17 :])


@pytest.mark.parametrize("part", ["[Content_Types].xml", "_rels/.rels", "docProps/custom.xml"])
@pytest.mark.parametrize(
    "markup",
    [
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>" * 5000,
        b"\xff\xfe<\0a\0/\0>\0",
        b"",
    ],
)
def test_markup_that_expands_nests_or_reaches_out_is_refused(part: str, markup: bytes) -> None:
    # A part of properties that is there already needs no new type.
    data = repacked(letter() if part.startswith("[") else with_properties(), {part: markup})

    with pytest.raises((BadContent, TooLarge)):
        for_format("docx").write_field(data, "AIGC", "{}")


def test_a_signed_office_document_is_read_but_not_changed() -> None:
    data = repacked(with_properties(), {"_xmlsignatures/sig1.xml": b"<x/>"})

    assert ("OOXML custom property", "Department", "R & D") in for_format("docx").read_fields(data)
    with pytest.raises(Unsupported, match="signed"):
        aigc.write(data, "docx", aigc.Aigc("1", "ACME", "n1"))


def test_a_signed_book_is_not_changed() -> None:
    data = repacked(DOCUMENTS["epub"][1], {"META-INF/signatures.xml": b"<x/>"})

    with pytest.raises(Unsupported, match="signed"):
        aigc.write(data, "epub", aigc.Aigc("1", "ACME", "n1"))


def test_an_encrypted_part_is_named() -> None:
    data = bytearray(with_properties())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        for found in re.finditer(signature, bytes(data)):
            data[found.start() + flags] |= 1

    with pytest.raises(Unsupported, match="encrypted"):
        for_format("docx").read_fields(bytes(data))


def test_an_encrypted_pdf_is_refused_with_the_remedy() -> None:
    locked = pdf(encryption=pikepdf.Encryption(owner="a", user="b"))
    guarded = pdf(title="T", encryption=pikepdf.Encryption(owner="a", user=""))

    with pytest.raises(Unsupported, match="password"):
        for_format("pdf").read_fields(locked)
    assert ("PDF Info", "Title", "T") in for_format("pdf").read_fields(guarded)
    for data in (locked, guarded):
        with pytest.raises(Unsupported, match="encrypt"):
            aigc.write(data, "pdf", aigc.Aigc("1", "ACME", "n1"))


def test_a_signed_pdf_is_read_but_not_changed() -> None:
    document = pikepdf.open(io.BytesIO(pdf(title="T")))
    value = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=pikepdf.String(b"\0" * 8))
    document.Root.AcroForm = pikepdf.Dictionary(
        SigFlags=3, Fields=[document.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=value))]
    )
    stream = io.BytesIO()
    document.save(stream)

    assert ("PDF Info", "Title", "T") in for_format("pdf").read_fields(stream.getvalue())
    with pytest.raises(Unsupported, match="signed"):
        for_format("pdf").write_xmp(stream.getvalue(), OWN_XMP)


def test_a_pdf_with_a_broken_table_is_read_and_its_repair_is_asked_for() -> None:
    data = aigc.write(pdf(), "pdf", aigc.Aigc("1", "ACME", "n1"))
    broken = re.sub(rb"startxref\n\d+", b"startxref\n7", data)

    (found,) = aigc.read(Asset.of(broken))

    assert "ACME" == dict(found.fields)["ContentProducer"]
    with pytest.raises(BadContent, match="repair"):
        aigc.write(broken, "pdf", aigc.Aigc("1", "ACME", "n2"))


def test_a_packet_that_unpacks_to_too_much_is_refused() -> None:
    document = pikepdf.open(io.BytesIO(pdf()))
    document.Root.Metadata = pikepdf.Stream(document, b"")
    document.Root.Metadata.write(zlib.compress(bytes(5 << 20)), filter=pikepdf.Name.FlateDecode)
    stream = io.BytesIO()
    document.save(stream, fix_metadata_version=False)

    with pytest.raises(TooLarge):
        for_format("pdf").read_xmp(stream.getvalue())


@pytest.mark.slow
def test_an_object_stream_that_unpacks_to_too_much_is_refused() -> None:
    """The catalogue itself lies in it, so that nothing can be read without unpacking."""
    packed = zlib.compress(b"1 0 2 40 <</Type/Catalog/Pages 2 0 R>>".ljust(49) + bytes(280 << 20), 1)
    data = b"%%PDF-1.7\n5 0 obj<</Type/ObjStm/N 2/First 9/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    data += packed + b"\nendstream endobj\n"
    rows = bytes(4) + b"\2\0\5\0" + b"\2\0\5\1" + bytes(8) + b"\1\0\x09\0"
    table = b"6 0 obj<</Type/XRef/Size 6/W[1 2 1]/Root 1 0 R/Length %d>>stream\n%b\nendstream endobj\n" % (24, rows)

    with pytest.raises((TooLarge, BadContent)):
        for_format("pdf").read_fields(data + table + b"startxref\n%d\n%%%%EOF\n" % len(data))


def test_a_pdf_whose_pages_go_round_in_circles_ends() -> None:
    data = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R]/Count 9>>"
        b"endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Resources 3 0 R/Annots[3 0 R 2 0 R]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n"
    )

    survives("pdf", data)


def test_reading_documents_without_the_extra_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    data = pdf()
    monkeypatch.setitem(sys.modules, "pikepdf", None)

    found = inspect(Asset.of(data))

    assert {"missing_extra"} == {str(g.reason) for g in found.gaps}


def test_an_office_document_behind_a_password_is_named() -> None:
    sector = struct.pack("<8s16xHHHHH", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6).ljust(512, b"\0")
    data = sector + "EncryptedPackage".encode("utf-16-le").ljust(512, b"\0")

    found = inspect(Asset.of(data))

    assert any("password" in gap.detail for gap in found.gaps)
