"""Voices and text-to-audio models give sound that can be told again; a person's voice needs that person's consent."""

from __future__ import annotations

import importlib.util
import io
import wave
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from indicia.generators.backends import backend_for, speech
from indicia.generators.backends._clips import as_sound
from indicia.generators.backends._sounds import as_sound_asset
from indicia.generators.creation import Model
from indicia.generators.studio import voice as studio
from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent, Unsupported, UsageError
from indicia.provenance.media import Sound


def _tiny() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny", Path(__file__).with_name("tiny.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = _tiny()
SENTENCE = "The quick brown fox jumps over the lazy dog."


class Hummer:
    """A voice of one tone a letter; with a recording it hums as loudly as that."""

    model = Model("acme/hummer", "1", "mit")
    languages = ("en", "fr")

    def say(self, text: str, lang: str, *, reference: Asset | None = None) -> Sound:
        loud = 0.5 if reference is None else float(np.abs(_samples(reference)).max())
        tones = [np.sin(np.arange(800) * ord(letter) / 800) for letter in text]
        return Sound((loud * np.concatenate(tones)).astype(np.float32)[:, None], 16_000)


def _samples(asset: Asset) -> Any:
    with wave.open(io.BytesIO(asset.data)) as stream:
        return np.frombuffer(stream.readframes(stream.getnframes()), np.int16) / 32767


def plan(source: Any, *args: Any, **options: Any) -> Any:
    return speech.backend.plan(source, args, options, model=None, mark=None)


@pytest.fixture(scope="module")
def recording() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(16_000)
        stream.writeframes((np.sin(np.arange(8000) / 9) * 8000).astype("<i2").tobytes())
    return buffer.getvalue()


# --- voices ---------------------------------------------------------------------------------------------------------


def test_the_built_in_voice_says_the_same_from_the_same_seed() -> None:
    assert "speech" == backend_for(studio.voice).name

    first = plan(studio.voice, SENTENCE, seed=3)
    (one,), (other,) = first.run(), first.run()

    assert np.array_equal(one.samples, other.samples)
    assert ((24_000, 1), "float32") == ((one.rate, one.samples.shape[1]), one.samples.dtype.name)
    assert 2 < one.seconds < 5
    assert 0.05 < np.abs(one.samples).max() <= 1
    assert (SENTENCE, 3, {"lang": "en", "seed": 3}) == (first.prompt, first.seed, dict(first.parameters))
    assert Model("hibari-heart", "0.2.1", "Apache-2.0", "hibari-tts 0.2.1") == first.model
    assert () == first.likeness


def test_speech_is_no_noise_and_longer_for_longer_texts() -> None:
    short, long = studio.voice.say("Hello."), studio.voice.say(SENTENCE + " " + SENTENCE)

    assert 3 * short.seconds < long.seconds
    assert long.seconds > 1.7 * studio.voice.say(SENTENCE + " " + SENTENCE, speed=2).seconds
    voiced = np.abs(np.fft.rfft(long.samples[:, 0])) ** 2
    assert voiced[: len(voiced) // 3].sum() > 9 * voiced[len(voiced) // 3 :].sum()  # below 4 kHz, where speech lies


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ({"text": SENTENCE, "lang": "zh"}, "not 'zh'"),
        ({"text": "你好", "lang": "en"}, "cannot read Chinese"),
        ({"text": "...", "lang": "en"}, "no word"),
        ({"text": SENTENCE, "lang": "en", "speed": 9}, "speed"),
        ({"text": "a" * 20_001, "lang": "en"}, "too many"),
    ],
)
def test_what_the_built_in_voice_cannot_say_is_refused(call: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Unsupported, match=wrong):
        studio.voice.say(**call)
    if call["lang"] == "zh":
        with pytest.raises(Unsupported, match="not 'zh'"):
            plan(studio.voice, call["text"], lang="zh")


def test_weights_other_than_the_pinned_ones_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    studio._engine.cache_clear()
    monkeypatch.setitem(studio.WEIGHTS, "hibari.onnx", "00" * 32)

    with pytest.raises(BadContent, match="not the pinned 0000"):
        studio.voice.say("Hello.")


def test_a_voice_of_ones_own_speaks_its_languages_only() -> None:
    made = plan(Hummer(), "bonjour", lang="fr")

    (sound,) = made.run()
    assert (7 * 800, 16_000) == (len(sound.samples), sound.rate)
    assert ("acme/hummer", {"lang": "fr"}, ()) == (made.model.id, dict(made.parameters), made.likeness)
    with pytest.raises(Unsupported, match="speaks en, fr, not 'de'"):
        plan(Hummer(), "hallo", lang="de")


def test_a_recording_that_a_voice_is_given_is_a_likeness_and_an_input(recording: bytes, tmp_path: Path) -> None:
    (tmp_path / "me.wav").write_bytes(recording)

    made = plan(Hummer(), "hello", reference=tmp_path / "me.wav")

    assert ("voice",) == made.likeness
    assert [recording] == [a.data for a in made.references]
    assert 0.26 > np.abs(made.run()[0].samples).max() > 0.2


def test_a_voice_that_is_cloned_by_build_says_so() -> None:
    clone = Hummer()
    clone.cloned = True  # type: ignore[attr-defined]  # what a clone says of itself

    assert ("voice",) == plan(clone, "hello").likeness


@pytest.mark.parametrize("text", ["", "   ", None])
def test_nothing_to_say_is_refused(text: Any) -> None:
    with pytest.raises(UsageError, match="one text"):
        plan(Hummer(), text)


# --- transformers ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vits() -> tuple[Any, Any]:
    pair: tuple[Any, Any] = tiny.speech_model()
    return pair


def test_a_model_of_transformers_speaks_as_pair_and_as_pipeline(vits: tuple[Any, Any]) -> None:
    from transformers import TextToAudioPipeline

    pipe = TextToAudioPipeline(model=vits[0], tokenizer=vits[1])

    first = plan(vits, "hello")
    (one,) = first.run()
    (other,) = plan(pipe, "hello", seed=first.seed).run()

    assert "speech" == backend_for(vits).name == backend_for(pipe).name
    assert np.array_equal(one.samples, other.samples)
    assert (16_000, 1) == (one.rate, one.samples.shape[1])
    assert 100 < len(one.samples)
    assert "hello" == first.prompt


def test_several_texts_are_several_sounds(vits: tuple[Any, Any]) -> None:
    assert 2 == len(plan(vits, ["hello", "goodbye"]).run())


@pytest.mark.parametrize(
    ("options", "likeness"),
    [
        ({}, ()),
        ({"forward_params": {"speaker_embeddings": np.zeros(512)}}, ("voice",)),
        ({"speaker_wav": "someone.wav"}, ("voice",)),
        ({"preprocess_params": {"voice_preset": "v2/en_speaker_6"}}, ()),
        ({"preprocess_params": {"voice_preset": "someone.npz"}}, ("voice",)),
    ],
)
def test_arguments_that_carry_a_persons_voice_are_known(
    vits: tuple[Any, Any], options: dict[str, Any], likeness: tuple[str, ...]
) -> None:
    assert likeness == plan(vits, "hello", **options).likeness


# --- sound as arrays and files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "shape"),
    [
        (np.zeros(100), (100, 1)),
        (np.zeros((1, 100)), (100, 1)),
        (np.zeros((2, 100), np.float16), (100, 2)),
        (np.zeros((100, 2)), (100, 2)),
        (np.zeros((1, 1, 100)), (100, 1)),
        (np.full(100, 32767, np.int16), (100, 1)),
    ],
)
def test_samples_of_every_layout_are_one_sound(samples: Any, shape: tuple[int, int]) -> None:
    sound = as_sound(samples, 16_000)

    assert (shape, "float32") == (sound.samples.shape, sound.samples.dtype.name)
    assert (1.0 if samples.dtype == np.int16 else 0.0) == sound.samples.max()


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros(0), 16_000),
        (np.zeros((50, 50)), 16_000),
        (np.full(9, np.nan), 16_000),
        (np.zeros(9), 0),
        (np.zeros(9), None),
        (np.zeros(9), 16_000.0),
        ("abc", 16_000),
    ],
)
def test_what_is_no_sound_is_refused(samples: Any, rate: Any) -> None:
    with pytest.raises(Unsupported):
        as_sound(samples, rate)


def test_recordings_are_taken_as_files_bytes_assets_and_samples(recording: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(recording)

    for given in (tmp_path / "a.wav", recording, Asset.of(recording)):
        assert recording == as_sound_asset(given).data
    assert "wav" == as_sound_asset(Sound(np.zeros((800, 1), np.float32), 8000)).format
    with pytest.raises(BadContent, match="no recording"):
        as_sound_asset(b"words")
    with pytest.raises(Unsupported, match="no recording"):
        as_sound_asset(3)
