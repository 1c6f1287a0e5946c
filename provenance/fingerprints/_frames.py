"""Stored sequences of frame hashes, and the line of time that a copy shares with one of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import Fingerprint, Overlap
from ._line import Line, Pairs, line

_RECORD = np.dtype([("start", ">u4"), ("span", ">u2"), ("hash", "V32")])  # milliseconds, hundredths of a second
_POINT = 0.25  # seconds between the points that a standing frame is taken at
_SLACK = 0.5  # seconds: two looks of the sampling
_SPEEDS = (1.0, *(1 + sign * step / 100 for step in range(1, 13) for sign in (1, -1)))
_ASKED = 240  # frames of a copy that are looked up; of a longer one they are taken evenly
_SEQUENCES = 200  # stored sequences with most hits that are laid on a line
_BLOCK = 1 << 15  # rows compared at once


def packed(frames: Sequence[tuple[float, float, bytes]]) -> str:
    """(start, end, 32 bytes) of each kept frame as hex."""
    parts = (struct.pack(">IH", round(a * 1000), min(round((b - a) * 100), 0xFFFF)) + h for a, b, h in frames)
    return b"".join(parts).hex()


@dataclass(frozen=True, slots=True)
class Least:
    """What an overlap must have (docs/fingerprints.md): seconds, share of the copy, different frames, bits at most."""

    seconds: float
    share: float
    distinct: int
    bits: float

    def met_by(self, overlap: Overlap, distinct: int) -> bool:
        """Whether the overlap, with so many different frames of the copy, has all of it."""
        enough = overlap.seconds >= self.seconds and overlap.share >= self.share and distinct >= self.distinct
        return enough and overlap.bits <= self.bits


@dataclass(frozen=True, slots=True, eq=False)
class _Sequence:
    starts: NDArray[np.float64]
    spans: NDArray[np.float64]
    words: NDArray[np.uint64]  # number x 4

    @staticmethod
    def of(value: str) -> _Sequence | None:
        """None when `value` is not a sequence."""
        data = bytes.fromhex(value) if len(value) % 2 == 0 else b""
        if not data or len(data) % _RECORD.itemsize:
            return None
        rows = np.frombuffer(data, dtype=_RECORD)
        words = np.frombuffer(rows["hash"].tobytes(), dtype=np.uint64).reshape(-1, 4)
        return _Sequence(rows["start"] / 1000.0, rows["span"] / 100.0, words)


class FrameBank:
    """Frames of all stored videos, every one compared with each frame of a copy that is looked up."""

    def __init__(self, radius: int, *, copy: Least, near: Least) -> None:
        self._radius, self._copy, self._near = radius, copy, near
        self._stored: dict[int, tuple[int, str, _Sequence]] = {}  # by number: record, scope, frames
        self._next = 0
        self._flat: tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]] | None = None

    def add(self, owner: int, scope: str, value: str) -> None:
        """Take in one sequence of a record; what is none is passed over."""
        sequence = _Sequence.of(value)
        if sequence is not None:
            self._stored[self._next] = owner, scope, sequence
            self._next, self._flat = self._next + 1, None

    def drop(self, owner: int) -> None:
        """Forget all sequences of a record."""
        gone = [number for number, (of, _, _) in self._stored.items() if of == owner]
        for number in gone:
            del self._stored[number]
            self._flat = None

    def search(self, asked: Sequence[Fingerprint]) -> Iterator[tuple[int, str, Overlap]]:
        """The best overlap of each record that has one."""
        best: dict[int, tuple[str, Overlap]] = {}
        for fingerprint in asked:
            copy = _Sequence.of(fingerprint.value)
            for owner, scope, overlap in self._overlaps(copy) if copy is not None else ():
                if owner not in best or overlap.seconds > best[owner][1].seconds:
                    best[owner] = scope, overlap
        yield from ((owner, *found) for owner, found in best.items())

    def _overlaps(self, copy: _Sequence) -> Iterator[tuple[int, str, Overlap]]:
        take = np.unique(np.linspace(0, len(copy.starts) - 1, _ASKED).round().astype(int))
        asked, rows, bits = self._hits(copy.words[take])
        numbers = self._flattened()[1][rows]
        found, counts = np.unique(numbers, return_counts=True)
        for number in found[np.argsort(-counts, kind="stable")[:_SEQUENCES]]:
            owner, scope, stored = self._stored[int(number)]
            mine = numbers == number
            pairs = _points(copy, stored, take[asked[mine]], self._flattened()[2][rows[mine]], bits[mine])
            shared = line(pairs, speeds=_SPEEDS, slack=_SLACK)
            overlap = None if shared is None else self._judged(shared, _covered(copy.starts[take], copy.spans[take]))
            if overlap is not None:
                yield owner, scope, overlap

    def _hits(self, words: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(number of the frame asked, row, bits) of all that are within the wider radius."""
        columns = self._flattened()[0]
        asked, rows, bits = [], [], []
        for start in range(0, columns.shape[1], _BLOCK):
            block = columns[:, start : start + _BLOCK]
            for number, query in enumerate(words):
                total = np.zeros(block.shape[1], dtype=np.uint16)
                for word in range(4):
                    total += np.bitwise_count(block[word] ^ query[word])
                near = np.flatnonzero(total <= self._radius)
                asked.append(np.full(len(near), number))
                rows.append(near + start)
                bits.append(total[near].astype(np.int64))
        empty = np.zeros(0, dtype=np.int64)
        return (np.concatenate([empty, *asked]), np.concatenate([empty, *rows]), np.concatenate([empty, *bits]))

    def _flattened(self) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
        """All frames as four columns of words, the number of each one's sequence, and its place in that."""
        if self._flat is None:
            sequences = [(number, sequence) for number, (_, _, sequence) in self._stored.items()]
            words = np.concatenate([np.zeros((0, 4), dtype=np.uint64), *(s.words for _, s in sequences)])
            lengths = [len(s.starts) for _, s in sequences]
            numbers = np.repeat(np.array([n for n, _ in sequences], dtype=np.int64), lengths)
            places = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(n) for n in lengths)])
            self._flat = np.ascontiguousarray(words.T), numbers, places
        return self._flat

    def _judged(self, shared: Line, comparable: float) -> Overlap | None:
        """How sure the line makes it; None when it is too little."""
        pairs, first = shared.pairs, int(shared.pairs.copy.argmin())
        seconds = _covered(pairs.copy, pairs.weight)
        overlap = Overlap(
            seconds=seconds, share=min(1.0, seconds / comparable), copy_at=float(pairs.copy[first]),
            original_at=float(pairs.original[first]), speed=shared.speed, bits=shared.bits, sureness="near_copy",
        )  # fmt: skip
        distinct = len(shared.pairs.asked)
        if self._copy.met_by(overlap, distinct):
            return replace(overlap, sureness="copy")
        return overlap if self._near.met_by(overlap, distinct) else None


def _covered(starts: NDArray[np.float64], spans: NDArray[np.float64]) -> float:
    """Seconds that these frames of a copy stand for. A copy is looked at twice as often as an original.

    So of what moves fast only every second look has a stored one beside it: each covers an original's look at least.
    """
    order = np.argsort(starts, kind="stable")
    ends = np.maximum.accumulate(starts[order] + np.maximum(spans[order], _POINT))
    begins = np.maximum(starts[order], np.concatenate([[-np.inf], ends[:-1]]))
    return float(np.maximum(ends - begins, 0).sum())


def _points(
    copy: _Sequence, stored: _Sequence, asked: NDArray[np.int64], places: NDArray[np.int64], bits: NDArray[np.int64]
) -> Pairs:
    """A pair for every quarter of a second that the stored frame stands: the copy may begin anywhere within."""
    times = np.maximum(1, np.round(stored.spans[places] / _POINT)).astype(np.int64)
    which = np.repeat(np.arange(len(asked)), times)
    within = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    return Pairs(
        asked=asked[which],
        copy=copy.starts[asked[which]],
        original=stored.starts[places[which]] + within * _POINT,
        bits=bits[which].astype(np.float64),
        weight=copy.spans[asked[which]],
    )
