"""The whole report as one JSON object, schema `indicia/report@1`."""

from __future__ import annotations

import json

from ..report import SCHEMA, Report
from . import Writer, finding_json


class Json:
    """One object: who was asked what and when, all findings, gaps, warnings, counts and the exit code."""

    suffix = ".json"
    machine = True

    def write(self, report: Report) -> str:
        """The object, indented by one space."""
        body = {
            "schema": SCHEMA,
            "tool": report.tool,
            "made_at": report.made_at,
            "as_of": report.as_of.isoformat(),
            "roles": list(report.roles),
            "jurisdictions": list(report.jurisdictions),
            "counts": {status.value: count for status, count in report.counts().items()},
            "exit_code": report.exit_code,
            "warnings": list(report.warnings),
            "gaps": [
                {"subject": subject, "reader": gap.reader, "reason": gap.reason.value, "detail": gap.detail}
                for subject, gap in report.gaps
            ],
            "findings": [finding_json(f) for f in report.findings],
        }
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


writer: Writer = Json()
