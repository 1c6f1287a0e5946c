"""The visible label on video: measured on decoded frames, and what must be copied is compared with what was."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from films import ffmpeg, film, frame_hashes, objections, scene, tone, turned
from numpy.typing import NDArray

from indicia.provenance.errors import BadContent, Unsupported, UsageError, WriteFailed
from indicia.provenance.labels.visible import PLACES
from indicia.provenance.labels.visible_video import draw_file, draw_on
from indicia.provenance.media import Clip, Sound, video


def packets(path: Path, kind: str) -> list[str]:
    """A digest of every packet of every stream of one kind, with its time."""
    with av.open(str(path)) as opened:
        streams = [s for s in opened.streams if s.type == kind]
        return [
            f"{p.stream.index} {float((p.pts or 0) * p.time_base):.3f} {hashlib.sha256(p).hexdigest()}"
            for p in opened.demux(streams)
            if p.size
        ]


def ink_height(picture: NDArray[np.uint8], box: tuple[int, int, int, int]) -> int:
    """Rows of the box (with two pixels around) that have ink: much lighter than the plate."""
    left, top, right, bottom = box
    part = picture[max(0, top - 2) : bottom + 2, left:right].mean(axis=-1)
    return int((part > 170).any(axis=1).sum())


def encoded(path: Path, codec: str, *options: str, seconds: int = 4) -> Path:
    """A test film by ffmpeg: 25 frames a second, a key frame a second, two sounds."""
    assert "" == ffmpeg(
        "-f", "lavfi", "-i", f"testsrc2=s=160x120:r=25:d={seconds}", "-f", "lavfi", "-i", f"sine=440:d={seconds}",
        "-f", "lavfi", "-i", f"sine=660:d={seconds}", "-map", "0", "-map", "1", "-map", "2", "-c:v", codec,
        "-g", "25", *options, path,
    )  # fmt: skip
    return path


@pytest.mark.parametrize("place", PLACES)
def test_a_clip_has_the_label_on_its_opening_frames_alone(place: str) -> None:
    clip = Clip(scene(30, (320, 240)), Fraction(10), tone(3.0))

    drawn = draw_on(clip, "AI生成", place=place)

    changed = [bool((a != b).any()) for a, b in zip(drawn.frames, clip.frames, strict=True)]
    assert [True] * 20 + [False] * 10 == changed
    assert drawn.sound is clip.sound


def test_a_short_clip_has_it_throughout_and_a_whole_one_too() -> None:
    clip = Clip(scene(12), Fraction(10))
    long = Clip(scene(30), Fraction(10))

    assert all((a != b).any() for a, b in zip(draw_on(clip, "AI生成", place="top").frames, clip.frames, strict=True))
    whole = draw_on(long, "AI生成", place="top", whole=True).frames
    assert all((a != b).any() for a, b in zip(whole, long.frames, strict=True))


def test_the_ink_is_five_per_cent_high_after_encoding_and_stays_for_two_seconds(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", 3.0, size=(400, 300))

    drawn = draw_file(source, tmp_path / "b.mp4", "AI生成", place="bottom_right")

    assert drawn.placed.tall_enough
    assert drawn.shown >= 2
    shown = [f for f in video.frames(tmp_path / "b.mp4") if f.seconds < drawn.shown - 1e-6]
    assert 50 == len(shown)
    assert all(20 * ink_height(np.asarray(f.picture), drawn.placed.box) >= 300 for f in shown)
    after = video.frames(tmp_path / "b.mp4", start=drawn.shown)
    assert 0 == ink_height(np.asarray(next(after).picture), drawn.placed.box)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", ("-bf", "3")),
        ("a.mov", "libx264", ("-profile:v", "baseline", "-pix_fmt", "yuv420p")),
        ("a.mkv", "libx264", ("-pix_fmt", "yuv444p", "-profile:v", "high444")),
        ("b.mkv", "libx264", ("-pix_fmt", "yuv420p10le", "-profile:v", "high10")),
        ("c.mp4", "libx264", ("-flags", "+ildct+ilme", "-x264opts", "tff=1")),
        ("a.webm", "libvpx-vp9", ("-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")),
        ("b.webm", "libvpx", ("-deadline", "realtime", "-c:a", "libopus")),
    ],
)
def test_only_the_head_is_encoded_anew(tmp_path: Path, name: str, codec: str, options: tuple[str, ...]) -> None:
    source, target = encoded(tmp_path / name, codec, *options), tmp_path / f"drawn-{name}"

    drawn = draw_file(source, target, "AI生成", place="top_left")

    assert 2.0 == pytest.approx(drawn.anew)
    assert 4.0 == pytest.approx(drawn.total, abs=0.05)
    assert "copied bit for bit" in drawn.note
    assert "CRF" in drawn.note
    before, behind = packets(source, "video"), packets(target, "video")
    assert 100 == len(before) == len(behind)
    assert before[50:] == behind[50:]
    assert packets(source, "audio") == packets(target, "audio")
    assert "" == objections(target)
    old, new = frame_hashes(source), frame_hashes(target)
    assert [line.split(",")[2] for line in old] == [line.split(",")[2] for line in new]  # every frame keeps its time
    assert old[50:] == new[50:]
    assert all(a != b for a, b in zip(old[:50], new[:50], strict=True))
    assert tuple(s.kind for s in video.probe(source).streams) == tuple(s.kind for s in video.probe(target).streams)


def test_what_is_encoded_anew_stays_close_to_the_source(tmp_path: Path) -> None:
    source = encoded(tmp_path / "a.mp4", "libx264", "-crf", "18", "-pix_fmt", "yuv420p")

    drawn = draw_file(source, tmp_path / "b.mp4", "AI生成", place="bottom")

    old, new = video.decode(source).frames[:50], video.decode(tmp_path / "b.mp4").frames[:50]
    free = np.ones(old.shape[1:3], bool)
    left, top, right, bottom = drawn.placed.plate
    free[top - 2 : bottom + 2, left - 2 : right + 2] = False
    assert 36 < 10 * np.log10(255**2 / np.mean((old[:, free].astype(float) - new[:, free]) ** 2))


@pytest.mark.parametrize(
    ("name", "codec", "options", "reason"),
    [
        ("a.mp4", "libx265", ("-x265-params", "log-level=error"), "one set of parameters"),
        ("b.mp4", "mpeg4", (), "becomes H.264"),
        ("a.avi", "libx264", ("-bf", "0", "-c:a", "mp3"), "parameter sets stand in the stream"),
    ],
)
def test_where_it_cannot_be_cut_the_whole_stream_is_encoded_anew_and_that_is_said(
    tmp_path: Path, name: str, codec: str, options: tuple[str, ...], reason: str
) -> None:
    source, target = encoded(tmp_path / name, codec, *options, seconds=3), tmp_path / f"drawn-{name}"

    drawn = draw_file(source, target, "AI生成", place="top")

    assert reason in drawn.note
    assert 3.0 == pytest.approx(drawn.anew, abs=0.05)  # the AVI has a gap of one frame
    assert 2.0 == pytest.approx(drawn.shown)
    assert "" == objections(target)
    old, new = ([line.split(",")[2] for line in frame_hashes(path)] for path in (source, target))
    assert old == new  # every frame keeps its time
    digests = [[line.split()[2] for line in packets(path, "audio")] for path in (source, target)]
    assert sorted(digests[0]) == sorted(digests[1])


@pytest.mark.parametrize(("degrees", "mirrored"), [(90, False), (180, False), (270, False), (90, True)])
def test_on_a_turned_video_the_label_stands_upright(tmp_path: Path, degrees: int, mirrored: bool) -> None:
    source = turned(film(tmp_path / "a.mp4", 2.4, size=(320, 240)), tmp_path / "t.mp4", degrees, mirrored)

    drawn = draw_file(source, tmp_path / "b.mp4", "AI生成", place="bottom_left")

    info = video.probe(tmp_path / "b.mp4")
    assert (degrees, mirrored) == (info.rotation, info.mirrored)
    shown = np.asarray(next(video.frames(tmp_path / "b.mp4")).picture).astype(float)
    plain = next(video.frames(source)).picture
    expected = draw_on(Clip(np.asarray(plain)[None], Fraction(25)), "AI生成", place="bottom_left").frames[0]
    left, top, right, bottom = drawn.placed.plate
    assert left < info.width / 4 < info.height / 2 < top
    assert 25 > np.abs(shown[top:bottom, left:right] - expected[top:bottom, left:right]).mean()


def test_at_a_rate_that_varies_frames_keep_their_times(tmp_path: Path) -> None:
    path, times = tmp_path / "v.mkv", [0, 40, 520, 560, 1960, 2520, 2560, 3000]
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=25, options={"g": "2"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for picture, at in zip(scene(len(times)), times, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))

    drawn = draw_file(path, tmp_path / "d.mkv", "AI生成", place="top")

    assert times == [round(f.seconds * 1000) for f in video.frames(tmp_path / "d.mkv")]
    assert drawn.shown >= 2
    assert "" == objections(tmp_path / "d.mkv")


def test_a_video_of_one_frame_is_labelled_throughout(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.webm", "a.mkv"):
        video.encode(Clip(scene(1), Fraction(25)), tmp_path / name, format=name[2:])

        drawn = draw_file(tmp_path / name, tmp_path / f"d-{name}", "AI生成", place="right")

        assert (1, 120, 160, 3) == video.decode(tmp_path / f"d-{name}").frames.shape
        assert drawn.shown == drawn.anew == drawn.total
        assert "" == objections(tmp_path / f"d-{name}")


def test_with_whole_every_frame_has_it(tmp_path: Path) -> None:
    source = encoded(tmp_path / "a.mp4", "libx264", seconds=3)

    drawn = draw_file(source, tmp_path / "b.mp4", "AI生成", place="bottom", whole=True)

    assert 3.0 == pytest.approx(drawn.shown)
    last = list(video.frames(tmp_path / "b.mp4", start=2.9))[-1].picture
    assert 20 * ink_height(np.asarray(last), drawn.placed.box) >= 120
    assert packets(source, "audio") == packets(tmp_path / "b.mp4", "audio")


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_an_end_card_says_it_for_two_seconds_more(tmp_path: Path, codec: str) -> None:
    source = encoded(tmp_path / "a.mp4", codec, *(["-x265-params", "log-level=error"] if "5" in codec else []))

    drawn = draw_file(source, tmp_path / "b.mp4", "AI生成", place="bottom", end_card=True)

    assert 6.0 == pytest.approx(drawn.total)
    assert 150 == len(frame_hashes(tmp_path / "b.mp4"))
    card = np.asarray(list(video.frames(tmp_path / "b.mp4", start=5.0))[-1].picture)
    assert 12 <= ink_height(card, (30, 40, 130, 80))
    assert 30 > card[:30].max()
    assert packets(source, "audio") == packets(tmp_path / "b.mp4", "audio")
    assert "" == objections(tmp_path / "b.mp4")


def test_titles_chapters_languages_and_subtitles_stay(tmp_path: Path) -> None:
    (tmp_path / "s.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\nWords\n")
    (tmp_path / "m.txt").write_text(
        ";FFMETADATA1\ntitle=Fox\nAIGC=x\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=One\n"
    )
    ffmpeg("-i", film(tmp_path / "a.mp4", 2.5), "-i", tmp_path / "s.srt", "-i", tmp_path / "m.txt", "-map", "0",
           "-map", "1", "-map_metadata", "2", "-c", "copy", "-c:s", "mov_text", "-metadata:s:a", "language=zho",
           "-movflags", "use_metadata_tags", tmp_path / "m.mp4")  # fmt: skip

    drawn = draw_file(tmp_path / "m.mp4", tmp_path / "d.mp4", "AI生成", place="top")

    with av.open(str(tmp_path / "d.mp4")) as made:
        assert ("Fox", "x") == (made.metadata["title"], made.metadata["AIGC"])
        assert ["One"] == [c["metadata"]["title"] for c in made.chapters()]
        assert ["zho"] == [s.language for s in made.streams.audio]
        assert 1 == len(made.streams.subtitles)
    assert packets(tmp_path / "m.mp4", "subtitle") == packets(tmp_path / "d.mp4", "subtitle")
    assert "left out" in drawn.note  # the chapters' own text stream; the chapters themselves are there


def test_a_file_can_take_the_place_of_its_source(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 1.0)

    draw_file(path, path, "AI生成", place="top")

    assert "" == objections(path)
    assert ["a.mp4"] == [p.name for p in tmp_path.iterdir()]


def test_what_cannot_be_labelled_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", 0.4)
    tiny = film(tmp_path / "tiny.mp4", 0.4, size=(16, 16))

    with pytest.raises(UsageError, match="2 seconds"):
        draw_file(source, tmp_path / "b.mp4", "AI生成", place="top", seconds=1)
    with pytest.raises(UsageError, match="no place"):
        draw_file(source, tmp_path / "b.mp4", "AI生成", place="middle")
    with pytest.raises(UsageError, match="generated"):
        draw_file(source, tmp_path / "b.mp4", "AI", place="top")
    with pytest.raises(Unsupported, match="too small"):
        draw_file(tiny, tmp_path / "b.mp4", "AI生成", place="top")
    with pytest.raises(WriteFailed, match="folder"):
        draw_file(source, tmp_path / "no" / "b.mp4", "AI生成", place="top")
    assert ["a.mp4", "tiny.mp4"] == sorted(p.name for p in tmp_path.iterdir())


def test_a_cut_file_is_refused_or_labelled_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = encoded(tmp_path / "a.mkv", "libx264", seconds=3).read_bytes()

    for share in (0.02, 0.2, 0.5, 0.9):
        (tmp_path / "cut.mkv").write_bytes(whole[: int(len(whole) * share)])
        try:
            draw_file(tmp_path / "cut.mkv", tmp_path / "d.mkv", "AI生成", place="top")
        except BadContent:
            continue
        assert next(video.frames(tmp_path / "d.mkv")).picture.size == (160, 120)


def test_silence_is_sound_too(tmp_path: Path) -> None:
    clip = Clip(scene(10), Fraction(25), Sound(np.zeros((0, 2), np.float32), 48_000))

    video.encode(clip, tmp_path / "a.mp4")
    draw_file(tmp_path / "a.mp4", tmp_path / "b.mp4", "AI生成", place="top")

    assert 10 == len(frame_hashes(tmp_path / "b.mp4"))
