"""SARIF 2.1.0, which code hosts show beside a change."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from ..control import Control, Finding, Severity, Status
from ..page import page
from ..report import Report
from . import Writer, artifact

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_KIND = {
    Status.FAIL: "fail",
    Status.INDETERMINATE: "open",
    Status.WAIVED: "fail",
    Status.PASS: "pass",
    Status.NOT_APPLICABLE: "notApplicable",
}
# Code hosts refuse results beyond this number in one run; the worst come first, and the report says what was left out.
MAX_RESULTS = 25_000
HOME = "https://github.com/indicia/indicia"


class Sarif:
    """One run with a rule for each control and a result for each failure, waiver and undecided finding.

    Paths are relative to the working folder and percent-encoded; fingerprints are ours, since hosts cannot compute any
    for binary files.
    """

    suffix = ".sarif"
    machine = True

    def write(self, report: Report) -> str:
        """The SARIF log."""
        ids = {c.id: i for i, c in enumerate(report.controls)}
        waived = [f for f in report.findings if f.status is Status.WAIVED]
        shown = [*report.open(), *waived]
        run = {
            "tool": {
                "driver": {
                    "name": "indicia",
                    "version": report.tool.partition("/")[2] or "0",
                    "informationUri": HOME,
                    "rules": [_rule(c) for c in report.controls],
                }
            },
            "invocations": [{"executionSuccessful": True, "endTimeUtc": report.made_at}],
            "columnKind": "unicodeCodePoints",
            "results": [_result(f, ids) for f in shown[:MAX_RESULTS]],
            "properties": {
                "asOf": report.as_of.isoformat(),
                "roles": list(report.roles),
                "jurisdictions": list(report.jurisdictions),
                "leftOut": max(0, len(shown) - MAX_RESULTS),
            },
        }
        log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
        return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _rule(control: Control) -> dict[str, Any]:
    return {
        "id": control.id,
        "shortDescription": {"text": control.title},
        "fullDescription": {"text": f"{control.title}. {control.instrument} {control.clause}".strip()},
        "help": {"text": control.remedy, "markdown": page(control)},
        "helpUri": f"{HOME}/blob/main/{control.help}",
        "defaultConfiguration": {"level": _LEVEL[control.severity]},
        "properties": {
            "force": control.force.value,
            "precision": control.confidence.value,
            "tags": list(dict.fromkeys((control.pack, control.group, control.jurisdiction))),
        },
    }


def _result(finding: Finding, ids: dict[str, int]) -> dict[str, Any]:
    path = artifact(finding.subject)
    uri = ("file://" if path.startswith("/") else "") + quote(path, errors="surrogateescape")
    result: dict[str, Any] = {
        "ruleId": finding.control,
        "ruleIndex": ids.get(finding.control, -1),
        "kind": _KIND[finding.status],
        "level": _LEVEL[finding.severity] if finding.status is Status.FAIL else "none",
        "message": {"text": " ".join([f"{finding.title}.", *finding.grounds, finding.remedy]).strip()},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri or "."}, "region": {"startLine": 1}}}],
        "partialFingerprints": {"indicia/v1": finding.fingerprint},
    }
    if finding.status is Status.WAIVED:
        result["level"] = _LEVEL[finding.severity]
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.waiver}]
    return result


writer: Writer = Sarif()
