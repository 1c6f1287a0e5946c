"""The badge: well-formed, named, and independent of the page around it."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.provenance.errors import UsageError
from indicia.provenance.labels import badge
from indicia.provenance.labels._wording import gb_problems

EVERY: list[tuple[badge.Variant, str]] = [(variant, lang) for variant in badge.VARIANTS for lang in ("en", "zh")]


@pytest.mark.parametrize(("variant", "lang"), EVERY)
def test_the_mark_is_a_drawing_with_a_name_and_needs_no_font(variant: badge.Variant, lang: str) -> None:
    mark = ET.fromstring(badge.svg(variant, lang=lang))

    assert badge.WORDINGS[variant][lang] == mark.get("aria-label") == mark[0].text
    assert "img" == mark.get("role")
    assert not mark.findall(".//{*}text")


def test_the_three_marks_differ() -> None:
    assert 3 == len({re.sub(r'aria-label="[^"]*"|<title>.*</title>', "", badge.svg(v)) for v, _ in EVERY})


@pytest.mark.parametrize(("variant", "lang"), EVERY)
def test_the_badge_is_one_element_with_words_that_make_a_label(variant: badge.Variant, lang: str) -> None:
    element = ET.fromstring(badge.html(variant, lang=lang))

    assert badge.WORDINGS[variant][lang] == "".join(element.itertext())
    assert "note" == element.get("role")
    assert "true" == element[0].get("aria-hidden")  # the words say it already
    assert lang == "en" or not gb_problems(badge.WORDINGS[variant][lang])


@pytest.mark.parametrize(("variant", "lang"), EVERY)
def test_nothing_in_it_can_be_hidden_by_name_or_loads_anything(variant: badge.Variant, lang: str) -> None:
    text = badge.html(variant, lang=lang, id="note-1")

    assert not re.search(r"class=|<script|<style|https?:|url\(|\bads?\b|banner|sponsor", text)
    assert ["note-1"] == re.findall(r'\bid="([^"]*)"', text)
    for rule in ("display:inline-flex!important", "visibility:visible!important", "opacity:1!important",
                 "print-color-adjust:exact", "light-dark("):  # fmt: skip
        assert rule in text


@given(st.text(max_size=40))
def test_any_words_stay_words(words: str) -> None:
    wording = f"AI-generated {words}"
    try:
        element = ET.fromstring(badge.html(wording=wording))
    except ET.ParseError:
        assert re.search(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", words)  # what XML cannot hold
        return

    assert wording.replace("\r\n", "\n").replace("\r", "\n") == "".join(element.itertext())


def test_what_is_no_badge_is_refused() -> None:
    calls: tuple[Callable[[], str], ...] = (
        lambda: badge.html("other"),  # type: ignore[arg-type]  # that is the point
        lambda: badge.svg(lang="xx"),
        lambda: badge.svg(size=8),
        lambda: badge.html(wording="AI"),
        lambda: badge.html(lang="zh", wording="AI-generated"),
    )
    for call in calls:
        with pytest.raises(UsageError):
            call()
