"""Whether the propagator's fields repeat the producer's, as on first writing (GB 45438-2025, Annex E note 1)."""

from __future__ import annotations

from typing import Any

from ..facts import Facts
from . import Predicate


def first_write(facts: Facts, item: Any, /) -> bool | None:
    """True when every label's two pairs agree, or a platform has since put its own in; None when none is known."""
    labels = facts.asset.aigc
    if labels is None:
        return None
    pairs = [(a.content_producer, a.produce_id, a.content_propagator, a.propagate_id) for a in labels]
    if any(value is None for pair in pairs for value in pair):
        return None
    return all(bool(to) and bool(its_id) for _, _, to, its_id in pairs)


predicate: Predicate = first_write
