"""Whether every decided appeal was decided by somebody other than the first reviewer, with a reason."""

from __future__ import annotations

from typing import Any

from ..facts import Facts
from . import Predicate


def second_person(facts: Facts, item: Any, /) -> bool | None:
    """False when one was not; None when it is not recorded who decided first."""
    if facts.records.entries is None:
        return None
    decided = [entry for entry in facts.records.entries if entry.kind == "appeal" and entry.open is False]
    if any(not entry.reason or (entry.actor is not None and entry.actor == entry.first_actor) for entry in decided):
        return False
    return None if any(entry.actor is None or entry.first_actor is None for entry in decided) else True


predicate: Predicate = second_person
