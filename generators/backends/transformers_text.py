"""transformers: causal language models, as a (model, tokenizer) pair or a text-generation pipeline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...provenance.errors import Unsupported, UsageError
from ...provenance.evidence import Media
from ..creation import Model
from . import Backend, Plan, Processor, descends_from
from ._models import first_text, new_seed, of_transformers

if TYPE_CHECKING:
    from . import Content

_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’」)]*(?=\s|$)|[。！？]")
_DEFAULTS = {"max_new_tokens": 200, "do_sample": True}  # without sampling there is no room for a mark


class TransformersText:
    """Generates with the model's own `generate`; the text mark's processor is added to those of the call.

    The prompt is a text, or chat messages for a tokenizer with a chat template. The prompt is not part of the result.
    Beside the options of `generate` there are `seed`, and `whole_sentences`, which drops a last sentence that the limit
    on tokens cut off.
    """

    name = "transformers_text"

    def fit(self, source: object) -> int:
        """2 for a (model, tokenizer) pair or a text-generation pipeline."""
        if isinstance(source, tuple) and len(source) == 2:
            return 2 * descends_from(source[0], "transformers", "PreTrainedModel")
        return 2 * descends_from(source, "transformers", "TextGenerationPipeline")

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
        network, tokenizer = source if isinstance(source, tuple) else (source.model, source.tokenizer)
        given = {**_DEFAULTS, **options}
        prompt = args[0] if args else given.pop("prompt", None)
        if not isinstance(prompt, str | list) or len(args) > 1:
            raise UsageError("give one prompt: a text, or a list of chat messages")
        chosen = given.pop("seed", None)
        seed = new_seed() if chosen is None else int(chosen)
        if mark is not None and not given["do_sample"]:
            raise Unsupported("do_sample=False leaves no choice to mark; sample, or turn the watermark off")

        def run() -> Sequence[Content]:
            return _generate(network, tokenizer, prompt, given, seed=seed, mark=mark)

        return Plan(
            media=Media.TEXT,
            model=model or of_transformers(network),
            run=run,
            prompt=first_text(prompt),
            parameters={k: v for k, v in given.items() if k != "logits_processor"},
            seed=seed,
            token_marked=mark is not None,
        )


def _generate(
    network: Any,
    tokenizer: Any,
    prompt: str | list[Any],
    given: Mapping[str, Any],
    *,
    seed: int,
    mark: Processor | None,
) -> list[Content]:
    import torch
    from transformers import LogitsProcessorList

    options = dict(given)
    whole = options.pop("whole_sentences", False)
    processors = LogitsProcessorList(options.pop("logits_processor", ()))
    if mark is not None:
        processors += [_sampling(network, options), mark(tokenizer, str(network.device))]
    tokens = _encode(tokenizer, prompt, str(network.device))
    if tokenizer.pad_token_id is None:
        options.setdefault("pad_token_id", _first(network.generation_config.eos_token_id))
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        made = network.generate(**tokens, logits_processor=processors, **options)
    fresh = made[:, tokens["input_ids"].shape[1] :]
    texts = [text.strip() for text in tokenizer.batch_decode(fresh, skip_special_tokens=True)]
    return [_whole(text) for text in texts] if whole else texts


def _whole(text: str) -> str:
    """The text up to its last full stop; as it is when that would cost more than half of it."""
    last = max((match.end() for match in _SENTENCE_END.finditer(text)), default=0)
    return text[:last] if last * 2 > len(text) else text


def _sampling(network: Any, options: dict[str, Any]) -> Any:
    """Temperature and top-k before the mark, so that it acts on the very distribution that is sampled.

    The library would apply its own afterwards, on scores that the mark has changed; those are switched off.
    """
    from ..studio.text import Sampling

    config = network.generation_config
    temperature = options.pop("temperature", None) or config.temperature or 1.0
    top_k = options.pop("top_k", None) or config.top_k or 50
    options |= {"temperature": 1.0, "top_k": 0}
    return Sampling(temperature, top_k)


def _encode(tokenizer: Any, prompt: str | list[Any], device: str) -> Mapping[str, Any]:
    if isinstance(prompt, str):
        found = tokenizer(prompt, return_tensors="pt")
    else:
        if not getattr(tokenizer, "chat_template", None):
            raise UsageError("this model has no chat template; give the prompt as one text")
        found = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    return {k: v.to(device) for k, v in found.items() if k in ("input_ids", "attention_mask")}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


backend: Backend = TransformersText()
