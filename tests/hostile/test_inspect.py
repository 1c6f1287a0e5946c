"""Hostile, broken and lying files: `inspect` gives a dossier for each, quickly and in little memory."""

import io
import json
import random
import struct
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from documents import members, repacked, with_properties
from media import XMP, every_format, picture, png_that_claims, png_with, wav

from indicia.provenance import Asset, Dossier
from indicia.provenance.evidence import Reason
from indicia.provenance.inspect import inspect, inspect_path
from indicia.provenance.verdict import Origin

FORMATS = every_format()
MEGABYTES = 1 << 20


def look(data: bytes, *, deep: bool = True) -> Dossier:
    """The dossier of hostile bytes; that it can be written is part of every test here."""
    dossier = inspect(Asset.of(data, name="hostile"), deep=deep)
    assert dossier == Dossier.from_json(dossier.to_line().encode())
    return dossier


def no_fault(dossier: Dossier) -> bool:
    return not [g for g in dossier.gaps if g.reason is Reason.FAULT]


@pytest.mark.parametrize("name", FORMATS)
def test_a_sound_small_file_is_examined_without_a_fault(name: str) -> None:
    dossier = look(FORMATS[name])

    assert no_fault(dossier), dossier.gaps
    assert Origin.CAPTURED is not dossier.verdict.origin


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_at_any_byte_is_examined_without_a_fault(name: str) -> None:
    data = FORMATS[name]
    cuts = range(len(data)) if len(data) <= 400 else sorted({*range(64), *range(0, len(data), len(data) // 200)})

    for cut in cuts:
        dossier = look(data[:cut], deep=False)
        assert no_fault(dossier), (cut, dossier.gaps)
        assert Origin.CAPTURED is not dossier.verdict.origin


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_at_truly_every_byte_is_examined_without_a_fault(name: str) -> None:
    data = FORMATS[name]

    for cut in range(len(data)):
        dossier = look(data[:cut], deep=False)
        assert no_fault(dossier), (cut, dossier.gaps)


@pytest.mark.parametrize("name", FORMATS)
def test_flipped_bytes_are_examined_without_a_fault(name: str) -> None:
    chance, data = random.Random(7), FORMATS[name]

    for _ in range(25):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        dossier = look(bytes(broken), deep=False)
        assert no_fault(dossier), (bytes(broken), dossier.gaps)


def test_an_empty_file_says_so() -> None:
    dossier = look(b"")

    assert [(Reason.UNKNOWN_FORMAT, "the file is empty")] == [(g.reason, g.detail) for g in dossier.gaps]
    assert Origin.UNKNOWN is dossier.verdict.origin


def test_the_extension_is_not_believed(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(picture("jpeg", xmp=XMP))

    dossier = inspect_path(file)

    assert "jpeg" == dossier.asset.format
    assert Origin.SYNTHETIC is dossier.verdict.origin


@pytest.mark.parametrize("claims", [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (0, 0), (1, 2**31 - 1)])
def test_a_picture_that_claims_to_be_huge_is_not_decoded(claims: tuple[int, int]) -> None:
    dossier, peak = _measured(png_that_claims(*claims))

    assert no_fault(dossier), dossier.gaps
    assert peak < 50 * MEGABYTES


def test_a_real_bomb_of_fifty_thousand_by_fifty_thousand_pixels_is_refused() -> None:
    rows = zlib.compressobj(9)
    body = rows.compress(b"\0" * 50_001 * 100) * 1 + rows.flush()
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )

    dossier, peak = _measured(data)

    assert Reason.TOO_LARGE in {g.reason for g in dossier.gaps}
    assert peak < 50 * MEGABYTES


@pytest.mark.parametrize("format", ["gif", "bmp", "tiff", "webp"])
def test_other_formats_that_claim_to_be_huge_are_not_decoded(format: str) -> None:
    data = bytearray(FORMATS[format])
    place = {"gif": (6, "<HH"), "bmp": (18, "<ii"), "tiff": (0, ""), "webp": (24, "<HH")}[format]
    if place[1]:
        struct.pack_into(place[1], data, place[0], 32_767, 32_767)

    dossier, peak = _measured(bytes(data))

    assert no_fault(dossier), dossier.gaps
    assert peak < 100 * MEGABYTES


@pytest.mark.parametrize("kind", ["zTXt", "iTXt", "iCCP"])
def test_compressed_text_that_grows_a_thousandfold_is_bounded(kind: str) -> None:
    packed = zlib.compress(b"A" * 64 * MEGABYTES, 9)
    body = {
        "zTXt": b"parameters\0\0" + packed,
        "iTXt": b"XML:com.adobe.xmp\0\1\0\0\0" + packed,
        "iCCP": b"profile\0\0" + packed,
    }[kind]

    dossier, peak = _measured(png_with(kind.encode(), body))

    assert no_fault(dossier), dossier.gaps
    assert peak < 50 * MEGABYTES


@pytest.mark.parametrize("name", ["docProps/custom.xml", "word/document.xml", "[Content_Types].xml"])
def test_a_zip_bomb_in_an_office_file_is_bounded(name: str) -> None:
    data = repacked(with_properties(), {name: b"<x>" + b"A" * 64 * MEGABYTES + b"</x>"})

    dossier, peak = _measured(data)

    assert no_fault(dossier), dossier.gaps
    assert peak < 100 * MEGABYTES


def test_a_zip_of_very_many_members_is_bounded() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members(with_properties()).items():
            archive.writestr(name, content)
        for number in range(20_000):
            archive.writestr(f"word/{number}", b"")

    assert no_fault(look(buffer.getvalue()))


LAUGHS = b"<!DOCTYPE l [" + b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)
) + b"]>"  # fmt: skip
OUTSIDE = b'<!DOCTYPE l [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("entities", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("where", ["svg", "html", "xmp", "office"])
def test_entities_are_not_expanded(entities: bytes, where: str) -> None:
    inside = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&l9;</rdf:RDF>'
    data = {
        "svg": b'<?xml version="1.0"?>' + entities + b'<svg xmlns="http://www.w3.org/2000/svg"><text>&l9;</text></svg>',
        "html": b"<!doctype html>" + entities + b"<html><body>&l9;</body></html>",
        "xmp": picture(
            "jpeg", xmp=b'<?xml version="1.0"?>' + entities + b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + inside
        ),
        "office": repacked(with_properties(), {"docProps/custom.xml": entities + b"<p>&l9;</p>"}),
    }[where]

    dossier, peak = _measured(data)

    assert no_fault(dossier), dossier.gaps
    assert peak < 50 * MEGABYTES
    assert "root:" not in dossier.to_line()


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 500_000,
        b'{"a":' * 200_000,
        b'{"AIGC":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b"---\nAIGC: " + b"{" * 100_000 + b"\n---\n# T\n",
        b"---\nAIGC: " + b"[" * 100_000 + b"\n---\n# T\n",
        b"---\n" + b"".join(b" " * n + b"a:\n" for n in range(2_000)) + b"---\n",
        b"---\na: &a [x,x,x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(500)) + b"---\n",
        b"<!doctype html><html>" + b"<div>" * 200_000,
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 200_000,
        b"%PDF-1.7\n" + b"<<" * 200_000,
        b"%PDF-1.7\n" + b"1 0 obj\n" * 100_000,
        "\u202e\u200b\ufe0f".encode() * 100_000,
        b"\x1b]0;title\x07" * 50_000,
        b"a" * (8 * MEGABYTES),
        "字".encode() * (2 * MEGABYTES),
    ],
    ids=lambda data: str(data[:12]),
)
def test_deep_and_long_texts_are_examined_in_bounded_time(data: bytes) -> None:
    before = time.process_time()

    dossier = look(data)

    assert no_fault(dossier), dossier.gaps
    assert time.process_time() - before < 20


def test_json_that_nests_deeply_inside_a_label_is_no_fault() -> None:
    value = '{"Label":' + "[" * 15_000 + "]" * 15_000 + "}"
    xmp = XMP.replace(
        b"<rdf:Description ",
        b'<rdf:Description xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/" T:AIGC=\'' + value.encode() + b"' ",
    )

    assert no_fault(look(picture("jpeg", xmp=xmp)))
    assert no_fault(look(png_with(b"tEXt", b"AIGC\0" + value.encode())))


HOSTILE = [
    "\x1b[2J\x1b]0;x\x07",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "\u202egpj.exe",
    "a\0b",
    "\ud800",
    "'\"`;|$(id)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_strings_in_a_field_are_kept_as_data(text: str) -> None:
    value = json.dumps({"AIGC": {"Label": "1", "ContentProducer": text, "ProduceID": text}})

    dossier = look(png_with(b"tEXt", b"AIGC\0" + value.encode()))

    assert no_fault(dossier), dossier.gaps
    assert Origin.SYNTHETIC is dossier.verdict.origin


def test_a_sound_file_with_much_behind_its_end_is_examined() -> None:
    for name in ("jpeg", "png", "gif", "webp"):
        assert no_fault(look(FORMATS[name] + random.Random(1).randbytes(100_000)))


def test_a_wav_that_claims_more_than_there_is_is_no_fault() -> None:
    data = bytearray(wav())
    struct.pack_into("<I", data, 40, 0xFFFFFFFF)

    assert no_fault(look(bytes(data)))


def test_two_formats_in_one_file_are_examined_as_the_first() -> None:
    dossier = look(FORMATS["jpeg"] + FORMATS["zip"] + FORMATS["pdf"])

    assert "jpeg" == dossier.asset.format
    assert no_fault(dossier)


def _measured(data: bytes) -> tuple[Dossier, int]:
    """The dossier, and the most memory that Python held meanwhile, above the data itself."""
    look(b"warm")
    tracemalloc.start()
    try:
        return look(data), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
