"""Whether users' flags are answered within the limit the platform set itself, and none is overdue."""

from __future__ import annotations

from typing import Any

from ..facts import Facts
from . import Predicate


def flags_in_time(facts: Facts, item: Any, /) -> bool | None:
    """True when 95 % were answered within the limit and no open flag is older; None without the figures."""
    records = facts.records
    if records.flag_p95_hours is None or records.flag_limit_hours is None:
        return None
    if records.flag_p95_hours > records.flag_limit_hours:
        return False
    waiting = [entry for entry in records.entries or () if entry.kind == "flag" and entry.open]
    return all(entry.hours is not None and entry.hours <= records.flag_limit_hours for entry in waiting)


predicate: Predicate = flags_in_time
