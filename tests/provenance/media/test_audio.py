"""Sound out of files and into them, on files that were really encoded."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from films import film, objections, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance.asset import Asset, Limits
from indicia.provenance.errors import BadContent, IndiciaError, TooLarge, UsageError
from indicia.provenance.media import Sound, audio

FORMATS = ["wav", "flac", "mp3", "ogg", "opus", "m4a"]
LOSSLESS = ["wav", "flac", "ogg"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_sound_comes_back_in_time_and_shape(tmp_path: Path, format: str) -> None:
    sound = tone(0.5)

    audio.encode(sound, tmp_path / f"a.{format}", format=format)
    back = audio.decode(tmp_path / f"a.{format}")

    assert (48_000, 2) == (back.rate, back.samples.shape[1])
    assert 0.5 == pytest.approx(back.seconds, abs=0.03)
    wrong = back.samples[:24_000] - sound.samples
    assert (80 if format in LOSSLESS else 15) < 10 * np.log10(np.mean(sound.samples**2) / np.mean(wrong**2))
    assert "" == objections(tmp_path / f"a.{format}")


@pytest.mark.parametrize("format", ["wav", "flac"])
@pytest.mark.parametrize("bits", [16, 24])
def test_whole_numbers_of_bits_pass_unchanged(tmp_path: Path, format: str, bits: int) -> None:
    whole = np.random.default_rng(2).integers(-(1 << bits - 1), 1 << bits - 1, (2000, 2))
    sound = Sound((whole / (1 << bits - 1)).astype(np.float32), 44_100)

    audio.encode(sound, tmp_path / "a", format=format, bits=bits)

    assert np.array_equal(sound.samples, audio.decode(tmp_path / "a").samples)


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_a_sound_of_no_length_is_a_file_without_samples(tmp_path: Path, format: str) -> None:
    audio.encode(Sound(np.zeros((0, 2), np.float32), 48_000), tmp_path / "a", format=format)

    assert (0, 2) == audio.decode(tmp_path / "a").samples.shape


def test_a_sound_of_no_length_has_no_lossy_form(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="wav or flac"):
        audio.encode(Sound(np.zeros((0, 2), np.float32), 48_000), tmp_path / "a.mp3", format="mp3")


@pytest.mark.parametrize(
    ("format", "rate", "into"), [("mp3", 96_000, 48_000), ("opus", 44_100, 48_000), ("m4a", 7350, 8000)]
)
def test_a_rate_that_a_codec_lacks_becomes_the_next(tmp_path: Path, format: str, rate: int, into: int) -> None:
    audio.encode(tone(0.3, rate), tmp_path / "a", format=format)

    assert into == audio.decode(tmp_path / "a").rate
    assert 0.3 == pytest.approx(audio.decode(tmp_path / "a").seconds, abs=0.15)


def test_it_is_resampled_mixed_and_cut_as_asked(tmp_path: Path) -> None:
    audio.encode(tone(1.0), tmp_path / "a.wav")

    sound = audio.decode(tmp_path / "a.wav", rate=16_000, mono=True, most_seconds=0.25)

    assert ((4000, 1), 16_000) == (sound.samples.shape, sound.rate)
    assert 0.9 == pytest.approx(audio.decode(tmp_path / "a.wav", since=0.1).seconds, abs=1e-3)


def test_the_sound_of_a_video_is_had_and_a_silent_video_is_told(tmp_path: Path) -> None:
    assert 0.4 == pytest.approx(audio.decode(film(tmp_path / "a.mp4", 0.4)).seconds, abs=0.05)
    with pytest.raises(BadContent, match="no sound"):
        audio.decode(film(tmp_path / "b.mp4", 0.4, sound=False))


def test_limits_hold(tmp_path: Path) -> None:
    audio.encode(tone(1.0), tmp_path / "a.wav")

    with pytest.raises(TooLarge, match="bytes"):
        audio.decode(Asset.open(tmp_path / "a.wav", limits=Limits(memory_bytes=10_000)))
    with pytest.raises(UsageError, match="Hz"):
        audio.decode(tmp_path / "a.wav", rate=1)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder, made = tmp_path_factory.mktemp("small"), {}
    for name in FORMATS:
        audio.encode(tone(0.1), folder / name, format=name)
        made[name] = (folder / name).read_bytes()
    return made


@settings(max_examples=60)
@given(st.sampled_from(FORMATS), st.data())
def test_damaged_files_raise_nothing_but_our_errors(small: dict[str, bytes], name: str, data: st.DataObject) -> None:
    whole = bytearray(small[name])
    for _ in range(data.draw(st.integers(0, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])

    with contextlib.suppress(IndiciaError):
        assert np.isfinite(audio.decode(Asset.of(cut, name="cut"), most_seconds=5).samples).all()
