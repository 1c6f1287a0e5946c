"""A person's consent is a record that is checked, and that travels with everything made under it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.generators.consent import LABEL, Consent, require
from indicia.provenance.errors import BadContent, IndiciaError, UnreadableFile, UsageError

GOOD: dict[str, Any] = {
    "who": "Jane Doe", "what": ["voice"], "scope": "the museum guide of 2026", "date": "2026-01-01",
    "expiry": "2027-01-01",
}  # fmt: skip
YAML = "who: Jane Doe\nwhat: [voice]\nscope: the museum guide of 2026\ndate: 2026-01-01\nexpiry: 2027-01-01\n"
DAY = dt.date(2026, 6, 1)


def record(folder: Path, **changed: Any) -> Path:
    path = folder / "consent.json"
    path.write_text(json.dumps({k: v for k, v in {**GOOD, **changed}.items() if v is not None}))
    return path


def test_yaml_and_json_give_the_same_consent(tmp_path: Path) -> None:
    (tmp_path / "consent.yaml").write_text(YAML)

    consent, other = Consent.open(record(tmp_path)), Consent.open(tmp_path / "consent.yaml")

    expected = ("Jane Doe", ("voice",), "the museum guide of 2026", "2026-01-01", "2027-01-01")
    assert expected == (consent.who, consent.what, consent.scope, consent.date, consent.expiry)
    assert expected == (other.who, other.what, other.scope, other.date, other.expiry)
    assert 64 == len(consent.sha256)
    assert consent.sha256 != other.sha256


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"who": None}, "missing or unknown: who"),
        ({"whom": "x"}, "missing or unknown: whom"),
        ({"who": "  "}, "who must be a text"),
        ({"who": "x" * 501}, "who must be a text"),
        ({"who": ["x"]}, "who must be a text"),
        ({"what": "gait"}, "voice or face"),
        ({"what": []}, "voice or face"),
        ({"what": ["voice", {"a": 1}]}, "what must be a text"),
        ({"date": "1.1.2026"}, "date must be a day"),
        ({"expiry": "never"}, "expiry must be a day"),
        ({"expiry": "2025-12-31"}, "expiry lies before"),
    ],
)
def test_a_record_that_lacks_something_is_refused_and_told_why(
    tmp_path: Path, changed: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(BadContent, match=f"consent.json.*{wrong}"):
        Consent.open(record(tmp_path, **changed))


@pytest.mark.parametrize("text", ["", "[]", "just words", "a: b: c", "\x00", "!!python/object:os.system x", "&a [*a]"])
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yaml").write_text(text)

    with pytest.raises(BadContent):
        Consent.open(tmp_path / "c.yaml")


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_text("who: " + "x" * 70_000)

    with pytest.raises(UnreadableFile):
        Consent.open(tmp_path / "none.yaml")
    with pytest.raises(BadContent, match="bytes"):
        Consent.open(tmp_path / "big.yaml")


@given(st.binary(max_size=200))
def test_no_bytes_bring_anything_but_an_error_of_ours(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("c") / "c.yaml"
    path.write_bytes(data)

    with pytest.raises(IndiciaError):
        Consent.open(path)


def test_a_consent_covers_its_kinds_from_its_first_to_its_last_day(tmp_path: Path) -> None:
    consent = Consent.open(record(tmp_path))

    for day in (dt.date(2026, 1, 1), DAY, dt.date(2027, 1, 1)):
        consent.covers(("voice",), today=day)
    with pytest.raises(UsageError, match="ran out on 2027-01-01"):
        consent.covers(("voice",), today=dt.date(2027, 1, 2))
    with pytest.raises(UsageError, match="begins on 2026-01-01"):
        consent.covers(("voice",), today=dt.date(2025, 12, 31))
    with pytest.raises(UsageError, match="covers voice, not face"):
        consent.covers(("voice", "face"), today=DAY)


def test_a_likeness_without_consent_is_refused_and_nothing_else_is() -> None:
    require(None, ())
    with pytest.raises(UsageError, match="--consent FILE"):
        require(None, ("voice",))


def test_the_assertion_says_it_all_under_a_name_of_our_own(tmp_path: Path) -> None:
    assertion = Consent.open(record(tmp_path, what=["voice", "face"])).assertion()

    assert LABEL == assertion["label"] == "io.github.indicia.consent"
    assert {**GOOD, "what": ["voice", "face"]}.items() <= assertion["data"].items()
    assert "indicia/consent@1" == assertion["data"]["schema"]
