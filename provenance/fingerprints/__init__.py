"""Hashes that survive re-encoding, one file a method; this is the contract they keep.

A method's file ends in `fingerprint: FingerprintMethod = Name()`. Preprocessing is part of the version: "pdq@1".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..asset import Asset
from ..catalog import load, names
from ..evidence import Media

PACKAGE = __name__


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A fingerprint: `algorithm` is name@version, `value` hex, `quality` 0..100 (below the gate: not matchable).

    The last two are of a sequence that is looked up: how many times as fast as the original the copy is taken to run,
    and the second of the copy at which the sequence begins.
    """

    algorithm: str
    value: str
    quality: int = 100
    speed: float = 1.0
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a copy and a stored sequence have in common, on one line of time."""

    seconds: float  # of the copy that agree
    share: float  # of what can be compared in the copy, 0..1
    copy_at: float  # second of the copy at which the agreement begins
    original_at: float  # second of the original that stands there
    speed: float  # of the copy; 1.05 plays the original 5 % faster
    bits: float  # of one element that differ, on average
    sureness: str  # "copy" or "near_copy"


@runtime_checkable
class FingerprintMethod(Protocol):
    """Makes and compares fingerprints of one medium."""

    name: str
    version: int
    media: frozenset[Media]
    bits: int
    radius_copy: int  # distance up to which it is the same picture
    radius_near: int  # distance up to which it may be, if another method confirms

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The fingerprints to store for an original."""
        ...

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The fingerprints to look up for a copy: also its mirror images, turns and trimmed borders."""
        ...


class Bank(Protocol):
    """Stored sequences of one method, in memory, looked through whole."""

    def add(self, owner: int, scope: str, value: str) -> None:
        """Take in one sequence of a record; what is not a sequence of this method is passed over."""
        ...

    def drop(self, owner: int) -> None:
        """Forget all sequences of a record."""
        ...

    def search(self, asked: Sequence[Fingerprint]) -> Iterable[tuple[int, str, Overlap]]:
        """(record, scope, overlap) of every record that overlaps enough to count; the best overlap of each."""
        ...


@runtime_checkable
class SequenceMethod(FingerprintMethod, Protocol):
    """A method whose value is a sequence in time: elements of `bits` bits, compared along a line.

    Both radii are of one element; what an overlap must have besides is said where the method is.
    """

    def bank(self) -> Bank:
        """An empty bank."""
        ...


def methods(media: Media | None = None) -> tuple[FingerprintMethod, ...]:
    """Every fingerprint method, or those for one kind of media."""
    found: tuple[FingerprintMethod, ...] = tuple(load(PACKAGE, name, "fingerprint") for name in names(PACKAGE))
    return tuple(m for m in found if media is None or media in m.media)
