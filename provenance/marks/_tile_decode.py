"""Reads the payload of the tile mark, once its geometry is guessed: fold, find the place, correlate, decode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from . import _tile_code as code
from ._tile_find import Candidate, Spectrum
from ._tile_layout import INNER, OUTER, PLANE, Layout
from ._tile_mask import box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Complexes = NDArray[np.complexfloating[Any, Any]]

# The folded plane is sampled every second canonical pixel: the ring ends far below its highest frequency.
COARSE = 2
SIDE = PLANE // COARSE
LOUDEST = 3.0  # whitened bins beyond this many times the local level are cut: one strange wave must not outvote all
WIDEST = 4096  # canonical pixels a side, beyond which a guess at the geometry is absurd


@dataclass(frozen=True, slots=True)
class Decoded:
    """A payload whose check holds."""

    payload: int
    # Correlation of the signs with the decoded word, in standard deviations of what a random key would give.
    z: float
    agree: float  # share of coded bits whose soft value has the right sign


def fold(spec: Spectrum, size: tuple[int, int], candidate: Candidate) -> Complexes | None:
    """The whitened spectrum of the canonical plane, all of the picture laid on it; None for absurd geometry."""
    forward = np.linalg.inv(candidate.matrix.T)  # canonical place -> picture place, both (y, x)
    corners = np.array([[0, 0, size[0], size[0]], [0, size[1], 0, size[1]]], float)
    placed = candidate.matrix.T @ corners
    origin, extent = placed.min(1), np.ptp(placed, 1)
    if extent.max() > WIDEST:
        return None
    banded = np.fft.irfft2(spec.values * _band(spec, candidate), spec.shape)[: size[0], : size[1]]
    rows, cols = (int(-(-n // PLANE)) * SIDE for n in extent)
    (yy, yx), (xy, xx) = COARSE * forward
    y0, x0 = forward @ origin
    image = Image.fromarray(np.ascontiguousarray(banded, np.float32))
    affine = (xx, xy, x0, yx, yy, y0)
    laid = np.asarray(image.transform((cols, rows), Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC))
    plane = laid.reshape(rows // SIDE, SIDE, cols // SIDE, SIDE).sum((0, 2))
    return _whiten(np.fft.rfft2(plane).astype(np.complex64))


def place(plane: Complexes, plan: Layout) -> tuple[float, float, float]:
    """Where the beacon lies on the plane (y, x in samples), and how far its peak stands out (standard deviations)."""
    rows, cols = plan.waves[:, 0] % SIDE, plan.waves[:, 1]
    beacon = np.zeros((SIDE, SIDE // 2 + 1), np.complex64)
    beacon[rows, cols] = plane[rows, cols] * np.conj(plan.phases)
    surface = np.fft.irfft2(beacon, (SIDE, SIDE))
    y, x = np.unravel_index(int(surface.argmax()), surface.shape)
    column, line = surface[:, x], surface[y]
    return (
        float(y) + _vertex(column, int(y)),
        float(x) + _vertex(line, int(x)),
        float(surface[y, x] / (surface.std() + 1e-12)),
    )


def decode(plane: Complexes, plan: Layout, secret: bytes, at: tuple[float, float]) -> Decoded | None:
    """The payload read from a plane whose origin is `at`, or None when its check does not hold."""
    soft, unit = _votes(plane, plan, at)
    payload = code.decode(soft, secret)
    if payload is None:
        return None
    agreement = soft * code.encode(payload, secret)
    return Decoded(payload, float(agreement.sum() / unit), float((agreement > 0).mean()))


def margin(plane: Complexes, plan: Layout, word: NDArray[np.int8], at: tuple[float, float]) -> float:
    """How far the votes of a plane lean to a known coded word, in standard deviations."""
    soft, unit = _votes(plane, plan, at)
    return float((soft * word).sum() / unit)


def _votes(plane: Complexes, plan: Layout, at: tuple[float, float]) -> tuple[Floats, float]:
    """The sum of the votes for each coded bit, and the deviation of a sum of all votes with random signs."""
    y, x = plan.data.T
    turned = plane[y % SIDE, x] * np.exp(2j * np.pi / SIDE * (y * at[0] + x * at[1]))
    votes = np.stack([turned.real, turned.imag], 1) * plan.signs * plan.gains[:, None]
    soft = np.bincount(plan.carries.ravel(), votes.ravel(), code.CODED_BITS).astype(np.float32)
    return soft, float(np.sqrt((votes**2).sum()) + 1e-12)


def _band(spec: Spectrum, candidate: Candidate) -> Floats:
    """1 on the frequencies that land on the ring of the canonical plane, 0 elsewhere."""
    inverse = np.linalg.inv(candidate.matrix)
    fy = np.fft.fftfreq(spec.shape[0])[:, None].astype(np.float32)
    fx = np.fft.rfftfreq(spec.shape[1])[None, :].astype(np.float32)
    y = inverse[0, 0] * fy + inverse[0, 1] * fx
    x = inverse[1, 0] * fy + inverse[1, 1] * fx
    radius = (y * y + x * x) * PLANE**2
    inside = (radius > (0.9 * INNER) ** 2) & (radius < (1.05 * OUTER) ** 2)
    return np.asarray(inside, np.float32)


def _whiten(plane: Complexes) -> Complexes:
    """Each bin over the local level, cut at LOUDEST."""
    power = plane.real**2 + plane.imag**2
    edged = np.pad(power, ((9, 9), (0, 0)), mode="wrap")
    level = np.sqrt(box(edged, 8)[9:-9] + 1e-12)
    size = np.sqrt(power)
    return np.asarray(plane / np.maximum(level, size / LOUDEST), np.complex64)


def _vertex(line: Floats, top: int) -> float:
    """The offset of the parabola's vertex through the three values around `top`, on a circle."""
    before, here, after = line[top - 1], line[top], line[(top + 1) % len(line)]
    bend = before - 2 * here + after
    return 0.0 if bend == 0 else float(0.5 * (before - after) / bend)
