"""Sound, container by container: pages, tags and blocks stay true, odd builds are known."""

import io
import time

import pytest
from containers import OWN_XMP
from streams import decoded, everything, survives, tagged

from indicia.provenance.asset import Asset
from indicia.provenance.errors import TooLarge, Unsupported
from indicia.provenance.formats import _id3 as id3
from indicia.provenance.formats import for_format
from indicia.provenance.labels import aigc

SAMPLES = everything()
LONG = '{"Label":"1"}' + " " * 3000
SHORT = '{"Label":"1"}'


def little(data: bytes, at: int, width: int = 4) -> int:
    return int.from_bytes(data[at : at + width], "little")


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


def test_a_tag_of_nothing_but_frames_is_refused_in_time() -> None:
    data = tagged(4, b"TIT2\0\0\0\1\0\0\0" * 100_000) + sound()

    with pytest.raises(TooLarge, match="frames"):
        for_format("mp3").read_fields(data)


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


def test_a_sound_of_no_length_stays_one_to_players() -> None:
    """FFmpeg takes a data chunk of no size to reach to the end of the file: nothing may stand behind it."""
    silence = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\0\0\0"

    written = aigc.write(silence, "wav", aigc.Aigc("1", "ACME", "n1"))

    assert written.endswith(b"data\0\0\0\0")
    assert 1 == len(aigc.read(Asset.of(written)))
    assert silence == for_format("wav").write_field(written, "AIGC", None)
