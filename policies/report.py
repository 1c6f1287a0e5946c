"""Findings of one audit with their counts, the gate they are held against, and the exit code that follows."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
    """One audit. `known` holds the identities of a baseline: those findings are shown but stop nothing."""

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
        if any(self.gate.stops(f) and f.identity not in self.known for f in self.findings):
            return FINDINGS
        undecided = any(f.status is Status.INDETERMINATE and self.gate.counts(f) for f in self.findings)
        return UNDECIDED if self.gate.strict and (undecided or self.gaps) else CLEAN
