"""Findings of one audit with their counts, the gate they are held against, and the exit code that follows."""

from __future__ import annotations

import collections
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..provenance.errors import BadContent, UsageError
from ..provenance.evidence import Gap
from .control import Control, Finding, Force, Severity, Status

SCHEMA = "indicia/report@1"
CLEAN, FINDINGS, UNDECIDED = 0, 1, 3
_WORST_FIRST = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Gate:
    """What makes a build fail: breaches at least this severe, of these forces; with `strict`, the undecided too."""

    severity: Severity = Severity.ERROR
    forces: frozenset[Force] = frozenset(Force)
    strict: bool = False

    def stops(self, finding: Finding) -> bool:
        """Whether this finding is a breach at or above the gate."""
        return finding.status is Status.FAIL and self.counts(finding)

    def counts(self, finding: Finding) -> bool:
        """Whether a finding is severe enough, whatever its status."""
        severe = _WORST_FIRST.index(finding.severity) <= _WORST_FIRST.index(self.severity)
        return severe and finding.force in self.forces


@dataclass(frozen=True, slots=True)
class Report:
    """One audit. `known` holds the fingerprints of a baseline: those findings are shown but stop nothing."""

    as_of: dt.date
    roles: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    controls: tuple[Control, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[tuple[str, Gap], ...] = ()  # (subject, what could not be examined)
    warnings: tuple[str, ...] = ()
    gate: Gate = Gate()
    known: frozenset[str] = frozenset()
    tool: str = ""
    made_at: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Every subject, in the order audited."""
        return tuple(dict.fromkeys(f.subject for f in self.findings))

    def counts(self) -> Mapping[Status, int]:
        """How many findings have each status."""
        found = collections.Counter(f.status for f in self.findings)
        return {status: found[status] for status in Status}

    def open(self) -> Iterator[Finding]:
        """Failures and undecided findings, worst first."""
        ranked = [f for f in self.findings if f.status in (Status.FAIL, Status.INDETERMINATE)]
        ranked.sort(key=lambda f: (f.status is not Status.FAIL, _WORST_FIRST.index(f.severity), f.subject, f.control))
        yield from ranked

    @property
    def exit_code(self) -> int:
        """0 clean, 1 a new breach at or above the gate, 3 undecided under a strict gate."""
        if any(self.gate.stops(f) and f.fingerprint not in self.known for f in self.findings):
            return FINDINGS
        undecided = any(f.status is Status.INDETERMINATE and self.gate.counts(f) for f in self.findings)
        return UNDECIDED if self.gate.strict and (undecided or self.gaps) else CLEAN


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints of a baseline file.

    Raises:
        UsageError: the file cannot be read.
        BadContent: not a baseline.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the baseline cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BadContent(f"{path}: not a baseline: {error}") from error
    if not isinstance(body, dict) or body.get("schema") != "indicia/baseline@1":
        raise BadContent(f"{path}: not a baseline: its schema is not indicia/baseline@1")
    return frozenset(map(str, body.get("fingerprints", ())))


def shrunk(known: frozenset[str], findings: Sequence[Finding]) -> frozenset[str]:
    """The baseline without what has been mended; it never grows by itself."""
    return known & {f.fingerprint for f in findings if f.status is Status.FAIL}


def baseline_text(fingerprints: frozenset[str]) -> str:
    """The text of a baseline file."""
    return json.dumps({"schema": "indicia/baseline@1", "fingerprints": sorted(fingerprints)}, indent=1) + "\n"
