"""Labels in video and sound as other programs see them: ffprobe and exiftool read them, `ffmpeg -c copy` keeps them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from containers import OWN_XMP
from streams import everything

from indicia.provenance.formats import for_format
from indicia.provenance.labels import aigc

OURS = frozenset({"wav", "mp3", "flac", "ogg", "opus", "mka", "weba", "avi", "flv", "matroska", "webm"})
SAMPLES = {name: sample for name, sample in everything().items() if sample[0] in OURS}
LABEL = aigc.Aigc("1", "ACME", "n1").completed()
TEXT = LABEL.to_json_text(outer=False, ascii=True)
SUFFIX = {"matroska": "mkv", "mka": "mka", "weba": "webm"}
# ffmpeg 5.1 reads no chunk of its own name in WAV, and drops the key when it writes AVI and WAV.
NOT_READ_BY_FFPROBE, LOST_BY_FFMPEG = {"wav"}, {"wav", "avi"}


def labelled(name: str, folder: Path) -> Path:
    kind, data = SAMPLES[name]
    path = folder / f"labelled.{SUFFIX.get(kind, kind)}"
    path.write_bytes(aigc.write(data, kind, LABEL))
    return path


def run(*command: str | Path) -> str:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def tags(path: Path) -> list[str]:
    """The values of all AIGC tags of the file and its streams, as ffprobe tells them."""
    told = json.loads(run("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", path))
    holders = [told["format"], *told["streams"]]
    return [value for one in holders for key, value in one.get("tags", {}).items() if key.upper() == "AIGC"]


def streams(path: Path) -> str:
    """The hashes of the coded pictures and sounds."""
    return run(
        "ffmpeg", "-v", "error", "-i", path, "-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "streamhash", "-"
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_the_coded_streams_are_the_same_and_ffprobe_reads_the_label(name: str, tmp_path: Path) -> None:
    plain, marked = tmp_path / f"plain{labelled(name, tmp_path).suffix}", labelled(name, tmp_path)
    plain.write_bytes(SAMPLES[name][1])

    assert streams(plain) == streams(marked)
    assert ([] if SAMPLES[name][0] in NOT_READ_BY_FFPROBE else [TEXT]) == tags(marked)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "chained ogg"])
def test_a_copy_by_ffmpeg_keeps_exactly_one_label_where_its_muxer_can(name: str, tmp_path: Path) -> None:
    kind = SAMPLES[name][0]
    marked = labelled(name, tmp_path)
    copy = tmp_path / f"copy{marked.suffix}"

    run("ffmpeg", "-v", "error", "-i", marked, "-map", "0", "-c", "copy", copy)

    found = [value for _, key, value in for_format(kind).read_fields(copy.read_bytes()) if key.upper() == "AIGC"]
    assert ([] if kind in LOST_BY_FFMPEG else [TEXT]) == found


@pytest.mark.parametrize("name", [name for name, (kind, _) in SAMPLES.items()])
def test_exiftool_finds_the_label_and_nothing_to_warn_of(name: str, tmp_path: Path) -> None:
    (told,) = exif(labelled(name, tmp_path))

    values = [str(value) for key, value in told.items() if "AIGC" in key.upper() or "AIGC" in str(value)]
    assert any(TEXT in value or "Binary data" in value for value in values)
    assert not [key for key in told if key.endswith("Error")]


@pytest.mark.parametrize("name", ["wav", "mp3", "mp3 with ID3v2.3 and ID3v1", "avi", "flv"])
def test_exiftool_reads_the_packet(name: str, tmp_path: Path) -> None:
    kind, path = SAMPLES[name][0], labelled(name, tmp_path)
    path.write_bytes(for_format(kind).write_xmp(path.read_bytes(), OWN_XMP))

    (told,) = exif(path)

    assert "5 > 4" == told["XMP:Rating"]
    assert ["猫", "a & b"] == told["XMP:Subject"]


def exif(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("exiftool", "-json", "-G", "-U", path))
    return found
