"""An in-toto statement about the audited files, to be signed and kept beside them."""

from __future__ import annotations

import json

from ..control import Status
from ..report import Report
from . import Writer, finding_json

PREDICATE = "https://github.com/indicia/indicia/docs/policies.md#audit@1"
MAX_FINDINGS = 1_000  # of each kind, worst first; the counts hold for all


class Intoto:
    """Statement v1: the subjects are the files by SHA-256, the predicate is the outcome with what is open.

    Subjects without bytes (a pipeline, registers, unreadable files) have no digest and stand in the predicate.
    """

    suffix = ".intoto.json"
    machine = True

    def write(self, report: Report) -> str:
        """The statement."""
        digests = dict.fromkeys((f.subject, f.sha256) for f in report.findings if f.sha256)
        found = list(report.open())
        waived = [f for f in report.findings if f.status is Status.WAIVED]
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in digests],
            "predicateType": PREDICATE,
            "predicate": {
                "auditedAt": report.made_at,
                "asOf": report.as_of.isoformat(),
                "roles": list(report.roles),
                "jurisdictions": list(report.jurisdictions),
                "policy": sorted({control.pack for control in report.controls}),
                "tool": report.tool,
                "passed": report.exit_code == 0,
                "counts": {status.value: count for status, count in report.counts().items()},
                "open": [finding_json(f) for f in found[:MAX_FINDINGS]],
                "waived": [finding_json(f) for f in waived[:MAX_FINDINGS]],
                "leftOut": max(0, len(found) - MAX_FINDINGS) + max(0, len(waived) - MAX_FINDINGS),
            },
        }
        return json.dumps(statement, ensure_ascii=False, indent=1) + "\n"


writer: Writer = Intoto()
