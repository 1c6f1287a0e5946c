"""What all tests share: a home of their own, so that no test sees or changes the user's keys and registry."""

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty INDICIA_HOME, with no registry or proxy settings from outside."""
    folder = tmp_path / "home"
    monkeypatch.setenv("INDICIA_HOME", str(folder))
    monkeypatch.delenv("INDICIA_REGISTRY", raising=False)
    return folder
