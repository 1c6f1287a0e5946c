"""The tree is what pyproject.toml says: every package is declared, nothing strays at the root."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOPS = ("cli", "detectors", "generators", "moderation", "policies", "provenance")


def test_every_package_of_the_tree_is_in_the_wheel() -> None:
    declared = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        "indicia." + str(init.parent.relative_to(ROOT)).replace("/", ".")
        for top in TOPS
        for init in (ROOT / top).rglob("__init__.py")
    }

    assert declared == found


def test_no_python_file_strays_at_the_root() -> None:
    assert [] == [p.name for p in ROOT.glob("*.py")]


def test_no_file_is_longer_than_one_idea() -> None:
    long = {
        str(p.relative_to(ROOT)): lines
        for top in TOPS
        for p in (ROOT / top).rglob("*.py")
        if (lines := len(p.read_text().splitlines())) > 420
    }

    assert {} == long
