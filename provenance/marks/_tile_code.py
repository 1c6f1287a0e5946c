"""The tile mark's error correction: 64 payload bits and a keyed check in a tail-biting convolutional code."""

from __future__ import annotations

import functools
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.int8]
    Floats = NDArray[np.floating[Any]]

PAYLOAD_BITS = 64
# The presence test does not rest on the check (see tile.py): it tells a wrongly decoded payload from a right one.
CHECK_BITS = 16
WORD_BITS = PAYLOAD_BITS + CHECK_BITS

# Rate 1/4, memory 10, free distance 29 (K. J. Larsen, IEEE Trans. Inf. Theory 19, 1973), in octal.
GENERATORS = (0o2327, 0o2353, 0o2671, 0o3175)
MEMORY = 10
STATES = 1 << MEMORY
RATE = len(GENERATORS)
CODED_BITS = WORD_BITS * RATE


def encode(payload: int, secret: bytes) -> Bits:
    """The coded word of `payload` as `CODED_BITS` values of +1 (bit 0) or -1 (bit 1)."""
    word = _bits(payload, PAYLOAD_BITS) + _bits(_check(payload, secret), CHECK_BITS)
    register = 0
    for bit in word[-MEMORY:]:  # tail biting: begin in the state the word ends in
        register = (bit << (MEMORY - 1)) | (register >> 1)
    coded = []
    for bit in word:
        full = (bit << MEMORY) | register
        coded += [1 - 2 * ((full & g).bit_count() & 1) for g in GENERATORS]
        register = full >> 1
    return np.array(coded, np.int8)


def decode(soft: Floats, secret: bytes) -> int | None:
    """The payload most likely sent, or None when its check does not hold.

    `soft` holds `CODED_BITS` values, positive where the coded bit is more likely a 0; their unit does not matter.
    """
    word = _viterbi(soft)
    payload = int("".join(map(str, word[:PAYLOAD_BITS])), 2)
    check = int("".join(map(str, word[PAYLOAD_BITS:])), 2)
    return payload if check == _check(payload, secret) else None


def _bits(value: int, count: int) -> list[int]:
    return [(value >> (count - 1 - i)) & 1 for i in range(count)]


def _check(payload: int, secret: bytes) -> int:
    digest = hmac.new(secret, b"indicia tile@1 check" + payload.to_bytes(8, "big"), hashlib.sha256).digest()
    return int.from_bytes(digest[: CHECK_BITS // 8], "big")


@functools.cache
def _branches() -> tuple[NDArray[np.intp], Floats]:
    """The output pattern (0..15) of each branch [input bit, half state, low bit], and the signs of each pattern."""
    full = np.arange(2 * STATES)  # (bit << MEMORY) | state, state = 2 * half + low
    parity = [np.array([(int(f) & g).bit_count() & 1 for f in full]) for g in GENERATORS]
    pattern = sum(p << k for k, p in enumerate(parity))
    signs = np.array([[1 - 2 * ((p >> k) & 1) for k in range(RATE)] for p in range(1 << RATE)], np.float32)
    return np.asarray(pattern).reshape(2, STATES // 2, 2), signs


def _viterbi(soft: Floats) -> list[int]:
    """The best word: the trellis is a circle, so it is walked three times and the middle round is kept."""
    pattern, signs = _branches()
    gains = np.asarray(soft, np.float32).reshape(WORD_BITS, RATE) @ signs.T
    metric = np.zeros(STATES, np.float32)
    came = np.empty((3 * WORD_BITS, STATES), bool)
    for step in range(3 * WORD_BITS):
        ways = metric.reshape(1, STATES // 2, 2) + gains[step % WORD_BITS][pattern]
        odd = ways[..., 1] > ways[..., 0]
        came[step] = odd.ravel()
        metric = np.where(odd, ways[..., 1], ways[..., 0]).ravel()
        metric -= metric.max()
    state = int(metric.argmax())
    bits = []
    for step in range(3 * WORD_BITS - 1, WORD_BITS - 1, -1):
        bits.append(state >> (MEMORY - 1))
        state = ((state << 1) & (STATES - 1)) | int(came[step, state])
    return bits[WORD_BITS:][::-1]
