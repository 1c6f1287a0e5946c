"""The tree of commands, and what becomes of errors."""

import subprocess
import sys
from pathlib import Path

import pytest

from indicia.cli import main

FOLDER = Path(main.__file__).parent


def indicia(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from indicia.cli.main import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_help_lists_what_every_file_adds() -> None:
    told = indicia("--help").stdout

    for name in main._every():
        assert f"\n  {name} " in told


def test_every_command_has_help_of_its_own() -> None:
    from typer.testing import CliRunner

    for name in main._every():
        ended = CliRunner().invoke(main.app(), [name, "--help"])
        assert (name, 0) == (name, ended.exit_code)
        assert f"indicia {name}" in ended.output or f"root {name}" in ended.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--version"], 0), (["--help"], 0), (["nonsense"], 2), (["scan"], 2), (["scan", "--nonsense"], 2)],
)
def test_the_exit_code_tells_how_it_went(arguments: list[str], code: int) -> None:
    assert code == indicia(*arguments).returncode


def test_an_error_is_one_line_that_cannot_steer_the_terminal(tmp_path: Path) -> None:
    ended = indicia("scan", str(tmp_path), "--fail-on", "\x1b[31mred")

    assert 2 == ended.returncode
    assert "" == ended.stdout
    assert ended.stderr.startswith("indicia: ")
    assert "\x1b" not in ended.stderr


def test_a_fault_of_ours_is_no_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        raise ZeroDivisionError("x\x1b[2J")

    monkeypatch.delenv("INDICIA_DEBUG", raising=False)
    monkeypatch.setattr(main, "app", lambda: fails)

    with pytest.raises(SystemExit) as ended:
        main.main()

    assert main.FAULT == ended.value.code
    assert "internal error: ZeroDivisionError" in (told := capsys.readouterr().err)
    assert "\x1b" not in told


def test_a_reader_of_the_pipe_that_leaves_is_no_error(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number:03}.txt").write_text("words")
    code = "from indicia.cli.main import main; main()"
    line = f"{sys.executable} -c '{code}' scan {tmp_path} --no-marks -f jsonl | head -1; echo ${{PIPESTATUS[0]}}"

    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)

    assert "0" == ended.stdout.splitlines()[-1]
    assert "Traceback" not in ended.stderr
