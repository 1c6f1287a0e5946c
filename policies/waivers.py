"""Waivers: a named person accepts one finding, for a reason, for a time; and baselines that only shrink."""

from __future__ import annotations

import datetime as dt
import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..provenance.errors import BadContent
from . import located
from .control import Finding, Status

WARN_DAYS = 14
_NEEDED = frozenset({"control", "reason", "approver", "created", "expires"})
_KEYS = _NEEDED | {"scope", "sha256"}


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted breach: of what lies under a glob of paths, of one content by its hash, or both. Dates are UTC."""

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
            and (not self.scope or fnmatch.fnmatchcase(finding.subject, self.scope))
            and (not self.sha256 or self.sha256 == finding.sha256)
        )

    def runs(self, today: dt.date) -> bool:
        """Whether it has begun and has not expired; the day it expires is its last."""
        return self.created <= today <= self.expires


def load(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a YAML file: a mapping with the one key `waivers`, a list.

    Raises:
        UsageError: the file cannot be read.
        BadContent: a missing or unknown key, an expiry more than twelve months after creation; with file and line.
    """
    body = located.parse(located.read_text(path, "a waiver file"), str(path))
    if not isinstance(body, Mapping) or set(body) != {"waivers"} or not isinstance(body["waivers"], list):
        raise BadContent(f"{path}:1:1: a waiver file has exactly one key, `waivers`, with a list")
    return tuple(_waiver(entry, path) for entry in body["waivers"])


def apply(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: dt.date
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings with covered breaches marked as waived, and warnings: expired, soon to expire, or covering nothing.

    An expired waiver waives nothing. Only failures and indeterminate findings can be waived.
    """
    by_control: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        by_control.setdefault(waiver.control, []).append(waiver)
    used: set[Waiver] = set()
    result = []
    for finding in findings:
        covering = [w for w in by_control.get(finding.control, ()) if w.covers(finding)]
        used.update(covering)
        running = next((w for w in covering if w.runs(today)), None)  # a renewed waiver stands beside its old one
        if running is not None and finding.status in (Status.FAIL, Status.INDETERMINATE):
            note = f"{running.reason} (approved by {running.approver}, until {running.expires})"
            finding = replace(finding, status=Status.WAIVED, waiver=note)  # noqa: PLW2901 - the waived form of it
        result.append(finding)
    return tuple(result), tuple(_warnings(waivers, used, today))


def expired(waivers: Sequence[Waiver], today: dt.date) -> int:
    """How many have run out."""
    return sum(waiver.expires < today for waiver in waivers)


def _warnings(waivers: Sequence[Waiver], used: set[Waiver], today: dt.date) -> list[str]:
    notes = []
    for waiver in waivers:
        left = (waiver.expires - today).days
        name = f"{waiver.where}: the waiver of {waiver.control}"
        if left < 0:
            notes.append(f"{name} expired on {waiver.expires} and waives nothing")
        elif waiver.created > today:
            notes.append(f"{name} begins on {waiver.created} (UTC) and waives nothing yet")
        elif left <= WARN_DAYS:
            notes.append(f"{name} expires in {left} days")
        if waiver not in used:
            notes.append(f"{name} covers nothing here; delete it if it is done")
    return notes


def _waiver(entry: Any, path: Path) -> Waiver:
    where = located.place(entry, str(path))
    if not isinstance(entry, Mapping) or not set(entry) >= _NEEDED or not {"scope", "sha256"} & set(entry):
        raise BadContent(
            f"{where}: a waiver has control, reason, approver, created, expires, and scope or sha256 or both"
        )

    def at(key: str) -> str:
        return located.place(entry, str(path), key)

    for key, value in entry.items():
        if key not in _KEYS:
            raise BadContent(f"{at(key)}: unknown key: {key}")
        if value is None or isinstance(value, Mapping | list) or not str(value).strip():
            raise BadContent(f"{at(key)}: {key} is empty, or no word")
    created, expires = (_date(entry[key], at(key)) for key in ("created", "expires"))
    if not created < expires <= _a_year_after(created):
        raise BadContent(f"{at('expires')}: a waiver lasts at most twelve months; renew it with a fresh reason instead")
    sha256 = str(entry.get("sha256", "")).lower()
    if sha256 and not re.fullmatch("[0-9a-f]{64}", sha256):
        raise BadContent(f"{at('sha256')}: sha256 is 64 hex digits")
    return Waiver(
        str(entry["control"]), str(entry.get("scope", "")), sha256, str(entry["reason"]), str(entry["approver"]),
        created, expires, where,
    )  # fmt: skip


def _date(value: Any, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise BadContent(f"{where}: created and expires are dates such as 2026-01-31 (UTC)") from error


def _a_year_after(day: dt.date) -> dt.date:
    """The same day of the next year; 28 February after a leap day; the last day there is after what lies beyond."""
    if day.year == dt.MAXYEAR:
        return dt.date.max
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else dt.date(day.year + 1, 2, 28)
