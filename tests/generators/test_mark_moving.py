"""Video and sound leave a wrapped generator with every layer, or not at all; a likeness only under its consent."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest

from indicia.generators import Consent, Layer, Model, Settings, mark
from indicia.generators.consent import LABEL
from indicia.generators.creation import Creation
from indicia.generators.studio.voice import voice
from indicia.provenance.asset import Asset
from indicia.provenance.credentials.rubric import check
from indicia.provenance.credentials.verify import read as read_claims
from indicia.provenance.errors import UsageError
from indicia.provenance.evidence import ClaimState, Media
from indicia.provenance.media import Clip, Sound
from indicia.provenance.registry import Registry

ALL_BUT_WATERMARK = tuple(layer for layer in Layer if layer is not Layer.WATERMARK)  # neither medium has one
CONSENT = "who: Jane Doe\nwhat: [voice, face]\nscope: a test\ndate: 2026-01-01\nexpiry: 2126-01-01\n"


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(provider="TestStudio", lang="en")


@pytest.fixture
def consent(tmp_path: Path) -> Consent:
    (tmp_path / "consent.yaml").write_text(CONSENT)
    return Consent.open(tmp_path / "consent.yaml")


def waves(prompt: str, seed: int = 0) -> Clip:
    """Three seconds of colours that run."""
    y, x = np.mgrid[0:192, 0:256]
    frames = [np.stack([(x + 3 * i) % 256, (y + 2 * i + seed) % 256, (x * y // 64 + i) % 256], -1) for i in range(36)]
    return Clip(np.stack(frames).astype(np.uint8), Fraction(12))


class Hummer:
    """A voice that hums as loudly as the recording it is given."""

    model = Model("acme/hummer")
    languages = ("en",)

    def say(self, text: str, lang: str, *, reference: Asset | None = None) -> Sound:
        loud = 0.5 if reference is None else 0.25
        hum = np.sin(np.cumsum(0.1 + 0.05 * np.sin(np.arange(64_000) / 4000))) * loud
        return Sound(hum.astype(np.float32)[:, None], 16_000)


def test_a_functions_clip_leaves_with_all_layers(settings: Settings, tmp_path: Path) -> None:
    made = mark(waves, settings=settings, model=Model("acme/film", "2"))("waves", seed=4)
    path = made.save(tmp_path / "a.mp4")

    (claim,) = read_claims(Asset.open(path))
    assert ALL_BUT_WATERMARK == made.imprint.layers
    assert (ClaimState.TRUSTED, "acme/film") == (claim.state, claim.ai_model)
    assert (Media.VIDEO, "mp4", 4) == (made.media, made.format, made.creation.seed)
    assert made.data == path.read_bytes()
    with Registry.open(settings.registry_url) as registry:
        record = registry.get(made.record)
    assert record is not None
    assert made.creation == Creation.from_json(record.creation)
    assert {b.algorithm.split("@")[0] for b in record.bindings} >= {"video"}


def test_a_format_that_carries_no_manifest_has_it_beside(settings: Settings, tmp_path: Path) -> None:
    made = mark(waves, settings=settings).to(tmp_path / "a.webm", "waves")

    (claim,) = read_claims(Asset.open(tmp_path / "a.webm"))
    assert (ClaimState.TRUSTED, True) == (claim.state, claim.sidecar)
    assert (tmp_path / "b.webm") == made.save(tmp_path / "b.webm")
    assert ClaimState.TRUSTED is read_claims(Asset.open(tmp_path / "b.webm"))[0].state


def test_a_file_whose_name_is_of_another_medium_is_not_written(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"made video, which goes into \.mp4"):
        mark(waves, settings=settings).to(tmp_path / "a.png", "waves")
    with pytest.raises(UsageError, match="made audio"):
        mark(Hummer(), settings=settings).to(tmp_path / "a.mp4", "hm")

    assert [] == [p.name for p in tmp_path.iterdir() if p.name != "home"]


def test_speech_leaves_with_all_layers_and_an_audible_label(settings: Settings, tmp_path: Path) -> None:
    said = "The ferry leaves the harbour at half past seven."

    made = mark(voice, settings=settings).to(tmp_path / "a.wav", said, seed=1)

    (claim,) = read_claims(Asset.open(tmp_path / "a.wav"))
    assert ALL_BUT_WATERMARK == made.imprint.layers
    assert (ClaimState.TRUSTED, "hibari-heart") == (claim.state, claim.ai_model)
    assert voice.say(said, seed=1).seconds + 2 < len(made.data) / 48_000  # 16 bits at 24 kHz, the label before it


@pytest.mark.parametrize("given", [{"reference": b"RIFF"}, {}])
def test_a_persons_voice_without_consent_is_refused_before_anything_is_made(
    settings: Settings, tmp_path: Path, given: dict[str, Any]
) -> None:
    source = Hummer()
    source.cloned = not given  # type: ignore[attr-defined]  # what a cloned voice says of itself
    given = {"reference": _recording(tmp_path)} if given else {}

    with pytest.raises(UsageError, match="this call takes a person's voice"):
        mark(source, settings=settings).to(tmp_path / "a.wav", "hm", **given)

    assert not (tmp_path / "a.wav").exists()
    assert not list(settings.creations_folder.glob("*"))


def test_consent_travels_in_the_manifest_in_the_record_and_in_the_log(
    settings: Settings, consent: Consent, tmp_path: Path
) -> None:
    speaker = mark(Hummer(), settings=settings, consent=consent)

    made = speaker.to(tmp_path / "a.wav", "hm", reference=_recording(tmp_path))

    with (tmp_path / "a.wav").open("rb") as stream, c2pa.Reader("audio/wav", stream) as reader:
        assertions = {a["label"]: a["data"] for a in reader.get_active_manifest()["assertions"]}
    assert consent.assertion()["data"] == assertions[LABEL]
    assert consent == made.creation.consent
    assert ["reference"] == [i.role for i in made.creation.inputs]
    logged = [json.loads(line) for p in settings.creations_folder.glob("*") for line in p.read_text().splitlines()]
    assert ["Jane Doe"] * 2 == [event["creation"]["consent"]["who"] for event in logged]
    assert [] == [c for c in check(Asset.open(tmp_path / "a.wav")) if c.outcome == "fail"]


def test_a_consent_that_has_run_out_is_none(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(CONSENT.replace("2126", "2026").replace("2026-01-01\n", "2025-01-01\n", 1))

    with pytest.raises(UsageError, match="ran out"):
        mark(waves, settings=settings, consent=Consent.open(tmp_path / "old.yaml"))("waves")


def _recording(folder: Path) -> Path:
    from indicia.provenance.media import audio

    path = folder / "me.wav"
    audio.encode(Sound(np.zeros((800, 1), np.float32), 8000), path)
    return path
