"""Documents made to do harm: bombs, lies, tricks with names, broken tables, passwords, signatures."""

import functools
import io
import re
import struct
import zipfile
import zlib

import pikepdf
import pytest
from containers import OWN_XMP
from documents import documents, letter, pdf, repacked, with_properties
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance import metadata
from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, IndiciaError, TooLarge, Unsupported
from indicia.provenance.formats import _zip, for_format
from indicia.provenance.inspect import inspect
from indicia.provenance.labels import aigc

DOCUMENTS = documents()


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
