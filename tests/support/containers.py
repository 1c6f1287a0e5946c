"""One real file of every container that carries labels, some in several builds, made in memory."""

import base64
import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

# 16 x 16 pixels of one colour, written by libheif's heif-enc: Pillow writes no HEIC.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAa1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "AA5waXRtAAAAAAACAAAAEGlkYXQAAAAAABAAEAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAHRAAEAAAAAAAAAJQACAAEAAAAAAAAA"
    "AQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAAAADYaXBycAAA"
    "ALZpcGNvAAAAdmh2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwAeugJAIQABACpCAQED"
    "cAAAAwCQAAADAAADAB6gIIEFluqumubgQEDAgAAAAwCAAAADAIQiAAEABkQBwXPBiQAAABRpc3BlAAAAAAAAAEAAAABAAAAAFGlz"
    "cGUAAAAAAAAAEAAAABAAAAAQcGl4aQAAAAADCAgIAAAAGmlwbWEAAAAAAAAAAgABAoECAAICA4QAAAAaaXJlZgAAAAAAAAAOZGlt"
    "ZwACAAEAAQAAAC1tZGF0AAAAISgBrwQSEwzg+OnCaD83f6tLDTyftKsr40mfd7EYkqn/oA=="
)


# The user's own properties: unknown namespaces, a structure, an array, an attribute, a comment, odd spacing.
OWN_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Some Tool 7"><!-- kept -->
  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description rdf:about="uuid:1234" xmlns:mine='urn:example:mine' mine:rating = "5 &gt; 4"
        xmlns:dc="http://purl.org/dc/elements/1.1/">
      <dc:subject><rdf:Bag><rdf:li>\u732b</rdf:li><rdf:li>a &amp; b</rdf:li></rdf:Bag></dc:subject>
      <mine:place rdf:parseType="Resource"><mine:x>1</mine:x><mine:y>2</mine:y></mine:place>
    </rdf:Description>
  </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def without_bases(heic: bytes) -> bytes:
    """`HEIC` with the item table that telephones write: positions in the extents, no base offsets."""
    at = heic.index(b"iloc")
    rows = b""
    for start in (at + 12, at + 32):
        row = heic[start : start + 20]  # number, method, reference, base (4), count, offset (4), length (4)
        base = int.from_bytes(row[6:10], "big")
        # The table shrinks by four bytes a row, and the picture behind it moves up.
        rows += row[:6] + row[10:12] + (base - 8 if base else 0).to_bytes(4, "big") + row[16:]
    table = heic[at : at + 8] + b"\x44\0\0\2" + rows
    sizes = (len(table) + 4).to_bytes(4, "big"), (int.from_bytes(heic[28:32], "big") - 8).to_bytes(4, "big")
    return heic[:28] + sizes[1] + heic[32 : at - 4] + sizes[0] + table + heic[at + 52 :]


def noise(mode: str = "RGB", size: tuple[int, int] = (40, 24), seed: int = 0) -> Image.Image:
    """A picture that no lossless coder can shrink, so that a changed pixel shows."""
    bands = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], bands), dtype=np.uint8)
    return Image.fromarray(pixels[..., 0] if bands == 1 else pixels, mode)


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    """The picture in a format that Pillow writes."""
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def exif(tags: Mapping[int, object], inner: Mapping[int, object] | None = None) -> Image.Exif:
    """EXIF with these tags in the first directory and these in EXIF's own."""
    block = Image.Exif()
    for tag, value in tags.items():
        block[tag] = value
    block.get_ifd(0x8769).update(inner or {})
    return block


def pictures() -> dict[str, tuple[str, bytes]]:
    """Every picture container, by a name that says what is special: (format, bytes)."""
    plain, alpha = noise(), noise("RGBA")
    described = exif({0x010E: "a boat", 0x0131: "Camera 1.0a"}, {0x9286: b"ASCII\0\0\0hello"})
    frames = [noise(seed=1), noise(seed=2)]
    return {
        "jpeg": ("jpeg", saved(plain, "jpeg")),
        "jpeg with exif, icc and comment": (
            "jpeg", saved(plain, "jpeg", exif=described, icc_profile=b"icc" * 99, comment=b"hi", progressive=True)),
        "jpeg with a second picture": ("jpeg", saved(plain, "mpo", save_all=True, append_images=frames)),
        "png": ("png", saved(plain, "png")),
        "png with exif and palette": ("png", saved(noise("L").convert("P"), "png", exif=described)),
        "animated png": ("png", saved(plain, "png", save_all=True, append_images=frames)),
        "webp lossless": ("webp", saved(plain, "webp", lossless=True)),
        "webp lossy": ("webp", saved(plain, "webp")),
        "webp with alpha": ("webp", saved(alpha, "webp", lossless=True)),
        "webp lossy with alpha and exif": ("webp", saved(alpha, "webp", exif=described)),
        "animated webp": ("webp", saved(plain, "webp", save_all=True, append_images=frames)),
        "gif": ("gif", saved(plain, "gif").replace(b"GIF87a", b"GIF89a", 1)),
        "animated gif": ("gif", saved(plain, "gif", save_all=True, append_images=frames, loop=0, comment=b"hi")),
        "tiff": ("tiff", saved(plain, "tiff")),
        "tiff compressed": ("tiff", saved(plain, "tiff", compression="tiff_lzw", exif=described)),
        "big tiff": ("tiff", saved(plain, "tiff", big_tiff=True)),
        "avif": ("avif", saved(plain, "avif")),
        "avif with exif": ("avif", saved(alpha, "avif", exif=described)),
        "animated avif": ("avif", saved(plain, "avif", save_all=True, append_images=frames)),
        "heic": ("heic", HEIC),
        "heic without base offsets": ("heic", without_bases(HEIC)),
    }  # fmt: skip


def texts() -> dict[str, tuple[str, bytes]]:
    """Every text container."""
    page = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>猫</title></head><body><p>x</p></body></html>'
    drawing = (
        '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><title>猫</title><rect width="1"/></svg>\n'
    )
    return {
        "svg": ("svg", drawing.encode()),
        "markdown": ("markdown", b"# Title\n\n- one\n- two\n"),
        "markdown with front matter": (
            "markdown", "---\ntitle:   猫  # why\ntags: [a,  b]\nnest:\n  - AIGC\n---\n\n# Title\n\n- one\n".encode()),
        "markdown with windows line ends": ("markdown", b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n# T\r\n\r\n- a\r\n"),
        "html": ("html", page.encode()),
    }  # fmt: skip


def everything() -> dict[str, tuple[str, bytes]]:
    """All of them."""
    return pictures() | texts()
