"""Our own image watermark: a keyed pattern below the picture's texture that needs no original and no weights."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from ..errors import Unsupported, UsageError
from ..evidence import Media, Reading
from . import MarkKey, PixelMark
from . import _tile_code as code
from ._tile_decode import COARSE, Decoded, decode, fold, margin, place
from ._tile_find import Candidate, Spectrum, candidates, spectrum, stretched
from ._tile_layout import PLANE, Layout, layout, origin, pattern
from ._tile_mask import FLAT, box, resize, strength

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Floats = NDArray[np.floating[Any]]

SMALLEST = 256  # pixels on the shorter side
# Pictures are marked at the scale where they have this many pixels at most, so that a social network's shrinking
# costs the mark nothing; smaller pictures are marked as they are.
CANONICAL = 768**2
WORKING = 512**2  # pixels of the picture that is read
# A copy spans at most this many canonical pixels (turned on a larger canvas), and needs this many to be read.
MOST, LEAST = 2.2 * CANONICAL, 96**2
STRIP = 256  # rows written at a time: a 100 megapixel picture needs no second copy in floats

RATE = 1e-6
# At most this many guesses at the geometry are decoded for a key; each could err.
ATTEMPTS = 32
# Under a key that is independent of the picture the signs of all votes are fair coins, so by Hoeffding's inequality
# a given word reaches z standard deviations with a chance below exp(-z**2 / 2); 2**64 words and all attempts share
# the rate. This holds for every picture, however made.
THRESHOLD = math.sqrt(2 * (math.log(ATTEMPTS / RATE) + code.PAYLOAD_BITS * math.log(2)))
# A picture is marked on trial, saved as a JPEG of this quality and read; the strength is then set for this margin, so
# that a busy picture is not marked stronger than it needs and a hard one not weaker, within limits of visibility.
TRIAL_QUALITY, TRIAL_MARGIN = 30, 26.0
FAINTEST, STRONGEST = 0.7, 1.5

STANDS_OUT = 4.6  # a beacon whose peak is lower than this is not decoded


class Tile:
    """The PixelMark `tile@1`; docs/tile-mark.md tells how it works and what it survives."""

    name = "tile"
    version = 1
    media = Media.IMAGE
    payload_bits = code.PAYLOAD_BITS
    false_positive_rate = RATE
    extra = ""
    can_embed = True
    swift = True

    def embed(self, pixels: Pixels, payload: int, key: MarkKey) -> Pixels:
        """The marked picture, same shape; the payload has at most 64 bits.

        Raises:
            Unsupported: the shorter side has fewer than 256 pixels.
            UsageError: the payload has more than 64 bits or is negative.
        """
        height, width = pixels.shape[:2]
        if min(height, width) < SMALLEST:
            raise Unsupported(f"tile needs at least {SMALLEST} pixels on the shorter side, this has {width} x {height}")
        if not 0 <= payload < 1 << code.PAYLOAD_BITS:
            raise UsageError(f"tile carries {code.PAYLOAD_BITS} bits, not the payload {payload:#x}")
        luma = _luma(pixels, _canonical(height, width))
        shift = origin(payload, key.secret)
        rows, cols = ((np.arange(n) - start) % PLANE for n, start in zip(luma.shape, shift, strict=True))
        wave = pattern(payload, key.secret)[rows][:, cols]
        allowed = strength(luma)
        gain = _gain(luma, allowed, wave, payload, key)
        # More strength is for places that hide it, never for flat ones.
        return _add(pixels, (gain * allowed - FLAT * max(0.0, gain - 1)) * wave)

    def read(self, pixels: Pixels, keys: Sequence[MarkKey], *, deep: bool = False) -> Reading | None:
        """The mark found under the best of `keys`, or None; `deep` tries more geometries, at some seconds a key."""
        height, width = pixels.shape[:2]
        if not keys or min(height, width) < 32:
            return None
        size = _working(height, width)
        luma = _luma(pixels, size)
        spec = spectrum(_residual(luma, strength(luma)))
        upright = Candidate(np.diag([c / n for c, n in zip(_canonical(height, width), size, strict=True)]), 0.0)
        found = [(hit, key) for key in keys if (hit := _search(spec, size, upright, key, deep)) is not None]
        if not found:
            return None
        (hit, key) = max(found, key=lambda f: f[0].z)
        return Reading(
            reader="marks",
            method=f"{self.name}@{self.version}",
            payload=f"{hit.payload:016x}",
            p_value=_p_value(hit.z),
            bits_agree=hit.agree,
            key_id=key.id,
        )


def _search(spec: Spectrum, size: tuple[int, int], upright: Candidate, key: MarkKey, deep: bool) -> Decoded | None:
    plan = layout(key.secret)
    attempts = 0
    for candidate in _guesses(spec, upright, plan, size[0] * size[1], deep):
        plane = fold(spec, size, candidate)
        if plane is None:
            continue
        for turned in (plane, np.conj(plane)):  # a half turn leaves the magnitudes as they are
            y, x, peak = place(turned, plan)
            if peak < STANDS_OUT:
                continue
            attempts += 1
            hit = decode(turned, plan, key.secret, (y, x))
            if hit is not None and hit.z >= THRESHOLD:
                return hit
            if attempts == ATTEMPTS:
                return None
    return None


def _guesses(spec: Spectrum, upright: Candidate, plan: Layout, area: int, deep: bool) -> Iterator[Candidate]:
    """The likeliest geometries first."""
    yield upright
    scales = (math.sqrt(area / MOST), max(math.sqrt(area / LEAST), 1.0))
    yield from candidates(spec, plan, scales, 16 if deep else 5)
    yield from stretched(spec, plan, scales, 12 if deep else 3)


def _gain(luma: Floats, allowed: Floats, wave: Floats, payload: int, key: MarkKey) -> float:
    """The factor on the allowed strength by which the mark survives a coarse JPEG with the margin wanted."""
    file = io.BytesIO()
    trial = np.clip(np.rint(luma + allowed * wave), 0, 255).astype(np.uint8)
    Image.fromarray(trial).save(file, "JPEG", quality=TRIAL_QUALITY)
    height, width = luma.shape
    size = _working(height, width)
    read = resize(np.asarray(Image.open(file), np.float32), size, Image.Resampling.BICUBIC)
    weight = resize(allowed, size, Image.Resampling.BILINEAR)
    plane = fold(spectrum(_residual(read, weight)), size, Candidate(np.diag([height / size[0], width / size[1]]), 0.0))
    if plane is None:
        return STRONGEST
    y, x = origin(payload, key.secret)
    word = code.encode(payload, key.secret)
    found = margin(plane, layout(key.secret), word, (y / COARSE, x / COARSE))
    return float(np.clip(TRIAL_MARGIN / max(found, 1.0), FAINTEST, STRONGEST))


def _p_value(z: float) -> float:
    exponent = math.log(ATTEMPTS) + code.PAYLOAD_BITS * math.log(2) - z * z / 2
    return math.exp(max(exponent, -700.0))


def _canonical(height: int, width: int) -> tuple[int, int]:
    """The size at which a picture is marked."""
    shrink = min(1.0, math.sqrt(CANONICAL / (height * width)))
    return max(1, round(height * shrink)), max(1, round(width * shrink))


def _working(height: int, width: int) -> tuple[int, int]:
    """The size at which a picture is read."""
    shrink = min(1.0, math.sqrt(WORKING / (height * width)))
    return max(32, round(height * shrink)), max(32, round(width * shrink))


def _luma(pixels: Pixels, size: tuple[int, int]) -> Floats:
    gray = Image.fromarray(pixels).convert("L")
    # Whole-number shrinking first: no float copy of a 100 megapixel picture.
    gray = gray.reduce(max(1, min(gray.height // size[0], gray.width // size[1]) // 2))
    if (gray.height, gray.width) == size:
        return np.asarray(gray, np.float32)
    return resize(np.asarray(gray, np.float32), size, Image.Resampling.LANCZOS)


def _residual(luma: Floats, allowed: Floats) -> Floats:
    """What is left of a picture without its content, weighted by how much mark it can hold over how much noise."""
    detail = np.clip(luma - box(luma, 4), -30, 30)
    noise = box(detail * detail, 4)
    return detail * allowed / (noise + 6.0)


def _add(pixels: Pixels, field: Floats) -> Pixels:
    """The picture plus the field, which is stretched over it, in strips."""
    height, width = pixels.shape[:2]
    source, scale = Image.fromarray(field), field.shape[0] / height
    marked = np.empty_like(pixels)
    for top in range(0, height, STRIP):
        bottom = min(top + STRIP, height)
        window = (0.0, top * scale, float(field.shape[1]), bottom * scale)
        strip = source.resize((width, bottom - top), Image.Resampling.BICUBIC, box=window)
        change = np.rint(np.asarray(strip)).astype(np.int16)[..., None]
        np.clip(pixels[top:bottom] + change, 0, 255, out=marked[top:bottom], casting="unsafe")
    return marked


mark: PixelMark = Tile()
