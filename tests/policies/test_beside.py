"""Outputs audited with a manifest know when their system came to market and how many people use it."""

import datetime as dt

import pytest

from indicia.policies import packs
from indicia.policies.audit import audit_dossiers
from indicia.policies.engine import Profile
from indicia.policies.facts import Facts, OrganisationFacts, PipelineFacts
from indicia.provenance import AssetRef, Dossier, Media

UNMARKED = Dossier(AssetRef("a.png", "a.png", "ab" * 32, Media.IMAGE, "png", 1000), ())
DECLARED = {"generated": True, "watermarks": []}


def outcome(control: str, day: str, *others: Facts) -> str:
    report = audit_dossiers(
        [UNMARKED],
        [c for c in packs.load() if c.id == control],
        Profile(dt.date.fromisoformat(day), frozenset({"generator"})),
        declared=DECLARED,
        others=others,
    )
    return report.findings[0].status.value


@pytest.mark.parametrize(
    ("placed", "expected"), [("2026-05-01", "not_applicable"), ("2026-09-01", "fail"), (None, "indeterminate")]
)
def test_the_transition_of_the_ai_act_depends_on_the_manifest(placed: str | None, expected: str) -> None:
    pipeline = Facts("studio", "pipeline", pipeline=PipelineFacts(placed_on_market=placed))

    assert expected == outcome("EU-MRK-015", "2026-11-23", pipeline)


@pytest.mark.parametrize(("users", "expected"), [(2_000_000, "fail"), (1_000_000, "not_applicable")])
def test_californias_first_vintage_depends_on_the_number_of_users(users: int, expected: str) -> None:
    organisation = Facts("studio", "organisation", organisation=OrganisationFacts(monthly_users=users))

    assert expected == outcome("US-CA-015", "2026-09-29", organisation)


def test_two_pipelines_leave_it_open_which_one_made_an_output() -> None:
    old, new = (
        Facts(day, "pipeline", pipeline=PipelineFacts(placed_on_market=day)) for day in ("2026-05-01", "2026-09-01")
    )

    assert outcome("EU-MRK-015", "2026-11-23", old, new) == "indeterminate"
