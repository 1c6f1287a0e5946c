"""Typed predicates for what a boolean tree cannot say, one file each; this is the contract they keep.

A file ends in `predicate: Predicate = name`: a function of the facts (and the quantified item, if any) and the keyword
parameters that a pack may give. It answers True, False, or None for "cannot be told", never reads files and never fails
on facts that are unknown.
"""

from __future__ import annotations

from typing import Any, Protocol

from ...provenance.catalog import load, names
from ..facts import Facts

PACKAGE = __name__


class Predicate(Protocol):
    """A question to the facts."""

    def __call__(self, facts: Facts, item: Any, /, **parameters: Any) -> bool | None:
        """The answer; None when it cannot be told."""
        ...


def predicate(name: str) -> Predicate:
    """The predicate of that name.

    Raises:
        UsageError: none of that name; the text lists those there are.
    """
    found: Predicate = load(PACKAGE, name, "predicate")
    return found


def known() -> tuple[str, ...]:
    """The names of all predicates."""
    return names(PACKAGE)
