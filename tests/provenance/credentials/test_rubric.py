"""The official rubric: what it must find, and the language that it is written in."""

import copy
import io
from typing import Any

import c2pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.provenance import Asset
from indicia.provenance.credentials import FileSigner, formula, rubric
from indicia.provenance.credentials.verify import crjson
from indicia.provenance.errors import BadContent, UsageError

REVIEW: dict[str, Any] = {"reviewRatings": [1], "dataSource": {"type": "humanEntry.anonymous"}}
NAMES = ["manifests", "assertions", "actions", "c2pa.actions.v2", "action", "validationResults", "failure", "code"]


@pytest.fixture(scope="module")
def store(signed: bytes) -> dict[str, Any]:
    found = crjson(Asset.of(signed))
    assert found is not None
    return found


def failed(document: dict[str, Any], name: str = "conformance") -> set[str]:
    return {c.id.split(":")[1] for c in rubric.evaluate(document, rubric=name) if c.outcome is not rubric.Outcome.PASS}


def test_a_manifest_as_the_library_writes_it_fails_where_it_is_known_to(jpeg: bytes, signer: FileSigner) -> None:
    naive = {
        "claim_generator_info": [{"name": "naive"}],
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": _EMPTY}]}}
        ],
    }
    out = io.BytesIO()
    with c2pa.Builder(naive) as builder, signer.opened() as native:
        builder.sign(native, "image/jpeg", io.BytesIO(jpeg), out)
    found = crjson(Asset.of(out.getvalue()))
    assert found is not None

    assert {"mandatory_spec_version", "mandatory_all_actions_included", "inception_action_position"} == failed(found)


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ("active_manifest_urn", lambda m: m.update(label="urn:uuid:1")),
        ("no_deprecated_claim_fields", lambda m: m["claim.v2"].update(specVersion="2")),
        ("mandatory_spec_version", lambda m: m["claim.v2"]["claim_generator_info"].update(specVersion="2.2.0")),
        ("no_url_in_hashes", lambda m: m["assertions"]["c2pa.hash.data"].update(url="x")),
        ("no_unsupported_assertions", lambda m: m["assertions"].update({"c2pa.invented": {}})),
        ("no_deprecated_assertions", lambda m: m["assertions"].update({"stds.schema-org.CreativeWork": {}})),
        ("no_unrecognized_custom_assertions", lambda m: m["assertions"].update({"mine": {}})),
        ("no_unsupported_actions", lambda m: _actions(m).append({"action": "c2pa.invented", "digitalSourceType": "x"})),
        ("no_unrecognized_custom_actions", lambda m: _actions(m).append({"action": "mine"})),
        ("no_deprecated_actions", lambda m: _actions(m).append({"action": "c2pa.watermarked"})),
        ("mandatory_dst_for_perceptible_transformations", lambda m: _actions(m).append({"action": "c2pa.drawing"})),
        ("mandatory_dst_for_created_action", lambda m: _actions(m)[0].pop("digitalSourceType")),
        ("no_unrecognized_custom_action_parameters", lambda m: _actions(m)[0].update(parameters={"mine": 1})),
        ("discouraged_legacy_action_parameters", lambda m: _actions(m)[0].update(parameters={"description": "x"})),
        ("inception_action_position", lambda m: _actions(m).insert(0, {"action": "c2pa.published"})),
        ("valid_success", lambda m: m["validationResults"]["failure"].append({"code": "assertion.dataHash.mismatch"})),
        ("well_formed_success", lambda m: m["validationResults"]["failure"].append({"code": "claim.malformed"})),
        ("ingredient_relationship_values", lambda m: _add(m, "c2pa.ingredient.v3", {"relationship": "aunt"})),
        ("forbidden_labels_in_external_references", lambda m: _add(m, "x.y", {"label": "c2pa.hash.data", "url": "u"})),
        ("review_ratings_datasource", lambda m: _add(m, "x.y", REVIEW)),
    ],
)  # fmt: skip
def test_each_breach_is_found_by_its_check_alone(expected: str, change: Any, store: dict[str, Any]) -> None:
    document = copy.deepcopy(store)

    change(document["manifests"][0])

    assert expected in failed(document)
    assert failed(document) <= {expected, "no_unsupported_actions"}  # a deprecated action is an unsupported one too


def test_the_signals_of_a_generated_picture_are_named(store: dict[str, Any]) -> None:
    signals = {c.id.split("_")[1] for c in rubric.evaluate(store, rubric="signals") if c.outcome is rubric.Outcome.PASS}

    assert "fullyGenAIMedia" in signals
    assert "capturedMedia" not in signals


def test_every_rubric_loads_and_an_unknown_one_is_refused(store: dict[str, Any]) -> None:
    assert {"conformance": 31, "conformance-2.2": 23, "integrity": 6, "signals": 14, "text": 6} == {
        name: len(rubric.evaluate(store, rubric=name)) for name in rubric.RUBRICS
    }
    with pytest.raises(UsageError):
        rubric.evaluate(store, rubric="mine")


def test_an_empty_or_strange_store_fails_without_falling_over() -> None:
    strange: list[dict[str, Any]] = [{}, {"manifests": []}, {"manifests": [{}]}, {"manifests": {}}]

    for document in [*strange, {"manifests": [{"assertions": []}]}]:
        assert rubric.evaluate(document)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
        max_leaves=25,
    )
)  # fmt: skip
def test_no_document_makes_a_rubric_fall_over(document: Any) -> None:
    for name in rubric.RUBRICS:
        rubric.evaluate({"manifests": [document]}, rubric=name)


@pytest.mark.parametrize(
    ("expected", "expression"),
    [
        (2, "a.b"),
        (None, "a.x.y"),
        ([3], "list[?n > 1] | [?n > 2].n"),
        ([2, 3], "list[?n >= 2].n"),
        (1, "list[0].n"),
        (1, "list | [0].n"),
        (3, "length(list)"),
        (0, "length(nothing)"),
        (True, '"x.y" == `"x.y"`'),
        (5, "'odd key'"),
        (["n"], "list[0].keys(@)"),
        ([1, 2, 3, 4], "deep[].in[]"),
        ("yes", 'if(a.b * 2 == 4, "yes", "no")'),
        (True, '!contains("abc", "d") && startsWith("abc", "a") && endsWith("abc", "c")'),
        ([2, "x"], '[a.b, "x"]'),
        ({"k": [2]}, "{k: [a.b]}"),
        ("2", 'split("2.4", ".")[0]'),
        ("string", "type(`\"\"`)"),
        (4.0, "(1 + 3) * 2 / 2"),
    ],
)  # fmt: skip
def test_the_language_means_what_its_specification_says(expected: Any, expression: str) -> None:
    data = {
        "a": {"b": 2}, "list": [{"n": 1}, {"n": 2}, {"n": 3}], "odd key": 5,
        "deep": [{"in": [1, 2]}, {"in": [3, 4]}, {}],
    }  # fmt: skip

    assert expected == formula.parse(expression)(formula.Environment(data), data)


@pytest.mark.parametrize("wrong", ["", "a.", "a ~ b", "(a", "[?a", "f(a", "a b"])
def test_what_is_not_the_language_is_refused(wrong: str) -> None:
    with pytest.raises(BadContent):
        formula.parse(wrong)


_EMPTY = "http://c2pa.org/digitalsourcetype/empty"


def _add(manifest: dict[str, Any], label: str, assertion: dict[str, Any]) -> None:
    manifest["assertions"][label] = assertion


def _actions(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = manifest["assertions"]["c2pa.actions.v2"]["actions"]
    return found
