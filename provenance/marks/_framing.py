"""How a payload becomes the bits of a mark, and how bits that were read are judged.

    payload (32) + check (24) + tail (8)  ->  rate 1/2 convolutional code, K = 9  ->  permuted, whitened  ->  128 bits

The check is an HMAC of the payload, the permutation and the whitening come from the key. So the bits read from a
picture that was not marked with the key are, over the choice of keys, 128 fair coin flips whatever the picture is:
the chance that the check holds is 2**-24 by construction, not by a statistic of pictures.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import KeyTrouble, UsageError
from ..evidence import Reading
from ._chance import binomial_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from . import MarkKey

PAYLOAD_BITS = 32
CHECK_BITS = 24
CODED_BITS = 128
FALSE_POSITIVE_RATE = 2.0**-CHECK_BITS

_TAIL = 8  # zeros that bring the encoder back to its first state
_STEPS = PAYLOAD_BITS + CHECK_BITS + _TAIL
_GENERATORS = (0o561, 0o753)  # the rate 1/2, K = 9 code of free distance 12 (Larsen 1973)


@dataclass(frozen=True, slots=True)
class Found:
    """A payload whose check held; `agree` of `bits` coded bits were read as it has them."""

    payload: int
    agree: int
    bits: int
    p_value: float  # chance that one key finds as much in an unmarked picture


def encode(payload: int, key: MarkKey, domain: str) -> NDArray[np.uint8]:
    """The 128 bits (0 or 1) that carry a payload of 32 bits under `key`; `domain` is the method's name@version.

    Raises:
        UsageError: the payload has more bits.
        KeyTrouble: the key is too short.
    """
    fits(payload, PAYLOAD_BITS, domain)
    order, mask = _scramble(key, domain)
    message = payload << CHECK_BITS | check(payload, key, domain, CHECK_BITS)
    return _convolve(message << _TAIL)[order] ^ mask


def decode(soft: NDArray[np.floating[Any]], key: MarkKey, domain: str) -> Found | None:
    """The payload in 128 soft bits (positive for 1, size is confidence), or None when the check does not hold."""
    order, mask = _scramble(key, domain)
    plain = np.empty(CODED_BITS)
    plain[order] = np.where(mask, -soft, soft)
    word = _viterbi(plain) >> _TAIL
    payload = word >> CHECK_BITS
    if word & ((1 << CHECK_BITS) - 1) != check(payload, key, domain, CHECK_BITS):
        return None
    agree = int(np.count_nonzero((plain > 0) == _convolve(word << _TAIL)))
    # Both bound the chance that an unmarked picture passes the check and agrees as well: the check alone, and the
    # number of code words times the chance of one agreeing so well.
    chance = min(FALSE_POSITIVE_RATE, 2.0**PAYLOAD_BITS * binomial_tail(agree, CODED_BITS, 0.5))
    return Found(payload, agree, CODED_BITS, chance)


def best(
    keys: Sequence[MarkKey], find: Callable[[MarkKey], Found | None], *, method: str, digits: int, locator: str
) -> Reading | None:
    """The reading of the key that finds most, or None; the p-value counts every key that was tried."""
    found = [(key, hit) for key in keys if (hit := find(key)) is not None]
    if not found:
        return None
    key, hit = min(found, key=lambda pair: pair[1].p_value)
    return Reading(
        reader=f"marks.{method.partition('@')[0]}", method=method, payload=f"{hit.payload:0{digits}x}",
        p_value=min(1.0, hit.p_value * len(keys)), bits_agree=hit.agree / hit.bits, key_id=key.id, locator=locator,
    )  # fmt: skip


def fits(payload: int, bits: int, method: str) -> None:
    """Nothing, if `payload` has at most that many bits.

    Raises:
        UsageError: it is negative or larger.
    """
    if not 0 <= payload < 1 << bits:
        raise UsageError(f"{method} carries {bits} bits: the payload must be 0 to {(1 << bits) - 1:x} in hexadecimal")


def check(payload: int, key: MarkKey, domain: str, bits: int) -> int:
    """`bits` check bits of a payload: the head of an HMAC-SHA256 under the key."""
    digest = hmac.digest(subkey(key, domain), b"check" + payload.to_bytes(8, "big"), "sha256")
    return int.from_bytes(digest[:8], "big") >> (64 - bits)


def stream(key: MarkKey, domain: str, purpose: str, size: int) -> bytes:
    """`size` pseudo-random bytes for one purpose of one method."""
    return hashlib.shake_256(subkey(key, domain) + purpose.encode()).digest(size)


def subkey(key: MarkKey, domain: str) -> bytes:
    """The key's 32 bytes for one method, so that methods do not weaken one another.

    Raises:
        KeyTrouble: the secret has fewer than 16 bytes.
    """
    if len(key.secret) < 16:
        raise KeyTrouble(f"watermark key {key.id}: {len(key.secret)} bytes are too few; use at least 16 random bytes")
    return hmac.digest(key.secret, b"indicia:mark:" + domain.encode(), "sha256")


@functools.lru_cache(maxsize=64)
def _scramble(key: MarkKey, domain: str) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    numbers = np.frombuffer(stream(key, domain, "order", CODED_BITS * 8), ">u8")
    mask = np.unpackbits(np.frombuffer(stream(key, domain, "mask", CODED_BITS // 8), np.uint8))
    return np.argsort(numbers, kind="stable"), mask


# The encoder's register holds the newest bit and the eight before it: register = bit << 8 | state.
_REGISTERS = np.arange(512)
_OUTPUTS = np.array([[int(r & g).bit_count() & 1 for g in _GENERATORS] for r in range(512)], np.uint8)
_SIGNS = _OUTPUTS * 2.0 - 1.0
_BEFORE = _REGISTERS.reshape(256, 2) & 255  # the two states from which each state is reached


def _convolve(word: int) -> NDArray[np.uint8]:
    """The 128 code bits of a 64-bit word, sent from its most significant bit."""
    state, out = 0, []
    for step in reversed(range(_STEPS)):
        register = (word >> step & 1) << 8 | state
        out.append(_OUTPUTS[register])
        state = register >> 1
    return np.concatenate(out)


def _viterbi(soft: NDArray[np.floating[Any]]) -> int:
    """The word whose code bits correlate best with `soft`, among those that end in the tail."""
    metric = np.full(256, -np.inf)
    metric[0] = 0.0
    chosen = np.empty((_STEPS, 256), np.intp)
    for step, pair in enumerate(soft.reshape(_STEPS, 2)):
        paths = metric[_BEFORE] + (_SIGNS @ pair).reshape(256, 2)
        chosen[step] = paths.argmax(1)
        metric = paths.max(1)
    state = word = 0
    for step in reversed(range(_STEPS)):
        word |= (state >> 7) << (_STEPS - 1 - step)
        state = int(_BEFORE[state, chosen[step, state]])
    return word
