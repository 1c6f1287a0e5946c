"""Typed predicates for what a boolean tree cannot say, one file each; this is the contract they keep.

A file ends in `predicate: Predicate = name`: a function of the facts, the quantified item (if any) and the keyword
parameters that a pack may give. It answers True, False, or None for "cannot be told", never reads files and never fails
on facts that are unknown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from ...provenance.catalog import load, names

PACKAGE = __name__


# (facts, quantified item, **parameters of the pack) -> the answer; None when it cannot be told
Predicate = Callable[..., bool | None]


def predicate(name: str) -> Predicate:
    """The predicate of that name.

    Raises:
        UsageError: none of that name; the text lists those there are.
    """
    found: Predicate = load(PACKAGE, name, "predicate")
    return found


@functools.cache  # it looks through everything that is installed
def known() -> tuple[str, ...]:
    """The names of all predicates."""
    return names(PACKAGE)
