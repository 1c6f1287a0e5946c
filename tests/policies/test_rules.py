"""The rule language: three values, a closed vocabulary, errors that name the line, patterns that cannot run away."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicia.policies import located, packs, patterns
from indicia.policies.facts import AigcLabel, AssetFacts, Facts
from indicia.policies.nodes import All, Always, Any_, Not
from indicia.policies.rules import compile_rule
from indicia.provenance.errors import BadContent, UsageError

PACK = """\
pack: mine
title: Mine
checked_on: 2026-01-01
controls:
  - id: MY-1
    title: Files are signed
    group: provenance
    clause: house rule
    in_force: 2026-01-01
    force: internal
    severity: warning
    read: own
    roles: [generator]
    require: {fact: asset.integrity, is: intact}
    remedy: Sign it.
"""


def node(answer: bool | None) -> Any:
    return compile_rule({"fact": "asset.generated", "is": True}) if answer is None else Always(answer)


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=6))
def test_and_or_and_not_follow_kleene_whatever_the_order(answers: list[bool | None]) -> None:
    nodes = tuple(node(a) for a in answers)
    facts = Facts()

    assert (False if False in answers else None if None in answers else True) is All(nodes).test(facts)
    assert (True if True in answers else None if None in answers else False) is Any_(nodes).test(facts)
    assert All(nodes).test(facts) is All(nodes[::-1]).test(facts)
    assert Not(All(nodes)).test(facts) is Any_(tuple(Not(n) for n in nodes)).test(facts)


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 6))
def test_a_count_with_unknown_items_is_told_only_when_every_case_agrees(sure: int, maybe: int, wanted: int) -> None:
    labels = (AigcLabel(label="1"),) * sure + (AigcLabel(),) * maybe
    rule = compile_rule({"count": {"in": "asset.aigc", "where": {"fact": ".label", "is": "1"}, "at_least": wanted}})

    answer = rule.test(Facts(asset=AssetFacts(aigc=labels)))

    assert (True if sure >= wanted else False if sure + maybe < wanted else None) is answer


def test_an_unknown_list_is_not_an_empty_one() -> None:
    rule = compile_rule({"exists": {"in": "asset.aigc"}})

    assert rule.test(Facts()) is None
    assert rule.test(Facts(asset=AssetFacts(aigc=()))) is False


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"fact": "asset.colour", "is": "red"}, "unknown fact"),
        ({"fact": "asset.width", "is": "wide"}, "not a int"),
        ({"fact": "asset.generated", "is": 1}, "not a bool"),
        ({"fact": "asset.path"}, "exactly one"),
        ({"fact": ".label", "is": "1"}, "outside"),
        ({"exists": {"in": "asset.path"}}, "not a list"),
        ({"all": []}, "at least one"),
        ({"all": [{"always": True}], "any": [{"always": True}]}, "unknown word"),
        ({"check": "rm"}, "no predicate"),
        ({"check": "attested", "shell": "rm"}, "no parameter"),
        ({"fact": "asset.path", "matches": "(a+)+$"}, "repeats a group"),
        ({"fact": "asset.path", "matches": "a*b*c*d"}, "could take long"),
        ({"fact": "asset.path", "matches": "a?" * 30 + "a" * 30}, "could take long"),
        ({"fact": "asset.path", "matches": "a{0,99}" * 9 + "b"}, "could take long"),
        ({"fact": "asset.path", "matches": "(a|a)" * 30 + "b"}, "could take long"),
        ({"fact": "asset.path", "matches": "(a)(?:b|\\1)*"}, "group"),
        ({"fact": "asset.path", "matches": "(?=a)b"}, "special group"),
        ({"fact": "asset.path", "matches": "[[a]"}, "not a pattern"),
        ({"fact": "asset.path", "matches": "a" * 300}, "longer than"),
        ({"always": "false"}, "not a bool"),
        ({"exists": {"in": "asset.aigc", "where": {"exists": {"in": "asset.claims"}}}}, "of the item itself"),
        ({"fact": "asset.path", "matches": "["}, "not a pattern"),
        ("asset.integrity", "a mapping"),
        ({}, "a mapping"),
    ],
)
def test_a_rule_that_says_nothing_sensible_is_refused(source: Any, said: str) -> None:
    with pytest.raises(BadContent, match=said):
        compile_rule(source)


@given(st.text("ab.?*+|()[]{},^$\\d1 ", max_size=24), st.text("ab1 ", max_size=patterns.MAX_TEXT))
def test_a_pattern_is_refused_or_quick_whatever_it_is(source: str, text: str) -> None:
    try:
        found = patterns.bounded(source)
    except ValueError:
        return
    start = time.process_time()
    found.search(text)

    assert time.process_time() - start < 2


@pytest.mark.parametrize("source", ["a*b", "^(x|y)a+$", "a{1,4}a{1,4}b", "(a|b|c|d)(e|f)"])
def test_the_worst_text_for_a_pattern_that_is_taken_costs_little(source: str) -> None:
    found = patterns.bounded(source)
    start = time.process_time()
    found.search("a" * patterns.MAX_TEXT)

    assert time.process_time() - start < 1


def test_a_rule_nested_without_end_is_refused() -> None:
    rule: Any = {"always": True}
    for _ in range(60):
        rule = {"not": rule}

    with pytest.raises(BadContent, match="deeper"):
        compile_rule(rule)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("asset.integrity", "asset.integrety", r"mine\.yaml:14:\d+: unknown fact"),
        ("severity: warning", "severity: awful", r"mine\.yaml:11:5: 'awful' is none of"),
        ("    remedy: Sign it.\n", "", r"mine\.yaml:5:\d+: missing keys: remedy"),
        ("    remedy:", "    cure:", r"mine\.yaml:15:5: unknown key: cure"),
        ("title: Mine", "title: [Mine", r"mine\.yaml:\d+:\d+: not YAML"),
        ("in_force: 2026-01-01", "in_force: soon", r"mine\.yaml:9:5: 'soon' is not a date"),
        ("read: own", "read: memory\n    severity: error", r"mine\.yaml:\d+:\d+"),
        ("in_force: 2026-01-01", "in_force: 2026-02-30", r"mine\.yaml:9:5: .* is not a date"),
        ("in_force: 2026-01-01", "in_force: 10000-01-01", r"mine\.yaml:9:5: .* is not a date"),
        ("in_force: 2026-01-01", "in_force: 2026-01-01\n    until: 0001-01-01", r"ends before it begins"),
        ("in_force: 2026-01-01", "in_force: [1]", r"is not a date"),
        ("title: Mine", "title: Mine\ncolour: red", r"mine\.yaml:3:1: unknown key: colour"),
        ("title: Mine", "title: Mine\ndefaults: {roll: 1}", r"mine\.yaml:3:12: defaults hold"),
        ("title: Mine", "title: Mine\ndefaults: 3", r"mine\.yaml:3:1: defaults is a mapping"),
        ("    remedy:", "    examples: 5\n    remedy:", r"mine\.yaml:15:5: examples is a list"),
        ("    remedy:", "    caict: {a: 1}\n    remedy:", r"mine\.yaml:15:5: caict is a list"),
        ("    remedy:", "    roles: 5\n    remedy:", r"mine\.yaml:15:5: not YAML: found duplicate key"),
        ("roles: [generator]", "roles: 5", r"mine\.yaml:13:5: roles is empty"),
        ("roles: [generator]", "roles: []", r"mine\.yaml:13:5: roles is empty"),
    ],
)
def test_a_broken_pack_names_file_line_and_what_is_wrong(old: str, new: str, said: str) -> None:
    with pytest.raises(BadContent, match=said):
        packs.parse(PACK.replace(old, new), "mine.yaml")


def test_a_clause_known_from_memory_is_never_an_error() -> None:
    text = PACK.replace("read: own", "read: memory").replace("severity: warning", "severity: error")

    with pytest.raises(BadContent, match="never an error"):
        packs.parse(text, "mine.yaml")


def test_a_pack_without_controls_is_an_error_not_a_pass() -> None:
    with pytest.raises(BadContent, match="not a pass"):
        packs.parse("pack: a\ntitle: A\nchecked_on: 2026-01-01\ncontrols: []\n")


def test_an_unknown_pack_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="cn-labelling"):
        packs.load(["atlantis"])


@pytest.mark.parametrize("name", ["alias-bomb", "deep", "circle", "large", "no text"])
def test_a_hostile_pack_ends_in_an_error(name: str) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
    )
    whole = {
        "alias-bomb": bomb,
        "deep": "a: " + "[" * 20_000,
        "circle": "a: &a {b: [*a]}",
        "large": "#" * (located.MAX_BYTES + 1),
        "no text": "\x00",
    }

    with pytest.raises(BadContent):
        packs.parse(whole[name])


def test_a_tag_that_asks_for_code_runs_nothing(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    text = PACK.replace("remedy: Sign it.", f"remedy: !!python/object/apply:os.mkdir [{target}]")

    packs.parse(text)

    assert not target.exists()
