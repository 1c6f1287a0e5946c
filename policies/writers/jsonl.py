"""One finding a line, for tools that read streams."""

from __future__ import annotations

import json

from ..report import Report
from . import Writer, finding_json


class Jsonl:
    """JSON Lines; the order is that of the audit."""

    suffix = ".jsonl"
    machine = True

    def write(self, report: Report) -> str:
        """A line for each finding."""
        return "".join(json.dumps(finding_json(f), ensure_ascii=False) + "\n" for f in report.findings)


writer: Writer = Jsonl()
