"""Cuts and inserts in an XML part by its byte positions, so that every other byte stays as its writer left it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from ..errors import BadContent
from ..xmltree import Node, attribute_spans, parse

__all__ = ["appended", "attribute_spans", "cut", "local", "prefix", "put", "quoted", "space", "text", "tree"]

_NAME = re.compile(rb"<([^\s:/>]+:)?[^\s/>]+")
# What may stand in XML 1.0 at all (section 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def tree(data: bytes, part: str, *, doctype: bool = False, keep: frozenset[str] | None = None) -> Node:
    """The root element of a part, as `xmltree.parse`.

    Raises:
        BadContent: not well-formed UTF-8, or it declares entities; the text names the part.
        TooLarge: nested too deep, or too many elements.
    """
    if data[:2] in _UTF16:
        raise BadContent(f"{part} is not UTF-8; save the document anew")
    try:
        return parse(data, doctype=doctype, keep=keep)
    except BadContent as error:
        raise BadContent(f"{part}: {error}") from error


def local(node: Node) -> str:
    """The name without its namespace."""
    return node.tag.rpartition("}")[2]


def space(node: Node) -> str:
    """The namespace."""
    return node.tag[1:].partition("}")[0] if node.tag.startswith("{") else ""


def prefix(data: bytes, node: Node) -> str:
    """The prefix with its colon as the element is written, or ""."""
    found = _NAME.match(data, node.start)
    return (found[1] or b"").decode("utf-8", "replace") if found else ""


def appended(data: bytes, parent: Node, markup: str) -> bytes:
    """`data` with `markup` as the last child of `parent`."""
    return put(data, parent, parent.outside, markup)


def put(data: bytes, parent: Node, at: int, markup: str) -> bytes:
    """`data` with `markup` at the position `at` within `parent`; an element without a body gets one."""
    raw = markup.encode()
    if not parent.empty_tag(data):
        return data[:at] + raw + data[at:]
    name = _NAME.match(data, parent.start)
    assert name is not None  # noqa: S101  the parser found a tag here
    return data[: parent.inside - 2] + b">" + raw + b"</" + name[0][1:] + b">" + data[parent.inside :]


def cut(data: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """`data` without these ranges, which do not overlap."""
    for start, end in sorted(spans, reverse=True):
        data = data[:start] + data[end:]
    return data


def text(value: str) -> str:
    """`value` as character data; what XML cannot hold is left out."""
    return escape(_FORBIDDEN.sub("", value))


def quoted(value: str) -> str:
    """`value` as an attribute with its quotes."""
    return quoteattr(_FORBIDDEN.sub("", value))
