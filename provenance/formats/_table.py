"""What was measured of every container: where each layer stands, who reads it, and which tools leave it in place.

`python -m benchmarks.containers` measures it anew and writes `survival.json`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("survival.json")


@dataclass(frozen=True, slots=True)
class Row:
    """One layer in one format. `place` is empty where the format cannot carry it.

    `readers` are the independent programs that found it. `survives` has a tool's name and "kept", "lost", "altered"
    (a signature that no longer fits the content) or "-" (the tool does not write this format).
    """

    format: str
    layer: str  # aigc, iptc or c2pa
    place: str
    written: bool
    read: bool
    readers: tuple[str, ...]
    survives: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows, with the day they were measured on and the version of each tool."""

    measured: str
    tools: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]

    def to_json(self) -> str:
        """The table as JSON: tools and survival as objects."""
        rows = [{**asdict(row), "survives": dict(row.survives)} for row in self.rows]
        whole = {"measured": self.measured, "tools": dict(self.tools), "rows": rows}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def load() -> Table:
    """The table that came with this version."""
    data: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    rows = (
        Row(**{**row, "readers": tuple(row["readers"]), "survives": tuple(row["survives"].items())})
        for row in data["rows"]
    )
    return Table(data["measured"], tuple(data["tools"].items()), tuple(rows))
