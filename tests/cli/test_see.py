"""`--see`: labels in pixels decide controls when they were looked for, and leave them undecided otherwise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from indicia.provenance.labels import visible

INDICIA = str(Path(sys.executable).with_name("indicia"))


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([INDICIA, *words, "-j", "1"], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def pictures(home: Path, tmp_path: Path) -> Path:
    plain = Image.linear_gradient("L").convert("RGB").resize((480, 320))
    plain.save(tmp_path / "plain.png")
    visible.draw(plain, "AI生成")[0].save(tmp_path / "labelled.png")
    return tmp_path


def test_a_scan_reads_the_label_only_when_asked(pictures: Path) -> None:
    asked = json.loads(run("scan", "labelled.png", "--see", "--no-marks", "-f", "json", cwd=pictures).stdout)
    unasked = json.loads(run("scan", "labelled.png", "--no-marks", "-f", "json", cwd=pictures).stdout)

    asked, unasked = (found[0] if isinstance(found, list) else found for found in (asked, unasked))
    assert ["AI生成"] == [e["wording"] for e in asked["evidence"]]
    assert (["seen"], []) == (asked["looked"], unasked["looked"])
    assert [] == unasked["evidence"]


@pytest.mark.slow
def test_an_audit_decides_about_pixels_when_it_saw_them(pictures: Path) -> None:
    words = ("audit", "labelled.png", "plain.png", "--generated", "-p", "cn-labelling")
    seen, unseen = run(*words, "--see", cwd=pictures), run(*words, cwd=pictures)

    assert 1 == seen.stdout.count("error     CN-LBL-004")
    assert "CN-LBL-005" not in seen.stdout
    assert 2 == unseen.stdout.count("undecided CN-LBL-004")
