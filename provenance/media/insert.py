"""Puts a short sound before, behind or within that of a file, which is copied as it is where its codec allows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import Unsupported, WriteFailed
from ..files import replacing
from . import Sound, audio
from ._av import Opened, library, muxing, opened, patient

_SPLICED = {"mp3": "libmp3lame", "aac": "aac", "opus": "libopus"}  # codecs whose packets stand by themselves, or nearly
_LISTEN = 60.0  # seconds of the sound that tell how loud it is
_AROUND = 20.0  # seconds around the middle in which the quietest moment is looked for


def insert(
    source: Path,
    target: Path,
    make: Callable[[Sound], Sound],
    put: Callable[[Sound], Sound],
    *,
    place: str,
    pause: float,
    quietest: Callable[[Sound], float],
) -> str:
    """`source` at `target`, in the same format, with what `make` gives for a part of the sound to go by.

    Where the codec allows it the packets of the file are copied, with `pause` seconds of silence between: the place is
    "start", "end" or "middle" (near the second that `quietest` finds). Else the whole sound goes through `put` and is
    encoded anew. Returns in words which it was.

    Raises:
        BadContent, TooLarge: no sound, or none that can be decoded within the limits.
        Unsupported: a format or codec that cannot be written.
        WriteFailed: what stood at `target` is as it was.
    """
    with opened(source) as media:
        stream = audio.audio_stream(media)
        why = _whole_because(media, stream, place)
        if why:
            return _anew(media, stream, target, put, why)
        at = _moment(media, stream, place, quietest)
        sample = audio.decode(
            source, most_seconds=_LISTEN, since=max(0.0, at - _LISTEN / 2) if place == "middle" else None
        )
        made = _padded(make(sample), place, pause)
        with replacing(target) as temporary:
            with muxing(temporary, target, media.format) as out:
                work = _Work(media, stream, out, made, at)
                for packet in patient(media.container.demux(), media.name):
                    work.take(packet)
                work.finish()
            work.verify(temporary)
    return f"{made.seconds:.1f} s of label put at the {place}; the sound copied bit for bit ({work.codec})"


def _whole_because(media: Opened, stream: Any, place: str) -> str:
    """Why the packets of a stream cannot be copied around another sound; empty when they can."""
    codec = stream.codec_context.codec.canonical_name
    if codec.startswith("pcm_"):
        return ""
    if codec not in _SPLICED:
        return f"{codec} cannot be cut"
    if codec == "mp3" and place == "middle":
        return "MP3 frames lean on those before them"
    if codec == "aac" and stream.profile not in ("LC", None):
        return f"AAC {stream.profile} is not written here"
    return ""


def _moment(media: Opened, stream: Any, place: str, quietest: Callable[[Sound], float]) -> float:
    """Where the label goes, in seconds since the sound begins."""
    if place == "start":
        return 0.0
    if place == "end":
        return float("inf")
    length = float((stream.duration or 0) * (stream.time_base or 0)) or (media.container.duration or 0) / 1e6
    since = max(0.0, length / 2 - _AROUND / 2)
    around = audio.decode(media.source, since=since, most_seconds=_AROUND, limits=media.limits)
    return since + quietest(around)


def _padded(made: Sound, place: str, pause: float) -> Sound:
    import numpy as np

    silence = np.zeros((round(pause * made.rate), made.samples.shape[1]), np.float32)
    before, behind = [silence] * (place != "start"), [silence] * (place != "end")
    return Sound(np.concatenate([*before, made.samples, *behind]), made.rate)


@dataclass(slots=True)
class _Copied:
    """An output stream, and what went into it."""

    stream: Any
    digest: Any = field(default_factory=hashlib.sha256)


class _Work:
    """One file on its way: takes packets in the order of the file, and puts the label among them."""

    def __init__(self, media: Opened, stream: Any, out: Any, made: Sound, at: float) -> None:
        self.media, self.source, self.out, self.at = media, stream, out, at
        self.codec = stream.codec_context.codec.canonical_name
        self.base: Fraction = stream.time_base
        self.label = _encoded(stream, made, self.codec)
        self.copies: dict[int, _Copied] = {}
        for one in media.container.streams:
            if one.type in ("audio", "video", "subtitle", "attachment"):
                copy = out.add_stream_from_template(one)
                copy.time_base = one.time_base
                copy.metadata.update(one.metadata)
                copy.disposition = one.disposition
                self.copies[one.index] = _Copied(copy)
        out.metadata.update({k: v for k, v in media.container.metadata.items() if k not in _UNNAMED})
        self.first: Fraction | None = None  # seconds
        self.end, self.shift = Fraction(0), Fraction(0)

    def take(self, packet: Any) -> None:
        """Copy a packet, behind the label when its place has come."""
        if packet.stream.index not in self.copies or not packet.size:
            return
        if packet.stream.index == self.source.index:
            now = Fraction(packet.pts or 0) * self.base
            self.first = now if self.first is None else self.first
            if self.label and now - self.first >= self.at:
                self._put(now)
            self.end = now + Fraction(packet.duration or 0) * self.base
        self._mux(packet, self.copies[packet.stream.index], self.shift)

    def finish(self) -> None:
        """Put the label behind all, if its place has not come before."""
        if self.label:
            self._put(self.end)

    def _put(self, now: Fraction) -> None:
        """The label's packets from `now` on; what follows is later by their length."""
        begin = self.label[0].pts * self.label[0].time_base
        # An encoder begins a little before zero: at the start of a file that is what players leave out.
        offset = now - begin if now > 0 else Fraction(0)
        for packet in self.label:
            length = packet.duration * packet.time_base
            at = packet.pts * packet.time_base + offset
            self.shift = at + length - now
            packet.pts = packet.dts = round(at / self.base)
            packet.duration, packet.time_base = round(length / self.base), self.base
            self._mux(packet, self.copies[self.source.index], Fraction(0))
        self.label = []

    def _mux(self, packet: Any, copy: _Copied, shift: Fraction) -> None:
        copy.digest.update(packet)
        if shift:
            ticks = round(shift / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks
        packet.stream = copy.stream
        self.out.mux(packet)

    def verify(self, path: Path) -> None:
        """Read back all that was put in: the same bytes in the same order.

        Raises:
            WriteFailed: they differ.
        """
        wanted = {copy.stream.index: copy.digest.digest() for copy in self.copies.values()}
        read = {index: hashlib.sha256() for index in wanted}
        with opened(path) as media:
            for packet in media.container.demux():
                if packet.size and packet.stream.index in read:
                    read[packet.stream.index].update(packet)
        for index, digest in wanted.items():
            if read[index].digest() != digest:
                raise WriteFailed(f"{self.media.name}: stream {index} was not copied faithfully; nothing was written")


_UNNAMED = ("major_brand", "minor_version", "compatible_brands", "encoder")  # the muxer's own


def _encoded(stream: Any, made: Sound, codec: str) -> list[Any]:
    """The packets of the label in the form of `stream`.

    Raises:
        Unsupported: no encoder for it.
    """
    av = library()
    try:
        context = av.CodecContext.create(_SPLICED.get(codec, codec), "w")
    except ValueError as error:
        raise Unsupported(f"{codec} sound cannot be written; convert the file first") from error
    context.sample_rate, context.layout = stream.rate, stream.layout
    context.format = stream.codec_context.format if codec.startswith("pcm_") else context.codec.audio_formats[0]
    context.time_base = Fraction(1, stream.rate)
    context.bit_rate = stream.bit_rate or stream.codec_context.bit_rate or 96_000 * stream.channels
    context.open()
    into = av.AudioResampler(context.format.name, stream.layout, stream.rate, frame_size=context.frame_size or None)
    packets: list[Any] = []
    for frame in (audio.framed(made.samples, made.rate, 0), None):
        for ready in into.resample(frame):
            packets += context.encode(ready)
    packets += context.encode(None)
    return packets


def _anew(media: Opened, stream: Any, target: Path, put: Callable[[Sound], Sound], why: str) -> str:
    """The whole sound decoded and encoded anew."""
    form = media.format
    if form not in audio.FORMATS:
        raise Unsupported(f"{media.name}: the sound of a {media.format} file cannot be encoded anew; convert it first")
    bits = 24 if stream.codec_context.format.name in ("s32", "s32p") else 16
    tags = {**media.container.metadata, **stream.metadata}  # Ogg keeps them at the stream
    sound = put(audio.decode(media.source, limits=media.limits))
    audio.encode(sound, target, format=form, bits=bits, tags=tags)
    return f"all {sound.seconds:.1f} s encoded anew ({audio.FORMATS[form]}), because {why}"
