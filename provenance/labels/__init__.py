"""Disclosures that people and machines can read, one file a standard; this is the contract they keep.

A label's file ends in `label: LabelReader = Name()`. Writing differs too much between standards for one signature:
each file has its own `write` or `draw`, which returns new content and never touches a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from ..asset import Asset
from ..catalog import load, names
from ..evidence import Label, Media

PACKAGE = __name__


@runtime_checkable
class LabelReader(Protocol):
    """Finds the disclosures of one standard."""

    name: str
    media: frozenset[Media]

    def read(self, asset: Asset) -> Iterable[Label]:
        """Every label of this standard in the asset, deviations from the standard as `findings`.

        An error after some labels leaves those as they are; `inspect` turns it into a gap.

        Raises:
            BadContent: the container is damaged.
            TooLarge: a limit was met.
        """
        ...


def readers(*, see: bool = False) -> tuple[LabelReader, ...]:
    """Every label reader of the folder and of plugins; with `see` also those that read pixels and sound.

    Those take a second or more for each asset. They say so themselves, by an attribute `asked` that is true.
    """
    found = (load(PACKAGE, name, "label") for name in names(PACKAGE))
    return tuple(reader for reader in found if see or not getattr(reader, "asked", False))
