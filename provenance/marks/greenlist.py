"""Green lists (Kirchenbauer et al. 2023, "A Watermark for Large Language Models"): favoured tokens after each token.

A quarter of the vocabulary is green after a given token, and green tokens get a bonus of 2 logits. The context is one
token, which outlives more edits than a longer one and leaks more about the key. Reading needs the tokenizer and the
key. Over the choice of keys each pair of tokens is green with chance 1/4, whatever the text, and pairs are counted
once; so the binomial p-value is exact by construction.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evidence import Media, Reading
from . import TokenMark, _tokens
from ._chance import binomial_tail

if TYPE_CHECKING:
    from . import MarkKey

SHARE = 0.25  # of the vocabulary that is green
BIAS = 2.0  # added to the logits of green tokens
_GREEN_BELOW = int(SHARE * (1 << 32))
_LOW32 = (1 << 32) - 1


class Greenlist:
    """Presence with a p-value; about 50 tokens of free text are needed."""

    name = "greenlist"
    version = 1
    media = Media.TEXT
    extra = ""
    false_positive_rate = 1e-6  # per text and key

    def processor(self, tokenizer: Any, key: MarkKey, *, device: str = "cpu", bias: float = BIAS) -> GreenBonus:
        """A logits processor for `generate(logits_processor=[...], do_sample=True)`; it follows the scores' device."""
        return GreenBonus(_tokens.words(key, self._domain), bias)

    def read(self, text: str, tokenizer: Any, keys: Sequence[MarkKey]) -> Reading | None:
        """The mark found under the best of `keys`, or None when the text is too short or unmarked."""
        ids = _tokens.token_ids(tokenizer, text)
        best: Reading | None = None
        for key in keys:
            green, pairs = self.count(ids, key)
            chance = binomial_tail(green, pairs, SHARE) if pairs else 1.0
            if chance <= self.false_positive_rate and (best is None or chance < best.p_value):
                best = Reading(
                    reader=f"marks.{self.name}", method=self._domain, p_value=chance,
                    bits_agree=green / pairs, key_id=key.id, locator=f"{len(ids)} tokens",
                )  # fmt: skip
        return None if best is None else dataclasses.replace(best, p_value=min(1.0, best.p_value * len(keys)))

    def count(self, ids: Any, key: MarkKey) -> tuple[int, int]:
        """(green, all) pairs of neighbouring tokens, each different pair counted once."""
        pairs = np.unique(np.stack([ids[:-1], ids[1:]], 1), axis=0)
        seeds = _tokens.seeds(pairs[:, :1], _tokens.words(key, self._domain))
        return int(np.count_nonzero(_green(seeds, _tokens.spread(pairs[:, 1])))), len(pairs)

    @property
    def _domain(self) -> str:
        return f"{self.name}@{self.version}"


class GreenBonus:
    """The bonus for green tokens, called at each step of generation."""

    def __init__(self, words: tuple[int, int], bias: float) -> None:
        self.words, self.bias = words, bias
        self._vocabulary: Any = None

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores (batch x vocabulary) with the bonus of the tokens that are green after the last of `input_ids`."""
        if self._vocabulary is None or self._vocabulary.shape[0] != scores.shape[-1]:
            self._vocabulary = _tokens.spread(input_ids.new_tensor(range(scores.shape[-1])))
        vocabulary = self._vocabulary.to(scores.device)
        seeds = _tokens.seeds(input_ids[:, -1:].to(scores.device), self.words)
        return scores + self.bias * _green(seeds[:, None], vocabulary[None, :])


def _green(seeds: Any, tokens: Any) -> Any:
    return (_tokens.mix(seeds ^ tokens) & _LOW32) < _GREEN_BELOW


mark: TokenMark = Greenlist()
