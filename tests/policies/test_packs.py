"""Every control proves itself: its examples have the status they claim, and its mutations flip it."""

import pytest

from indicia.policies import packs
from indicia.policies.control import Control, Status
from indicia.policies.selftest import failures, judged

CONTROLS = packs.load()


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_a_control_proves_itself_by_examples_and_mutations(control: Control) -> None:
    assert [] == list(failures(control))


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_where_nothing_is_known_nothing_passes(control: Control) -> None:
    facts = {"asset": {"media": min(control.media)}} if "asset" in control.subjects else {}

    assert Status.PASS != judged(control, {**facts, "kind": min(control.subjects)})


def test_a_citation_is_a_sentence_at_most_and_of_a_text_that_was_read() -> None:
    for control in CONTROLS:
        assert len(control.citation) <= 320, control.id
        assert control.citation.count("。") <= 1, control.id
        assert control.citation.rstrip("。").count("。") + control.citation.rstrip(".").count(". ") == 0, control.id
        assert not control.citation or control.read != "memory", control.id
