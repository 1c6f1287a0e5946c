"""Facts x controls -> findings, for a date, roles and jurisdictions that are always stated."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..provenance.errors import UsageError
from .control import Control, Finding, Status
from .facts import Facts


@dataclass(frozen=True, slots=True)
class Profile:
    """For whom and when it is judged. No jurisdictions named means all; "*" controls always apply."""

    as_of: dt.date
    roles: frozenset[str]
    jurisdictions: frozenset[str] = frozenset()


def evaluate(facts: Facts, controls: Sequence[Control], profile: Profile) -> tuple[Finding, ...]:
    """One finding for each control, in the order of the controls; the facts are not changed.

    Steps: 1. in force on the date; 2. jurisdiction, role, kind of subject and media; 3. `when`; 4. `require`.
    What falls out in 1-3 is not applicable; what cannot be told in 3 or 4 is indeterminate, never a pass.

    Raises:
        UsageError: no controls (an empty policy is an error, not a pass).
    """
    if not controls:
        raise UsageError("an empty policy is an error, not a pass: name at least one pack with controls")
    return tuple(_judge(control, facts, profile) for control in controls)


def _judge(control: Control, facts: Facts, profile: Profile) -> Finding:
    reason = _outside(control, facts, profile)
    if reason:
        return _finding(control, facts, Status.NOT_APPLICABLE, (reason,))
    if control.when is not None:
        speaks = control.when.test(facts)
        if speaks is False:
            return _finding(control, facts, Status.NOT_APPLICABLE, tuple(control.when.why(facts)))
        if speaks is None:
            return _finding(control, facts, Status.INDETERMINATE, tuple(control.when.why(facts)))
    holds = control.require.test(facts)
    status = {True: Status.PASS, False: Status.FAIL, None: Status.INDETERMINATE}[holds]
    return _finding(control, facts, status, () if holds else tuple(control.require.why(facts)))


def _outside(control: Control, facts: Facts, profile: Profile) -> str:
    if profile.as_of < control.in_force:
        return f"in force from {control.in_force}"
    if control.until and profile.as_of >= control.until:
        return f"no longer in force since {control.until}"
    if (
        control.jurisdiction != "*"
        and profile.jurisdictions
        and not _within(control.jurisdiction, profile.jurisdictions)
    ):
        return f"law of {control.jurisdiction}, which was not asked for"
    if not control.roles & profile.roles:
        return f"speaks to the roles {', '.join(sorted(control.roles))}"
    if facts.kind not in control.subjects:
        return f"speaks of {', '.join(sorted(control.subjects))}"
    if facts.kind == "asset" and (facts.asset.media or "other") not in control.media:
        return f"speaks of {', '.join(sorted(control.media))}"
    return ""


def _within(one: str, asked: Iterable[str]) -> bool:
    """Whether a jurisdiction is asked for; "US-CA" lies within "US"."""
    return any(one == other or one.startswith(other + "-") for other in asked)


def _command(template: str, path: str) -> str:
    """The command for this path, quoted: the name of a file must not become a command of its own."""
    quoted = shlex.quote(f"./{path}" if path.startswith("-") else path)
    return template.replace('"{path}"', quoted).replace("{path}", quoted)


def _finding(control: Control, facts: Facts, status: Status, grounds: tuple[str, ...]) -> Finding:
    needs_remedy = status in (Status.FAIL, Status.INDETERMINATE)
    return Finding(
        control=control.id,
        subject=facts.subject,
        status=status,
        severity=control.severity,
        force=control.force,
        confidence=control.confidence,
        title=control.title,
        clause=f"{control.instrument} {control.clause}".strip(),
        grounds=grounds,
        remedy=control.remedy if needs_remedy else "",
        command=_command(control.command, facts.subject) if needs_remedy else "",
        sha256=facts.asset.sha256 or "",
    )
