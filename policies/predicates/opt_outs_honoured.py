"""Whether no training source is reserved by its owner: CAWG, TDMRep, robots and PLUS/IPTC DataMining."""

from __future__ import annotations

from typing import Any

from ..facts import Facts, Source
from . import Predicate


def opt_outs_honoured(facts: Facts, item: Any, /) -> bool | None:
    """False when a training source is reserved; None when one is constrained, or its reservations were never read."""
    sources = facts.pipeline.sources
    if sources is None:
        return None
    answers = [_free(source) for source in sources if source.use == "training"]
    if False in answers:
        return False
    return None if None in answers else True


def _free(source: Source) -> bool | None:
    reserved = (
        source.cawg_training == "notAllowed"
        or source.tdm_reservation is True
        or source.robots_train == "n"
        or _prohibited(source.data_mining or "")
    )
    if reserved:
        return False
    if source.cawg_training == "constrained" or "SEE" in (source.data_mining or ""):
        return None  # the constraint is prose; a human reads it
    looked = (source.cawg_training, source.tdm_reservation, source.robots_train, source.data_mining)
    return True if any(one is not None for one in looked) else None


def _prohibited(value: str) -> bool:
    """PLUS vocabulary: an exception for search engines is no licence to train."""
    return "DMI-PROHIBITED" in value and "SEE" not in value


predicate: Predicate = opt_outs_honoured
