"""What every command prints with: clean text, the language, tables of even columns."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..provenance.errors import UsageError
from ..provenance.plain import clean

if TYPE_CHECKING:
    from ..provenance.sentences import Language

__all__ = ["clean", "coloured", "columns", "language", "paint", "row", "say"]


def language(asked: str | None) -> Language:
    """The language asked for, or else that of the locale; English when the locale names no other that is known.

    Raises:
        UsageError: a language that is not there.
    """
    from ..provenance.sentences import LANGUAGES

    if asked is not None:
        for known in LANGUAGES:
            if asked.lower().replace("_", "-").split("-")[0] == known:
                return known
        raise UsageError(f"no language {asked!r}; there are: {', '.join(LANGUAGES)}")
    locale = next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(n))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def say(text: str) -> None:
    """One line for a person, on stderr, so that stdout stays for machines."""
    print(text, file=sys.stderr)


def is_folder(output: Path, source: Path) -> bool:
    """Whether `-o OUTPUT` names a folder for `source`: one that is there, or a name without the ending of a file."""
    return output.is_dir() or (not output.exists() and bool(source.suffix) and not output.suffix)


def row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One line of a table; a Chinese character is two columns wide. The last cell is as long as it is."""
    padded = [cell + " " * max(0, width - columns(cell)) for cell, width in zip(cells[:-1], widths, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()


def columns(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def coloured() -> bool:
    """Whether stdout may be coloured: a terminal, and the user has not said no (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str) -> str:
    """`text` in one of red, green, yellow, cyan, bold, dim; unchanged where colour is not wanted."""
    codes = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}
    return f"\x1b[{codes[colour]}m{text}\x1b[0m" if coloured() and colour in codes else text
