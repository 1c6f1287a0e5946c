"""Markdown: fields of the YAML front matter (TC260-PG-20258A), the other lines kept as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import BadContent, TooLarge, Unsupported
from . import AigcForm, Format, Unwanted
from . import _ifd as ifd

MAX_FRONT = 256 << 10  # bytes of front matter
_MAX_DEPTH = 20  # a label has two levels, one with a security block six
_PLACE = "front matter"
_FENCE = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n")
_END = re.compile(rb"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
# A key at the left edge opens a block that runs to the next such line.
_KEY = re.compile(
    rb"""^(?:"([^"\r\n]{1,200})"|'([^'\r\n]{1,200})'|([^\s#"'\-][^\r\n:]{0,200}?))[ \t]*:(?=\s|\Z)""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class _Front:
    """Where the front matter's lines stand: `open` at its first fence, `body` to `close`, `end` behind the last."""

    open: int
    body: int
    close: int
    end: int


class Markdown:
    """The front matter, by text: what is not touched keeps its spelling, comments and order."""

    name = "markdown"
    formats = frozenset({"markdown"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """Front matter with an empty title: what tells Markdown from plain text."""
        return b"---\ntitle:\n---\n"

    def read_xmp(self, data: bytes) -> bytes | None:
        """None: Markdown carries no packet."""
        return None

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """Refused, but for None."""
        if packet is None:
            return data
        raise Unsupported("a Markdown file has no place for XMP; write the AIGC label, which has one")

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """Each top key with its value: as JSON when it is the label's, as it is spelt otherwise."""
        return tuple((_PLACE, key, _value(key, data[start:end])) for key, start, end in _blocks(data))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """The block of `key`; a JSON object becomes a mapping. Front matter is made when there is none."""
        _require_utf8(data)
        data = self.without(data, lambda _, name, __: name == key)
        if value is None:
            return data
        front, newline = _front(data), "\r\n" if b"\r\n" in data[:4096] else "\n"
        block = _yaml(key, value, newline).encode()
        if front is None:
            mark = 3 if data.startswith(b"\xef\xbb\xbf") else 0
            fence = f"---{newline}".encode()
            return data[:mark] + fence + block + fence + data[mark:]
        return data[: front.close] + block + data[front.close :]

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted blocks are cut out, and front matter in which nothing is left."""
        gone = [(s, e) for key, s, e in _blocks(data) if unwanted(_PLACE, key, _value(key, data[s:e]))]
        for start, end in reversed(gone):
            data = data[:start] + data[end:]
        front = _front(data)
        if gone and front is not None and not data[front.body : front.close].strip():
            return data[: front.open] + data[front.end :]
        return data

    def essence(self, data: bytes) -> bytes:
        """The text behind the front matter."""
        front = _front(data)
        return data[front.end :] if front else data.removeprefix(b"\xef\xbb\xbf")


def _require_utf8(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise Unsupported("a Markdown file that is not UTF-8; save it as UTF-8 first") from error


def _front(data: bytes) -> _Front | None:
    opening = _FENCE.match(data)
    if opening is None:
        return None
    closing = _END.search(data, opening.end())
    if closing is None:
        return None
    if closing.start() - opening.end() > MAX_FRONT:
        raise TooLarge(f"front matter of more than {MAX_FRONT} bytes")
    mark = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    return _Front(mark, opening.end(), closing.start(), closing.end())


def _blocks(data: bytes) -> tuple[tuple[str, int, int], ...]:
    """Key, start and end of every top block."""
    front = _front(data)
    if front is None:
        return ()
    keys = list(_KEY.finditer(data, front.body, front.close))
    ends = [*(k.start() for k in keys[1:]), front.close][: len(keys)]
    return tuple((ifd.plain(k[1] or k[2] or k[3]), k.start(), end) for k, end in zip(keys, ends, strict=True))


def _value(key: str, block: bytes) -> str:
    text = ifd.plain(block)
    if "aigc" not in key.lower():
        return text.partition(":")[2].strip()
    try:
        value = _built(text)
    except BadContent:
        return text.partition(":")[2].strip()
    inner = next(iter(value.values()), "") if isinstance(value, dict) else ""
    return inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False, separators=(",", ":"))


def _yaml(key: str, value: str, newline: str) -> str:
    """The block; a double-quoted JSON string is a double-quoted YAML string."""
    try:
        mapping = json.loads(value)
    except ValueError:
        mapping = None
    if not isinstance(mapping, dict):
        return f"{key}: {json.dumps(value, ensure_ascii=False)}{newline}"
    rows = "".join(f"  {name}: {json.dumps(item, ensure_ascii=False)}{newline}" for name, item in mapping.items())
    return f"{key}:{newline}{rows}"


def _built(text: str) -> Any:
    """The YAML value, from its events: aliases stay unresolved, so that no small text grows large.

    Raises:
        BadContent: not YAML, or nested too deep.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return _next(iter(YAML(typ="safe", pure=True).parse(text)), 0)
    except (YAMLError, ValueError, RecursionError, StopIteration, AttributeError, IndexError, TypeError) as error:
        raise BadContent(f"front matter that is not YAML ({type(error).__name__})") from error


def _next(events: Iterator[Any], depth: int) -> Any:
    """The value that begins at the next event that begins one; the end of a collection is `_Close`."""
    from ruamel.yaml import events as kinds

    if depth > _MAX_DEPTH:
        raise BadContent("front matter nested too deep")
    for event in events:
        match event:
            case kinds.ScalarEvent():
                return _scalar(event)
            case kinds.AliasEvent():
                return f"*{event.anchor}"
            case kinds.MappingStartEvent():
                found = {}
                while not isinstance(key := _next(events, depth + 1), _Close):
                    found[str(key)] = _next(events, depth + 1)
                return found
            case kinds.SequenceStartEvent():
                items = []
                while not isinstance(item := _next(events, depth + 1), _Close):
                    items.append(item)
                return items
            case kinds.MappingEndEvent() | kinds.SequenceEndEvent():
                return _Close()
    raise BadContent("front matter that ends too early")


class _Close:
    """The end of a mapping or sequence."""


def _scalar(event: Any) -> Any:
    """A plain number, truth value or nothing is no string (YAML 1.2, core schema); the rest is."""
    plain = event.style is None
    if plain and re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", event.value):
        return int(event.value)
    if plain and event.value.lower() in ("true", "false"):
        return event.value.lower() == "true"
    return None if plain and event.value.lower() in ("", "~", "null") else event.value


format: Format = Markdown()  # noqa: A001  the contract's name
