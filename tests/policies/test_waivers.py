"""Waivers are bounded, named and dated; a baseline only shrinks; a gate is set by severity and force."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from indicia.policies import baseline, waivers
from indicia.policies.control import Confidence, Finding, Force, Severity, Status
from indicia.policies.report import Gate, Report
from indicia.provenance.errors import BadContent

TODAY = dt.date(2026, 11, 23)
FAILED = Finding(
    "EU-MRK-004",
    "archive/a.png",
    Status.FAIL,
    Severity.NOTE,
    Force.CODE,
    Confidence.HIGH,
    "stamped",
    "S1",
    sha256="aa" * 32,
)
WAIVER = """\
waivers:
  - control: EU-MRK-004
    scope: "archive/*"
    reason: signed before we had a clock
    approver: J. Doe
    created: 2026-10-01
    expires: 2027-03-31
"""


def loaded(tmp_path: Path, text: str = WAIVER) -> tuple[waivers.Waiver, ...]:
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    return waivers.load(path)


def test_a_waiver_covers_its_scope_and_says_who_and_why(tmp_path: Path) -> None:
    (judged,), notes = waivers.apply([FAILED], loaded(tmp_path), TODAY)

    assert Status.WAIVED == judged.status
    assert "J. Doe" in judged.waiver
    assert () == notes


@pytest.mark.parametrize(
    "finding",
    [replace(FAILED, subject="live/a.png"), replace(FAILED, control="EU-MRK-003"), replace(FAILED, status=Status.PASS)],
    ids=["other path", "other control", "a pass needs none"],
)
def test_a_waiver_changes_nothing_else(tmp_path: Path, finding: Finding) -> None:
    (judged,), _ = waivers.apply([finding], loaded(tmp_path), TODAY)

    assert finding == judged


def test_a_waiver_bound_to_content_does_not_cover_other_content(tmp_path: Path) -> None:
    bound = loaded(tmp_path, WAIVER + f"    sha256: {'bb' * 32}\n")

    assert Status.FAIL == waivers.apply([FAILED], bound, TODAY)[0][0].status
    assert Status.WAIVED == waivers.apply([replace(FAILED, sha256="bb" * 32)], bound, TODAY)[0][0].status


@pytest.mark.parametrize(
    ("day", "status", "said"),
    [
        (dt.date(2027, 3, 31), Status.WAIVED, "expires in 0 days"),
        (dt.date(2027, 3, 17), Status.WAIVED, "expires in 14 days"),
        (dt.date(2027, 3, 16), Status.WAIVED, ""),
        (dt.date(2027, 4, 1), Status.FAIL, "expired"),
        (dt.date(2026, 10, 1), Status.WAIVED, ""),
        (dt.date(2026, 9, 30), Status.FAIL, "begins on 2026-10-01 (UTC)"),
    ],
)
def test_an_expired_waiver_waives_nothing_and_is_announced(
    tmp_path: Path, day: dt.date, status: Status, said: str
) -> None:
    (judged,), notes = waivers.apply([FAILED], loaded(tmp_path), day)

    assert status == judged.status
    assert said in " ".join(notes)


def test_a_waiver_of_one_content_needs_no_path(tmp_path: Path) -> None:
    bound = loaded(tmp_path, WAIVER.replace('scope: "archive/*"', f"sha256: {'AA' * 32}"))

    assert Status.WAIVED == waivers.apply([replace(FAILED, subject="anywhere.png")], bound, TODAY)[0][0].status
    assert Status.FAIL == waivers.apply([replace(FAILED, sha256="")], bound, TODAY)[0][0].status


def test_a_renewed_waiver_counts_beside_the_expired_one(tmp_path: Path) -> None:
    old = WAIVER.replace("2026-10-01", "2025-10-01").replace("2027-03-31", "2026-03-31")
    both = loaded(tmp_path, old + WAIVER.partition("\n")[2])

    (judged,), notes = waivers.apply([FAILED], both, TODAY)

    assert Status.WAIVED == judged.status
    assert [True] == ["expired on 2026-03-31" in note for note in notes]
    assert 1 == waivers.expired(both, TODAY)


@pytest.mark.parametrize(
    ("created", "expires", "later"),
    [
        ("2026-01-01", "2027-01-01", "2027-01-02"),
        ("2024-02-29", "2025-02-28", "2025-03-01"),
        ("9999-01-01", "9999-12-31", "10000-01-01"),
        ("0001-01-01", "0002-01-01", "0002-01-02"),
    ],
)
def test_a_waiver_may_last_twelve_months_and_not_a_day_more(
    tmp_path: Path, created: str, expires: str, later: str
) -> None:
    text = WAIVER.replace("2026-10-01", created)

    assert 1 == len(loaded(tmp_path, text.replace("2027-03-31", expires)))
    with pytest.raises(BadContent):
        loaded(tmp_path, text.replace("2027-03-31", later))


def test_the_globs_of_waivers_cannot_run_away(tmp_path: Path) -> None:
    (waiver,) = loaded(tmp_path, WAIVER.replace("archive/*", "*a" * 40 + "b"))

    assert not waiver.covers(replace(FAILED, subject="a" * 4000))


def test_ten_thousand_waivers_and_findings_meet_quickly(tmp_path: Path) -> None:
    (waiver,) = loaded(tmp_path)
    many = tuple(replace(waiver, control=f"X-{n}") for n in range(10_000))
    findings = [replace(FAILED, control=f"X-{n}") for n in range(10_000)]

    judged, _ = waivers.apply(findings, many, TODAY)

    assert {Status.WAIVED} == {finding.status for finding in judged}


def test_a_waiver_that_covers_nothing_is_named(tmp_path: Path) -> None:
    _, notes = waivers.apply([], loaded(tmp_path), TODAY)

    assert "covers nothing" in notes[0]
    assert "waivers.yaml:2" in notes[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2027-03-31", "2028-03-31", "twelve months"),
        ("2027-03-31", "2026-10-01", "twelve months"),
        ("2027-03-31", "soon", "dates such as"),
        ("    approver: J. Doe\n", "", "a waiver has"),
        ("signed before we had a clock", "''", "4:5: reason is empty"),
        ("signed before we had a clock", "[a]", "4:5: reason is empty"),
        ("J. Doe", "", "5:5: approver is empty"),
        ("    scope", "    colour: red\n    scope", "3:5: unknown key: colour"),
        ('    scope: "archive/*"\n', "", "scope or sha256"),
        ("    reason", "    sha256: abc\n    reason", "4:5: sha256 is 64 hex"),
        ("2027-03-31", "2027-02-30", "7:5: created and expires are dates"),
        ("2027-03-31", "10000-01-01", "7:5: created and expires are dates"),
        ("  - control", "  - 5\n  - control", "a waiver has"),
        ("waivers:", "waiver:", "exactly one key"),
        ("waivers:", "waivers: [", r"waivers\.yaml:\d+:\d+: not YAML"),
        ("waivers:", "waivers: &a [*a]\nb:", "exactly one key"),
    ],
)
def test_a_waiver_file_that_is_not_sound_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadContent, match=said):
        loaded(tmp_path, WAIVER.replace(old, new, 1))


def report(*findings: Finding, known: frozenset[str] = frozenset(), gate: Gate = Gate(Severity.NOTE)) -> Report:
    return Report(TODAY, ("generator",), (), (), findings, gate=gate, known=known)


def test_known_breaches_stop_nothing_and_new_ones_do() -> None:
    known = frozenset({FAILED.identity})

    assert 1 == report(FAILED).exit_code
    assert 0 == report(FAILED, known=known).exit_code
    assert 1 == report(FAILED, replace(FAILED, subject="b.png"), known=known).exit_code


def test_new_bytes_at_a_known_path_are_a_new_breach() -> None:
    known = frozenset({FAILED.identity})

    assert 1 == report(replace(FAILED, sha256="bb" * 32), known=known).exit_code
    assert FAILED.fingerprint == replace(FAILED, sha256="bb" * 32).fingerprint


def test_a_baseline_only_shrinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").touch()
    path = tmp_path / "baseline.json"
    begun = baseline.begun([FAILED, replace(FAILED, subject="there.png"), replace(FAILED, subject="gone.png")])
    path.write_text(baseline.text(begun))

    known = baseline.read(path)
    rerun = baseline.shrunk(known, [FAILED, replace(FAILED, subject="new.png")])

    assert begun == known
    assert ["EU-MRK-004 archive/a.png", "EU-MRK-004 there.png"] == sorted(rerun.values())


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        (Status.PASS, False),
        (Status.FAIL, True),
        (Status.INDETERMINATE, True),
        (Status.WAIVED, True),
        (Status.NOT_APPLICABLE, True),
    ],
)
def test_only_what_was_seen_to_be_mended_leaves_the_baseline(status: Status, kept: bool) -> None:
    known = baseline.begun([FAILED])

    assert kept == bool(baseline.shrunk(known, [replace(FAILED, status=status)]))
    assert not baseline.shrunk(known, [replace(FAILED, status=status, sha256="bb" * 32)])


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": "other"}', '{"schema": "indicia/baseline@1", "known": []}', "[" * 9000]
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)

    with pytest.raises(BadContent, match="not a baseline"):
        baseline.read(path)


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        (Gate(Severity.NOTE), 1),
        (Gate(Severity.WARNING), 0),
        (Gate(Severity.NOTE, frozenset({Force.LAW})), 0),
        (Gate(Severity.NOTE, frozenset({Force.CODE})), 1),
    ],
)
def test_a_gate_looks_at_severity_and_force(gate: Gate, code: int) -> None:
    assert code == report(FAILED, gate=gate).exit_code


def test_the_undecided_stop_only_a_strict_gate() -> None:
    undecided = replace(FAILED, status=Status.INDETERMINATE)

    assert 0 == report(undecided).exit_code
    assert 3 == report(undecided, gate=Gate(Severity.NOTE, strict=True)).exit_code
