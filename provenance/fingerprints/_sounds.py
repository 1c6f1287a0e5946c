"""Stored sequences of 32-bit words of sound: places are found by equal words and held to the words around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import Fingerprint, Overlap
from ._line import Line, Pairs, line

_STEP = 0.1  # seconds between two words
_BLOCK = 32  # words that are compared as one: 3.2 seconds
_STRIDE = 16  # words between two blocks
_SAYING = 16  # words of a block that must say something in both: a block may begin or end within a copy
_SLACK = 0.3  # seconds from the line
_DRIFT = tuple(1 + thousandths / 1000 for thousandths in (0, -5, 5, -10, 10))  # between the speeds that are tried
_COMMON = 400  # places of one word that are looked at: a word that stands in more places says little
_PLACES = 5_000  # places of one sequence of a copy that are compared word by word, those with most hits first
_FLIPS = np.concatenate([[0], np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))]).astype(np.uint32)

# What an overlap must have (docs/fingerprints.md): blocks, and their share of the copy.
_COPY = (3, 0.4)
_NEAR = (2, 0.1)


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """All stored words one after another, silence between the sequences; `order` sorts them."""

    words: NDArray[np.uint32]
    begins: NDArray[np.int64]  # row of the first word of each sequence, ascending
    numbers: NDArray[np.int64]  # of each sequence
    order: NDArray[np.int64]

    @staticmethod
    def of(sequences: Sequence[tuple[int, NDArray[np.uint32]]]) -> _Words:
        gap = np.zeros(_BLOCK, dtype=np.uint32)
        parts, begins, at = [gap], [], len(gap)
        for _, words in sequences:
            begins.append(at)
            parts += [words, gap]
            at += len(words) + len(gap)
        whole = np.concatenate(parts)
        saying = np.flatnonzero(whole)
        order = saying[np.argsort(whole[saying], kind="stable")]
        numbers = np.array([number for number, _ in sequences], dtype=np.int64)
        return _Words(whole, np.array(begins, dtype=np.int64), numbers, order)

    def equal(self, asked: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(number of the word asked, row) of stored words that differ by at most one bit."""
        probes = (asked[:, None] ^ _FLIPS).ravel()
        ordered = self.words[self.order]
        first, last = (np.searchsorted(ordered, probes, side=side) for side in ("left", "right"))
        counts = np.where(last - first <= _COMMON, last - first, 0)
        which = np.repeat(np.arange(len(probes)), counts)
        within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        return which // len(_FLIPS), self.order[first[which] + within]


class SoundBank:
    """The words of all stored sounds."""

    def __init__(self, radius_copy: int, radius_near: int) -> None:
        self._radius_copy, self._radius_near = radius_copy, radius_near
        self._stored: dict[int, tuple[int, str, NDArray[np.uint32]]] = {}  # by number: record, scope, words
        self._next = 0
        self._sorted: _Words | None = None

    def add(self, owner: int, scope: str, value: str) -> None:
        """Take in one sequence of a record; what is none is passed over."""
        if value and len(value) % 8 == 0:
            self._stored[self._next] = owner, scope, _parsed(value)
            self._next, self._sorted = self._next + 1, None

    def drop(self, owner: int) -> None:
        """Forget all sequences of a record."""
        gone = [number for number, (of, _, _) in self._stored.items() if of == owner]
        for number in gone:
            del self._stored[number]
            self._sorted = None

    def search(self, asked: Sequence[Fingerprint]) -> Iterator[tuple[int, str, Overlap]]:
        """The best overlap of each record that has one; other speeds are tried when the usual one finds no copy."""
        best: dict[int, tuple[str, Overlap]] = {}
        for speed in sorted({f.speed for f in asked}, key=lambda speed: abs(speed - 1)):
            for owner, scope, overlap in self._overlaps([f for f in asked if f.speed == speed], speed):
                if owner not in best or _agreement(overlap) > _agreement(best[owner][1]):
                    best[owner] = scope, overlap
            if speed == 1.0 and any(overlap.sureness == "copy" for _, overlap in best.values()):
                break
        yield from ((owner, *found) for owner, found in best.items())

    def _overlaps(self, phases: Sequence[Fingerprint], speed: float) -> Iterator[tuple[int, str, Overlap]]:
        """Of the sequences of a copy at one speed: every stored sequence that shares a line with them."""
        found: dict[int, list[Pairs]] = {}
        comparable, seconds = 0, 0.0
        for fingerprint in phases:
            words = np.pad(_parsed(fingerprint.value), _BLOCK)
            blocks = _blocks(words)
            comparable = max(comparable, len(blocks))
            seconds = max(seconds, np.count_nonzero(words) * _STEP / speed)
            for number, pairs in self._paired(words, blocks, fingerprint.start, speed):
                found.setdefault(number, []).append(pairs)
        for number, parts in found.items():
            owner, scope, _ = self._stored[number]
            shared = line(_joined(parts), speeds=[speed * drift for drift in _DRIFT], slack=_SLACK)
            overlap = None if shared is None else self._judged(shared, comparable, seconds)
            if overlap is not None:
                yield owner, scope, overlap

    def _paired(
        self, words: NDArray[np.uint32], blocks: NDArray[np.int64], start: float, speed: float
    ) -> Iterator[tuple[int, Pairs]]:
        """For each stored sequence: the blocks of the copy that agree with a place in it."""
        stored = self._arranged()
        asked = np.flatnonzero(words)
        number, rows = stored.equal(words[asked])
        diagonals, hits = np.unique(rows - asked[number], return_counts=True)  # row of the copy's word 0
        for diagonal in diagonals[np.argsort(-hits, kind="stable")[:_PLACES]]:
            inside = blocks[(blocks + diagonal >= 0) & (blocks + diagonal + _BLOCK <= len(stored.words))]
            bits, saying = _compared(words, stored.words, inside, int(diagonal))
            good = inside[(bits <= self._radius_near) & (saying >= _SAYING)]
            if len(good):
                yield from self._by_sequence(good, bits[np.isin(inside, good)], int(diagonal), start, speed)

    def _by_sequence(
        self, good: NDArray[np.int64], bits: NDArray[np.float64], diagonal: int, start: float, speed: float
    ) -> Iterator[tuple[int, Pairs]]:
        stored = self._arranged()
        middle = good + _BLOCK // 2
        which = np.clip(np.searchsorted(stored.begins, middle + diagonal, side="right") - 1, 0, None)
        for sequence in np.unique(which):
            mine = which == sequence
            yield (
                int(stored.numbers[sequence]),
                Pairs(
                    asked=good[mine] // _STRIDE,
                    copy=(middle[mine] - _BLOCK) * _STEP / speed + start,
                    original=(middle[mine] + diagonal - stored.begins[sequence]) * _STEP,
                    bits=bits[mine],
                    weight=np.full(int(mine.sum()), _STRIDE * _STEP / speed),
                ),
            )

    def _arranged(self) -> _Words:
        if self._sorted is None:
            self._sorted = _Words.of([(number, words) for number, (_, _, words) in self._stored.items()])
        return self._sorted

    def _judged(self, shared: Line, comparable: int, seconds: float) -> Overlap | None:
        """How sure the line makes it; None when it is too little."""
        first, blocks = int(shared.pairs.copy.argmin()), len(shared.pairs.asked)
        share = min(1.0, blocks / comparable)
        # A block stands for the words around its middle; the first one may begin before the copy does.
        begin = max(0.0, float(shared.pairs.copy[first]) - _STRIDE * _STEP / 2)
        there = float(shared.pairs.original[first] + (begin - shared.pairs.copy[first]) * shared.speed)
        overlap = Overlap(
            seconds=share * seconds, share=share, copy_at=begin, original_at=max(0.0, there),
            speed=shared.speed, bits=shared.bits, sureness="near_copy",
        )  # fmt: skip
        if blocks >= _COPY[0] and overlap.share >= _COPY[1] and shared.bits <= self._radius_copy:
            return replace(overlap, sureness="copy")
        return overlap if blocks >= _NEAR[0] and overlap.share >= _NEAR[1] else None


def _agreement(overlap: Overlap) -> float:
    """How much better than by chance it agrees, by which speeds are compared: neighbouring ones agree in part."""
    return overlap.share * (16 - overlap.bits)


def _parsed(value: str) -> NDArray[np.uint32]:
    return np.frombuffer(bytes.fromhex(value), dtype=">u4").astype(np.uint32)


def _blocks(words: NDArray[np.uint32]) -> NDArray[np.int64]:
    """The first word of each block that says enough."""
    starts = np.arange(0, len(words) - _BLOCK + 1, _STRIDE)
    sums = np.concatenate([[0], np.cumsum(words != 0)])
    saying: NDArray[np.int64] = starts[sums[starts + _BLOCK] - sums[starts] >= _SAYING]
    return saying


def _compared(
    words: NDArray[np.uint32], stored: NDArray[np.uint32], blocks: NDArray[np.int64], diagonal: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """For each block: the mean difference of its words in bits, and how many say something in both."""
    span = blocks[:, None] + np.arange(_BLOCK)
    mine, other = words[span], stored[span + diagonal]
    both = (mine != 0) & (other != 0)
    saying = both.sum(axis=1)
    differing = np.where(both, np.bitwise_count(mine ^ other), 0).sum(axis=1)
    return differing / np.maximum(saying, 1), saying


def _joined(parts: Sequence[Pairs]) -> Pairs:
    fields = ("asked", "copy", "original", "bits", "weight")
    return Pairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))
