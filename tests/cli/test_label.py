"""`indicia label` in a real process: files made elsewhere leave marked, or stay as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from documents import letter
from movies import movie
from PIL import Image
from streams import recorded

from indicia.provenance.asset import Asset
from indicia.provenance.credentials.verify import read as read_claims
from indicia.provenance.evidence import ClaimState
from indicia.provenance.labels import aigc

_MAIN = "import sys; from indicia.cli.main import main; sys.argv[0] = 'indicia'; main()"


def indicia(*arguments: object, home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "INDICIA_HOME": str(home), "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", _MAIN, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    where = tmp_path / "in"
    (where / "deep").mkdir(parents=True)
    noise = np.random.default_rng(1)
    for name in ("a.png", "deep/b.jpg"):
        small = Image.fromarray(noise.integers(0, 255, (12, 12, 3), dtype=np.uint8))
        small.resize((320, 300), Image.Resampling.BICUBIC).save(where / name)
    (where / "words.txt").write_text("The bridge by the mill will be painted in June, weather permitting. " * 4)
    return where


def test_a_picture_is_marked_beside_itself_and_the_layers_are_told(folder: Path, home: Path) -> None:
    before = (folder / "a.png").read_bytes()

    done = indicia("label", "a.png", "--provider", "Newsroom", home=home, cwd=folder)

    asset = Asset.open(folder / "a.labelled.png")
    assert 0 == done.returncode, done.stderr
    assert "" == done.stdout
    for layer in ("visible label", "watermark", "AIGC and IPTC fields", "fingerprints", "C2PA manifest", "record"):
        assert layer in done.stderr
    assert before == (folder / "a.png").read_bytes()
    assert "Newsroom" == dict(aigc.read(asset)[0].fields)["ContentProducer"]
    assert ClaimState.TRUSTED is read_claims(asset)[0].state


def test_a_folder_is_marked_into_another_and_what_cannot_be_is_named(folder: Path, home: Path, tmp_path: Path) -> None:
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    (folder / "song.wav").write_bytes(b"RIFF\x24\0\0\0WAVEfmt ")

    done = indicia("label", folder, "-o", tmp_path / "out", home=home, cwd=tmp_path)

    assert 2 == done.returncode
    assert {"a.png", "b.jpg", "words.txt"} == {p.name for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert (tmp_path / "out/deep/b.jpg").is_file()
    assert "broken.png" in done.stderr
    assert "song.wav" in done.stderr
    assert "2 of 5 not marked" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_was_marked_already_is_left_as_it_is(folder: Path, home: Path) -> None:
    first = indicia("label", "a.png", "--in-place", home=home, cwd=folder)
    marked = (folder / "a.png").read_bytes()

    again = indicia("label", "a.png", "--in-place", home=home, cwd=folder)

    assert (0, 0) == (first.returncode, again.returncode)
    assert "marked already" in again.stderr
    assert marked == (folder / "a.png").read_bytes()


def test_video_sound_and_documents_are_marked_too(home: Path, tmp_path: Path) -> None:
    for name, data in (("a.mp4", movie()), ("b.mkv", recorded("matroska", "mpeg4")), ("c.docx", letter())):
        (tmp_path / name).write_bytes(data)

    done = indicia("label", ".", "-o", "out", "--no-visible", "--provider", "ACME", home=home, cwd=tmp_path)

    assert 0 == done.returncode, done.stderr
    names = {"a.mp4", "b.mkv", "b.mkv.c2pa", "c.docx", "c.docx.c2pa"}
    assert names == {p.name for p in (tmp_path / "out").iterdir()}
    assert "manifest beside it: out/b.mkv.c2pa" in done.stderr
    for path in (tmp_path / "out" / name for name in names if not name.endswith(".c2pa")):
        asset = Asset.open(path)
        assert "ACME" == dict(aigc.read(asset)[0].fields)["ContentProducer"]
        assert ClaimState.TRUSTED is read_claims(asset)[0].state


def test_scan_and_verify_see_what_was_put_on_a_film(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(movie())
    indicia("label", "a.mp4", "--in-place", "--no-visible", "--provider", "ACME", home=home, cwd=tmp_path)

    scanned = indicia("scan", "a.mp4", "--format", "json", home=home, cwd=tmp_path)
    verified = indicia("verify", "a.mp4", "--require-signed", home=home, cwd=tmp_path)
    signed = indicia("sign", "a.mp4", "-o", "b.mp4", home=home, cwd=tmp_path)

    assert '"standard": "aigc"' in scanned.stdout.replace('":"', '": "')
    assert "c2pa" in scanned.stdout
    assert 0 == verified.returncode, verified.stdout
    assert 0 == signed.returncode, signed.stderr
    assert 2 == len(read_claims(Asset.open(tmp_path / "b.mp4")))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.png"], "missing.png"),
        (["a.png", "--label", "4"], "label"),
        (["a.png", "-o", "x.png", "--in-place"], "either -o or --in-place"),
        (["a.png", "--place", "middle"], "place"),
        (["a.png", "--heard", "shouted"], "shouted"),
        (["a.png", "--no-sign", "--no-visible", "--no-watermark", "--no-register"], "who answers"),
        (["a.png", "--provider", "001191110000MA01ABCDEFGHIJK"], "AIGC label cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    folder: Path, home: Path, arguments: list[str], said: str
) -> None:
    before = sorted(folder.iterdir())

    done = indicia("label", *arguments, home=home, cwd=folder)

    assert 2 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert before == sorted(folder.iterdir())


def test_layers_that_are_switched_off_are_not_there(folder: Path, home: Path) -> None:
    done = indicia(
        "label", "a.png", "-o", "out.png", "--no-visible", "--no-watermark", "--no-register", home=home, cwd=folder
    )

    assert 0 == done.returncode, done.stderr
    assert "watermark" not in done.stderr
    assert Asset.open(folder / "a.png").image().tobytes() == Asset.open(folder / "out.png").image().tobytes()
    assert not (home / "registry.db").exists()


def test_a_name_that_would_move_the_cursor_is_printed_harmlessly(folder: Path, home: Path) -> None:
    (folder / "a.png").rename(folder / "\x1b[2Jevil.png")

    done = indicia("label", "\x1b[2Jevil.png", home=home, cwd=folder)

    assert 0 == done.returncode, done.stderr
    assert "\x1b" not in done.stderr


def test_a_read_only_file_stays_as_it_is(folder: Path, home: Path) -> None:
    (folder / "a.png").chmod(0o444)
    before = (folder / "a.png").read_bytes()
    if os.access(folder / "a.png", os.W_OK):
        (folder / "a.png").chmod(0o644)  # root may write everywhere: a folder in its place cannot be replaced either
        (folder / "a.labelled.png").mkdir()
        done = indicia("label", "a.png", home=home, cwd=folder)
    else:
        done = indicia("label", "a.png", "--in-place", home=home, cwd=folder)

    assert 2 == done.returncode
    assert before == (folder / "a.png").read_bytes()
