"""Speech and other sound from text: voices (anything with `say`), and text-to-audio models of transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ...provenance.errors import Unsupported, UsageError
from ...provenance.evidence import Media
from ..creation import Model
from . import Backend, Plan, Processor, descends_from
from ._clips import as_sound
from ._likeness import voices_in
from ._models import first_text, flat, new_seed, of_transformers
from ._sounds import as_sound_asset

if TYPE_CHECKING:
    from ...provenance.media import Sound
    from . import Content

_PIPELINES = ("TextToAudioPipeline", "TextToSpeechPipeline")
_SPEAKERS = (
    "VitsModel", "BarkModel", "SpeechT5ForTextToSpeech", "FastSpeech2ConformerWithHifiGan",
    "CsmForConditionalGeneration",
    "DiaForConditionalGeneration", "MusicgenForConditionalGeneration", "MusicgenMelodyForConditionalGeneration",
)  # fmt: skip


@runtime_checkable
class Voice(Protocol):
    """A voice of any engine, such as an ONNX model: it names its model and its languages, and speaks.

    A voice that imitates a person takes a recording as `reference=` (an `Asset`), or says `cloned = True` when the
    likeness is built in: either way a consent record is required. One that can be told again takes `seed=`.
    """

    model: Model
    languages: tuple[str, ...]  # such as ("en",)

    def say(self, text: str, lang: str) -> Sound:
        """The text, spoken in that language, which is one of `languages`."""
        ...


class Speech:
    """A voice is called as `(text, lang="en")`, a model of transformers with its pipeline's own arguments and `seed`.

    `reference` is a recording of a person (a path, bytes or an `Asset`) for voices that take one.
    """

    name = "speech"

    def fit(self, source: object) -> int:
        """3 for a voice, a text-to-audio pipeline, or a (speech model, tokenizer) pair."""
        if isinstance(source, tuple) and len(source) == 2:
            return 3 * any(descends_from(source[0], "transformers", name) for name in _SPEAKERS)
        if any(descends_from(source, "transformers", name) for name in _PIPELINES):
            return 3
        return 3 * (callable(getattr(source, "say", None)) and isinstance(source, Voice))

    def media(self, source: object) -> Media | None:
        """Sound."""
        return Media.AUDIO

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
        text = args[0] if args else given.pop("text", None)
        if len(args) > 1 or not first_text(text).strip():
            raise UsageError("give one text to speak")
        if isinstance(source, Voice):
            return _spoken(source, text, given, model)
        return _generated(source, text, given, model)


def _spoken(voice: Any, text: Any, given: dict[str, Any], model: Model | None) -> Plan:
    """A call of a voice."""
    if not isinstance(text, str):
        raise UsageError("a voice speaks one text")
    lang = given.pop("lang", None) or voice.languages[0]
    if lang not in voice.languages:
        raise Unsupported(f"{voice.model.id} speaks {', '.join(voice.languages)}, not {lang!r}; give another voice")
    reference = given.pop("reference", None)
    references = () if reference is None else (as_sound_asset(reference),)
    sample = {"reference": references[0]} if references else {}
    cloned = bool(references) or bool(getattr(voice, "cloned", False))
    return Plan(
        media=Media.AUDIO,
        model=model or voice.model,
        run=lambda: [_heard(voice.say(text, lang, **given, **sample))],
        prompt=text,
        parameters={"lang": lang, **given},
        seed=given["seed"] if isinstance(given.get("seed"), int) else None,
        references=references,
        likeness=("voice",) if cloned else voices_in(given),
    )


def _heard(sound: Sound) -> Sound:
    """What a voice said, checked: engines return what they like."""
    if not hasattr(sound, "samples"):
        raise Unsupported(f"a voice must give a Sound, not {type(sound).__name__}")
    return as_sound(sound.samples, sound.rate)


def _generated(source: Any, text: Any, given: dict[str, Any], model: Model | None) -> Plan:
    """A call of a model of transformers, through its own pipeline."""
    chosen = given.pop("seed", None)
    seed = new_seed() if chosen is None else int(chosen)
    network = source[0] if isinstance(source, tuple) else source.model

    def run() -> Sequence[Content]:
        import torch

        with torch.random.fork_rng(devices=[]), torch.inference_mode():
            torch.manual_seed(seed)
            made = _pipeline(source)(text, **given)
        return [as_sound(one["audio"], one["sampling_rate"]) for one in (made if isinstance(made, list) else [made])]

    return Plan(
        media=Media.AUDIO,
        model=model or of_transformers(network),
        run=run,
        prompt=first_text(text),
        parameters=flat(given),
        seed=seed,
        likeness=voices_in(given),
    )


def _pipeline(source: Any) -> Any:
    if not isinstance(source, tuple):
        return source
    from transformers import TextToAudioPipeline

    network, words = source
    part = "tokenizer" if hasattr(words, "vocab_size") else "processor"
    return TextToAudioPipeline(model=network, **{part: words})


backend: Backend = Speech()
