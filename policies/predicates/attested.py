"""Whether the organisation attests a topic: a document, an owner, fresh enough, and said to hold certain things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..facts import Attestation, Facts
from . import Predicate

YEAR = 366  # days; laws that ask for a dated document are read as "within a year" unless they say otherwise


def attested(
    facts: Facts, item: Any, /, topic: str = "", holds: Sequence[str] = (), within_days: int = YEAR
) -> bool | None:
    """True when one attestation of the topic has all of it; None when attestations were never asked for."""
    stated = facts.organisation.attestations
    if stated is None:
        return None
    answers = [_complete(one, holds, within_days) for one in stated if one.topic == topic]
    if True in answers:
        return True
    return None if None in answers else False


def _complete(one: Attestation, holds: Sequence[str], within_days: int) -> bool | None:
    if not one.document or not one.owner:
        return False
    if holds and one.holds is None:
        return None
    if not set(holds) <= set(one.holds or ()):
        return False
    return None if one.age_days is None else one.age_days <= within_days


predicate: Predicate = attested
