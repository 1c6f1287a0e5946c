"""`indicia badge`, run as users run it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from indicia.cli.main import app
from indicia.provenance.errors import UsageError
from indicia.provenance.labels import badge

run = CliRunner()


def test_it_prints_the_snippet() -> None:
    result = run.invoke(app(), ["badge", "modified", "--lang", "zh"])

    assert (0, badge.html("modified", lang="zh") + "\n") == (result.exit_code, result.stdout)


def test_it_writes_the_mark_to_a_file(tmp_path: Path) -> None:
    result = run.invoke(app(), ["badge", "--format", "svg", "-o", str(tmp_path / "ai.svg")])

    assert (0, "") == (result.exit_code, result.stdout)
    assert badge.svg() + "\n" == (tmp_path / "ai.svg").read_text()


@pytest.mark.parametrize("options", [["other"], ["--format", "png"], ["--format", "svg", "--wording", "AI-generated"]])
def test_what_is_no_badge_is_refused(options: list[str]) -> None:
    result = run.invoke(app(), ["badge", *options])

    assert isinstance(result.exception, UsageError)
