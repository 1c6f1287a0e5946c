"""Reports in the forms that people and machines read, one file an output; this is the contract they keep.

A file ends in `writer: Writer = Name()`. The text of a report is a pure function of the report.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any, Protocol

from ...provenance.catalog import load, names
from ...provenance.errors import UsageError
from ..control import Finding
from ..report import Report

PACKAGE = __name__


class Writer(Protocol):
    """Turns a report into text."""

    suffix: str  # of a file, with its dot
    machine: bool  # whether standard output should hold it and nothing else

    def write(self, report: Report) -> str:
        """The whole text, ending in a newline."""
        ...


def writer(name: str) -> Writer:
    """The writer of that name.

    Raises:
        UsageError: none of that name; the text lists those there are.
    """
    if name.replace("-", "_") not in formats():
        raise UsageError(f"no format {name!r}; there are: {', '.join(formats())}")
    found: Writer = load(PACKAGE, name.replace("-", "_"), "writer")
    return found


def formats() -> tuple[str, ...]:
    """The names of all writers."""
    return names(PACKAGE)


def encoded(text: str) -> bytes:
    """The bytes of a report. Names of files need not be text; what no parser would take becomes U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


def artifact(subject: str) -> str:
    """The file that a finding on `subject` is shown at: a path below the working folder, or an absolute one."""
    from ..manifest import ORGANISATION

    return PurePosixPath(subject.removesuffix(ORGANISATION)).as_posix()


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as a JSON object, shared by the JSON forms."""
    return {
        "control": finding.control,
        "subject": finding.subject,
        "status": finding.status.value,
        "severity": finding.severity.value,
        "force": finding.force.value,
        "confidence": finding.confidence.value,
        "title": finding.title,
        "clause": finding.clause,
        "grounds": list(finding.grounds),
        "remedy": finding.remedy,
        "command": finding.command,
        "sha256": finding.sha256,
        "waiver": finding.waiver,
        "fingerprint": finding.fingerprint,
    }
