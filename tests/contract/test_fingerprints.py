"""Every fingerprint method of the folder keeps the contract."""

import contextlib

import pytest
from documents import letter
from recordings import melody, sound_bytes, video_file
from scenes import encoded, scene

from indicia.provenance.asset import Asset
from indicia.provenance.errors import IndiciaError
from indicia.provenance.evidence import Media
from indicia.provenance.fingerprints import FingerprintMethod, SequenceMethod, methods

METHODS = {m.name: m for m in methods()}
SEQUENCES = {name: m for name, m in METHODS.items() if isinstance(m, SequenceMethod)}


def prose(number: int) -> str:
    """A text of its own words, long enough for every method."""
    return " ".join(f"Word{number * 1000 + n} and what it means to number {n * number}." for n in range(60))


def samples(media: Media) -> list[bytes]:
    """Two different things of that medium."""
    if media is Media.IMAGE:
        return [encoded(scene(1)), encoded(scene(2), "PNG")]
    if media is Media.TEXT:
        return [prose(n).encode() for n in (1, 2)]
    if media is Media.DOCUMENT:
        return [letter(**{"word/document.xml": body(prose(n)), **pictures(n)}) for n in (1, 2)]
    if media is Media.AUDIO:
        return [sound_bytes(melody(1)), sound_bytes(melody(2), format="mp3")]
    return [video_file(1, sound=True), video_file(2, sound=True, format="webm")]


def pictures(number: int) -> dict[str, bytes]:
    """Three pictures as parts of a Word document."""
    return {f"word/media/image{n}.jpeg": encoded(scene(100 * number + n)) for n in (1, 2, 3)}


def body(text: str) -> bytes:
    """The main part of a Word document that says `text`."""
    return (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
        f"<w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    ).encode()


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_method_names_its_algorithm_and_keeps_its_size(name: str) -> None:
    method: FingerprintMethod = METHODS[name]
    assert isinstance(method, FingerprintMethod)

    for media in method.media:
        for data in samples(media):
            for made in (*method.enrol(Asset.of(data)), *method.query(Asset.of(data))):
                assert f"{name}@{method.version}" == made.algorithm
                assert made.value == bytes.fromhex(made.value).hex()
                assert name in SEQUENCES or method.bits == 4 * len(made.value)
                assert 0 <= made.quality <= 100


@pytest.mark.parametrize("name", sorted(METHODS))
def test_what_is_enrolled_is_always_the_same_and_of_each_thing_another(name: str) -> None:
    method = METHODS[name]

    for media in method.media:
        enrolled = [method.enrol(Asset.of(data)) for data in samples(media)]
        again = [method.enrol(Asset.of(data)) for data in samples(media)]

        assert enrolled == again
        assert all(enrolled)
        assert enrolled[0] != enrolled[1]


@pytest.mark.parametrize("name", sorted(METHODS.keys() - SEQUENCES.keys()))
def test_what_is_enrolled_is_looked_up(name: str) -> None:
    method = METHODS[name]

    for media in method.media:
        for data in samples(media):
            assert set(method.enrol(Asset.of(data))) <= set(method.query(Asset.of(data)))


@pytest.mark.parametrize("name", sorted(SEQUENCES))
def test_a_bank_of_sequences_leads_a_thing_to_itself_alone_until_it_is_dropped(name: str) -> None:
    method = SEQUENCES[name]

    for media in method.media:
        bank = method.bank()
        things = [Asset.of(data) for data in samples(media)]
        for number, thing in enumerate(things):
            for made in method.enrol(thing):
                bank.add(number, f"scope {number}", made.value)

        found = [list(bank.search(method.query(thing))) for thing in things]
        bank.drop(0)

        assert [[(0, "scope 0")], [(1, "scope 1")]] == [[hit[:2] for hit in hits] for hits in found]
        for ((_, _, overlap),) in found:
            assert "copy" == overlap.sureness
            assert 0.8 <= overlap.share <= 1
            assert overlap.copy_at == pytest.approx(overlap.original_at, abs=0.3)
            assert overlap.bits <= method.radius_copy
        assert [] == list(bank.search(method.query(things[0])))


@pytest.mark.parametrize("name", sorted(SEQUENCES))
@pytest.mark.parametrize("value", ["", "0", "00" * 37, "f" * 9])
def test_a_bank_passes_over_what_is_no_sequence(name: str, value: str) -> None:
    bank = SEQUENCES[name].bank()

    bank.add(1, "", value)

    for media in SEQUENCES[name].media:
        assert [] == list(bank.search(SEQUENCES[name].query(Asset.of(samples(media)[0]))))


@pytest.mark.parametrize("name", sorted(METHODS))
def test_its_bands_are_in_order(name: str) -> None:
    method = METHODS[name]

    assert 0 <= method.radius_copy <= method.radius_near < method.bits // 2


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff\xe0", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"\xff\xfe\0", b"PK\3\4" + b"\0" * 40,
     b"\0\0\0\x18ftypisom" + b"\0" * 40, b"RIFF\x24\0\0\0WAVEfmt ", b"OggS" + b"\0" * 60, b"%PDF-1.7\n"],
)  # fmt: skip
def test_bad_content_gives_nothing_or_an_error_of_ours(name: str, data: bytes) -> None:
    for look in (METHODS[name].enrol, METHODS[name].query):
        with contextlib.suppress(IndiciaError):
            assert isinstance(look(Asset.of(data)), tuple)
