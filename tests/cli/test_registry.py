"""`indicia registry` and `indicia recover`, as they are run."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from records import record
from scenes import encoded, scene

from indicia.cli.main import main
from indicia.provenance.asset import Asset
from indicia.provenance.registry import Record, Registry
from indicia.provenance.registry.enrol import enrol

pytestmark = pytest.mark.usefixtures("home")


@dataclass
class Ended:
    """How a run went."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def indicia(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process."""

    def run(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["indicia", *map(str, arguments)])
        code: int | str | None = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code
        told = capfd.readouterr()
        return Ended(int(code or 0), told.out, told.err)

    return run


@pytest.fixture
def stored() -> Record:
    """A picture's record in the user's registry."""
    asset = Asset.of(encoded(scene(1)))
    one = record(
        sha256=asset.ref.sha256, title="a\x1b[31m title\n", creation={"model": "tiny", "seed": 7},
        bindings=enrol(asset), manifest=b"\0\0\0\x10jumb", manifest_label="urn:c2pa:1",
    )  # fmt: skip
    with Registry.open() as registry:
        registry.add(one)
    return one


def test_a_stripped_copy_brings_its_record_and_manifest_back(indicia: Run, stored: Record, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(encoded(scene(1), quality=60))

    ended = indicia("recover", copy, "-o", tmp_path / "out")

    assert 0 == ended.code
    assert f"{stored.id}  a copy, by pdq" in ended.out
    assert "tiny" in ended.out
    assert stored.manifest == (tmp_path / "out" / "copy.jpg.c2pa").read_bytes()
    assert stored == Record.from_json((tmp_path / "out" / "copy.jpg.record.json").read_bytes())


def test_json_holds_matches_and_records(indicia: Run, stored: Record, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(encoded(scene(1), quality=60))

    found = json.loads(indicia("recover", copy, "--format", "json").out)

    assert "indicia/recovery@1" == found["schema"]
    assert [stored.id] == [match["record"] for match in found["matches"]]
    assert stored == Record.from_json(found["records"][0])
    assert [] == found["gaps"]


def test_what_is_not_found_is_a_finding_and_writes_nothing(indicia: Run, stored: Record, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(encoded(scene(2), "PNG"))

    ended = indicia("recover", other, "-o", tmp_path / "out")

    assert 1 == ended.code
    assert "no record" in ended.out
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_says_what_could_not_be_tried(indicia: Run, stored: Record, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(encoded(scene(2))[:500])

    assert (1, 3) == (indicia("recover", broken).code, indicia("recover", broken, "--strict").code)
    assert "could not look by fingerprint" in indicia("recover", broken).err


def test_no_registry_and_no_file_are_said(indicia: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "a.txt").write_text("hello there")

    assert (2, True) == ((ended := indicia("recover", tmp_path / "a.txt")).code, "there is none yet" in ended.err)
    assert 2 == indicia("registry", "list").code
    assert not home.exists()
    indicia("registry", "migrate")
    assert 2 == indicia("recover", tmp_path / "missing.txt").code
    assert 1 == indicia("recover", tmp_path / "a.txt").code


def test_listing_shows_records_and_no_control_characters(indicia: Run, stored: Record) -> None:
    ended = indicia("registry", "list")

    assert 0 == ended.code
    assert stored.id in ended.out
    assert "\x1b" not in ended.out
    assert 1 == len(ended.out.splitlines())
    assert stored == Record.from_json(indicia("registry", "list", "--format", "json").out)


def test_listing_goes_on_where_it_ended(indicia: Run) -> None:
    with Registry.open() as registry:
        for n in range(3):
            registry.add(record(title=f"title {n}"))
        first = registry.records(limit=1)[0].id

    assert f"--after {first}" in indicia("registry", "list", "--limit", "1").err
    assert ["title 1", "title 2"] == [
        line[-7:] for line in indicia("registry", "list", "--after", first).out.splitlines()
    ]


def test_one_record_is_shown(indicia: Run, stored: Record) -> None:
    ended = indicia("registry", "show", stored.id)

    assert 0 == ended.code
    assert "urn:c2pa:1" in ended.out
    assert stored == Record.from_json(indicia("registry", "show", stored.id, "-f", "json").out)
    assert 2 == indicia("registry", "show", "0" * 26).code


def test_stats_count(indicia: Run, stored: Record) -> None:
    counts = json.loads(indicia("registry", "stats", "--format", "json").out)

    assert (1, {"image": 1}, 1) == (counts["records"], counts["media"], counts["manifests"])
    assert "image 1" in indicia("registry", "stats").out


def test_an_export_can_be_imported_elsewhere_and_twice(indicia: Run, stored: Record, tmp_path: Path) -> None:
    lines, other = tmp_path / "all.jsonl", str(tmp_path / "other.db")

    assert 0 == indicia("registry", "export", lines).code
    assert lines.read_text() == indicia("registry", "export").out
    assert "1 records added, 0 were there" in indicia("registry", "import", lines, "--registry", other).err
    assert "0 records added, 1 were there" in indicia("registry", "import", lines, "--registry", other).err
    with Registry.open(other) as registry:
        assert [stored] == list(registry)


def test_a_bad_line_is_named_and_those_before_it_stay(indicia: Run, stored: Record, tmp_path: Path) -> None:
    lines = tmp_path / "all.jsonl"
    lines.write_text(json.dumps(record().to_json()) + '\n\n{"schema": "indicia/record@1"}\n')

    ended = indicia("registry", "import", lines)

    assert 2 == ended.code
    assert "line 3" in ended.err
    assert "1 records before it were added" in ended.err


def test_deleting_asks_first(indicia: Run, stored: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert 2 == indicia("registry", "delete", stored.id).code
    assert 2 == indicia("registry", "delete", stored.id, "0" * 26, "--yes").code  # all or none
    with Registry.open() as registry:
        assert 1 == registry.count()

    assert 0 == indicia("registry", "delete", stored.id, "--yes").code
    with Registry.open() as registry:
        assert 0 == registry.count()
