"""What all tests share: a home of their own, so that no test sees or changes the user's keys and registry."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# A time limit on one example measures the machine, and what is imported on first use, not the law.
settings.register_profile("indicia", deadline=None)
settings.load_profile("indicia")

# Tests that name no home must not meet the keys and records of whoever runs them.
_NOBODY = tempfile.TemporaryDirectory(prefix="indicia-tests-")
os.environ["INDICIA_HOME"] = _NOBODY.name


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty INDICIA_HOME, with no registry or proxy settings from outside."""
    folder = tmp_path / "home"
    monkeypatch.setenv("INDICIA_HOME", str(folder))
    monkeypatch.delenv("INDICIA_REGISTRY", raising=False)
    return folder


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI every independent reader is installed, so a skipped test there is a missing install step."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
