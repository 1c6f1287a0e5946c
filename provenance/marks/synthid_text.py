"""A SynthID-Text-style mark (Dathathri et al. 2024, Nature 634): tokens win a tournament of 30 keyed coin rounds.

Sampling through the tournament keeps, over the choice of keys, the model's distribution, so quality is untouched; the
context is four tokens, so it is found in shorter texts than `greenlist` and lost by lighter edits. The numbers are
ours: text of Gemini or of transformers' own SynthID processor is not read. Only the likeliest tokens play, since the
others cost time and are hardly ever sampled; they keep their probability.

Each coin is fair over the choice of keys, and a context counts once; the p-value is a strict upper bound (Chernoff) for
the weighted number of heads.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evidence import Media, Reading
from . import TokenMark, _tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from . import MarkKey

CONTEXT = 4  # tokens before the one that is chosen
ROUNDS = 30
CANDIDATES = 256  # tokens that play
# Early rounds are decided by fewer ties and say more; the paper's weighted mean falls from 10 to 1.
_WEIGHTS = np.linspace(10.0, 1.0, ROUNDS)


class SynthIdText:
    """Presence with a p-value; about 25 tokens of free text are needed."""

    name = "synthid_text"
    version = 1
    media = Media.TEXT
    extra = ""
    false_positive_rate = 1e-6  # per text and key

    def processor(self, tokenizer: Any, key: MarkKey, *, device: str = "cpu") -> Tournament:
        """A logits processor that must act last: generate with temperature 1 and no top-k or top-p after it."""
        return Tournament(_tokens.words(key, self._domain))

    def read(self, text: str, tokenizer: Any, keys: Sequence[MarkKey]) -> Reading | None:
        """The mark found under the best of `keys`, or None when the text is too short or unmarked."""
        ids = _tokens.token_ids(tokenizer, text)
        best: Reading | None = None
        for key in keys:
            coins = self.coins(ids, key)
            chance = _chance(coins)
            if chance <= self.false_positive_rate and (best is None or chance < best.p_value):
                best = Reading(
                    reader=f"marks.{self.name}", method=self._domain, p_value=chance,
                    bits_agree=float(coins.mean()), key_id=key.id, locator=f"{len(ids)} tokens",
                )  # fmt: skip
        return None if best is None else dataclasses.replace(best, p_value=min(1.0, best.p_value * len(keys)))

    def coins(self, ids: NDArray[np.int64], key: MarkKey) -> NDArray[np.int64]:
        """The 30 coins (0 or 1) of each token whose context occurs for the first time; n x 30."""
        if len(ids) <= CONTEXT:
            return np.zeros((0, ROUNDS), np.int64)
        windows = np.lib.stride_tricks.sliding_window_view(ids, CONTEXT + 1)
        first = np.sort(np.unique(windows[:, :CONTEXT], axis=0, return_index=True)[1])
        windows = windows[first]
        seeds = _tokens.seeds(windows[:, :CONTEXT], _tokens.words(key, self._domain))
        return np.asarray(_coins(seeds, windows[:, CONTEXT], np.arange(ROUNDS)))

    @property
    def _domain(self) -> str:
        return f"{self.name}@{self.version}"


class Tournament:
    """The tournament as a change of probabilities, called at each step of generation."""

    def __init__(self, words: tuple[int, int]) -> None:
        self.words = words

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Log probabilities (batch x vocabulary) of the winner; rows whose context came before stay as they were."""
        if input_ids.shape[1] < CONTEXT:
            return scores
        before = scores.log_softmax(-1)
        top, tokens = before.topk(min(CANDIDATES, before.shape[-1]))
        mass = top.logsumexp(-1, keepdim=True)
        chance = (top - mass).double().exp()
        seeds = _tokens.seeds(input_ids[:, -CONTEXT:].to(scores.device), self.words)
        rounds = tokens.new_tensor(range(ROUNDS))
        for coin in _coins(seeds[:, None], tokens, rounds).unbind(-1):
            # Of two independent draws the one with heads wins, and a tie is drawn by lot.
            chance = chance * (1 + coin - (chance * coin).sum(-1, keepdim=True)).clamp(0)
        after = before.scatter(-1, tokens, (chance.log() + mass).to(before.dtype))
        return after.where(self._fresh(input_ids)[:, None].to(scores.device), before)

    def _fresh(self, input_ids: Any) -> Any:
        """For each row, whether its last four tokens stand nowhere before; a second use would show in the text."""
        windows = input_ids.unfold(1, CONTEXT, 1)
        return ~(windows[:, :-1] == windows[:, -1:]).all(-1).any(-1)


def _coins(seeds: Any, tokens: Any, rounds: Any) -> Any:
    """The coins of each token: the low bits of one hash, a new last axis."""
    return _tokens.mix(seeds ^ _tokens.spread(tokens))[..., None] >> rounds & 1


def _chance(coins: NDArray[np.int64]) -> float:
    """An upper bound of the chance that fair coins weigh as much: min over t > 0 of E[exp(t X)] / exp(t x)."""
    excess = float(((coins - 0.5) @ _WEIGHTS).sum())
    if excess <= 0:
        return 1.0

    def exponent(t: float) -> float:
        return float(len(coins) * np.log(np.cosh(t * _WEIGHTS / 2)).sum() - t * excess)

    low, high = 0.0, 2.0  # the function is convex; at 2 every weight's coin is all but certain
    for _ in range(60):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if exponent(left) < exponent(right) else (left, high)
    return float(np.exp(min(0.0, exponent((low + high) / 2))))


mark: TokenMark = SynthIdText()
