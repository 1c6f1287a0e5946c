"""Decoded video and sound: the values that flow, and one file a medium to read and write them (PyAV)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Sound in memory: `samples` is frames x channels, float32 in -1..1; `rate` is in Hz."""

    samples: NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A short video in memory: `frames` is number x height x width x 3, bytes (RGB), shown `rate` times a second."""

    frames: NDArray[np.uint8]
    rate: Fraction
    sound: Sound | None = None

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return float(len(self.frames) / self.rate)
