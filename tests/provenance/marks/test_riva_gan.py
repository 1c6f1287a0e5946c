"""RivaGAN through onnxruntime says what the package says, at any size, and imports none of it."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image

from indicia.provenance.errors import MissingExtra
from indicia.provenance.marks import MarkKey, get, riva_gan

KEY = MarkKey("aaaaaaaa", bytes(range(32)))


def photograph() -> Any:
    from sklearn.datasets import load_sample_image

    return load_sample_image("china.jpg")


def test_the_stock_decoder_reads_our_raw_bits() -> None:
    from imwatermark import WatermarkDecoder

    picture = photograph()[:260, :300]
    marked = get("riva_gan").embed(picture, 0x5A5, KEY)
    WatermarkDecoder.loadModel()

    bits = WatermarkDecoder("bits", 32).decode(marked[..., ::-1].copy(), "rivaGan")

    assert get("riva_gan").code(0x5A5, KEY).tolist() == [int(bit) for bit in bits]


def test_a_large_picture_is_read_after_it_was_shrunk() -> None:
    large = np.asarray(Image.fromarray(photograph()).resize((1600, 1068), Image.Resampling.BICUBIC))
    marked = get("riva_gan").embed(large, 0x123, KEY)

    shrunk = np.asarray(Image.fromarray(marked).resize((1024, 684), Image.Resampling.LANCZOS))
    reading = get("riva_gan").read(shrunk, [KEY])

    assert reading is not None
    assert "123" == reading.payload


def test_nothing_of_the_package_is_imported() -> None:
    code = (
        "import sys, numpy as np; from indicia.provenance.marks import MarkKey, get; "
        "get('riva_gan').read(np.zeros((256, 256, 3), np.uint8), [MarkKey('k', bytes(16))]); "
        "print([m for m in ('imwatermark', 'torch', 'cv2', 'pywt') if m in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "[]" == said.strip()


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(riva_gan, "find_spec", lambda name: None)
    riva_gan._network.cache_clear()

    with pytest.raises(MissingExtra, match=r"indicia\[watermark\]"):
        get("riva_gan").read(np.zeros((256, 256, 3), np.uint8), [KEY])
