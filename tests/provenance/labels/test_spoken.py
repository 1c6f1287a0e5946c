"""Labels that are heard: measured on the samples, and in files on what was copied."""

from pathlib import Path

import av
import numpy as np
import pytest
from films import film, objections, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance.errors import BadContent, UsageError, WriteFailed
from indicia.provenance.labels import spoken
from indicia.provenance.media import Sound, audio


def coded(path: Path) -> bytes:
    """The packets of sound, one behind the other."""
    with av.open(str(path)) as opened:
        return b"".join(bytes(p) for p in opened.demux(opened.streams.audio[0]) if p.size)


@pytest.mark.parametrize("form", spoken.FORMS)
@pytest.mark.parametrize("lang", spoken.WORDINGS)
def test_the_content_is_all_there_around_the_label(form: str, lang: str) -> None:
    sound = tone(2.0)

    for place in spoken.PLACES:
        labelled = spoken.add(sound, lang=lang, place=place, form=form).samples
        extra = len(labelled) - len(sound.samples)
        at = {"start": 0, "middle": spoken.quietest(sound.samples, sound.rate), "end": len(sound.samples)}[place]

        assert np.array_equal(sound.samples, np.concatenate([labelled[:at], labelled[at + extra :]]))
        assert extra > 1.5 * sound.rate


@pytest.mark.parametrize("form", spoken.FORMS)
@pytest.mark.parametrize("gain", [1.0, 0.2, 0.05])
def test_it_is_as_loud_as_the_content_within_bounds(form: str, gain: float) -> None:
    sound = Sound(tone(3.0).samples * np.float32(gain), 48_000)

    made = spoken.label_for(sound, lang="en", form=form)

    expected = min(max(spoken.loudness(sound.samples, sound.rate), -30), -18)
    assert expected == pytest.approx(spoken.loudness(made.samples, made.rate), abs=1)


def test_beside_silence_it_is_heard() -> None:
    made = spoken.label_for(Sound(np.zeros((48_000, 1), np.float32), 48_000), lang="zh", form="speech")

    assert -20 == pytest.approx(spoken.loudness(made.samples, made.rate), abs=1)


def test_the_rhythm_is_short_long_short_short() -> None:
    rate = 8000

    sounding = np.abs(spoken.rhythm(rate)) > 0.02
    smooth = np.convolve(sounding, np.ones(80), "same") > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], smooth.astype(int), [0]])))
    lengths = np.diff(edges) / rate / spoken.UNIT

    assert [1, 1, 3, 3, 1, 1, 1] == [round(x) for x in lengths]  # tone, silence, tone...


@pytest.mark.parametrize("lang", spoken.WORDINGS)
def test_the_sentence_is_spoken_at_normal_speed(lang: str) -> None:
    samples, rate = spoken._clip(lang)

    units = len(spoken.WORDINGS["zh"]) if lang == "zh" else len(spoken.WORDINGS["en"].split())
    heard = np.flatnonzero(np.abs(samples) > 0.01)
    assert 120 <= 60 * units / ((heard[-1] - heard[0]) / rate) <= 160
    assert (spoken.CLIPS / f"{lang}.wav").stat().st_size < 150_000
    assert spoken.WORDINGS[lang] in (spoken.CLIPS / "README.md").read_text()


@given(st.sampled_from([8000, 11_025, 22_050, 44_100, 48_000, 96_000]), st.integers(1, 8), st.integers(0, 3000))
@settings(max_examples=12)
def test_any_rate_channels_and_length_will_do(rate: int, channels: int, count: int) -> None:
    sound = Sound(np.zeros((count, channels), np.float32), rate)

    for place in spoken.PLACES:
        made = spoken.add(sound, lang="en", place=place)
        assert (rate, channels) == (made.rate, made.samples.shape[1])
        assert np.isfinite(made.samples).all()
        assert np.abs(made.samples).max() <= 1
        assert not made.samples[:, 2:].any()


def test_in_the_middle_it_stands_where_it_is_quiet() -> None:
    samples = tone(8.0).samples.copy()
    samples[3 * 48_000 : int(3.5 * 48_000)] = 0

    assert 3.0 <= spoken.quietest(samples, 48_000) / 48_000 <= 3.5


@pytest.mark.parametrize("place", spoken.PLACES)
@pytest.mark.parametrize("format", ["wav", "mp3", "m4a", "opus"])
def test_coded_sound_is_copied_and_the_label_stands_in_its_place(tmp_path: Path, format: str, place: str) -> None:
    source, target = tmp_path / f"a.{format}", tmp_path / f"b.{format}"
    audio.encode(tone(4.0), source, format=format, tags={"title": "Fox"})

    note = spoken.add_to_file(source, target, lang="en", place=place)

    before, after = audio.decode(source), audio.decode(target)
    added = after.seconds - before.seconds
    assert 3.25 + 0.4 * (1 + (place == "middle")) == pytest.approx(added, abs=0.12)
    assert "" == objections(target)
    if (format, place) == ("mp3", "middle"):
        assert "encoded anew" in note
    else:
        assert "copied bit for bit" in note
        if place != "middle":
            assert coded(source) in coded(target)
    kept = after.samples[-24_000:] if place == "start" else after.samples[4800:24_000]
    assert -20 < spoken.loudness(kept, 48_000) < -8
    with av.open(str(target)) as made:
        assert "Fox" in {**made.metadata, **made.streams.audio[0].metadata}.values()


@pytest.mark.parametrize("bits", [16, 24])
def test_flac_is_encoded_anew_without_loss(tmp_path: Path, bits: int) -> None:
    audio.encode(tone(1.0), tmp_path / "a.flac", format="flac", bits=bits, tags={"title": "Fox"})

    note = spoken.add_to_file(tmp_path / "a.flac", tmp_path / "b.flac", lang="zh", form="rhythm")

    before, after = audio.decode(tmp_path / "a.flac").samples, audio.decode(tmp_path / "b.flac").samples
    assert np.array_equal(before, after[-len(before) :])
    assert "FLAC" in note
    with av.open(str(tmp_path / "b.flac")) as made:
        assert "Fox" == made.metadata["title"]


def test_a_sound_of_no_length_gets_its_label(tmp_path: Path) -> None:
    for name in ("a.wav", "a.flac"):
        audio.encode(Sound(np.zeros((0, 2), np.float32), 44_100), tmp_path / name, format=name[2:])

        spoken.add_to_file(tmp_path / name, tmp_path / f"b-{name}", lang="en")

        assert 3.0 < audio.decode(tmp_path / f"b-{name}").seconds < 4.0


def test_what_cannot_be_labelled_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    audio.encode(tone(0.5), tmp_path / "a.wav")
    (tmp_path / "b.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:20])

    for options in ({"lang": "xx"}, {"lang": "en", "place": "left"}, {"lang": "en", "form": "song"}):
        with pytest.raises(UsageError, match="choose"):
            spoken.add_to_file(tmp_path / "a.wav", tmp_path / "c.wav", **options)
    with pytest.raises(BadContent, match=r"b\.wav"):
        spoken.add_to_file(tmp_path / "b.wav", tmp_path / "c.wav", lang="en")
    with pytest.raises(WriteFailed, match="folder"):
        spoken.add_to_file(tmp_path / "a.wav", tmp_path / "no" / "c.wav", lang="en")
    with pytest.raises(BadContent, match="no sound"):
        spoken.add_to_file(film(tmp_path / "v.mp4", 0.2, sound=False), tmp_path / "c.mp4", lang="en")
    assert ["a.wav", "b.wav", "v.mp4"] == sorted(p.name for p in tmp_path.iterdir())
