"""Sound out of files and into them (PyAV)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..asset import Limits
from ..errors import BadContent, TooLarge, UsageError
from . import Sound
from ._av import USUAL, Opened, Source, decoded, library, opened, writing

if TYPE_CHECKING:
    import numpy as np
    from av.audio.stream import AudioStream
    from numpy.typing import NDArray

_RATES_MPEG = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_RATES_OPUS = (8000, 12000, 16000, 24000, 48000)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a format is encoded: what the encoder and people call it, the form of samples, and what it takes."""

    encoder: str
    told: str
    samples: str
    rates: tuple[int, ...] = ()  # none: any
    channels: int = 8  # at most
    bit_rate: int = 0  # bits a second and channel; 0 where nothing is lost
    options: tuple[tuple[str, str], ...] = ()


_WAYS = {
    "wav": _Way("pcm_s16le", "uncompressed", "s16"),
    "flac": _Way("flac", "FLAC", "s16"),
    "mp3": _Way("libmp3lame", "MP3, 96 kbit/s a channel", "fltp", _RATES_MPEG, 2, 96_000),
    "ogg": _Way("flac", "FLAC in Ogg", "s16"),
    "opus": _Way("libopus", "Opus, 64 kbit/s a channel", "flt", _RATES_OPUS, 8, 64_000),
    "mka": _Way("flac", "FLAC in Matroska", "s16"),
    "weba": _Way("libopus", "Opus, 64 kbit/s a channel", "flt", _RATES_OPUS, 8, 64_000),
    "m4a": _Way("aac", "AAC, 96 kbit/s a channel", "fltp", (*_RATES_MPEG, 64000, 88200, 96000), 8, 96_000),
}
FORMATS = {name: way.told for name, way in _WAYS.items()}  # and how each is encoded, for people
_WAY_OF = {way.encoder: way for way in _WAYS.values()}


def decode(
    source: Source,
    *,
    rate: int | None = None,
    mono: bool = False,
    most_seconds: float | None = None,
    since: float | None = None,
    limits: Limits = USUAL,
) -> Sound:
    """The first sound of an audio or video file; its own rate and channels unless `rate` (Hz) or `mono` say otherwise.

    `most_seconds` leaves out what is beyond. `since` is a time in the file, in seconds, at which the sound begins:
    what was before is cut, and silence stands where there is none yet. Sound of no length gives no samples.

    Raises:
        BadContent: no sound, or nothing in it can be decoded.
        TooLarge: more than `limits.memory_bytes` of samples, and no `most_seconds` below that.
        UsageError: a rate outside 1000..384000.
        UnreadableFile, MissingExtra.
    """
    import numpy as np

    if rate is not None and not 1000 <= rate <= 384_000:
        raise UsageError(f"a rate of {rate} Hz is outside 1000..384000")
    with opened(source, limits) as media:
        stream = audio_stream(media)
        into = rate or stream.rate or 48_000
        most = None if most_seconds is None else max(0, round(most_seconds * into))
        channels = 1 if mono else stream.channels or 1
        parts = _samples(media, stream, rate=into, channels=channels, most=most, since=since)
        samples = np.concatenate([np.zeros((0, channels), np.float32), *parts])
    return Sound(np.ascontiguousarray(samples if most is None else samples[:most]), into)


def encode(
    sound: Sound, target: Path, *, format: str = "wav", bits: int = 16, tags: Mapping[str, str] | None = None
) -> None:
    """The sound as a file: wav, flac, ogg and mka (FLAC in them) without loss; mp3, opus, weba and m4a with loss.

    `bits` a sample are 16 or 24 where nothing is lost; `tags` are written as the format has it.

    Rates that a codec does not take become the next higher one that it does; mp3 takes two channels, more are mixed.

    Raises:
        UsageError: no such format, or no sample where the format has no form for that.
        WriteFailed: the folder, the disk or the encoder refused.
        MissingExtra.
    """
    if format not in _WAYS:
        raise UsageError(f"sound cannot be written as {format!r}; use one of {', '.join(_WAYS)}")
    if not len(sound.samples) and format not in ("wav", "flac"):
        raise UsageError(f"a sound without a sample makes no {format} file; use wav or flac")
    if bits not in (16, 24):
        raise UsageError(f"{bits} bits a sample are not written; choose 16 or 24")
    with writing(target, format) as container:
        container.metadata.update(tags or {})
        voice = Voice(container, sound, _WAYS[format].encoder, bits)
        voice.until(sound.seconds)
        voice.finish()


def audio_stream(media: Opened) -> AudioStream:
    """The first stream of sound.

    Raises:
        BadContent: there is none, or its codec is not known.
    """
    for stream in media.container.streams.audio:
        if stream.codec_context is not None:
            return stream
    raise BadContent(f"{media.name}: it has no sound that can be decoded")


class Voice:
    """One sound on its way into a container; used by `encode` and by `video.encode`."""

    def __init__(self, container: Any, sound: Sound, encoder: str, bits: int = 16) -> None:
        way, channels = _WAY_OF[encoder], max(1, sound.samples.shape[1])
        deep = bits == 24 and not way.bit_rate
        encoder = "pcm_s24le" if deep and encoder == "pcm_s16le" else encoder
        self._container, self._sound, self._at = container, sound, 0
        self._rate = _rate_for(sound.rate, way.rates)
        kept = channels if channels <= way.channels else 2
        self._stream = container.add_stream(encoder, rate=self._rate, options=dict(way.options), layout=_layout(kept))
        if deep:
            self._stream.format = "s32"
        if way.bit_rate:
            self._stream.bit_rate = way.bit_rate * kept
        samples = "s32" if deep else way.samples
        self._into = library().AudioResampler(format=samples, layout=_layout(kept), rate=self._rate)

    def until(self, seconds: float) -> None:
        """Encode what comes before `seconds`."""
        end = min(len(self._sound.samples), round(seconds * self._sound.rate))
        while self._at < end:
            part = self._sound.samples[self._at : min(end, self._at + self._sound.rate)]
            self._put(framed(part, self._sound.rate, self._at))
            self._at += len(part)

    def finish(self) -> None:
        """Encode the rest of what was given, and what the encoder holds back."""
        self._container.start_encoding()  # a sound without a sample has a header still
        if self._at:
            self._put(None)
        self._container.mux(self._stream.encode(None))

    def _put(self, frame: Any) -> None:
        for ready in self._into.resample(frame):
            self._container.mux(self._stream.encode(ready))


def _samples(
    media: Opened, stream: AudioStream, *, rate: int, channels: int, most: int | None, since: float | None
) -> list[NDArray[np.float32]]:
    """The decoded parts, up to `most` samples and perhaps some more."""
    import numpy as np

    layout = stream.layout if channels == stream.channels else "mono"
    into = library().AudioResampler(format="flt", layout=layout, rate=rate)
    parts: list[NDArray[np.float32]] = []
    got = cut = 0
    for number, frame in enumerate(decoded(media, stream)):
        if number == 0 and since is not None:
            begin = round(((frame.time or 0.0) - since) * rate)
            cut, silence = max(0, -begin), min(max(0, begin), media.limits.memory_bytes // (4 * channels))
            parts.append(np.zeros((silence, channels), np.float32))
            got += silence
        frame.pts = None  # gaps are not filled: the samples follow one another
        for part in (_taken(ready, channels) for ready in into.resample(frame)):
            parts.append(part[cut:])
            cut, got = max(0, cut - len(part)), got + len(parts[-1])
        if most is not None and got >= most:
            return parts
        if got * channels * 4 > media.limits.memory_bytes:
            raise TooLarge(f"{media.name}: its sound is more than {media.limits.memory_bytes} bytes; cut it")
    if parts:
        parts += [_taken(ready, channels)[cut:] for ready in into.resample(None)]
    return parts


def _taken(frame: Any, channels: int) -> NDArray[np.float32]:
    import numpy as np

    samples: NDArray[np.float32] = frame.to_ndarray().reshape(-1, channels)
    return np.nan_to_num(samples, posinf=1.0, neginf=-1.0)


def framed(samples: NDArray[np.float32], rate: int, at: int) -> Any:
    """Samples (frames x channels) as a frame that begins at sample `at`; what is beyond -1..1 is cut off."""
    import numpy as np

    limited = np.ascontiguousarray(np.clip(samples, -1, 1), np.float32)
    frame = library().AudioFrame.from_ndarray(limited.reshape(1, -1), "flt", _layout(samples.shape[1]))
    frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
    return frame


def _layout(channels: int) -> str:
    names = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
    if channels not in names:
        raise UsageError(f"sound of {channels} channels cannot be written; mix it to 8 or fewer first")
    return names[channels]


def _rate_for(rate: int, rates: tuple[int, ...]) -> int:
    if not rates or rate in rates:
        return rate
    return min((r for r in rates if r > rate), default=max(rates))
