"""The rhythm and the spoken sentence, found in sound that is made here; everything else that beeps is none."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indicia.policies.examine import of_dossier
from indicia.provenance.asset import Asset
from indicia.provenance.errors import UnreadableFile
from indicia.provenance.evidence import Label, Reason
from indicia.provenance.inspect import inspect_path
from indicia.provenance.labels import heard, spoken
from indicia.provenance.labels._rhythm import rhythms
from indicia.provenance.labels._speech import understood
from indicia.provenance.labels._statement import statements
from indicia.provenance.media import Sound, audio

RATE = 8000
MORSE = {"A": ".-", "I": "..", "E": ".", "N": "-.", "S": "...", "T": "-", "O": "---", "W": ".--", "R": ".-."}


def morse(text: str, unit: float = 0.1, tone: float = 800.0) -> NDArray[np.float32]:
    """A text as tones, in the times of ITU-R M.1677-1."""
    parts = []
    for letter in text:
        for sign in MORSE[letter]:
            at = np.arange(round((3 if sign == "-" else 1) * unit * RATE)) / RATE
            parts += [0.3 * np.sin(2 * np.pi * tone * at) * np.minimum(1, 200 * np.minimum(at, at[-1] - at))]
            parts += [np.zeros(round(unit * RATE))]
        parts += [np.zeros(round(2 * unit * RATE))]
    return np.concatenate(parts).astype(np.float32)


def music(seconds: float = 8.0, rate: int = RATE) -> NDArray[np.float32]:
    """Chords that swell and fade."""
    at = np.arange(round(seconds * rate)) / rate
    voices = ((220, 1.1), (330, 0.7), (440, 2.3), (880, 3.1))
    waves = [np.sin(2 * np.pi * f * at) * np.abs(np.sin(2 * np.pi * at * b)) for f, b in voices]
    return np.asarray(np.sum(waves, axis=0) / 10, np.float32)


def noise(seconds: float = 8.0, level: float = 0.1) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, level, round(seconds * RATE)).astype(np.float32)


GROUNDS = {"silence": np.zeros(8 * RATE, np.float32), "music": music(), "noise": noise()}


@pytest.mark.parametrize("place", spoken.PLACES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_rhythm_is_found_where_it_was_put(ground: str, place: str) -> None:
    labelled = spoken.add(Sound(GROUNDS[ground][:, None], RATE), lang="zh", place=place, form="rhythm")

    (found,) = rhythms(labelled.samples[:, 0], RATE)

    assert 2.5 < found.ratio < 3.5
    assert found.clear > 12
    if place != "middle":
        assert found.starts == pytest.approx(0 if place == "start" else 8 + spoken.PAUSE, abs=0.05)


@settings(max_examples=25)
@given(unit=st.floats(0.06, 0.3), tone=st.floats(300, 3000))
def test_any_pace_and_pitch_is_heard(unit: float, tone: float) -> None:
    (found,) = rhythms(np.concatenate([np.zeros(RATE // 2, "f4"), morse("AI", unit, tone)]), RATE)

    assert found.ends - found.starts == pytest.approx(11 * unit, abs=0.08)


@pytest.mark.parametrize("text", ["IA", "AE", "NI", "ASIA", "SOS", "AIR", "TAI", "WAIT", "III", "AA"])
def test_other_morse_is_another_message(text: str) -> None:
    assert () == rhythms(morse(text), RATE)


@pytest.mark.parametrize("ground", GROUNDS)
def test_sound_without_it_has_none(ground: str) -> None:
    assert () == rhythms(GROUNDS[ground], RATE)


def test_faint_tones_in_noise_are_a_finding_or_none() -> None:
    sound = noise(level=0.05)
    sound[RATE : RATE + len(morse("AI"))] += 0.1 * morse("AI")

    assert all(found.clear < 20 for found in rhythms(sound, RATE))


def test_no_sound_and_odd_sound_are_listened_to() -> None:
    for samples in (np.zeros(0, "f4"), np.zeros(3, "f4"), np.ones(RATE, "f4"), np.tile([1, -1], RATE).astype("f4")):
        assert () == rhythms(samples.astype(np.float32), RATE)


def test_hours_of_sound_take_seconds() -> None:
    start = time.process_time()

    rhythms(noise(120), RATE)

    assert time.process_time() - start < 4


def test_the_rhythm_is_evidence_and_speech_without_a_model_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(heard.MODEL, raising=False)
    sound = spoken.add(Sound(music(4)[:, None], RATE), lang="en", place="start", form="rhythm")
    audio.encode(sound, tmp_path / "a.mp3", format="mp3")

    dossier = inspect_path(tmp_path / "a.mp3", see=True)
    facts = of_dossier(dossier).asset

    (label,) = (e for e in dossier.evidence if isinstance(e, Label))
    assert ("rhythm", "start") == (dict(label.fields)["form"], dict(label.fields)["position"])
    assert "synthetic" == label.origin
    assert [Reason.MISSING_EXTRA] == [gap.reason for gap in dossier.gaps]
    assert heard.MODEL in dossier.gaps[0].detail
    assert facts.explicit is not None
    assert ["SLSS"] == [e.pulses for e in facts.explicit]


def test_a_folder_without_a_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(heard.MODEL, str(tmp_path))
    audio.encode(Sound(music(1)[:, None], RATE), tmp_path / "a.wav")

    with pytest.raises(UnreadableFile, match=r"model\.bin"):
        list(heard.read(Asset.open(tmp_path / "a.wav")))


@pytest.mark.parametrize(
    ("transcript", "count"),
    [
        (" This audio was generated by artificial intelligence. The quick brown fox jumps.", 1),
        ("半年品由人工智能生成", 1),
        ("本音频由AI合成。今天天气很好。", 1),
        ("很多图片由人工智能生成,我们要学会辨别。", 0),
        ("Is this generated by AI? I think so.", 0),
        ("AI生成的内容越来越多。", 0),
    ],
)
def test_a_sentence_of_a_transcript_is_a_label_or_not(transcript: str, count: int) -> None:
    assert len(transcript) == len(understood(transcript))
    assert count == len(list(statements(understood(transcript))))
