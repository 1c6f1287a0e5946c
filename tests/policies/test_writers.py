"""Reports in every form: they agree on what is open, hold hostile names harmlessly, and follow their formats."""

import datetime as dt
import json
from xml.etree import ElementTree as ET

import pytest

from indicia.policies import packs
from indicia.policies.audit import audit_dossiers
from indicia.policies.control import Status
from indicia.policies.engine import Profile
from indicia.policies.report import Gate, Report
from indicia.policies.writers import formats, writer
from indicia.provenance import AssetRef, Dossier, Gap, Label, Media, Reason

HOSTILE = "a/<script>alert(1)</script>|x\x1b[31m\u202e.png"


@pytest.fixture(scope="module")
def report() -> Report:
    """One labelled picture, one bare one with a hostile name, one that could not be read."""
    aigc = Label("aigc", "aigc", False, "synthetic", (("Label", "1"), ("ContentProducer", "A"), ("ProduceID", "7")))
    dossiers = [
        Dossier(AssetRef("good.png", "good.png", "aa" * 32, Media.IMAGE, "png", 9), (aigc,)),
        Dossier(AssetRef(HOSTILE, "x.png", "bb" * 32, Media.IMAGE, "png", 9)),
        Dossier(
            AssetRef("gone.png", "gone.png", "", Media.OTHER, "unknown", 0), (), (Gap("asset", Reason.UNREADABLE),)
        ),
    ]
    profile = Profile(dt.date(2026, 11, 23), frozenset({"generator"}))
    return audit_dossiers(dossiers, packs.load(["cn-labelling", "c2pa"]), profile, declared={"generated": True})


@pytest.mark.parametrize("name", formats())
def test_every_form_is_written_and_has_no_control_characters(report: Report, name: str) -> None:
    text = writer(name).write(report)

    assert text.endswith("\n")
    assert "\x1b" not in text
    assert report.tool.startswith("indicia/")


def test_json_holds_every_finding_and_the_exit_code(report: Report) -> None:
    body = json.loads(writer("json").write(report))

    assert len(report.findings) == len(body["findings"])
    assert 1 == body["exit_code"] == report.exit_code
    assert [{"subject": "gone.png", "reader": "asset", "reason": "unreadable", "detail": ""}] == body["gaps"]


def test_json_lines_are_the_findings_one_by_one(report: Report) -> None:
    lines = writer("jsonl").write(report).splitlines()

    assert json.loads(writer("json").write(report))["findings"] == [json.loads(line) for line in lines]


def test_sarif_points_into_its_rules_with_relative_encoded_paths_and_stable_fingerprints(report: Report) -> None:
    run = json.loads(writer("sarif").write(report))["runs"][0]
    again = json.loads(writer("sarif").write(report))["runs"][0]

    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not uri.startswith("/")
        assert not set(uri) & set("<>|\x1b ")
    assert run["results"] == again["results"]


def test_junit_counts_what_it_holds(report: Report) -> None:
    root = ET.fromstring(writer("junit").write(report))

    for suite in root:
        assert int(suite.get("tests", "")) == len(suite)
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    failed = sum(f.status is Status.FAIL for f in report.findings)
    assert failed == len(root.findall("testsuite/testcase/failure"))


def test_html_and_markdown_hold_hostile_names_as_text(report: Report) -> None:
    assert "<script>alert" not in writer("html").write(report)
    assert "<script>alert" not in writer("markdown").write(report)


def test_html_names_what_could_not_be_examined(report: Report) -> None:
    page = writer("html").write(report)

    assert "What could not be examined" in page
    assert "gone.png" in page


def test_a_strict_gate_reports_what_was_not_examined_as_undecided(report: Report) -> None:
    lenient = Report(report.as_of, report.roles, (), report.controls, (), report.gaps, gate=Gate())
    strict = Report(report.as_of, report.roles, (), report.controls, (), report.gaps, gate=Gate(strict=True))

    assert (0, 3) == (lenient.exit_code, strict.exit_code)
