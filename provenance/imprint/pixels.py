"""A picture out of its file and into one again, with what else the file held: profile, EXIF, XMP."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..asset import Asset
from ..errors import Unsupported, WriteFailed

if TYPE_CHECKING:
    from PIL import Image

ENCODABLE = ("png", "jpeg", "webp", "tiff", "avif")
_ORIENTATION = 0x0112
_EXIF_FAULTS = (SyntaxError, ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError, struct.error)


@dataclass(frozen=True, slots=True)
class Belongings:
    """What a file holds beside its pixels and keeps when it is encoded anew."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None


def take_out(asset: Asset) -> tuple[Image.Image, Belongings]:
    """The picture, upright, and its belongings. EXIF loses its orientation, which the pixels now have.

    Raises:
        Unsupported: a format that cannot be written again, or one of several frames.
        BadContent: damaged.
    """
    from PIL import Image

    if asset.format not in ENCODABLE:
        raise Unsupported(
            f"{asset.ref.name}: the pixels of a {asset.format} file cannot be changed without loss; "
            "leave out the visible label and the watermark (--no-visible --no-watermark), or convert it first"
        )
    image = asset.image()
    with asset.stream() as stream, Image.open(stream) as opened:
        if getattr(opened, "n_frames", 1) > 1:
            raise Unsupported(
                f"{asset.ref.name}: {opened.n_frames} frames, of which only the first would be kept; "  # type: ignore[attr-defined]  # has it, by the line above
                "leave out the visible label and the watermark (--no-visible --no-watermark)"
            )
        icc, exif = _profile(opened.info.get("icc_profile")), _upright(opened)
    return image, Belongings(icc, exif, _xmp(asset))


def encode(image: Image.Image, format: str, *, quality: int = 95, belongings: Belongings = Belongings()) -> bytes:
    """The picture as a file of that format, with its belongings.

    PNG and TIFF keep every pixel; JPEG, WebP and AVIF are lossy, JPEG without chroma subsampling because the label's
    small type and the watermark would suffer. Transparency that JPEG cannot hold is laid on white.
    """
    options: dict[str, object] = {"icc_profile": belongings.icc, "exif": belongings.exif}
    match format:
        case "jpeg":
            image = _on_white(image)
            options |= {"quality": quality, "subsampling": 0}
        case "webp" | "avif":
            options |= {"quality": quality}
        case "tiff":
            options |= {"compression": "tiff_adobe_deflate"}
        case "png":
            options |= {"compress_level": 6}
        case _:
            raise Unsupported(f"pictures cannot be written as {format}; use one of {', '.join(ENCODABLE)}")
    buffer = io.BytesIO()
    try:
        image.save(buffer, format.upper(), **{k: v for k, v in options.items() if v is not None})
    except (OSError, ValueError) as error:
        # WebP holds 16,383 px a side, JPEG 65,535, and a Pillow may be built without AVIF.
        raise WriteFailed(f"{image.width} x {image.height} pixels cannot be written as {format}: {error}") from error
    return _with_xmp(buffer.getvalue(), format, belongings.xmp)


def over_rgb(image: Image.Image, changed: Image.Image) -> Image.Image:
    """`changed`, an RGB picture, with the transparency of `image`."""
    if image.mode == "RGBA":
        changed = changed.copy()
        changed.putalpha(image.getchannel("A"))
    return changed


def bitmap(image: Image.Image) -> Asset:
    """The picture as an asset in memory, made and read without the cost of compression."""
    buffer = io.BytesIO()
    image.save(buffer, "BMP")
    return Asset.of(buffer.getvalue(), name="pixels.bmp")


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _profile(icc: object) -> bytes | None:
    """The colour profile, if it is one for RGB: pixels leave as RGB, and a CMYK or grey profile would distort them."""
    return icc if isinstance(icc, bytes) and icc[16:20] == b"RGB " else None


def _upright(image: Image.Image) -> bytes | None:
    """The EXIF block without its orientation; None when there is none or it is damaged beyond carrying over."""
    try:
        exif = image.getexif()
        exif.pop(_ORIENTATION, None)
        return exif.tobytes() if len(exif) else None
    except _EXIF_FAULTS:
        return None


def _xmp(asset: Asset) -> bytes | None:
    from ..formats import for_format

    return for_format(asset.format).read_xmp(asset.data)


def _with_xmp(data: bytes, format: str, xmp: bytes | None) -> bytes:
    from ..formats import for_format

    return data if xmp is None else for_format(format).write_xmp(data, xmp)
