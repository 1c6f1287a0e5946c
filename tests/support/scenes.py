"""Pictures as photographs are built: light, shapes, texture, grain; no two seeds alike."""

import functools
import io
from typing import Any

import numpy as np
from PIL import Image


@functools.lru_cache(64)
def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Discs and boxes on a slope of light, some texture and grain. It is shared: copy it before drawing on it."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 6.28)
    slope = (np.cos(angle) * x / width + np.sin(angle) * y / height)[..., None]
    pixels = 110 + 80 * slope * rng.uniform(0.4, 1, 3).astype(np.float32)
    for _ in range(14):
        cy, cx, r = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(0.05, 0.25) * height
        inside = (y - cy) ** 2 + (x - cx) ** 2 < r * r
        if rng.random() < 0.5:
            inside = (abs(y - cy) < r) & (abs(x - cx) < r * rng.uniform(0.3, 1.5))
        pixels[inside] = 0.3 * pixels[inside] + 0.7 * rng.uniform(20, 235, 3)
    grain = rng.normal(0, 1, (height // 6 + 1, width // 6 + 1)).repeat(6, 0).repeat(6, 1)[:height, :width]
    pixels = pixels + 5 * grain[..., None] + rng.normal(0, 3, pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, format: str = "JPEG", **save: Any) -> bytes:
    """The bytes of a picture file."""
    buffer = io.BytesIO()
    picture.save(buffer, format, **save)
    return buffer.getvalue()
