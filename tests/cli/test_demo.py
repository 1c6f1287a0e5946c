"""The demonstration's parts on real works, and what it refuses. The embedded models have tests of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from indicia.cli import demo
from indicia.cli._demo import copies, independent, making, readme, recovery, story
from indicia.cli._demo.story import Stage
from indicia.generators import Marked, Model, mark
from indicia.provenance.evidence import Match
from indicia.provenance.media import Clip
from indicia.provenance.registry import Registry
from indicia.provenance.verdict import Integrity, Origin

_MAIN = "import sys; from indicia.cli.main import main; sys.argv[0] = 'indicia'; main()"


def draw(prompt: str, seed: int) -> Image.Image:
    """Shapes on a smooth ground: a picture with something in it, without a model."""
    noise = np.random.default_rng(seed)
    ground = Image.fromarray(noise.integers(60, 255, (6, 6, 3), dtype=np.uint8)).resize((512, 512), 3)
    pen = ImageDraw.Draw(ground)
    for x, y, r in noise.integers(40, 470, (8, 3)):
        pen.ellipse((x - r // 5, y - r // 5, x + r // 5, y + r // 5), fill=tuple(map(int, noise.integers(0, 255, 3))))
    return ground


def write(prompt: str) -> str:
    """A text of some length, without a model."""
    nouns = "river mill bridge ladder bench green lantern orchard ferry letter bottle keeper storm harbour".split()
    noise = np.random.default_rng(len(prompt))
    said = (f"The {a} stood by the {b} until the {c} was gone." for a, b, c in noise.choice(nouns, (24, 3)))
    return " ".join(said)


def film(prompt: str, seed: int) -> Clip:
    """A camera that passes slowly over a picture, for four seconds."""
    picture = np.asarray(draw(prompt, seed))
    return Clip(np.stack([picture[n // 4 : n // 4 + 256, n // 2 : n // 2 + 256] for n in range(96)]), Fraction(24))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> readme.Told:
    """The whole story, with functions in the place of the models."""
    stage = Stage(tmp_path_factory.mktemp("demo"))
    os.environ["INDICIA_HOME"] = str(tmp_path_factory.mktemp("home"))
    demo._clear(stage)
    demo._keys(stage)
    made = _made(stage)
    seen = independent.look(stage, list(made))
    copied = copies.copy_all(stage)
    found = recovery.recover_all(stage, copied, {m.record: p.name for p, m in made.items()})
    return readme.Told(stage, made, seen, found, demo._scan(stage, "en"))


def _made(stage: Stage) -> dict[Path, Marked]:
    stage.made.mkdir()
    asked, made = making.settings(stage), {}
    for picture in story.PICTURES[:2]:
        path = stage.made / f"{picture.name}.png"
        painter = mark(draw, settings=replace(asked, lang=picture.lang), model=Model("shapes"))
        made[path] = painter.to(path, picture.prompt, seed=picture.seed)
    for name in ("6-harbour.txt", "7-library.md"):
        made[stage.made / name] = mark(write, settings=replace(asked, lang="en")).to(stage.made / name, name)
    path = stage.made / f"{story.FILM.name}.mp4"
    made[path] = mark(film, settings=replace(asked, lang="en"), model=Model("camera")).to(path, "shapes", seed=3)
    return made | dict([making._speech(stage, True, lambda _: None)])


def test_every_reader_finds_the_marks_of_everything_made(told: readme.Told) -> None:
    assert {p.name for p in told.made} == {s.path.name for s in told.seen}
    assert [] == [s for s in told.seen if not s.found]


def test_every_copy_leads_back_to_the_record_of_what_it_was(told: readme.Told) -> None:
    wrong = [f for f in told.found if not f.name or not f.path.stem.startswith(Path(f.name).stem)]

    assert [] == wrong
    pictures, texts = {"stripped", "jpeg60", "half", "cropped", "retouched"}, {"retyped", "shortened"}
    moving = {"small", "trimmed", "webm", "mp3"}
    assert pictures | texts | moving <= {f.path.stem.rpartition("-")[2] for f in told.found}
    for found in told.found:
        record = json.loads((told.stage.recovered / f"{found.path.name}.record.json").read_text())
        assert "indicia/record@1" == record["schema"]
        assert b"jumdc2pa" in (told.stage.recovered / f"{found.path.name}.c2pa").read_bytes()


def test_the_verdicts_are_what_the_story_says(told: readme.Told) -> None:
    verdicts = {d.asset.path: d.verdict for d in told.dossiers}

    for path, verdict in verdicts.items():
        assert (Origin.UNKNOWN if path.startswith("others") else Origin.SYNTHETIC) is verdict.origin, path
        changed = "retouched" in path or "one-word-changed" in path
        expected = Integrity.ALTERED if changed else Integrity.INTACT if "made" in path else Integrity.UNSIGNED
        assert expected is verdict.integrity, path
    assert len(told.stage.files()) == len(verdicts)


def test_the_readme_names_every_file_in_both_languages(told: readme.Told) -> None:
    text = readme.readme(told)
    english, chinese = text.split("\n---\n", 1)

    for path in told.stage.files():
        place = path.relative_to(told.stage.folder).as_posix()
        assert f"[{place}]({place})" in english
        assert f"[{place}]({place})" in chinese
    assert "草地上的兔子" in english
    assert "裁剪" in chinese
    assert str(told.stage.folder) not in text


def test_the_copies_hold_none_of_what_was_written_into_the_files(told: readme.Told) -> None:
    for path in told.stage.copies.iterdir():
        bare = not ("retouched" in path.stem or "one-word-changed" in path.stem)
        data = path.read_bytes()
        assert bare is not (b"c2pa" in data or "\ufeff".encode() in data), path
        assert bare is not (b"AIGC" in data or b"generated by AI" in data), path


def test_the_report_and_the_dossiers_lie_in_the_folder(told: readme.Told) -> None:
    page = (told.stage.folder / "report.html").read_text()

    assert len(told.dossiers) == len((told.stage.folder / "dossiers.jsonl").read_text().splitlines())
    assert page.count("data:image/jpeg") >= 10
    assert str(told.stage.folder) not in page
    assert any(isinstance(e, Match) for d in told.dossiers for e in d.evidence)
    with Registry.open(told.stage.registry, create=False) as registry:
        assert 6 == registry.count()


def test_a_folder_with_anything_else_in_it_is_never_touched(tmp_path: Path) -> None:
    from indicia.provenance.errors import UsageError

    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(UsageError, match="holds other things"):
        demo._clear(Stage(tmp_path))

    assert "years of work" == (tmp_path / "thesis.txt").read_text()


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "demo")
    demo._clear(stage)
    (stage.folder / "old.png").touch()

    demo._clear(stage)

    assert [".indicia"] == [p.name for p in stage.folder.iterdir()]


def test_without_the_text_model_the_command_to_get_it_is_told_and_nothing_is_written(
    home: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "INDICIA_HOME": str(home), "OMP_NUM_THREADS": "1"}

    done = subprocess.run(
        [sys.executable, "-c", _MAIN, "demo", "-o", tmp_path / "demo"],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip

    assert 2 == done.returncode
    assert "indicia models pull" in done.stderr or "picture model" in done.stderr
    assert not (tmp_path / "demo").exists()
