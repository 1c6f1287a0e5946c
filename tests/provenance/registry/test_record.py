"""Records: what may be stored, and the JSON form that is exported."""

import dataclasses
import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import record

from indicia.provenance.errors import BadContent
from indicia.provenance.evidence import Media
from indicia.provenance.registry import Binding, Record, new_id
from indicia.provenance.registry.record import ORIGINS, SCOPES, checked, json_schema

HEX = st.text("0123456789abcdef", min_size=1, max_size=80)
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.builds(
    Record,
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    media=st.sampled_from(Media),
    format=st.sampled_from(["png", "jpeg", "text"]),
    origin=st.sampled_from(ORIGINS),
    title=WORDS,
    creation=st.dictionaries(WORDS, JSON, max_size=4),
    bindings=st.lists(
        st.builds(Binding, st.text(string.ascii_lowercase, min_size=1, max_size=20), HEX, st.sampled_from(SCOPES)),
        max_size=5,
    ).map(tuple),
    manifest_label=WORDS,
    manifest=st.none() | st.binary(max_size=200),
    produce_id=WORDS,
    parents=st.lists(st.builds(new_id), max_size=2).map(tuple),
)


@given(RECORDS)
def test_a_record_survives_its_json_form(one: Record) -> None:
    assert one == Record.from_json(one.to_json())
    assert one == Record.from_json(json.dumps(one.to_json()))


@settings(max_examples=25)
@given(RECORDS)
def test_the_json_form_keeps_its_published_schema(one: Record) -> None:
    jsonschema = pytest.importorskip("jsonschema")

    jsonschema.validate(json.loads(json.dumps(one.to_json())), json_schema())


@given(JSON | st.binary() | st.text())
def test_what_is_no_record_is_refused_and_never_breaks(value: Any) -> None:
    with pytest.raises(BadContent):
        Record.from_json(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "../../etc/passwd"},
        {"sha256": "A" * 64},
        {"sha256": "ab"},
        {"origin": "human"},
        {"created_at": "yesterday"},
        {"created_at": "2026-01-01T00:00:00+08:00"},
        {"title": "a\0b"},
        {"title": "\ud800"},
        {"title": "x" * 5000},
        {"creation": {"when": b"bytes"}},
        {"creation": {"x": float("nan")}},
        {"bindings": (Binding("pdq@1", "xyz"),)},
        {"bindings": (Binding("", "00"),)},
        {"bindings": (Binding("pdq@1", "00", "somewhere"),)},
    ],
    ids=str,
)
def test_a_field_that_is_wrong_is_named_before_anything_is_stored(changes: dict[str, Any]) -> None:
    with pytest.raises(BadContent, match="cannot be stored"):
        checked(record(**changes))


def test_an_unknown_field_is_not_dropped_in_silence() -> None:
    with pytest.raises(BadContent, match="colour"):
        Record.from_json({**record().to_json(), "colour": "red"})


def test_a_newer_version_of_the_schema_is_refused() -> None:
    with pytest.raises(BadContent, match="indicia/record@1"):
        Record.from_json({**record().to_json(), "schema": "indicia/record@2"})


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(50)]

    assert {26} == {len(i) for i in ids}
    assert 50 == len(set(ids))
    assert sorted(i[:10] for i in ids) == [i[:10] for i in ids]


def test_a_record_is_a_value() -> None:
    one = record()

    with pytest.raises(dataclasses.FrozenInstanceError):
        one.title = "another"  # type: ignore[misc]
