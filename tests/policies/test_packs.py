"""Every control proves itself: its examples have the status they claim, and its mutations flip it."""

import copy
import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from indicia.policies import packs
from indicia.policies.control import Control, Status
from indicia.policies.engine import Profile, evaluate
from indicia.policies.facts import facts_from

CONTROLS = packs.load()


def judged(control: Control, facts: dict[str, Any]) -> Status:
    """The status under the first role and date at which the control speaks."""
    subject = next(iter(sorted(control.subjects)))
    whole = facts_from({"subject": "example", "kind": subject, **copy.deepcopy(facts)})
    profile = Profile(max(control.in_force, dt.date(2026, 11, 23)), control.roles)
    if control.until is not None:
        profile = replace(profile, as_of=control.until - dt.timedelta(days=1))
    return evaluate(whole, (control,), profile)[0].status


def changed(facts: dict[str, Any], path: str, value: Any) -> None:
    """Sets the value at a dotted path; numbers index lists."""
    *steps, last = path.split(".")
    place: Any = facts
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_every_example_has_the_status_it_claims(control: Control) -> None:
    assert {e.name: e.expect for e in control.examples} == {e.name: judged(control, e.facts) for e in control.examples}


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_every_control_has_a_passing_and_a_failing_example_and_a_mutation(control: Control) -> None:
    expected = {e.expect for e in control.examples}

    assert {Status.PASS, Status.FAIL} <= expected
    assert control.mutations


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_a_mutation_flips_its_passing_example(control: Control) -> None:
    passing = {e.name: e.facts for e in control.examples if e.expect is Status.PASS}
    for mutation in control.mutations:
        facts = copy.deepcopy(passing[mutation.of])
        for path, value in mutation.set.items():
            changed(facts, path, value)

        assert Status.FAIL == judged(control, facts), mutation


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_nothing_known_is_never_a_pass(control: Control) -> None:
    subject = next(iter(sorted(control.subjects)))

    assert Status.PASS != judged(control, {"asset": {"media": sorted(control.media)[0]}} if subject == "asset" else {})
