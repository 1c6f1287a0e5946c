"""Video and sound, container by container: indexes stay true, sizes and checksums are right, odd builds are known."""

import io
import os
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
from containers import OWN_XMP
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import decoded, everything, recorded

from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, IndiciaError, TooLarge, Unsupported
from indicia.provenance.evidence import Media
from indicia.provenance.formats import _amf as amf
from indicia.provenance.formats import _ebml as ebml
from indicia.provenance.formats import _id3 as id3
from indicia.provenance.formats import for_format
from indicia.provenance.formats._chunks import built
from indicia.provenance.formats._splices import Streamed
from indicia.provenance.labels import aigc
from indicia.provenance.sniff import FORMATS, sniff

SAMPLES = everything()
LONG = '{"Label":"1"}' + " " * 3000
SHORT = '{"Label":"1"}'


def little(data: bytes, at: int, width: int = 4) -> int:
    return int.from_bytes(data[at : at + width], "little")


# RIFF


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


# FLV


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


# Ogg


def pages(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        end = at + 27 + data[at + 26] + sum(data[at + 27 : at + 27 + data[at + 26]])
        found.append(data[at:end])
        at = end
    return found


def checksum(page: bytes) -> int:
    """RFC 3533, bit by bit."""
    value = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


@pytest.mark.parametrize("name", ["ogg", "opus", "ogg with FLAC", "chained ogg"])
@pytest.mark.parametrize("size", [10, 300, 70_000, 400_000])
def test_pages_are_numbered_one_after_another_and_their_checksums_hold(name: str, size: int) -> None:
    kind, data = SAMPLES[name]

    written = for_format(kind).write_field(data, "AIGC", "x" * size)

    number = 0
    for page in pages(written):
        number = 0 if page[5] & 2 else number + 1
        assert number == little(page, 18)
        assert size > 70_000 or checksum(page) == little(page, 22)
    assert decoded(data) == decoded(written)


def test_only_the_first_of_several_streams_takes_the_label_and_none_keeps_an_old_one() -> None:
    data, module = SAMPLES["chained ogg"][1], for_format("ogg")
    half = len(data) // 2
    at = next(i for i in range(half - 2000, half + 2000) if data[i : i + 4] == b"OggS" and data[i + 5] & 2)
    both = module.write_field(data[:at], "AIGC", "1") + module.write_field(data[at:], "AIGC", "2")

    written = module.write_field(both, "AIGC", "3")

    assert ["1", "2"] == [value for _, key, value in module.read_fields(both) if key == "AIGC"]
    assert ["3"] == [value for _, key, value in module.read_fields(written) if key == "AIGC"]
    assert decoded(data) == decoded(written)


def test_a_page_for_every_byte_of_a_comment_takes_no_time() -> None:
    data = SAMPLES["opus"][1]
    first, second, *rest = pages(data)
    body = second[28:] + b"x" * 20_000
    many = [second[:26] + b"\1\1" + body[i : i + 1] for i in range(len(body))]
    before = time.process_time()

    survives("opus", first + b"".join(many) + b"".join(rest))

    assert time.process_time() - before < 5


# ID3


def tagged(version: int, frames: bytes, *, flags: int = 0, extra: bytes = b"", padding: int = 0) -> bytes:
    body = extra + frames + bytes(padding)
    sizes = bytes(len(body) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, flags]) + sizes + body


def sound() -> bytes:
    return SAMPLES["mp3 without a tag"][1]


def test_a_tag_is_written_in_its_padding() -> None:
    data = tagged(4, b"TIT2\0\0\0\5\0\0\3boat", padding=2000) + sound()

    written = for_format("mp3").write_field(data, "AIGC", SHORT)

    assert len(data) == len(written)
    assert (("ID3", "TIT2", "boat"), ("ID3 TXXX", "AIGC", SHORT)) == for_format("mp3").read_fields(written)
    assert data == for_format("mp3").write_field(written, "AIGC", None)


def test_an_old_tag_of_version_2_2_takes_the_label_but_no_packet() -> None:
    data = tagged(2, b"TT2\0\0\5\0boat", padding=10) + sound()
    module = for_format("mp3")

    written = module.write_field(data, "AIGC", SHORT)

    assert (("ID3", "TIT2", "boat"), ("ID3 TXXX", "AIGC", SHORT)) == module.read_fields(written)
    with pytest.raises(Unsupported, match=r"2\.2"):
        module.write_xmp(data, OWN_XMP)


@pytest.mark.parametrize("version", [3, 4])
def test_unsynchronisation_is_undone_and_done_again(version: int) -> None:
    content = b"\0\xff\xe0\xff\0z"
    unsynchronised = content.replace(b"\xff", b"\xff\0")
    size = len(unsynchronised) if version == 4 else len(content)
    frame = b"APIC" + size.to_bytes(4, "big") + (b"\0\2" if version == 4 else b"\0\0") + unsynchronised
    data = tagged(version, frame, flags=0x80) + sound()

    written = for_format("mp3").write_field(data, "AIGC", "\u732b\u00ff" + SHORT)

    tag = id3.read(io.BytesIO(written))
    assert tag is not None
    assert content == tag.content(tag.frames[0])
    assert [("ID3 TXXX", "AIGC", "\u732b\u00ff" + SHORT)] == list(for_format("mp3").read_fields(written))
    assert b"\xff\xe0" not in written[: tag.size]


def test_sizes_of_2_3_in_a_tag_of_2_4_are_understood() -> None:
    """One widespread program wrote them."""
    data = tagged(4, b"TIT2\0\0\1\x2d\0\0\3" + b"b" * 300 + b"TPE1\0\0\0\2\0\0\3x") + sound()

    found = for_format("mp3").read_fields(data)

    assert (("ID3", "TIT2", "b" * 300), ("ID3", "TPE1", "x")) == found


def test_a_footer_and_an_extended_header_are_respected() -> None:
    frame = b"TIT2\0\0\0\5\0\0\3boat"
    data = tagged(4, frame, flags=0x50, extra=b"\0\0\0\6\1\0")
    data += b"3DI" + data[3:10] + sound()
    module = for_format("mp3")

    written = module.write_field(data, "AIGC", SHORT)

    assert sound() == module.essence(data) == module.essence(written)
    assert b"3DI" + written[3:10] == written[-len(sound()) - 10 : -len(sound())]
    assert (("ID3", "TIT2", "boat"), ("ID3 TXXX", "AIGC", SHORT)) == module.read_fields(written)


def test_tags_of_other_kinds_at_the_end_are_no_content_and_stay() -> None:
    ape = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)
    data = sound() + ape + b"TAG" + bytes(125)
    module = for_format("mp3")

    written = module.write_field(data, "AIGC", SHORT)

    assert sound() == module.essence(data) == module.essence(written)
    assert written.endswith(data)


# FLAC


def blocks(data: bytes) -> list[tuple[int, bool, int]]:
    at, found = data.index(b"fLaC") + 4, list[tuple[int, bool, int]]()
    while not found or not found[-1][1]:
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        found.append((data[at] & 127, bool(data[at] & 128), size))
        at += 4 + size
    return found


def test_flac_frames_stay_where_they_are_while_the_padding_lasts() -> None:
    data, module = SAMPLES["flac"][1], for_format("flac")

    written, longer = module.write_field(data, "AIGC", LONG), module.write_field(data, "AIGC", LONG * 3)

    assert len(data) == len(written)
    assert len(data) < len(longer)
    for file in (data, written, longer):
        assert [False] * (len(blocks(file)) - 1) + [True] == [last for _, last, _ in blocks(file)]


def test_a_flac_file_with_nothing_but_its_description_gets_a_block() -> None:
    data = SAMPLES["flac"][1]
    bare = b"fLaC\x80\0\0\x22" + data[8:42] + data[4 + sum(4 + size for *_, size in blocks(data)) :]

    written = for_format("flac").write_field(bare, "AIGC", SHORT)

    assert [(0, False), (4, True)] == [(kind, last) for kind, last, _ in blocks(written)]
    assert decoded(bare) == decoded(written)
    assert (("Vorbis comment", "AIGC", SHORT),) == for_format("flac").read_fields(written)


def test_the_case_of_a_key_does_not_count_in_comments() -> None:
    data, module = SAMPLES["flac"][1], for_format("flac")

    written = module.write_field(module.write_field(data, "aigc", "old"), "AIGC", "new")

    assert ["new"] == [value for _, key, value in module.read_fields(written) if key.upper() == "AIGC"]


# Matroska


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


# All of them


def survives(kind: str, data: bytes) -> None:
    module = for_format(kind)
    for act in (module.read_fields, module.essence, lambda given: module.write_field(given, "AIGC", SHORT)):
        try:
            act(data)
        except IndiciaError:
            continue


@pytest.mark.parametrize("name", [n for n, (k, _) in SAMPLES.items() if k not in ("mp4", "mov", "m4a")])
@settings(max_examples=15)
@given(size=st.sampled_from([0x7F, 0xFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFE]), data=st.data())
def test_a_size_that_lies_is_refused_or_read(name: str, size: int, data: st.DataObject) -> None:
    kind, sample = SAMPLES[name]
    at = data.draw(st.integers(0, min(len(sample) - 4, 600)))
    order = data.draw(st.booleans())

    survives(kind, sample[:at] + size.to_bytes(4, "big" if order else "little") + sample[at + 4 :])


def test_five_gibibytes_are_planned_without_being_read(tmp_path: Path) -> None:
    """A cluster, the sound of a WAV file and pages of silence, mostly of holes on the disk."""
    size = 5 << 30
    head = b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    large = {
        "matroska": head + b"\x16\x54\xae\x6b\x80" + b"\x1f\x43\xb6\x75" + ebml.size(size + 9, 8)
        + b"\xec" + ebml.size(size, 8),
        "wav": b"RF64" + b"\xff" * 4 + b"WAVE" + b"ds64" + (28).to_bytes(4, "little")
        + (size + 4 + 36 + 8).to_bytes(8, "little") + size.to_bytes(8, "little") + bytes(12) + b"data" + b"\xff" * 4,
    }  # fmt: skip
    for kind, beginning in large.items():
        path = tmp_path / kind
        path.write_bytes(beginning)
        os.truncate(path, len(beginning) + size)
        module, before = for_format(kind), time.process_time()
        assert isinstance(module, Streamed)
        tracemalloc.start()

        with path.open("rb") as stream:
            changes = module.plan_field(stream, "AIGC", SHORT)
            ranges = module.content(stream)

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1 << 20
        assert time.process_time() - before < 2
        assert sum(len(change.new) for change in changes) < 200
        assert sum(end - start for start, end in ranges) >= size


def test_a_wav_file_cannot_grow_beyond_four_gibibytes(tmp_path: Path) -> None:
    size = 0xFFFF_FFFE - 12
    path, module = tmp_path / "wav", for_format("wav")
    path.write_bytes(b"RIFF" + (size + 12).to_bytes(4, "little") + b"WAVEdata" + size.to_bytes(4, "little"))
    os.truncate(path, size + 20)
    assert isinstance(module, Streamed)

    with path.open("rb") as stream, pytest.raises(Unsupported, match="RF64"):
        module.plan_field(stream, "AIGC", SHORT)


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [("wav", "LIST INFO", "WAV INFO"), ("mp3", "COMM", "ID3"), ("avi", "second", "exactly one")],
)
def test_a_label_in_an_odd_place_is_read_told_and_moved(name: str, place: str, said: str) -> None:
    kind, data = SAMPLES[name]
    text = aigc.Aigc("1", "ACME", "n9").completed().to_json_text(outer=False)
    odd = {"LIST INFO": _in_info, "COMM": _in_comment, "second": _twice}[place](data, text)

    found = aigc.read(Asset.of(odd))
    written = aigc.write(odd, kind, aigc.Aigc("1", "ACME", "n1"))

    assert all("n9" == dict(label.fields)["ProduceID"] for label in found)
    assert all(any(said in finding for finding in label.findings) for label in found)
    assert [("n1", ())] == [(dict(one.fields)["ProduceID"], one.findings) for one in aigc.read(Asset.of(written))]
    assert decoded(data) == decoded(written)


def _in_info(data: bytes, text: str) -> bytes:
    body = data[8:] + built(b"LIST", b"INFO" + built(b"AIGC", text.encode() + b"\0"))
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _in_comment(data: bytes, text: str) -> bytes:
    body = b"\0eng\0" + f'{{"AIGC":{text}}}'.encode()
    return tagged(3, b"COMM" + len(body).to_bytes(4, "big") + b"\0\0" + body) + for_format("mp3").essence(data)


def _twice(data: bytes, text: str) -> bytes:
    once = for_format("avi").write_field(data, "AIGC", text)
    body = once[8:] + built(b"LIST", b"INFO" + built(b"AIGC", text.encode() + b"\0"))
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def test_pictures_in_tags_stay_byte_for_byte() -> None:
    """A FLAC picture block and a METADATA_BLOCK_PICTURE comment are no texts, and are not touched."""
    data = recorded("flac", sound="flac", title="x", METADATA_BLOCK_PICTURE="QUJD" * 999)

    written = for_format("flac").write_field(data, "AIGC", SHORT)

    assert b"METADATA_BLOCK_PICTURE=" + b"QUJD" * 999 in written
    assert "METADATA_BLOCK_PICTURE" not in {key.upper() for _, key, _ in for_format("flac").read_fields(written)}


def test_a_tag_of_nothing_but_frames_is_refused_in_time() -> None:
    data = tagged(4, b"TIT2\0\0\0\1\0\0\0" * 100_000) + sound()

    with pytest.raises(TooLarge, match="frames"):
        for_format("mp3").read_fields(data)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (
            "matroska",
            b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\x12\x54\xc3\x67\x82\xec\x80" * 60_000,
        ),
        ("matroska", b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\xec\x80" * 300_000),
        ("avi", built(b"RIFF", b"AVI " + b"JUNK\0\0\0\0" * 200_000)),
        ("avi", built(b"RIFF", b"AVI " + b"LIST\4\0\0\0INFO" * 100_000)),
        ("wav", built(b"RIFF", b"WAVE" + b"AIGC\0\0\0\0" * 200_000)),
        ("flv", b"FLV\1\4\0\0\0\x09\0\0\0\0" + (b"\x08\0\0\0" + bytes(7) + b"\0\0\0\x0b") * 300_000),
        ("flac", b"fLaC\0\0\0\x22" + bytes(34) + (b"\4\0\0\x08" + bytes(8)) * 100_000 + b"\x81\0\0\0"),
    ],
    ids=range(7),
)
def test_time_grows_with_the_number_of_parts_and_not_with_its_square(kind: str, data: bytes) -> None:
    before = time.process_time()

    survives(kind, data)

    assert time.process_time() - before < 10
