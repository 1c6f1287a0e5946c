"""The package that these methods come from reads what we write, and we read its plane bit for bit."""

from typing import Any

import numpy as np
import pytest

from indicia.provenance.marks import MarkKey, _blocks, _framing, get

KEY = MarkKey("aaaaaaaa", bytes(range(32)))
STOCK = {"dwt_dct": "dwtDct", "dwt_dct_svd": "dwtDctSvd"}


def photograph(name: str = "china.jpg") -> Any:
    from sklearn.datasets import load_sample_image

    return load_sample_image(name)


def test_the_u_plane_is_opencv_s_bit_for_bit() -> None:
    import cv2

    pixels = np.random.default_rng(0).integers(0, 256, (257, 301, 3), np.uint8)

    assert np.array_equal(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV)[..., 1], _blocks.u_plane(pixels))


@pytest.mark.parametrize("name", sorted(STOCK))
@pytest.mark.parametrize("picture", ["china.jpg", "flower.jpg"])
def test_the_stock_decoder_reads_our_raw_bits(name: str, picture: str) -> None:
    from imwatermark import WatermarkDecoder

    marked = get(name).embed(photograph(picture), 0xDEADBEEF, KEY)

    bits = WatermarkDecoder("bits", _framing.CODED_BITS).decode(marked[..., ::-1].copy(), STOCK[name])

    assert np.mean(np.asarray(bits) == _framing.encode(0xDEADBEEF, KEY, f"{name}@1")) >= 0.97


@pytest.mark.parametrize("name", sorted(STOCK))
def test_we_read_what_the_stock_encoder_writes(name: str) -> None:
    from imwatermark import WatermarkEncoder

    encoder = WatermarkEncoder()
    encoder.set_watermark("bits", _framing.encode(0xDEADBEEF, KEY, f"{name}@1").tolist())
    marked = encoder.encode(photograph()[..., ::-1].copy(), STOCK[name])[..., ::-1]

    reading = get(name).read(marked, [KEY])

    assert reading is not None
    assert "deadbeef" == reading.payload


@pytest.mark.parametrize("name", sorted(STOCK))
def test_our_marks_cost_at_least_three_decibels_less_than_the_stock_ones(name: str) -> None:
    from imwatermark import WatermarkEncoder

    picture = photograph()
    encoder = WatermarkEncoder()
    encoder.set_watermark("bits", _framing.encode(0xDEADBEEF, KEY, f"{name}@1").tolist())
    stock = encoder.encode(picture[..., ::-1].copy(), STOCK[name])[..., ::-1]
    ours = get(name).embed(picture, 0xDEADBEEF, KEY)

    loss = [np.mean((marked.astype(float) - picture) ** 2) for marked in (stock, ours)]

    assert 10 * np.log10(loss[0] / loss[1]) >= 3
