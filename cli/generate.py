"""`indicia generate`: makes a picture, text, video or speech with a model, marked before it is a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..provenance.errors import MissingExtra, UsageError
from . import _layers as opt
from ._hub import settle
from ._output import clean, say

if TYPE_CHECKING:
    from ..generators import Consent, Marked

group = typer.Typer(no_args_is_help=True, help="Make a picture, a text, a video or speech, marked in every layer.")

Output = Annotated[Path, typer.Option("--output", "-o", help="The file; its suffix chooses the format.")]
ModelName = Annotated[str, typer.Option("--model", help="A folder or a hub id; the built-in model otherwise.")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same content; random otherwise.")]
Online = Annotated[bool, typer.Option("--online", help="Allow the model to be fetched from the hub.")]
KeepPrompt = Annotated[
    bool, typer.Option("--keep-prompt", help="Keep the prompt, in the manifest too; else only its digest is kept.")
]
ConsentFile = Annotated[
    Path | None, typer.Option("--consent", help="The consent record of a person who is imitated (YAML or JSON).")
]


@group.command("image")
def image_(
    prompt: Annotated[str, typer.Argument(help="What to draw.")],
    *,
    output: Output,
    model: ModelName = "",
    seed: Seed = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Denoising steps.")] = None,
    size: Annotated[int | None, typer.Option(min=64, help="Pixels a side, for a model that can choose.")] = None,
    image: Annotated[Path | None, typer.Option(help="A picture to work on; its manifest is kept as parent.")] = None,
    mask: Annotated[Path | None, typer.Option(help="Where to draw anew, in white (for a model of yours).")] = None,
    strength: Annotated[float, typer.Option(min=0.01, max=1.0, help="How far from --image it may go.")] = 0.7,
    consent: ConsentFile = None,
    online: Online = False,
    keep_prompt: KeepPrompt = False,
    provider: opt.Provider = "",
    lang: opt.Lang = None,
    place: opt.Place = "bottom_right",
    no_visible: opt.NoVisible = False,
    no_watermark: opt.NoWatermark = False,
    no_metadata: opt.NoMetadata = False,
    no_sign: opt.NoSign = False,
    no_register: opt.NoRegister = False,
    no_training: opt.NoTraining = False,
    registry: opt.Registry = "",
    keys: opt.Keys = None,
) -> None:
    """Draw a picture (PNG, JPEG, WebP), or change one, and mark it: all layers, or no file."""
    from ..generators import mark
    from . import _makers

    settle("diffusers", "transformers", online=online)
    without = {"visible": no_visible, "watermark": no_watermark, "metadata": no_metadata, "signature": no_sign,
               "record": no_register}  # fmt: skip
    settings = opt.settings(
        provider=provider, lang=lang, place=place, registry=registry, keys=keys, without=without,
        no_training=no_training, keep_prompt=keep_prompt,
    )  # fmt: skip
    pipe, known = _pipeline(model, online), None
    options: dict[str, Any] = {"seed": seed, "num_inference_steps": steps, "height": size, "width": size}
    if not model:
        from ..generators.embedded import picture_model

        options |= _for_the_studio(prompt, steps, size)
        known = picture_model()
    if image is not None or mask is not None:
        pipe = _makers.editor(pipe, image, mask, size)
        options |= {"image": image, "mask_image": mask, "strength": strength}
    given = {name: value for name, value in options.items() if value is not None}
    maker = mark(pipe, settings=settings, model=known, consent=_consent(consent))
    _tell(output, maker.to(output, prompt, **given))


@group.command()
def text(
    prompt: Annotated[str, typer.Argument(help="What to write about.")],
    *,
    output: Output,
    model: ModelName = "",
    seed: Seed = None,
    tokens: Annotated[int, typer.Option(min=1, help="At most so many tokens.")] = 200,
    temperature: Annotated[float, typer.Option(min=0.01, help="Higher is more varied.")] = 0.8,
    mark_name: Annotated[str, typer.Option("--mark", help="The text watermark.")] = "",
    online: Online = False,
    keep_prompt: KeepPrompt = False,
    provider: opt.Provider = "",
    lang: opt.Lang = None,
    no_visible: opt.NoVisible = False,
    no_watermark: opt.NoWatermark = False,
    no_metadata: opt.NoMetadata = False,
    no_sign: opt.NoSign = False,
    no_register: opt.NoRegister = False,
    no_training: opt.NoTraining = False,
    registry: opt.Registry = "",
    keys: opt.Keys = None,
) -> None:
    """Write a text (.txt, .md) and mark it: all layers, or no file."""
    from dataclasses import replace

    from ..generators import mark

    settle("transformers", online=online)
    without = {"visible": no_visible, "watermark": no_watermark, "metadata": no_metadata, "signature": no_sign,
               "record": no_register}  # fmt: skip
    settings = opt.settings(
        provider=provider, lang=lang, place="bottom_right", registry=registry, keys=keys, without=without,
        no_training=no_training, keep_prompt=keep_prompt,
    )  # fmt: skip
    settings = replace(settings, text_mark=mark_name) if mark_name else settings
    network, tokenizer = _language_model(model, online)
    asked = [{"role": "user", "content": prompt}] if getattr(tokenizer, "chat_template", None) else prompt
    options = {"max_new_tokens": tokens, "temperature": temperature, "whole_sentences": True} | (
        {} if seed is None else {"seed": seed}
    )
    _tell(output, mark((network, tokenizer), settings=settings).to(output, asked, **options))


@group.command()
def video(
    prompt: Annotated[str, typer.Argument(help="What to show.")],
    *,
    output: Output,
    model: ModelName = "",
    image: Annotated[Path | None, typer.Option(help="A still to begin from; its manifest is kept as parent.")] = None,
    seed: Seed = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long (built-in model); 3 otherwise.")] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="How many frames, for a model of yours.")] = None,
    rate: Annotated[int | None, typer.Option(min=1, max=60, help="Frames a second; the model's own otherwise.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Denoising steps.")] = None,
    size: Annotated[int | None, typer.Option(min=16, help="Pixels a side, for a model of yours.")] = None,
    consent: ConsentFile = None,
    online: Online = False,
    keep_prompt: KeepPrompt = False,
    provider: opt.Provider = "",
    lang: opt.Lang = None,
    place: opt.Place = "bottom_right",
    no_visible: opt.NoVisible = False,
    no_watermark: opt.NoWatermark = False,
    no_metadata: opt.NoMetadata = False,
    no_sign: opt.NoSign = False,
    no_register: opt.NoRegister = False,
    no_training: opt.NoTraining = False,
    registry: opt.Registry = "",
    keys: opt.Keys = None,
) -> None:
    """Make a short video (MP4, MOV, MKV, WebM) and mark it: all layers, or no file.

    The built-in model makes 512 x 512 pixels: one subject, slightly in motion, and a camera that moves in.
    """
    from ..generators import mark
    from ..provenance.asset import Asset
    from . import _makers

    settle("diffusers", "transformers", online=online)
    without = {"visible": no_visible, "watermark": no_watermark, "metadata": no_metadata, "signature": no_sign,
               "record": no_register}  # fmt: skip
    settings = opt.settings(
        provider=provider, lang=lang, place=place, registry=registry, keys=keys, without=without,
        no_training=no_training, keep_prompt=keep_prompt,
    )  # fmt: skip
    still = None if image is None else Asset.open(image)
    options: dict[str, Any] = {"seed": seed, "image": still, "rate": rate}
    if model:
        source, known = _loaded(model, lambda: _makers.video_pipeline(model, online)), None
        options |= {"num_frames": frames, "num_inference_steps": steps, "height": size, "width": size}
    else:
        source, known = _makers.film(prompt, frames, size)
        options |= {"seconds": seconds, "steps": steps, "seed": _makers.seed(seed)}
    given = {name: value for name, value in options.items() if value is not None}
    maker = mark(source, settings=settings, model=known, consent=_consent(consent))
    _tell(output, maker.to(output, prompt, **given))


@group.command()
def speech(
    text: Annotated[str, typer.Argument(help="What to say.")],
    *,
    output: Output,
    model: ModelName = "",
    seed: Seed = None,
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="Of the built-in voice; 1 is its own.")] = 1.0,
    voice: Annotated[str, typer.Option(help="A voice of yours, as an installed module:name.")] = "",
    reference: Annotated[
        Path | None, typer.Option(help="A recording of the person whom --voice is to imitate; needs --consent.")
    ] = None,
    consent: ConsentFile = None,
    online: Online = False,
    keep_prompt: KeepPrompt = False,
    provider: opt.Provider = "",
    lang: Annotated[str, typer.Option(help="Language of the text, and of the spoken label.")] = "en",
    no_visible: Annotated[bool, typer.Option("--no-visible", help="No label that people hear.")] = False,
    no_metadata: opt.NoMetadata = False,
    no_sign: opt.NoSign = False,
    no_register: opt.NoRegister = False,
    no_training: opt.NoTraining = False,
    registry: opt.Registry = "",
    keys: opt.Keys = None,
) -> None:
    """Speak a text (WAV, FLAC, MP3, M4A, OGG, Opus) and mark it: all layers, or no file.

    The built-in voice speaks English. No voice imitates a person without that person's consent record.
    """
    from ..generators import mark
    from . import _makers

    settle(*(["transformers"] if model else []), online=online)
    without = {"visible": no_visible, "metadata": no_metadata, "signature": no_sign, "record": no_register}
    settings = opt.settings(
        provider=provider, lang=lang, place="bottom_right", registry=registry, keys=keys, without=without,
        no_training=no_training, keep_prompt=keep_prompt,
    )  # fmt: skip
    agreed = _consent(consent)
    options: dict[str, Any] = {"seed": seed, "reference": reference}
    source: Any
    if model:
        source = _loaded(model, lambda: _makers.speech_pipeline(model, online, reference))
    elif voice:
        source = _makers.voice_of(voice)
        options |= {"lang": lang}
    else:
        source = _makers.voice(lang, reference)
        options |= {"seed": _makers.seed(seed), "speed": speed, "lang": lang}
    given = {name: value for name, value in options.items() if value is not None}
    _tell(output, mark(source, settings=settings, consent=agreed).to(output, text, **given))


def _consent(path: Path | None) -> Consent | None:
    from ..generators import Consent

    return None if path is None else Consent.open(path)


def _tell(path: Path, marked: Marked) -> None:
    opt.tell(path, marked.imprint)
    say(f"  model {clean(marked.creation.model.id)}, seed {marked.creation.seed}")


def _for_the_studio(prompt: str, steps: int | None, size: int | None) -> dict[str, Any]:
    """The call that the built-in model draws best with; it knows one size and few words."""
    from ..generators.studio import pictures

    if size not in (None, pictures.SIZE):
        raise UsageError(f"the built-in model draws {pictures.SIZE} pixels a side; leave --size out or give --model")
    if not pictures.known(prompt):
        examples = "; ".join(pictures.PROMPTS[:3])
        say(f"indicia: the built-in model knows none of these words and will guess; it knows, for example: {examples}")
    return {"num_inference_steps": steps or 20, "guidance_scale": 3.5, "height": None, "width": None}


def _pipeline(model: str, online: bool) -> Any:
    try:
        from diffusers import AutoPipelineForText2Image
    except ModuleNotFoundError as error:
        raise MissingExtra("drawing with a model", "generate") from error
    if not model:
        from ..generators.studio import pictures

        return pictures.pipeline()
    return _loaded(model, lambda: AutoPipelineForText2Image.from_pretrained(model, local_files_only=not online))


def _language_model(model: str, online: bool) -> tuple[Any, Any]:
    if not model:
        from ..generators.studio import text as studio

        return studio.load()
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ModuleNotFoundError as error:
        raise MissingExtra("writing with a model", "generate") from error
    options = {"local_files_only": not online}
    network = _loaded(model, lambda: AutoModelForCausalLM.from_pretrained(model, **options))
    return network.eval(), _loaded(model, lambda: AutoTokenizer.from_pretrained(model, **options))


def _loaded(model: str, load: Any) -> Any:
    """What `load` gives, or an error that says where the model was looked for."""
    try:
        return load()
    except (OSError, ValueError, KeyError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UsageError(
            f"{model}: no model that can be loaded ({first}); give a folder that holds one, or a hub id with --online"
        ) from error
