"""Draws the test prompts with the shipped model, one try each, as one captioned sheet."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ..pictures import PROMPTS, draw

SHEET = Path(__file__).resolve().parents[3] / "docs" / "images" / "studio-contact-sheet.jpg"
SIDE, LINE, ACROSS = 256, 26, 8
# Fonts that may have Chinese characters, by the names their packages give them.
_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "msyh.ttc",
    "PingFang.ttc",
)


def font(place: str | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font named, or the first installed one that has Chinese characters, or Pillow's own."""
    for name in [place] if place else _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def caption(pen: ImageDraw.ImageDraw, text: str, corner: tuple[int, int], place: str | None) -> None:
    """The prompt under its picture, in the largest letters that fit."""
    for size in range(15, 8, -1):
        letters = font(place, size)
        if pen.textlength(text, letters) <= SIDE - 4:
            break
    pen.text((corner[0] + SIDE / 2, corner[1] + LINE / 2), text, fill=(30, 30, 30), font=letters, anchor="mm")


def sheet(prompts: tuple[str, ...], seed: int, place: str | None) -> Image.Image:
    """All pictures; number n is drawn with seed + n."""
    rows = -(-len(prompts) // ACROSS)
    page = Image.new("RGB", (ACROSS * SIDE, rows * (SIDE + LINE)), "white")
    pen, begun = ImageDraw.Draw(page), time.process_time()
    for n, prompt in enumerate(prompts):
        x, y = n % ACROSS * SIDE, n // ACROSS * (SIDE + LINE)
        page.paste(draw(prompt, seed=seed + n).resize((SIDE, SIDE), Image.Resampling.LANCZOS), (x, y))
        caption(pen, prompt, (x, y + SIDE), place)
    print(f"{(time.process_time() - begun) / len(prompts):.2f} cpu-s a picture, loading included")
    return page


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SHEET)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--font", help="a font file with Chinese characters")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    sheet(PROMPTS, args.seed, args.font).save(args.out, quality=85)


if __name__ == "__main__":
    main()
