"""The contract of the formats: what goes in comes out, nothing else changes, and no bytes bring a reader down."""

import functools
import io

import pytest
from containers import HEIC, OWN_XMP, everything, noise, pictures, saved
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from indicia.provenance import metadata
from indicia.provenance.catalog import names
from indicia.provenance.errors import IndiciaError, Unsupported
from indicia.provenance.formats import PACKAGE, Format, for_format
from indicia.provenance.sniff import sniff

EVERYTHING = everything()
CARRY_XMP = {name: sample for name, sample in EVERYTHING.items() if for_format(sample[0]).aigc_form == "xmp"}
# GIF87a must become 89a; the others come back byte by byte.
SERVED = ("jpeg", "png", "webp", "gif", "tiff", "avif", "heic", "svg", "markdown", "html")
packets = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300).map(
    lambda text: b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!--" + text.replace("-", "").encode() + b"--></x:xmpmeta>"
)


@pytest.mark.parametrize("format", SERVED)
def test_a_blank_file_is_of_its_format_and_keeps_the_contract(format: str) -> None:
    module = for_format(format)

    blank = module.blank(format)

    assert isinstance(module, Format)
    assert sniff(blank) == format
    assert module.read_xmp(blank) is None
    if format in ("jpeg", "png", "webp", "gif", "tiff"):
        assert (1, 1) == Image.open(io.BytesIO(blank)).size
        Image.open(io.BytesIO(blank)).load()


def test_every_module_serves_a_format_of_its_own() -> None:
    served = [f for name in names(PACKAGE) for f in for_format_of(name).formats]

    assert sorted(SERVED) == sorted(set(served) & set(SERVED))
    assert len(served) == len(set(served))


def for_format_of(name: str) -> Format:
    from indicia.provenance.catalog import load

    module: Format = load(PACKAGE, name, "format")
    return module


@pytest.mark.parametrize("name", CARRY_XMP)
@settings(max_examples=15, deadline=None)
@given(first=packets, second=packets)
def test_a_packet_comes_back_and_leaves_without_a_trace(name: str, first: bytes, second: bytes) -> None:
    kind, data = CARRY_XMP[name]
    module = for_format(kind)

    written = module.write_xmp(data, first)
    rewritten = module.write_xmp(written, second)

    assert first == module.read_xmp(written)
    assert second == module.read_xmp(rewritten)
    assert rewritten == module.write_xmp(data, second)
    assert module.write_xmp(rewritten, None) == data
    assert module.essence(rewritten) == module.essence(data)
    assert module.read_fields(rewritten) == module.read_fields(data)


@pytest.mark.parametrize("name", [n for n, (f, _) in pictures().items() if f != "heic"])
def test_every_frame_keeps_its_pixels(name: str) -> None:
    kind, data = pictures()[name]

    written = for_format(kind).write_xmp(data, OWN_XMP)

    assert frames(data) == frames(written)


def frames(data: bytes) -> list[tuple[str, bytes]]:
    picture = Image.open(io.BytesIO(data))
    found = []
    for index in range(getattr(picture, "n_frames", 1)):
        picture.seek(index)
        found.append((picture.mode, picture.tobytes()))
    return found


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
def test_pillow_finds_the_packet(format: str) -> None:
    written = for_format(format).write_xmp(saved(noise(), format), OWN_XMP)

    picture = Image.open(io.BytesIO(written))
    picture.load()

    assert OWN_XMP == picture.info["xmp"]


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "avif"])
def test_a_packet_that_pillow_wrote_is_found_and_replaced(format: str) -> None:
    data = by_pillow(format)
    module = for_format(format)

    replaced = module.write_xmp(data, b"<a/>" * 700)

    assert OWN_XMP == module.read_xmp(data)
    assert b"<a/>" * 700 == module.read_xmp(replaced)
    assert OWN_XMP not in replaced
    assert frames(data) == frames(replaced)


def by_pillow(format: str) -> bytes:
    if format == "tiff":
        return saved(noise(), "tiff", tiffinfo={700: OWN_XMP})
    if format == "png":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", OWN_XMP.decode(), zip=True)
        return saved(noise(), "png", pnginfo=info)
    return saved(noise(), format, xmp=OWN_XMP)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_file_cut_at_any_byte_is_refused_or_read(name: str) -> None:
    kind, data = EVERYTHING[name]
    module = for_format(kind)
    if module.aigc_form == "xmp":
        data = module.write_xmp(data, OWN_XMP)
    data = data[:600] + data[-1500:] if len(data) > 4000 and kind in ("jpeg", "gif") else data

    for cut in range(0, len(data), 1 if len(data) < 3000 else 7):
        survives(kind, data[:cut])


def survives(format: str, data: bytes) -> None:
    """Reading and writing raise nothing but errors meant to be raised."""
    module = for_format(format)
    for act in (
        module.read_fields,
        functools.partial(metadata.parse, module, format=format),
        functools.partial(module.write_xmp, packet=OWN_XMP),
        functools.partial(module.write_xmp, packet=None),
        functools.partial(module.without, unwanted=lambda *_: True),
        module.essence,
    ):
        try:
            act(data)
        except IndiciaError:
            continue


@pytest.mark.parametrize("name", EVERYTHING)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_with_changed_bytes_is_refused_or_read(name: str, data: st.DataObject) -> None:
    kind, sample = EVERYTHING[name]
    changed = bytearray(sample)
    # Structure stands at the ends; that is where a changed byte tells.
    places = st.one_of(
        st.integers(0, min(len(changed), 700) - 1), st.integers(max(0, len(changed) - 300), len(changed) - 1)
    )
    for at, value in data.draw(st.lists(st.tuples(places, st.sampled_from([0, 1, 2, 127, 128, 254, 255])), max_size=6)):
        changed[at] = value

    survives(kind, bytes(changed))


def test_a_heic_picture_is_still_where_its_table_says() -> None:
    """The coded picture lies behind the meta box, which grows: its offset must have moved with it."""
    module = for_format("heic")
    coded = HEIC[-33:]

    written = module.write_xmp(HEIC, OWN_XMP)

    assert coded in module.essence(HEIC)
    assert module.essence(HEIC) == module.essence(written)
    assert written.index(coded) > HEIC.index(coded)


def test_a_jpeg_segment_has_an_end() -> None:
    with pytest.raises(Unsupported, match="65533"):
        for_format("jpeg").write_xmp(saved(noise(), "jpeg"), b"<a>" + b" " * 70_000 + b"</a>")


def test_the_index_of_a_jpeg_with_several_pictures_stays_true() -> None:
    """Whether the packet stands before the index or behind it."""
    data = pictures()["jpeg with a second picture"][1]
    at = data.index(b"\xff\xe2", data.index(b"MPF\0") - 10)
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    module = for_format("jpeg")
    packet = module.write_xmp(saved(noise(), "jpeg"), b"<a/>")[20 : 20 + 4 + 29 + 4]
    behind = bytearray(data[:end] + packet + data[end:])

    for source in (data, patched_index(behind, len(packet))):
        written = module.write_xmp(source, OWN_XMP)

        assert 3 == len(frames(written))
        assert frames(data) == frames(written)


def patched_index(data: bytearray, shift: int) -> bytes:
    """`data` whose pictures behind the first stand `shift` further on: what a camera would have written."""
    header = data.index(b"MPF\0") + 4
    for row in (1, 2):
        at = data.index((0xB002).to_bytes(2, "little"), header)
        table = header + int.from_bytes(data[at + 8 : at + 12], "little")
        place = table + row * 16 + 8
        data[place : place + 4] = (int.from_bytes(data[place : place + 4], "little") + shift).to_bytes(4, "little")
    return bytes(data)


def test_a_gif_of_1987_becomes_one_of_1989() -> None:
    old = saved(noise(), "gif").replace(b"GIF89a", b"GIF87a", 1)

    written = for_format("gif").write_xmp(old, OWN_XMP)

    assert written.startswith(b"GIF89a")
    assert frames(old) == frames(written)


def test_an_odd_tiff_grows_by_one_byte_at_most() -> None:
    data = saved(noise(), "tiff") + b"\0"
    data = data if len(data) % 2 else data + b"\0"
    module = for_format("tiff")

    restored = module.write_xmp(module.write_xmp(data, OWN_XMP), None)

    assert data + b"\0" == restored


def test_a_zip_bomb_in_png_text_is_refused() -> None:
    import zlib

    bomb = zlib.compress(bytes(64 << 20), 9)
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + bomb
    chunk = len(body).to_bytes(4, "big") + b"iTXt" + body + zlib.crc32(b"iTXt" + body).to_bytes(4, "big")
    data = saved(noise(), "png")

    with pytest.raises(IndiciaError, match="more than"):
        for_format("png").read_xmp(data[:33] + chunk + data[33:])


def test_a_drawing_with_declarations_around_its_packet_is_understood() -> None:
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="adobe:ns:meta/" xmlns:q="urn:q" '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><metadata><x:xmpmeta><rdf:RDF>'
        b'<rdf:Description q:a="1"/></rdf:RDF></x:xmpmeta></metadata></svg>'
    )

    found = metadata.parse(for_format("svg"), drawing, "svg")

    assert found.packet is not None
    assert "1" == found.packet.value("urn:q", "a")


@pytest.mark.parametrize(
    "markup",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;adobe:ns:meta/</svg>',
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;adobe:ns:meta/</svg>',
        b"<svg>" + b"<g>" * 5000 + b"adobe:ns:meta/",
    ],
)
def test_a_hostile_drawing_is_refused(markup: bytes) -> None:
    with pytest.raises(IndiciaError):
        for_format("svg").read_xmp(markup)


def test_front_matter_that_is_not_touched_stays_as_it_is() -> None:
    kind, data = EVERYTHING["markdown with front matter"]

    written = for_format(kind).write_field(data, "AIGC", '{"Label":"1"}')

    assert data.replace(b"  - AIGC\n---", b'  - AIGC\nAIGC:\n  Label: "1"\n---') == written
    assert data == for_format(kind).write_field(written, "AIGC", None)


@pytest.mark.parametrize("name", [n for n, (f, _) in EVERYTHING.items() if f in ("markdown", "html", "png")])
@settings(max_examples=25, deadline=None)
@given(
    value=st.text(
        st.characters(
            min_codepoint=32, exclude_characters="\x7f\x85\u2028\u2029\ufeff", exclude_categories=("Cs", "Cc")
        ),
        max_size=60,
    )
)
def test_a_field_comes_back_and_leaves_without_a_trace(name: str, value: str) -> None:
    import json

    kind, data = EVERYTHING[name]
    module = for_format(kind)
    text = json.dumps({"Label": "1", "ContentProducer": value}, ensure_ascii=kind != "markdown", separators=(",", ":"))

    written = module.write_field(data, "AIGC", text)

    assert [text] == [v for _, key, v in module.read_fields(written) if key == "AIGC"]
    assert data == module.write_field(written, "AIGC", None)


def test_a_format_that_is_not_served_is_named() -> None:
    with pytest.raises(Unsupported, match="bmp"):
        for_format("bmp")
