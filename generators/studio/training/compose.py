"""Paints backgrounds and sets an icon on them: one training picture at any size, the same for the same dice."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from .vocabulary import Vocabulary

Colour = tuple[int, int, int]
# Sky at the top, sky at the horizon, ground.
_PALETTES: dict[str, tuple[Colour, Colour, Colour]] = {
    "meadow": ((120, 190, 240), (215, 238, 250), (110, 180, 80)),
    "sea": ((130, 200, 245), (220, 240, 250), (235, 215, 165)),
    "night": ((15, 18, 50), (45, 50, 100), (25, 40, 45)),
    "sunset": ((110, 70, 140), (250, 160, 90), (70, 50, 80)),
    "snow": ((190, 210, 230), (230, 240, 248), (246, 250, 253)),
    "room": ((240, 225, 200), (232, 212, 185), (160, 110, 70)),
    "desert": ((150, 205, 240), (245, 235, 205), (222, 180, 110)),
}
_HILLY = ("meadow", "snow", "sunset", "night", "desert")


def _jitter(dice: random.Random, reach: float = 8) -> Callable[[Colour], Colour]:
    def move(colour: Colour) -> Colour:
        r, g, b = (int(min(255, max(0, v + dice.uniform(-reach, reach)))) for v in colour)
        return r, g, b

    return move


def _gradient(size: int, top: Colour, bottom: Colour) -> Image.Image:
    ramp = np.linspace(0, 1, size)[:, None, None]
    rows = np.array(top) * (1 - ramp) + np.array(bottom) * ramp
    return Image.fromarray(np.broadcast_to(rows, (size, size, 3)).astype(np.uint8))


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Colour) -> None:
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill)


def paint_scene(name: str, size: int, dice: random.Random) -> Image.Image:
    """A simple landscape (or room) with slightly varied colours, horizon and hills."""
    move = _jitter(dice)
    top, low, ground = _PALETTES[name]
    image = _gradient(size, move(top), move(low))
    draw = ImageDraw.Draw(image)
    horizon = size * dice.uniform(0.68, 0.73)
    if name == "night":
        for _ in range(14):
            _disc(
                draw,
                dice.uniform(0, size),
                dice.uniform(0, horizon * 0.9),
                size * dice.uniform(0.004, 0.010),
                (255, 250, 215),
            )
    if name == "sunset":
        _disc(draw, size * dice.choice((0.16, 0.84)), horizon, size * 0.15, move((255, 225, 130)))
    if name == "sea":
        draw.rectangle([0, horizon - size * 0.12, size, horizon + size * 0.05], fill=move((60, 140, 200)))
    if name in _HILLY:
        left = dice.choice((-0.3, 0.3)) * size + dice.uniform(-0.05, 0.05) * size
        hill = (int(ground[0] * 0.88), int(ground[1] * 0.88), int(ground[2] * 0.88))
        draw.ellipse([left, horizon - size * 0.10, left + size * 1.2, horizon + size * 0.7], fill=hill)
    if name == "room":
        draw.rectangle([0, horizon, size, size], fill=move(ground))
        draw.rectangle([0, horizon - size * 0.025, size, horizon], fill=(250, 245, 235))
    else:
        draw.ellipse([-size * 0.5, horizon, size * 1.5, size * 1.9], fill=move(ground))
    return image.filter(ImageFilter.GaussianBlur(size / 256))


def compose(
    art: NDArray[np.uint8], size: int, words: Vocabulary, background: int, dice: random.Random
) -> NDArray[np.uint8]:
    """The icon, centred up to a little jitter, over the background of that number."""
    kind = words.backgrounds[background]
    plain = background < len(words.colours)
    if plain:
        rgb: Colour = (kind["rgb"][0], kind["rgb"][1], kind["rgb"][2])
        image = Image.new("RGB", (size, size), rgb if kind["id"] == "white" else _jitter(dice)(rgb))
        scale, middle = dice.uniform(0.82, 0.90), 0.5 + dice.uniform(-0.015, 0.015)
    else:
        image = paint_scene(kind["id"], size, dice)
        scale, middle = dice.uniform(0.64, 0.71), 0.55 + dice.uniform(-0.015, 0.015)
    side = round(size * scale)
    icon = Image.fromarray(art).resize((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    x = round(size / 2 - side / 2 + dice.uniform(-0.015, 0.015) * size)
    y = round(size * middle - side / 2)
    if not plain:
        shadow = Image.new("L", (size, size))
        ImageDraw.Draw(shadow).ellipse([x + side * 0.18, y + side * 0.90, x + side * 0.82, y + side * 1.02], fill=80)
        image.paste((30, 30, 30), (0, 0), shadow.filter(ImageFilter.GaussianBlur(size / 64)))
    image.paste(icon, (x, y), icon)
    return np.asarray(image)
