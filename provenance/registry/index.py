"""Fingerprints in memory, all compared with each query: exact, and kept fresh by reading what is new in the table."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..fingerprints import Bank, Fingerprint, Overlap

BLOCK = 1 << 15  # rows compared at once: four columns of them fit the second-level cache

# (record number, hex value, scope) above a record number; (number, record number) of deletions above a number.
Additions = Callable[[int], Sequence[tuple[int, str, str]]]
Deletions = Callable[[int], Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored fingerprint within the radius: the number of its record, the distance in bits, and its scope.

    Of a sequence, the distance is the mean of its elements, and `overlap` says more.
    """

    record_seq: int
    distance: int
    scope: str
    overlap: Overlap | None = None


class Tail(ABC):
    """The fingerprints of one algorithm in memory, kept fresh by reading what is new in the table."""

    def __init__(self) -> None:
        self._added = self._deleted = 0
        self._lock = threading.Lock()

    def refresh(self, additions: Additions, deletions: Deletions) -> None:
        """Take in what was added and deleted since the last time."""
        with self._lock:
            while batch := additions(self._added):
                self._append(batch)
                self._added = batch[-1][0]
            # Deletions are read after additions: one that is seen always finds its rows, or they were gone before.
            for number, record_seq in deletions(self._deleted):
                self._remove(record_seq)
                self._deleted = number

    @abstractmethod
    def _append(self, batch: Sequence[tuple[int, str, str]]) -> None: ...

    @abstractmethod
    def _remove(self, record_seq: int) -> None: ...


class SequenceIndex(Tail):
    """All sequences of one algorithm, in the bank of its method."""

    def __init__(self, bank: Bank) -> None:
        super().__init__()
        self._bank = bank

    def _append(self, batch: Sequence[tuple[int, str, str]]) -> None:
        for record_seq, value, scope in batch:
            self._bank.add(record_seq, scope, value)

    def _remove(self, record_seq: int) -> None:
        self._bank.drop(record_seq)

    def overlaps(self, asked: Sequence[Fingerprint]) -> tuple[Hit, ...]:
        """Every record that overlaps with what is asked, the longest overlap first."""
        with self._lock:
            found = list(self._bank.search(asked))
        hits = [Hit(owner, round(overlap.bits), scope, overlap) for owner, scope, overlap in found]
        return tuple(sorted(hits, key=lambda hit: (-(hit.overlap.seconds if hit.overlap else 0), hit.record_seq)))


class HammingIndex(Tail):
    """All fingerprints of one algorithm, one column of 64-bit words after another.

    A linear scan over columns misses nothing and needs no building: 4.9 ms for a million 256-bit values, where the
    graph indexes that were measured lost up to 70 % of what was there (docs/registry.md).
    """

    def __init__(self, bits: int) -> None:
        super().__init__()
        if bits % 64:
            raise ValueError("fingerprints have a multiple of 64 bits")
        self._words = bits // 64
        self._columns: NDArray[np.uint64] = np.empty((self._words, 1024), dtype=np.uint64)
        self._owners: NDArray[np.int64] = np.empty(1024, dtype=np.int64)
        self._alive: NDArray[np.bool_] = np.zeros(1024, dtype=np.bool_)
        self._scopes: list[str] = []

    def __len__(self) -> int:
        return int(self._alive[: len(self._scopes)].sum())

    def _remove(self, record_seq: int) -> None:
        rows = self._owners[: len(self._scopes)] == record_seq
        self._alive[: len(self._scopes)][rows] = False

    def _append(self, batch: Sequence[tuple[int, str, str]]) -> None:
        digits = self._words * 16
        fit = [row for row in batch if len(row[1]) == digits]  # another length is another method's mistake
        start, end = len(self._scopes), len(self._scopes) + len(fit)
        while end > self._columns.shape[1]:
            grow = self._columns.shape[1]
            self._columns = np.concatenate([self._columns, np.empty_like(self._columns)], axis=1)
            self._owners = np.concatenate([self._owners, np.empty_like(self._owners)])
            self._alive = np.concatenate([self._alive, np.zeros(grow, dtype=np.bool_)])
        packed = bytes.fromhex("".join(row[1] for row in fit))
        self._columns[:, start:end] = np.frombuffer(packed, dtype=np.uint64).reshape(-1, self._words).T
        self._owners[start:end] = [row[0] for row in fit]
        self._alive[start:end] = True
        self._scopes.extend(row[2] for row in fit)

    def search(self, values: Iterable[str], radius: int) -> tuple[Hit, ...]:
        """Every stored fingerprint within `radius` bits of any of `values`; once each, nearest first."""
        queries = [np.frombuffer(bytes.fromhex(v), dtype=np.uint64) for v in values if len(v) == self._words * 16]
        best: dict[int, int] = {}
        with self._lock:
            for start in range(0, len(self._scopes), BLOCK):
                end = min(start + BLOCK, len(self._scopes))
                for query in queries:
                    for row, distance in self._scan(start, end, query, radius):
                        best[row] = min(distance, best.get(row, distance))
            hits = [Hit(int(self._owners[row]), distance, self._scopes[row]) for row, distance in best.items()]
        return tuple(sorted(hits, key=lambda hit: (hit.distance, hit.record_seq)))

    def _scan(self, start: int, end: int, query: NDArray[np.uint64], radius: int) -> list[tuple[int, int]]:
        total = np.zeros(end - start, dtype=np.uint16)
        for word in range(self._words):
            total += np.bitwise_count(self._columns[word, start:end] ^ query[word])
        near = np.flatnonzero((total <= radius) & self._alive[start:end])
        return [(start + int(i), int(total[i])) for i in near]
