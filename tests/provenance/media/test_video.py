"""Video out of files and into them, on files that were really encoded."""

import contextlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import ffmpeg, film, objections, scene, tone, turned
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance.asset import Asset, Limits
from indicia.provenance.errors import BadContent, IndiciaError, TooLarge, UnreadableFile, UsageError
from indicia.provenance.media import Clip, video


@pytest.mark.parametrize("format", ["mp4", "mov", "mkv", "webm"])
def test_a_clip_comes_back_as_it_was_but_for_the_loss_of_the_codec(tmp_path: Path, format: str) -> None:
    clip = Clip(scene(20), Fraction(25), tone(0.8))

    video.encode(clip, tmp_path / f"a.{format}", format=format, quality=12)
    back = video.decode(tmp_path / f"a.{format}")

    assert clip.frames.shape == back.frames.shape
    assert clip.rate == back.rate
    assert 35 < 10 * np.log10(255**2 / np.mean((back.frames.astype(float) - clip.frames) ** 2))
    assert back.sound is not None
    assert 0.8 == pytest.approx(back.sound.seconds, abs=0.05)
    assert "" == objections(tmp_path / f"a.{format}")


def test_colours_keep_their_values(tmp_path: Path) -> None:
    clip = Clip(np.full((3, 64, 64, 3), (200, 30, 90), np.uint8), Fraction(30))

    video.encode(clip, tmp_path / "a.mp4", quality=4)

    assert (200, 30, 90) == tuple(np.round(video.decode(tmp_path / "a.mp4").frames.mean((0, 1, 2))).astype(int))


def test_sound_and_picture_stay_together(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.2, (24_000, 1)).astype(np.float32)
    sound = tone(0.5, channels=1)
    sound.samples[:] = noise
    video.encode(Clip(scene(25), Fraction(50), sound), tmp_path / "a.mp4")

    back = video.decode(tmp_path / "a.mp4").sound

    assert back is not None
    spectrum = np.fft.rfft(back.samples[:24_000, 0], 65536) * np.conj(np.fft.rfft(noise[:, 0], 65536))
    assert 0 == int(np.argmax(np.fft.irfft(spectrum)))


def test_an_odd_side_grows_by_one_pixel_in_h264_and_stays_in_vp9(tmp_path: Path) -> None:
    clip = Clip(scene(3, (81, 61)), Fraction(25))

    video.encode(clip, tmp_path / "a.mp4")
    video.encode(clip, tmp_path / "a.webm", format="webm")

    assert (82, 62) == (video.probe(tmp_path / "a.mp4").width, video.probe(tmp_path / "a.mp4").height)
    assert (81, 61) == (video.probe(tmp_path / "a.webm").width, video.probe(tmp_path / "a.webm").height)


def test_a_probe_tells_what_the_file_says(tmp_path: Path) -> None:
    info = video.probe(film(tmp_path / "a.mp4", 2.0))

    assert ("mp4", 160, 120, Fraction(25), 50, "h264", 0) == (
        info.format, info.width, info.height, info.rate, info.frames, info.codec, info.rotation,
    )  # fmt: skip
    assert 2.0 == pytest.approx(info.seconds)
    assert ("video", "audio") == tuple(s.kind for s in info.streams)


@pytest.mark.parametrize(("degrees", "mirrored"), [(90, False), (180, False), (270, False), (0, True), (90, True)])
def test_a_turned_video_is_shown_upright_as_ffmpeg_shows_it(tmp_path: Path, degrees: int, mirrored: bool) -> None:
    turned(film(tmp_path / "a.mp4", 0.2, sound=False), tmp_path / "t.mp4", degrees, mirrored)
    ffmpeg("-i", tmp_path / "t.mp4", "-frames:v", "1", tmp_path / "t.png")

    first = next(video.frames(tmp_path / "t.mp4")).picture

    shown = np.asarray(Asset.open(tmp_path / "t.png").image().convert("RGB")).astype(float)
    assert shown.shape == np.asarray(first).shape
    assert 12 > np.abs(shown - np.asarray(first)).mean()
    info = video.probe(tmp_path / "t.mp4")
    assert (first.width, first.height, degrees, mirrored) == (info.width, info.height, info.rotation, info.mirrored)


def test_frames_come_at_their_own_times_when_the_rate_varies(tmp_path: Path) -> None:
    path, times = tmp_path / "v.mkv", [0, 40, 520, 560, 2000, 2040]
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 160, 120, "yuv420p", Fraction(1, 1000)
        for picture, at in zip(scene(len(times)), times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))

    found = [round(frame.seconds * 1000) for frame in video.frames(path)]

    assert times == found
    assert [0, 520, 2000] == [round(f.seconds * 1000) for f in video.frames(path, every=0.5)]


def test_a_video_of_one_frame_is_a_video(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.webm"):
        video.encode(Clip(scene(1), Fraction(25)), tmp_path / name, format=name[2:])

        assert 1 == len(list(video.frames(tmp_path / name)))
        assert (1, 120, 160, 3) == video.decode(tmp_path / name).frames.shape


def test_a_cover_is_no_video(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", "-f", "lavfi", "-i", "color=red:s=32x32:d=0.1", "-map", "0", "-map", "1",
           "-c:v", "mjpeg", "-frames:v", "1", "-disposition:v", "attached_pic", tmp_path / "a.m4a")  # fmt: skip

    with pytest.raises(BadContent, match="no video"):
        video.probe(tmp_path / "a.m4a")


def test_frames_are_taken_at_steps_and_within_bounds(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 3.0, sound=False)

    def times(**options: float) -> list[float]:
        return [round(frame.seconds, 2) for frame in video.frames(path, **options)]  # type: ignore[arg-type]  # most=

    assert [0.0, 0.52, 1.0, 1.52, 2.0, 2.52] == times(every=0.5)
    assert [1.0, 1.04, 1.08] == times(start=1.0, end=1.1)
    assert [0.2, 1.2] == times(start=0.2, every=1.0, most=2)


def test_steps_over_long_spans_give_the_same_frames_as_decoding_all(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=30", "-g", "20", "-bf", "2", tmp_path / "a.mp4")

    stepped = list(video.frames(tmp_path / "a.mp4", every=7))

    every = {round(f.seconds, 3): f.picture.tobytes() for f in video.frames(tmp_path / "a.mp4")}
    assert [0.0, 7.0, 14.0, 21.0, 28.0] == [round(f.seconds, 3) for f in stepped]
    assert all(every[round(f.seconds, 3)] == f.picture.tobytes() for f in stepped)


def test_limits_hold(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 0.4, sound=False)

    with pytest.raises(TooLarge, match="160 x 120"):
        video.probe(Asset.open(path, limits=Limits(pixels=1000)))
    with pytest.raises(TooLarge, match="bytes"):
        video.decode(path, limits=Limits(memory_bytes=100_000))


@pytest.mark.parametrize("options", [{"every": 0.0}, {"every": -1.0}, {"most": 0}, {"every": float("nan")}])
def test_a_step_that_leads_nowhere_is_refused(tmp_path: Path, options: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        next(video.frames(tmp_path / "a.mp4", **options))  # type: ignore[arg-type]  # most=


@pytest.mark.parametrize("quality", [-1, 52])
def test_an_impossible_quality_is_refused(tmp_path: Path, quality: int) -> None:
    with pytest.raises(UsageError):
        video.encode(Clip(scene(1), Fraction(25)), tmp_path / "a.mp4", quality=quality)


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")

    with pytest.raises(BadContent, match=r"list\.m3u8"):
        video.probe(tmp_path / "list.m3u8")
    with pytest.raises(UnreadableFile, match="absent"):
        video.probe(tmp_path / "absent.mp4")
    with pytest.raises(UnreadableFile, match="regular"):
        video.probe(tmp_path)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("small")
    return {n: film(folder / f"a.{n}", 0.2, size=(64, 48)).read_bytes() for n in ("mp4", "mkv", "webm")}


@settings(max_examples=60)
@given(st.sampled_from(["mp4", "mkv", "webm"]), st.data())
def test_damaged_files_raise_nothing_but_our_errors(small: dict[str, bytes], name: str, data: st.DataObject) -> None:
    whole = bytearray(small[name])
    for _ in range(data.draw(st.integers(0, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])

    with contextlib.suppress(IndiciaError):
        assert all(f.picture.mode == "RGB" for f in video.frames(Asset.of(cut, name="cut"), most=20))
