"""The one form in which a picture is fingerprinted, whatever file it came in: version 1.

Every step is part of the meaning of "pdq@1" and "iscc@1": upright by EXIF, at most 512 x 512 pixels (JPEG decoded at a
fraction first; that changes at most 2 of PDQ's 256 bits, against up to 22 for a hash of the full size), transparency
on white.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from ..asset import Asset

FIT = 512  # pixels of the longer side, at most
_UNIFORM = 24  # grey levels of difference from the corner that still count as a bar, after JPEG
_KEEP = 0.2  # share of the area that must be left for a trim to make sense


def canvas(asset: Asset) -> Image.Image:
    """The picture in its canonical form, RGB.

    Raises:
        BadContent: not a picture, or damaged.
        TooLarge: more pixels than the asset's limits allow.
    """
    return flattened(asset.image(fit=FIT))


def flattened(picture: Image.Image) -> Image.Image:
    """The picture in RGB, what is transparent in white."""
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def trimmed(picture: Image.Image) -> Image.Image | None:
    """The picture without uniform bars at its edges; None when it has none."""
    grey = picture.convert("L")
    corner = Image.new("L", grey.size, int(grey.getpixel((0, 0)) or 0))  # type: ignore[arg-type]  # one band: a number
    away = ImageChops.difference(grey, corner).point(lambda level: 255 if level > _UNIFORM else 0)
    box = away.getbbox()
    if box is None or box == (0, 0, *grey.size):
        return None
    if (box[2] - box[0]) * (box[3] - box[1]) < _KEEP * grey.width * grey.height:
        return None
    return picture.crop(box)
