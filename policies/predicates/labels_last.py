"""Whether a pipeline labels after its last lossy step (Labelling Measures, Art. 4, last sentence)."""

from __future__ import annotations

from typing import Any

from ..facts import Facts
from . import Predicate


def labels_last(facts: Facts, item: Any, /, does: str = "label") -> bool | None:
    """True when a step that `does` this stands after the last lossy one; None when the steps are not known.

    A step whose lossiness is not stated counts as lossy when it transcodes or edits, since most such tools rewrite all.
    """
    steps = facts.pipeline.steps
    if steps is None:
        return None
    lossy = [i for i, s in enumerate(steps) if (s.lossy if s.lossy is not None else s.does in ("transcode", "edit"))]
    marking = [i for i, s in enumerate(steps) if s.does == does]
    return bool(marking) and max(marking) > max(lossy, default=-1)


predicate: Predicate = labels_last
