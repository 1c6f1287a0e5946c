"""MinHash over runs of words: near for texts that share part of their wording, whole or in passages.

One bit of each minimum is kept (Li and Koenig, "b-Bit Minwise Hashing", 2010), so that the distance in bits is a
measure of the share: two texts that have nothing in common differ in half of the bits.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from ..evidence import Media
from . import Fingerprint, FingerprintMethod
from ._words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..asset import Asset

ALGORITHM = "minhash@1"
BITS = 1024

# A letter of a script that writes no spaces between words, or a word of any other.
_LETTERS = r"[\u0e00-\u0eff\u1000-\u109f\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_SINGLE = re.compile(_LETTERS)
_TOKEN = re.compile(rf"{_LETTERS}|(?:(?!{_LETTERS})[^\W_])+")
_WORD, _LETTER, _RUN = 4, 3, 12  # weights of a word, of such a letter, and of a run: three words or four letters
_LEAST = 40  # different runs, below which texts that share a phrase would be near
_PASSAGE = 200  # runs of one passage; the next begins half a passage later
_MOST = 1024  # passages; those of a longer text are spread evenly
_ASKED = 64  # passages of a copy that are looked up


class MinHash:
    """1,024 bits of the runs of three words (four Chinese characters) of a text, and of each passage of a long one."""

    name = "minhash"
    version = 1
    media = frozenset({Media.TEXT, Media.DOCUMENT})
    bits = BITS
    radius_copy = 154  # seven tenths of the runs are the same
    radius_near = 410  # a fifth

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The fingerprints of the text and its passages; empty when it is too short.

        Raises:
            BadContent: no text.
            TooLarge: more than the asset's limits allow.
        """
        return _fingerprints(words(asset), _MOST)

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """As `enrol`, with fewer passages of a very long text."""
        return _fingerprints(words(asset), _ASKED)


def likeness(distance: int) -> float:
    """The share of all runs of two texts that both have, 0..1, as estimated from the bits that differ."""
    return max(0.0, 1 - 2 * distance / BITS)


def _fingerprints(text: str, most: int) -> tuple[Fingerprint, ...]:
    runs = np.array(list(_runs(text)), dtype=np.uint64)
    if len(np.unique(runs)) < _LEAST:
        return ()
    values = dict.fromkeys(_signature(np.unique(part)) for part in (runs, *_passages(runs, most)))
    return tuple(Fingerprint(ALGORITHM, value) for value in values)


def _runs(text: str) -> Iterator[int]:
    """A number for each run of words and letters that weighs enough."""
    tokens = _TOKEN.findall(text.casefold())
    weights = [_LETTER if _SINGLE.fullmatch(token) else _WORD for token in tokens]
    end = weight = 0
    for start in range(len(tokens)):
        while weight < _RUN and end < len(tokens):
            weight, end = weight + weights[end], end + 1
        if weight < _RUN:
            return
        digest = hashlib.blake2b("\0".join(tokens[start:end]).encode("utf-8", "replace"), digest_size=8)
        yield int.from_bytes(digest.digest(), "big")
        weight -= weights[start]


def _passages(runs: NDArray[np.uint64], most: int) -> Iterator[NDArray[np.uint64]]:
    """Overlapping parts, so that an excerpt lies whole in one; none of a text that is hardly longer than one."""
    if len(runs) < _PASSAGE * 3 // 2:
        return
    last = len(runs) - _PASSAGE
    count = min(most, -(-last // (_PASSAGE // 2)) + 1)
    for start in np.linspace(0, last, count).astype(int):
        yield runs[start : start + _PASSAGE]


def _signature(runs: NDArray[np.uint64]) -> str:
    """For each of 1,024 random orders one bit of the first run in it."""
    factors, terms = _orders()
    bits = np.empty(BITS, dtype=np.uint8)
    for start in range(0, BITS, 64):
        part = slice(start, start + 64)
        keys = runs[None, :] * factors[part, None] + terms[part, None]
        keys ^= keys >> np.uint64(29)
        keys *= np.uint64(0xBF58476D1CE4E5B9)  # any odd number that spreads low bits to high ones
        bits[part] = (keys.min(axis=1) >> np.uint64(16)) & np.uint64(1)
    return np.packbits(bits).tobytes().hex()


def _orders() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Two numbers for each order, the same for ever: they are part of the version."""
    seeds = b"".join(hashlib.blake2b(f"{ALGORITHM} {n}".encode(), digest_size=16).digest() for n in range(BITS))
    numbers = np.frombuffer(seeds, dtype=">u8").astype(np.uint64).reshape(BITS, 2)
    return numbers[:, 0] | np.uint64(1), numbers[:, 1]


fingerprint: FingerprintMethod = MinHash()
