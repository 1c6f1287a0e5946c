"""The packs answer as an independent reading of the clauses does, save where a case says why they may not."""

import collections

import pytest
from clauses import FOLDER, Answer, answers
from ruamel.yaml import YAML

ANSWERS = answers()


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: f"{a.regime}: {a.clause}: {a.case}")
def test_the_packs_answer_as_the_clause_was_read(answer: Answer) -> None:
    assert answer.found is not None
    assert (answer.verdict == "differ") == bool(answer.differs), f"{answer.found}, concluded {answer.expected}"


def test_each_regime_has_twenty_different_cases() -> None:
    cases = {(a.regime, a.case) for a in ANSWERS}

    assert {"ca": 20, "cn": 20, "eu": 20} == dict(collections.Counter(regime for regime, _ in cases))


def test_every_conclusion_and_every_revision_gives_its_reason() -> None:
    cases = [case for path in FOLDER.glob("*.yaml") for case in YAML(typ="safe").load(path.read_text())["cases"]]
    parts = [part for case in cases for part in case["expect"]]
    revisions = [one["revised"] for one in (*cases, *parts) if "revised" in one]

    assert [] == [part for part in (*parts, *revisions) if not part.get("because")]


def test_all_four_outcomes_are_concluded_in_each_regime() -> None:
    concluded = {regime: {a.expected.value for a in ANSWERS if a.regime == regime} for regime in ("ca", "cn", "eu")}

    assert {"pass", "fail", "indeterminate", "not_applicable"} == set.intersection(*concluded.values())
