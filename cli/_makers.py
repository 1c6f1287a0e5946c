"""What `indicia generate` makes things with: the embedded makers, or models of the user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..provenance.errors import MissingExtra, UsageError
from ._output import say

if TYPE_CHECKING:
    from ..generators import Model


def seed(given: int | None) -> int:
    """The seed that was given, or a new one: the embedded makers always have one."""
    from ..generators.backends._models import new_seed

    return new_seed() if given is None else given


def editor(pipe: Any, image: Path | None, mask: Path | None, size: int | None) -> Any:
    """The pipeline's sibling that works on a picture, or on the part of it that a mask shows."""
    from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting

    if image is None or size is not None:
        raise UsageError("--mask needs --image, and a picture that is worked on keeps its size: leave --size out")
    family = AutoPipelineForImage2Image if mask is None else AutoPipelineForInpainting
    try:
        found = family.from_pipe(pipe)
    except ValueError as error:
        raise UsageError(f"this model cannot work on a given picture ({type(pipe).__name__})") from error
    if mask is not None and getattr(found, "unet", None) is not None and found.unet.config.in_channels not in (4, 9):
        raise UsageError("this model cannot fill in a part of a picture; leave --mask out or give another --model")
    found.set_progress_bar_config(disable=True)
    if getattr(pipe, "steep", False):
        from ..generators.studio.pictures import finishing

        found.image_processor = finishing(found.image_processor)
    return found


def film(prompt: str, frames: int | None, size: int | None) -> tuple[Any, Model]:
    """The embedded video and the model it is drawn with."""
    from ..generators.embedded import video_model
    from ..generators.studio import pictures, video

    if size not in (None, video.SIZE) or frames is not None:
        raise UsageError(
            f"the built-in video has {video.SIZE} pixels a side and --seconds for its length; "
            "leave --size and --frames out or give --model"
        )
    if not pictures.known(prompt):
        examples = "; ".join(pictures.PROMPTS[:3])
        say(f"indicia: the built-in model knows none of these words and will guess; it knows, for example: {examples}")
    return video.film, video_model()


def video_pipeline(model: str, online: bool) -> Any:
    """A video pipeline of diffusers, whatever its class."""
    try:
        from diffusers import DiffusionPipeline
    except ModuleNotFoundError as error:
        raise MissingExtra("making video with a model", "generate") from error
    from ..generators.backends import diffusers_video

    pipe = DiffusionPipeline.from_pretrained(model, local_files_only=not online)
    if not diffusers_video.backend.fit(pipe):
        raise UsageError(f"{model}: {type(pipe).__name__} makes no video")
    return pipe


def voice(lang: str, reference: Path | None) -> Any:
    """The embedded voice, if it can speak as asked."""
    from ..generators.studio.voice import voice as built_in

    if lang not in built_in.languages:
        raise UsageError(f"the built-in voice speaks English only, not {lang!r}; give a model of yours with --model")
    if reference is not None:
        raise UsageError("the built-in voice imitates nobody; leave --reference out, or give a --voice that does")
    return built_in


def voice_of(name: str) -> Any:
    """A voice of the user's: `module:name`, from what is installed."""
    import importlib

    from ..generators.backends import speech

    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"{name}: no such voice ({error}); give an installed module:name") from error
    if not isinstance(found, speech.Voice):
        raise UsageError(f"{name}: no voice; it needs `model`, `languages` and `say(text, lang)`")
    return found


def speech_pipeline(model: str, online: bool, reference: Path | None) -> Any:
    """A text-to-audio pipeline of transformers."""
    if reference is not None:
        raise UsageError("text-to-audio models take no recording; leave --reference out, or give a --voice that does")
    try:
        from transformers import pipeline
    except ModuleNotFoundError as error:
        raise MissingExtra("speaking with a model", "generate") from error
    return pipeline("text-to-audio", model=model, model_kwargs={"local_files_only": not online})
