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
from typing import Any

from ..provenance.errors import BadContent
from .facts import Facts
from .nodes import All, Always, Answer, Any_, Check, Comparison, Node, Not, Quantified
from .patterns import MAX_TEXT, bounded
from .predicates import known, predicate

MAX_DEPTH = 24  # of a rule tree; ours need six


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
            return Always(_typed(source["always"], bool, place))
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
    if item is not None and not str(body["in"]).startswith("."):
        # Else a pack could ask for every pair, triple... of a million records.
        raise BadContent(f"{place}: inside a quantifier `in` names a list of the item itself, such as .actions")
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
    try:
        return bounded(str(value))
    except ValueError as error:
        raise BadContent(f"{place}: {error}") from error


def _only(source: Mapping[str, Any], allowed: set[str], place: str) -> None:
    if extra := set(source) - allowed:
        raise BadContent(f"{place}: unknown word beside {', '.join(sorted(allowed))}: {', '.join(map(str, extra))}")


def _place(source: Any, outer: str) -> str:
    """File, line and column of a YAML node, as ruamel.yaml keeps them; else the place of what it stands in."""
    mark = getattr(source, "lc", None)
    if mark is None or mark.line is None:
        return outer
    return f"{outer.split(':', 1)[0]}:{mark.line + 1}:{mark.col + 1}"
