"""Markdown, for the summary page of a build or a comment on a change."""

from __future__ import annotations

import re

from ..control import Finding, Status
from ..report import Report
from . import Writer

_MARK = {Status.FAIL: "fail", Status.INDETERMINATE: "undecided"}
MAX_ROWS = 500  # a comment that is longer is not read, and hosts cut it


class Markdown:
    """Counts, then a table of what is open, worst first."""

    suffix = ".md"
    machine = True

    def write(self, report: Report) -> str:
        """The page."""
        counts = ", ".join(f"{count} {status.value.replace('_', ' ')}" for status, count in report.counts().items())
        lines = [
            "# indicia audit",
            "",
            f"As of {report.as_of}, roles: {', '.join(report.roles)}; {len(report.subjects)} subjects, {counts}.",
        ]
        open_findings = list(report.open())
        if open_findings:
            lines += ["", "| subject | control | status | severity | why | remedy |", "|---|---|---|---|---|---|"]
            lines += [_row(f) for f in open_findings[:MAX_ROWS]]
        if len(open_findings) > MAX_ROWS:
            lines += ["", f"{len(open_findings) - MAX_ROWS} more are in the JSON report."]
        lines += ["", *(f"- {_cell(warning)}" for warning in report.warnings)] if report.warnings else []
        return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    cells = (
        finding.subject, f"{finding.control}: {finding.title}", _MARK[finding.status], finding.severity.value,
        "; ".join(finding.grounds), finding.remedy,
    )  # fmt: skip
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    """Text that cannot break out of a table cell or become markup."""
    flat = re.sub(r"[\x00-\x1f\x7f]+", " ", text)
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", flat)


writer: Writer = Markdown()
