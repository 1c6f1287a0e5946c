"""Keyed numbers for tokens, the same on every device and library version, in plain 64-bit integer arithmetic.

A table drawn from `torch.Generator` differs between CPU and CUDA, so text marked on one is not read on the other. Here
each number is a hash of the key, the tokens before and the token itself, computed when it is needed. One function
serves numpy arrays (the reader) and torch tensors (the generator), because both wrap signed 64-bit integers alike.
The hash is a mixer, not a cipher: who sees very much marked text can learn about the lists it makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UsageError
from ._framing import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from . import MarkKey


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


# The finaliser of MurmurHash3 (A. Appleby, public domain), and the golden ratio to spread small numbers.
_FIRST, _SECOND = _signed(0xFF51AFD7ED558CCD), _signed(0xC4CEB9FE1A85EC53)
_GOLDEN = _signed(0x9E3779B97F4A7C15)
_LOW31 = (1 << 31) - 1


def mix(x: Any) -> Any:
    """Each 64-bit number as another that looks unrelated; int64 arrays or tensors of any shape."""
    x = (x ^ (x >> 33 & _LOW31)) * _FIRST  # the mask makes the arithmetic shift a logical one
    x = (x ^ (x >> 33 & _LOW31)) * _SECOND
    return x ^ (x >> 33 & _LOW31)


def spread(tokens: Any) -> Any:
    """Token ids as numbers that differ in all bits; to be combined with a seed and mixed."""
    return tokens * _GOLDEN


def seeds(contexts: Any, words: tuple[int, int]) -> Any:
    """One seed for each row of token ids (..., width), under the two 64-bit words of a key."""
    state = contexts[..., 0] * 0 + words[0]
    for place in range(contexts.shape[-1]):
        state = mix(state ^ spread(contexts[..., place] + 1))
    return mix(state ^ words[1])


def words(key: MarkKey, domain: str) -> tuple[int, int]:
    """The two 64-bit words of a key for one method."""
    first, second = np.frombuffer(stream(key, domain, "tokens", 16), "<i8").tolist()
    return first, second


def token_ids(tokenizer: Any, text: str) -> NDArray[np.int64]:
    """The ids of `text` without special tokens; from a transformers tokenizer or one of the `tokenizers` package.

    Raises:
        UsageError: it is neither.
    """
    if hasattr(tokenizer, "encode_batch"):
        ids: Sequence[int] = tokenizer.encode(text, add_special_tokens=False).ids
    elif callable(tokenizer):
        ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    else:
        raise UsageError(f"{type(tokenizer).__name__} is no tokenizer: give one of transformers or tokenizers")
    return np.asarray(ids, np.int64)
