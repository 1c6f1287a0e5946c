"""Reports keep to the published schemas of their forms, and stay bounded with a hundred thousand findings."""

import datetime as dt
import json
import re
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from oscal_bindings.v1.models import AssessmentResultsDocument
from pydantic import ValidationError

from indicia.policies import packs
from indicia.policies.audit import audit_dossiers
from indicia.policies.control import Finding, Status
from indicia.policies.engine import Profile
from indicia.policies.facts import Facts
from indicia.policies.report import Report
from indicia.policies.waivers import Waiver
from indicia.policies.writers import encoded, formats, writer
from indicia.provenance import AssetRef, Dossier, Gap, Label, Media, Reason

TODAY = dt.date(2026, 11, 23)
SARIF = json.loads((Path(__file__).parents[1] / "schemas" / "sarif-2.1.0-rtm.5.json").read_text())
NAMES = ["good.png", "a b/<x>&é.png", "a\x1b[31m\u202e|`.png", "/else where/b#c.png", "\udcff.png", "C:\\a\\b.png"]


def audited(**settings: Any) -> Report:
    """One labelled picture, bare ones with strange names, one unreadable, a pipeline and an organisation."""
    aigc = Label("aigc", "aigc", False, "synthetic", (("Label", "1"), ("ContentProducer", "A"), ("ProduceID", "7")))
    dossiers = [
        Dossier(AssetRef(name, name, f"{n:02x}" * 32, Media.IMAGE, "png", 9), (aigc,) if n == 0 else ())
        for n, name in enumerate(NAMES)
    ]
    gone = AssetRef("gone.png", "gone.png", "", Media.OTHER, "unknown", 0)
    dossiers.append(Dossier(gone, (), (Gap("asset", Reason.UNREADABLE, "no\x00such file"),)))
    waiver = Waiver("CN-META-001", "a b/*", "", "because", "A. Example", TODAY, TODAY, "w.yaml:2")
    return audit_dossiers(
        dossiers,
        packs.load(),
        Profile(TODAY, packs.ROLES),
        declared={"generated": True},
        others=[Facts("indicia.yaml", "pipeline"), Facts("indicia.yaml#organisation", "organisation")],
        waivers=[waiver],
        now=dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC),
        **settings,
    )


@pytest.fixture(scope="module")
def report() -> Report:
    return audited()


def told(report: Report, form: str) -> Any:
    return json.loads(encoded(writer(form).write(report)))


def faults_of_sarif(log: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft4Validator(SARIF).iter_errors(log)]


def test_sarif_keeps_to_its_schema(report: Report) -> None:
    assert [] == faults_of_sarif(told(report, "sarif"))


@pytest.mark.parametrize("change", [{"version": "2.0.0"}, {"runs": [{"results": []}]}, {"runs": [{"tool": 1}]}])
def test_the_schema_of_sarif_refuses_what_is_none(report: Report, change: dict[str, Any]) -> None:
    assert faults_of_sarif({**told(report, "sarif"), **change})


def test_sarif_tells_of_each_rule_what_it_is_how_severe_and_where_to_read_more(report: Report) -> None:
    rules = told(report, "sarif")["runs"][0]["tool"]["driver"]["rules"]

    assert len(report.controls) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["help"]["markdown"].startswith(f"# {rule['id']}")
        assert rule["helpUri"].endswith(f"docs/controls/{rule['id']}.md")
        assert (Path(__file__).parents[2] / "docs" / "controls" / f"{rule['id']}.md").is_file()
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert {"force", "precision", "tags"} == set(rule["properties"])


def test_sarif_names_files_below_the_working_folder_relatively_and_others_as_files(report: Report) -> None:
    places = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in told(report, "sarif")["runs"][0]["results"]
    }

    assert {"a%20b/%3Cx%3E%26%C3%A9.png", "gone.png", "indicia.yaml"} <= places
    assert "file:///else%20where/b%23c.png" in places
    assert all(re.fullmatch(r"(file:///)?[A-Za-z0-9_.~/%-]+", place) for place in places)


def test_fingerprints_are_the_same_tomorrow_in_another_place_and_for_other_bytes(
    report: Report, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    absolute = Dossier(AssetRef(str(tmp_path / "good.png"), "good.png", "ff" * 32, Media.IMAGE, "png", 9))
    again = audit_dossiers([absolute], packs.load(), Profile(TODAY + dt.timedelta(1), packs.ROLES))

    first = {f.control: f.fingerprint for f in report.findings if f.subject == "good.png"}

    assert first == {f.control: f.fingerprint for f in again.findings}
    assert len(first) == len(set(first.values()))


def test_a_waived_finding_is_suppressed_in_sarif_with_its_reason(report: Report) -> None:
    (waived,) = [r for r in told(report, "sarif")["runs"][0]["results"] if "suppressions" in r]

    assert "because (approved by A. Example" in waived["suppressions"][0]["justification"]


def test_oscal_keeps_to_the_schema_of_assessment_results(report: Report) -> None:
    text = json.dumps(told(report, "oscal"))

    document = AssessmentResultsDocument.model_validate_json(text)

    assert document is not None
    result = told(report, "oscal")["assessment-results"]["results"][0]
    known = {one["uuid"] for one in result["observations"]}
    for finding in result["findings"]:
        assert {one["observation-uuid"] for one in finding["related-observations"]} <= known
    assert len(known) == len(result["observations"])


def test_oscals_schema_refuses_what_it_does_not_know(report: Report) -> None:
    body = told(report, "oscal")
    body["assessment-results"]["results"][0]["colour"] = "red"

    with pytest.raises(ValidationError, match="colour"):
        AssessmentResultsDocument.model_validate_json(json.dumps(body))


def test_oscal_of_an_audit_where_nothing_applies_is_sound_too() -> None:
    controls = [c for c in packs.load() if c.subjects == {"records"}][:2]
    nothing = audit_dossiers(
        [Dossier(AssetRef("a.png", "a.png", "aa" * 32, Media.IMAGE, "png", 9))], controls, Profile(TODAY, packs.ROLES)
    )

    assert AssessmentResultsDocument.model_validate_json(json.dumps(told(nothing, "oscal"))) is not None


def test_gitlab_issues_have_what_gitlab_asks_for(report: Report) -> None:
    issues = told(report, "gitlab")

    assert len(list(report.open())) == len(issues) == len({issue["fingerprint"] for issue in issues})
    for issue in issues:
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(issue)
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert issue["location"]["lines"]["begin"] >= 1


def test_junit_has_the_elements_and_attributes_that_build_servers_read(report: Report) -> None:
    root = ET.fromstring(encoded(writer("junit").write(report)))

    assert "testsuites" == root.tag
    for suite in root:
        assert {"name", "tests", "failures", "errors", "skipped"} == set(suite.attrib)
        for case in suite:
            assert {"classname", "name", "time"} == set(case.attrib)
            assert {child.tag for child in case} <= {"failure", "skipped"}


def test_an_in_toto_statement_names_each_file_by_its_hash(report: Report) -> None:
    statement = told(report, "intoto")

    assert {"_type", "subject", "predicateType", "predicate"} == set(statement)
    assert all(re.fullmatch("[0-9a-f]{64}", one["digest"]["sha256"]) for one in statement["subject"])
    assert len(NAMES) == len(statement["subject"])


@pytest.mark.parametrize("form", formats())
def test_names_that_are_no_text_are_written_all_the_same(report: Report, form: str) -> None:
    only = replace(report, findings=tuple(f for f in report.findings if f.subject == "\udcff.png"))

    data = encoded(writer(form).write(only))

    assert any(name in data for name in (b"%FF.png", "\ufffd.png".encode()))


@pytest.mark.slow
@pytest.mark.parametrize("form", formats())
def test_a_hundred_thousand_findings_are_written_in_time_and_size(report: Report, form: str) -> None:
    failing = next(f for f in report.findings if f.status is Status.FAIL)
    many: list[Finding] = [
        replace(failing, subject=f"folder/{n // 100}.png", locator=str(n), sha256=f"{n // 100:064x}")
        for n in range(100_000)
    ]
    large = replace(report, findings=tuple(many), gaps=report.gaps * 100_000, warnings=("w",) * 1000)
    start = time.process_time()
    text = writer(form).write(large)

    assert time.process_time() - start < 30
    assert len(text) < 250_000_000 if form in {"json", "jsonl", "junit"} else 30_000_000


def test_identifiers_of_oscal_are_uuids(report: Report) -> None:
    body = told(report, "oscal")["assessment-results"]

    assert 5 == uuid.UUID(body["uuid"]).version
