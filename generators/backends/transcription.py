"""Text from a recording or a picture: speech recognition and captioning by transformers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...provenance.asset import Asset
from ...provenance.errors import Unsupported, UsageError
from ...provenance.evidence import Media
from ..creation import Model
from . import Backend, Plan, Processor, descends_from
from ._images import as_asset
from ._models import first_text, flat, new_seed, of_transformers
from ._sounds import as_sound_asset, heard

if TYPE_CHECKING:
    from . import Content

_HEARS, _SEES = "AutomaticSpeechRecognitionPipeline", "ImageTextToTextPipeline"

# A transcript holds a person's words in a model's spelling; a caption is the model's own words about a picture. Neither
# is the work it was made from, which is the parent of both.
_TRANSCRIPT, _CAPTION = "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"


class Transcription:
    """Called with the recording or the picture (path, bytes, `Asset`, or decoded), and the pipeline's own options.

    A caption may be asked for in words: `text="..."`. Sound in a video is heard too. There is no watermark in the
    text: it must be what was heard or seen, not what a mark would prefer.
    """

    name = "transcription"

    def fit(self, source: object) -> int:
        """3 for a pipeline that recognises speech or writes about pictures."""
        return 3 * (descends_from(source, "transformers", _HEARS) or descends_from(source, "transformers", _SEES))

    def media(self, source: object) -> Media | None:
        """Text."""
        return Media.TEXT

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
        hears = descends_from(source, "transformers", _HEARS)
        if len(args) != 1:
            raise UsageError("give one recording or picture, and everything else by name")
        parent = as_sound_asset(args[0]) if hears else as_asset(args[0])
        if not hears and parent.media is not Media.IMAGE:
            raise UsageError(f"{parent.ref.name}: {parent.format} is no picture")
        chosen = given.pop("seed", None)
        seed = new_seed() if chosen is None else int(chosen)
        prompt = "" if hears else first_text(given.pop("text", ""))
        work = _transcript(source, parent, given) if hears else _caption(source, parent, prompt, given)
        return Plan(
            media=Media.TEXT,
            model=model or of_transformers(source.model),
            run=lambda: _seeded(work, seed),
            prompt=prompt,
            parameters={"pipeline": type(source).__name__, **flat(given)},
            seed=seed,
            parents=(parent,),
            source_type=_TRANSCRIPT if hears else _CAPTION,
        )


def _transcript(pipe: Any, recording: Asset, given: Mapping[str, Any]) -> Callable[[], Any]:
    rate = int(pipe.feature_extractor.sampling_rate)

    def work() -> Any:
        samples = heard(recording, rate=rate)
        if not len(samples):
            raise Unsupported(f"{recording.ref.name}: there is no sound in it")
        return pipe({"raw": samples, "sampling_rate": rate}, **given)["text"]

    return work


def _caption(pipe: Any, picture: Asset, prompt: str, given: Mapping[str, Any]) -> Callable[[], Any]:
    def work() -> Any:
        found = pipe(picture.image().convert("RGB"), text=prompt, return_full_text=False, **given)
        return found[0]["generated_text"]

    return work


def _seeded(work: Callable[[], Any], seed: int) -> Sequence[Content]:
    import torch

    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        text = work()
    if not isinstance(text, str):
        raise Unsupported(f"the pipeline gave {type(text).__name__}, not a text; leave out options that change that")
    return [text.strip()]


backend: Backend = Transcription()
