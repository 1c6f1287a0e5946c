"""Finds the rhythm short-long short-short, the Morse code of A and I, in sound, by signal processing alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

_WINDOW, _HOP = 0.032, 0.008  # seconds of one look, and between two
_LOWEST, _HIGHEST = 150.0, 3600.0  # Hz
_CHUNK, _REACH = 60.0, 8.0  # seconds that are searched at once, and by how much two such pieces overlap
_TONAL = 9.0  # dB by which a tone stands over the frequencies beside it
_FALL = 9.0  # dB below its loudest that end a tone
_FAINTEST = -55.0  # dB of full scale below which nothing is heard
_SHORT = (0.04, 0.7)  # seconds of a short tone, from hasty to solemn
_UNEVEN = 1.5  # short tones of one rhythm differ by less than this factor
_LONG = (1.7, 5.0)  # how many short ones a long tone lasts; Morse says three
_WITHIN = (0.3, 2.5)  # how many short ones the silence within a letter lasts; Morse says one
_BETWEEN = (0.8, 8.0)  # the same between the letters, in silences within; Morse says three
_APART = 1.5  # short tones of silence that stand before and behind
_MESSAGE = 4.5  # within so many, a tone as short or as long makes it a part of another message in Morse code


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One rhythm: when, in seconds; `ratio` of the long tone to the short ones; `clear`: dB over what is around it."""

    starts: float
    ends: float
    ratio: float
    clear: float


def rhythms(samples: Floats, rate: int) -> tuple[Rhythm, ...]:
    """All rhythms in one channel of sound, in the order of time; each once, whatever overtones it has."""
    found: list[Rhythm] = []
    step = round((_CHUNK - _REACH) * rate)
    for at in range(0, max(1, len(samples)), step):
        for rhythm in _in_piece(samples[at : at + round(_CHUNK * rate)], rate):
            moved = Rhythm(rhythm.starts + at / rate, rhythm.ends + at / rate, rhythm.ratio, rhythm.clear)
            twin = next((i for i, f in enumerate(found) if f.starts < moved.ends and moved.starts < f.ends), None)
            if twin is None:
                found.append(moved)
            elif moved.clear > found[twin].clear:
                found[twin] = moved
    return tuple(sorted(found, key=lambda rhythm: rhythm.starts))


def _in_piece(samples: Floats, rate: int) -> Iterator[Rhythm]:
    levels, frequency = _spectrum(samples, rate)
    if not levels.size:
        return
    for row in range(levels.shape[0]):
        if _LOWEST <= row * frequency <= _HIGHEST and levels[row].max() > _FAINTEST:
            on = _tones(levels, row)
            for first, times in _patterns(on):
                yield _measured(levels[row], on, first, times)


def _spectrum(samples: Floats, rate: int) -> tuple[Floats, float]:
    """Levels in dB of full scale, frequency x time, and the step of frequency in Hz."""
    size, hop = round(_WINDOW * rate), round(_HOP * rate)
    edge = np.zeros(round(0.5 * rate), np.float32)  # sound may begin and end with the rhythm
    padded = np.concatenate([edge, samples, edge])
    if len(samples) < size:
        return np.zeros((0, 0), np.float32), 1.0
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    shape = np.hanning(size).astype(np.float32)
    power = np.abs(np.fft.rfft(windows * shape, axis=1)) * 2 / shape.sum()
    return (20 * np.log10(np.maximum(power.T, 1e-6))).astype(np.float32), rate / size


def _tones(levels: Floats, row: int) -> Mask:
    """When a tone of this frequency sounds: over those beside it, and near its own loudest of the last seconds."""
    beside = [row + by for by in (-8, -7, -6, -5, 5, 6, 7, 8) if 0 <= row + by < levels.shape[0]]
    around = np.median(levels[beside], axis=0)
    wide = max(1, round(2.0 / _HOP))
    peaks = np.array([levels[row, i : i + wide].max() for i in range(0, levels.shape[1], wide)])
    near = np.maximum(peaks, np.maximum(np.r_[peaks[1:], -120], np.r_[-120, peaks[:-1]]))
    loudest = np.repeat(near, wide)[: levels.shape[1]]
    on: Mask = (levels[row] > around + _TONAL) & (levels[row] > loudest - _FALL) & (levels[row] > _FAINTEST)
    return on


def _patterns(on: Mask) -> Iterator[tuple[int, Sequence[int]]]:
    """Where four tones stand in the rhythm: the index of the first change, and all changes."""
    padded = np.concatenate([[False], on, [False]])
    changes = np.flatnonzero(padded[1:] != padded[:-1]).tolist()
    for first in range(0, len(changes) - 7, 2):
        a, b, c, d = (changes[first + i + 1] - changes[first + i] for i in (0, 2, 4, 6))
        inner, letters, last = (changes[first + i + 2] - changes[first + i + 1] for i in (0, 2, 4))
        short = (a + c + d) / 3
        if not (_SHORT[0] <= short * _HOP <= _SHORT[1] and max(a, c, d) <= _UNEVEN * min(a, c, d) + 1):
            continue
        silent = (inner + last) / 2
        if (
            _LONG[0] <= b / short <= _LONG[1]
            and all(_WITHIN[0] <= gap / short <= _WITHIN[1] for gap in (inner, last))
            and _BETWEEN[0] <= letters / silent <= _BETWEEN[1]
            and _stands_alone(changes, first, short)
        ):
            yield first, changes


def _stands_alone(changes: Sequence[int], first: int, short: float) -> bool:
    """Whether silence surrounds the four tones, and no tone that would belong to the same message."""
    beside = []
    if first:
        beside.append((changes[first] - changes[first - 1], changes[first - 1] - changes[first - 2]))
    if first + 9 < len(changes):
        beside.append((changes[first + 8] - changes[first + 7], changes[first + 9] - changes[first + 8]))
    for silence, tone in beside:
        sign = 1 / _UNEVEN <= tone / short <= _UNEVEN or _LONG[0] <= tone / short <= _LONG[1]
        if silence < (_MESSAGE if sign else _APART) * short:
            return False
    return True


def _measured(levels: Floats, on: Mask, first: int, times: Sequence[int]) -> Rhythm:
    start, end = times[first], times[first + 7]
    tones, gaps = levels[start:end][on[start:end]], levels[start:end][~on[start:end]]
    # The window smears the edges of a tone, so the quieter half of the silence tells what is around.
    around = max(float(np.percentile(gaps, 25)), -90.0)
    lengths = [times[first + i + 1] - times[first + i] for i in (0, 2, 4, 6)]
    ratio = lengths[1] / ((lengths[0] + lengths[2] + lengths[3]) / 3)
    offset = 0.5 - _WINDOW / 2
    return Rhythm(
        max(0.0, start * _HOP - offset), max(0.0, end * _HOP - offset), ratio, float(np.median(tones)) - around
    )
