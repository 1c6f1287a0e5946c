"""Changes the pictures of a video file and encodes no more of it anew than need be; all else is copied (PyAV).

H.264, VP8 and VP9 are cut at a key frame: what is before it is encoded anew, what follows is copied bit for bit. For
H.264 the encoder's parameter sets stand beside those of the file under a number of their own (ISO/IEC 14496-15, 5.3.3
allows several), so that the rest still finds its own. Other codecs keep one set for the whole stream, which is then
encoded anew as a whole. Frames keep their times: the new ones are never reordered and take the old decoding times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadContent, Unsupported, WriteFailed
from ..files import replacing
from ._av import Opened, decoding, library, muxing, opened, patient
from ._lanes import Lane, lane_of
from .video import Clock, rate_of, video_stream

if TYPE_CHECKING:
    from av.video.stream import VideoStream

Paint = Callable[[Any, float], Any]
"""A decoded frame and its seconds since the first -> the frame that takes its place (or the same one)."""

CARD_SECONDS = 2.0


_UNNAMED = ("major_brand", "minor_version", "compatible_brands", "encoder")  # the muxer's own
_ITUNES = frozenset(
    "title artist album_artist album composer date creation_time encoder comment genre copyright grouping lyrics "
    "description synopsis show episode_id network keywords track disc".split()
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of a video stream: seconds encoded anew and in all, of a card, whether a rest was copied, and how.

    `frames` counts the frames that were encoded anew, without a card; `left_out` names streams that could not be kept.
    """

    frames: int
    seconds: float
    total: float
    card: float
    copied: bool
    quality: str
    reason: str
    left_out: tuple[str, ...]


def rewrite(
    source: Path, target: Path, paint: Paint, *, until: float | None, card: Callable[[Any], Any] | None = None
) -> Rewritten:
    """`source` at `target` in the same container, each frame before `until` seconds (None: all) replaced by `paint`'s.

    With `card`, a still that it makes from the first frame is shown for two seconds more at the end. What was copied
    is read back and compared before the file takes its place.

    Raises:
        BadContent: no video, or damaged in what must be decoded.
        Unsupported: the container or the codec cannot be written.
        WriteFailed: the folder, the disk or the muxer refused, or what was read back differs.
        TooLarge, UnreadableFile, MissingExtra.
    """
    with opened(source) as media:
        with replacing(target) as temporary:
            with muxing(temporary, target, media.format, _muxer_options(media)) as out:
                work = _Work(media, out, paint, until)
                for packet in patient(media.container.demux(), media.name):
                    work.take(packet)
                work.finish(card)
            work.verify(temporary)
        return work.done()


@dataclass(slots=True)
class _Track:
    """An output stream and what was copied into it."""

    stream: Any
    digest: Any = field(default_factory=hashlib.sha256)
    packets: int = 0
    passed: int = 0

    def note(self, packet: Any) -> None:
        self.digest.update(packet)
        self.packets += 1


class _Work:
    """One file on its way: takes packets in the order of the file."""

    def __init__(self, media: Opened, out: Any, paint: Paint, until: float | None) -> None:
        self.media, self.out, self.paint, self.until = media, out, paint, until
        self.source: VideoStream = video_stream(media)
        media.decoder(self.source)
        self.clock, self.base = Clock(media, self.source), self.source.time_base or Fraction(1, 1000)
        self.tracks: dict[int, _Track] = {}
        self.left_out = tuple(name for s in media.container.streams if (name := self._begin(s)))
        out.set_chapters(media.container.chapters())
        out.metadata.update({k: v for k, v in media.container.metadata.items() if k not in _UNNAMED})
        self.head, self.frames = True, 0
        self.first: Any = None
        self.times: list[int | None] = []  # decoding times of packets taken, for the packets to come
        self.durations: dict[int, int] = {}
        self.end = self.head_end = self.card = 0  # ticks

    def _begin(self, stream: Any) -> str:
        """Make the output stream for one of the file; the name of one that cannot be kept."""
        if stream is self.source:
            self.lane: Lane = lane_of(self.media, self.source, self.out, splice=self.until is not None)
            copy = self.lane.stream
        elif stream.type not in ("video", "audio", "subtitle", "attachment"):
            return f"stream {stream.index} ({stream.type})"
        else:
            try:
                copy = self.out.add_stream_from_template(stream)
            except (ValueError, library().FFmpegError):
                return f"stream {stream.index} ({stream.type})"
        copy.time_base = stream.time_base
        copy.metadata.update(stream.metadata)
        copy.disposition = stream.disposition
        self.tracks[stream.index] = _Track(copy)
        return ""

    def take(self, packet: Any) -> None:
        """Copy a packet, or decode it and encode what became of it."""
        if packet.stream.index not in self.tracks or not packet.size:
            return
        if packet.stream.index != self.source.index:
            self._copy(packet)
        elif not self.head or self._cuts(packet):
            self.end = max(self.end, (packet.pts or 0) + (packet.duration or self.clock.step))
            self._copy(packet)
        else:
            if not packet.is_discard:
                self.times.append(packet.dts)
            self._decode(packet)

    def _cuts(self, packet: Any) -> bool:
        """Whether the rest can be copied from this packet on; if so, the head is closed."""
        if self.until is None or packet.pts is None or self.clock.first is None or not self.lane.begins(packet):
            return False
        if (packet.pts - self.clock.first) * self.base < self.until:
            return False
        self._decode(None)
        self._mux(self.lane.context.encode(None))
        self.head = False
        self.times.clear()
        return True

    def _copy(self, packet: Any) -> None:
        track = self.tracks[packet.stream.index]
        track.note(packet)
        packet.stream = track.stream
        self.out.mux(packet)

    def _decode(self, packet: Any) -> None:
        """Decode a packet (None: what the decoder holds back), and encode its frames as they are painted."""
        with decoding(self.media.name):
            frames = self.source.decode(packet)
        for frame in frames:
            if self.first is not None and (frame.width, frame.height) != (self.first.width, self.first.height):
                raise Unsupported(f"{self.media.name}: its frames change their size on the way; encode it anew first")
            self.first = self.first or frame
            seconds = self.clock.seconds(frame)
            pts, length = self.clock.last, frame.duration or self.clock.step
            self.frames += 1
            self.end = self.head_end = max(self.end, pts + length)
            self._encode(self.paint(frame, seconds), pts, length)

    def _encode(self, frame: Any, pts: int, length: int) -> None:
        if frame.format.name != self.lane.context.pix_fmt:
            frame = frame.reformat(format=self.lane.context.pix_fmt)
        frame.pts, frame.time_base, frame.pict_type = pts, self.base, 0  # the encoder chooses its own key frames
        self.durations[pts] = length
        self._mux(self.lane.context.encode(frame))

    def _mux(self, fresh: list[Any]) -> None:
        for encoded in fresh:
            packet = library().Packet(self.lane.framed(bytes(encoded)))
            packet.pts, packet.time_base, packet.is_keyframe = encoded.pts, self.base, encoded.is_keyframe
            packet.duration = self.durations.pop(encoded.pts, self.clock.step)
            packet.dts = min(self._time(encoded.pts), encoded.pts)
            packet.stream = self.lane.stream
            self.out.mux(packet)

    def _time(self, pts: int) -> int:
        """The decoding time of the next packet: that of the packet it replaces, which is before what is copied."""
        found = self.times.pop(0) if self.times else pts
        if found is not None:
            return found
        # Matroska has none for the first packets: they are counted back from the first one known.
        ahead, known = next(((k, t) for k, t in enumerate(self.times, 1) if t is not None), (0, pts))
        return known - ahead * self.clock.step

    def finish(self, card: Callable[[Any], Any] | None) -> None:
        """Close the head if nothing followed it, and add the card."""
        if self.head:
            self._decode(None)
        if self.first is None:
            raise BadContent(f"{self.media.name}: a video without a frame that can be decoded")
        if card is not None:
            if not self.head:
                self.lane.reopen()
            number = max(1, round(CARD_SECONDS * rate_of(self.source)))
            step, still, end = max(1, round(CARD_SECONDS / number / self.base)), card(self.first), self.end
            for k in range(number):
                self._encode(still, end + k * step, step)
            self.card = number * step
            self.end += self.card
        if self.head or card is not None:
            self._mux(self.lane.context.encode(None))

    def verify(self, path: Path) -> None:
        """Read back what was copied: the same bytes in every stream.

        Raises:
            WriteFailed: they differ.
        """
        wanted = {track.stream.index: track for track in self.tracks.values()}
        read = {index: _Track(None) for index in wanted}
        with opened(path) as media:
            for packet in media.container.demux():
                if packet.size and packet.stream.index in read:
                    self._compare(read[packet.stream.index], wanted[packet.stream.index], packet)
        for index, track in wanted.items():
            if read[index].digest.digest() != track.digest.digest():
                raise WriteFailed(f"{self.media.name}: stream {index} was not copied faithfully; nothing was written")

    def _compare(self, read: _Track, wanted: _Track, packet: Any) -> None:
        """Take note of a packet that was copied; of the video, those behind the head and before the card."""
        if wanted.stream is self.lane.stream:
            read.passed += 1
            if not self.frames < read.passed <= self.frames + wanted.packets:
                return
        read.note(packet)

    def done(self) -> Rewritten:
        """What became of the stream."""
        start = self.clock.first or 0
        copied = self.tracks[self.source.index].packets > 0
        reason = self.lane.reason or ("" if copied or self.until is None else "no key frame stands behind the label")
        spans = (self.head_end - start, self.end - start, self.card)
        seconds, total, card = (float(ticks * self.base) for ticks in spans)
        return Rewritten(self.frames, seconds, total, card, copied, self.lane.coder.quality, reason, self.left_out)


def _muxer_options(media: Opened) -> dict[str, str]:
    if media.format not in ("mp4", "mov", "m4a"):
        return {}
    # Names that iTunes does not know are dropped by the muxer, unless all stand as QuickTime keys.
    strange = set(media.container.metadata) - set(_UNNAMED) - _ITUNES
    return {"movflags": "+faststart" + ("+use_metadata_tags" if strange else "")}
