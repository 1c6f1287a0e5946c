"""Fingerprints of pictures: near for copies, far for others, none where there is nothing to tell apart."""

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageOps
from scenes import encoded, scene

from indicia.provenance.asset import Asset
from indicia.provenance.errors import BadContent
from indicia.provenance.evidence import Media
from indicia.provenance.fingerprints import FingerprintMethod, _sketch, methods
from indicia.provenance.fingerprints.iscc import image_code

METHODS = {m.name: m for m in methods(Media.IMAGE)}


def distance(a: str, b: str) -> int:
    return (int(a, 16) ^ int(b, 16)).bit_count()


def nearest(method: FingerprintMethod, original: Image.Image, copy: bytes) -> int:
    stored = method.enrol(Asset.of(encoded(original, "PNG")))
    asked = method.query(Asset.of(copy))
    return min(distance(s.value, q.value) for s in stored for q in asked)


COPIES = {
    "jpeg 60": lambda p: encoded(p, quality=60),
    "half": lambda p: encoded(p.resize((p.width // 2, p.height // 2)), quality=85),
    "mirrored": lambda p: encoded(ImageOps.mirror(p)),
    "upside down": lambda p: encoded(ImageOps.flip(p)),
    "a quarter turned": lambda p: encoded(p.rotate(90, expand=True)),
    "letterboxed": lambda p: encoded(ImageOps.expand(p, (0, 45), "black")),
    "framed": lambda p: encoded(ImageOps.expand(p, 40, "white")),
    "grey": lambda p: encoded(p.convert("L")),
    "webp": lambda p: encoded(p, "WEBP", quality=50),
}


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize("attack", sorted(COPIES))
def test_a_copy_is_within_the_copy_radius(name: str, attack: str) -> None:
    method = METHODS[name]
    distances = [nearest(method, scene(seed), COPIES[attack](scene(seed))) for seed in range(3)]

    assert sorted(distances)[len(distances) // 2] <= method.radius_copy
    assert max(distances) <= method.radius_near


@pytest.mark.parametrize("name", sorted(METHODS))
def test_no_two_of_twenty_other_pictures_are_near(name: str) -> None:
    method = METHODS[name]
    stored = [method.enrol(Asset.of(encoded(scene(seed))))[0].value for seed in range(20)]

    assert min(distance(a, b) for a, b in combinations(stored, 2)) > method.radius_near


@pytest.mark.parametrize("name", sorted(METHODS))
def test_what_is_enrolled_is_what_its_file_holds_not_how_it_is_stored(name: str) -> None:
    picture = scene(3)
    turned = picture.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    method = METHODS[name]

    plain = method.enrol(Asset.of(encoded(picture, quality=95)))
    sideways = method.enrol(Asset.of(encoded(turned, quality=95, exif=exif)))

    assert distance(plain[0].value, sideways[0].value) <= 12


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize("level", [0, 127, 255])
def test_a_uniform_picture_is_not_fingerprintable(name: str, level: int) -> None:
    flat = Asset.of(encoded(Image.new("RGB", (300, 300), (level,) * 3), "PNG"))

    assert () == METHODS[name].enrol(flat)
    assert () == METHODS[name].query(flat)


def test_a_smooth_picture_has_too_little_in_it_for_pdq() -> None:
    ramp = np.linspace(0, 255, 400).astype(np.uint8)[None, :, None].repeat(300, 0).repeat(3, 2)

    assert () == METHODS["pdq"].query(Asset.of(encoded(Image.fromarray(ramp), "PNG")))


@pytest.mark.parametrize("name", sorted(METHODS))
def test_transparency_stands_on_white(name: str) -> None:
    picture = scene(4)
    mask = Image.new("L", picture.size, 0)
    mask.paste(255, (50, 40, 270, 200))
    clear = picture.copy()
    clear.putalpha(mask)
    white = Image.composite(picture, Image.new("RGB", picture.size, "white"), mask)
    method = METHODS[name]

    one, other = (method.enrol(Asset.of(encoded(p, "PNG"))) for p in (clear, white))

    assert one == other


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize("size", [(1, 1), (2, 500), (500, 2), (9, 9)])
def test_tiny_and_narrow_pictures_do_not_break(name: str, size: tuple[int, int]) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))

    for print_ in METHODS[name].query(Asset.of(encoded(noise, "PNG"))):
        assert METHODS[name].bits == 4 * len(print_.value)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_damaged_picture_raises_what_the_contract_says(name: str) -> None:
    with pytest.raises(BadContent):
        METHODS[name].query(Asset.of(encoded(scene(1))[:600]))


def test_the_iscc_is_what_its_own_library_makes_of_the_same_grey_levels() -> None:
    import iscc_lib

    ramp = np.add.outer(np.arange(32) * 4, np.arange(32) * 3).astype(np.uint8)
    picture = Image.fromarray(ramp).convert("RGB")

    expected = iscc_lib.gen_image_code_v0(ramp.tobytes(), bits=256).iscc

    assert expected == image_code(Asset.of(encoded(picture, "PNG")))
    assert METHODS["iscc"].enrol(Asset.of(encoded(picture, "PNG")))[0].value == iscc_lib.iscc_decode(expected)[4].hex()


def test_pdq_is_what_its_own_library_makes_of_a_small_picture() -> None:
    import pdqhash

    picture = scene(5)

    vector, quality = pdqhash.compute(np.asarray(picture))

    made = METHODS["pdq"].enrol(Asset.of(encoded(picture, "PNG")))[0]
    assert (np.packbits(vector.astype(np.uint8)).tobytes().hex(), quality) == (made.value, made.quality)


def part(picture: Image.Image, keep: float) -> Image.Image:
    wide, high = round(picture.width * keep), round(picture.height * keep)
    left, top = (picture.width - wide) // 3, (picture.height - high) // 2
    return picture.crop((left, top, left + wide, top + high))


@pytest.mark.parametrize("keep", [1.0, 0.9, 0.7, 0.55])
def test_a_sketch_knows_its_parts(keep: float) -> None:
    for seed in range(2):
        stored = _sketch.sketch(Asset.of(encoded(scene(seed))))

        likeness = _sketch.likeness(stored, Asset.of(encoded(part(scene(seed), keep), quality=60)))

        assert likeness is not None
        assert likeness >= _sketch.ALIKE


def test_a_sketch_knows_its_picture_on_a_page() -> None:
    page = scene(70, (540, 470)).copy()
    page.paste(scene(6), (130, 100))

    likeness = _sketch.likeness(_sketch.sketch(Asset.of(encoded(scene(6)))), Asset.of(encoded(page)))

    assert likeness is not None
    assert likeness >= _sketch.ALIKE


def test_a_sketch_tells_others_apart() -> None:
    stored = _sketch.sketch(Asset.of(encoded(scene(0))))
    found = [_sketch.likeness(stored, Asset.of(encoded(scene(seed)))) for seed in range(1, 11)]

    assert 7 <= sum(1 for value in found if value is not None and value < _sketch.OTHER)


def test_a_sketch_of_nothing_says_nothing() -> None:
    flat = Asset.of(encoded(Image.new("RGB", (50, 50), "grey"), "PNG"))

    assert _sketch.likeness(_sketch.sketch(flat), Asset.of(encoded(scene(1)))) is None
    assert _sketch.likeness(_sketch.sketch(Asset.of(encoded(scene(1)))), flat) is None
    assert _sketch.likeness("00", Asset.of(encoded(scene(1)))) is None


def test_a_large_jpeg_gives_nearly_the_same_by_its_fraction_as_by_all_its_pixels() -> None:
    big = scene(8, (1600, 1200))
    jpeg = Asset.of(encoded(big, quality=92))
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg.data)).save(buffer, "PNG", compress_level=1)

    for method in METHODS.values():
        fraction, whole = method.enrol(jpeg)[0], method.enrol(Asset.of(buffer.getvalue()))[0]

        assert distance(fraction.value, whole.value) <= 6
