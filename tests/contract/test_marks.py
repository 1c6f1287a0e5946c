"""Every pixel mark of the folder keeps the contract: payload back, silence on unmarked pictures, quality, limits."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from indicia.provenance.errors import Unsupported, UsageError
from indicia.provenance.marks import MarkKey, PixelMark, get, pixel_marks

KEY = MarkKey("aaaaaaaa", bytes(range(32)))
OTHER = MarkKey("bbbbbbbb", bytes(range(1, 33)))
EVERY = [mark.name for mark in pixel_marks()]
WRITERS = [mark.name for mark in pixel_marks() if mark.can_embed]


def scene(seed: int, height: int = 320, width: int = 360) -> Any:
    """A picture with what photographs have: smooth light, edges, texture, sensor noise; no two seeds alike."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    picture = 70 + 100 * (y / height)[..., None] * rng.uniform(0.5, 1, 3)
    for _ in range(12):
        cy, cx, r = rng.uniform(0, height), rng.uniform(0, width), rng.uniform(20, 90)
        picture[(y - cy) ** 2 + (x - cx) ** 2 < r * r] = rng.uniform(30, 225, 3)
    grain = rng.normal(0, 1, (height // 8 + 1, width // 8 + 1)).repeat(8, 0).repeat(8, 1)[:height, :width]
    picture += 6 * grain[..., None] + rng.normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def picture_for(mark: PixelMark, seed: int) -> Any:
    """A scene; as small as it may be where an optional extra, a network, makes reading slow."""
    return scene(seed, 256, 256) if mark.extra else scene(seed)


def unmarked() -> dict[str, Any]:
    """Pictures without a mark, of the kinds that fool weak presence tests: flat, periodic, drawn, noisy, text-like."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:300, 0:300]
    page = np.full((300, 300, 3), 255, np.uint8)
    page[20:280:12, 20:280] = np.where(rng.random((22, 260, 1)) < 0.5, 0, 255)
    stripes = np.repeat(((x // 8 + y // 8) % 2 * 255).astype(np.uint8)[..., None], 3, 2)
    gradient = np.stack([x * 255 // 299, y * 255 // 299, (x + y) * 255 // 598], 2).astype(np.uint8)
    flats = {f"flat {v}": np.full((300, 300, 3), v, np.uint8) for v in (0, 128, 255)}
    blue = np.zeros((300, 300, 3), np.uint8)
    blue[..., 2] = 255
    noise = {f"noise {n}": rng.integers(0, 256, (280, 300, 3), np.uint8) for n in range(4)}
    scenes = {f"scene {n}": scene(1000 + n) for n in range(8)}
    return {"page": page, "stripes": stripes, "gradient": gradient, "blue": blue, **flats, **noise, **scenes}


def payload_of(mark: PixelMark, seed: int) -> int:
    return int(np.random.default_rng(seed).integers(0, 1 << min(mark.payload_bits, 62)))


def psnr(a: Any, b: Any) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2)))


@pytest.mark.parametrize("name", WRITERS)
def test_the_payload_comes_back_and_names_its_key(name: str) -> None:
    mark: PixelMark = get(name)

    for seed in range(1 if mark.extra else 3):
        payload = payload_of(mark, seed)
        reading = mark.read(mark.embed(picture_for(mark, seed), payload, KEY), [OTHER, KEY])

        assert reading is not None
        assert payload == int(reading.payload, 16)
        assert (f"{name}@{mark.version}", KEY.id, True) == (reading.method, reading.key_id, reading.ours)
        assert reading.p_value <= 2 * mark.false_positive_rate


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("edge", ["smallest", "largest"])
def test_the_smallest_and_the_largest_payload_come_back(name: str, edge: str) -> None:
    mark: PixelMark = get(name)
    payload = 0 if edge == "smallest" else (1 << mark.payload_bits) - 1

    reading = mark.read(mark.embed(picture_for(mark, 11), payload, KEY), [KEY])

    assert reading is not None
    assert payload == int(reading.payload, 16)


@pytest.mark.parametrize("name", WRITERS)
def test_the_picture_keeps_its_shape_its_type_and_its_looks(name: str) -> None:
    mark: PixelMark = get(name)
    picture = scene(21, *((258, 261) if mark.extra else (301, 333)))
    before = picture.copy()

    marked = mark.embed(picture, payload_of(mark, 5), KEY)

    assert (picture.shape, np.dtype(np.uint8)) == (marked.shape, marked.dtype)
    assert psnr(picture, marked) >= 38
    np.testing.assert_array_equal(before, picture)  # the caller's array is untouched


@pytest.mark.parametrize("name", WRITERS)
def test_a_key_that_did_not_mark_reads_nothing(name: str) -> None:
    mark: PixelMark = get(name)
    marked = mark.embed(picture_for(mark, 31), payload_of(mark, 1), KEY)

    strangers = [MarkKey(f"{n:08x}", n.to_bytes(32, "big")) for n in range(1, 6)]

    assert mark.read(marked, strangers) is None
    assert not mark.can_embed or mark.read(marked, []) is None


@pytest.mark.parametrize("name", EVERY)
def test_an_unmarked_picture_reads_as_nothing(name: str) -> None:
    mark: PixelMark = get(name)

    pictures = list(unmarked().items())[:: 4 if mark.extra else 1]
    found = {what: mark.read(picture, [KEY, OTHER]) for what, picture in pictures}

    assert {} == {what: reading for what, reading in found.items() if reading is not None}


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_no_key_of_many_reads_anything_in_unmarked_scenes(name: str) -> None:
    mark: PixelMark = get(name)
    keys = [MarkKey(f"{n:08x}", n.to_bytes(16, "big")) for n in range(20)]
    # tile searches angle and scale anew for every key: half a second each. Its benchmark reads thousands.
    scenes = 10 if mark.extra or name == "tile" else 100

    assert all(mark.read(scene(5000 + n), keys) is None for n in range(scenes))


@pytest.mark.parametrize("name", EVERY)
def test_the_stated_false_positive_rate_is_at_most_one_in_a_million(name: str) -> None:
    assert 0 < get(name).false_positive_rate <= 1e-6


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (1, 400), (400, 1), (32, 32)])
def test_a_picture_too_small_reads_as_nothing_and_takes_no_mark(name: str, shape: tuple[int, int]) -> None:
    mark: PixelMark = get(name)
    tiny = np.full((*shape, 3), 90, np.uint8)

    assert mark.read(tiny, [KEY]) is None
    with pytest.raises(Unsupported):
        mark.embed(tiny, 1, KEY)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("payload", [lambda bits: 1 << bits, lambda bits: -1])
def test_a_payload_with_too_many_bits_is_refused(name: str, payload: Callable[[int], int]) -> None:
    mark: PixelMark = get(name)

    with pytest.raises(UsageError):
        mark.embed(picture_for(mark, 41), payload(mark.payload_bits), KEY)
