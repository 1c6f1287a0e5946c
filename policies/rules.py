"""The rule language of controls: a small boolean tree over facts, compiled once, evaluated in three values.

    all: [rule, ...]      any: [rule, ...]      not: rule      always: true
    fact: asset.integrity                       with exactly one test beside it:
        is, is_not, in, not_in, at_least, at_most, above, below, matches, contains, known, empty
    exists / forall / count: {in: asset.aigc, where: rule, ...}     inside, `fact: .label` is the item's own
        forall takes `then: rule`; count takes one of the numeric tests
    check: name           a typed predicate of `policies/predicates/`, with its parameters beside it

True, False, or None for "cannot be told". An unknown fact makes a test None; `known` asks about just that.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..provenance.errors import BadContent
from .facts import Facts
from .predicates import Predicate, known, predicate

Answer = bool | None
MAX_DEPTH = 24  # of a rule tree; ours need six
MAX_TEXT = 512  # characters of a fact that a pattern looks at
MAX_PATTERN = 200


class Node:
    """A compiled rule."""

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """True, False, or None when it cannot be told."""
        raise NotImplementedError

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """What decided, in words, with the values met."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Always(Node):
    """A constant."""

    value: bool

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """The constant."""
        return self.value

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """Nothing decided it."""
        return []


@dataclass(frozen=True, slots=True)
class All(Node):
    """Every part holds; one False decides, else one None."""

    parts: tuple[Node, ...]

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """Kleene's and."""
        answer: Answer = True
        for part in self.parts:
            one = part.test(facts, item)
            if one is False:
                return False
            if one is None:
                answer = None
        return answer

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """The parts that share the answer."""
        return _same_answer(self, self.parts, facts, item)


@dataclass(frozen=True, slots=True)
class Any_(Node):  # noqa: N801 - `Any` is typing's
    """Some part holds; one True decides, else one None."""

    parts: tuple[Node, ...]

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """Kleene's or."""
        answer: Answer = False
        for part in self.parts:
            one = part.test(facts, item)
            if one is True:
                return True
            if one is None:
                answer = None
        return answer

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """The parts that share the answer."""
        return _same_answer(self, self.parts, facts, item)


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite; the opposite of unknown is unknown."""

    part: Node

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """Kleene's not."""
        one = self.part.test(facts, item)
        return None if one is None else not one

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """What decided the part."""
        return self.part.why(facts, item)


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """One fact against one constant."""

    path: str
    get: Callable[[Facts, Any], Any]
    word: str
    constant: Any
    compare: Callable[[Any, Any], Answer]

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """The comparison; None for an unknown fact (unless the test is `known`)."""
        value = self.get(facts, item)
        if self.word == "known":
            return (value is not None) is self.constant
        return None if value is None else self.compare(value, self.constant)

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """The fact, its value and what was asked of it."""
        value = self.get(facts, item)
        shown = "not known" if value is None else _short(value)
        return [f"{self.path} is {shown}; asked: {self.word} {_short(self.constant)}"]


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """Counts the items of a list for which `where` holds; unknown items widen the count to a range."""

    path: str
    get: Callable[[Facts, Any], Any]
    where: Node
    judge: Callable[[int, int], Answer]  # (surely, possibly) -> answer
    words: str

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """The judgement on the number of items; None when the list is unknown."""
        items = self.get(facts, item)
        if items is None:
            return None
        answers = [self.where.test(facts, one) for one in items]
        surely = sum(a is True for a in answers)
        return self.judge(surely, surely + sum(a is None for a in answers))

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """How many items there are, and what decided for those that matter."""
        items = self.get(facts, item)
        if items is None:
            return [f"{self.path} is not known"]
        notes = [f"{self.path}: {len(items)} found; asked: {self.words}"]
        for one in items[:3]:
            notes += [note for note in self.where.why(facts, one) if note not in notes]
        return notes[:6]


@dataclass(frozen=True, slots=True)
class Check(Node):
    """A Python predicate with its parameters."""

    name: str
    call: Predicate
    parameters: Mapping[str, Any]

    def test(self, facts: Facts, item: Any = None) -> Answer:
        """The predicate's answer."""
        return self.call(facts, item, **self.parameters)

    def why(self, facts: Facts, item: Any = None) -> list[str]:
        """The name of the predicate and what it answered."""
        answer = {True: "yes", False: "no", None: "cannot be told"}[self.test(facts, item)]
        return [f"{self.name.replace('_', ' ')}: {answer}"]


def compile_rule(source: Any, *, where: str = "", item: type | None = None, depth: int = 0) -> Node:
    """The compiled rule. `item` is the type of the quantified item that `.name` paths speak of.

    Raises:
        BadContent: an unknown word, fact or predicate, a value of the wrong kind, or a tree too deep; says where.
    """
    place = _place(source, where)
    if depth > MAX_DEPTH:
        raise BadContent(f"{place}: the rule is nested deeper than {MAX_DEPTH}")
    if not isinstance(source, Mapping) or not source:
        raise BadContent(f"{place}: a rule is a mapping such as {{fact: asset.integrity, is: intact}}")
    down = functools.partial(compile_rule, where=place, item=item, depth=depth + 1)
    head = next(
        (w for w in ("all", "any", "not", "always", "fact", "exists", "forall", "count", "check") if w in source), None
    )
    match head:
        case "all" | "any":
            _only(source, {head}, place)
            if not isinstance(source[head], Sequence) or not source[head]:
                raise BadContent(f"{place}: `{head}` takes a list with at least one rule")
            parts = tuple(down(part) for part in source[head])
            return All(parts) if head == "all" else Any_(parts)
        case "not":
            _only(source, {"not"}, place)
            return Not(down(source["not"]))
        case "always":
            _only(source, {"always"}, place)
            return Always(bool(source["always"]))
        case "fact":
            return _compile_test(source, place, item)
        case "exists" | "forall" | "count":
            return _compile_quantified(head, source, place, item, depth)
        case "check":
            return _compile_check(source, place)
    raise BadContent(f"{place}: no such word in a rule: {', '.join(map(str, source))}")


_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq, "at_least": operator.ge, "at_most": operator.le, "above": operator.gt, "below": operator.lt,
}  # fmt: skip
_TESTS: dict[str, Callable[[Any, Any], Answer]] = {
    **_NUMERIC,
    "is_not": operator.ne,
    "in": lambda value, constant: value in constant,
    "not_in": lambda value, constant: value not in constant,
    "matches": lambda value, constant: bool(constant.search(str(value)[:MAX_TEXT])),
    "contains": lambda value, constant: constant in value,
    "known": lambda value, constant: True,
    "empty": lambda value, constant: (len(value.strip() if isinstance(value, str) else value) == 0) is constant,
}


def _compile_test(source: Mapping[str, Any], place: str, item: type | None) -> Node:
    words = [w for w in source if w != "fact"]
    if len(words) != 1 or words[0] not in _TESTS:
        raise BadContent(f"{place}: beside `fact` stands exactly one of {', '.join(_TESTS)}")
    word, path = words[0], str(source["fact"])
    get, kind = _path(path, place, item)
    constant = _constant(word, source[word], kind, place)
    return Comparison(path, get, word, constant, _TESTS[word])


def _compile_quantified(head: str, source: Mapping[str, Any], place: str, item: type | None, depth: int) -> Node:
    _only(source, {head}, place)
    body = source[head]
    if not isinstance(body, Mapping) or "in" not in body:
        raise BadContent(f"{place}: `{head}` takes a mapping with `in` and `where`")
    get, kind = _path(str(body["in"]), place, item)
    inner = _item_type(kind)
    if inner is None:
        raise BadContent(f"{place}: {body['in']} is not a list")
    down = functools.partial(compile_rule, where=place, item=inner, depth=depth + 1)
    where = down(body["where"]) if "where" in body else Always(True)
    path = str(body["in"])
    if head == "exists":
        _only(body, {"in", "where"}, place)
        return Quantified(
            path, get, where, lambda sure, maybe: True if sure else (None if maybe else False), "at least one such"
        )
    if head == "forall":
        _only(body, {"in", "where", "then"}, place)
        breach = All((where, Not(down(body["then"]))))
        return Quantified(
            path, get, breach, lambda sure, maybe: False if sure else (None if maybe else True), "no exception"
        )
    numeric = [w for w in body if w in _NUMERIC]
    _only(body, {"in", "where", *numeric}, place)
    if len(numeric) != 1 or not isinstance(body[numeric[0]], int):
        raise BadContent(f"{place}: `count` takes one of {', '.join(_NUMERIC)} with a whole number")
    compare, wanted = _NUMERIC[numeric[0]], body[numeric[0]]

    def judge(sure: int, maybe: int) -> Answer:
        answers = {compare(n, wanted) for n in range(sure, maybe + 1)}
        return answers.pop() if len(answers) == 1 else None

    return Quantified(path, get, where, judge, f"{numeric[0]} {wanted}")


def _compile_check(source: Mapping[str, Any], place: str) -> Node:
    name = str(source["check"])
    if name not in known():
        raise BadContent(f"{place}: no predicate named {name!r}; there are: {', '.join(known())}")
    parameters = {str(k): v for k, v in source.items() if k != "check"}
    found = predicate(name)
    code = getattr(found, "__code__", None)
    allowed = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) if code else set(parameters)
    if not set(parameters) <= allowed:
        raise BadContent(f"{place}: {name} has no parameter {', '.join(set(parameters) - allowed)}")
    return Check(name, found, parameters)


def _path(path: str, place: str, item: type | None) -> tuple[Callable[[Facts, Any], Any], Any]:
    """A getter for a dotted path and the type at its end; every step is checked against the vocabulary."""
    own = path.startswith(".")
    if own and item is None:
        raise BadContent(f"{place}: {path} stands outside exists, forall and count")
    kind: Any = item if own else Facts
    if own and path == ".":
        return (lambda facts, one: one), kind
    steps = path.lstrip(".").split(".")
    for step in steps:
        kind = _field(kind, step, path, place)
    getter = operator.attrgetter(".".join(steps))
    return (lambda facts, one: getter(one)) if own else (lambda facts, one: getter(facts)), kind


def _field(kind: Any, step: str, path: str, place: str) -> Any:
    if not dataclasses.is_dataclass(kind):
        raise BadContent(f"{place}: unknown fact {path}: nothing below stands at {step!r}")
    hints = _hints(typing.cast(type, kind))
    if step not in hints:
        names = ", ".join(sorted(hints))
        raise BadContent(f"{place}: unknown fact {path}: {step!r} is none of {names}")
    return _without_none(hints[step])


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    names = {f.name for f in dataclasses.fields(kind)}
    return {name: hint for name, hint in typing.get_type_hints(kind).items() if name in names}


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not types.NoneType)
    return hint


def _item_type(kind: Any) -> Any:
    return typing.get_args(kind)[0] if typing.get_origin(kind) is tuple else None


def _constant(word: str, value: Any, kind: Any, place: str) -> Any:
    if word == "matches":
        return _pattern(value, place)
    if word in ("known", "empty"):
        if not isinstance(value, bool):
            raise BadContent(f"{place}: `{word}` takes true or false")
        return value
    wanted = kind if word != "contains" or kind is str else _item_type(kind)
    if word in ("in", "not_in"):
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise BadContent(f"{place}: `{word}` takes a list")
        return tuple(_typed(one, wanted, place) for one in value)
    return _typed(value, wanted, place)


def _typed(value: Any, kind: Any, place: str) -> Any:
    fits = isinstance(value, (int, float) if kind is float else kind) and (kind is bool) is isinstance(value, bool)
    if not fits:
        raise BadContent(f"{place}: {value!r} is not a {getattr(kind, '__name__', kind)}")
    return value


def _pattern(value: Any, place: str) -> re.Pattern[str]:
    """A pattern that cannot run away: short, no group that is itself repeated, at most two open repeats."""
    text = str(value)
    if (
        len(text) > MAX_PATTERN
        or re.search(r"\)[*+{?]", text)
        or len(re.findall(r"(?<!\\)[*+]|,\}", text)) > 2
        or "\\1" in text
    ):
        raise BadContent(f"{place}: the pattern is too long or repeats a group; write it simpler or use a predicate")
    try:
        return re.compile(text)
    except re.error as error:
        raise BadContent(f"{place}: not a pattern: {error}") from error


def _only(source: Mapping[str, Any], allowed: set[str], place: str) -> None:
    if extra := set(source) - allowed:
        raise BadContent(f"{place}: unknown word beside {', '.join(sorted(allowed))}: {', '.join(map(str, extra))}")


def _place(source: Any, outer: str) -> str:
    """File, line and column of a YAML node, as ruamel.yaml keeps them; else the place of what it stands in."""
    mark = getattr(source, "lc", None)
    if mark is None or mark.line is None:
        return outer
    return f"{outer.split(':', 1)[0]}:{mark.line + 1}:{mark.col + 1}"


def _same_answer(node: Node, parts: Sequence[Node], facts: Facts, item: Any) -> list[str]:
    answer = node.test(facts, item)
    notes: list[str] = []
    for part in parts:
        if part.test(facts, item) is answer:
            notes += [n for n in part.why(facts, item) if n not in notes]
    return notes[:6]


def _short(value: Any) -> str:
    text = value.pattern if isinstance(value, re.Pattern) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
