"""Hashes that survive re-encoding, one file a method; this is the contract they keep.

A method's file ends in `fingerprint: FingerprintMethod = Name()`. Preprocessing is part of the version: "pdq@1".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..asset import Asset
from ..catalog import load, names
from ..evidence import Media

PACKAGE = __name__


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A fingerprint: `algorithm` is name@version, `value` hex, `quality` 0..100 (below the gate: not matchable)."""

    algorithm: str
    value: str
    quality: int = 100


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


def methods(media: Media | None = None) -> tuple[FingerprintMethod, ...]:
    """Every fingerprint method, or those for one kind of media."""
    found: tuple[FingerprintMethod, ...] = tuple(load(PACKAGE, name, "fingerprint") for name in names(PACKAGE))
    return tuple(m for m in found if media is None or media in m.media)
