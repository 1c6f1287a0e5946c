"""MP4, MOV and M4A: one label where the guide says, everything else and every offset as it was."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import BinaryIO

import pytest
from containers import OWN_XMP
from hypothesis import given, settings
from hypothesis import strategies as st
from movies import movie, movies, packets, remuxed, tags

from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, IndiciaError, TooLarge, Unsupported
from indicia.provenance.formats import _atoms as atoms
from indicia.provenance.formats._boxes import wrapped
from indicia.provenance.formats._splices import Splice, Spliced, over, splice, spliced
from indicia.provenance.formats.isobmff import XMP_UUID, IsoBmff
from indicia.provenance.labels import aigc, iptc

FORMAT = IsoBmff()
MOVIES = movies()
LABEL = aigc.Aigc("1", "ACME", "n1")
FIELD = '{"Label":"1"}'


def fields(data: bytes) -> dict[str, str]:
    return {key: value for _, key, value in FORMAT.read_fields(data)}


# --- what is written ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MOVIES)
def test_the_streams_stay_bit_by_bit_and_another_reader_finds_the_label(name: str) -> None:
    kind, data = MOVIES[name]

    labelled = iptc.write(aigc.write(data, kind, LABEL), kind, iptc.Iptc())

    assert packets(data) == packets(labelled)
    assert LABEL.completed().to_json_text(outer=False) == tags(labelled)["AIGC"]
    assert tags(data).get("title") == tags(labelled).get("title")
    assert FORMAT.essence(data) == FORMAT.essence(labelled)
    (found,) = aigc.read(Asset.of(labelled))
    assert () == found.findings


@pytest.mark.parametrize("name", MOVIES)
def test_what_was_written_leaves_without_a_trace(name: str) -> None:
    _, data = MOVIES[name]

    with_field = FORMAT.write_field(data, "AIGC", FIELD)
    with_both = FORMAT.write_xmp(with_field, OWN_XMP)

    assert OWN_XMP == FORMAT.read_xmp(with_both)
    assert FIELD == fields(with_both)["AIGC"]
    assert with_field == FORMAT.write_xmp(with_both, None)
    assert data == FORMAT.write_field(with_field, "AIGC", None)
    assert FORMAT.write_xmp(FORMAT.write_xmp(data, b"<a/>"), OWN_XMP) == FORMAT.write_xmp(data, OWN_XMP)


@pytest.mark.parametrize("name", MOVIES)
def test_one_label_stays_when_another_is_written(name: str) -> None:
    kind, data = MOVIES[name]

    twice = aigc.write(aigc.write(data, kind, aigc.Aigc("1", "Other", "n0" * 40)), kind, LABEL)

    assert aigc.write(data, kind, LABEL) == twice


@pytest.mark.parametrize("name", ["fragmented mp4", "fragmented mp4 with an index"])
def test_every_index_of_a_fragmented_file_leads_to_its_fragment(name: str) -> None:
    _, data = MOVIES[name]

    written = FORMAT.write_xmp(FORMAT.write_field(data, "AIGC", FIELD), OWN_XMP)

    boxes = atoms.Boxes(io.BytesIO(written))
    fragments = [b.start for b in boxes.top() if b.kind == b"moof"]
    tables = [boxes.read(b.body, b.end) for b in boxes.find(b"mfra", b"tfra")]
    rows = [int.from_bytes(t[16 + 19 * n + 8 :][:8], "big") for t in tables for n in range(t[15])]
    assert rows
    assert set(rows) <= set(fragments)
    assert b"mfra" == boxes.top()[-1].kind
    for index in (b for b in boxes.top() if b.kind == b"sidx"):
        body = boxes.read(index.body, index.end)
        width = 8 if body[0] else 4
        assert index.end + int.from_bytes(body[12 + width :][:width], "big") in fragments


def test_64_bit_offsets_and_auxiliary_offsets_move_with_their_data() -> None:
    data = built(wide=True)
    start = data.index(b"SAMPLES")

    written = FORMAT.write_field(data, "AIGC", FIELD)

    moved = written.index(b"SAMPLES") - start
    assert moved > 0
    assert [start + moved, start + 3 + moved, 8] == offsets(written, b"co64", 8)
    assert [start + moved] == offsets(written, b"saio", 4)


def test_an_offset_without_room_is_refused() -> None:
    data = built(first=0xFFFF_FFF0)

    with pytest.raises(Unsupported, match="no room"):
        FORMAT.write_field(data, "AIGC", FIELD)


def test_items_beside_the_tracks_are_not_moved_blindly() -> None:
    items = wrapped(b"meta", bytes(4) + wrapped(b"hdlr", bytes(25)) + wrapped(b"iloc", bytes(8)))
    data = built() + items

    with pytest.raises(Unsupported, match="items"):
        FORMAT.write_field(data, "AIGC", FIELD)
    assert OWN_XMP == FORMAT.read_xmp(FORMAT.write_xmp(data, OWN_XMP))


def built(*, wide: bool = False, first: int | None = None, more: bytes = b"", user: bytes = b"") -> bytes:
    """A movie header in front of its data, with one table of chunk offsets; `first` overrides the first offset."""

    def header(at: int) -> bytes:
        width = 8 if wide else 4
        rows = [at if first is None else first, at + 3, 8]
        table = bytes(4) + len(rows).to_bytes(4, "big") + b"".join(r.to_bytes(width, "big") for r in rows)
        auxiliary = bytes(4) + (1).to_bytes(4, "big") + at.to_bytes(4, "big")
        samples = wrapped(b"co64" if wide else b"stco", table) + wrapped(b"saio", auxiliary)
        track = wrapped(b"trak", wrapped(b"mdia", wrapped(b"minf", wrapped(b"stbl", samples))))
        return wrapped(b"ftyp", b"isom\0\0\0\0isom") + wrapped(b"moov", track + more + user)

    return header(len(header(0)) + 8) + wrapped(b"mdat", b"SAMPLES")


def offsets(data: bytes, kind: bytes, width: int) -> list[int]:
    at = data.index(kind) + 8
    count = int.from_bytes(data[at : at + 4], "big")
    return [int.from_bytes(data[at + 4 + n * width :][:width], "big") for n in range(count)]


def test_a_last_box_without_a_size_gets_one() -> None:
    data = built()
    open_end = data[:-15] + bytes(4) + data[-11:]

    written = FORMAT.write_xmp(open_end, OWN_XMP)

    assert data == written[: len(data)]
    assert OWN_XMP == FORMAT.read_xmp(written)


def test_the_zero_that_closes_quicktime_user_data_stays_last() -> None:
    note = wrapped(b"\xa9cmt", b"\0\5\x15\xc7Hello")
    data = built(user=wrapped(b"udta", note + bytes(4)))

    written = FORMAT.write_field(data, "AIGC", FIELD)

    assert {"©cmt": "Hello", "AIGC": FIELD} == fields(written)
    assert data == FORMAT.write_field(written, "AIGC", None)


def test_entries_that_are_no_text_and_keys_without_values_stay() -> None:
    cover = wrapped(b"data", (13).to_bytes(4, "big") + bytes(4) + b"\xff\xd8\xff")
    names = b"".join(wrapped(b"mdta", key) for key in (b"unused", b"cover", b"AIGC"))
    table = wrapped(b"keys", bytes(7) + b"\3" + names)
    handler = wrapped(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    old = wrapped(b"data", b"\0\0\0\1" + bytes(4) + b'{"Label":"2"}')
    items = wrapped(b"ilst", wrapped(b"\0\0\0\2", cover) + wrapped(b"\0\0\0\3", old))
    data = built(user=wrapped(b"udta", wrapped(b"meta", bytes(4) + handler + table + items)))

    written = FORMAT.write_field(data, "AIGC", FIELD)

    assert {"AIGC": FIELD} == fields(written)
    assert cover in written
    assert b"unused" in written
    assert {} == fields(FORMAT.write_field(written, "AIGC", None))


# --- what real files have -------------------------------------------------------------------------------------------


def keyed(handler: bytes, items: bytes, table: bytes = b"") -> bytes:
    return wrapped(
        b"meta", bytes(4) + wrapped(b"hdlr", bytes(8) + handler + bytes(13)) + table + wrapped(b"ilst", items)
    )


def value(text: str) -> bytes:
    return wrapped(b"data", b"\0\0\0\1" + bytes(4) + text.encode())


ELSEWHERE = {
    "meta directly under moov": {
        "more": keyed(
            b"mdta", wrapped(b"\0\0\0\1", value(FIELD)), wrapped(b"keys", bytes(7) + b"\1" + wrapped(b"mdta", b"AIGC"))
        )
    },
    "a keyless list": {"user": wrapped(b"udta", keyed(b"mdir", wrapped(b"AIGC", value(FIELD))))},
    "a keyless list directly under moov": {"more": keyed(b"mdir", wrapped(b"AIGC", value(FIELD)))},
    "an iTunes key in words": {
        "user": wrapped(b"udta", keyed(b"mdir", wrapped(b"----", wrapped(b"name", bytes(4) + b"AIGC") + value(FIELD))))
    },
    "plain user data": {"user": wrapped(b"udta", wrapped(b"AIGC", FIELD.encode()))},
}  # fmt: skip


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_label_elsewhere_is_read_with_a_finding_and_gives_way(place: str) -> None:
    data = built(**ELSEWHERE[place])  # type: ignore[arg-type]

    (found,) = aigc.read(Asset.of(data))
    written = aigc.write(data, "mp4", LABEL)

    assert ("Label", "1") in found.fields
    assert any("TC260-PG-20257A" in finding for finding in found.findings)
    (new,) = aigc.read(Asset.of(written))
    assert () == new.findings
    assert "MP4 moov.udta.meta keys AIGC" == new.locator
    assert FIELD.encode() not in written


def test_xmp_in_quicktime_user_data_is_changed_where_it_stands() -> None:
    data = built(user=wrapped(b"udta", wrapped(b"XMP_", OWN_XMP)))

    written = iptc.write(data, "mov", iptc.Iptc())

    assert XMP_UUID not in written
    assert written.index(b"XMP_") < written.index(b"trainedAlgorithmicMedia")
    assert None is FORMAT.read_xmp(FORMAT.write_xmp(written, None))


@pytest.mark.parametrize("name", MOVIES)
def test_what_a_remux_keeps(name: str) -> None:
    kind, data = MOVIES[name]
    labelled = iptc.write(aigc.write(data, kind, LABEL), kind, iptc.Iptc())

    kept, lost = remuxed(labelled, movflags="use_metadata_tags"), remuxed(labelled)

    (found,) = aigc.read(Asset.of(kept))
    assert dict(found.fields)["ContentProducer"] == "ACME"
    assert None is FORMAT.read_xmp(kept)  # libavformat writes no XMP
    assert () == aigc.read(Asset.of(lost))  # nor keys of one's own, unless it is told to


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed: no independent look at labels")
@pytest.mark.parametrize("name", ["mp4", "mov", "m4a", "fragmented mp4"])
def test_exiftool_reads_both_labels_and_its_edits_keep_them(name: str, tmp_path: Path) -> None:
    kind, data = MOVIES[name]
    path = tmp_path / f"x.{kind}"
    path.write_bytes(iptc.write(aigc.write(data, kind, LABEL), kind, iptc.Iptc()))

    said = json.loads(subprocess.run(["exiftool", "-j", "-G", str(path)], check=True, capture_output=True).stdout)[0]

    assert "ACME" == json.loads(said["QuickTime:AIGC"])["ContentProducer"]
    assert said["XMP:DigitalSourceType"].endswith("trainedAlgorithmicMedia")
    assert "Warning" not in json.dumps(said)
    if name != "fragmented mp4":
        subprocess.run(["exiftool", "-q", "-Keys:Title=x", "-overwrite_original", str(path)], check=True)
        assert 1 == len(aigc.read(Asset.open(path))) == len(iptc.read(Asset.open(path)))


# --- files of any size, and hostile ones ----------------------------------------------------------------------------


class Recorder(io.BytesIO):
    """A stream that notes what is read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.read_parts: list[tuple[int, int]] = []

    def read(self, size: int | None = -1) -> bytes:
        at = self.tell()
        data = super().read(size)
        self.read_parts.append((at, at + len(data)))
        return data


def test_media_data_is_never_read() -> None:
    data = wrapped(b"ftyp", b"isom\0\0\0\0isom") + wrapped(b"mdat", bytes(1 << 20)) + built()[20:]
    stream = Recorder(data)

    FORMAT.find_fields(stream)
    FORMAT.find_xmp(stream)
    FORMAT.plan_xmp(stream, OWN_XMP)
    FORMAT.plan_field(stream, "AIGC", FIELD)
    FORMAT.plan_without(stream, lambda *_: True)

    body = data.index(b"mdat") + 4
    assert not any(start < body + (1 << 20) and body + 16 < end for start, end in stream.read_parts)


def test_a_labelled_file_is_a_stream_that_nothing_was_copied_for() -> None:
    kind, data = MOVIES["mp4 with its header first"]
    source: BinaryIO = io.BytesIO(data)

    stream = iptc.described(aigc.labelled(source, FORMAT, kind, LABEL), FORMAT, kind, iptc.Iptc())

    assert iptc.write(aigc.write(data, kind, LABEL), kind, iptc.Iptc()) == stream.read()


def test_a_file_is_labelled_in_place_or_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(MOVIES["mp4"][1])

    def cancel(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        aigc.write_file(path, path, "mp4", LABEL, progress=cancel)
    assert MOVIES["mp4"][1] == path.read_bytes()
    aigc.write_file(path, path, "mp4", LABEL)

    assert aigc.write(MOVIES["mp4"][1], "mp4", LABEL) == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())
    with open(path, "rb") as stream:
        assert aigc.reserved_code(path.read_bytes(), "mp4") == aigc.reserved_code_of(stream, "mp4")


@settings(max_examples=60)
@given(
    st.binary(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8), st.binary(max_size=6)), max_size=5),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 40)), max_size=6),
)
def test_a_spliced_stream_reads_as_the_spliced_bytes(
    data: bytes, changes: list[tuple[int, int, bytes]], reads: list[tuple[int, int]]
) -> None:
    splices, at = [], 0
    for skip, size, new in changes:
        start = min(len(data), at + skip)
        at = min(len(data), start + size)
        splices.append(Splice(start, at, new))

    whole, stream = spliced(data, splices), Spliced(io.BytesIO(data), splices)

    assert whole == stream.read()
    for start, size in reads:
        stream.seek(start)
        assert whole[start : start + size] == stream.read(size)


def test_a_large_file_is_copied_with_its_changes_and_progress_is_told(tmp_path: Path) -> None:
    data = bytes(range(256)) * (3 << 12)
    first, second = [Splice(5, 9, b"new"), Splice(2 << 20, 2 << 20, b"x" * 99)], [Splice(0, 2, b"")]
    (tmp_path / "source").write_bytes(data)
    told: list[int] = []

    with open(tmp_path / "source", "rb") as source, open(tmp_path / "target", "wb") as target:
        target.write(b"before")
        splice(over(source, first), target, second, progress=told.append)

    assert b"before" + spliced(spliced(data, first), second) == (tmp_path / "target").read_bytes()
    assert told == sorted(told)
    assert len(data) + 98 == told[-1]


@pytest.mark.parametrize("name", ["mp4", "fragmented mp4 with an index", "mov"])
def test_a_file_cut_anywhere_is_refused_or_read(name: str) -> None:
    _, data = MOVIES[name]
    labelled = FORMAT.write_xmp(FORMAT.write_field(data, "AIGC", FIELD), OWN_XMP)

    for end in range(0, len(labelled), 1 if len(labelled) < 9000 else 3):
        every_act(labelled[:end])


@settings(max_examples=200)
@given(st.sampled_from(sorted(MOVIES)), st.data())
def test_lying_sizes_and_counts_are_refused_or_read(name: str, dice: st.DataObject) -> None:
    data = bytearray(FORMAT.write_xmp(FORMAT.write_field(MOVIES[name][1], "AIGC", FIELD), OWN_XMP))
    for _ in range(dice.draw(st.integers(1, 4))):
        at = dice.draw(st.integers(0, len(data) - 4))
        data[at : at + 4] = dice.draw(st.sampled_from([bytes(4), b"\0\0\0\1", b"\xff" * 4, b"\x7f\xff\xff\xff"]))

    every_act(bytes(data))


def every_act(data: bytes) -> None:
    """All that can be done with a file; only our own errors may come of it."""
    for act in (
        lambda: FORMAT.read_xmp(data),
        lambda: FORMAT.read_fields(data),
        lambda: FORMAT.essence(data),
        lambda: FORMAT.write_xmp(data, OWN_XMP),
        lambda: FORMAT.write_field(data, "AIGC", FIELD),
        lambda: FORMAT.without(data, lambda *_: True),
    ):
        try:
            act()
        except IndiciaError:
            continue


def test_boxes_without_end_or_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atoms, "MAX_BOXES", 100)

    with pytest.raises(TooLarge, match="boxes"):
        FORMAT.read_fields(wrapped(b"free", b"") * 101)
    with pytest.raises(BadContent):
        FORMAT.write_field(b"", "AIGC", FIELD)
    with pytest.raises(BadContent, match="moov"):
        FORMAT.write_field(wrapped(b"free", b""), "AIGC", FIELD)


def test_a_packet_too_large_to_read_is_named_as_such() -> None:
    data = FORMAT.write_xmp(movie(), b" " * ((4 << 20) + 1))

    with pytest.raises(TooLarge, match="packet"):
        FORMAT.read_xmp(data)
    with pytest.raises(TooLarge):
        iptc.read(Asset.of(data))
