"""Waivers: a named person accepts one finding, for a reason, for a time; and baselines that only shrink."""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..provenance.errors import BadContent, UsageError
from .control import Finding, Status

MAX_DAYS = 366  # a waiver lasts at most twelve months
WARN_DAYS = 14
_KEYS = frozenset({"control", "scope", "sha256", "reason", "approver", "created", "expires"})


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted breach. `scope` is a glob of paths; `sha256`, when given, binds it to the content. Dates are UTC."""

    control: str
    scope: str
    sha256: str
    reason: str
    approver: str
    created: dt.date
    expires: dt.date
    where: str

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks about this finding, expired or not."""
        return (
            finding.control == self.control
            and fnmatch.fnmatchcase(finding.subject, self.scope)
            and (not self.sha256 or self.sha256 == finding.sha256)
        )


def load(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a YAML file: a mapping with the one key `waivers`, a list.

    Raises:
        UsageError: the file cannot be read.
        BadContent: a missing or unknown key, an expiry more than twelve months after creation; with file and line.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        body = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: waivers cannot be read ({error})") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadContent(f"{path}: not YAML: {error}") from error
    if not isinstance(body, Mapping) or set(body) != {"waivers"} or not isinstance(body["waivers"], Sequence):
        raise BadContent(f"{path}: a waiver file has exactly one key, `waivers`, with a list")
    return tuple(_waiver(entry, path) for entry in body["waivers"])


def apply(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: dt.date
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings with covered breaches marked as waived, and warnings: expired, soon to expire, or covering nothing.

    An expired waiver waives nothing. Only failures and indeterminate findings can be waived.
    """
    used: set[Waiver] = set()
    result = []
    for finding in findings:
        match = next((w for w in waivers if w.covers(finding)), None)
        if match is not None:
            used.add(match)
        open_breach = finding.status in (Status.FAIL, Status.INDETERMINATE)
        if match is not None and open_breach and today <= match.expires:
            note = f"{match.reason} (approved by {match.approver}, until {match.expires})"
            finding = replace(finding, status=Status.WAIVED, waiver=note)  # noqa: PLW2901 - the waived form of it
        result.append(finding)
    return tuple(result), tuple(_warnings(waivers, used, today))


def _warnings(waivers: Sequence[Waiver], used: set[Waiver], today: dt.date) -> list[str]:
    notes = []
    for waiver in waivers:
        left = (waiver.expires - today).days
        if left < 0:
            notes.append(f"{waiver.where}: the waiver of {waiver.control} expired on {waiver.expires}")
        elif left <= WARN_DAYS:
            notes.append(f"{waiver.where}: the waiver of {waiver.control} expires in {left} days")
        if waiver not in used:
            notes.append(f"{waiver.where}: the waiver of {waiver.control} covers nothing here; delete it if it is done")
    return notes


def _waiver(entry: Any, path: Path) -> Waiver:
    line = getattr(getattr(entry, "lc", None), "line", None)
    place = f"{path}:{line + 1}" if line is not None else str(path)
    if not isinstance(entry, Mapping) or set(entry) - _KEYS or not _KEYS - {"sha256"} <= set(entry):
        raise BadContent(f"{place}: a waiver has control, scope, reason, approver, created, expires and maybe sha256")
    created, expires = entry["created"], entry["expires"]
    if not all(isinstance(d, dt.date) and not isinstance(d, dt.datetime) for d in (created, expires)):
        raise BadContent(f"{place}: created and expires are dates such as 2026-01-31 (UTC)")
    if not 0 < (expires - created).days <= MAX_DAYS:
        raise BadContent(f"{place}: a waiver lasts at most twelve months; renew it with a fresh reason instead")
    for key in ("reason", "approver"):
        if not str(entry[key]).strip():
            raise BadContent(f"{place}: {key} is empty")
    return Waiver(
        str(entry["control"]), str(entry["scope"]), str(entry.get("sha256", "")), str(entry["reason"]),
        str(entry["approver"]), created, expires, place,
    )  # fmt: skip
