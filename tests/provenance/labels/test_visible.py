"""The visible label, measured on the pixels that were drawn."""

import math
from pathlib import Path

import numpy as np
import pytest
from containers import noise
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from indicia.provenance.errors import Unsupported, UsageError
from indicia.provenance.evidence import Media
from indicia.provenance.labels import visible
from indicia.provenance.labels.visible import FONT, PLACES, Placed, draw

WORDINGS = ["AI生成", "人工智能生成", "AI-generated", "由人工智能合成", "KI-generiert"]


def flat(colour: tuple[int, int, int], size: tuple[int, int] = (300, 200)) -> Image.Image:
    return Image.new("RGB", size, colour)


def gradient(size: tuple[int, int]) -> Image.Image:
    ramp = np.linspace(0, 255, size[0], dtype=np.uint8)
    return Image.fromarray(np.broadcast_to(ramp[None, :, None], (size[1], size[0], 3)).copy())


def ink_rows(drawn: Image.Image, placed: Placed) -> int:
    """Rows of the box in which a pixel is nearer to the ink than to the ground: measured anew, from the pixels."""
    left, top, right, bottom = placed.box
    pixels = np.asarray(drawn.convert("L"), dtype=int)[top:bottom, left:right]
    ground = int(np.asarray(drawn.convert("L"), dtype=int)[placed.plate[1], placed.plate[0]])
    ink = pixels.max() if pixels.max() - ground > ground - pixels.min() else pixels.min()
    return int((abs(pixels - ink) < abs(pixels - ground)).any(axis=1).sum())


@pytest.mark.parametrize("wording", WORDINGS)
@settings(max_examples=12, deadline=None)
@given(
    width=st.integers(64, 1500), height=st.integers(64, 1500), place=st.sampled_from(sorted(PLACES)),
    tone=st.integers(0, 255), ratio=st.sampled_from([0.05, 0.06, 0.1]),
)  # fmt: skip
def test_the_ink_is_tall_enough_wherever_it_stands(
    wording: str, width: int, height: int, place: str, tone: int, ratio: float
) -> None:
    picture = flat((tone, tone, tone), (width, height))
    try:
        drawn, placed = draw(picture, wording, place=place, ratio=ratio)
    except Unsupported:
        # Only a picture as narrow as the lawful height makes the words long may be refused.
        assert width < 140
        assume(False)

    assert 20 * placed.ink_height >= min(width, height)
    assert placed.tall_enough
    assert ink_rows(drawn, placed) >= placed.ink_height
    assert placed.ink_height >= math.floor(ratio * min(width, height))
    left, top, right, bottom = placed.plate
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


@pytest.mark.parametrize(
    "picture",
    [flat((250, 250, 245)), flat((5, 5, 20)), flat((127, 127, 127)), flat((255, 0, 0)), noise(size=(300, 200)),
     gradient((2400, 240)), gradient((64, 64)), Image.new("L", (99, 300), 140), Image.new("RGBA", (200, 200))],
)  # fmt: skip
@pytest.mark.parametrize("place", PLACES)
def test_the_contrast_holds_on_any_ground(picture: Image.Image, place: str) -> None:
    drawn, placed = draw(picture, place=place)

    box = drawn.crop(placed.plate).convert("RGBA")
    assert 4.5 <= placed.contrast <= best_contrast(np.asarray(box, dtype=float)) + 0.01
    assert (255, 255) == box.getchannel("A").getextrema() if drawn.mode == "RGBA" else True


def best_contrast(pixels: NDArray[np.float64]) -> float:
    """What black or white ink reaches against the worst pixel of the plate's border, where no ink stands."""
    values = pixels[..., :3] / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    return float(max(1.05 / (border.max() + 0.05), (border.min() + 0.05) / 0.05))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_pixels_outside_the_plate_stay(mode: str) -> None:
    picture = noise(mode, (200, 150))

    drawn, placed = draw(picture)

    left, top, right, bottom = placed.plate
    before, after = np.asarray(picture).copy(), np.asarray(drawn).copy()
    assert mode == drawn.mode
    assert (before[top:bottom, left:right] != after[top:bottom, left:right]).any()
    before[top:bottom, left:right] = after[top:bottom, left:right] = 0
    assert (before == after).all()


@pytest.mark.parametrize("mode", ["P", "1", "CMYK", "I;16", "LAB"])
def test_other_modes_come_back_in_full_colour(mode: str) -> None:
    picture = Image.new(mode, (120, 120))

    drawn, _ = draw(picture)

    assert drawn.mode in ("RGB", "RGBA")


def test_the_original_is_not_touched() -> None:
    picture = flat((9, 9, 9))
    before = picture.tobytes()

    draw(picture)

    assert before == picture.tobytes()


@pytest.mark.parametrize("wording", ["", "hello", "AI", "生成", "MAIL 生成"])
def test_words_without_both_elements_are_no_label(wording: str) -> None:
    with pytest.raises(UsageError, match="no label"):
        draw(flat((0, 0, 0)), wording)


@pytest.mark.parametrize("ratio", [0.049, 0, -1, 2, math.nan])
def test_a_height_below_the_lawful_one_is_refused(ratio: float) -> None:
    with pytest.raises(UsageError, match="5 %"):
        draw(flat((0, 0, 0)), ratio=ratio)


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(UsageError, match="bottom_right"):
        draw(flat((0, 0, 0)), place="centre")


def test_missing_characters_are_named() -> None:
    with pytest.raises(Unsupported, match="龘 麤"):
        draw(flat((0, 0, 0)), "AI生成龘麤")


def test_a_font_that_is_none_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")

    with pytest.raises(UsageError, match=r"broken\.ttf"):
        draw(flat((0, 0, 0)), font=broken)


def test_a_picture_too_small_is_told() -> None:
    with pytest.raises(Unsupported, match="too small"):
        draw(flat((0, 0, 0), (20, 20)), "AI-generated")


def test_the_font_is_small_and_comes_with_its_licence() -> None:
    assert FONT.stat().st_size < 200_000
    assert "SIL Open Font License, Version 1.1" in (FONT.parent / "OFL.txt").read_text()


def test_the_reader_claims_nothing() -> None:
    assert frozenset[Media]() == visible.label.media
