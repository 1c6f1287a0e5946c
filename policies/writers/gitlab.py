"""GitLab's code quality report."""

from __future__ import annotations

import json
from typing import Any

from ..control import Severity, Status
from ..report import Report
from . import Writer, artifact

MAX_ISSUES = 10_000  # what a merge request can show; the worst come first, and a last issue says what was left out
_LEVEL = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


class Gitlab:
    """A list of issues: what is open, with stable fingerprints."""

    suffix = ".json"
    machine = True

    def write(self, report: Report) -> str:
        """The list."""
        found = list(report.open())
        issues: list[dict[str, Any]] = [
            {
                "description": f"{f.control}: {f.title}. {f.remedy}".strip(),
                "check_name": f.control,
                "fingerprint": f.fingerprint,
                "severity": _LEVEL[f.severity] if f.status is Status.FAIL else "info",
                "location": {"path": artifact(f.subject).lstrip("/"), "lines": {"begin": 1}},
            }
            for f in found[:MAX_ISSUES]
        ]
        if len(found) > MAX_ISSUES:
            issues.append(_left_out(len(found) - MAX_ISSUES))
        return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"


def _left_out(number: int) -> dict[str, Any]:
    return {
        "description": f"{number} more findings are not shown here; --format json has them all",
        "check_name": "indicia",
        "fingerprint": "0" * 32,
        "severity": "info",
        "location": {"path": ".", "lines": {"begin": 1}},
    }


writer: Writer = Gitlab()
