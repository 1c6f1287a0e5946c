"""RivaGAN behind our framing: the two networks that the invisible-watermark wheel carries, run by onnxruntime.

RivaGAN (Zhang et al. 2019) has 32 raw bits, of which its decoder gets several wrong in difficult pictures. At a false
positive rate of one in a million only 4,295 of the 2**32 words may count as a mark, so there is no room for error
correction: 12 payload bits and 20 check bits, all of which must be right. Twelve bits do not identify a record by
themselves; use this mark beside another one, for its tolerance of cropping, turning and mild resizing.

Pictures above 512 x 512 pixels are marked and read at that area, and the difference is scaled up. That keeps time and
memory bounded and makes any later size above it the same to the reader. The package's own decoder reads the raw bits
of pictures that were not scaled.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MissingExtra, Unsupported
from ..evidence import Media, Reading
from . import PixelMark, _framing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from . import MarkKey, Pixels

_RAW_BITS, _PAYLOAD_BITS = 32, 12
_CHECK_BITS = _RAW_BITS - _PAYLOAD_BITS
_THRESHOLD = 0.52  # between the networks' 0 and 1, as the package sets it
_AREA = 512 * 512  # pixels at which the networks work at most
_MIN_PIXELS, _MIN_SIDE = 65_536, 64
# Rounds of embedding, each with the gain on the difference: 42 dB, and 39 dB where that does not hold.
_GAINS = (1.0, 1.0, 1.0, 1.25, 1.25)
_FIRM = 3.0  # a score this far on the right side outlives mild edits
_PUSH = 0.5  # how much further a weak bit's input is moved beyond 0 or 1 in the next round


class RivaGan:
    """12 payload bits, no error correction; about 1.5 CPU seconds to read, 3 to 13 to mark."""

    name = "riva_gan"
    version = 1
    media = Media.IMAGE
    payload_bits = _PAYLOAD_BITS
    false_positive_rate = 2.0**-_CHECK_BITS
    extra = "watermark"
    can_embed = True
    swift = False

    def embed(self, pixels: Pixels, payload: int, key: MarkKey) -> Pixels:
        """The marked picture, read back before it is returned."""
        if not _big_enough(pixels):
            height, width = pixels.shape[:2]
            raise Unsupported(
                f"{self.name}: {width} x {height} pixels are too few; it takes {_MIN_PIXELS} or more, "
                f"{_MIN_SIDE} or more on each side"
            )
        bits = self.code(payload, key)
        wanted = bits.astype(np.float32)
        small, held = _reduced(pixels), None
        for gain in _GAINS:
            marked = _added(pixels, gain * _difference(small, wanted))
            margin = np.where(bits, 1, -1) * (self.scores(marked) - _THRESHOLD)
            if margin.min() > 0:
                held = marked
            if margin.min() >= _FIRM:
                break
            # The network takes any number for a bit: asking for more than 1, or less than 0, where the picture
            # itself speaks against the bit costs nothing that shows.
            wanted = np.where(margin < _FIRM, wanted + np.where(bits, _PUSH, -_PUSH), wanted).astype(np.float32)
        if held is None:
            raise Unsupported(f"{self.name}: the mark does not hold in this picture; use another method")
        return held

    def read(self, pixels: Pixels, keys: Sequence[MarkKey]) -> Reading | None:
        """The mark found under the best of `keys`, or None."""
        if not keys or not _big_enough(pixels):
            return None
        bits = (self.scores(pixels) > _THRESHOLD).astype(np.uint8)
        return _framing.best(keys, lambda key: self._decode(bits, key), method=self._domain, digits=3, locator="pixels")

    def code(self, payload: int, key: MarkKey) -> NDArray[np.uint8]:
        """The 32 raw bits that carry `payload` under `key`."""
        _framing.fits(payload, _PAYLOAD_BITS, self.name)
        word = payload << _CHECK_BITS | _framing.check(payload, key, self._domain, _CHECK_BITS)
        return np.unpackbits(np.frombuffer((word ^ self._mask(key)).to_bytes(4, "big"), np.uint8))

    def scores(self, pixels: Pixels) -> NDArray[np.float32]:
        """The 32 raw scores that the network reads, from any picture that is big enough; above 0.52 is a 1."""
        decoder = _network("rivagan_decoder.onnx")
        return np.asarray(decoder.run(None, {"frame": _frame(_reduced(pixels))})[0][0], np.float32)

    def _decode(self, bits: NDArray[np.uint8], key: MarkKey) -> _framing.Found | None:
        word = int.from_bytes(np.packbits(bits).tobytes(), "big") ^ self._mask(key)
        payload = word >> _CHECK_BITS
        if word & ((1 << _CHECK_BITS) - 1) != _framing.check(payload, key, self._domain, _CHECK_BITS):
            return None
        return _framing.Found(payload, _RAW_BITS, _RAW_BITS, self.false_positive_rate)

    def _mask(self, key: MarkKey) -> int:
        return int.from_bytes(_framing.stream(key, self._domain, "mask", _RAW_BITS // 8), "big")

    @property
    def _domain(self) -> str:
        return f"{self.name}@{self.version}"


def _big_enough(pixels: Pixels) -> bool:
    height, width = pixels.shape[:2]
    return bool(height * width >= _MIN_PIXELS and min(height, width) >= _MIN_SIDE)


def _difference(small: Pixels, bits: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the encoder adds to the reduced picture, in grey levels."""
    encoder = _network("rivagan_encoder.onnx")
    out = encoder.run(None, {"frame": _frame(small), "data": bits[None]})[0]
    marked = (np.clip(out[0, :, 0], -1, 1).transpose(1, 2, 0)[..., ::-1] + 1) * 127.5
    return np.asarray(marked - small, np.float32)


def _added(pixels: Pixels, change: NDArray[np.float32]) -> Pixels:
    """The picture plus a change that is scaled up to its size."""
    from PIL import Image

    if change.shape != pixels.shape:
        size = (pixels.shape[1], pixels.shape[0])
        planes = [Image.fromarray(change[..., c]).resize(size, Image.Resampling.BICUBIC) for c in range(3)]
        change = np.stack([np.asarray(plane) for plane in planes], 2)
    return np.asarray(np.clip(np.rint(pixels + change), 0, 255), np.uint8)


def _reduced(pixels: Pixels) -> Pixels:
    """The picture itself, or shrunk to the working area."""
    from PIL import Image

    height, width = pixels.shape[:2]
    if height * width <= _AREA:
        return pixels
    ratio = (_AREA / (height * width)) ** 0.5
    size = (max(_MIN_SIDE, round(width * ratio)), max(_MIN_SIDE, round(height * ratio)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS), np.uint8)


def _frame(pixels: Pixels) -> NDArray[np.float32]:
    """One frame as the networks take it: 1 x BGR x 1 x height x width, -1 to 1."""
    return np.asarray(pixels[..., ::-1].transpose(2, 0, 1)[None, :, None] / 127.5 - 1, np.float32)


@functools.cache
def _network(name: str) -> Any:
    """The network of that file name. The package is found and not imported, because it would import torch and OpenCV.

    Raises:
        MissingExtra: invisible-watermark or onnxruntime is not installed.
    """
    package = find_spec("imwatermark")
    folders = package.submodule_search_locations if package else None
    path = Path(next(iter(folders))) / name if folders else Path(name)
    if not path.is_file():
        raise MissingExtra("riva_gan", "watermark")
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise MissingExtra("riva_gan", "watermark") from error
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the CPU to others
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


mark: PixelMark = RivaGan()
