"""Which controls answer to the risks and recommendations of the CAICT white paper on AIGC (2022)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .control import Control

_FILE = Path(__file__).with_name("whitepaper.yaml")


@dataclass(frozen=True, slots=True)
class Item:
    """A risk (chapter 4) or recommendation (chapter 5). `unchecked` says why no software can check it, or is empty."""

    id: str
    text: str
    unchecked: str
    controls: tuple[str, ...]


def coverage(controls: Sequence[Control]) -> tuple[Item, ...]:
    """Every item with the controls that answer to it, in the order of the paper."""
    return tuple(
        Item(name, text, unchecked, tuple(c.id for c in controls if name in c.caict))
        for name, text, unchecked in _items()
    )


@functools.cache
def _items() -> tuple[tuple[str, str, str], ...]:
    from ruamel.yaml import YAML

    body = YAML(typ="safe").load(_FILE.read_text(encoding="utf-8"))
    return tuple((name, entry["text"], entry.get("unchecked", "")) for name, entry in body["items"].items())
