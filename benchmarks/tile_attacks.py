"""What the world does to pictures, for measuring our own mark: each takes a picture and a random generator."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

Pixels = NDArray[np.uint8]
Attack = Callable[[Image.Image, np.random.Generator], Image.Image]
LANCZOS, BICUBIC = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC


def codec(format: str, quality: int) -> Attack:
    """Saved and opened again."""

    def attack(image: Image.Image, _: np.random.Generator) -> Image.Image:
        file = io.BytesIO()
        image.save(file, format, quality=quality)
        return Image.open(file).convert("RGB")

    return attack


def scaled(across: float, down: float | None = None) -> Attack:
    """Width and height times a factor."""
    down = across if down is None else down
    return lambda image, _: image.resize((round(image.width * across), round(image.height * down)), LANCZOS)


def there_and_back(factor: float) -> Attack:
    """Scaled, then scaled to the old size."""
    return lambda image, rng: scaled(factor)(image, rng).resize(image.size, LANCZOS)


def long_side(pixels: int) -> Attack:
    """The longer side made `pixels` long, up or down."""
    return lambda image, rng: scaled(pixels / max(image.size))(image, rng)


def cropped(share: float) -> Attack:
    """The share of the area cut away, the rest at a random place."""

    def attack(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = (int(n * (1 - share) ** 0.5) for n in image.size)
        x, y = int(rng.integers(1, image.width - width + 1)), int(rng.integers(1, image.height - height + 1))
        return image.crop((x, y, x + width, y + height))

    return attack


def trimmed(share: float) -> Attack:
    """The share of each side cut away."""

    def attack(image: Image.Image, _: np.random.Generator) -> Image.Image:
        x, y = max(1, int(image.width * share)), max(1, int(image.height * share))
        return image.crop((x, y, image.width - x, image.height - y))

    return attack


def rotated(degrees: float) -> Attack:
    """Turned on the same canvas, black corners."""
    return lambda image, _: image.rotate(degrees, BICUBIC)


def enhanced(kind: str, factor: float) -> Attack:
    """Brightness, Contrast, Color or Sharpness times a factor."""
    return lambda image, _: getattr(ImageEnhance, kind)(image).enhance(factor)


def noisy(deviation: float) -> Attack:
    """White Gaussian noise added."""

    def attack(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        field = np.asarray(image) + rng.normal(0, deviation, (image.height, image.width, 3))
        return Image.fromarray(np.clip(np.rint(field), 0, 255).astype(np.uint8))

    return attack


def filtered(kernel: Any) -> Attack:
    """One of Pillow's filters."""
    return lambda image, _: image.filter(kernel)


def opencv(name: str, *arguments: Any) -> Attack:
    """One of OpenCV's filters."""

    def attack(image: Image.Image, _: np.random.Generator) -> Image.Image:
        import cv2

        bgr = np.ascontiguousarray(np.asarray(image)[..., ::-1])
        return Image.fromarray(np.ascontiguousarray(getattr(cv2, name)(bgr, *arguments)[..., ::-1]))

    return attack


def captioned(image: Image.Image, _: np.random.Generator) -> Image.Image:
    """A caption bar and large white words on the picture."""
    out = image.copy()
    width, height = out.size
    draw = ImageDraw.Draw(out)
    draw.rectangle((0, int(0.8 * height), width, int(0.95 * height)), (20, 20, 20))
    draw.text((width * 0.03, height * 0.83), "SAMPLE CAPTION 123", (255,) * 3, ImageFont.load_default(width / 16))
    draw.text((width * 0.25, height * 0.05), "meme text", (255,) * 3, ImageFont.load_default(width / 9))
    return out


def perspective(share: float) -> Attack:
    """Seen from aside: corners moved inwards by up to the share of a side."""

    def attack(image: Image.Image, _: np.random.Generator) -> Image.Image:
        w, h = image.size
        there = np.array([(0, 0), (w, 0), (w, h), (0, h)], float)
        shift = np.array([(w, h), (-w, 0), (0, -h), (w / 2, 0)], float) * share
        rows, right = [], []
        for (x, y), (u, v) in zip(there + shift, there, strict=True):
            rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
            right += [u, v]
        return image.transform(image.size, Image.Transform.PERSPECTIVE, np.linalg.solve(rows, right).tolist(), BICUBIC)

    return attack


def chain(*attacks: Attack) -> Attack:
    """One after the other."""

    def attack(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        for one in attacks:
            image = one(image, rng)
        return image

    return attack


MATRIX: dict[str, Attack] = {
    "none": chain(),
    "JPEG 90": codec("JPEG", 90),
    "JPEG 75": codec("JPEG", 75),
    "JPEG 50": codec("JPEG", 50),
    "JPEG 30": codec("JPEG", 30),
    "WebP 75": codec("WEBP", 75),
    "resize 0.75": scaled(0.75),
    "resize 0.5": scaled(0.5),
    "resize 0.75 and back": there_and_back(0.75),
    "resize 0.5 and back": there_and_back(0.5),
    "crop 10 %": cropped(0.10),
    "crop 25 %": cropped(0.25),
    "crop 50 %": cropped(0.50),
    "rotate 2": rotated(2),
    "rotate 5": rotated(5),
    "rotate 15": rotated(15),
    "horizontal flip": lambda image, _: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "brightness 1.2": enhanced("Brightness", 1.2),
    "contrast 1.2": enhanced("Contrast", 1.2),
    "saturation 1.2": enhanced("Color", 1.2),
    "noise 5": noisy(5),
    "noise 10": noisy(10),
    "blur 1": filtered(ImageFilter.GaussianBlur(1)),
    "blur 2": filtered(ImageFilter.GaussianBlur(2)),
    "screenshot": chain(trimmed(0.05), scaled(0.8), codec("JPEG", 80)),
    "social media": chain(long_side(1080), codec("JPEG", 70)),
    "non-local means": opencv("fastNlMeansDenoisingColored", None, 5, 5, 7, 15),
    "text overlay": captioned,
    "combined": chain(cropped(0.25), rotated(2), scaled(0.75), codec("JPEG", 60)),
}

BEYOND: dict[str, Attack] = {
    "JPEG 20": codec("JPEG", 20),
    "JPEG 10": codec("JPEG", 10),
    "WebP 50": codec("WEBP", 50),
    "WebP 30": codec("WEBP", 30),
    "AVIF 50": codec("AVIF", 50),
    "AVIF 30": codec("AVIF", 30),
    "rotate 30": rotated(30),
    "rotate 45": rotated(45),
    "rotate 90": lambda image, _: image.transpose(Image.Transpose.ROTATE_90),
    "rotate 117": rotated(117),
    "rotate 180": rotated(180),
    "vertical flip": lambda image, _: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    "crop 75 %": cropped(0.75),
    "crop 90 %": cropped(0.90),
    "scale 1/3": scaled(1 / 3),
    "scale 1/4": scaled(0.25),
    "scale 2": scaled(2),
    "scale 3": scaled(3),
    "aspect 0.9": scaled(0.9, 1),
    "aspect 0.95": scaled(0.95, 1),
    "aspect 1.05": scaled(1.05, 1),
    "aspect 1.1": scaled(1.1, 1),
    "perspective 2 %": perspective(0.02),
    "perspective 5 %": perspective(0.05),
    "median 5": filtered(ImageFilter.MedianFilter(5)),
    "bilateral": opencv("bilateralFilter", 9, 40, 40),
    "non-local means 10": opencv("fastNlMeansDenoisingColored", None, 10, 10, 7, 15),
    "sharpness 3": enhanced("Sharpness", 3),
    "grey": lambda image, _: image.convert("L").convert("RGB"),
    "brightness 0.5": enhanced("Brightness", 0.5),
    "contrast 1.8": enhanced("Contrast", 1.8),
    "16 levels": lambda image, _: Image.fromarray((np.asarray(image) & 0xF0) | 8),
    "64 colours": lambda image, _: image.quantize(64).convert("RGB"),
    "noise 20": noisy(20),
    "half size, JPEG 60": chain(scaled(0.5), codec("JPEG", 60)),
    "crop 50 %, JPEG 50": chain(cropped(0.5), codec("JPEG", 50)),
    "crop 25 %, rotate 5, x0.6, JPEG 50": chain(cropped(0.25), rotated(5), scaled(0.6), codec("JPEG", 50)),
    "JPEG 70 three times": chain(codec("JPEG", 70), scaled(0.9), codec("JPEG", 70), scaled(1 / 0.9), codec("JPEG", 70)),
    "thumbnail 320, JPEG 75": chain(long_side(320), codec("JPEG", 75)),
}
