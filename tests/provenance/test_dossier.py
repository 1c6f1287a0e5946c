"""Laws of the dossier and its JSON form."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import dossiers, refs

from indicia.provenance.asset import AssetRef, unreadable
from indicia.provenance.dossier import Dossier, json_schema
from indicia.provenance.errors import BadContent
from indicia.provenance.evidence import Gap, Media, Reason
from indicia.provenance.verdict import weigh

ROOT = Path(__file__).parents[2]
REF = AssetRef("a.png", "a.png", "00" * 32, Media.IMAGE, "png", 3)
of_one_asset = dossiers(st.just(REF))


@given(dossiers())
def test_what_is_written_as_json_is_read_back_as_it_was(dossier: Dossier) -> None:
    assert dossier == Dossier.from_json(dossier.to_json())
    assert dossier == Dossier.from_json(dossier.to_line())


@given(dossiers())
def test_a_line_is_one_line_of_utf_8_and_begins_with_the_schema(dossier: Dossier) -> None:
    line = dossier.to_line().encode()

    assert 1 == len(line.split(b"\n"))
    assert line.startswith(b'{"schema":"indicia/dossier@1","asset":{')


@given(dossiers())
def test_the_json_form_keeps_its_published_schema(dossier: Dossier) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(dossier.to_line()))


def test_the_published_schema_is_the_one_in_the_code() -> None:
    assert json.loads((ROOT / "docs/schemas/dossier-1.json").read_text()) == json_schema()


@given(dossiers())
def test_a_verdict_that_was_tampered_with_is_computed_anew(dossier: Dossier) -> None:
    body = dossier.to_json()
    body["verdict"] = {"origin": "captured", "basis": "signed"}

    assert dossier.verdict == Dossier.from_json(body).verdict


@given(of_one_asset, of_one_asset)
def test_merging_two_scans_equals_scanning_the_union(one: Dossier, two: Dossier) -> None:
    merged = one.merge(two)

    assert weigh(one.evidence + two.evidence, one.gaps + two.gaps) == merged.verdict
    assert set(one.evidence) | set(two.evidence) == set(merged.evidence)
    assert set(one.gaps) | set(two.gaps) == set(merged.gaps)
    assert two.merge(one).verdict == merged.verdict


@given(of_one_asset, of_one_asset, of_one_asset)
def test_merging_may_begin_anywhere_and_happen_twice(one: Dossier, two: Dossier, three: Dossier) -> None:
    assert one.merge(two).merge(three) == one.merge(two.merge(three))
    assert one.merge(two) == one.merge(two).merge(two)


@given(of_one_asset, dossiers(refs.filter(lambda ref: ref.sha256 != REF.sha256)))
def test_dossiers_of_different_content_are_not_merged(one: Dossier, other: Dossier) -> None:
    with pytest.raises(ValueError, match="two different assets"):
        one.merge(other)


def test_two_unreadable_files_are_not_the_same_content() -> None:
    one, other = Dossier(unreadable("a")), Dossier(unreadable("b"), gaps=(Gap("asset", Reason.UNREADABLE),))

    with pytest.raises(ValueError, match="two different assets"):
        one.merge(other)
    assert other.gaps == Dossier(unreadable("b")).merge(other).gaps


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "null",
        "7",
        "{}",
        '{"schema": "indicia/dossier@2"}',
        '{"schema": "indicia/dossier@1"}',
        b"\xff\xfe",
        "[" * 200_000,
        '{"schema":"indicia/dossier@1","asset":' + "[" * 100_000,
    ],
)
def test_what_is_no_dossier_is_refused(value: str | bytes) -> None:
    with pytest.raises(BadContent, match="not a dossier"):
        Dossier.from_json(value)


@given(st.text(max_size=40) | st.binary(max_size=40))
def test_reading_a_dossier_raises_only_what_it_says(value: str | bytes) -> None:
    with pytest.raises(BadContent):
        Dossier.from_json(value)
