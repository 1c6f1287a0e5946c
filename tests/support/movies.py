"""Small MP4, MOV and M4A files in every layout that matters to offsets, made with PyAV in memory."""

from __future__ import annotations

import functools
import io
import tempfile
from fractions import Fraction
from typing import Any

import av
import numpy as np


@functools.cache
def movie(kind: str = "mp4", movflags: str = "", title: str = "", picture: bool = True) -> bytes:
    """A few frames of moving noise and a tone: the header at the end, or as `movflags` says."""
    options = {"movflags": movflags} if movflags else {}
    with tempfile.NamedTemporaryFile() as file:  # FFmpeg opens it once more to put the header first
        with av.open(file.name, "w", format="mp4" if kind == "m4a" else kind, options=options) as output:
            if title:
                output.metadata["title"] = title
            moving: Any = output.add_stream("mpeg4", rate=10) if picture else None
            tone: Any = output.add_stream("aac", rate=8000, layout="mono")
            if moving is not None:
                moving.width, moving.height, moving.pix_fmt, moving.gop_size = 32, 16, "yuv420p", 3
                _encode(output, moving, _pictures())
            _encode(output, tone, [_tone()])
        data = file.read()
    return data.replace(b"isom", b"M4A ", 1) if kind == "m4a" else data


def _encode(output: av.container.OutputContainer, stream: Any, frames: list[Any]) -> None:
    for frame in [*frames, None]:
        output.mux(stream.encode(frame))


def _pictures() -> list[av.VideoFrame]:
    noise = [np.random.default_rng(n).integers(0, 256, (16, 32, 3), dtype=np.uint8) for n in range(9)]
    return [av.VideoFrame.from_ndarray(pixels, format="rgb24") for pixels in noise]


def _tone() -> av.AudioFrame:
    samples = np.sin(np.arange(7200, dtype=np.float32) / 5)[None]
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.time_base, frame.pts = 8000, Fraction(1, 8000), 0
    return frame


def movies() -> dict[str, tuple[str, bytes]]:
    """Every layout, by a name that says what is special: (format, bytes)."""
    fragmented = "frag_keyframe+empty_moov"
    return {
        "mp4": ("mp4", movie(title="A boat")),
        "mp4 with its header first": ("mp4", movie(movflags="faststart")),
        "mp4 with keys": ("mp4", movie(movflags="use_metadata_tags", title="A boat")),
        "fragmented mp4": ("mp4", movie(movflags=fragmented)),
        "fragmented mp4 with an index": ("mp4", movie(movflags=f"{fragmented}+default_base_moof+global_sidx")),
        "mov": ("mov", movie("mov", title="A boat")),
        "mov with its header first": ("mov", movie("mov", movflags="faststart")),
        "m4a": ("m4a", movie("m4a", picture=False)),
    }


def packets(data: bytes) -> list[tuple[int, int | None, int | None, bytes]]:
    """Every packet of every stream: its number, its times and its bytes."""
    with av.open(io.BytesIO(data), "r") as opened:
        return [(p.stream.index, p.pts, p.dts, bytes(p)) for p in opened.demux() if p.size]


def tags(data: bytes) -> dict[str, str]:
    """What libavformat reads as the file's metadata."""
    with av.open(io.BytesIO(data)) as opened:
        return dict(opened.metadata)


def remuxed(data: bytes, *, movflags: str = "") -> bytes:
    """What `ffmpeg -c copy` makes of it."""
    buffer = io.BytesIO()
    options = {"movflags": movflags} if movflags else {}
    with av.open(io.BytesIO(data), "r") as source, av.open(buffer, "w", format="mp4", options=options) as output:
        output.metadata.update(source.metadata)
        streams = {s.index: output.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
    return buffer.getvalue()
