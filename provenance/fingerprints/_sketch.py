"""A sketch of 32 x 32 grey levels: tells whether a picture shows what a mark leads to, or something else.

Fingerprints of the whole cannot: a crop to 70 % is as far from its original as an unrelated picture. Here the picture
is laid over the sketch at every place and size (a crop), and the sketch over the picture (a page or collage around
it). It is a confirmation for one record, not a search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from ._canvas import canvas, trimmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..asset import Asset

ALGORITHM = "sketch@1"
# Correlations at which a picture shows what was sketched, and at which it shows something else; between them it cannot
# be told. Measured: all crops to 70 % of the sides reach ALIKE, 3 % of unrelated pictures do; 85 % of those stay under
# OTHER, no crop to 50 % does (docs/registry.md, "Transplanted marks").
ALIKE, OTHER = 0.85, 0.75

_SIDE = 32
_GRID = 48  # pixels of the longer side of a picture in which the sketch is looked for
_SCALES = np.arange(1.0, 0.44, -0.025)
_INNER_SCALES = np.arange(0.975, 0.29, -0.025)
_LEAST = 8  # sketch pixels of a side; smaller parts fit anywhere
_FLAT = 4.0  # standard deviation of grey levels below which a correlation means nothing


def sketch(asset: Asset) -> str:
    """The sketch as hex: the aspect (width / height x 1000, 4 bytes), then 1024 grey levels. Squeezed to a square.

    Raises:
        BadContent: not a picture, or damaged.
    """
    picture = canvas(asset)
    aspect = round(picture.width / picture.height * 1000)
    return (aspect.to_bytes(4, "big") + _small(picture, _SIDE, _SIDE).astype(np.uint8).tobytes()).hex()


def likeness(stored: str, asset: Asset) -> float | None:
    """The best correlation, -1..1, of the picture with a part of the sketch or the reverse, as it is or mirrored.

    None when one of both is too flat to say.
    """
    data = bytes.fromhex(stored)
    if len(data) != 4 + _SIDE * _SIDE:
        return None
    aspect = int.from_bytes(data[:4], "big") / 1000
    whole = np.frombuffer(data, dtype=np.uint8, offset=4).reshape(_SIDE, _SIDE).astype(np.float64)
    picture = canvas(asset)
    picture = trimmed(picture) or picture  # bars around a copy are no part of what was sketched
    if whole.std() < _FLAT or _small(picture, _SIDE, _SIDE).std() < _FLAT or not aspect:
        return None
    return max(max(_crop(view, picture, aspect), _inset(view, picture, aspect)) for view in (whole, whole[:, ::-1]))


def _small(picture: Image.Image, width: int, height: int) -> NDArray[np.float64]:
    return np.asarray(picture.convert("L").resize((width, height), Image.Resampling.BOX), dtype=np.float64)


def _crop(whole: NDArray[np.float64], picture: Image.Image, aspect: float) -> float:
    """The best correlation over all sizes and places that the picture can have as a part of the sketch."""
    ratio = picture.width / picture.height / aspect
    sizes = {(round(scale * ratio * _SIDE), round(scale * _SIDE)) for scale in _SCALES}
    sizes |= {(round(scale * _SIDE), round(scale / ratio * _SIDE)) for scale in _SCALES}
    fitting = [(w, h) for w, h in sizes if _LEAST <= w <= _SIDE and _LEAST <= h <= _SIDE]
    return max((_correlation(whole, _small(picture, w, h)) for w, h in fitting), default=-1.0)


def _inset(whole: NDArray[np.float64], picture: Image.Image, aspect: float) -> float:
    """The best correlation over all sizes and places that the whole sketch can have in the picture."""
    longer = max(picture.size)
    wide, high = (max(1, round(_GRID * side / longer)) for side in picture.size)
    scene = _small(picture, wide, high)
    sketched = Image.fromarray(whole.astype(np.uint8))
    sizes = {(round(scale * wide), round(scale * wide / aspect)) for scale in _INNER_SCALES}
    sizes |= {(round(scale * high * aspect), round(scale * high)) for scale in _INNER_SCALES}
    fitting = [(w, h) for w, h in sizes if 2 * _LEAST <= w <= wide and 2 * _LEAST <= h <= high]
    return max((_correlation(scene, _small(sketched, w, h)) for w, h in fitting), default=-1.0)


def _correlation(whole: NDArray[np.float64], part: NDArray[np.float64]) -> float:
    """The best normalised cross-correlation of `part` with any window of `whole`."""
    windows = sliding_window_view(whole, part.shape)
    part = part - part.mean()
    product = np.einsum("ijkl,kl->ij", windows, part)
    norms = np.sqrt(np.maximum(windows.var(axis=(2, 3)), 1.0) * part.size * (part**2).sum())
    return float((product / np.maximum(norms, 1e-9)).max())
