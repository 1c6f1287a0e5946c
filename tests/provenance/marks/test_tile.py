"""The tile mark: what it carries comes back after what the world does to pictures, and nothing comes from nothing."""

import io
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from indicia.provenance.errors import Unsupported, UsageError
from indicia.provenance.marks import MarkKey, PixelMark, get
from indicia.provenance.marks import _tile_code as code
from indicia.provenance.marks._tile_decode import SIDE, decode
from indicia.provenance.marks._tile_layout import layout
from indicia.provenance.marks._tile_mask import FLAT, strength
from indicia.provenance.marks.tile import ATTEMPTS, THRESHOLD, Tile

Pixels = NDArray[np.uint8]

KEY = MarkKey("first", b"a secret of the test, 1")
OTHER = MarkKey("second", b"a secret of the test, 2")
PAYLOAD = 0x0123456789ABCDEF
TILE = Tile()
GOLDEN = Path(__file__).parents[2] / "golden" / "tile-1.jpg"


def photo(height: int = 512, width: int = 512, seed: int = 1) -> Pixels:
    """A picture with the spectrum of a photograph: soft clouds of all sizes, in colour, with a few hard edges."""
    rng = np.random.default_rng(seed)
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]) + 1 / max(height, width)
    layers = []
    for _ in range(3):
        noise = np.fft.rfft2(rng.normal(size=(height, width))) / radius**1.7
        cloud = np.fft.irfft2(noise, (height, width))
        layers.append(128 + 45 * (cloud - cloud.mean()) / cloud.std())
    image = Image.fromarray(np.clip(np.stack(layers, 2), 0, 255).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((width // 4, height // 4, width // 2, height // 2), (200, 60, 40))
    return np.asarray(image)


def drawing(size: int = 512) -> Pixels:
    """A flat scene: sky, hill, sun, house."""
    image = Image.new("RGB", (4 * size, 4 * size), (150, 200, 240))
    draw = ImageDraw.Draw(image)
    draw.ellipse((-size, 5 * size // 2, 5 * size, 7 * size), (110, 170, 90))
    draw.ellipse((5 * size // 2, size // 2, 3 * size, size), (250, 220, 80))
    draw.rectangle((size, 2 * size, 2 * size, 3 * size), (200, 80, 60))
    draw.polygon(((size // 2, 2 * size), (3 * size // 2, size), (5 * size // 2, 2 * size)), (90, 50, 40))
    return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))


def jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    def attack(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file).convert("RGB")

    return attack


def scale(across: float, down: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.resize(
        (round(image.width * across), round(image.height * down)), Image.Resampling.LANCZOS
    )


def crop(left: float, top: float, right: float, bottom: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.crop(
        (int(left * image.width), int(top * image.height), int(right * image.width), int(bottom * image.height))
    )


ATTACKS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "nothing": lambda image: image,
    "jpeg 60": jpeg(60),
    "jpeg 40": jpeg(40),
    "half size": scale(0.5, 0.5),
    "a third larger": scale(1.33, 1.33),
    "stretched": scale(1.08, 1.0),
    "a third cropped away": crop(0.11, 0.05, 0.95, 0.85),
    "half cropped away": crop(0.2, 0.1, 0.91, 0.81),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "upside down": lambda image: image.rotate(180),
    "on its side": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "turned": lambda image: image.rotate(7, Image.Resampling.BICUBIC),
    "turned much": lambda image: image.rotate(-38, Image.Resampling.BICUBIC),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1.5)),
    "a screenshot": lambda image: jpeg(80)(scale(0.8, 0.8)(crop(0.05, 0.05, 0.95, 0.95)(image))),
    "all at once": lambda image: jpeg(60)(
        scale(0.75, 0.75)(crop(0.05, 0.1, 0.9, 0.95)(image).rotate(3, Image.Resampling.BICUBIC))
    ),
}


def payload_of(pixels: Pixels, *keys: MarkKey) -> int | None:
    reading = TILE.read(pixels, keys or (KEY,))
    return int(reading.payload, 16) if reading else None


def test_it_keeps_the_contract() -> None:
    mark = get("tile")

    assert isinstance(mark, PixelMark)
    assert ("tile", 1, 64, "") == (mark.name, mark.version, mark.payload_bits, mark.extra)
    assert mark.false_positive_rate <= 1e-6


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("picture", [photo, drawing])
def test_the_payload_comes_back(picture: Callable[[], Pixels], attack: str) -> None:
    marked = TILE.embed(picture(), PAYLOAD, KEY)

    attacked = np.asarray(ATTACKS[attack](Image.fromarray(marked)))

    assert PAYLOAD == payload_of(attacked)


@pytest.mark.parametrize("size", [(256, 256), (1000, 1000), (300, 900), (1400, 1900)])
def test_pictures_of_many_sizes_carry_it_through_a_jpeg(size: tuple[int, int]) -> None:
    marked = TILE.embed(photo(*size), PAYLOAD, KEY)

    assert PAYLOAD == payload_of(np.asarray(jpeg(75)(Image.fromarray(marked))))


@settings(max_examples=8, deadline=None)
@given(payload=st.integers(0, 2**64 - 1), secret=st.binary(min_size=16, max_size=40))
def test_every_payload_under_every_key_comes_back(payload: int, secret: bytes) -> None:
    key = MarkKey("k", secret)

    assert payload == payload_of(TILE.embed(drawing(256), payload, key), key)


@settings(max_examples=30, deadline=None)
@given(payload=st.integers(0, 2**64 - 1), secret=st.binary(min_size=16), seed=st.integers(0, 1000))
def test_the_code_mends_noise_stronger_than_the_signal(payload: int, secret: bytes, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.9, code.CODED_BITS)

    assert payload == code.decode((code.encode(payload, secret) + noise).astype(np.float32), secret)


def test_the_change_is_small() -> None:
    for picture in (photo(), drawing()):
        change = TILE.embed(picture, PAYLOAD, KEY).astype(float) - picture

        assert 10 * np.log10(255**2 / (change**2).mean()) > 42
        assert np.abs(change).max() <= 16


def test_another_key_reads_nothing_and_the_right_one_is_named() -> None:
    marked = TILE.embed(photo(), PAYLOAD, KEY)

    assert TILE.read(marked, [OTHER]) is None
    reading = TILE.read(marked, [OTHER, KEY])
    assert reading is not None
    assert ("first", f"{PAYLOAD:016x}", "tile@1") == (reading.key_id, reading.payload, reading.method)
    assert reading.p_value <= 1e-6
    assert reading.bits_agree > 0.9


def test_no_key_no_reading() -> None:
    assert TILE.read(TILE.embed(photo(), PAYLOAD, KEY), []) is None


def test_marks_of_two_keys_live_in_one_picture() -> None:
    both = TILE.embed(TILE.embed(photo(), PAYLOAD, KEY), 42, OTHER)

    assert (PAYLOAD, 42) == (payload_of(both, KEY), payload_of(both, OTHER))


def test_marking_is_deterministic_and_leaves_its_input_alone() -> None:
    picture = photo()
    before = picture.copy()

    first, second = (TILE.embed(picture, PAYLOAD, KEY) for _ in range(2))

    assert np.array_equal(first, second)
    assert np.array_equal(before, picture)
    assert (picture.shape, picture.dtype) == (first.shape, first.dtype)


@pytest.mark.parametrize("shape", [(255, 800), (800, 255), (1, 1)])
def test_a_picture_too_small_is_refused_with_the_limit(shape: tuple[int, int]) -> None:
    with pytest.raises(Unsupported, match="256"):
        TILE.embed(np.zeros((*shape, 3), np.uint8), PAYLOAD, KEY)


@pytest.mark.parametrize("payload", [-1, 2**64])
def test_a_payload_too_large_is_refused(payload: int) -> None:
    with pytest.raises(UsageError, match="64"):
        TILE.embed(drawing(256), payload, KEY)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (31, 31), (33, 2000), (64, 64)])
@pytest.mark.parametrize("value", [0, 255])
def test_degenerate_pictures_read_as_nothing(shape: tuple[int, int], value: int) -> None:
    assert TILE.read(np.full((*shape, 3), value, np.uint8), [KEY]) is None


def test_unmarked_pictures_read_as_nothing() -> None:
    rng = np.random.default_rng(3)
    stripes = np.broadcast_to(((np.arange(400) // 7 % 2) * 255)[:, None, None], (400, 400, 3)).astype(np.uint8)
    noise = rng.integers(0, 256, (300, 400, 3), np.uint8)

    found = [TILE.read(p, [KEY, OTHER]) for p in (photo(), drawing(), stripes, noise, photo(300, 700, 5))]

    assert [None] * 5 == found


def test_a_picture_of_pure_white_carries_it() -> None:
    marked = TILE.embed(np.full((512, 512, 3), 255, np.uint8), PAYLOAD, KEY)

    assert PAYLOAD == payload_of(np.asarray(jpeg(75)(Image.fromarray(marked))))


def test_what_version_one_wrote_is_read_for_ever() -> None:
    reading = TILE.read(np.asarray(Image.open(GOLDEN).convert("RGB")), [MarkKey("golden", b"the golden test's secret")])

    assert reading is not None
    assert "00c0ffee00c0ffee" == reading.payload


def test_votes_of_chance_stay_below_the_threshold() -> None:
    rng = np.random.default_rng(11)
    plan = layout(KEY.secret)
    shape = (SIDE, SIDE // 2 + 1)

    for _ in range(20):
        plane = (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(np.complex64)
        found = decode(plane, plan, KEY.secret, (rng.uniform(0, SIDE), rng.uniform(0, SIDE)))

        assert found is None or found.z < THRESHOLD


def test_the_threshold_keeps_the_stated_rate() -> None:
    chance_of_one_word = math.exp(-(THRESHOLD**2) / 2)  # Hoeffding

    assert chance_of_one_word * 2**64 * ATTEMPTS <= TILE.false_positive_rate * 1.001


def test_equal_keys_have_equal_layouts_and_other_keys_others() -> None:
    first, second = layout(KEY.secret), layout(OTHER.secret)

    assert np.array_equal(layout(bytes(KEY.secret)).data, first.data)
    agree = (first.signs[:5000] == second.signs[:5000]).mean()
    assert 0.45 < agree < 0.55
    assert not np.array_equal(first.waves, second.waves)


def test_a_busy_cell_does_not_spill_into_the_sky() -> None:
    picture = np.full((256, 256), 180, np.float32)
    picture[:, :128] += np.random.default_rng(1).normal(0, 20, (256, 128)).astype(np.float32)

    allowed = strength(picture)

    assert allowed[:, :100].mean() > 1.8
    assert allowed[:, 136:].max() < FLAT * 1.1


def test_a_narrow_strip_of_any_length_is_read_without_harm() -> None:
    strip = np.random.default_rng(2).integers(0, 256, (40, 20000, 3), np.uint8)

    assert TILE.read(strip, [KEY]) is None


@pytest.mark.slow
def test_a_large_picture_is_marked_in_bounded_memory() -> None:
    large = np.asarray(Image.fromarray(photo(1000, 1500)).resize((9000, 6000)))
    tracemalloc.start()
    marked = TILE.embed(large, PAYLOAD, KEY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2 * large.nbytes
    assert PAYLOAD == payload_of(np.asarray(Image.fromarray(marked).resize((1500, 1000))))
