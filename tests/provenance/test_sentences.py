"""Verdicts and evidence in words: whatever is found can be told, in both languages, and never claims too much."""

import itertools
import re

import pytest
from hypothesis import given
from strategies import evidence, evidence_lists, gap_lists

from indicia.provenance import _wording
from indicia.provenance.evidence import ClaimState, Evidence, Gap, Label, Reason, Score
from indicia.provenance.sentences import (
    LANGUAGES,
    Language,
    explain,
    explain_gap,
    platform_sentence,
    sentence,
    word,
)  # fmt: skip
from indicia.provenance.verdict import Basis, Integrity, Origin, PlatformClass, Trust, Verdict, weigh

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_verdict_has_a_sentence(lang: Language) -> None:
    for origin, basis, integrity, trust in itertools.product(Origin, Basis, Integrity, Trust):
        told = sentence(Verdict(origin, basis, integrity, trust, laundered=True, transplanted=True), lang)
        assert told
        assert "{" not in told
        assert (lang == "zh") == bool(CHINESE.search(told))


@given(evidence_lists, gap_lists)
def test_a_sentence_never_says_that_a_person_made_it(found: list[Evidence], gaps: list[Gap]) -> None:
    verdict = weigh(found, gaps)

    english, chinese = sentence(verdict, "en"), sentence(verdict, "zh")

    assert "human" not in english
    assert ("person" in english) == ("does not mean a person made it" in english) == (verdict.origin is Origin.UNKNOWN)
    assert ("真人" in chinese) == ("并不意味着" in chinese) == (verdict.origin is Origin.UNKNOWN)


@pytest.mark.parametrize("lang", LANGUAGES)
@given(evidence)
def test_every_piece_of_evidence_tells_its_worth_and_its_limit(lang: Language, item: Evidence) -> None:
    told = explain(item, lang)

    assert all([told.what, told.strength, told.limit])
    assert (lang == "zh") == bool(CHINESE.search(told.strength))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_detector_that_finds_nothing_is_told_without_acquittal(lang: Language) -> None:
    told = explain(Score("d", "d@1", "no_evidence"), lang)

    assert {"en": "no sign of synthesis", "zh": "未发现合成迹象"}[lang] in told.what
    assert {"en": "never show that a person made", "zh": "也不能证明内容出自真人"}[lang] in told.limit


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_gap_class_and_word_is_told(lang: Language) -> None:
    assert all(explain_gap(Gap("r", reason), lang) for reason in Reason)
    assert all(word(value, lang) for kind in (Origin, Basis, Integrity, Trust, PlatformClass) for value in kind)
    told = [platform_sentence(Verdict(platform_class=p), lang) for p in PlatformClass]
    assert [True, True, True, False] == [bool(t) for t in told]


def test_a_verdict_with_a_gap_or_a_conflict_says_so() -> None:
    assert "could not be examined" in sentence(Verdict(complete=False), "en")
    assert "contradicts" in sentence(Verdict(Origin.CAPTURED, Basis.SIGNED, disagrees=("x",)), "en")
    assert "相矛盾" in sentence(Verdict(Origin.CAPTURED, Basis.SIGNED, disagrees=("x",)), "zh")


def test_no_words_are_missing_in_one_language() -> None:
    tables = [v for k, v in vars(_wording).items() if k.isupper()]

    def leaves(value: object) -> list[set[str]]:
        if isinstance(value, tuple):
            return [leaf for part in value for leaf in leaves(part)]
        if isinstance(value, dict):
            return [set(value)] if "en" in value else [leaf for part in value.values() for leaf in leaves(part)]
        return []

    assert [] == [leaf for table in tables for leaf in leaves(table) if leaf != set(LANGUAGES)]
    assert set(ClaimState) == set(_wording.CLAIM)


def test_what_was_seen_and_heard_is_told_with_its_place() -> None:
    seen = Label("seen", "seen", True, "synthetic", wording="AI生成", locator="bottom right")
    rhythm = Label("heard", "heard", True, "synthetic", (("form", "rhythm"),), locator="start, 0.0 to 1.7 s")

    assert "A label read in the picture (bottom right): “AI生成”" == explain(seen, "en").what
    assert "画面中可见的标识（右下角）：“AI生成”" == explain(seen, "zh").what
    assert "short-long short-short" in explain(rhythm, "en").what
    assert "（开头，0.0 至 1.7 秒）" in explain(rhythm, "zh").what
