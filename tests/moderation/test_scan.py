"""Scanning folders: every file gets a line, and an interrupted scan goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from media import XMP, every_format, picture

from indicia.moderation import journal
from indicia.moderation.scan import Options, files, scan
from indicia.provenance.dossier import Dossier
from indicia.provenance.errors import BadContent, UsageError, WriteFailed
from indicia.provenance.evidence import Reason

PLAIN = Options(marks=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Good, bad and strange files in folders of folders."""
    root = tmp_path / "tree"
    (root / "b" / "deep").mkdir(parents=True)
    (root / "b" / "photo.jpg").write_bytes(picture("jpeg", xmp=XMP))
    (root / "b" / "deep" / ".hidden.txt").write_text("words")
    (root / "a.txt").write_text("words")
    (root / "empty").touch()
    (root / "c.png").write_bytes(picture("png")[:60])
    os.mkfifo(root / "fifo")
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("nowhere")
    (root / "endless").symlink_to("/dev/zero")
    (root / "b" / "up").symlink_to("..")
    return root


def test_files_are_found_in_a_fixed_order_and_loops_end(tree: Path) -> None:
    found = [os.path.relpath(p, tree) for p in files([str(tree)])]

    assert ["a.txt", "b/deep/.hidden.txt", "b/photo.jpg", "c.png", "empty", "endless", "fifo", "gone", "loop"] == found


def test_a_path_is_kept_as_it_was_given(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)

    assert ["a.txt", "b/deep/.hidden.txt", "b/photo.jpg", "nope"] == list(files(["a.txt", "b", "nope"]))


def test_what_is_excluded_or_our_own_is_left_out(tree: Path) -> None:
    found = list(files([str(tree)], exclude=["deep", "*.png", "*/b/photo*"], skip=[tree / "a.txt"]))

    assert ["empty", "endless", "fifo", "gone", "loop"] == [os.path.relpath(p, tree) for p in found]


def test_a_manifest_beside_its_file_is_read_with_it_and_has_no_line_of_its_own(tmp_path: Path) -> None:
    for name in ("a.mkv", "a.mkv.c2pa", "lonely.png.c2pa"):
        (tmp_path / name).write_bytes(b"x")

    assert ["a.mkv", "lonely.png.c2pa"] == [os.path.basename(p) for p in files([str(tmp_path)])]


def test_folders_may_nest_deeper_than_calls(tmp_path: Path) -> None:
    deepest = tmp_path / "/".join(["d"] * 1200)
    subprocess.run(["mkdir", "-p", deepest], check=True)
    (deepest / "file").touch()
    try:
        assert [str(deepest / "file")] == list(files([str(tmp_path)]))
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # deeper than Python itself can remove


def test_every_file_has_a_dossier_whatever_is_wrong_with_it(tree: Path) -> None:
    found = {os.path.relpath(d.asset.path, tree): d for d in scan(files([str(tree)]), PLAIN, jobs=2)}

    assert 9 == len(found)
    assert "synthetic" == found["b/photo.jpg"].verdict.origin
    strange = ["endless", "fifo", "gone", "loop"]
    assert [[Reason.UNREADABLE]] * 4 == [[g.reason for g in found[name].gaps] for name in strange]
    assert [Reason.UNKNOWN_FORMAT] == [g.reason for g in found["empty"].gaps]


def test_jobs_do_not_change_what_is_found(tree: Path) -> None:
    def bare(jobs: int) -> list[Dossier]:
        return [Dossier(d.asset, d.evidence, d.gaps) for d in scan(files([str(tree)]), PLAIN, jobs=jobs)]

    assert bare(1) == bare(3)


def test_a_resumed_scan_looks_only_at_what_is_missing(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    _age(tree)
    done = _scan_into(out, tree)
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:3]) + lines[3][:50])  # killed in the middle of the fourth line

    with journal.Journal.open(out, resume=True) as kept:
        finished = [p for p in files([str(tree)]) if p in kept]

    assert 3 == len(finished)
    assert lines[:3] == out.read_bytes().splitlines(keepends=True)
    _scan_into(out, tree, resume=True)
    assert sorted(done) == sorted(d.asset.path for d in journal.read(out))


def test_a_file_that_changed_or_could_not_be_read_is_looked_at_again(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    _age(tree)
    _scan_into(out, tree)
    (tree / "a.txt").write_text("other")  # as long as before, but newer

    with journal.Journal.open(out, resume=True) as kept:
        again = {os.path.relpath(p, tree) for p in files([str(tree)]) if p not in kept}

    assert {"a.txt", "endless", "fifo", "gone", "loop"} == again


def test_a_file_that_is_no_journal_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes(picture("jpeg"))

    for resume in (False, True):
        with pytest.raises(UsageError, match="holds no scan"), journal.Journal.open(file, resume=resume):
            pass
    assert picture("jpeg") == file.read_bytes()


def test_lines_between_that_are_no_dossiers_are_dropped_on_resuming(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    _age(tree)
    _scan_into(out, tree)
    first, rest = out.read_bytes().split(b"\n", 1)
    out.write_bytes(first + b'\n{"a": 1}\nnot json\n\xff\n[]\n' + b"[" * 100_000 + b"\n" + first + b"\n" + rest)

    with journal.Journal.open(out, resume=True):
        pass

    assert 5 == len(list(journal.read(out)))


def test_a_full_disk_is_told_and_what_was_written_stands(tree: Path) -> None:
    with pytest.raises(WriteFailed, match="No space left"), journal.Journal.open(Path("/dev/full")) as out:
        out.add(next(scan(files([str(tree)]), PLAIN)))


def test_reading_what_is_no_journal_says_so(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("words\n")

    with pytest.raises(BadContent, match="not a dossier"):
        list(journal.read(tmp_path / "x"))


def test_a_scan_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    tree, out = tmp_path / "many", tmp_path / "out.jsonl"
    tree.mkdir()
    for number in range(400):
        (tree / f"{number:03}.txt").write_text(f"words {number}")
    _age(tree)
    command = [sys.executable, "-c", "from indicia.cli.main import main; main()", "scan", str(tree), "--no-marks"]
    command += ["-f", "jsonl", "--resume", str(out), "-j", "1"]

    running = subprocess.Popen(command)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not out.exists() or out.stat().st_size < 20_000):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    partly = len(out.read_bytes().splitlines())
    subprocess.run(command, check=True)

    assert 0 < partly < 400
    assert [f"{n:03}.txt" for n in range(400)] == sorted(d.asset.name for d in journal.read(out))


@pytest.mark.slow
def test_ten_thousand_files_fit_in_bounded_memory(home: Path, tmp_path: Path) -> None:
    tree = tmp_path / "many"
    tree.mkdir()
    kinds = list(every_format().values())
    for number in range(10_000):
        (tree / f"{number:05}").write_bytes(kinds[number % len(kinds)] + str(number).encode())
    code = (
        "import resource, sys\nfrom indicia.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        # The kernel's own peak of this program: ru_maxrss would also count what it was started from.
        "own = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "print(int(own.split()[1]) // 1024, workers // 1024, file=sys.stderr)\n"
    )
    out = tmp_path / "out.jsonl"

    ended = subprocess.run(
        [sys.executable, "-c", code, "scan", str(tree), "-f", "jsonl", "-o", str(out)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    parent, child = map(int, ended.stderr.split()[-2:])
    assert 10_000 == sum(1 for _ in journal.read(out))
    assert parent < 150
    assert child < 500


def _scan_into(out: Path, tree: Path, *, resume: bool = False) -> list[str]:
    with journal.Journal.open(out, resume=resume) as kept:
        for dossier in scan((p for p in files([str(tree)]) if p not in kept), PLAIN):
            kept.add(dossier)
    return [json.loads(line)["asset"]["path"] for line in out.read_bytes().splitlines()]


def _age(tree: Path) -> None:
    """A minute older: what was written in the very second of the scan is looked at again."""
    for path in tree.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (time.time() - 60,) * 2)
