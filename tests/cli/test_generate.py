"""`indicia generate` in a real process, with tiny local models."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from indicia.provenance.asset import Asset
from indicia.provenance.credentials.verify import read as read_claims
from indicia.provenance.evidence import ClaimState

_MAIN = "import sys; from indicia.cli.main import main; sys.argv[0] = 'indicia'; main()"


def _tiny() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny", Path(__file__).parents[1] / "generators" / "tiny.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = _tiny()
CONSENT = "who: Jane Doe\nwhat: voice\nscope: a test\ndate: 2026-01-01\nexpiry: 2126-01-01\n"
# A voice as a package of the user's would have it.
VOICE = """
import numpy as np
from indicia.generators import Model
from indicia.provenance.media import Sound


class Hum:
    model = Model("acme/hum")
    languages = ("en",)

    def say(self, text, lang, *, reference=None):
        return Sound(np.sin(np.arange(64_000, dtype=np.float32) / 20)[:, None] / 2, 16_000)


hum = Hum()
"""


def indicia(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "INDICIA_HOME": str(home), "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", _MAIN, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


@pytest.mark.slow
def test_a_local_pipeline_draws_into_a_marked_file(home: Path, tmp_path: Path) -> None:
    folder = tiny.saved(tiny.image_pipeline(), tmp_path / "tiny-sd")

    done = indicia(
        "generate", "image", "a dog", "-o", tmp_path / "dog.jpg", "--model", folder, "--steps", 1, "--size", 256,
        "--seed", 4, "--provider", "Newsroom", home=home,
    )  # fmt: skip

    asset = Asset.open(tmp_path / "dog.jpg")
    (claim,) = read_claims(asset)
    assert 0 == done.returncode, done.stderr
    assert ("jpeg", (256, 256)) == (asset.format, asset.image().size)
    assert (ClaimState.TRUSTED, "tiny-sd") == (claim.state, claim.ai_model)
    assert "model tiny-sd, seed 4" in done.stderr
    assert "registry" in done.stderr


@pytest.mark.slow
def test_a_local_language_model_writes_into_a_marked_file(home: Path, tmp_path: Path) -> None:
    network, tokenizer = tiny.language_model()
    network.save_pretrained(tmp_path / "tiny-llama")
    tokenizer.save_pretrained(tmp_path / "tiny-llama")

    done = indicia(
        "generate", "text", "abc", "-o", tmp_path / "a.md", "--model", tmp_path / "tiny-llama", "--tokens", 120,
        "--seed", 4, home=home,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert "watermark" in done.stderr
    assert ClaimState.TRUSTED is read_claims(Asset.open(tmp_path / "a.md"))[0].state


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["image", "text"])
def test_a_model_that_is_not_there_is_named_without_a_look_at_the_network(
    home: Path, tmp_path: Path, kind: str
) -> None:
    done = indicia(
        "generate", kind, "x", "-o", tmp_path / ("a.png" if kind == "image" else "a.txt"), "--model",
        "nobody/no-such-model", home=home,
    )  # fmt: skip

    assert 2 == done.returncode
    assert "nobody/no-such-model: no model that can be loaded" in done.stderr
    assert "--online" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_text_model_that_was_not_pulled_is_named_with_the_command(home: Path, tmp_path: Path) -> None:
    done = indicia("generate", "text", "x", "-o", tmp_path / "a.txt", home=home)

    assert 2 == done.returncode
    assert "indicia models pull" in done.stderr
    assert not (tmp_path / "a.txt").exists()


def test_a_suffix_that_no_layer_can_be_laid_on_is_refused(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()

    done = indicia("generate", "image", "x", "-o", tmp_path / "a.gif", "--model", folder, home=home)

    assert 2 == done.returncode
    assert [folder] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_local_video_pipeline_makes_a_marked_clip(home: Path, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        "tiny_video", Path(__file__).parents[1] / "generators" / "tiny_video.py"
    )
    assert spec
    assert spec.loader
    tiny_video = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tiny_video)
    folder = tiny.saved(tiny_video.pipeline("LTXPipeline"), tmp_path / "tiny-ltx")

    done = indicia(
        "generate", "video", "a dog", "-o", tmp_path / "dog.mp4", "--model", folder, "--frames", 49, "--steps", 1,
        "--size", 96, "--seed", 3, "--lang", "en", "--provider", "Acme", home=home,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert "visible label, AIGC and IPTC fields, fingerprints, C2PA manifest, registry record" in done.stderr
    assert "model tiny-ltx, seed 3" in done.stderr
    assert ClaimState.TRUSTED is read_claims(Asset.open(tmp_path / "dog.mp4"))[0].state


def test_the_built_in_voice_speaks_into_a_marked_file(home: Path, tmp_path: Path) -> None:
    done = indicia(
        "generate", "speech", "The lamp is lit.", "-o", tmp_path / "a.flac", "--seed", 3, "--provider", "Acme",
        home=home,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert "model hibari-heart, seed 3" in done.stderr
    claim = read_claims(Asset.open(tmp_path / "a.flac"))[0]
    assert ("hibari-heart", ClaimState.TRUSTED) == (claim.ai_model, claim.state)


def test_a_voice_that_is_not_there_is_refused_in_words(home: Path, tmp_path: Path) -> None:
    def said(*options: object) -> str:
        done = indicia("generate", "speech", "hello", "-o", tmp_path / "a.wav", *options, home=home)
        assert 2 == done.returncode
        assert not (tmp_path / "a.wav").exists()
        return done.stderr

    assert "speaks English only, not 'zh'" in said("--lang", "zh")
    assert "imitates nobody" in said("--reference", tmp_path / "me.wav")
    assert "no such voice" in said("--voice", "nowhere:nothing")


def test_a_voice_of_ones_own_imitates_only_with_consent(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_voices.py").write_text(VOICE)
    (tmp_path / "consent.yaml").write_text(CONSENT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    first = indicia("generate", "speech", "hm", "-o", tmp_path / "me.wav", "--voice", "my_voices:hum", home=home)
    options = ["-o", tmp_path / "b.wav", "--voice", "my_voices:hum", "--reference", tmp_path / "me.wav"]

    refused = indicia("generate", "speech", "hm", *options, home=home)
    done = indicia("generate", "speech", "hm", *options, "--consent", tmp_path / "consent.yaml", home=home)

    assert (0, 2, 0) == (first.returncode, refused.returncode, done.returncode), done.stderr
    assert "--consent FILE" in refused.stderr
    assert b"io.github.indicia.consent" in (tmp_path / "b.wav").read_bytes()


@pytest.mark.slow
def test_a_part_of_a_picture_is_drawn_anew_and_the_picture_stays_its_parent(home: Path, tmp_path: Path) -> None:
    folder = tiny.saved(tiny.image_pipeline(), tmp_path / "tiny-sd")
    Image.effect_noise((256, 256), 90).convert("RGB").save(tmp_path / "in.png")
    Image.linear_gradient("L").save(tmp_path / "mask.png")

    done = indicia(
        "generate", "image", "a dog", "-o", tmp_path / "dog.png", "--model", folder, "--steps", 2, "--image",
        tmp_path / "in.png", "--mask", tmp_path / "mask.png", "--provider", "Newsroom", home=home,
    )  # fmt: skip

    claim = read_claims(Asset.open(tmp_path / "dog.png"))[0]
    assert 0 == done.returncode, done.stderr
    assert (ClaimState.TRUSTED, ("compositeWithTrainedAlgorithmicMedia",)) == (claim.state, claim.source_types)
