"""The part of json-formula (Adobe, 2.0) that the official C2PA rubrics are written in: parsed, then evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadContent

# A node is a function of its environment and the current value.
Node = Callable[["Environment", Any], Any]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<literal>`(?:[^`\\]|\\.)*`) | (?P<string>"(?:[^"\\]|\\.)*") | (?P<quoted>'(?:[^'\\]|\\.)*')
    | (?P<number>\d+(?:\.\d+)?) | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<symbol>\|\||&&|==|!=|<=|>=|\[\?|[-.\[\]{}(),:|!<>+*/@])
    )""",
    re.VERBOSE,
)
_COMPARED = ("==", "!=", "<", "<=", ">", ">=")
_SUMMED, _MULTIPLIED = ("+", "-"), ("*", "/")


@dataclass(slots=True)
class Environment:
    """What names stand for: `$variables`, and helper expressions that are called like functions on the root."""

    root: Any
    variables: Mapping[str, Any] = field(default_factory=dict)
    helpers: Mapping[str, Node] = field(default_factory=dict)
    arguments: tuple[Any, ...] = ()

    def call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """The value of a helper, with `$args` bound to the arguments."""
        inner = Environment(self.root, self.variables, self.helpers, arguments)
        return self.helpers[name](inner, self.root)


def parse(expression: str) -> Node:
    """The expression as a function of an environment and the current value.

    Raises:
        BadContent: not in the part of the language that is known here.
    """
    parser = _Parser(_tokens(expression))
    node = parser.pipe()
    parser.expect("end")
    return node


def truth(value: Any) -> bool:
    """json-formula's truth: null, false, zero and everything empty are false."""
    return bool(value)


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, at, text = [], 0, expression.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise BadContent(f"not understood in a rubric expression: {text[at : at + 40]!r}")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return [*found, ("end", "end")]


class _Parser:
    """Recursive descent, loosest binding first: pipe, or, and, comparison, sum, product, not, postfix."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    def pipe(self) -> Node:
        node = self.either()
        while self.take("|"):
            node = _then(node, self.either())
        return node

    def either(self) -> Node:
        node = self.both()
        while self.take("||"):
            node = _either(node, self.both())
        return node

    def both(self) -> Node:
        node = self.compared()
        while self.take("&&"):
            node = _both(node, self.compared())
        return node

    def compared(self) -> Node:
        return self._chain(self.summed, _COMPARED)

    def summed(self) -> Node:
        return self._chain(self.multiplied, _SUMMED)

    def multiplied(self) -> Node:
        return self._chain(self.negated, _MULTIPLIED)

    def negated(self) -> Node:
        if self.take("!"):
            return _not(self.negated())
        return self.postfix(self.primary())

    def _chain(self, operand: Callable[[], Node], symbols: tuple[str, ...]) -> Node:
        node = operand()
        while self.peek() in symbols:
            symbol = self.next()
            node = _binary(symbol, node, operand())
        return node

    def postfix(self, node: Node) -> Node:
        """`.field`, `[index]` on one value; `[?filter]` and `[]` begin a projection over many."""
        while True:
            if self.take("."):
                node = _then(node, self.member())
            elif self.peek() == "[" and self.peek(1) == "]":
                self.at += 2
                node = _each(_flattened(node), self.projected())
            elif self.take("[?"):
                condition = self.pipe()
                self.expect("]")
                node = _each(_filtered(node, condition), self.projected())
            elif self.take("["):
                node = _then(node, _index(int(self.next())))
                self.expect("]")
            else:
                return node

    def projected(self) -> Node | None:
        """What is done to each element of a projection; a further `[]` flattens the whole and is left to the caller."""
        node: Node | None = None
        while True:
            if self.take("."):
                node = self.member() if node is None else _then(node, self.member())
            elif self.peek() == "[" and self.tokens[self.at + 1][0] == "number":
                self.next()
                step = _index(int(self.next()))
                self.expect("]")
                node = step if node is None else _then(node, step)
            else:
                return node

    def member(self) -> Node:
        kind, text = self.tokens[self.at]
        if kind == "name" and self.peek(1) == "(":
            return self.primary()
        self.at += 1
        if kind == "quoted":
            return _field(_unquoted(text))
        if kind == "name":
            return _field(text)
        raise BadContent(f"no field name at {text!r} in a rubric expression")

    def primary(self) -> Node:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "literal":
            return _constant(json.loads(text[1:-1]))
        if kind == "string":
            return _constant(json.loads(text))
        if kind == "number":
            return _constant(float(text) if "." in text else int(text))
        if kind == "quoted":
            return _field(_unquoted(text))
        if kind == "name":
            return self.call(text) if self.take("(") else _named(text)
        if text == "@":
            return _current
        if text == "(":
            node = self.pipe()
            self.expect(")")
            return node
        if text == "{":
            return self.record()
        if text in ("[", "[?"):
            return self.bracketed(text)
        raise BadContent(f"not understood in a rubric expression: {text!r}")

    def bracketed(self, opening: str) -> Node:
        """A bracket that begins an expression: a flatten, filter or index of the current value, or a list of values."""
        index = self.tokens[self.at][0] == "number" and self.peek(1) == "]"
        if opening == "[?" or self.peek() == "]" or index:
            self.at -= 1
            return self.postfix(_current)
        values = self.listed("]")
        return lambda env, value: [item(env, value) for item in values]

    def record(self) -> Node:
        entries: dict[str, Node] = {}
        while not self.take("}"):
            key = self.next()
            self.expect(":")
            entries[key.strip("'\"")] = self.pipe()
            self.take(",")
        return lambda env, value: {key: node(env, value) for key, node in entries.items()}

    def call(self, name: str) -> Node:
        arguments = self.listed(")")
        if name == "if":
            return _conditional(*arguments)
        if name in _FUNCTIONS:
            function = _FUNCTIONS[name]
            return lambda env, value: function(*(argument(env, value) for argument in arguments))
        return lambda env, value: env.call(name, tuple(argument(env, value) for argument in arguments))

    def listed(self, closing: str) -> list[Node]:
        items = []
        while not self.take(closing):
            items.append(self.pipe())
            if not self.take(",") and self.peek() != closing:
                raise BadContent(f"a list without its {closing!r} in a rubric expression")
        return items

    def peek(self, ahead: int = 0) -> str:
        kind, text = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        return text if kind in ("symbol", "end") else ""

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def take(self, symbol: str) -> bool:
        if self.peek() != symbol:
            return False
        self.at += 1
        return True

    def expect(self, symbol: str) -> None:
        if not self.take(symbol):
            raise BadContent(f"{symbol!r} expected at {self.tokens[self.at][1]!r} in a rubric expression")


def _current(env: Environment, value: Any) -> Any:
    return value


def _constant(constant: Any) -> Node:
    return lambda env, value: constant


def _named(name: str) -> Node:
    """A `$variable`, `$args`, null, or a field of the current value."""
    if name == "$args":
        return lambda env, value: list(env.arguments)
    if name.startswith("$"):
        return lambda env, value: env.variables.get(name)
    return _constant(None) if name == "null" else _field(name)


def _field(name: str) -> Node:
    return lambda env, value: value.get(name) if isinstance(value, Mapping) else None


def _index(position: int) -> Node:
    return lambda env, value: value[position] if isinstance(value, list) and position < len(value) else None


def _then(first: Node, second: Node) -> Node:
    return lambda env, value: second(env, first(env, value))


def _either(left: Node, right: Node) -> Node:
    def node(env: Environment, value: Any) -> Any:
        found = left(env, value)
        return found if truth(found) else right(env, value)

    return node


def _both(left: Node, right: Node) -> Node:
    def node(env: Environment, value: Any) -> Any:
        found = left(env, value)
        return right(env, value) if truth(found) else found

    return node


def _not(operand: Node) -> Node:
    return lambda env, value: not truth(operand(env, value))


def _conditional(condition: Node, yes: Node, no: Node) -> Node:
    return lambda env, value: yes(env, value) if truth(condition(env, value)) else no(env, value)


def _flattened(source: Node) -> Node:
    def node(env: Environment, value: Any) -> Any:
        found = source(env, value)
        if not isinstance(found, list):
            return None
        return [inner for item in found for inner in (item if isinstance(item, list) else [item])]

    return node


def _filtered(source: Node, condition: Node) -> Node:
    def node(env: Environment, value: Any) -> Any:
        found = source(env, value)
        return [item for item in found if truth(condition(env, item))] if isinstance(found, list) else None

    return node


def _each(source: Node, step: Node | None) -> Node:
    """A projection: `step` on each element; what comes out null is dropped."""

    def node(env: Environment, value: Any) -> Any:
        found = source(env, value)
        if step is None or not isinstance(found, list):
            return found
        return [result for item in found if (result := step(env, item)) is not None]

    return node


def _binary(symbol: str, left: Node, right: Node) -> Node:
    def node(env: Environment, value: Any) -> Any:
        return _calculated(symbol, left(env, value), right(env, value))

    return node


def _calculated(symbol: str, a: Any, b: Any) -> Any:
    if symbol in ("==", "!="):
        return _same(a, b) is (symbol == "==")
    if not (isinstance(a, str) and isinstance(b, str) and symbol in _COMPARED):
        a, b = _number(a), _number(b)
    match symbol:
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case ">=":
            return a >= b
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
    return a / b if b else None


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _unquoted(text: str) -> str:
    return text[1:-1].replace("\\'", "'").replace("\\\\", "\\")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, str):
        return _text(what) in where
    return isinstance(where, Sequence) and any(_same(item, what) for item in where)


def _kind(value: Any) -> str:
    names: dict[type, str] = {
        str: "string",
        bool: "boolean",
        int: "number",
        float: "number",
        list: "array",
        dict: "object",
    }
    return names.get(type(value), "null")


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": _contains,
    "endsWith": lambda text, end: _text(text).endswith(_text(end)),
    "keys": lambda value: list(value) if isinstance(value, Mapping) else [],
    "length": lambda value: len(value) if isinstance(value, str | list | Mapping) else 0,
    "notNull": lambda *values: next((value for value in values if value is not None), None),
    "split": lambda text, by: _text(text).split(_text(by)),
    "startsWith": lambda text, start: _text(text).startswith(_text(start)),
    "type": _kind,
    "values": lambda value: list(value.values()) if isinstance(value, Mapping) else [],
}
