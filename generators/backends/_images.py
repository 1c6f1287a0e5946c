"""Pictures as back ends take and give them: PIL images, arrays, files, encoded bytes."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from ...provenance.asset import Asset
from ...provenance.errors import BadContent, Unsupported
from ...provenance.evidence import Media

if TYPE_CHECKING:
    from PIL import Image


def as_asset(value: Any) -> Asset:
    """A given picture as an asset: a file keeps its bytes and so its chain of manifests; pixels become a PNG."""
    if isinstance(value, Asset):
        return value
    if isinstance(value, bytes):
        return Asset.of(value)
    if isinstance(value, str | os.PathLike):
        return Asset.open(value)
    buffer = io.BytesIO()
    as_image(value).save(buffer, "PNG")
    return Asset.of(buffer.getvalue(), name="input.png")


def as_image(value: Any) -> Image.Image:
    """A picture that a generator made: a PIL image, encoded bytes, or an array.

    Arrays are height x width (x 1, 3 or 4), or channels first; bytes 0..255 or floats 0..1.

    Raises:
        Unsupported: another shape or range; the text says which.
        BadContent: bytes that are not a picture.
    """
    from PIL import Image

    if isinstance(value, Image.Image):
        return value if value.mode in ("RGB", "RGBA") else value.convert("RGBA" if "A" in value.getbands() else "RGB")
    if isinstance(value, bytes):
        asset = Asset.of(value, name="result")
        if asset.media is not Media.IMAGE:
            raise BadContent("the generator gave bytes that are not a picture")
        return asset.image()
    return _from_array(value)


def _from_array(value: Any) -> Image.Image:
    import numpy as np
    from PIL import Image

    detached = value.detach().cpu() if hasattr(value, "detach") else value
    array = np.asarray(detached)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.shape[2] not in (1, 3, 4):
        array = array.transpose(1, 2, 0)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or array.size == 0:
        raise Unsupported(f"an array of shape {np.shape(detached)} is no picture; give height x width x 1, 3 or 4")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or array.min() < -1e-3 or array.max() > 1 + 1e-3:
            raise Unsupported("a picture of floats must lie in 0..1; rescale it, (x + 1) / 2 for a tanh output")
        array = np.round(np.clip(array, 0, 1) * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise Unsupported(f"a picture of {array.dtype} is not known; give uint8 or floats in 0..1")
    if array.shape[2] == 1:
        array = np.repeat(array, 3, axis=2)
    return Image.fromarray(np.ascontiguousarray(array))
