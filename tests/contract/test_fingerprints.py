"""Every fingerprint method of the folder keeps the contract."""

import contextlib

import pytest
from scenes import encoded, scene

from indicia.provenance.asset import Asset
from indicia.provenance.errors import IndiciaError
from indicia.provenance.evidence import Media
from indicia.provenance.fingerprints import FingerprintMethod, methods

METHODS = {m.name: m for m in methods()}
SAMPLES = {
    Media.IMAGE: [encoded(scene(1)), encoded(scene(2), "PNG")],
    Media.TEXT: [
        f"The {n}. sentence of a text that is long enough to be told from others. ".encode() * 9 for n in "12"
    ],
}


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_method_names_its_algorithm_and_keeps_its_size(name: str) -> None:
    method: FingerprintMethod = METHODS[name]
    assert isinstance(method, FingerprintMethod)

    for media in method.media:
        for data in SAMPLES[media]:
            for made in (*method.enrol(Asset.of(data)), *method.query(Asset.of(data))):
                assert f"{name}@{method.version}" == made.algorithm
                assert method.bits == 4 * len(made.value) == 4 * len(f"{int(made.value, 16):0{method.bits // 4}x}")
                assert 0 <= made.quality <= 100


@pytest.mark.parametrize("name", sorted(METHODS))
def test_what_is_enrolled_is_looked_up_and_always_the_same(name: str) -> None:
    method = METHODS[name]

    for media in method.media:
        enrolled = [method.enrol(Asset.of(data)) for data in SAMPLES[media]]
        again = [method.enrol(Asset.of(data)) for data in SAMPLES[media]]
        asked = [method.query(Asset.of(data)) for data in SAMPLES[media]]

        assert enrolled == again
        assert all(one and set(one) <= set(other) for one, other in zip(enrolled, asked, strict=True))
        assert enrolled[0] != enrolled[1]


@pytest.mark.parametrize("name", sorted(METHODS))
def test_its_bands_are_in_order(name: str) -> None:
    method = METHODS[name]

    assert 0 <= method.radius_copy <= method.radius_near < method.bits // 2


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"\xff\xfe\0"]
)
def test_bad_content_gives_nothing_or_an_error_of_ours(name: str, data: bytes) -> None:
    for look in (METHODS[name].enrol, METHODS[name].query):
        with contextlib.suppress(IndiciaError):
            assert isinstance(look(Asset.of(data)), tuple)
