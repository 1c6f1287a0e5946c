"""Small files of every container of video and sound, made in memory with PyAV."""

import functools
import io
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np

from indicia.provenance.errors import IndiciaError
from indicia.provenance.formats import for_format

SIDE, FRAMES = 16, 3


def recorded(
    container: str,
    video: str = "",
    sound: str = "",
    *,
    options: dict[str, str] | None = None,
    live: bool = False,
    **metadata: str,
) -> bytes:
    """Noise in a container, as pictures and as sound, by the encoders named; `live` as into a pipe."""
    if live:
        pipe = _Pipe()
        _record(pipe, container, video, sound, options or {}, metadata)
        return bytes(pipe.data)
    with tempfile.NamedTemporaryFile() as file:  # FFmpeg opens a file once more to put an index before its content
        _record(file.name, container, video, sound, options or {}, metadata)
        return file.read()


class _Pipe:
    """What can only be written to."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, piece: bytes) -> int:
        self.data += piece
        return len(piece)


def _record(
    where: Any, container: str, video: str, sound: str, options: dict[str, str], metadata: dict[str, str]
) -> None:
    with av.open(where, "w", format=container, options={"fflags": "+bitexact", **options}) as target:
        target.metadata.update(metadata)
        streams: list[tuple[Any, Sequence[av.VideoFrame | av.AudioFrame]]] = []
        if video:
            streams.append((_video_stream(target, video), _pictures()))
        if sound:
            rate = 48000 if sound == "libopus" else 44100
            streams.append((_sound_stream(target, sound, rate), _sounds(rate, sound)))
        for stream, frames in streams:
            for frame in [*frames, None]:
                target.mux(stream.encode(frame))


def _video_stream(target: av.container.OutputContainer, codec: str) -> Any:
    stream: Any = target.add_stream(codec, rate=10, options={"flags": "+bitexact"})
    stream.width = stream.height = SIDE
    stream.pix_fmt = "yuv420p"
    return stream


def _sound_stream(target: av.container.OutputContainer, codec: str, rate: int) -> Any:
    stream: Any = target.add_stream(codec, rate=rate, options={"strict": "-2", "flags": "+bitexact"})
    stream.layout = "stereo" if codec == "vorbis" else "mono"
    stream.bit_rate = 32_000
    return stream


def _pictures() -> list[av.VideoFrame]:
    dice, found = np.random.default_rng(0), []
    for number in range(FRAMES):
        pixels = dice.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 10)
        found.append(frame)
    return found


def _sounds(rate: int, codec: str) -> list[av.AudioFrame]:
    channels = 2 if codec == "vorbis" else 1
    samples = np.random.default_rng(1).integers(-4000, 4000, (1, rate // 20 * channels), dtype=np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo" if channels == 2 else "mono")
    frame.rate, frame.pts = rate, 0
    return [frame]


@functools.cache
def everything() -> dict[str, tuple[str, bytes]]:
    """Every container, some in several builds, by a name that says what is special: (format, bytes)."""
    wav = recorded("wav", sound="pcm_s16le", title="a boat")
    return {
        "wav": ("wav", wav),
        "wav with 64-bit sizes": ("wav", recorded("wav", sound="pcm_s16le", options={"rf64": "always"})),
        "wav that names no size": ("wav", unsized(recorded("wav", sound="pcm_s16le"))),
        "mp3": ("mp3", recorded("mp3", sound="libmp3lame", title="a boat")),
        "mp3 with ID3v2.3 and ID3v1": (
            "mp3", recorded("mp3", sound="libmp3lame", options={"id3v2_version": "3", "write_id3v1": "1"}, title="猫")),
        "mp3 without a tag": (
            "mp3", recorded("mp3", sound="libmp3lame", options={"id3v2_version": "0", "write_xing": "0"})),
        "flac": ("flac", recorded("flac", sound="flac", title="a boat")),
        "ogg": ("ogg", recorded("ogg", sound="vorbis", title="a boat")),
        "ogg with FLAC": ("ogg", recorded("ogg", sound="flac")),
        "opus": ("opus", recorded("ogg", sound="libopus", title="a boat")),
        "chained ogg": ("ogg", recorded("ogg", sound="vorbis") + recorded("ogg", sound="vorbis", title="second")),
        "m4a": ("m4a", recorded("ipod", sound="aac", title="a boat")),
        "mka": ("mka", recorded("matroska", sound="flac", title="a boat")),
        "weba": ("weba", recorded("webm", sound="libopus")),
        "avi": ("avi", recorded("avi", "mpeg4", "libmp3lame", title="a boat")),
        "avi without padding": ("avi", unpadded(recorded("avi", "mpeg4", title="a boat"))),
        "flv": ("flv", recorded("flv", "flv1", "libmp3lame", title="a boat")),
        "flv with an index": ("flv", recorded("flv", "flv1", options={"flvflags": "add_keyframe_index"})),
        "matroska": ("matroska", recorded("matroska", "mpeg4", "flac", title="a boat")),
        "matroska with its index in front": (
            "matroska", recorded("matroska", "mpeg4", options={"reserve_index_space": "200"})),
        "matroska as it is recorded": ("matroska", unindexed(recorded("matroska", "mpeg4", live=True))),
        "webm": ("webm", recorded("webm", "libvpx", "libopus")),
        "webm as browsers record it": ("webm", unclosed(unindexed(recorded("webm", "libvpx", live=True)))),
        "mp4": ("mp4", recorded("mp4", "mpeg4", "aac", title="a boat")),
        "mov": ("mov", recorded("mov", "mpeg4", title="a boat")),
    }  # fmt: skip


def unsized(wav: bytes) -> bytes:
    """A WAV file as a program writes it that cannot go back: no size is known."""
    at = wav.index(b"data") + 4
    return wav[:4] + b"\xff" * 4 + wav[8:at] + b"\xff" * 4 + wav[at + 4 :]


def unindexed(matroska: bytes) -> bytes:
    """A recording without the index and the padding that FFmpeg puts before all else."""
    info = b"\x15\x49\xa9\x66"
    behind = matroska.index(info, matroska.index(info) + 1)  # the first stands in the index
    return matroska[: matroska.index(b"\x11\x4d\x9b\x74")] + matroska[behind:]


def unclosed(webm: bytes) -> bytes:
    """A WebM file whose clusters name no size, as programs write them that send each block at once."""
    cluster, at = b"\x1f\x43\xb6\x75", 0
    while (at := webm.find(cluster, at) + 4) > 3:
        wide = 9 - webm[at].bit_length()
        webm = webm[:at] + ((1 << 7 * wide + 1) - 1).to_bytes(wide, "big") + webm[at + wide :]
    return webm


def unpadded(avi: bytes) -> bytes:
    """An AVI file without the padding between its lists and its frames."""
    start, end = avi.index(b"INFO") - 8, avi.index(b"movi") - 8
    start += 8 + int.from_bytes(avi[start + 4 : start + 8], "little")
    size = int.from_bytes(avi[4:8], "little") - (end - start)
    return avi[:4] + size.to_bytes(4, "little") + avi[8:start] + avi[end:]


def decoded(data: bytes) -> list[tuple[str, bytes]]:
    """Every frame of every stream, as samples; the strongest sense in which two files are alike."""
    found = []
    source: Any
    with av.open(io.BytesIO(data)) as source:
        for frame in source.decode(*(s for s in source.streams if s.type in ("video", "audio"))):
            found.append((type(frame).__name__, frame.to_ndarray().tobytes()))
    return found


def survives(kind: str, data: bytes) -> None:
    """Reading and writing raise nothing but errors meant to be raised."""
    module = for_format(kind)
    for act in (module.read_fields, module.essence, lambda given: module.write_field(given, "AIGC", "{}")):
        try:
            act(data)
        except IndiciaError:
            continue


def tagged(version: int, frames: bytes, *, flags: int = 0, extra: bytes = b"", padding: int = 0) -> bytes:
    """An ID3v2 tag with these frames."""
    body = extra + frames + bytes(padding)
    sizes = bytes(len(body) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, flags]) + sizes + body
