"""Plain text for a terminal: what is open, worst first, and the counts."""

from __future__ import annotations

import re

from ..control import Finding, Status
from ..report import Report
from . import Writer

MAX_ROWS = 200


class Table:
    """Lines without colour or escape sequences, whatever stands in file names."""

    suffix = ".txt"
    machine = False

    def write(self, report: Report) -> str:
        """The lines."""
        lines: list[str] = []
        subject = None
        open_findings = sorted(report.open(), key=lambda f: f.subject)
        for finding in open_findings[:MAX_ROWS]:
            if finding.subject != subject:
                subject = finding.subject
                lines.append(clean(subject or "."))
            lines += _lines(finding)
        if len(open_findings) > MAX_ROWS:
            lines.append(f"... and {len(open_findings) - MAX_ROWS} more; --format json has them all")
        lines += [f"warning: {clean(w)}" for w in report.warnings]
        counts = ", ".join(f"{count} {status.value.replace('_', ' ')}" for status, count in report.counts().items())
        lines.append(f"{len(report.subjects)} audited as of {report.as_of} ({', '.join(report.roles)}): {counts}")
        return "\n".join(lines) + "\n"


def _lines(finding: Finding) -> list[str]:
    """A breach in full; what is undecided on one line, with the first fact that is missing."""
    if finding.status is not Status.FAIL:
        reason = clean(finding.grounds[0]) if finding.grounds else "cannot be told"
        return [f"  undecided {finding.control}  {clean(finding.title)} ({reason})"]
    lines = [
        f"  {finding.severity.value:9} {finding.control}  {clean(finding.title)}",
        f"            {clean(finding.clause)}",
    ]
    lines += [f"            because {clean(ground)}" for ground in finding.grounds[:3]]
    lines.append(f"            {clean(finding.remedy)}")
    if finding.command:
        lines.append(f"            try: {clean(finding.command)}")
    return lines


def clean(text: str) -> str:
    """Text without control characters, so that a file name cannot write to the terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "\ufffd", text)


writer: Writer = Table()
