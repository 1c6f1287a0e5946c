"""Fingerprints of texts: the words count, not how they are set."""

import contextlib
import random
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.provenance.asset import Asset
from indicia.provenance.errors import IndiciaError
from indicia.provenance.evidence import Media
from indicia.provenance.fingerprints import methods
from indicia.provenance.fingerprints._words import normalised

METHODS = {m.name: m for m in methods(Media.TEXT)}
VOCABULARY = (
    "river mountain engine quiet copper window yellow against seldom between harvest letter machine winter garden "
    "music carry answer bridge market silver number travel forest common paper follow listen island doctor circle"
).split()


def prose(seed: int, words: int = 120) -> str:
    rng = random.Random(seed)
    text = [rng.choice(VOCABULARY) for _ in range(words)]
    return " ".join(w + rng.choice(["", "", "", "", ",", "."]) for w in text)


def chinese(seed: int, characters: int = 220) -> str:
    rng = random.Random(seed)
    return "".join(
        rng.choice("山水人工智能生成内容标识办法城市天气音乐河流花园语言模型今天明亮安静道路学校老师")
        for _ in range(characters)
    )


def value(name: str, text: str | bytes) -> str:
    found = METHODS[name].enrol(Asset.of(text if isinstance(text, bytes) else text.encode()))
    return found[0].value if found else ""


def distance(a: str, b: str) -> int:
    return (int(a, 16) ^ int(b, 16)).bit_count()


RESET: dict[str, Callable[[str], Any]] = {
    "other line breaks": lambda t: t.replace(" ", "\r\n"),
    "more space": lambda t: "  " + t.replace(" ", " \u00a0\t") + "\n\n",
    "zero-width characters": "\u200b".join,
    "soft hyphens": lambda t: t.replace("ou", "o\u00adu"),
    "a byte order mark": lambda t: "\ufeff" + t,
    "a manifest in variation selectors": lambda t: t + "\ufeff" + "".join(map(chr, range(0xE0100, 0xE01EF))),
    "decomposed letters": lambda t: unicodedata.normalize("NFD", t),
    "full-width letters": lambda t: "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in t),
    "utf-16": lambda t: t.encode("utf-16"),
    "html": lambda t: (
        f"<!DOCTYPE html><html><head><title>x</title><script>y()</script></head><body><p>{t}</p></body></html>"
    ),
    "front matter": lambda t: f"---\nAIGC: {{Label: '1'}}\n---\n\n{t}",
}


@pytest.mark.parametrize("name", sorted(METHODS))
@pytest.mark.parametrize("how", sorted(RESET))
@pytest.mark.parametrize("make", [prose, chinese])
def test_the_same_words_set_otherwise_have_the_same_fingerprint(
    name: str, how: str, make: Callable[[int], str]
) -> None:
    text = make(1)

    assert value(name, text)
    assert value(name, text) == value(name, RESET[how](text))


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(text) == normalised(normalised(text))


def test_one_other_word_is_another_digest() -> None:
    assert value("text-sha256", prose(1)) != value("text-sha256", prose(1).replace("river", "lake", 1))


@pytest.mark.parametrize("text", ["", "Yes, of course.", "今天天气很好。", "x" * 63])
def test_a_short_text_is_not_fingerprintable(text: str) -> None:
    assert "" == value("text-sha256", text)
    assert "" == value("iscc-text", text)


@pytest.mark.parametrize("make", [prose, chinese])
def test_an_edited_text_is_near_and_others_are_far(make: Callable[[int], str]) -> None:
    method = METHODS["iscc-text"]
    texts = [make(seed) for seed in range(30)]
    codes = [value("iscc-text", text) for text in texts]

    edited = [text[: len(text) // 2] + text[len(text) // 2 + 6 :] for text in texts]
    labelled = ["AI-generated content. " + text for text in texts]

    assert all(distance(value("iscc-text", e), c) <= method.radius_near for e, c in zip(edited, codes, strict=True))
    assert all(distance(value("iscc-text", e), c) <= method.radius_near for e, c in zip(labelled, codes, strict=True))
    assert min(distance(a, b) for i, a in enumerate(codes) for b in codes[:i]) > method.radius_near


@pytest.mark.parametrize("name", sorted(METHODS))
@given(data=st.binary(max_size=400))
def test_no_bytes_break_it(name: str, data: bytes) -> None:
    with contextlib.suppress(IndiciaError):
        METHODS[name].query(Asset.of(data))
