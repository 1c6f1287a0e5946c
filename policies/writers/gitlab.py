"""GitLab's code quality report."""

from __future__ import annotations

import json

from ..control import Severity
from ..report import Report
from . import Writer

_LEVEL = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


class Gitlab:
    """A list of issues: what is open, with stable fingerprints."""

    suffix = ".json"
    machine = True

    def write(self, report: Report) -> str:
        """The list."""
        issues = [
            {
                "description": f"{f.control}: {f.title}. {f.remedy}".strip(),
                "check_name": f.control,
                "fingerprint": f.fingerprint,
                "severity": _LEVEL[f.severity],
                "location": {"path": f.subject.lstrip("/"), "lines": {"begin": 1}},
            }
            for f in report.open()
        ]
        return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"


writer: Writer = Gitlab()
