"""Audits: subjects of every kind against controls, with waivers, a baseline and a gate, as one report."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..provenance.dossier import Dossier
from ..provenance.evidence import Gap
from . import waivers as waiving
from .control import Control, Finding
from .engine import Profile, evaluate
from .examine import of_dossier, unique_ids
from .facts import Facts
from .manifest import Declaration
from .report import Gate, Report


class Judge(Protocol):
    """What judges facts beside the controls."""

    def judge(self, facts: Facts) -> tuple[Finding, ...]:
        """Findings on one subject."""
        ...


def audit_dossiers(
    dossiers: Iterable[Dossier],
    controls: Sequence[Control],
    profile: Profile,
    *,
    declared: Mapping[str, Any] | None = None,
    declarations: Sequence[Declaration] = (),
    measured: Iterable[Mapping[str, Any]] | None = None,
    others: Sequence[Facts] = (),
    judges: Sequence[Judge] = (),
    waivers: Sequence[waiving.Waiver] = (),
    known: frozenset[str] = frozenset(),
    gate: Gate | None = None,
    now: dt.datetime | None = None,
) -> Report:
    """The report on assets, and on `others` (a pipeline, records, an organisation).

    Args:
        dossiers: what was found in each asset; consumed once.
        controls: at least one; an empty policy is an error.
        profile: date, roles and jurisdictions that are judged.
        declared: asset facts that somebody answers for, applied where a file itself is silent.
        declarations: the same for the files under a glob, from a manifest; `declared` goes before them.
        measured: what `measure` says of each file, in the order of the dossiers.
        others: facts of subjects that are not assets.
        judges: rules in other languages (`policies/adapters`), asked about every subject.
        waivers: accepted breaches; their age is counted on the profile's date.
        known: fingerprints of a baseline.
        gate: what makes the exit code 1; any error when None.
        now: the time that the report names; the clock's when None.

    Raises:
        UsageError: no controls.
        BadContent: `declared` names an unknown fact.
    """
    assets, gaps = [], []
    for dossier, measures in zip(dossiers, measured or itertools.repeat({}), strict=False):
        said = {**_declared(dossier.asset.path, declarations), **(declared or {})}
        assets.append(of_dossier(dossier, said, measures))
        gaps += [(assets[-1].subject, gap) for gap in dossier.gaps]
    others = [_with_waivers(facts, waivers, profile.as_of) for facts in others]
    assets = [_with_registers(facts, others) for facts in assets]
    subjects = (*_beside(unique_ids(assets), others), *others)
    findings = [
        finding
        for facts in subjects
        for judged in (evaluate(facts, controls, profile), *(judge.judge(facts) for judge in judges))
        for finding in judged
    ]
    judged, warnings = waiving.apply(findings, waivers, profile.as_of)
    return Report(
        as_of=profile.as_of,
        roles=tuple(sorted(profile.roles)),
        jurisdictions=tuple(sorted(profile.jurisdictions)),
        controls=tuple(controls),
        findings=judged,
        gaps=tuple(_distinct(gaps)),
        warnings=warnings,
        gate=gate or Gate(),
        known=known,
        tool=_tool(),
        made_at=(now or dt.datetime.now(dt.UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _beside(assets: Iterable[Facts], others: Sequence[Facts]) -> Iterable[Facts]:
    """The assets, knowing the one pipeline and organisation they are audited with.

    When a system came to market and how many use it decide what its outputs owe (AI Act, Art. 111(4); SB 942).
    """
    pipelines = [one.pipeline for one in others if one.kind == "pipeline"]
    organisations = [one.organisation for one in others if one.kind == "organisation"]
    for facts in assets:
        yield replace(
            facts,
            pipeline=pipelines[0] if len(pipelines) == 1 else facts.pipeline,
            organisation=organisations[0] if len(organisations) == 1 else facts.organisation,
        )


def _declared(path: str, declarations: Sequence[Declaration]) -> dict[str, Any]:
    """What is declared of a file, later declarations before earlier ones."""
    said: dict[str, Any] = {}
    for one in declarations:
        said |= one.facts if one.covers(path) else {}
    return said


def _with_registers(facts: Facts, others: Sequence[Facts]) -> Facts:
    """An asset knows whether it stands in the refutation register it is audited with."""
    refutations = [e for one in others for e in one.records.entries or () if e.kind == "refutation"]
    if not refutations or not facts.asset.sha256 or facts.asset.refuted is not None:
        return facts
    refuted = any(e.sha256 == facts.asset.sha256 for e in refutations)
    return replace(facts, asset=replace(facts.asset, refuted=refuted))


def _with_waivers(facts: Facts, waivers: Sequence[waiving.Waiver], today: dt.date) -> Facts:
    """A pipeline knows what was waived beside it; the loader refuses a waiver without an end."""
    if facts.kind != "pipeline":
        return facts
    counted = replace(
        facts.pipeline, waivers=len(waivers), waivers_unbounded=0, waivers_expired=waiving.expired(waivers, today)
    )
    return replace(facts, pipeline=counted)


def _distinct(gaps: Iterable[tuple[str, Gap]]) -> Iterable[tuple[str, Gap]]:
    return dict.fromkeys(gaps)


def _tool() -> str:
    from ..provenance.inspect import tool

    return tool()
