"""`indicia audit` in a real process: exit codes a build can act on, forms a machine can read, clear errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

INDICIA = str(Path(sys.executable).with_name("indicia"))


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([INDICIA, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def bare(home: Path, tmp_path: Path) -> Path:
    """A folder with one picture that carries no mark."""
    folder = tmp_path / "work"
    folder.mkdir()
    Image.linear_gradient("L").convert("RGB").save(folder / "bare.png")
    return folder


def test_an_unlabelled_output_fails_and_a_labelled_one_does_not(bare: Path) -> None:
    first = run("audit", "bare.png", "--generated", "-p", "cn-labelling", cwd=bare)
    labelled = run(
        "label",
        "bare.png",
        "-o",
        "out.png",
        "--no-watermark",
        "--no-sign",
        "--no-register",
        "--provider",
        "Example",
        cwd=bare,
    )
    second = run("audit", "out.png", "--generated", "-p", "cn-labelling", cwd=bare)

    assert (1, 0, 0) == (first.returncode, labelled.returncode, second.returncode), second.stdout + labelled.stderr
    assert "CN-META-001" in first.stdout
    assert "CN-META-001" not in second.stdout


def test_the_law_of_another_date_is_not_applied(bare: Path) -> None:
    done = run("audit", "bare.png", "--generated", "-p", "cn-labelling", "--as-of", "2025-03-01", cwd=bare)

    assert 0 == done.returncode, done.stdout


def test_a_baseline_takes_what_is_there_and_stops_what_is_new(bare: Path) -> None:
    words = ("audit", ".", "--generated", "-p", "cn-labelling", "--baseline", "../known.json", "--format", "json")
    first = run(*words, cwd=bare)
    second = run(*words, cwd=bare)
    Image.radial_gradient("L").convert("RGB").save(bare / "new.png")
    third = run(*words, cwd=bare)

    said = [one.stderr for one in (first, second, third)]
    assert (1, 0, 1) == (first.returncode, second.returncode, third.returncode), said


def test_a_step_that_drops_metadata_is_caught(bare: Path) -> None:
    run(
        "label",
        "bare.png",
        "-o",
        "out.png",
        "--no-watermark",
        "--no-sign",
        "--no-register",
        "--provider",
        "Example",
        cwd=bare,
    )
    script = bare / "resave.py"
    script.write_text("import sys\nfrom PIL import Image\nImage.open(sys.argv[1]).save(sys.argv[2])\n")

    done = run(
        "audit", "out.png", "-p", "cn-labelling", "--through", f"{sys.executable} {script} {{in}} {{out}}", cwd=bare
    )

    assert 1 == done.returncode, done.stderr
    assert "CN-META-014" in done.stdout
    assert "lost" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bare.png", "--policy", "atlantis"), "no pack named"),
        (("bare.png", "--role", "king"), "no role king"),
        (("bare.png", "--as-of", "soon"), "not a date"),
        (("bare.png", "--format", "poem"), "no format"),
        (("bare.png", "--declare", "colour=red"), "colour"),
        (("bare.png", "--declare", "deepfake"), "fact=value"),
        (("bare.png", "--fail-on", "never"), "--fail-on"),
        (("bare.png", "--waivers", "none.yaml"), "none.yaml"),
        (("--manifest", "none.yaml"), "none.yaml"),
        ((), "nothing was audited"),
    ],
)
def test_a_call_that_makes_no_sense_exits_with_two_and_says_why(bare: Path, words: tuple[str, ...], said: str) -> None:
    done = run("audit", *words, cwd=bare)

    assert 2 == done.returncode
    assert said in done.stderr
    assert "" == done.stdout


def test_an_unreadable_file_in_a_folder_is_reported_and_the_rest_is_judged(bare: Path) -> None:
    (bare / "gone.png").symlink_to(bare / "nowhere.png")

    done = run("audit", ".", "--generated", "-p", "cn-labelling", "--format", "json", cwd=bare)

    body = json.loads(done.stdout)
    assert ["gone.png"] == [gap["subject"] for gap in body["gaps"]]
    assert {"bare.png", "gone.png"} == {f["subject"] for f in body["findings"]}


def test_a_pack_of_ones_own_is_started_tested_and_used(bare: Path) -> None:
    started = run("policies", "new", "mine.yaml", cwd=bare)
    tested = run("policies", "test", "--policy", "mine.yaml", cwd=bare)
    used = run("audit", "bare.png", "--generated", "--policy", "mine.yaml", cwd=bare)

    assert (0, 0, 1) == (started.returncode, tested.returncode, used.returncode)
    assert "MY-001" in used.stdout


def test_a_fix_is_shown_first_and_done_when_confirmed(bare: Path) -> None:
    words = ("audit", "bare.png", "--generated", "-p", "cn-labelling", "--fix")
    run("keys", "init", cwd=bare)
    before = (bare / "bare.png").read_bytes()
    shown = run(*words, cwd=bare)
    untouched = (bare / "bare.png").read_bytes()
    done = run(*words, "--yes", cwd=bare)
    after = run("audit", "bare.png", "--generated", "-p", "cn-labelling", cwd=bare)

    assert (1, 1, 0) == (shown.returncode, done.returncode, after.returncode), done.stderr
    assert before == untouched
    assert "add --yes" in shown.stderr
    assert "bare.png: done" in done.stderr
