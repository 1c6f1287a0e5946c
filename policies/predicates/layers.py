"""How many machine-readable layers mark an asset: a signed manifest, metadata, a watermark (Code of Practice 1.1)."""

from __future__ import annotations

from typing import Any

from ..facts import AssetFacts, Facts
from . import Predicate

_VALID = frozenset({"trusted", "untrusted", "expired"})
_AI_TYPES = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "trainedAlgorithmicData",
)


def layers(facts: Facts, item: Any, /, at_least: int = 1) -> bool | None:
    """True when that many layers are there; None when what is hidden (an unread watermark) could make up the number."""
    found = [_signed(facts.asset), _metadata(facts.asset), _watermark(facts.asset)]
    if at_least > 1:  # unsigned metadata is no layer of its own beside a signed manifest
        found = [_signed(facts.asset), _watermark(facts.asset)]
    surely = sum(one is True for one in found)
    possibly = surely + sum(one is None for one in found)
    if surely >= at_least:
        return True
    return None if possibly >= at_least else False


def _signed(asset: AssetFacts) -> bool | None:
    if asset.claims is None:
        return None
    active = any(c.depth == 0 and c.state in _VALID for c in asset.claims)
    return active and any(c.ai_source for c in asset.claims)


def _metadata(asset: AssetFacts) -> bool | None:
    if asset.aigc is None and asset.iptc is None:
        return None
    iptc = any((label.source_type or "").endswith(_AI_TYPES) for label in asset.iptc or ())
    return iptc or any(label.label in ("1", "2", "3") for label in asset.aigc or ())


def _watermark(asset: AssetFacts) -> bool | None:
    """A mark that is not seen may still be there, under a key that is not ours: absence is never known."""
    if asset.watermarks is None:
        return None
    return any(not mark.transplanted for mark in asset.watermarks)


predicate: Predicate = layers
