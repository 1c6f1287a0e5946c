"""The fixed marks of generators' pipelines are read as those pipelines write them, with the stock encoder."""

from typing import Any

import numpy as np
import pytest

from indicia.provenance.errors import Unsupported
from indicia.provenance.marks import MarkKey, get
from indicia.provenance.marks.sd_fixed import FIXED, Fixed

WAYS = [(fixed, order, shift) for fixed in FIXED for order, shift in fixed.ways]


def photograph(name: str) -> Any:
    from sklearn.datasets import load_sample_image

    return load_sample_image(name)


def stock(pixels: Any, fixed: Fixed, order: str, shift: float) -> Any:
    """RGB pixels marked as the pipeline does: floating point where it passes that, in its channel order."""
    from imwatermark import WatermarkEncoder

    encoder = WatermarkEncoder()
    encoder.set_watermark("bits", [int(bit) for bit in fixed.bits])
    given = pixels[..., ::-1] if order == "rgb" else pixels
    marked = encoder.encode(np.ascontiguousarray(given, np.float32 if shift else np.uint8), "dwtDct")
    marked = np.clip(np.rint(marked), 0, 255).astype(np.uint8)
    return marked[..., ::-1] if order == "rgb" else marked


@pytest.mark.parametrize(("fixed", "order", "shift"), WAYS, ids=lambda value: getattr(value, "pipeline", str(value)))
def test_a_pipeline_s_mark_is_read_and_named(fixed: Fixed, order: str, shift: float) -> None:
    picture = photograph("flower.jpg")[:, :512]

    reading = get("sd_fixed").read(stock(picture, fixed, order, shift), [])

    assert reading is not None
    assert (f"{fixed.pipeline}@1", False, "") == (reading.method, reading.ours, reading.key_id)
    assert reading.p_value <= get("sd_fixed").false_positive_rate


def test_the_message_of_sdxl_is_the_one_diffusers_embeds() -> None:
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("diffusers")  # read, not imported: importing it takes seconds
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "pipelines/stable_diffusion_xl/watermark.py").read_text()

    assert f"WATERMARK_MESSAGE = 0b{FIXED[0].bits}\n" in source


def test_bytes_are_read_as_the_scripts_write_them() -> None:
    from imwatermark import WatermarkEncoder

    encoder = WatermarkEncoder()
    encoder.set_watermark("bytes", b"StableDiffusionV1")
    marked = encoder.encode(photograph("china.jpg")[..., ::-1].copy(), "dwtDct")[..., ::-1]

    reading = get("sd_fixed").read(marked, [])

    assert reading is not None
    assert b"StableDiffusionV1" == bytes.fromhex(reading.payload)


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_a_photograph_has_no_fixed_mark(name: str) -> None:
    assert get("sd_fixed").read(photograph(name), []) is None


def test_it_embeds_nothing() -> None:
    with pytest.raises(Unsupported, match="embeds none"):
        get("sd_fixed").embed(photograph("china.jpg"), 0, MarkKey("k", bytes(32)))
