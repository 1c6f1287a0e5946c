"""A small picture or a few words of a file, for the report."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from ...provenance.asset import Asset, Limits
from ...provenance.errors import IndiciaError
from ...provenance.evidence import Media
from ...provenance.plain import clean

SIDE = 320  # pixels; twice what the page shows, for sharp screens
EXCERPT = 420  # characters
_LIMITS = Limits(memory_bytes=64 << 20, pixels=64_000_000, text_bytes=1 << 20)


@dataclass(frozen=True, slots=True)
class Preview:
    """A data URI of a JPEG, or an excerpt of a text, or neither."""

    picture: str = ""
    excerpt: str = ""


def preview(path: str, sha256: str) -> Preview:
    """What `path` looks like, while it holds the content that was scanned; empty for what cannot be shown."""
    try:
        asset = Asset.open(path, limits=_LIMITS)
        if not sha256 or asset.ref.sha256 != sha256:
            return Preview()
        if asset.media is Media.IMAGE and asset.format != "svg":
            return Preview(picture=_thumbnail(asset))
        if asset.media is Media.TEXT:
            return Preview(excerpt=clean(" ".join(asset.text()[: EXCERPT * 4].split()), most=EXCERPT))
    except IndiciaError:
        pass  # the dossier tells what is wrong with the file; here there is only nothing to show
    return Preview()


def _thumbnail(asset: Asset) -> str:
    from PIL import Image

    picture = asset.image()
    picture.thumbnail((SIDE, SIDE))
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    buffer = io.BytesIO()
    ground.save(buffer, "JPEG", quality=72, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
