"""Finds the tile mark's geometry in a picture: the map from the canonical plane to the pixels at hand."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._tile_layout import BEACON_INNER, PLANE, WAVES, Layout
from ._tile_mask import box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Matrix = NDArray[np.float64]  # 2 x 2, acts on (y, x): frequency per canonical pixel -> frequency per pixel

ANGLES = 720  # over half a turn
STEP = 0.0045  # of the logarithm of scale
LOWEST, HIGHEST = 0.014, 0.49  # cycles per pixel looked at
PEAK = 5.0  # whitened magnitudes beyond this many times the local mean count no more
PEAKS = 16  # of each search surface that are refined
SAME = 0.01  # two geometries that differ by less than this share are one
LEAST_WAVES = 12  # a hypothesis that puts fewer waves inside the spectrum is not considered


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """The whitened half spectrum of a picture's residual."""

    values: NDArray[np.complexfloating[Any, Any]]  # rfft2 layout
    magnitude: Floats  # clipped, minus its mean
    wide: Floats  # the greatest magnitude of each 3 x 3 neighbourhood
    shape: tuple[int, int]  # of the padded picture

    def at(self, table: Floats, y: Floats, x: Floats) -> Floats:
        """The table's values at frequencies in cycles per pixel, 0 outside."""
        rows, cols = self.shape
        mirrored = np.where(x < 0, -1.0, 1.0)
        inside = (np.abs(y) < HIGHEST) & (np.abs(x) < HIGHEST)
        iy = np.rint(np.where(inside, y * mirrored, 0.0) * rows).astype(np.intp) % rows
        ix = np.rint(np.where(inside, x * mirrored, 0.0) * cols).astype(np.intp)
        return np.where(inside, table[iy, ix], 0.0).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A guess at the geometry, up to half a turn and a shift."""

    matrix: Matrix
    score: float


def spectrum(residual: Floats) -> Spectrum:
    """The residual's spectrum, each bin divided by the mean magnitude around it."""
    shape = (fast_length(residual.shape[0]), fast_length(residual.shape[1]))
    windowed = residual * _taper(residual.shape[0])[:, None] * _taper(residual.shape[1])[None, :]
    values = np.fft.rfft2(windowed, shape).astype(np.complex64)
    size = np.abs(values)
    edged = np.pad(size, ((15, 15), (0, 0)), mode="wrap")  # rows of a spectrum go round
    values /= box(edged, 12)[15:-15] + 1e-9
    magnitude = np.minimum(np.abs(values), PEAK)
    magnitude[:, 0] = magnitude[:, 1]  # the column of horizontal structure: text lines, borders
    magnitude -= magnitude.mean()
    return Spectrum(values, magnitude, _greatest(magnitude), shape)


def candidates(spec: Spectrum, plan: Layout, scales: tuple[float, float], count: int) -> list[Candidate]:
    """Similarities (any angle, mirrored or not, a scale in that range) that explain the spectrum best, best first."""
    found = []
    steps = np.array([_shift_steps(s) for s in range(COLUMNS)]) * STEP
    absurd = (steps < math.log(scales[0])) | (steps > math.log(scales[1]))
    surface = _log_polar(spec)
    transform = np.fft.rfft2(surface)
    for mirrored in (False, True):
        scores = _correlate(transform, plan, mirrored)
        scores[:, absurd] = -9.0
        for index in _distinct_peaks(scores, PEAKS):
            angle, shift = np.unravel_index(index, scores.shape)
            turn, scale = np.pi * float(angle) / ANGLES, np.exp(STEP * _shift_steps(int(shift)))
            found.append(refine(spec, plan, similarity(turn, float(scale), mirrored=mirrored)))
    return _best(found, count)


def stretched(spec: Spectrum, plan: Layout, scales: tuple[float, float], count: int) -> list[Candidate]:
    """Upright pictures whose width and height were scaled differently, best first."""
    sizes = np.exp(np.arange(math.log(scales[0]), math.log(scales[1]), 0.006))
    ratios = np.exp(np.arange(-0.17, 0.1701, 0.006))
    sy, sx = (np.outer(sizes, r).ravel() for r in (np.sqrt(ratios), 1 / np.sqrt(ratios)))
    found = []
    for sign in (1.0, -1.0):
        for swap in (False, True):
            y, x = (plan.waves / PLANE).T
            along, across = (x, y) if swap else (y, x)
            scores = _mean_score(spec.at(spec.wide, along / sy[:, None], sign * across / sx[:, None]))
            for i in np.argsort(scores)[::-1][:PEAKS]:
                upright = np.diag([1 / sy[i], sign / sx[i]])
                found.append(refine(spec, plan, upright[:, ::-1] if swap else upright))
    return _best(found, count)


def similarity(turn: float, scale: float, *, mirrored: bool) -> Matrix:
    """Frequencies of a picture mirrored, turned by `turn` radians and then scaled by `scale`."""
    c, s = np.cos(turn) / scale, np.sin(turn) / scale
    matrix = np.array([[c, s], [-s, c]])
    return matrix @ np.diag([1.0, -1.0]) if mirrored else matrix


def refine(spec: Spectrum, plan: Layout, matrix: Matrix) -> Candidate:
    """The best matrix near `matrix`: turn and scale first, then all four entries."""
    best, score = matrix, -9.0
    for step in (0.003, 0.0012):
        for moves in (_similar_moves(), _stretch_moves()):
            tried = (np.eye(2) + step * moves) @ best
            scores = _mean_score(spec.at(spec.magnitude, *_waves_at(plan, tried)))
            winner = int(scores.argmax())
            best, score = tried[winner], float(scores[winner])
    return Candidate(best, score)


def fast_length(n: int) -> int:
    """A transform length of small factors, at least a quarter above n so that peaks can be told between bins."""
    n = int(1.25 * n) + 1
    while True:
        rest = n
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1 and n % 2 == 0:
            return n
        n += 1


def _best(found: list[Candidate], count: int) -> list[Candidate]:
    """The best `count` that are not refinements to the same place."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda c: -c.score):
        size = np.abs(one.matrix).max()
        if all(np.abs(one.matrix - other.matrix).max() > SAME * size for other in kept):
            kept.append(one)
            if len(kept) == count:
                break
    return kept


def _waves_at(plan: Layout, matrices: Matrix) -> tuple[Floats, Floats]:
    placed = np.einsum("nij,kj->ink", matrices, plan.waves / PLANE)
    return placed[0], placed[1]


def _mean_score(hits: Floats) -> Floats:
    """Sum over the waves in units of what chance gives; 0 (outside) hits do not count."""
    count = (hits != 0).sum(-1)
    return np.where(count >= LEAST_WAVES, hits.sum(-1) / np.sqrt(np.maximum(count, 1)), -9.0)


@functools.cache
def _similar_moves() -> Matrix:
    steps = np.arange(-2, 3)
    turn, grow = np.array([[0.0, 1.0], [-1.0, 0.0]]), np.eye(2)
    return np.array([a * turn + b * grow for a in steps for b in steps])


@functools.cache
def _stretch_moves() -> Matrix:
    steps = np.arange(-2, 3)
    aspect, shear = np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    return np.array([a * aspect + b * shear for a in steps for b in steps])


def _taper(n: int) -> Floats:
    edge = max(1, n // 16)
    ramp = np.sin(np.pi / 2 * (np.arange(edge) + 0.5) / edge) ** 2
    window = np.ones(n, np.float32)
    window[:edge], window[-edge:] = ramp, ramp[::-1]
    return window


def _greatest(table: Floats) -> Floats:
    edged = np.pad(np.pad(table, ((1, 1), (0, 0)), mode="wrap"), ((0, 0), (1, 1)), mode="edge")
    rows = np.maximum(np.maximum(edged[:-2], edged[1:-1]), edged[2:])
    return np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


# The log-polar plane: rows are angles over half a turn, columns logarithms of radius. Turning and scaling a picture
# shifts it, so one correlation with the beacon tries all angles and scales at once.
COLUMNS = 1024
USED = int(np.log(HIGHEST / LOWEST) / STEP)


def _log_polar(spec: Spectrum) -> Floats:
    angle = (np.pi * np.arange(ANGLES, dtype=np.float32) / ANGLES)[:, None]
    radius = (LOWEST * np.exp(STEP * np.arange(USED, dtype=np.float32)))[None, :]
    surface = np.zeros((ANGLES, COLUMNS), np.float32)
    values = spec.at(spec.wide, np.sin(angle) * radius, np.cos(angle) * radius)
    surface[:, :USED] = values - np.where(values != 0, values.sum() / max(1, np.count_nonzero(values)), 0)
    return surface


@functools.lru_cache(maxsize=64)
def _beacon_transform(plan: Layout, mirrored: bool) -> NDArray[np.complexfloating[Any, Any]]:
    y, x = (plan.waves / PLANE).T * np.array([[1.0], [-1.0 if mirrored else 1.0]])
    rows = np.rint(np.arctan2(y, x) % np.pi / np.pi * ANGLES).astype(int) % ANGLES
    cols = np.rint(np.log(np.hypot(y, x) * PLANE / BEACON_INNER) / STEP).astype(int)
    beacon = np.zeros((ANGLES, COLUMNS), np.float32)
    np.add.at(beacon, (rows, cols), 1.0)
    return np.conj(np.fft.rfft2(beacon)).astype(np.complex64)


def _shift_steps(shift: int) -> float:
    """What a column of the correlation means: steps by which the picture was scaled up (a spectrum shrinks then)."""
    base = math.log(BEACON_INNER / PLANE / LOWEST) / STEP
    return base - (shift if shift < USED else shift - COLUMNS)


def _correlate(transform: NDArray[np.complexfloating[Any, Any]], plan: Layout, mirrored: bool) -> Floats:
    """Score of every angle (rows) and log-scale (columns) in units of what chance gives."""
    scores = np.fft.irfft2(transform * _beacon_transform(plan, mirrored), (ANGLES, COLUMNS))
    radii = np.log(np.hypot(*plan.waves.T) / BEACON_INNER) / STEP
    shifts = np.array([s if s < USED else s - COLUMNS for s in range(COLUMNS)])
    place = radii[None, :] + shifts[:, None]
    count = ((place >= 0) & (place < USED)).sum(1)
    scores *= np.where(count >= LEAST_WAVES, 1 / np.sqrt(np.maximum(count, 1)), 0.0)[None, :]
    return scores.astype(np.float32)


def _distinct_peaks(scores: Floats, count: int) -> list[int]:
    flat = scores.ravel()
    best = np.argpartition(flat, -16 * count)[-16 * count :]
    best = best[np.argsort(flat[best])[::-1]]
    kept: list[int] = []
    for index in best:
        row, col = divmod(int(index), COLUMNS)
        near = (divmod(other, COLUMNS) for other in kept)
        if all(min(abs(row - r), ANGLES - abs(row - r)) > 3 or abs(col - c) > 3 for r, c in near):
            kept.append(int(index))
            if len(kept) == count:
                break
    return kept


__all__ = ["WAVES", "Candidate", "Spectrum", "candidates", "refine", "similarity", "spectrum", "stretched"]
