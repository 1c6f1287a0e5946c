"""YAML as plain data that knows its lines and columns; bounded, and never anything but data.

Nothing in a file is run or made into an object: tags stay words. Aliases are counted as what they stand for, so that a
few lines that name a billion items are refused before anybody walks them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..provenance.errors import BadContent, UsageError

MAX_BYTES = 2 << 20  # of one file; our packs are under 100 KB
MAX_NODES = 200_000  # values in a file, with every alias counted as a copy
MAX_NESTING = 64  # our packs need twelve


def read_text(path: Path, what: str) -> str:
    """The text of a file.

    Raises:
        UsageError: it cannot be read; the text says as `what`.
        BadContent: too large.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BadContent(f"{path}: {what} is at most {MAX_BYTES} bytes")
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as {what} ({error})") from error


def parse(text: str, name: str) -> Any:
    """Mappings, lists, strings, numbers, booleans and None; a date stays the string it is written as.

    Raises:
        BadContent: no YAML, too large, too deep, or aliases that multiply; with file, line and column.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > MAX_BYTES:
        raise BadContent(f"{name}: at most {MAX_BYTES} bytes are read")
    try:
        body = _loader().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise BadContent(f"{where}: not YAML: {error.problem or error.context}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadContent(f"{name}: not YAML: {error or type(error).__name__}") from error
    _measure(body, name)
    return body


def place(node: Any, outer: str, key: Any = None) -> str:
    """File, line and column of a node, or of one key of it; `outer`, what it stands in, when unknown."""
    mark = getattr(node, "lc", None)
    if mark is None or mark.line is None:
        return outer
    line, column = mark.line, mark.col
    if key is not None and key in (mark.data or {}):
        line, column = mark.data[key][:2]
    return f"{outer.split(':', 1)[0]}:{line + 1}:{column + 1}"


def _measure(body: Any, name: str) -> None:
    seen = 0
    stack = [(body, 0)]
    while stack:
        node, depth = stack.pop()
        seen += 1
        if seen > MAX_NODES or depth > MAX_NESTING:
            raise BadContent(
                f"{place(node, name)}: more than {MAX_NODES} values or {MAX_NESTING} levels; do aliases go in circles?"
            )
        if isinstance(node, Mapping):
            stack += [(one, depth + 1) for one in node.values()]
        elif isinstance(node, list):
            stack += [(one, depth + 1) for one in node]


def _loader() -> Any:
    """The round-trip loader, which makes plain data and keeps lines and columns; dates are left to who reads them."""
    from ruamel.yaml import YAML

    loader = YAML(typ="rt")
    loader.Constructor = _constructor()
    return loader


@functools.cache
def _constructor() -> Any:
    from ruamel.yaml.constructor import RoundTripConstructor

    class Constructor(RoundTripConstructor):
        """A date that no calendar has is then an error of its reader, with its place."""

    Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return Constructor
