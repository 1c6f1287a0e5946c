"""Video, container by container: indexes stay true, sizes and checksums are right, odd builds are known."""

import struct

import pytest
from containers import OWN_XMP
from streams import decoded, everything, survives

from indicia.provenance.errors import BadContent, TooLarge
from indicia.provenance.evidence import Media
from indicia.provenance.formats import _amf as amf
from indicia.provenance.formats import _ebml as ebml
from indicia.provenance.formats import for_format
from indicia.provenance.formats._chunks import built
from indicia.provenance.sniff import FORMATS, sniff

SAMPLES = everything()
LONG = '{"Label":"1"}' + " " * 3000
SHORT = '{"Label":"1"}'


def little(data: bytes, at: int, width: int = 4) -> int:
    return int.from_bytes(data[at : at + width], "little")


@pytest.mark.parametrize("name", ["wav", "avi", "avi without padding"])
def test_the_size_of_the_form_is_that_of_the_file(name: str) -> None:
    kind, data = SAMPLES[name]

    written = for_format(kind).write_field(data, "AIGC", LONG)

    assert len(data) - 8 == little(data, 4)
    assert len(written) - 8 == little(written, 4)


def test_the_sizes_of_64_bits_grow_along() -> None:
    data = SAMPLES["wav with 64-bit sizes"][1]

    written = for_format("wav").write_field(data, "AIGC", LONG)

    assert b"RF64" == written[:4]
    assert 0xFFFFFFFF == little(written, 4)
    assert len(written) - 8 == little(written, written.index(b"ds64") + 8, 8)


@pytest.mark.parametrize("kind", [b"RF64", b"BW64"])
def test_both_names_of_the_wide_form_are_wav(kind: bytes) -> None:
    data = kind + SAMPLES["wav with 64-bit sizes"][1][4:]

    assert "wav" == sniff(data)
    assert SHORT in for_format("wav").write_field(data, "AIGC", SHORT).decode("latin-1")


def test_a_forgotten_padding_byte_is_put_in_and_what_follows_the_form_is_kept() -> None:
    body = b"WAVE" + built(b"fmt ", bytes(16)) + b"data\3\0\0\0abc"
    data = b"RIFF" + len(body).to_bytes(4, "little") + body + b"trailing"
    module = for_format("wav")

    written = module.write_field(data, "AIGC", "{}")

    assert b"data\3\0\0\0abc\0AIGC\2\0\0\0{}trailing" == written[-30:]
    assert module.essence(data) == module.essence(written)


def test_sound_without_an_end_has_the_label_before_it() -> None:
    data = SAMPLES["wav that names no size"][1]

    written = for_format("wav").write_field(data, "AIGC", "{}")

    assert written.index(b"AIGC") < written.index(b"data")
    assert written.endswith(data[data.index(b"data") :])


def test_avi_frames_do_not_move_while_the_padding_lasts() -> None:
    data, module = SAMPLES["avi"][1], for_format("avi")

    little_more, much_more = module.write_field(data, "AIGC", SHORT), module.write_field(data, "AIGC", LONG)

    assert len(data) == len(little_more)
    assert data.index(b"movi") == little_more.index(b"movi") == much_more.index(b"movi")
    assert much_more.index(b"AIGC") > much_more.index(b"movi")
    assert b"AIGC" + (len(SHORT) + 1).to_bytes(4, "little") + SHORT.encode() + b"\0" in little_more


def open_dml() -> bytes:
    """Two forms, as a file of more than 1 GiB has them, with the indexes of OpenDML; the frames are two bytes each."""

    def movi(base: int) -> bytes:
        entry = struct.pack("<II", 8, 2)
        index = struct.pack("<HBBI4sQI", 2, 0, 1, 1, b"00dc", base, 0) + entry
        return built(b"LIST", b"movi" + built(b"ix00", index) + built(b"00dc", b"xy"))

    def whole(first: int, second: int) -> tuple[bytes, bytes]:
        table = struct.pack("<QII", first + 12, 40, 1) + struct.pack("<QII", second + 24, 40, 1)
        index = struct.pack("<HBBI4s12x", 4, 0, 0, 2, b"00dc") + table
        strl = built(b"LIST", b"strl" + built(b"strh", bytes(56)) + built(b"indx", index))
        header = built(b"LIST", b"hdrl" + built(b"avih", bytes(56)) + strl)
        one = built(b"RIFF", b"AVI " + header + movi(first + 12) + built(b"idx1", bytes(16)))
        return one, built(b"RIFF", b"AVIX" + movi(second + 24))

    one, two = whole(0, 0)
    one, two = whole(one.index(b"movi") - 8, len(one))
    return one + two


def test_the_positions_in_the_index_of_a_large_avi_file_move_with_what_they_point_at() -> None:
    data, module = open_dml(), for_format("avi")

    written = module.write_field(module.write_xmp(data, OWN_XMP), "AIGC", LONG)

    for file in (data, written):
        at = file.index(b"indx") + 8 + 24
        first, second = little(file, at, 8), little(file, at + 16, 8)
        assert b"ix00" == file[first : first + 4] == file[second : second + 4]
        assert [first, second] == [little(file, p + 20, 8) for p in (first, second)]
    assert module.essence(data) != b""
    assert data == module.write_xmp(module.write_field(written, "AIGC", None), None)


def test_an_index_that_points_into_the_headers_is_refused() -> None:
    data = bytearray(open_dml())
    at = data.index(b"indx") + 8 + 24
    data[at + 16 : at + 24] = (data.index(b"indx") - 20).to_bytes(8, "little")
    data[data.index(b"indx") - 20 : data.index(b"indx") - 18] = b"ix"

    survives("avi", bytes(data))


def test_the_index_of_key_frames_still_points_at_key_frames() -> None:
    data, module = SAMPLES["flv with an index"][1], for_format("flv")

    written = module.write_xmp(module.write_field(data, "AIGC", LONG), OWN_XMP)

    for file in (data, written):
        script = file[24 : 24 + int.from_bytes(file[14:17], "big")]
        numbers = {
            value.path: struct.unpack(">d", script[value.start + 1 : value.end])[0]
            for value in amf.values(script)
            if value.is_number
        }
        assert 9 == file[int(numbers["keyframes", "filepositions", ""])]  # a tag of pictures
        assert len(file) == numbers["filesize",]
    assert data == module.write_xmp(module.write_field(written, "AIGC", None), None)


def test_an_flv_file_without_metadata_gets_a_tag_and_loses_it_again() -> None:
    data, module = (
        b"FLV\1\4\0\0\0\x09\0\0\0\0" + b"\x09\0\0\2" + bytes(7) + b"\x17\0" + b"\0\0\0\x0d",
        for_format("flv"),
    )

    written = module.write_field(data, "AIGC", "x" * 70_000)

    assert (("FLV onMetaData", "AIGC", "x" * 70_000),) == module.read_fields(written)
    assert data == module.write_field(written, "AIGC", None)


@pytest.mark.parametrize(
    "script",
    [
        b"\x0a\xff\xff\xff\xff" * 40,
        b"\x0a\xff\xff\xff\xff" + b"\5" * 300_000,
        b"\3\0\1a" * 60,
        b"\x08\0\0\0\0\0\1a\x11",
    ],
)
def test_values_without_end_are_refused_in_time(script: bytes) -> None:
    data = amf.string(b"onMetaData") + script
    tag = b"\x12" + len(data).to_bytes(3, "big") + bytes(7) + data + bytes(4)

    with pytest.raises((BadContent, TooLarge)):
        for_format("flv").read_fields(b"FLV\1\4\0\0\0\x09\0\0\0\0" + tag)


def parts(data: bytes) -> list[ebml.Element]:
    """The elements of the segment, all of which have a size."""
    at, found = ebml.header(data, 0, len(data)).end, list[ebml.Element]()
    segment = ebml.header(data, at, len(data))
    at = segment.body
    while at < segment.end:
        found.append(ebml.header(data, at, segment.end))
        at = found[-1].end
    return found


def index(data: bytes) -> dict[int, int]:
    """What all SeekHeads list: position in the file, and the identifier that should be there."""
    base = ebml.header(data, ebml.header(data, 0, len(data)).end, len(data)).body
    found = {}
    for head in parts(data):
        for seek in ebml.elements(data, head.body, head.end) if head.id == 0x114D9B74 else ():
            if seek.id == 0x4DBB:
                inner = {e.id: data[e.body : e.end] for e in ebml.elements(data, seek.body, seek.end)}
                found[base + int.from_bytes(inner[0x53AC], "big")] = int.from_bytes(inner[0x53AB], "big")
    return found


@pytest.mark.parametrize("name", ["matroska", "webm", "mka", "weba", "matroska with its index in front"])
def test_the_index_lists_what_is_there_and_nothing_moves(name: str) -> None:
    kind, data = SAMPLES[name]
    module = for_format(kind)

    written = module.write_field(data, "AIGC", LONG)
    cleared = module.write_field(written, "AIGC", None)

    for file in (data, written, cleared):
        assert index(file)
        assert all(name == ebml.header(file, at, len(file)).id for at, name in index(file).items())
    kept = [e for e in parts(data) if e.id in (0x1F43B675, 0x1C53BB6B, 0x1654AE6B)]
    assert [data[e.start : e.end] for e in kept] == [written[e.start : e.end] for e in kept]
    assert len(written) == parts(written)[-1].end


def test_an_index_without_room_points_at_a_second_one() -> None:
    data, module = SAMPLES["matroska"][1], for_format("matroska")
    head = next(e for e in parts(data) if e.id == 0x114D9B74)
    after = next(e for e in parts(data) if e.start == head.end and e.id == ebml.VOID)
    # The padding becomes an element that no one may take: a chapter list.
    taken = b"\x10\x43\xa7\x70" + ebml.size(after.end - after.start - 6, 2) + bytes([0xEC, 0x80])
    taken += ebml.void(after.end - after.start - len(taken))
    full = data[: after.start] + taken[: after.end - after.start] + data[after.end :]

    written = module.write_field(full, "AIGC", LONG)

    assert 2 == sum(e.id == 0x114D9B74 for e in parts(written))
    assert all(name == ebml.header(written, at, len(written)).id for at, name in index(written).items())
    assert set(index(full).values()) < set(index(written).values())
    assert 0x1254C367 in index(written).values()
    assert decoded(data) == decoded(written)


def test_a_recording_in_progress_has_the_label_before_its_first_cluster() -> None:
    data = SAMPLES["matroska as it is recorded"][1]

    written = for_format("matroska").write_field(data, "AIGC", SHORT)

    assert written.index(SHORT.encode()) < written.index(b"\x1f\x43\xb6\x75")
    assert written.endswith(data[data.index(b"\x1f\x43\xb6\x75") :])


def test_a_size_that_becomes_too_long_for_its_field_gets_a_longer_one() -> None:
    tracks = b"\x16\x54\xae\x6b\x80"
    data = b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67" + ebml.size(len(tracks), 1) + tracks

    written = for_format("matroska").write_field(data, "AIGC", LONG)

    assert len(written) == parts(written)[-1].end
    assert [LONG.rstrip("\0")] == [value for *_, value in for_format("matroska").read_fields(written)]


def test_tags_within_tags_without_end_are_refused() -> None:
    inner = b""
    for _ in range(40):
        inner = ebml.built(0x67C8, ebml.built(0x45A3, b"x") + inner)
    tags = ebml.built(0x1254C367, ebml.built(0x7373, inner))
    data = b"\x1a\x45\xdf\xa3\x80" + ebml.built(0x18538067, tags)

    with pytest.raises(TooLarge, match="deep"):
        for_format("matroska").read_fields(data)


def test_sound_alone_is_sound() -> None:
    assert {"mka", "weba"} == {sniff(SAMPLES[name][1]) for name in ("mka", "weba")}
    assert {Media.AUDIO} == {FORMATS[name][0] for name in ("mka", "weba")}
