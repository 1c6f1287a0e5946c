"""OSCAL 1.1.2 assessment results, which compliance systems import."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from typing import Any

from ..control import Finding, Status
from ..report import Report
from . import Writer

_STATE = {Status.PASS: "satisfied", Status.WAIVED: "satisfied", Status.FAIL: "not-satisfied"}
_BADNESS = {status: number for number, status in enumerate(Status)}
MAX_OBSERVATIONS = 20_000  # worst first; the result says how many are left out
_SPACE = uuid.UUID("5a4c8a3e-3d57-5ac4-9f0b-8a0a5a1c6f21")  # of our own names, so that a run's identifiers are stable


class Oscal:
    """One result with a finding for each control that applied to something, worst status first.

    OSCAL knows satisfied and not-satisfied only: what cannot be told is not satisfied, with the reason "other".
    """

    suffix = ".oscal.json"
    machine = True

    def write(self, report: Report) -> str:
        """The assessment-results document."""
        by_control: dict[str, list[Finding]] = {}
        for finding in report.findings:
            if finding.status is not Status.NOT_APPLICABLE:
                by_control.setdefault(finding.control, []).append(finding)
        told = [f for fs in by_control.values() for f in fs]
        told.sort(key=lambda f: _BADNESS[f.status], reverse=True)
        told = told[:MAX_OBSERVATIONS]
        shown = {f.fingerprint for f in told}
        result = {
            "uuid": _uuid("result", report.made_at),
            "title": f"indicia audit as of {report.as_of}",
            "description": f"{len(report.subjects)} subjects, roles {', '.join(report.roles)}",
            "start": report.made_at,
            "reviewed-controls": {
                "control-selections": [{"include-controls": [{"control-id": _token(c.id)} for c in report.controls]}]
            },
            "observations": [_observation(f, report.made_at) for f in told],
            "findings": [_finding(control, fs, shown) for control, fs in sorted(by_control.items())],
            "remarks": f"{sum(map(len, by_control.values())) - len(told)} observations are left out",
        }
        result = {key: value for key, value in result.items() if value}  # OSCAL knows no empty lists
        document = {
            "assessment-results": {
                "uuid": _uuid("report", report.made_at),
                "metadata": {
                    "title": "indicia audit",
                    "last-modified": report.made_at,
                    "version": report.tool,
                    "oscal-version": "1.1.2",
                },
                "import-ap": {"href": "#"},
                "results": [result],
            }
        }
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _finding(control: str, findings: list[Finding], shown: Collection[str]) -> dict[str, Any]:
    worst = max(findings, key=lambda f: _BADNESS[f.status])
    status: dict[str, Any] = {"state": _STATE.get(worst.status, "not-satisfied")}
    if worst.status is Status.INDETERMINATE:
        status["reason"] = "other"
        status["remarks"] = "cannot be told from what was examined"
    related = [{"observation-uuid": _uuid("observation", f.fingerprint)} for f in findings if f.fingerprint in shown]
    return {
        "uuid": _uuid("finding", control),
        "title": worst.title,
        "description": worst.clause or worst.title,
        "target": {"type": "objective-id", "target-id": _token(control), "status": status},
        **({"related-observations": related} if related else {}),
    }


def _observation(finding: Finding, when: str) -> dict[str, Any]:
    return {
        "uuid": _uuid("observation", finding.fingerprint),
        "title": finding.subject or ".",
        "description": f"{finding.status.value}: " + ("; ".join(finding.grounds) or finding.title),
        "methods": ["TEST"],
        "collected": when,
    }


def _uuid(kind: str, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{kind}:{name}"))


def _token(control: str) -> str:
    return control.lower()


writer: Writer = Oscal()
