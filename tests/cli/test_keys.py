"""`indicia keys` and `indicia trust`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from indicia.cli.main import app
from indicia.provenance.errors import IndiciaError, KeyTrouble


def run(*arguments: object) -> tuple[str, str]:
    """stdout and stderr of a command that succeeds."""
    result = CliRunner().invoke(app(), [str(a) for a in arguments])
    if result.exception is not None:
        raise result.exception
    return result.stdout, result.stderr


def test_init_makes_keys_and_warns_that_they_are_for_development(home: Path) -> None:
    out, error = run("keys", "init", "--name", "Desk")

    assert str(home / "keys") == out.strip()
    assert "for development" in error
    assert "indicia-development" in run("trust", "list")[0]
    with pytest.raises(KeyTrouble, match="--renew"):
        run("keys", "init")


def test_list_and_show_tell_the_signer_and_the_marks(home: Path) -> None:
    run("keys", "init", "--name", "Desk", "--no-trust")

    listed, _ = run("keys", "list")
    shown, _ = run("keys", "show")

    assert ["sign", "mark"] == [line.split()[0] for line in listed.splitlines()]
    assert "CN=Desk" in shown
    assert "PRIVATE" not in shown
    assert "indicia-development" not in run("trust", "list")[0]


def test_renewal_keeps_the_watermark_key(home: Path) -> None:
    run("keys", "init")
    before = run("keys", "list")[0].splitlines()[1]
    run("keys", "init", "--renew", "--days", "30")

    assert before == run("keys", "list")[0].splitlines()[1]


def test_trust_lists_are_dated_shown_added_updated_and_removed(home: Path, tmp_path: Path) -> None:
    run("keys", "init", "--no-trust")
    root = home / "keys" / "root.pem"

    run("trust", "add", root, "--name", "mine")
    run("trust", "update", root, "--list", "c2pa-tsa")
    listed, _ = run("trust", "list")
    shown, _ = run("trust", "show", "mine")
    run("trust", "remove", "mine")
    run("trust", "remove", "c2pa-tsa")

    rows = {line.split()[0]: line.split()[2] for line in listed.splitlines()[1:]}
    assert {
        "mine": "1",
        "c2pa-tsa": "1",
        "c2pa-signers": "30",
        "interim-anchors": "18",
        "interim-allowed": "86",
    } == rows
    assert "development root" in shown
    assert "mine" not in run("trust", "list")[0]
    assert "2026-08-05" in run("trust", "list")[0]


def test_what_is_no_list_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("rubbish")

    for arguments in (
        ("trust", "add", tmp_path / "x.pem"),
        ("trust", "add", tmp_path / "absent.pem"),
        ("trust", "show", "absent"),
        ("trust", "remove", "absent"),
        ("trust", "update", tmp_path / "x.pem"),
        ("keys", "show"),
    ):
        with pytest.raises(IndiciaError):
            run(*arguments)
