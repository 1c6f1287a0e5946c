"""The fixed marks that image generators' reference pipelines embed: Stable Diffusion 1 and 2, SDXL, FLUX.

Each embeds one public message with invisible-watermark's dwtDct and no key. A hit is strong evidence of the pipeline
(anyone can embed the message too); a miss says nothing, because the mark does not outlive JPEG, cropping or resizing.

SDXL and FLUX hand floating-point pixels to the encoder, for which OpenCV centres U on 0.5 instead of 128. The package's
own decoder, which sees 8 bits, therefore misses most of their marks; here the shift is undone before reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Unsupported
from ..evidence import Media, Reading
from . import PixelMark, _blocks
from ._chance import binomial_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from . import MarkKey, Pixels

# A hit is at most as likely as 42 of 48 bits by chance (5.03e-8), for each way that is tried.
_MOST_CHANCE = 6e-8
_FLOAT_SHIFT = 255.0  # a Haar mean is twice the mean of U; 2 x (128 - 0.5)


@dataclass(frozen=True, slots=True)
class Fixed:
    """One pipeline's message and the ways in which its versions hand the picture to the encoder."""

    pipeline: str
    bits: str  # most significant first
    ways: tuple[tuple[str, float], ...]  # (channel order, shift of the Haar means)


def _text(message: str) -> str:
    return "".join(f"{byte:08b}" for byte in message.encode())


FIXED = (
    # Stability's generative-models and diffusers. diffusers up to 0.26 passed RGB where the encoder expects BGR
    # (huggingface/diffusers pull request 7013).
    Fixed(
        "stable-diffusion-xl", "101100111110110010010000011110111011000110011110",
        (("rgb", _FLOAT_SHIFT), ("bgr", _FLOAT_SHIFT), ("rgb", 0.0)),
    ),
    # black-forest-labs/flux: a 48-bit number whose two leading zeros bin() drops.
    Fixed("flux", "1010101111111010000111100111001111010100101110", (("rgb", _FLOAT_SHIFT), ("rgb", 0.0))),
    # The scripts of CompVis/stable-diffusion and Stability-AI/stablediffusion, on 8-bit pixels.
    Fixed("stable-diffusion-1", _text("StableDiffusionV1"), (("rgb", 0.0),)),
    Fixed("stable-diffusion-1-inpainting", _text("StableDiffusionV1-Inpainting"), (("rgb", 0.0),)),
    Fixed("stable-diffusion-2", _text("SDV2"), (("rgb", 0.0),)),
)  # fmt: skip
_TRIALS = sum(len(fixed.ways) for fixed in FIXED)


class SdFixed:
    """Reads only. The payload is the message; the method names the pipeline, such as `stable-diffusion-xl@1`."""

    name = "sd_fixed"
    version = 1
    media = Media.IMAGE
    payload_bits = 0
    false_positive_rate = _TRIALS * _MOST_CHANCE
    extra = ""
    can_embed = False
    swift = True

    def embed(self, pixels: Pixels, payload: int, key: MarkKey) -> Pixels:
        """Refused: these marks say that another tool made the picture.

        Raises:
            Unsupported: always.
        """
        raise Unsupported(f"{self.name}: reads other tools' marks and embeds none; use another method")

    def read(self, pixels: Pixels, keys: Sequence[MarkKey] = ()) -> Reading | None:
        """The likeliest of the fixed marks, or None; keys are not needed.

        The p-value is binomial: exact for bits that fall like coins, which those of unmarked pictures only roughly do.
        """
        if not _blocks.big_enough(pixels):
            return None
        planes = {"rgb": _blocks.u_plane(pixels), "bgr": _blocks.u_plane(pixels[..., ::-1])}
        best: Reading | None = None
        for fixed in FIXED:
            for order, shift in fixed.ways:
                found = self._compare(fixed, _levels(planes[order], shift))
                if found and (best is None or found.p_value < best.p_value):
                    best = found
        return best

    def _compare(self, fixed: Fixed, levels: NDArray[np.float64]) -> Reading | None:
        bits = np.frombuffer(fixed.bits.encode(), np.uint8) == ord("1")
        soft = _blocks.gather(_blocks.soft(levels), bits.size)
        agree = int(np.count_nonzero((soft > 0) == bits))
        chance = binomial_tail(agree, bits.size, 0.5)
        if chance > _MOST_CHANCE:
            return None
        return Reading(
            reader=f"marks.{self.name}", method=f"{fixed.pipeline}@{self.version}", payload=f"{int(fixed.bits, 2):x}",
            p_value=min(1.0, _TRIALS * chance), bits_agree=agree / bits.size, ours=False, locator="pixels",
        )  # fmt: skip


def _levels(plane: NDArray[np.int32], shift: float) -> NDArray[np.float64]:
    """The largest magnitude among the last fifteen Haar means of each block, as the encoder saw them."""
    largest: NDArray[np.float64] = np.abs(_blocks.split(plane).reshape(-1, 16)[:, 1:] - shift).max(1)
    return largest


mark: PixelMark = SdFixed()
