"""Video out of files and into them: probe, sample frames, decode short clips, encode (PyAV)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..asset import Limits
from ..errors import BadContent, TooLarge, UsageError
from . import Clip, audio
from ._av import USUAL, Opened, Source, decoded, decoding, library, opened, writing

if TYPE_CHECKING:
    import numpy as np
    from av.video.stream import VideoStream
    from numpy.typing import NDArray
    from PIL import Image

USUAL_RATE = Fraction(25)  # of a video that does not tell its own, such as one of a single frame
_SEEK_GAIN = 1.0  # seconds of decoding that a jump to a later key frame must save to be worth it
_ATTACHED = 0x400 | 0x800  # AV_DISPOSITION_ATTACHED_PIC, _TIMED_THUMBNAILS: a cover is no video
_ENCODERS = {
    "mp4": ("libx264", "aac"), "mov": ("libx264", "aac"), "mkv": ("libx264", "aac"), "matroska": ("libx264", "aac"),
    "webm": ("libvpx-vp9", "libopus"),
}  # fmt: skip

# Signs of a b c d in a display matrix -> quarter turns to the left, then whether to mirror left and right.
_TURNS = {
    (1, 0, 0, 1): (0, False), (0, -1, 1, 0): (1, False), (-1, 0, 0, -1): (2, False), (0, 1, -1, 0): (3, False),
    (-1, 0, 0, 1): (0, True), (0, -1, -1, 0): (1, True), (1, 0, 0, -1): (2, True), (0, 1, 1, 0): (3, True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream: "video", "audio", "subtitle", "data" or "attachment", its codec, and whether it is a cover."""

    kind: str
    codec: str
    attached: bool = False


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a file says of its first video stream.

    `width` and `height` are those of the upright picture, before the shape of its pixels (`pixel_aspect`) is applied;
    `rate` is the average in Hz; `seconds` and `frames` are 0 where the file does not say; `rotation` is by how many
    degrees the stored picture is turned to the left for showing: 0, 90, 180, 270; `mirrored` afterwards.
    """

    format: str
    width: int
    height: int
    rate: Fraction
    seconds: float
    frames: int
    codec: str
    rotation: int
    mirrored: bool
    pixel_aspect: Fraction
    streams: tuple[StreamInfo, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame, upright, RGB; `seconds` since the first frame of the video."""

    seconds: float
    picture: Image.Image


def probe(source: Source, *, limits: Limits = USUAL) -> VideoInfo:
    """What the headers of a video, and its first frame, say.

    Raises:
        BadContent: no video, or damaged before its first frame.
        TooLarge: more pixels a frame than the limit.
        UnreadableFile, MissingExtra.
    """
    with opened(source, limits) as media:
        stream = video_stream(media)
        turns, mirrored = turns_of(next(decoded(media, stream), None))
        container, turned = media.container, turns % 2
        sides = (stream.height, stream.width) if turned else (stream.width, stream.height)
        return VideoInfo(
            format=media.format, width=sides[0], height=sides[1], rate=rate_of(stream), seconds=_seconds(media, stream),
            frames=stream.frames, codec=stream.codec_context.name, rotation=90 * turns, mirrored=mirrored,
            pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
            streams=tuple(StreamInfo(s.type, _codec(s), is_attached(s)) for s in container.streams),
        )  # fmt: skip


def frames(
    source: Source,
    *,
    every: float | None = None,
    most: int = 10_000,
    start: float = 0.0,
    end: float | None = None,
    limits: Limits = USUAL,
) -> Iterator[Frame]:
    """The frames from `start` up to `end` (seconds), `most` at most; covers and thumbnails are no frames.

    With `every`, the first frame at or after each multiple of so many seconds from `start`; what lies between is
    skipped by key frames where the file has an index. Damaged packets are passed over.

    Raises:
        BadContent: no video, or nothing in it can be decoded.
        TooLarge: more pixels a frame than the limit, or no end to it.
        UsageError: `every` is not above 0, or `most` is below 1.
        UnreadableFile, MissingExtra.
    """
    if (every is not None and not every > 0) or most < 1:
        raise UsageError(f"frames every {every} seconds, {most} at most: both must be above 0")
    with opened(source, limits) as media:
        stream, wanted, given = video_stream(media), start, 0
        clock, jumped = Clock(media, stream), -1.0
        for frame in decoded(media, stream):
            seconds = clock.seconds(frame)
            if end is not None and seconds >= end:
                return
            if seconds < wanted - 1e-6:
                if wanted > jumped:  # once: a seek may land before the frame it was made from
                    jumped = wanted
                    _jump(media, stream, frame, clock.ticks(wanted))
                continue
            yield Frame(seconds, upright(frame, media))
            given += 1
            if given == most:
                return
            if every is not None:
                wanted = start + every * (math.floor((seconds - start + 1e-6) / every) + 1)


def decode(source: Source, *, limits: Limits = USUAL) -> Clip:
    """A short video with its first sound, all in memory: every frame, shown at the average rate.

    The sound begins with the first frame: earlier sound is cut, later sound padded with silence.

    Raises:
        BadContent: no video, or nothing in it can be decoded.
        TooLarge: more than `limits.memory_bytes` of frames, or more pixels a frame than the limit.
        UnreadableFile, MissingExtra.
    """
    import numpy as np

    pictures: list[NDArray[np.uint8]] = []
    with opened(source, limits) as media:
        stream = video_stream(media)
        rate, held = rate_of(stream), 0
        for frame in decoded(media, stream):
            picture = np.asarray(upright(frame, media))
            held += picture.nbytes
            if held > media.limits.memory_bytes:
                raise TooLarge(f"{media.name}: its frames are more than {media.limits.memory_bytes} bytes; cut it")
            pictures.append(picture)
        if not pictures:
            raise BadContent(f"{media.name}: a video without a frame")
        if any(p.shape != pictures[0].shape for p in pictures):
            raise BadContent(f"{media.name}: its frames change their size on the way; encode it anew first")
        voiced = any(s.type == "audio" for s in media.container.streams)
        offset = float((stream.start_time or 0) * (stream.time_base or 0))
    sound = audio.decode(source, limits=limits, since=offset) if voiced else None
    return Clip(np.stack(pictures), rate, sound)


def encode(clip: Clip, target: Path, *, format: str = "mp4", quality: int = 23) -> None:
    """The clip as a file: H.264 (yuv420p) and AAC in mp4, mov and mkv; VP9 and Opus in webm.

    `quality` is the constant rate factor of the encoder: 0 best, 51 worst for H.264; 0 to 63 for VP9. An odd side
    grows by one pixel in H.264, whose colour planes have half the size: the last row or column is repeated.

    Raises:
        UsageError: no such format, an empty clip, or a quality beyond its range.
        WriteFailed: the folder, the disk or the encoder refused.
        MissingExtra.
    """
    if format not in _ENCODERS:
        raise UsageError(f"video cannot be written as {format!r}; use one of {', '.join(_ENCODERS)}")
    if not len(clip.frames) or not 0 <= quality <= (63 if format == "webm" else 51):
        raise UsageError(f"{len(clip.frames)} frames at quality {quality} make no video")
    options = {"movflags": "+faststart"} if format in ("mp4", "mov") else {}
    with writing(target, format, options) as container:
        stream = _picture_stream(container, clip, format, quality)
        voice = audio.Voice(container, clip.sound, _ENCODERS[format][1]) if clip.sound is not None else None
        for number, picture in enumerate(clip.frames):
            frame = _coded(picture, stream.pix_fmt, even=format != "webm")
            frame.pts, frame.time_base = number, 1 / clip.rate
            container.mux(stream.encode(frame))
            if voice is not None:
                voice.until(float((number + 1) / clip.rate))
        container.mux(stream.encode(None))
        if voice is not None:
            voice.finish()


def video_stream(media: Opened) -> VideoStream:
    """The first stream of moving pictures.

    Raises:
        BadContent: there is none, or its codec is not known.
        TooLarge: more pixels a frame than the limit.
    """
    for stream in media.container.streams.video:
        if is_attached(stream) or stream.codec_context is None:
            continue
        if stream.width * stream.height > media.limits.pixels:
            raise TooLarge(f"{media.name}: {stream.width} x {stream.height} pixels a frame are too many")
        return stream
    raise BadContent(f"{media.name}: it has no video that can be decoded")


def rate_of(stream: VideoStream) -> Fraction:
    """Frames a second on average; `USUAL_RATE` where the file gives none that makes sense."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and 0 < rate <= 1000:
            return Fraction(rate)
    return USUAL_RATE


def turns_of(frame: Any) -> tuple[int, bool]:
    """By how many quarter turns to the left a frame is shown, and whether it is then mirrored left to right."""
    import numpy as np

    matrix = None if frame is None else frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return 0, False
    a, b, _, c, d = np.sign(np.frombuffer(bytes(matrix), "<i4")[:5]).tolist()
    return _TURNS.get((a, b, c, d), (0, False))  # a slanted picture is shown as it is stored


def upright(frame: Any, media: Opened) -> Image.Image:
    """The frame as an RGB picture, turned as it is shown.

    Raises:
        TooLarge: more pixels than the limit.
    """
    from PIL import Image

    if frame.width * frame.height > media.limits.pixels:
        raise TooLarge(f"{media.name}: {frame.width} x {frame.height} pixels a frame are too many")
    with decoding(media.name):
        picture: Image.Image = frame.to_image()
    turns, mirrored = turns_of(frame)
    if turns:
        picture = picture.transpose((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180,
                                     Image.Transpose.ROTATE_270)[turns - 1])  # fmt: skip
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else picture


class Clock:
    """Times of frames since the first; a frame without a time stands one average frame after the one before.

    AVI knows no times of showing. There the place of the packet counts while it goes forward, and else the frames.
    """

    def __init__(self, media: Opened, stream: VideoStream) -> None:
        self.base = stream.time_base or Fraction(1, 1000)
        self.step = max(1, round(1 / (rate_of(stream) * self.base)))
        self.first: int | None = stream.start_time
        self.last = (self.first or 0) - self.step  # ticks
        self._by_place = media.format == "avi"

    def seconds(self, frame: Any) -> float:
        """When the frame is shown; `last` is then its time in ticks."""
        told = frame.dts if self._by_place else frame.pts
        forward = told is not None and (told > self.last or not self._by_place)
        self.last = told if forward else self.last + self.step
        self.first = self.last if self.first is None else self.first
        return float((self.last - self.first) * self.base)

    def ticks(self, seconds: float) -> int:
        """The same moment as the file counts it."""
        return (self.first or 0) + round(seconds / self.base)


def _jump(media: Opened, stream: VideoStream, frame: Any, to: int) -> None:
    """Seek to the last key frame before `to`, if that skips enough."""
    index = stream.index_entries
    if frame.pts is None or stream.time_base is None or not len(index):
        return
    found = index.search_timestamp(to, backward=True)
    if found >= 0 and (index[found].timestamp - frame.pts) * stream.time_base > _SEEK_GAIN:
        media.container.seek(to, stream=stream, backward=True)


def _seconds(media: Opened, stream: VideoStream) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return max(0.0, (media.container.duration or 0) / 1e6)


def is_attached(stream: Any) -> bool:
    """Whether a stream of pictures is a cover or thumbnails."""
    return bool(int(stream.disposition) & _ATTACHED)


def _codec(stream: Any) -> str:
    return stream.codec_context.name if stream.codec_context is not None else "unknown"


def _picture_stream(container: Any, clip: Clip, format: str, quality: int) -> Any:
    encoder, odd = _ENCODERS[format][0], format != "webm"
    options = {"crf": str(quality)} | ({"preset": "medium"} if odd else {"b": "0", "row-mt": "1", "cpu-used": "4"})
    stream = container.add_stream(encoder, rate=clip.rate, options=options)
    height, width = clip.frames.shape[1:3]
    stream.width, stream.height = (width + width % 2, height + height % 2) if odd else (width, height)
    stream.pix_fmt, stream.time_base = "yuv420p", 1 / clip.rate
    context = stream.codec_context  # ITU-R BT.709, limited range: said, so that no player has to guess
    context.colorspace, context.color_primaries, context.color_trc, context.color_range = 1, 1, 1, 1
    return stream


def _coded(picture: NDArray[np.uint8], pix_fmt: str, *, even: bool) -> Any:
    import numpy as np

    if even and (picture.shape[0] % 2 or picture.shape[1] % 2):
        picture = np.pad(picture, ((0, picture.shape[0] % 2), (0, picture.shape[1] % 2), (0, 0)), "edge")
    frame = library().VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return frame.reformat(format=pix_fmt, dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG")
