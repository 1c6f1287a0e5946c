"""diffusers: any pipeline that makes video, from words, from a still or from a video."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...provenance.asset import Asset
from ...provenance.errors import Unsupported, UsageError
from ...provenance.evidence import Media
from ..creation import Model
from . import Backend, Plan, Processor, descends_from
from ._clips import as_clip, as_rate, as_sound
from ._likeness import faces_in
from ._models import first_text
from ._pipelines import assets, model_of, named, parameters_of, seeded

if TYPE_CHECKING:
    from ...provenance.media import Sound
    from . import Content

_STILLS = ("image", "last_image")  # of which the result is made
_LOOKED_AT = ("ip_adapter_image", "mask_image")
_TYPES = ("np", "pil", "pt")

# What each family was trained on, by its model card or its paper, in frames a second, where the call does not say.
# The first name that the class begins with counts.
_RATES = {
    "Wan": 16, "LTX": 25, "CogVideoX": 8, "AnimateDiff": 8, "StableVideoDiffusion": 7, "HunyuanVideo": 24,
    "Mochi": 30, "Allegro": 15, "Latte": 8, "EasyAnimate": 8, "SkyReels": 24, "Cosmos": 16,
}  # fmt: skip
_OTHER_RATE = 8


class DiffusersVideo:
    """Calls the pipeline with its own arguments, and with `seed` and `rate` (frames a second) beside them.

    A still that is animated (`image`, `last_image`) may be a picture, or a path or `Asset` whose chain of manifests is
    then kept; so may the `video` of a video-to-video pipeline. A list of frames is no file and has no chain.
    """

    name = "diffusers_video"

    def fit(self, source: object) -> int:
        """3 for a pipeline of diffusers whose call takes a number of frames, or a video."""
        if not descends_from(source, "diffusers", "DiffusionPipeline"):
            return 0
        return 3 * bool({"num_frames", "video", "video_length"} & parameters_of(source).keys())

    def media(self, source: object) -> Media | None:
        """Video."""
        return Media.VIDEO

    def plan(
        self,
        source: Any,
        args: Sequence[Any],
        options: Mapping[str, Any],
        *,
        model: Model | None,
        mark: Processor | None,
    ) -> Plan:
        """See the contract."""
        given = dict(options)
        seed, asked = given.pop("seed", None), given.pop("rate", None)
        call = named(source, args, given)
        if call.get("output_type", "np") not in _TYPES:
            raise Unsupported(f"output_type={call['output_type']!r} gives no frames; use one of {', '.join(_TYPES)}")
        rate = as_rate(asked if asked is not None else _rate(source, call))
        stills = {k: assets(call[k]) for k in (*_STILLS, *_LOOKED_AT) if call.get(k) is not None}
        seed, generator = seeded(seed, call.pop("generator", None))
        films = _film(call.get("video"))
        plain = {k: v for k, v in call.items() if k not in ("prompt", "video", *_STILLS, *_LOOKED_AT)}

        def run() -> Sequence[Content]:
            taken = {k: [a.image().convert("RGB") for a in found] for k, found in stills.items()}
            single = {k: v[0] if len(v) == 1 else v for k, v in taken.items()}
            if films:
                single["video"] = _frames(films[0])
            output = source(**{**call, **single, "generator": generator(), "return_dict": True})
            sound = _sound(source, output)
            return [as_clip(frames, rate, sound) for frames in _batch(output)]

        return Plan(
            media=Media.VIDEO,
            model=model or model_of(source),
            run=run,
            prompt=first_text(call.get("prompt", "")),
            parameters={"pipeline": type(source).__name__, "rate": str(rate), **plain},
            seed=seed,
            parents=(*films, *(a for k in _STILLS for a in stills.get(k, ()))),
            references=tuple(a for k in _LOOKED_AT for a in stills.get(k, ())),
            source_type="compositeWithTrainedAlgorithmicMedia" if call.get("video") is not None else "",
            likeness=faces_in(call),
        )


def _rate(source: Any, call: Mapping[str, Any]) -> Any:
    """Frames a second: as the call says, as it says by default, or as the family is known to be."""
    for name in ("frame_rate", "fps"):
        if (parameter := parameters_of(source).get(name)) is not None:
            return call.get(name, parameter.default)
    name = type(source).__name__
    return next((rate for family, rate in _RATES.items() if name.startswith(family)), _OTHER_RATE)


def _film(given: Any) -> tuple[Asset, ...]:
    """The video that is a file; frames are used as they are."""
    if not isinstance(given, str | os.PathLike | Asset):
        return ()
    asset = given if isinstance(given, Asset) else Asset.open(given)
    if asset.media is not Media.VIDEO:
        raise UsageError(f"{asset.ref.name}: {asset.format} is no video")
    return (asset,)


def _frames(film: Asset) -> list[Any]:
    from PIL import Image

    from ...provenance.media import video

    return [Image.fromarray(frame) for frame in video.decode(film).frames]


def _batch(output: Any) -> Sequence[Any]:
    frames = getattr(output, "frames", None)
    if frames is None or len(frames) == 0:
        raise Unsupported(f"{type(output).__name__} holds no frames; only video pipelines can be wrapped here")
    return list(frames)


def _sound(source: Any, output: Any) -> Sound | None:
    """The sound of pipelines that make one, at the rate of their vocoder."""
    audio = getattr(output, "audio", None)
    if audio is None:
        return None
    return as_sound(audio, int(source.vocoder.config.output_sampling_rate))


backend: Backend = DiffusersVideo()
