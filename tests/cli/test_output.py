"""What is printed is harmless, even and in the right language."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.cli import _output
from indicia.provenance.errors import UsageError


@given(st.text())
def test_clean_text_is_one_line_without_control_or_reordering(text: str) -> None:
    cleaned = _output.clean(text)

    assert cleaned.splitlines() in ([], [cleaned])
    assert not {unicodedata.category(c) for c in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert cleaned == _output.clean(cleaned)


@given(st.text(), st.integers(1, 20))
def test_clean_text_is_no_longer_than_asked(text: str, most: int) -> None:
    assert len(_output.clean(text, most=most)) <= most


@pytest.mark.parametrize("text", ["plain", "中文，标点。", "é", "👩‍👩‍👧", "a < b & c", "नमस्ते"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert text == _output.clean(text)


def test_a_long_text_is_not_read_to_its_end() -> None:
    assert "aaaa…" == _output.clean("a" * 10**8, most=5)


@pytest.mark.parametrize(
    ("asked", "locale", "expected"),
    [(None, "zh_CN.UTF-8", "zh"), (None, "en_GB", "en"), (None, "", "en"), (None, "fr_FR", "en"), ("zh", "en_GB", "zh"),
     ("zh-CN", "", "zh"), ("EN_us", "zh_TW", "en")],
)  # fmt: skip
def test_the_language_is_asked_for_or_the_locales(
    asked: str | None, locale: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", locale)

    assert expected == _output.language(asked)


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="en, zh"):
        _output.language("tlh")


def test_columns_are_even_for_wide_characters() -> None:
    rows = [_output.row(cells, (8, 4)) for cells in (("来源", "a", "x"), ("origin", "b", "x"))]

    assert [16, 16] == [_output.columns(r[: r.rindex("x")]) for r in rows]


@pytest.mark.parametrize(
    ("output", "source", "folder"),
    [("there", "a.jpg", True), ("new", "a.jpg", True), ("b.jpg", "a.jpg", False), ("b", "a", False)],
)
def test_an_output_without_the_ending_of_a_file_is_a_folder(
    tmp_path: Path, output: str, source: str, folder: bool
) -> None:
    (tmp_path / "there").mkdir()

    assert folder == _output.is_folder(tmp_path / output, tmp_path / source)
