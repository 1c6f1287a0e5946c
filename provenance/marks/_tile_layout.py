"""The tile mark's secret layout: which spatial frequencies carry which coded bit, and the pattern they add up to."""

from __future__ import annotations

import functools
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _tile_code as code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

# The plane the pattern lives on, in canonical pixels. A picture holds less than one period of it in area, so nothing
# in the pattern repeats within a picture and averaging equal tiles finds no equal tiles.
PLANE = 1024
# The ring of frequencies used, in cycles per plane: 28 down to 6 canonical pixels a cycle. Lower is seen as blotches,
# higher is what JPEG and shrinking throw away first.
INNER, OUTER = 36.0, 160.0
# Amplitude falls with frequency to this power: what survives a coarse codec is at the low end.
TILT = 0.5
# The beacon: pure waves of known phase, by which the reader finds scale, angle, mirroring and place.
WAVES = 24
BEACON_INNER, BEACON_OUTER = 52.0, 135.0
BEACON_GAP = 10.0  # cycles per plane between two waves
BEACON_SHARE = 0.32  # of the pattern's power


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What one key decides; frequencies are integers in cycles per plane, (y, x), of the half plane x > 0."""

    data: NDArray[np.intp]  # bins x 2
    signs: NDArray[np.int8]  # bins x 2: of the real and the imaginary part
    carries: NDArray[np.intp]  # bins x 2: index of the coded bit
    gains: Floats  # bins: the amplitude each is written with
    waves: NDArray[np.intp]  # WAVES x 2
    phases: NDArray[np.complexfloating[Any, Any]]  # WAVES unit phasors


def stream(secret: bytes, purpose: str, count: int) -> NDArray[np.uint32]:
    """`count` numbers that depend on the secret and the purpose alone, the same on every machine and version."""
    seed = hmac.new(secret, b"indicia tile@1 " + purpose.encode(), hashlib.sha256).digest()
    return np.frombuffer(hashlib.shake_256(seed).digest(4 * count), "<u4").astype(np.uint32)


@functools.lru_cache(maxsize=64)
def layout(secret: bytes) -> Layout:
    """The layout of a key."""
    ring = _half_ring()
    waves = _choose_waves(ring, secret)
    taken = (ring[:, None, :] == waves[None]).all(2).any(1)
    data = ring[~taken]
    order = np.argsort(stream(secret, "bits", 2 * len(data)), kind="stable")
    carries = np.empty(2 * len(data), np.intp)
    carries[order] = np.arange(2 * len(data)) % code.CODED_BITS
    signs = 1 - 2 * (stream(secret, "signs", 2 * len(data)) & 1).astype(np.int8)
    turns = stream(secret, "phases", WAVES).astype(np.float64) / 2**32
    phases = np.exp(2j * np.pi * turns).astype(np.complex64)
    gains = (np.hypot(data[:, 0], data[:, 1]) / INNER) ** -TILT
    return Layout(data, signs.reshape(-1, 2), carries.reshape(-1, 2), gains, waves, phases)


def pattern(payload: int, secret: bytes) -> Floats:
    """The PLANE x PLANE pattern of a payload, mean 0 and standard deviation 1."""
    plan = layout(secret)
    word = code.encode(payload, secret)
    values = word[plan.carries] * plan.signs * plan.gains[:, None]
    spectrum = np.zeros((PLANE, PLANE // 2 + 1), np.complex64)
    power = (values**2).sum() * BEACON_SHARE / (1 - BEACON_SHARE) / WAVES
    spectrum[plan.data[:, 0], plan.data[:, 1]] = values[:, 0] + 1j * values[:, 1]
    spectrum[plan.waves[:, 0], plan.waves[:, 1]] = np.sqrt(power) * plan.phases
    plane = np.fft.irfft2(spectrum, (PLANE, PLANE)).astype(np.float32)
    return np.asarray(plane / plane.std(), np.float32)


def origin(payload: int, secret: bytes) -> tuple[int, int]:
    """Where the plane starts in a picture: elsewhere for each payload, so that averaging pictures adds up nothing."""
    y, x = stream(secret, f"origin {payload:016x}", 2) % PLANE
    return int(y), int(x)


@functools.cache
def _half_ring() -> NDArray[np.intp]:
    reach = int(OUTER) + 1
    y, x = np.meshgrid(np.arange(-reach, reach + 1), np.arange(reach + 1), indexing="ij")
    radius = np.hypot(y, x)
    ring = np.argwhere((x > 0) & (radius >= INNER) & (radius <= OUTER))
    return np.asarray(ring - np.array([reach, 0]), np.intp)


def _choose_waves(ring: NDArray[np.intp], secret: bytes) -> NDArray[np.intp]:
    """Waves in an order the key decides, each far enough from those before it."""
    order = np.argsort(stream(secret, "waves", len(ring)), kind="stable")
    radius = np.hypot(ring[:, 0], ring[:, 1])
    allowed = (radius >= BEACON_INNER) & (radius <= BEACON_OUTER)
    chosen: list[NDArray[np.intp]] = []
    for bin_ in ring[order[allowed[order]]]:
        if all(np.hypot(*(bin_ - other)) >= BEACON_GAP for other in chosen):
            chosen.append(bin_)
            if len(chosen) == WAVES:
                break
    return np.array(chosen)
