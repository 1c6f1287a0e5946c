"""Whether valid marks tell one story: not both "made by a model" and "captured" (AI Act Art. 50(2); C2PA 18.14.2)."""

from __future__ import annotations

from typing import Any

from ...provenance.verdict import CAPTURED_TYPES, PARTLY_TYPES, SYNTHETIC_TYPES
from ..facts import Facts
from . import Predicate

_VALID = frozenset({"trusted", "untrusted", "expired"})


def origins_agree(facts: Facts, item: Any, /) -> bool | None:
    """False when marks assert both origins of the same content; None when neither claims nor labels are known."""
    asset = facts.asset
    if asset.claims is None and asset.iptc is None and asset.aigc is None:
        return None
    said: set[str] = set()
    for claim in asset.claims or ():
        # What was captured and then edited by a model is a parent's story: only the active manifest speaks of the file.
        if claim.depth == 0 and claim.state in _VALID:
            said |= {_story(t) for t in claim.source_types or ()}
    said |= {_story(label.source_type or "") for label in asset.iptc or ()}
    said |= {"model" for label in asset.aigc or () if label.label == "1"}
    return not {"model", "captured"} <= said


def _story(source_type: str) -> str:
    short = source_type.rstrip("/").rpartition("/")[2]
    if short in SYNTHETIC_TYPES | PARTLY_TYPES:
        return "model"
    return "captured" if short in CAPTURED_TYPES else ""


predicate: Predicate = origins_agree
