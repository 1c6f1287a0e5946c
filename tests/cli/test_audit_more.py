"""`indicia audit` in real processes: waivers, strict gates, signed statements, Rego, and what is hostile."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

INDICIA = str(Path(sys.executable).with_name("indicia"))
JUDGED = ("--generated", "-p", "cn-labelling", "-j", "1")


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([INDICIA, *map(str, words)], cwd=cwd, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")
    )


@pytest.fixture
def bare(home: Path, tmp_path: Path) -> Path:
    """A folder with one picture that carries no mark."""
    folder = tmp_path / "work"
    folder.mkdir()
    Image.linear_gradient("L").convert("RGB").save(folder / "bare.png")
    return folder


def waivers(folder: Path, days: int) -> None:
    today = dt.datetime.now(dt.UTC).date()
    created, expires = today - dt.timedelta(days=30), today + dt.timedelta(days=days)
    (folder / "waivers.yaml").write_text(
        "waivers:\n  - {control: CN-META-001, scope: '*.png', reason: a reason, approver: A. Example, "
        f"created: {created}, expires: {expires}}}\n"
    )


def test_a_waiver_lets_a_breach_pass_until_it_expires_or_is_left_out(bare: Path) -> None:
    waivers(bare, 10)
    waived = run("audit", "bare.png", *JUDGED, "--waivers", "waivers.yaml", cwd=bare)
    without = run("audit", "bare.png", *JUDGED, "--waivers", "waivers.yaml", "--no-waivers", cwd=bare)
    waivers(bare, -1)
    expired = run("audit", "bare.png", *JUDGED, "--waivers", "waivers.yaml", cwd=bare)

    assert (0, 1, 1) == (waived.returncode, without.returncode, expired.returncode), waived.stderr
    assert "expires in 10 days" in waived.stdout
    assert "expired on" in expired.stdout


def test_what_is_undecided_stops_a_strict_build_alone(bare: Path) -> None:
    words = ("audit", "bare.png", "-p", "cn-labelling", "-j", "1")

    assert (0, 3) == (run(*words, cwd=bare).returncode, run(*words, "--strict", cwd=bare).returncode)


def test_a_signed_audit_is_verified_until_its_file_changes(bare: Path) -> None:
    run("keys", "init", cwd=bare)
    signed = run("audit", "bare.png", *JUDGED, "-f", "intoto", "--sign", "-o", "audit.json", cwd=bare)
    root = bare.parent / "home" / "keys" / "root.pem"
    believed = run("policies", "verify", "audit.json", "--trust", root, cwd=bare)
    shutil.rmtree(bare.parent / "home" / "trust")  # as on the machine of somebody else
    doubted = run("policies", "verify", "audit.json", cwd=bare)
    (bare / "bare.png").write_bytes(b"other")
    changed = run("policies", "verify", "audit.json", "--trust", root, cwd=bare)
    body = json.loads((bare / "audit.json").read_text())
    (bare / "audit.json").write_text(json.dumps({**body, "payload": body["payload"].replace("Q", "R", 1)}))
    forged = run("policies", "verify", "audit.json", "--trust", root, cwd=bare)

    codes = [one.returncode for one in (signed, believed, doubted, changed, forged)]
    assert [1, 0, 1, 1, 2] == codes, signed.stderr + believed.stdout
    assert "1 files audited" in believed.stdout
    assert "changed: bare.png" in changed.stdout
    assert "changed after signing" in forged.stderr


def test_only_a_statement_is_signed(bare: Path) -> None:
    done = run("audit", "bare.png", *JUDGED, "--sign", cwd=bare)

    assert 2 == done.returncode
    assert "--format intoto" in done.stderr


def test_a_rego_policy_is_judged_beside_the_packs(bare: Path) -> None:
    (bare / "p.rego").write_text(
        'package house\nimport rego.v1\ndeny contains "no PNG here" if input.asset.format == "png"\n'
    )
    done = run("audit", "bare.png", "-p", "security", "-j", "1", "--rego", "p.rego", cwd=bare)

    assert 1 == done.returncode, done.stderr
    assert "no PNG here" in done.stdout


@pytest.mark.parametrize("day", ["10000-01-01", "0000-01-01", "2026-02-30", "-1", "2026-1-1"])
def test_a_day_that_no_calendar_has_is_refused(bare: Path, day: str) -> None:
    done = run("audit", "bare.png", *JUDGED, f"--as-of={day}", cwd=bare)

    assert 2 == done.returncode
    assert "not a date" in done.stderr


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_are_can_be_asked_about(bare: Path, day: str) -> None:
    (bare / "indicia.yaml").write_text("name: a\nkeys: [{purpose: sign, source: kms, rotated: 2026-01-01}]\n")

    done = run("audit", "bare.png", "--manifest", "indicia.yaml", "-j", "1", "--as-of", day, cwd=bare)

    assert done.returncode in (0, 1), done.stderr


def test_files_that_cannot_be_read_in_the_middle_of_a_folder_stop_nothing(bare: Path) -> None:
    good = (bare / "bare.png").read_bytes()
    (bare / "a-broken.png").write_bytes(good[:60])
    (bare / "b-gone.png").symlink_to("nowhere.png")
    os.mkfifo(bare / "c-pipe.png")
    (bare / "d-loop.png").symlink_to("d-loop.png")
    (bare / "e-empty.png").touch()
    Path(os.fsdecode(os.fsencode(bare) + b"/f-\xff.png")).write_bytes(good)
    (bare / "z-last.png").write_bytes(good)

    for form in ("json", "sarif", "html"):
        done = run("audit", ".", *JUDGED, "-f", form, cwd=bare)
        assert 1 == done.returncode, done.stderr
        if form == "json":
            body = json.loads(done.stdout)

    failed = {f["subject"] for f in body["findings"] if f["status"] == "fail"}
    assert {"bare.png", "z-last.png", "f-\\xff.png"} <= failed
    assert {"b-gone.png", "c-pipe.png", "d-loop.png"} <= {gap["subject"] for gap in body["gaps"]}
    assert not {"b-gone.png", "c-pipe.png", "d-loop.png"} & failed


def test_a_pack_of_a_stranger_runs_nothing_and_its_faults_are_located(bare: Path) -> None:
    started = run("policies", "new", "mine.yaml", cwd=bare)
    text = (bare / "mine.yaml").read_text()
    (bare / "mine.yaml").write_text(
        text.replace("title: Files", f"title: !!python/object/apply:os.mkdir [{bare}/ran] #")
    )
    tagged = run("audit", "bare.png", "-p", "mine.yaml", "-j", "1", cwd=bare)
    (bare / "mine.yaml").write_text(text.replace("asset.integrity, is", "asset.integrety, is"))
    wrong = run("audit", "bare.png", "-p", "mine.yaml", "-j", "1", cwd=bare)

    assert (0, 2) == (started.returncode, wrong.returncode)
    assert tagged.returncode in (0, 1, 2)
    assert not (bare / "ran").exists()
    assert "mine.yaml:" in wrong.stderr
    assert "unknown fact asset.integrety" in wrong.stderr


def test_pairs_tell_what_a_step_lost(bare: Path) -> None:
    words = ("--no-watermark", "--no-sign", "--no-register", "--provider", "Example")
    run("label", "bare.png", "-o", "before.png", *words, cwd=bare)
    with Image.open(bare / "before.png") as picture:
        picture.save(bare / "after.png")

    lost = run("audit", "after.png", "-p", "cn-labelling", "--before", "before.png", cwd=bare)
    kept = run("audit", "before.png", "-p", "cn-labelling", "--before", "before.png", cwd=bare)
    gone = run("audit", "after.png", "-p", "cn-labelling", "--before", "none.png", cwd=bare)

    assert "CN-META-014" in lost.stdout, lost.stderr
    assert "CN-META-014" not in kept.stdout
    assert (1, 2) == (lost.returncode, gone.returncode)
