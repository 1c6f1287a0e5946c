"""How strong the tile mark may be at each place without being seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

CELL = 4  # canonical pixels a side of the cells in which activity is measured
FLAT = 0.75  # grey levels (standard deviation) where nothing hides the mark
SLOPE, POWER, LOUDEST = 0.15, 0.8, 3.0
# One edge is not a texture: what lies beyond this many grey levels of its surroundings counts no more.
EDGE = 24.0


def strength(luma: Floats) -> Floats:
    """The standard deviation, in grey levels, that the mark may have around each pixel of a canonical-scale picture."""
    grid = activity(luma)
    # The mark of a busy cell must not spill over its edge into a sky: the calmest neighbour decides.
    calm = _least(grid)
    allowed = np.minimum(FLAT + SLOPE * calm**POWER, LOUDEST).astype(np.float32)
    return resize(box(allowed, 1), luma.shape, Image.Resampling.BILINEAR)


def activity(luma: Floats) -> Floats:
    """The local deviation from the surroundings, in grey levels, one value a cell."""
    detail = np.clip(luma - box(luma, CELL), -EDGE, EDGE)
    grid = resize(detail * detail, tuple(-(-n // CELL) for n in luma.shape), Image.Resampling.BOX)
    return np.sqrt(box(grid, 1))


def _least(grid: Floats) -> Floats:
    """The least value of each 3 x 3 neighbourhood."""
    edged = np.pad(grid, 1, mode="edge")
    rows = np.minimum(np.minimum(edged[:-2], edged[1:-1]), edged[2:])
    return np.minimum(np.minimum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def box(values: Floats, reach: int) -> Floats:
    """The mean over the square of `2 * reach + 1` values a side, edges repeated."""
    side = 2 * reach + 1
    edged = np.pad(values, ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    down = np.cumsum(edged, axis=0, dtype=np.float32)
    rows = (down[side:] - down[:-side]) / side
    along = np.cumsum(rows, axis=1, dtype=np.float32)
    return (along[:, side:] - along[:, :-side]) / side


def resize(values: Floats, shape: tuple[int, ...], kernel: Image.Resampling) -> Floats:
    """The values resampled to `shape` (height, width); shrinking takes the mean over all values covered."""
    height, width = shape
    return np.asarray(Image.fromarray(values).resize((width, height), kernel), np.float32)
