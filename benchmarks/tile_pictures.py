"""The pictures the tile mark is measured on: photographs of packages, and drawn ones of many kinds."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]

# Name, source, long side in pixels (0 keeps the size). Sources: scikit-image and scikit-learn (pip), and the Debian
# packages lomiri-wallpapers-20.04, lomiri-wallpapers-16.04, mate-backgrounds and plasma-workspace-wallpapers
# (CC BY-SA 4.0 and 3.0), unpacked anywhere: `dpkg -x FILE.deb FOLDER`, then `--photos FOLDER/usr/share`.
PHOTOGRAPHS = (
    ("astronaut", "skimage/data/astronaut.png", 0),
    ("coffee", "skimage/data/coffee.png", 0),
    ("chelsea", "skimage/data/chelsea.png", 0),
    ("rocket", "skimage/data/rocket.jpg", 0),
    ("motorcycle", "skimage/data/motorcycle_left.png", 0),
    ("hubble", "skimage/data/hubble_deep_field.jpg", 768),
    ("china", "sklearn/datasets/images/china.jpg", 0),
    ("flower", "sklearn/datasets/images/flower.jpg", 0),
    ("bridge", "backgrounds/Bridge_by_Sander_Klootwijk.jpg", 1024),
    ("dragonfly", "backgrounds/Dragonfly_by_Bolly.jpg", 768),
    ("fossa", "backgrounds/Fossa_by_Jasper_Roks.jpg", 896),
    ("kleiber", "backgrounds/Kleiber_by_Lukas_Baubkus.jpg", 1024),
    ("wine", "backgrounds/Wine_by_Jakkub_Mede.jpg", 768),
    ("aitzgorri", "backgrounds/aitzgorri_by_Aitzol_Berasategi.jpg", 640),
    ("friends", "backgrounds/friends_by_Aitzol_Berasategi.jpg", 896),
    ("picos", "backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg", 1024),
    ("sunset", "backgrounds/sunset_by_Aitzol_Berasategi.jpg", 768),
    ("sea", "backgrounds/Infinite-Sea_by_Aury88.jpg", 512),
    ("garden", "backgrounds/mate/nature/Garden.jpg", 1280),
    ("storm", "backgrounds/mate/nature/Storm.jpg", 640),
    ("ladybird", "backgrounds/mate/nature/LadyBird.jpg", 512),
    ("raindrops", "backgrounds/mate/nature/RainDrops.jpg", 1024),
    ("water", "wallpapers/BytheWater/contents/images/2560x1600.jpg", 1280),
    ("leaf", "wallpapers/FallenLeaf/contents/images/2560x1600.jpg", 640),
)


def photographs(folder: Path, count: int = len(PHOTOGRAPHS)) -> Iterator[tuple[str, Pixels]]:
    """The first `count` photographs that marks are written into."""
    for name, source, side in PHOTOGRAPHS[:count]:
        yield name, fit(Image.open(_find(folder, source)), side)


def all_photographs(folder: Path) -> list[Path]:
    """Every bitmap of the packages, for reads of unmarked pictures; painted backgrounds are among them."""
    found = [p for p in sorted(folder.rglob("*")) if p.suffix in {".jpg", ".png"} and p.is_file()]
    found = [p for p in found if p.stat().st_size > 20_000 and "screenshot" not in p.name]
    return found + [_find(folder, s) for _, s, _ in PHOTOGRAPHS if s.startswith("sk")]


def fit(image: Image.Image, side: int) -> Pixels:
    """The picture as RGB, its longer side shrunk to `side` pixels (0 keeps it)."""
    picture = image.convert("RGB")
    if side:
        factor = side / max(picture.size)
        size = (round(picture.width * factor), round(picture.height * factor))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(picture)


def _find(folder: Path, source: str) -> Path:
    if not source.startswith("sk"):
        return folder / source
    package, inside = source.split("/", 1)
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the photographs need {package}: pip install -c constraints.txt scikit-image scikit-learn")
    return Path(spec.origin).parent / inside


def scene(rng: np.random.Generator, size: int = 512) -> Pixels:
    """A flat drawing, drawn at four times the size: sky (often a gradient, sometimes white), hill, a few shapes."""
    big = 4 * size
    top, bottom = (rng.integers(60, 256, 3) for _ in range(2))
    if rng.random() < 0.4:
        bottom = top = np.array([255, 255, 255]) if rng.random() < 0.5 else top
    blend = np.linspace(0, 1, big)[:, None, None]
    sky = (top * (1 - blend) + bottom * blend).round().astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(np.broadcast_to(sky, (big, big, 3))))
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.6:
        draw.ellipse((-big // 2, int(0.6 * big), int(1.5 * big), 2 * big), _colour(rng))
    for _ in range(int(rng.integers(3, 12))):
        x, y = rng.uniform(0.1, 0.9, 2) * big
        r = rng.uniform(0.02, 0.25) * big
        shape = (draw.ellipse, draw.rectangle)[int(rng.integers(2))]
        shape((x - r, y - r * rng.uniform(0.4, 1), x + r, y + r * rng.uniform(0.4, 1)), _colour(rng))
    return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))


def text_page(rng: np.random.Generator, size: int = 800) -> Pixels:
    """Lines of random words on paper, dark on light or light on dark."""
    dark = rng.random() < 0.3
    image = Image.new("RGB", (size, int(size * rng.uniform(0.7, 1.4))), (24, 26, 30) if dark else (255, 255, 255))
    draw = ImageDraw.Draw(image)
    height = int(rng.integers(11, 30))
    font = ImageFont.load_default(height)
    for y in range(height, image.height - 2 * height, int(height * 1.5)):
        words = ("".join(map(chr, rng.integers(97, 123, int(rng.integers(2, 9))))) for _ in range(size // height))
        draw.text((height, y), " ".join(words)[: int(2 * size / height) - 6], (220,) * 3 if dark else (20,) * 3, font)
    return np.asarray(image)


def screenshot(rng: np.random.Generator) -> Pixels:
    """A window with a bar, a list, buttons and text."""
    width, height = int(rng.integers(600, 1300)), int(rng.integers(400, 900))
    image = Image.new("RGB", (width, height), tuple(int(v) for v in rng.integers(225, 256, 3)))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width, 40), _colour(rng))
    draw.rectangle((0, 40, width // 4, height), tuple(int(v) for v in rng.integers(200, 240, 3)))
    font = ImageFont.load_default(14)
    for y in range(60, height - 30, 26):
        draw.text((12, y), "entry " + str(rng.integers(1000)), (40, 40, 40), font)
        draw.text((width // 4 + 20, y), " ".join(str(v) for v in rng.integers(0, 9999, 12)), (60, 60, 60), font)
    for _ in range(4):
        x, y = int(rng.integers(width // 4, width - 90)), int(rng.integers(60, height - 40))
        draw.rounded_rectangle((x, y, x + 80, y + 28), 6, _colour(rng))
    return np.asarray(image)


def gradient(rng: np.random.Generator) -> Pixels:
    """A smooth blend between colours, straight or round."""
    height, width = (int(v) for v in rng.integers(256, 900, 2))
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    turn = rng.uniform(0, 2 * np.pi)
    blend = x * np.cos(turn) + y * np.sin(turn) if rng.random() < 0.5 else np.hypot(x - rng.random(), y - rng.random())
    blend = (blend - blend.min()) / np.ptp(blend)
    a, b = rng.integers(0, 256, (2, 3))
    return _to_pixels(a + (b - a) * blend[..., None])


def noise(rng: np.random.Generator) -> Pixels:
    """Noise of any spectrum between white and brown, grey or in colour."""
    height, width = (int(v) for v in rng.integers(256, 900, 2))
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]) + 0.5 / max(height, width)
    layers = int(rng.choice([1, 3]))
    field = np.fft.irfft2(
        np.fft.rfft2(rng.normal(size=(layers, height, width))) / radius ** rng.uniform(0, 2), (height, width)
    )
    field = (field / field.std()).transpose(1, 2, 0) * rng.uniform(5, 60) + 128
    return _to_pixels(np.broadcast_to(field, (height, width, 3)))


def texture(rng: np.random.Generator) -> Pixels:
    """Something periodic: gratings, checks, dots, a weave, or a small patch tiled, like a watermark's worst dream."""
    height, width = (int(v) for v in rng.integers(256, 900, 2))
    y, x = np.mgrid[0:height, 0:width].astype(float)
    kind = int(rng.integers(4))
    if kind == 0:
        waves = rng.uniform(-0.25, 0.25, (int(rng.integers(1, 40)), 3))
        field = np.asarray(sum(np.sin(2 * np.pi * (a * x + b * y + 4 * c)) for a, b, c in waves))
    elif kind == 1:
        field = np.sign(np.sin(x * rng.uniform(0.05, 1.5)) * np.sin(y * rng.uniform(0.05, 1.5)))
    elif kind == 2:
        step = rng.uniform(6, 40)
        field = (np.hypot(x % step - step / 2, y % step - step / 2) < step * rng.uniform(0.2, 0.5)).astype(float)
    else:
        side = int(rng.choice([16, 32, 64, 100, 128, 256]))
        patch = rng.normal(size=(side, side))
        field = np.tile(patch, (height // side + 1, width // side + 1))[:height, :width]
    field = np.asarray(field) / (np.std(field) + 1e-9) * rng.uniform(5, 50) + 128
    return _to_pixels(np.broadcast_to(field[..., None], (height, width, 3)))


DRAWN: dict[str, Callable[[np.random.Generator], Pixels]] = {
    "drawing": scene,
    "text page": text_page,
    "screenshot": screenshot,
    "gradient": gradient,
    "noise": noise,
    "texture": texture,
}


def _colour(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(v) for v in rng.integers(0, 256, 3))


def _to_pixels(field: NDArray[np.floating[Any]]) -> Pixels:
    return np.asarray(np.clip(np.rint(field), 0, 255), np.uint8)
