"""Progress over one large file: a line for a person at a terminal, nothing otherwise."""

import io
import sys

import pytest

from indicia.cli import _progress
from indicia.cli._progress import measured


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bytes_done_are_shown_and_the_line_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(_progress, "_FIRST", 0.0)

    with measured("film\x1b.mp4") as tell:
        assert tell is not None
        tell("signing", 2_500_000_000, 8_000_000_000)
        tell("signing", 2_600_000_000, 8_000_000_000)

    assert "2.50 of 8.00 GB" in terminal.getvalue()
    assert "2.60" not in terminal.getvalue()  # not so soon after
    assert "film\x1b" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_nothing_is_told_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    with measured("film.mp4") as tell:
        assert None is tell
    monkeypatch.setattr(sys, "stderr", Terminal())
    with measured("film.mp4", quiet=True) as tell:
        assert None is tell
