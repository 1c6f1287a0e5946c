"""Video and sound: what is hostile, huge, or labelled in an odd place."""

import os
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import decoded, everything, recorded, survives, tagged

from indicia.provenance.asset import Asset
from indicia.provenance.errors import Unsupported
from indicia.provenance.formats import _ebml as ebml
from indicia.provenance.formats import for_format
from indicia.provenance.formats._chunks import built
from indicia.provenance.formats._splices import Streamed
from indicia.provenance.labels import aigc
from indicia.provenance.media import Sound, audio

SAMPLES = everything()
SHORT = '{"Label":"1"}'


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


@pytest.mark.parametrize("kind", ["mka", "weba"])
def test_sound_that_is_written_alone_is_known_as_sound(kind: str, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-0.1, 0.1, (4800, 1)).astype(np.float32)

    audio.encode(Sound(samples, 48000), tmp_path / "sound", format=kind)

    assert kind == Asset.open(tmp_path / "sound").format
    assert (4800, 1) == audio.decode(tmp_path / "sound").samples[:4800].shape
