"""How high drawn letters are and how they stand out from what is around them, measured on pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bytes = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

_ROUNDS = 8  # of the search for two colours; it settles in three or four
_HALF = 0.5  # a pixel that the letter covers by half or more is ink, as in `visible`
_LEAST_APART = 8  # of 255: colours that differ by less are one
_LEAST_FILL = 0.3  # of the box that its letters reach over, in height times width
_MOST_COVER = 0.7  # of the box that letters can cover; the boldest cover half
_BEYOND = 6  # letters reach beyond the box by no more than this part of its height
_MOST_LETTER = 0.3  # of the box that one connected piece of ink can cover; more is a plate with holes
_TRIM = 4  # the colours are looked for in the box without this part of its height on each side
_WORST = 10  # percent of the pixels around the letters that may stand out less than the contrast given


@dataclass(frozen=True, slots=True)
class Ink:
    """Measured letters: `box` around them all, `heights` of the words asked for, contrast 1..21 (WCAG)."""

    box: tuple[int, int, int, int]
    heights: tuple[int, ...]
    contrast: float


def measure(
    pixels: Bytes, box: tuple[int, int, int, int], columns: Sequence[float], words: Sequence[tuple[int, int]]
) -> Ink | None:
    """The ink of a line of text; None when letters cannot be told from what is around them.

    Args:
        pixels: the whole picture, height x width x 3.
        box: where the line stands, roughly.
        columns: the middle of each character, in pixels from the left of the picture.
        words: of which characters the height is asked for, each as first and last + 1.
    """
    left, top, right, bottom = _around(box, pixels.shape)
    part = pixels[top:bottom, left:right].astype(np.float64)
    inner = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    if min(part.shape[:2]) < 4:
        return None
    # Which of the two colours is that of the letters is not known; theirs fills the box in height and width.
    tried = [(_fill(letters, inner), letters, mask, colour) for letters, mask, colour in _candidates(part, inner)]
    fill, letters, mask, colour = max(tried, key=lambda found: found[0], default=(0.0, None, None, None))
    if letters is None or mask is None or colour is None or fill < _LEAST_FILL:
        return None
    rows, across = np.flatnonzero(letters.any(axis=1)), np.flatnonzero(letters.any(axis=0))
    heights = tuple(h for word in words if (h := _height(letters, [c - left for c in columns], *word)))
    whole = int(rows[-1] - rows[0] + 1)
    found = (left + int(across[0]), top + int(rows[0]), left + int(across[-1]) + 1, top + int(rows[-1]) + 1)
    return Ink(found, heights or (whole,), _contrast(part, letters, mask, colour))


def _candidates(part: Floats, inner: tuple[int, int, int, int]) -> Iterator[tuple[Mask, Mask, Floats]]:
    """Letters of the darker and of the lighter colour: what can be letters, all that has the colour, the colour."""
    trim = (inner[3] - inner[1]) // _TRIM
    core = part[inner[1] + trim : inner[3] - trim, inner[0] + trim : inner[2] - trim].reshape(-1, 3)
    if not len(core):
        return
    centres = _two_colours(core)
    for pair in () if centres is None else (centres, centres[::-1]):
        pure = _pure(core, pair)
        if np.abs(pure[0] - pure[1]).max() >= _LEAST_APART:
            mask = _along(part, pure) >= _HALF
            yield _letters(mask, inner), mask, pure[1]


def _fill(letters: Mask, inner: tuple[int, int, int, int]) -> float:
    """How much of the box the letters reach over, 0..1; nothing for what covers most of it, as a ground does."""
    within = letters[inner[1] : inner[3], inner[0] : inner[2]]
    if not within.any() or within.mean() > _MOST_COVER:
        return 0.0
    rows = np.flatnonzero(within.any(axis=1))
    return float((rows[-1] - rows[0] + 1) / within.shape[0] * within.any(axis=0).mean())


def _around(box: tuple[int, int, int, int], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The box with half its height more on each side."""
    more = max(3, (box[3] - box[1]) // 2)
    return (
        max(0, box[0] - more),
        max(0, box[1] - more),
        min(shape[1], box[2] + more),
        min(shape[0], box[3] + more),
    )


def _two_colours(core: Floats) -> Floats | None:
    """The middles of the two groups into which the colours fall, the darker first; None for one plain colour."""
    light = core @ np.array([0.2126, 0.7152, 0.0722])
    low, high = np.percentile(light, [10, 90])
    centres = np.stack([core[light <= low].mean(axis=0), core[light >= high].mean(axis=0)])
    for _ in range(_ROUNDS):
        nearer = _along(core, centres) > _HALF
        if nearer.all() or not nearer.any():
            return None
        centres = np.stack([core[~nearer].mean(axis=0), core[nearer].mean(axis=0)])
    return centres


def _pure(flat: Floats, centres: Floats) -> Floats:
    """The two colours without the mixed pixels at the edges of letters."""
    at = _along(flat, centres)
    ground, ink = flat[at < 0.25], flat[at > 0.9]
    return np.stack(
        [
            np.median(ground, axis=0) if len(ground) else centres[0],
            np.median(ink, axis=0) if len(ink) else centres[1],
        ]
    )


def _along(colours: Floats, centres: Floats) -> Floats:
    """Where colours lie on the way from the first centre (0) to the second (1)."""
    way = centres[1] - centres[0]
    along: Floats = ((colours - centres[0]) @ way) / max(float(way @ way), 1e-9)
    return along


def _letters(mask: Mask, inner: tuple[int, int, int, int]) -> Mask:
    """The connected parts of the mask that can be letters: those that lie in the box, or reach a little beyond it."""
    import cv2

    left, top, right, bottom = inner
    count, marked, stats, middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    beyond, least = max(2, (bottom - top) // _BEYOND), max(2, (bottom - top) ** 2 // 400)
    kept = np.zeros(count, bool)
    for number in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[number])
        inside = left <= middles[number][0] <= right and top <= middles[number][1] <= bottom
        within = inside and left - beyond <= x and x + width <= right + beyond
        within = within and top - beyond <= y and y + height <= bottom + beyond
        cut = x == 0 or y == 0 or x + width == mask.shape[1] or y + height == mask.shape[0]
        plate = area > _MOST_LETTER * (right - left) * (bottom - top)
        kept[number] = within and not cut and not plate and area >= least
    chosen: Mask = kept[marked]
    return chosen


def _height(letters: Mask, columns: Sequence[float], first: int, last: int) -> int:
    """The height of the ink of some characters; parts of their neighbours that reach over do not count."""
    if not 0 <= first < last <= len(columns):
        return 0
    import cv2

    start = (columns[first - 1] + columns[first]) / 2 if first else 0.0
    end = (columns[last - 1] + columns[last]) / 2 if last < len(columns) else float(letters.shape[1])
    _, _, stats, middles = cv2.connectedComponentsWithStats(letters.astype(np.uint8), connectivity=8)
    tops: list[int] = []
    bottoms: list[int] = []
    for (_, y, width, height, _), (middle, _) in zip(stats[1:].tolist(), middles[1:].tolist(), strict=True):
        if width > 1.5 * (end - start):  # letters that run into one another: what stands in the columns
            rows = np.flatnonzero(letters[:, int(start) : int(end) + 1].any(axis=1))
            tops, bottoms = [*tops, *rows[:1].tolist()], [*bottoms, *(rows[-1:] + 1).tolist()]
        elif start <= middle < end:
            tops, bottoms = [*tops, y], [*bottoms, y + height]
    return max(bottoms) - min(tops) if tops else 0


def _contrast(part: Floats, letters: Mask, mask: Mask, colour: Floats) -> float:
    """WCAG contrast between the letters and what is around them, but for the worst tenth of it."""
    import cv2

    rows = np.flatnonzero(letters.any(axis=1))
    reach = max(2, int(rows[-1] - rows[0] + 1) // 6)
    grown = [cv2.dilate(m.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0
             for m, by in ((letters, reach + 1), (mask, 1))]  # fmt: skip
    ring = part[grown[0] & ~grown[1]]
    if not len(ring):
        return 1.0
    light, other = luminance(ring), float(luminance(colour[None])[0])
    ratio = (np.maximum(light, other) + 0.05) / (np.minimum(light, other) + 0.05)
    return round(float(np.percentile(ratio, _WORST)), 2)


def luminance(colours: Floats) -> Floats:
    """Relative luminance of sRGB colours 0..255 (WCAG 2.2)."""
    linear = np.where(colours <= 10.31475, colours / 255 / 12.92, ((colours / 255 + 0.055) / 1.055) ** 2.4)
    light: Floats = linear @ np.array([0.2126, 0.7152, 0.0722])
    return light
