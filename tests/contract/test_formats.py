"""What every container of video and sound keeps to, over a small real file of each; a new module is found by itself."""

import io

import pytest
from containers import OWN_XMP
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import decoded, everything

from indicia.provenance.asset import Asset
from indicia.provenance.catalog import load, names
from indicia.provenance.errors import IndiciaError, Unsupported
from indicia.provenance.formats import PACKAGE, Format, for_format
from indicia.provenance.formats._splices import Streamed
from indicia.provenance.labels import aigc
from indicia.provenance.sniff import sniff

SAMPLES = everything()
LABEL = aigc.Aigc("1", "ACME", "n1")
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=400)
packets = words.map(lambda text: f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!--{text}--></x:xmpmeta>".encode())


def streamed(name: str) -> Streamed:
    module = for_format(SAMPLES[name][0])
    assert isinstance(module, Streamed)
    return module


def carries_xmp(name: str) -> bool:
    try:
        streamed(name).write_xmp(SAMPLES[name][1], b"<x/>")
    except Unsupported:
        return False
    return True


CARRY_XMP = [name for name in SAMPLES if carries_xmp(name)]


def test_there_is_a_file_of_every_format_that_is_streamed() -> None:
    modules: list[Format] = [load(PACKAGE, name, "format") for name in names(PACKAGE)]

    expected = {kind for module in modules if isinstance(module, Streamed) for kind in module.formats}

    assert expected == {kind for kind, _ in SAMPLES.values()}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_and_a_blank_one_are_known_by_their_content(name: str) -> None:
    kind, data = SAMPLES[name]
    module = streamed(name)

    blank = module.blank(kind)

    assert isinstance(module, Format)
    assert kind == sniff(data) == sniff(blank)
    assert module.read_xmp(blank) is None
    assert () == module.read_fields(blank)
    assert module.essence(blank) == module.essence(module.write_field(blank, "AIGC", "{}"))


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=15)
@given(first=words, second=words)
def test_a_field_comes_back_alone_and_leaves_all_else_as_it_was(name: str, first: str, second: str) -> None:
    data, module = SAMPLES[name][1], streamed(name)

    written = module.write_field(data, "AIGC", first)
    rewritten = module.write_field(written, "AIGC", second)

    assert [first] == [value for _, key, value in module.read_fields(written) if key == "AIGC"]
    assert [second] == [value for _, key, value in module.read_fields(rewritten) if key == "AIGC"]
    assert rewritten == module.write_field(rewritten, "AIGC", second)
    for changed in (written, rewritten):
        assert module.essence(data) == module.essence(changed)
        assert module.read_xmp(data) == module.read_xmp(changed)
        assert others(module, data) == others(module, changed)
    for cleared in (
        module.write_field(rewritten, "AIGC", None),
        module.without(rewritten, lambda _, k, __: k == "AIGC"),
    ):
        assert module.read_fields(data) == module.read_fields(cleared)
        assert module.essence(data) == module.essence(cleared)
        assert cleared == module.write_field(cleared, "AIGC", None)


def others(module: Format, data: bytes) -> list[tuple[str, str, str]]:
    return [field for field in module.read_fields(data) if field[1] != "AIGC"]


@pytest.mark.parametrize("name", CARRY_XMP)
@settings(max_examples=15)
@given(first=packets, second=packets)
def test_a_packet_comes_back_and_leaves_all_else_as_it_was(name: str, first: bytes, second: bytes) -> None:
    module = streamed(name)
    data = module.write_field(SAMPLES[name][1], "AIGC", "{}")

    written = module.write_xmp(data, first)
    rewritten = module.write_xmp(written, second)
    cleared = module.write_xmp(rewritten, None)

    assert first == module.read_xmp(written)
    assert second == module.read_xmp(rewritten)
    assert rewritten == module.write_xmp(rewritten, second)
    assert module.read_xmp(cleared) is None
    for changed in (written, rewritten, cleared):
        assert module.essence(data) == module.essence(changed)
        assert module.read_fields(data) == module.read_fields(changed)


@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - set(CARRY_XMP)))
def test_a_container_without_a_place_for_xmp_says_so(name: str) -> None:
    data, module = SAMPLES[name][1], streamed(name)

    with pytest.raises(Unsupported, match="XMP"):
        module.write_xmp(data, OWN_XMP)

    assert module.read_xmp(data) is None
    assert data == module.write_xmp(data, None)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_label_is_read_back_without_a_finding_and_every_sample_is_as_it_was(name: str) -> None:
    kind, data = SAMPLES[name]

    once = aigc.write(data, kind, LABEL)
    labelled = aigc.write(once, kind, LABEL)

    assert once == labelled
    assert [()] == [label.findings for label in aigc.read(Asset.of(labelled))]
    assert decoded(data) == decoded(labelled)
    if name in CARRY_XMP:
        assert decoded(data) == decoded(streamed(name).write_xmp(labelled, OWN_XMP))


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_content_is_in_order_and_within_the_file(name: str) -> None:
    data, module = SAMPLES[name][1], streamed(name)

    ranges = module.content(io.BytesIO(data))

    assert ranges
    flat = [at for pair in ranges for at in pair]
    assert flat == sorted(flat)
    assert flat[-1] <= len(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_anywhere_is_refused_or_read(name: str) -> None:
    kind, data = SAMPLES[name]
    data = aigc.write(data, kind, LABEL)

    for cut in {*range(0, min(len(data), 400), 3), *range(0, len(data), max(1, len(data) // 120))}:
        survives(kind, data[:cut])


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_at_every_byte_is_refused_or_read(name: str) -> None:
    kind, data = SAMPLES[name]
    data = aigc.write(data, kind, LABEL)

    for cut in range(len(data)):
        survives(kind, data[:cut])


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_file_with_changed_bytes_is_refused_or_read(name: str, data: st.DataObject) -> None:
    kind, sample = SAMPLES[name]
    changed = bytearray(sample)
    places = st.one_of(
        st.integers(0, min(len(changed), 700) - 1), st.integers(max(0, len(changed) - 300), len(changed) - 1)
    )
    for at, value in data.draw(st.lists(st.tuples(places, st.sampled_from([0, 1, 2, 127, 128, 254, 255])), max_size=6)):
        changed[at] = value

    survives(kind, bytes(changed))


def survives(kind: str, data: bytes) -> None:
    """Reading and writing raise nothing but errors meant to be raised."""
    module = for_format(kind)
    for act in (
        module.read_fields,
        module.read_xmp,
        lambda given: module.write_field(given, "AIGC", "{}"),
        lambda given: module.write_xmp(given, OWN_XMP),
        lambda given: module.without(given, lambda *_: True),
        module.essence,
    ):
        try:
            act(data)
        except IndiciaError:
            continue
