"""Signs of energy differences between neighbouring bands, compared along time: finds copies of speech and music.

The method of Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System" (ISMIR 2002), with ten words a second
and a search over speeds; docs/fingerprints.md tells why it is not Chromaprint.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import BadContent
from ..evidence import Media
from . import Bank, Fingerprint, SequenceMethod

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..asset import Asset

ALGORITHM = "sound@1"
RATE = 8000  # Hz; all that is looked at lies below 2.2 kHz
STEP = 0.1  # seconds between two words
MOST_SECONDS = 4 * 3600.0  # what is beyond is not fingerprinted
# Copies are looked up as if they ran at these times the speed of the original: with their pitch (a tape), and without
# (a player's setting). The bands are 5.9 % apart; beyond half of that nothing agrees, so steps of 2 % miss no speed.
PITCHED = tuple(1 + percent / 100 for percent in (-10, -8, -6, -4, -2, 2, 4, 6, 8, 10))
PACED = tuple(1 + percent / 100 for percent in (-10, -5, 5, 10))

_BANDS = 33  # one more than bits
_LOW, _HIGH = 300.0, 2000.0  # Hz: what telephones and lossy codecs keep
_WINDOW = 3072  # samples: 0.384 s
_HOP = 200  # samples: a copy is looked at four times as often, because its cut shifts the words
_PHASES = 4
_CHUNK = 512  # windows transformed at once
_VARIED_SECONDS = 120.0  # of a copy, from its middle, that are looked up at other speeds
_SILENT = 1e-4  # root mean square below which there is nothing to hear: -80 dB of full scale
_STEADY = 0.02  # mean change of the differences, in parts of the energy, below which signs are those of noise
_LEAST = 20  # words that say something; with fewer, a sound is not matchable


class SoundWords:
    """Ten words of 32 bits a second, 4 bytes each; 0 stands where there is silence or a steady tone.

    Sound with fewer than twenty words that say something (2 seconds) has no fingerprint.
    """

    name = "sound"
    version = 1
    media = frozenset({Media.AUDIO, Media.VIDEO})
    bits = 32
    radius_copy = 7
    radius_near = 9

    def enrol(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The sequence of the first sound of the file; empty when there is none, or too little in it.

        Raises:
            BadContent: nothing in it can be decoded.
            MissingExtra: PyAV is not installed.
        """
        samples = _samples(asset)
        return _fit([_fingerprint(_energies(samples, (1.0,))[0], 1.0, 0, 0.0)])

    def query(self, asset: Asset) -> tuple[Fingerprint, ...]:
        """The sequences of the copy at four phases, and those of its middle at other speeds."""
        samples = _samples(asset)
        (usual,) = _energies(samples, (1.0,))
        made = [_fingerprint(usual, 1.0, phase, 0.0) for phase in range(_PHASES)]
        most = round(_VARIED_SECONDS * RATE)
        begin = max(0, len(samples) - most) // 2
        middle = _energies(samples[begin : begin + most], (1.0, *PITCHED))
        for speed, energies in [*zip(PITCHED, middle[1:], strict=True), *((pace, middle[0]) for pace in PACED)]:
            made += [_fingerprint(energies, speed, phase, begin / RATE) for phase in range(_PHASES)]
        return _fit(made)

    def bank(self) -> Bank:
        """An empty bank of words."""
        from ._sounds import SoundBank

        return SoundBank(self.radius_copy, self.radius_near)


def _samples(asset: Asset) -> NDArray[np.float32]:
    """One channel at 8 kHz; no samples when a video has no sound."""
    from ..media.audio import decode

    try:
        found = decode(asset, rate=RATE, mono=True, most_seconds=MOST_SECONDS)
    except BadContent:
        if asset.media is Media.VIDEO and not _has_sound(asset):
            return np.zeros(0, dtype=np.float32)
        raise
    return found.samples[:, 0]


def _has_sound(asset: Asset) -> bool:
    from ..media.video import probe

    return any(stream.kind == "audio" for stream in probe(asset).streams)


@functools.lru_cache(maxsize=32)
def _filters(scale: float) -> NDArray[np.float32]:
    """The share of each bin of the spectrum in each band, whose edges are moved by `scale`."""
    edges = np.geomspace(_LOW, _HIGH, _BANDS + 1) * scale
    wide = RATE / _WINDOW
    bins = np.arange(_WINDOW // 2 + 1)[:, None] * wide
    inside = np.minimum(bins + wide / 2, edges[1:]) - np.maximum(bins - wide / 2, edges[:-1])
    shares: NDArray[np.float32] = np.clip(inside / wide, 0, 1).astype(np.float32)
    return shares


def _energies(samples: NDArray[np.float32], scales: Sequence[float]) -> list[NDArray[np.float32]]:
    """For each scale: the energy of each window (rows, 25 ms apart) in each band."""
    made = [[np.zeros((0, _BANDS), dtype=np.float32)] for _ in scales]
    for power in _spectra(samples):
        for kept, scale in zip(made, scales, strict=True):
            kept.append(power @ _filters(scale))
    return [np.concatenate(kept) for kept in made]


def _spectra(samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    if len(samples) < _WINDOW:
        return
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    shape = np.hanning(_WINDOW).astype(np.float32)
    for start in range(0, len(windows), _CHUNK):
        spectrum = np.fft.rfft(windows[start : start + _CHUNK] * shape, axis=1)
        yield (np.abs(spectrum) ** 2).astype(np.float32)


def _fingerprint(energies: NDArray[np.float32], speed: float, phase: int, begin: float) -> Fingerprint:
    """The words at every tenth of a second of the original, if the copy runs at `speed` times its own."""
    places = phase + np.arange(0, max(0, len(energies) - phase), STEP * RATE / _HOP / speed).round().astype(np.int64)
    taken = energies[places[places < len(energies)]]
    differences = taken[:, :-1] - taken[:, 1:]
    changes = differences[1:] - differences[:-1]
    words = np.packbits(changes > 0, axis=1).view(">u4").ravel().astype(np.uint32)
    total = taken[1:].sum(axis=1)
    heard = total > (_SILENT * _WINDOW) ** 2 / 8  # a Hann window keeps 3/8 of the power, in half of the spectrum
    moving = np.abs(changes).sum(axis=1) > _STEADY * total
    words = np.where(heard & moving, np.maximum(words, 1), 0).astype(">u4")
    quality = round(100 * np.count_nonzero(words) / max(1, len(words)))
    return Fingerprint(ALGORITHM, words.tobytes().hex(), quality, speed, begin + phase * _HOP / RATE)


def _fit(made: Sequence[Fingerprint]) -> tuple[Fingerprint, ...]:
    """Those with enough words that say something; the others say nothing at any phase or speed."""
    return tuple(f for f in made if len(f.value) // 8 * f.quality >= 100 * _LEAST)


fingerprint: SequenceMethod = SoundWords()
