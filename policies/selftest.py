"""Runs what a control says of itself: examples have their status, mutations flip a passing one to a failure."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

from ..provenance.errors import BadContent
from .control import Control, Status
from .engine import Profile, evaluate
from .facts import facts_from


def failures(control: Control) -> Iterator[str]:
    """A line for each example or mutation that does not come out as the pack says, and for each that is missing."""
    expected = {example.expect for example in control.examples}
    if not {Status.PASS, Status.FAIL} <= expected or not control.mutations:
        yield f"{control.where}: {control.id} needs a passing and a failing example and a mutation"
    for example in control.examples:
        status = judged(control, example.facts)
        if status is not example.expect:
            yield f"{control.where}: {control.id}: {example.name!r} is {status}, stated {example.expect}"
    passing = {example.name: example.facts for example in control.examples if example.expect is Status.PASS}
    for mutation in control.mutations:
        if mutation.of not in passing:
            yield f"{control.where}: {control.id}: {mutation.of!r} is no passing example"
            continue
        facts = copy.deepcopy(passing[mutation.of])
        for path, value in mutation.set.items():
            change(facts, path, value)
        status = judged(control, facts)
        if status is not Status.FAIL:
            yield f"{control.where}: {control.id}: mutated {mutation.of!r} is {status}, not fail"


def judged(control: Control, facts: dict[str, Any]) -> Status:
    """The status under a role and a date at which the control speaks.

    Raises:
        BadContent: facts outside the vocabulary; the text names the control.
    """
    try:
        whole = facts_from({"subject": "example", "kind": min(control.subjects), **copy.deepcopy(facts)})
    except BadContent as error:
        raise BadContent(f"{control.where}: {control.id}: {error}") from error
    return evaluate(whole, (control,), Profile(_speaking_date(control), control.roles))[0].status


def change(facts: dict[str, Any], path: str, value: Any) -> None:
    """Sets the value at a dotted path, in place; numbers index lists."""
    *steps, last = path.split(".")
    place: Any = facts
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    place[int(last) if isinstance(place, list) else last] = value


def _speaking_date(control: Control) -> dt.date:
    return control.until - dt.timedelta(days=1) if control.until else control.in_force
