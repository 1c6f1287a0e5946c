"""Where facts come from: the file itself, the manifest's declarations, registers and waivers beside the assets."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from PIL import Image

from indicia.policies import manifest, packs
from indicia.policies.audit import audit_dossiers
from indicia.policies.control import Status
from indicia.policies.engine import Profile
from indicia.policies.examine import of_dossier, subject
from indicia.policies.facts import Facts, Record, RecordFacts
from indicia.policies.measure import measure
from indicia.policies.report import Report
from indicia.policies.waivers import Waiver
from indicia.provenance import AssetRef, Claim, ClaimState, Dossier, Media
from indicia.provenance.errors import BadContent

TODAY = dt.date(2026, 11, 23)
WHOLE = """\
schema: indicia/manifest@1
name: everything
roles: [generator]
jurisdictions: [CN]
placed_on_market: 2026-09-01
monthly_users: 5
marking: [metadata]
models: [{id: a, source: b, licence: c, revision: d, card: {limits: true}, discloses: true}]
steps: [{name: draw, does: generate, lossy: false, read_back: true, effect: none}]
keys: [{purpose: sign, source: kms, rotated: 2026-05-01, expires: 2027-05-01}]
sources: [{name: a, use: training}]
notice: {text: 人工智能生成, persistent: true, position: top, first_turn: true, playback: true}
review: {input: true, output: true, feature_library: true, filter_ncii: true, filter_csam: true, block_report: true}
service:
  {names_basis: true, retains_uploads: false, redacts_personal_data: true, personal_data_consent: true,
   parser_limits: true, remote_fetch: false}
policy: {reviewed: 2026-10-01, gate: true}
attestations: [{topic: incident_plan, document: runbook, owner: sre, date: 2026-06-01}]
code: ["*.py"]
assets:
  - files: "ads/*"
    facts: {advertisement: true, persons: [{name: A. Example, consent: true}]}
  - files: "ads/b.png"
    facts: {advertisement: false}
"""


def dossier(path: str, *evidence: Claim, media: Media = Media.IMAGE) -> Dossier:
    return Dossier(AssetRef(path, Path(path).name, "aa" * 32, media, "png", 9), evidence)


def audited(*dossiers: Dossier, others: tuple[Facts, ...] = (), waivers: tuple[Waiver, ...] = ()) -> Report:
    profile = Profile(TODAY, packs.ROLES)
    return audit_dossiers(dossiers, packs.load(), profile, others=others, waivers=waivers)


def status(report: Report, control: str) -> Status:
    (found,) = [f.status for f in report.findings if f.control == control]
    return found


def test_a_whole_manifest_tells_every_fact_of_a_pipeline_but_the_waivers(tmp_path: Path) -> None:
    path = tmp_path / "indicia.yaml"
    path.write_text(WHOLE)

    pipeline, organisation = manifest.facts_of(manifest.load(path), tmp_path, TODAY, subject="indicia.yaml")

    unknown = [f.name for f in dataclasses.fields(pipeline.pipeline) if getattr(pipeline.pipeline, f.name) is None]
    assert ["waivers", "waivers_unbounded", "waivers_expired"] == unknown
    assert ("indicia.yaml", "indicia.yaml#organisation") == (pipeline.subject, organisation.subject)


@pytest.mark.parametrize(("expires", "expected"), [("2027-01-01", Status.PASS), ("2026-11-01", Status.FAIL)])
def test_an_expired_waiver_breaks_the_rule_on_waivers(expires: str, expected: Status) -> None:
    until = dt.date.fromisoformat(expires)
    waiver = Waiver("X-1", "*", "", "a reason", "A. Example", dt.date(2026, 1, 2), until, "w.yaml:2")

    assert expected == status(audited(others=(Facts("p", "pipeline"),), waivers=(waiver,)), "SEC-005")
    assert Status.NOT_APPLICABLE == status(audited(others=(Facts("p", "pipeline"),)), "SEC-005")


def test_declarations_of_a_manifest_hold_for_the_files_under_their_glob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "studio").mkdir()
    path = tmp_path / "studio" / "indicia.yaml"
    path.write_text(WHOLE)
    monkeypatch.chdir(tmp_path)
    declared = manifest.load(path).assets

    covered = {
        name: [d.covers(name) for d in declared] for name in ("studio/ads/a.png", "studio/ads/b.png", "ads/a.png")
    }

    assert {"studio/ads/a.png": [True, False], "studio/ads/b.png": [True, True], "ads/a.png": [False, False]} == covered


@pytest.mark.parametrize(
    ("facts", "said"),
    [("{advertisement: maybe}", "advertisement"), ("{colour: red}", "colour"), ("{persons: [{nick: a}]}", "nick")],
)
def test_a_declaration_outside_the_vocabulary_is_refused_with_its_line(tmp_path: Path, facts: str, said: str) -> None:
    path = tmp_path / "indicia.yaml"
    path.write_text(f'name: a\nassets:\n  - files: "*"\n    facts: {facts}\n')

    with pytest.raises(BadContent, match=rf"indicia\.yaml:4: assets\.0: .*{said}"):
        manifest.load(path)


def test_an_asset_knows_whether_the_register_beside_it_refutes_it() -> None:
    register = Facts("r", "records", records=RecordFacts(entries=(Record(kind="refutation", sha256="aa" * 32),)))
    other = Facts("r", "records", records=RecordFacts(entries=(Record(kind="refutation", sha256="bb" * 32),)))

    spoken = [
        next(f.status for f in audited(dossier("a.png"), others=(one,)).findings if f.control == "MIS-005")
        for one in (register, other)
    ]

    assert Status.NOT_APPLICABLE != spoken[0]
    assert Status.NOT_APPLICABLE == spoken[1]


def test_the_file_itself_tells_its_size_and_nothing_of_what_cannot_be_read(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))

    assert {"width": 30, "height": 20} == measure(str(tmp_path / "a.png"))
    assert {} == measure(str(tmp_path / "broken.png")) == measure(str(tmp_path / "none.png"))


def test_what_was_measured_stands_in_the_facts() -> None:
    claims = (Claim("c2pa", "urn:1", ClaimState.TRUSTED), Claim("c2pa", "urn:2", ClaimState.TRUSTED, depth=1))
    measured = {"width": 30, "height": 20, "duration": 1.5, "rubric_failures": 2}

    found = of_dossier(dossier("a.png", *claims), {"width": 99}, measured).asset

    assert (30, 20, 1.5) == (found.width, found.height, found.duration)
    assert [2, None] == [claim.rubric_failures for claim in found.claims or ()]


def test_a_file_has_one_name_however_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert ["a/b.png"] * 3 == [subject("a/b.png"), subject("./a//b.png"), subject(str(tmp_path / "a" / "b.png"))]
    assert "/elsewhere/b.png" == subject("/elsewhere/b.png")
    assert "../b.png" == subject("../b.png")


@pytest.mark.parametrize("name", ['a"; touch x; ".png', "a'b.png", "$(touch x).png", "-rf.png", "a b.png"])
def test_the_name_of_a_file_does_not_become_a_command(name: str) -> None:
    import shlex

    commands = {f.command for f in audited(dossier(name)).findings if f.command}

    assert commands
    for command in commands:
        assert [word for word in shlex.split(command) if word.removeprefix("./") == name], command
