"""The examples run as they are, in processes of their own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from indicia.provenance.asset import Asset

ROOT = Path(__file__).parents[2]


def run(name: str, *arguments: object, home: Path) -> str:
    environment = {**os.environ, "INDICIA_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / name, *map(str, arguments)],
        capture_output=True, text=True, env=environment, cwd=home.parent, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_a_function_is_wrapped_and_a_stripped_copy_of_what_it_made_is_moderated(home: Path, tmp_path: Path) -> None:
    said = run("wrap_a_function.py", tmp_path / "waves.png", home=home)

    Asset.open(tmp_path / "waves.png").image().convert("RGB").save(tmp_path / "copy.jpg", quality=60)
    judged = run("moderate_an_upload.py", tmp_path / "copy.jpg", home=home)

    assert "visible, watermark, metadata, fingerprint, signature, record" in said
    assert "=> publish, with the notice that it is suspected to be generated" in judged
    assert "watermark" in judged


def test_an_upload_of_which_nothing_is_known_gets_no_notice(home: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.linear_gradient("L").save(tmp_path / "plain.png")

    assert "no proof that there was none" in run("moderate_an_upload.py", tmp_path / "plain.png", home=home)


@pytest.mark.slow
def test_a_pipeline_is_wrapped(home: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("tiny", ROOT / "tests/generators/tiny.py")
    assert spec
    assert spec.loader
    tiny = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tiny)
    folder = tiny.saved(tiny.image_pipeline(), tmp_path / "tiny-sd")

    said = run("wrap_a_pipeline.py", folder, "a dog", tmp_path / "dog.png", home=home)

    assert "signature, record" in said
    assert "model tiny-sd" in said
