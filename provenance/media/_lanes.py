"""How the pictures of each codec are encoded anew, and joined with the rest where that is possible."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import BadContent, Unsupported
from . import _avc
from ._av import Opened, library
from .video import probe, rate_of

if TYPE_CHECKING:
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class Coder:
    """How pictures of a codec are encoded anew: encoder, its options, and how the quality is told."""

    encoder: str
    options: dict[str, str]
    quality: str


H264 = Coder("libx264", {"crf": "18", "preset": "medium", "bf": "0"}, "x264 at CRF 18")
CODERS = {
    "h264": H264,
    "hevc": Coder(
        "libx265",
        {"crf": "20", "preset": "medium", "x265-params": "bframes=0:log-level=error"},
        "x265 at CRF 20",
    ),
    "vp8": Coder("libvpx", {"crf": "6", "b": "40M", "cpu-used": "4"}, "VP8 at CRF 6"),
    "vp9": Coder("libvpx-vp9", {"crf": "18", "b": "0", "cpu-used": "4", "row-mt": "1"}, "VP9 at CRF 18"),
    "av1": Coder("libsvtav1", {"crf": "22", "preset": "8", "svtav1-params": "pred-struct=1"}, "SVT-AV1 at CRF 22"),
}
SELF_CONTAINED = ("vp8", "vp9")  # each key frame says all that a decoder needs


@dataclass(slots=True)
class Lane:
    """The output stream of the pictures, the encoder that feeds it, and why nothing can be copied into it, if so."""

    coder: Coder
    stream: Any
    context: Any
    reason: str = ""
    begins_with_key: bool = False
    avc: _avc.Configuration | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def begins(self, packet: Any) -> bool:
        """Whether a decoder can begin with this packet of the file, in this output stream."""
        if self.avc is not None:
            # Not every key frame will do: behind a mere recovery point come frames that need what was before it.
            return packet.is_keyframe and _avc.IDR in _avc.kinds(bytes(packet), self.avc.length_size)
        return self.begins_with_key and packet.is_keyframe

    def framed(self, data: bytes) -> bytes:
        """An encoded picture as the output stream wants it."""
        if self.avc is None:
            return data
        return _avc.lengthed((u for u in _avc.units_of(data) if u[0] & 31 in _PICTURE), self.avc.length_size)

    def reopen(self) -> None:
        """A fresh encoder with the same parameter sets, behind what was copied."""
        self.context = _encoder(self.coder, self.settings)


_PICTURE = (1, 2, 3, 4, 5)  # NAL units of slices; parameter sets stand in the record, and the rest is talk


def lane_of(media: Opened, source: VideoStream, out: Any, *, splice: bool) -> Lane:
    """The lane for `source` in the container `out`.

    Raises:
        Unsupported: no encoder, or pictures with transparency, which would lose it.
        BadContent: the stream does not say what its pictures are.
    """
    codec = source.codec_context.codec.canonical_name
    coder, reason = CODERS.get(codec, H264), ""
    if codec not in CODERS:
        reason = f"{codec} is not written here and becomes H.264"
    if (codec not in CODERS and media.format == "webm") or source.metadata.get("alpha_mode") == "1":
        raise Unsupported(f"{media.name}: {codec} pictures, or see-through ones, cannot be written; convert it first")
    if not source.width or not source.pix_fmt:
        raise BadContent(f"{media.name}: its video does not say how its pictures are stored")
    settings = _settings(source, coder)
    if splice and codec == "h264":
        try:
            return _joined(source, out, coder, settings)
        except _avc.NotSpliceable as why:
            reason = str(why)
    if splice and codec in SELF_CONTAINED:
        stream = out.add_stream_from_template(source)
        return Lane(coder, stream, _encoder(coder, settings), begins_with_key=True, settings=settings)
    if splice and not reason:
        reason = f"{codec} has one set of parameters for the whole stream"
    lane = _whole(source, out, coder, settings)
    lane.reason = reason
    info = probe(media.source, limits=media.limits)
    lane.stream.set_display_rotation(info.rotation, hflip=info.mirrored)
    return lane


def _settings(source: VideoStream, coder: Coder) -> dict[str, Any]:
    """What the encoder is told of the pictures."""
    known = {f.name for f in library().Codec(coder.encoder, "w").video_formats or ()}
    context = source.codec_context
    settings: dict[str, Any] = {
        "width": source.width, "height": source.height,
        "pix_fmt": source.pix_fmt if source.pix_fmt in known else "yuv420p",
        "time_base": source.time_base, "framerate": rate_of(source), "options": dict(coder.options),
    }  # fmt: skip
    if source.sample_aspect_ratio:
        settings["sample_aspect_ratio"] = source.sample_aspect_ratio
    for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
        settings[name] = getattr(context, name)
    if coder is H264 and context.field_order in _FIELDS:
        settings["options"]["x264-params"] = _FIELDS[context.field_order]
    return settings


_FIELDS = {2: "tff=1", 3: "bff=1", 4: "tff=1", 5: "bff=1"}  # AVFieldOrder -> which field of a frame comes first


def _joined(source: VideoStream, out: Any, coder: Coder, settings: dict[str, Any]) -> Lane:
    """An H.264 lane whose header holds the parameter sets of the file and of the encoder."""
    avc = _avc.parse(source.codec_context.extradata)
    if source.profile not in _avc.PROFILES:
        raise _avc.NotSpliceable(f"the profile {source.profile} is not written here")
    options = settings["options"]
    params = [p for p in (options.get("x264-params"), f"sps-id={avc.free_id}") if p]
    options |= {"x264-params": ":".join(params), "profile": _avc.PROFILES[source.profile]}
    if source.codec_context.level > 0:
        options["level"] = str(source.codec_context.level)
    context = _encoder(coder, settings)
    record = avc.joined(context.extradata)
    stream = out.add_stream_from_template(source)
    stream.codec_context.extradata = record
    return Lane(coder, stream, context, avc=avc, settings=settings)


def _whole(source: VideoStream, out: Any, coder: Coder, settings: dict[str, Any]) -> Lane:
    stream = out.add_stream(coder.encoder, rate=settings["framerate"], options=settings["options"])
    for name, value in settings.items():
        if name not in ("options", "framerate"):
            setattr(stream.codec_context, name, value)
    stream.time_base = source.time_base
    return Lane(coder, stream, stream.codec_context, settings=settings)


def _encoder(coder: Coder, settings: dict[str, Any]) -> Any:
    from av.codec.context import Flags

    context = library().CodecContext.create(coder.encoder, "w")
    for name, value in settings.items():
        setattr(context, name, value)
    context.flags |= Flags.global_header
    context.open()
    return context
