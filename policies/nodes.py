"""The parts of a compiled rule: what each answers of facts, in three values, and why."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .facts import Facts
from .predicates import Predicate

Answer = bool | None
MAX_NAMED = 3  # items of a list that a finding's grounds speak of


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
        matter = [one for one in items if self.where.test(facts, one) is not False]
        for one in (matter or items)[:MAX_NAMED]:
            notes += [note for note in self.where.why(facts, one) or [_named(one)] if note not in notes]
        return notes[: 2 * MAX_NAMED]


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
        """The question of the predicate, which is the first line of its file, and what it answered."""
        answer = {True: "yes", False: "no", None: "cannot be told"}[self.test(facts, item)]
        asked = (sys.modules[self.call.__module__].__doc__ or self.name).partition("\n")[0].rstrip(".")
        return [f"{asked}: {answer}"]


def _same_answer(node: Node, parts: Sequence[Node], facts: Facts, item: Any) -> list[str]:
    answer = node.test(facts, item)
    notes: list[str] = []
    for part in parts:
        if part.test(facts, item) is answer:
            notes += [n for n in part.why(facts, item) if n not in notes]
    return notes[:6]


def _named(item: Any) -> str:
    """What is known of an item, on one line: the file and line of a place in code, the name of a source."""
    if not dataclasses.is_dataclass(item):
        return _short(item)
    known = {f.name: getattr(item, f.name) for f in dataclasses.fields(item)}
    return ", ".join(f"{name.replace('_', ' ')} {_short(one)}" for name, one in known.items() if one is not None)


def _short(value: Any) -> str:
    text = value.pattern if isinstance(value, re.Pattern) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
