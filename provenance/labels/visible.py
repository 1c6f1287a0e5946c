"""Draws the visible label on a picture: words at an edge or corner, tall enough and in contrast, as measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Unsupported, UsageError
from . import LabelReader
from ._unread import Unread
from ._wording import elements, problems

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image, ImageFont

    Floats = NDArray[np.float64]
    Bytes = NDArray[np.uint8]

FONT = Path(__file__).parent / "fonts" / "NotoSansCJKsc-Bold-labels.otf"
SHARE = 20  # GB 45438-2025, 5.2 d): at least 5 % of the shortest side, so 20 x height >= shortest side
CONTRAST = 4.5  # WCAG 2.2, 1.4.3
LEGIBLE = 12  # pixels of height below which small pictures get a larger label than 5 %, when it fits
SMALLEST = 6  # pixels of height below which no letter can be told
_INK = 128  # of 255: a pixel covered by half or more counts as ink

PLACES = {
    "top_left": (0.0, 0.0), "top": (0.5, 0.0), "top_right": (1.0, 0.0),
    "left": (0.0, 0.5), "right": (1.0, 0.5),
    "bottom_left": (0.0, 1.0), "bottom": (0.5, 1.0), "bottom_right": (1.0, 1.0),
}  # fmt: skip
_OPACITIES = (0.0, 0.35, 0.5, 0.65, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Placed:
    """What was drawn. `box` is the ink as left, top, right, bottom in pixels; `plate` the surface behind it.

    `ink_height` is that of the lower of the two elements (AI, generation), without the parts of other words.
    `contrast` is the lowest between the ink and any pixel of the plate, 1..21.
    """

    wording: str
    place: str
    box: tuple[int, int, int, int]
    plate: tuple[int, int, int, int]
    ink_height: int
    shortest_side: int
    contrast: float

    @property
    def tall_enough(self) -> bool:
        """GB 45438-2025, 5.2 d), in whole numbers."""
        return SHARE * self.ink_height >= self.shortest_side


def draw(
    image: Image.Image,
    wording: str = "AI生成",
    *,
    place: str = "bottom_right",
    ratio: float = 0.05,
    font: str | Path | None = None,
) -> tuple[Image.Image, Placed]:
    """A copy of `image` with the label drawn on it, and what was drawn.

    `ratio` is the height of the ink over the shortest side, 0.05 or more. Small pictures get a label of up to 12 px
    when it fits. The mode stays for RGB, RGBA, L and LA; others become RGB or RGBA. Pixels outside the plate stay.

    Raises:
        UsageError: an unknown place, a ratio below 0.05, a wording without its elements, a font that cannot be read.
        Unsupported: the font lacks characters of the wording, or the picture is too small for it.
    """
    if place not in PLACES:
        raise UsageError(f"no place {place!r}; there are: {', '.join(PLACES)}")
    return _drawn(image, stencil(image.size, wording, place=place, ratio=ratio, font=font), wording, place)


@dataclass(frozen=True, slots=True, eq=False)
class Stencil:
    """A wording that is laid out for pictures of one size, not yet drawn.

    `ink` is the coverage 0..255 of every pixel of the plate; the boxes and the height are as in `Placed`.
    """

    ink: Bytes
    box: tuple[int, int, int, int]
    plate: tuple[int, int, int, int]
    ink_height: int


def stencil(
    size: tuple[int, int], wording: str, *, place: str, ratio: float = 0.05, font: str | Path | None = None
) -> Stencil:
    """The label for pictures of `size` (width, height); `place` may also be "middle".

    Raises:
        UsageError, Unsupported: as `draw`.
    """
    if not 1 / SHARE <= ratio <= 1:
        raise UsageError(f"a label is at least 5 % of the shortest side high (GB 45438-2025, 5.2), not {ratio:.1%}")
    if missing := problems(wording):
        raise UsageError(f"{wording!r} is no label: {'; '.join(missing)}")
    path = Path(font) if font else FONT
    _require_glyphs(path, wording)
    shortest = min(size)
    lettering = _fitting(path, wording, size, max(-(-shortest // SHARE), round(shortest * ratio)))
    box, plate = _boxes(size, lettering, place)
    ink = np.zeros((plate[3] - plate[1], plate[2] - plate[0]), np.uint8)
    ink[box[1] - plate[1] : box[3] - plate[1], box[0] - plate[0] : box[2] - plate[0]] = lettering.mask
    return Stencil(ink, box, plate, lettering.ink_height)


@dataclass(frozen=True, slots=True)
class _Lettering:
    """A wording at one size: coverage 0..255, cropped to its ink, and the height that counts."""

    mask: Bytes
    ink_height: int


def _fitting(path: Path, wording: str, size: tuple[int, int], least: int) -> _Lettering:
    """The smallest lettering whose elements are `least` pixels high; more, up to `LEGIBLE`, as far as it fits."""
    for wanted in range(max(least, LEGIBLE), max(least, SMALLEST) - 1, -1):
        lettering = _at_least(path, wording, wanted)
        height, width = lettering.mask.shape
        edge = 2 * (_padding(lettering.ink_height) + _margin(size))
        if width + edge <= size[0] and height + edge <= size[1]:
            return lettering
    raise Unsupported(
        f"a picture of {size[0]} x {size[1]} pixels is too small for {wording!r}; choose a shorter wording"
    )


def _at_least(path: Path, wording: str, wanted: int) -> _Lettering:
    points = wanted  # ink is always lower than the font size, so this is where the search begins
    while True:
        font = _font(path, points)
        height = min(_ink_height(font, element) for element in elements(wording))
        if height >= wanted:
            return _Lettering(_mask(font, wording), height)
        points += max(1, (wanted - height) // 2)


def _font(path: Path, points: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(str(path), points, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise UsageError(f"{path}: not a font that can be read ({error})") from error


def _mask(font: ImageFont.FreeTypeFont, text: str) -> Bytes:
    """The coverage of `text`, cropped to pixels that count as ink."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    canvas = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, font=font, fill=255)
    pixels = np.asarray(canvas)
    rows, columns = (np.flatnonzero((pixels >= _INK).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return pixels[:0, :0]
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _ink_height(font: ImageFont.FreeTypeFont, text: str) -> int:
    return int(_mask(font, text).shape[0])


def _require_glyphs(path: Path, wording: str) -> None:
    """Every character has a glyph of its own: none looks like that of a code point no font has."""
    font = _font(path, 32)
    nothing = _mask(font, "\U0010fffe")
    missing = [c for c in dict.fromkeys(wording) if not c.isspace() and _same(_mask(font, c), nothing)]
    if missing:
        raise Unsupported(
            f"the font {path.name} has no {' '.join(missing)}; give one that has with font=, such as Noto Sans CJK"
        )


def _same(one: Bytes, other: Bytes) -> bool:
    return one.size == 0 or np.array_equal(one, other)


def _padding(ink_height: int) -> int:
    return max(1, ink_height // 3)


def _margin(size: tuple[int, int]) -> int:
    return min(size) // 50


def _drawn(image: Image.Image, cut: Stencil, wording: str, place: str) -> tuple[Image.Image, Placed]:
    from PIL import Image

    mode = image.mode if image.mode in ("RGB", "RGBA", "L", "LA") else _full_colour(image)
    drawn = image.copy() if mode == image.mode else image.convert(mode)
    part = np.asarray(drawn.crop(cut.plate).convert("RGBA"))
    composed, contrast = _composed(part, cut.ink / 255)
    drawn.paste(Image.fromarray(composed).convert(mode), cut.plate)
    return drawn, Placed(wording, place, cut.box, cut.plate, cut.ink_height, min(image.size), contrast)


def _full_colour(image: Image.Image) -> str:
    return "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"


def _boxes(
    size: tuple[int, int], lettering: _Lettering, place: str
) -> tuple[tuple[int, int, int, int], tuple[int, int, int, int]]:
    """Where the ink and the plate stand, in pixels."""
    height, width = lettering.mask.shape
    padding, margin = _padding(lettering.ink_height), _margin(size)
    across, down = (PLACES | {"middle": (0.5, 0.5)})[place]
    left = margin + round(across * (size[0] - width - 2 * padding - 2 * margin))
    top = margin + round(down * (size[1] - height - 2 * padding - 2 * margin))
    box = (left + padding, top + padding, left + padding + width, top + padding + height)
    return box, (left, top, left + width + 2 * padding, top + height + 2 * padding)


def _composed(part: Bytes, ink: Floats) -> tuple[Bytes, float]:
    """`part` (RGBA) with a plate as faint as contrast allows, and ink on it; and the contrast reached."""
    see_through = bool((part[..., 3] < 255).any())  # what is behind is not known, so the plate must hide it
    best: tuple[Bytes, float] | None = None
    for opacity in _OPACITIES if not see_through else (1.0,):
        for colour in (255, 0):
            ground = np.round(part[..., :3] * (1 - opacity) + (255 - colour) * opacity)
            contrast = contrast_of(ground, colour)
            if contrast >= CONTRAST and (best is None or contrast > best[1]):
                best = _inked(ground, ink, colour), contrast
        if best is not None:
            return best
    raise AssertionError("black on white always has contrast")


def _inked(ground: Floats, ink: Floats, colour: int) -> Bytes:
    mixed = ground * (1 - ink[..., None]) + colour * ink[..., None]
    opaque = np.full((*ink.shape, 1), 255.0)
    return np.concatenate([np.round(mixed), opaque], axis=-1).astype(np.uint8)


def contrast_of(ground: Floats, colour: int) -> float:
    """WCAG contrast between black or white ink and the worst pixel of the ground."""
    linear = np.where(ground <= 10.31475, ground / 255 / 12.92, ((ground / 255 + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array([0.2126, 0.7152, 0.0722])
    return float((1.05 / (light + 0.05)).min() if colour else ((light + 0.05) / 0.05).min())


# Drawn words are read by text recognition, which is no part of this file.
label: LabelReader = Unread("visible")
