"""Exact chances, in plain arithmetic: how often luck alone agrees as well."""

from __future__ import annotations

import math


def binomial_tail(hits: int, trials: int, chance: float) -> float:
    """P(at least `hits` successes in `trials` independent tries of probability `chance`), summed exactly."""
    if hits <= 0:
        return 1.0
    if hits > trials:
        return 0.0
    yes, no = math.log(chance), math.log1p(-chance)
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * yes + (trials - k) * no
        for k in range(hits, trials + 1)
    ]
    most = max(logs)
    return min(1.0, math.exp(most) * math.fsum(math.exp(value - most) for value in logs))
