"""What is audited beside assets: pipeline manifests, their code, registers, and the way through a processing step."""

import datetime as dt
import json
from pathlib import Path

import pytest

from indicia.moderation.scan import files
from indicia.policies import manifest, packs, records, survival
from indicia.policies.code import inspect_source
from indicia.policies.control import Status
from indicia.policies.engine import Profile, evaluate
from indicia.policies.examine import of_dossier
from indicia.provenance import AssetRef, Claim, ClaimState, Dossier, Evidence, Label, Media, Reading
from indicia.provenance.errors import BadContent, UsageError

TODAY = dt.date(2026, 11, 23)
MANIFEST = """\
name: postcards
roles: [generator]
jurisdictions: [CN, EU]
placed_on_market: 2026-09-01
marking: [metadata, watermark]
models:
  - {id: studio, source: local, licence: Apache-2.0, revision: "1", card: {limits: true, robustness: true, bias: true}}
steps:
  - {name: draw, does: generate}
  - {name: shrink, does: transcode, lossy: true}
  - {name: label, does: label, read_back: true}
keys:
  - {purpose: sign, source: kms, rotated: 2026-05-01}
policy: {reviewed: 2026-10-01, gate: true}
attestations:
  - {topic: incident_plan, document: runbook, owner: sre, date: 2026-06-01, holds: [contacts, severity_levels, drill]}
code: ["*.py"]
"""
UNMARKED = """\
from diffusers import DiffusionPipeline
pipe = DiffusionPipeline.from_pretrained("x", add_watermarker=False).to("cpu")
image = pipe("a cat").images[0]
image.save("cat.png")
"""
MARKED = """\
from diffusers import DiffusionPipeline
from indicia.generators import mark
pipe = mark(DiffusionPipeline.from_pretrained("x"))
pipe("a cat").save("cat.png")
"""


def judged(facts: object, control: str) -> Status:
    (rule,) = [c for c in packs.load() if c.id == control]
    return evaluate(facts, (rule,), Profile(TODAY, rule.roles))[0].status  # type: ignore[arg-type]


def test_a_manifest_becomes_facts_that_controls_judge(tmp_path: Path) -> None:
    path = tmp_path / "indicia.yaml"
    path.write_text(MANIFEST)
    (tmp_path / "app.py").write_text(MARKED)

    pipeline, organisation = manifest.facts_of(manifest.load(path), tmp_path, TODAY)

    for control in ("CN-LBL-016", "CN-META-013", "SEC-002", "SEC-006", "SEC-008", "REC-010", "CPY-007", "EU-MRK-007"):
        assert Status.PASS == judged(pipeline, control), control
    assert Status.PASS == judged(organisation, "REC-009")


def test_code_that_saves_around_the_marking_is_found_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(UNMARKED)
    path = tmp_path / "indicia.yaml"
    path.write_text(MANIFEST)

    pipeline, _ = manifest.facts_of(manifest.load(path), tmp_path, TODAY)

    found = pipeline.pipeline.code or ()
    assert [("app.py", 2), ("app.py", 4)] == [(f.file, f.line) for f in found]
    assert Status.FAIL == judged(pipeline, "SEC-006")


@pytest.mark.parametrize(
    "source",
    [
        MARKED,
        "from PIL import Image\nImage.open('a.png').save('b.png')\n",
        UNMARKED.replace("add_watermarker=False", "").replace("image.save", "mark(image).save"),
        "import transformers\ntokenizer = transformers.AutoTokenizer.from_pretrained('x')\nprint(1)\n",
    ],
    ids=["wrapped", "no model", "marked at the save", "nothing saved"],
)
def test_code_that_marks_or_makes_nothing_is_left_in_peace(tmp_path: Path, source: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(source)

    assert [] == list(inspect_source(path, "a.py"))


@pytest.mark.parametrize("source", [b"def (", b"\x00\xff", b"(" * 5000, b"a" * (1 << 21)])
def test_code_that_cannot_be_read_is_a_finding_not_a_crash(tmp_path: Path, source: bytes) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(source)

    assert 1 == len(list(inspect_source(path, "a.py")))


def test_a_private_key_in_the_tree_is_counted_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nMIIsecret\n")
    path = tmp_path / "indicia.yaml"
    path.write_text(MANIFEST)

    pipeline, _ = manifest.facts_of(manifest.load(path), tmp_path, TODAY)

    assert 1 == pipeline.pipeline.secrets
    assert Status.FAIL == judged(pipeline, "SEC-002")
    assert "MIIsecret" not in repr(pipeline)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: postcards", "nam: postcards", "indicia.yaml:"),
        ("does: transcode", "does: dissolve", r"indicia\.yaml:10: steps\.1\.does"),
        ("rotated: 2026-05-01", "rotated: yesterday", r"indicia\.yaml:13: keys\.0\.rotated"),
        ("name: postcards", "name: [", "not YAML"),
    ],
)
def test_a_broken_manifest_names_the_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "indicia.yaml"
    path.write_text(MANIFEST.replace(old, new))

    with pytest.raises(BadContent, match=said):
        manifest.load(path)


def test_registers_are_judged_and_figures_come_from_the_entries(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    lines = [
        {"kind": "figures", "flag_limit_hours": 24.0, "log_verifies": True},
        *({"kind": "flag", "hours": float(h), "open": False} for h in range(1, 21)),
        {
            "kind": "decision",
            "sha256": "ab",
            "rule_ids": True,
            "outcome": "generated",
            "actor": "m1",
            "label_value": "3",
        },
    ]
    path.write_text("\n".join(map(json.dumps, lines)))

    facts = records.load(path)

    assert 19.0 == facts.records.flag_p95_hours
    assert Status.PASS == judged(facts, "REC-003")
    assert Status.PASS == judged(facts, "REC-002")
    assert Status.FAIL == judged(facts, "CN-META-011")


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "flag", "colour": 1}', '{"hours": 1}', "[" * 9000])
def test_a_broken_register_names_the_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text('{"kind": "flag"}\n' + line)

    with pytest.raises(BadContent, match=r"records\.jsonl:2"):
        records.load(path)


def dossier(*evidence: Evidence) -> Dossier:
    return Dossier(AssetRef("a.png", "a.png", "aa" * 32, Media.IMAGE, "png", 9), evidence)


AIGC = Label("aigc", "aigc", False, "synthetic", (("Label", "1"), ("ContentProducer", "A"), ("ProduceID", "7")))
SIGNED = Claim("c2pa", "urn:c2pa:1", ClaimState.UNTRUSTED, source_types=("trainedAlgorithmicMedia",))
MARK = Reading("marks.tile", "tile@1", "00ff", 1e-9)


def test_what_a_step_kills_is_told_mark_by_mark() -> None:
    before, after = dossier(AIGC, SIGNED, MARK), dossier(MARK)

    facts = survival.compare(of_dossier(before), before, after)

    assert ("watermark tile@1 00ff",) == facts.asset.marks_kept
    assert ("aigc 1:A:7", "c2pa intact") == facts.asset.marks_lost
    assert Status.FAIL == judged(facts, "CN-META-014")
    assert Status.PASS == judged(facts, "US-CA-007")


def test_a_manifest_that_became_a_parent_is_kept() -> None:
    above = Claim("c2pa", "urn:c2pa:2", ClaimState.UNTRUSTED)
    parent = Claim("c2pa", "urn:c2pa:1", ClaimState.UNTRUSTED, depth=1, relationship="parentOf")
    before, after = dossier(SIGNED), dossier(above, parent)

    assert survival.compare(of_dossier(before), before, after).asset.kept_through is True


def test_a_real_step_runs_without_a_shell_and_its_failure_is_told(tmp_path: Path) -> None:
    source = tmp_path / "a;touch b.txt"
    source.write_text("words")

    (pair,) = survival.run_through("cp {in} {out}", [source], lambda p: dossier(MARK) if p.read_text() else dossier())

    assert pair[0] == pair[1]
    assert [source] == list(tmp_path.iterdir())
    with pytest.raises(UsageError, match="ended with 1"):
        survival.run_through("false {in} {out}", [source], lambda p: dossier())
    with pytest.raises(UsageError, match=r"\{in\} and \{out\}"):
        survival.run_through("cp a b", [source], lambda p: dossier())


OPENED = "import diffusers\nfrom PIL import Image\npicture = Image.open('a.png').resize((9, 9))\n"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("picture.save('b.jpg')", ["medium"]),
        ("Image.open('a.png').convert('RGB').save('b.jpg')", ["medium"]),
        ("small = picture.crop((0, 0, 1, 1))\nsmall.save('b.png')", ["medium"]),
        ("import cv2\ncv2.imwrite('b.png', cv2.imread('a.png'))", ["medium"]),
        ("picture.save('b.jpg', exif=picture.getexif())", []),
        ("mark(picture).save('b.jpg')", []),
        ("print(picture.size)", []),
    ],
)
def test_a_save_that_drops_metadata_is_found(tmp_path: Path, line: str, found: list[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(OPENED + line + "\n")

    assert found == [one.confidence for one in inspect_source(path, "a.py")]


def test_each_line_of_a_register_keeps_to_the_published_schema() -> None:
    import jsonschema

    check = jsonschema.Draft202012Validator(records.json_schema())

    sound: list[dict[str, object]] = [{"kind": "flag", "hours": 2.0}, {"kind": "figures", "kappa": 0.7}]
    broken: list[dict[str, object]] = [{"hours": 2.0}, {"kind": "flag", "colour": 1}, {"kind": "figures", "colour": 1}]

    assert [True, True] == [check.is_valid(line) for line in sound]
    assert [False, False, False] == [check.is_valid(line) for line in broken]


def test_originals_are_found_by_name_and_a_missing_one_is_named(tmp_path: Path) -> None:
    for name in ("old/a/x.png", "new/a/x.png", "new/y.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    old, new = tmp_path / "old", tmp_path / "new"

    assert [(old / "a/x.png", new / "a/x.png")] == survival.originals(old / "a", [str(new / "a")], files)
    assert [(old / "a/x.png", new / "y.png")] == survival.originals(old / "a/x.png", [str(new / "y.png")], files)
    with pytest.raises(UsageError, match=r"y\.png is not there"):
        survival.originals(old, [str(new)], files)
