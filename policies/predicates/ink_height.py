"""Whether label ink is at least a twentieth of the shortest side high (GB 45438-2025, 5.2 e) and 5.4 f))."""

from __future__ import annotations

from typing import Any

from ..facts import Facts
from . import Predicate

# 5 % in whole numbers, so that 25.6 px of 512 is decided without floating point: 20 * ink >= side.
_PARTS = 20


def ink_height(facts: Facts, item: Any, /) -> bool | None:
    """True when some text label is high enough; None when sizes were not measured."""
    width, height = facts.asset.width, facts.asset.height
    labels = [label for label in facts.asset.explicit or () if label.form == "text"]
    if width is None or height is None or not labels:
        return None
    measured = [label.ink_height for label in labels if label.ink_height is not None]
    if any(_PARTS * ink >= min(width, height) for ink in measured):
        return True
    return False if len(measured) == len(labels) else None


predicate: Predicate = ink_height
