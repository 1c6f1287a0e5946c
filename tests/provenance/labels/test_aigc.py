"""The AIGC label: written where the guides say, found however it is spelt, judged clause by clause."""

import base64
import html
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from containers import OWN_XMP, everything, exif, noise, pictures, saved
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngInfo

from indicia.provenance import xmp
from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, TooLarge, Unsupported, UsageError
from indicia.provenance.evidence import Label
from indicia.provenance.formats import for_format
from indicia.provenance.labels import aigc, iptc
from indicia.provenance.labels.aigc import Aigc

EVERYTHING = everything()
CODE = "001191110000802100433B1BABC"  # the credit code is that of a public body, its check character is B
LABEL = Aigc("1", "ACME", "0123456789abcdef", "", "ACME", "0123456789abcdef")
TEXT = LABEL.to_json_text(outer=False)


def labelled(data: bytes, kind: str, label: Aigc = LABEL) -> bytes:
    return aigc.write(data, kind, label)


def only(data: bytes) -> Label:
    found = aigc.read(Asset.of(data))
    assert 1 == len(found), found
    return found[0]


def jpeg_with(packet: str) -> bytes:
    return for_format("jpeg").write_xmp(saved(noise(), "jpeg"), packet.encode())


def packet(inner: str, *, attributes: str = "") -> str:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:TC260="{aigc.NAMESPACE}" {attributes}>{inner}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    )


def test_the_text_is_that_of_annex_e() -> None:
    label = Aigc("1", "a", "b", "c", "d", "e", "f")

    assert (
        '{"AIGC":{"Label":"1","ContentProducer":"a","ProduceID":"b","ReservedCode1":"c",'
        '"ContentPropagator":"d","PropagateID":"e","ReservedCode2":"f"}}'
    ) == label.to_json_text()
    assert json.loads(label.to_json_text())["AIGC"] == json.loads(label.to_json_text(outer=False))


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_label_is_written_once_and_read_back_without_fault(name: str) -> None:
    kind, data = EVERYTHING[name]

    written = labelled(data, kind)
    again = labelled(written, kind)

    assert again == written
    assert for_format(kind).essence(data) == for_format(kind).essence(written)
    found = only(written)
    assert ("synthetic", False, "aigc", ()) == (found.origin, found.explicit, found.standard, found.findings)
    assert ("1", "ACME", "0123456789abcdef", "", "ACME", "0123456789abcdef", "") == tuple(v for _, v in found.fields)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_platform_passes_a_label_on(name: str) -> None:
    kind, data = EVERYTHING[name]
    first = labelled(data, kind)

    second = labelled(first, kind, LABEL.passed_on("Platform", "p-1"))

    values = dict(only(second).fields)
    assert ("ACME", "Platform", "p-1") == (
        values["ContentProducer"],
        values["ContentPropagator"],
        values["PropagateID"],
    )


names_of_people = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp", "Cf")), min_size=1, max_size=40
)


@pytest.mark.parametrize("name", ["jpeg", "gif", "heic", "svg", "markdown", "html"])
@settings(max_examples=25, deadline=None)
@given(producer=names_of_people, number=names_of_people)
def test_any_name_survives(name: str, producer: str, number: str) -> None:
    kind, data = EVERYTHING[name]
    if producer.startswith("00") or producer != producer.strip() or number != number.strip():
        return

    found = only(labelled(data, kind, Aigc("1", producer, number)))

    assert (producer, number) == (dict(found.fields)["ContentProducer"], dict(found.fields)["ProduceID"])


def test_other_properties_survive_in_bytes() -> None:
    module = for_format("jpeg")
    data = module.write_xmp(saved(noise(), "jpeg"), OWN_XMP)

    once = iptc.write(labelled(data, "jpeg"), "jpeg", iptc.Iptc(ai_system_used="tiny"))
    packet_now = module.read_xmp(labelled(once, "jpeg"))

    assert packet_now is not None
    head, tail = OWN_XMP.split(b"</rdf:RDF>")
    assert packet_now.removeprefix(b"\xef\xbb\xbf").startswith(head.rstrip())
    assert packet_now.endswith(tail)
    assert 1 == packet_now.count(b":AIGC>{")
    assert b'rdf:about="uuid:1234"' in packet_now.partition(head.rstrip())[2]
    before, after = xmp.read(OWN_XMP).properties, xmp.read(packet_now).properties
    assert before == after[: len(before)]


@pytest.mark.parametrize(
    ("label", "clause"),
    [
        (Aigc("4", "a", "b"), "Annex E c"),
        (Aigc("1", "", "b"), "Annex E d"),
        (Aigc("1", "a", ""), "Annex E d, e"),
        (Aigc("1", "a\x1b[31m", "b"), "Annex E j"),
        (Aigc("1", CODE[:-6] + "C" + CODE[-5:], "b"), "GB 32100"),
        (Aigc("2", "", ""), "Annex E d, e"),
    ],
)
def test_what_the_standard_forbids_is_refused_with_its_clause(label: Aigc, clause: str) -> None:
    with pytest.raises(UsageError, match=clause):
        aigc.write(saved(noise(), "png"), "png", label)


def test_text_without_a_place_says_what_to_do() -> None:
    with pytest.raises(Unsupported, match="written label or a sidecar"):
        aigc.write(b"words", "text", LABEL)


def test_a_label_may_be_or_suspected_asserts_no_origin() -> None:
    found = only(labelled(saved(noise(), "png"), "png", Aigc("3", "", "", "", "Platform", "p")))

    assert ("", "3") == (found.origin, dict(found.fields)["Label"])


def test_content_numbers_are_unique() -> None:
    assert 1000 == len({aigc.new_produce_id() for _ in range(1000)})


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_digest_holds_until_the_content_changes(name: str) -> None:
    kind, data = EVERYTHING[name]
    label = Aigc("1", "ACME", "n", aigc.reserved_code(data, kind))

    written = labelled(data, kind, label)

    assert aigc.integrity_holds(written, kind, label)
    assert not aigc.integrity_holds(saved(noise(seed=9), "png"), "png", label)
    assert aigc.integrity_holds(written, kind, Aigc("1", "a", "b", "opaque")) is None


@pytest.mark.parametrize("code", [CODE, CODE[:22] + "2" + "0000"])
def test_a_sound_provider_code_passes(code: str) -> None:
    assert () == aigc.check_provider_code(code)


@pytest.mark.parametrize("at", range(4, 21))
def test_any_wrong_digit_of_the_credit_code_is_found(at: int) -> None:
    other = "7" if CODE[at] != "7" else "8"

    assert any("GB 32100" in p for p in aigc.check_provider_code(CODE[:at] + other + CODE[at + 1 :]))


@pytest.mark.parametrize("code", ["", CODE[:-1], CODE + "X", "1" + CODE[1:], CODE[:22] + "3" + CODE[23:]])
def test_a_code_of_the_wrong_form_is_told(code: str) -> None:
    assert all("TC260-PG-20252A" in p for p in aigc.check_provider_code(code))
    assert aigc.check_provider_code(code)


# The ways of real files (facts of the field, not of the standard): the XMP inner text, and the words of the finding.
SPELLINGS = {
    "element": (packet(f"<TC260:AIGC>{html.escape(TEXT)}</TC260:AIGC>"), ""),
    "attribute": (packet("", attributes=f"TC260:AIGC={json.dumps(html.escape(TEXT))}"), ""),
    "other prefix": (packet(f'<aigc:AIGC xmlns:aigc="{aigc.NAMESPACE}">{html.escape(TEXT)}</aigc:AIGC>'), ""),
    "cdata": (packet(f"<TC260:AIGC><![CDATA[{TEXT}]]></TC260:AIGC>"), ""),
    "outer object": (packet(f"<TC260:AIGC>{LABEL.to_json_text()}</TC260:AIGC>"), "outer AIGC object"),
    "other namespace": (packet(f'<t:AIGC xmlns:t="http://www.tc260.org.cn/ns/aigc/">{TEXT}</t:AIGC>'), "not {http"),
    "lower case": (packet(f"<TC260:aigc>{TEXT}</TC260:aigc>"), "aigc, not"),
    "escaped twice": (packet(f"<TC260:AIGC>{html.escape(html.escape(TEXT))}</TC260:AIGC>"), "escaped once too often"),
    "encoded twice": (packet(f"<TC260:AIGC>{html.escape(json.dumps(TEXT))}</TC260:AIGC>"), "encoded twice"),
    "base64": (packet(f"<TC260:AIGC>{base64.b64encode(TEXT.encode()).decode()}</TC260:AIGC>"), "Base64"),
    "bare word": (packet(f"<TC260:AIGC>AIGC{TEXT}</TC260:AIGC>"), "bare word"),
    "array": (packet(f"<TC260:AIGC><rdf:Bag><rdf:li>{TEXT}</rdf:li></rdf:Bag></TC260:AIGC>"), ""),
    "structure": (
        packet('<TC260:AIGC rdf:parseType="Resource">' + "".join(
            f"<TC260:{k}>{v}</TC260:{k}>" for k, v in json.loads(TEXT).items()) + "</TC260:AIGC>"), "XMP structure"),
    "loose keys": (packet("".join(f"<TC260:{k}>{v}</TC260:{k}>" for k, v in json.loads(TEXT).items())), "of their own"),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_label_is_read_however_it_is_spelt(spelling: str) -> None:
    text, finding = SPELLINGS[spelling]

    found = only(jpeg_with(text))

    assert ("synthetic", "ACME") == (found.origin, dict(found.fields)["ContentProducer"])
    assert any(finding in f for f in found.findings) if finding else found.findings == ()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_writing_over_any_spelling_leaves_one_sound_label(spelling: str) -> None:
    found = only(labelled(jpeg_with(SPELLINGS[spelling][0]), "jpeg"))

    assert () == found.findings


def with_values(**values: object) -> str:
    return packet(f"<TC260:AIGC>{html.escape(json.dumps(json.loads(TEXT) | values, ensure_ascii=False))}</TC260:AIGC>")


@pytest.mark.parametrize(
    ("values", "clause"),
    [
        ({"Label": "AIGC"}, "Annex E c"),
        ({"Label": 1}, "not a string"),
        ({"ProduceID": "0" * 32}, "all zeros"),
        ({"ProduceID": "/Users/王/工作/报告.md"}, "file path"),
        ({"ProduceID": "C:\\Users\\me\\x"}, "file path"),
        ({"ContentProducer": "豆包"}, "Annex E j"),
        ({"ContentProducer": CODE[:-6] + "C" + CODE[-5:]}, "GB 32100"),
        ({"ContentProducer": ""}, "Annex E d"),
        ({"ContentPropagator": ""}, "Note 1"),
        ({"Extra": "x"}, "unknown: Extra"),
        ({"ServiceProvider": "x", "ServiceUser": "y"}, "another vendor's schema"),
        ({"ReservedCode1": {"SecurityData": {"Type": "TC260PG"}}}, "ReservedCode1 is not a string"),
    ],
)
def test_each_departure_of_the_values_is_told(values: dict[str, object], clause: str) -> None:
    found = only(jpeg_with(with_values(**values)))

    assert any(clause in f for f in found.findings), found.findings
    assert "synthetic" == found.origin


def test_a_label_that_cannot_be_read_is_still_told() -> None:
    found = only(jpeg_with(packet('<TC260:AIGC>{"Label":"1","Conte</TC260:AIGC>')))

    assert ("", ()) == (found.origin, found.fields)
    assert any("no JSON object" in f for f in found.findings)


def test_missing_keys_are_listed() -> None:
    found = only(jpeg_with(packet('<TC260:AIGC>{"Label":"1"}</TC260:AIGC>')))

    assert any(f.startswith("missing: ContentProducer, ProduceID, ReservedCode1") for f in found.findings)


def test_two_labels_in_one_file_are_a_finding_on_each_and_one_after_writing() -> None:
    info = PngInfo()
    info.add_text("AIGC", LABEL.to_json_text())
    data = for_format("png").write_xmp(saved(noise(), "png", pnginfo=info), SPELLINGS["element"][0].encode())

    found = aigc.read(Asset.of(data))

    assert [True, True] == [any("exactly one" in f for f in label.findings) for label in found]
    assert () == only(labelled(data, "png")).findings


def carriers() -> dict[str, tuple[str, bytes, str]]:
    """Labels outside XMP: (format, bytes, words of a finding or "" when the guide allows the place)."""
    wrapped = LABEL.to_json_text()
    comment = {0x9286: b"ASCII\0\0\0" + wrapped.encode()}
    unicode = {0x9286: b"UNICODE\0" + wrapped.encode("utf-16-be")}
    info = PngInfo()
    info.add_text("AIGC", wrapped)
    plain = PngInfo()
    plain.add_text("AIGC", TEXT)
    glued = saved(noise(), "jpeg")
    tail = b"\xff\xeb" + (len(TEXT) + 6).to_bytes(2, "big") + b"AIGC" + TEXT.encode()
    picture = noise()
    return {
        "png text": ("png", saved(picture, "png", pnginfo=info), ""),
        "png text without the outer object": ("png", saved(picture, "png", pnginfo=plain), "lack the outer"),
        "jpeg user comment": ("jpeg", saved(picture, "jpeg", exif=exif({0x0131: "x"}, comment)), ""),
        "jpeg user comment in utf-16": ("jpeg", saved(picture, "jpeg", exif=exif({}, unicode)), ""),
        "webp user comment": ("webp", saved(picture, "webp", exif=exif({0x0131: "x"}, comment)), ""),
        "avif user comment": ("avif", saved(picture, "avif", exif=exif({0x0131: "x"}, comment)), ""),
        "image description": ("jpeg", saved(picture, "jpeg", exif=exif({0x010E: wrapped})), "ImageDescription"),
        "another vendor's description": (
            "jpeg", saved(picture, "jpeg", exif=exif({0x010E: '{"Label":"1","ServiceProvider":"x"}'})),
            "another vendor's schema"),
        "tiff description": ("tiff", saved(picture, "tiff", tiffinfo={0x010E: wrapped}), "ImageDescription"),
        "jpeg comment": ("jpeg", saved(picture, "jpeg", comment=wrapped.encode()), "JPEG comment"),
        "gif comment": ("gif", saved(picture, "gif", comment=wrapped.encode()), "GIF comment"),
        "glued to a segment": ("jpeg", glued[:2] + tail + glued[2:], "APP11"),
    }  # fmt: skip


@pytest.mark.parametrize("carrier", carriers())
def test_labels_outside_xmp_are_read_and_replaced_by_one_in_it(carrier: str) -> None:
    kind, data, finding = carriers()[carrier]

    found, written = only(data), labelled(data, kind)

    assert "synthetic" == found.origin
    assert any(finding in f for f in found.findings) if finding else found.findings == ()
    assert () == only(written).findings
    assert "XMP" in only(written).locator
    assert for_format(kind).essence(data) == for_format(kind).essence(written)


def test_png_can_carry_it_as_text() -> None:
    written = aigc.write(saved(noise(), "png"), "png", LABEL, place="text")

    assert b"tEXtAIGC\0" + LABEL.to_json_text().encode() in written
    assert () == only(written).findings


@pytest.mark.parametrize(
    "front",
    [
        '---\nAIGC:\n    Label: "1"\n    ContentProducer: ACME\n---\n# T\n\n- a\n',
        "---\ntitle: x\nAIGC:\n  {Label: '1', ContentProducer: ACME}\n---\n",
        '---\nAIGC: \'{"Label":"1","ContentProducer":"ACME"}\'\n---\n',
        "---\r\nAIGC:\r\n  Label: '1'\r\n  ContentProducer: ACME\r\nx: y\r\n---\r\n",
    ],
)
def test_front_matter_is_read_in_every_style(front: str) -> None:
    found = only(front.encode())

    assert ("1", "ACME", "front matter AIGC") == (*(v for _, v in found.fields[:2]), found.locator)


@pytest.mark.parametrize(
    "front",
    [
        "---\nAIGC: [[[[\n---\n",
        "---\nAIGC: &a [*a]\n---\n",
        "---\nAIGC:\n  " + "{a: " * 200 + "\n---\n",
        "---\nAIGC: !!python/object:x {}\n---\n",
    ],
)
def test_hostile_front_matter_is_a_label_that_cannot_be_read(front: str) -> None:
    found = only(front.encode())

    assert ("", ()) == (found.origin, found.fields)
    assert found.findings


@pytest.mark.parametrize(
    "data",
    [
        b"---\ntitle: AIGC and you\n---\n# AIGC\n\nLabel: 1\n",
        "新闻：AIGC 标识办法施行。\n".encode(),
        saved(noise(), "jpeg", comment=b"my AIGC talk {slides}"),
        b'<html><head><meta name="keywords" content="AIGC, {x}"></head></html>',
    ],
)
def test_a_mention_is_no_label(data: bytes) -> None:
    assert () == aigc.read(Asset.of(data))


def test_a_private_field_is_no_label() -> None:
    comment = {0x9286: b'ASCII\0\0\0{"aigc_label_type":0,"aigc_type":"x"}'}

    assert () == aigc.read(Asset.of(saved(noise(), "jpeg", exif=exif({}, comment))))


@pytest.mark.parametrize(
    "text",
    [
        "<x",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        "<a>" * 500,
        "\x00\x01",
        '<?xml version="1.0" encoding="x"?><a>',
    ],
)
def test_a_broken_packet_is_a_gap_unless_a_label_stands_elsewhere(text: str) -> None:
    broken = for_format("png").write_xmp(saved(noise(), "png"), text.encode())

    with pytest.raises((BadContent, TooLarge)):
        aigc.read(Asset.of(broken))
    found = only(for_format("png").write_field(broken, "AIGC", LABEL.to_json_text()))

    assert any("XMP" in f or "XML" in f for f in found.findings)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_packets_in_other_encodings_are_read_and_updated(codec: str) -> None:
    text = SPELLINGS["element"][0].replace("ACME", "猫")
    declared = '<?xml version="1.0" encoding="UTF-16"?>\n' if "16" in codec else ""
    data = for_format("jpeg").write_xmp(saved(noise(), "jpeg"), (declared + text).encode(codec) + b"\0\0")

    found = only(data)

    assert "猫" == dict(found.fields)["ContentProducer"]
    assert () == only(labelled(data, "jpeg")).findings


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed: no independent look at labels")
@pytest.mark.parametrize("name", [n for n in pictures() if n != "animated png"] + ["svg"])
def test_exiftool_reads_what_was_written(name: str, tmp_path: Path) -> None:
    kind, data = EVERYTHING[name]
    path = tmp_path / f"x.{kind}"
    path.write_bytes(iptc.write(labelled(data, kind), kind, iptc.Iptc(credit="me & <you>")))

    told = subprocess.run(
        ["exiftool", "-j", "-a", "-G1", "-XMP-TC260:all", "-XMP-iptcExt:all", "-XMP-photoshop:all", "-Error", path],
        capture_output=True, check=True,
    )  # fmt: skip
    said = {k.replace("SvgMetadata", "").lower(): v for k, v in json.loads(told.stdout)[0].items()}

    assert json.loads(TEXT) == json.loads(said["xmp-tc260:aigc"])
    assert said["xmp-iptcext:digitalsourcetype"].endswith("/trainedAlgorithmicMedia")
    assert "me & <you>" == said["xmp-photoshop:credit"]
    assert "exiftool:error" not in said


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed: no independent look at labels")
def test_exiftool_reads_the_text_chunk(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(aigc.write(saved(noise(), "png"), "png", LABEL, place="text"))

    told = subprocess.run(["exiftool", "-j", "-PNG:all", path], capture_output=True, check=True)

    assert LABEL.to_json_text() in json.loads(told.stdout)[0].values()


def test_reading_costs_little_beside_hashing() -> None:
    """The packet is parsed once for all readers of an asset."""
    from indicia.provenance import metadata

    asset = Asset.of(labelled(saved(noise(), "png"), "png"))

    assert metadata.of(asset) is metadata.of(asset)


def test_memory_of_an_asset_goes_with_it() -> None:
    import gc
    import weakref

    asset = Asset.of(labelled(saved(noise(), "png"), "png"))
    aigc.read(asset)
    ghost = weakref.ref(asset)

    del asset
    gc.collect()

    assert ghost() is None
