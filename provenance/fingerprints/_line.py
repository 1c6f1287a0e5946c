"""The line of time that a copy and an original share: found by counting votes for every speed and offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Elements of a copy that look like elements of one stored sequence; all arrays are of one length."""

    asked: NDArray[np.int64]  # number of the copy's element
    copy: NDArray[np.float64]  # its second in the copy
    original: NDArray[np.float64]  # the second of the stored element
    bits: NDArray[np.float64]  # by which the two differ
    weight: NDArray[np.float64]  # seconds that the copy's element stands for

    def take(self, which: NDArray[np.int64]) -> Pairs:
        """Those pairs, in that order."""
        return Pairs(
            self.asked[which], self.copy[which], self.original[which], self.bits[which], self.weight[which]
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The pairs on one line, one for each element of the copy; `speed` is seconds of the original a second of copy."""

    pairs: Pairs
    speed: float
    offset: float  # second of the original at second 0 of the copy

    @property
    def seconds(self) -> float:
        """How much of the copy is on the line."""
        return float(self.pairs.weight.sum())

    @property
    def bits(self) -> float:
        """The mean difference of the pairs, each by the seconds it stands for."""
        return float(np.average(self.pairs.bits, weights=self.pairs.weight))


def line(pairs: Pairs, *, speeds: Sequence[float], slack: float) -> Line | None:
    """The line on which most seconds of the copy lie; of equal ones the one whose speed is named first.

    A pair lies on the line when it is within `slack` seconds of it. None without pairs.
    """
    best: tuple[float, float, float] | None = None  # seconds, speed, offset
    for speed in speeds if len(pairs.asked) else ():
        seconds, offset = _fullest(pairs, pairs.original - speed * pairs.copy, slack)
        if best is None or seconds > best[0] + 1e-9:
            best = seconds, speed, offset
    if best is None:
        return None
    _, speed, offset = best
    away = np.abs(pairs.original - speed * pairs.copy - offset)
    near = np.flatnonzero(away <= slack)
    # Of the pairs of one element the one that differs least counts, then the one nearest to the line.
    ordered = near[np.lexsort((away[near], pairs.bits[near], pairs.asked[near]))]
    first = np.flatnonzero(np.diff(pairs.asked[ordered], prepend=-1))
    return Line(pairs.take(ordered[first]), speed, offset)


def _fullest(pairs: Pairs, offsets: NDArray[np.float64], slack: float) -> tuple[float, float]:
    """The seconds of the copy in the fullest stretch of offsets, 2 x `slack` wide, and the stretch's middle."""
    cells = np.floor(offsets / slack).astype(np.int64)
    cells -= cells.min()
    # An element counts once a cell; neighbouring cells together make a stretch, so no group is cut in half.
    keys, first = np.unique(np.stack([cells, pairs.asked]), axis=1, return_index=True)
    both = np.concatenate([keys, keys + np.array([[1], [0]])], axis=1)
    weights = np.tile(pairs.weight[first], 2)
    once, where = np.unique(both, axis=1, return_index=True)
    votes = np.zeros(int(once[0].max()) + 1)
    np.add.at(votes, once[0], weights[where])
    cell = int(votes.argmax())
    inside = (cells == cell) | (cells == cell - 1)
    return float(votes[cell]), float(np.median(offsets[inside]))
