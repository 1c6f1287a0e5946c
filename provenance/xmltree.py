"""Parses hostile XML into a small tree whose nodes know their byte positions, so that text can be cut in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from .errors import BadContent, TooLarge

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

MAX_DEPTH = 100  # elements within elements; XMP structures nest fewer than twenty deep
MAX_NODES = 200_000

# A start tag ends at the first ">" outside quotes. The alternatives begin with different characters: linear time.
_TAG = re.compile(rb"""<(?:"[^"]*"|'[^']*'|[^>"'])*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>"']+)\s*=\s*("[^"]*"|'[^']*')""")


@dataclass(slots=True)
class Node:
    """One element: `data[start:end]` is all of it, `data[inside:outside]` what stands between its tags.

    `tag` and the attribute names are "{namespace}name". `text` is the element's own character data.
    """

    tag: str
    attributes: dict[str, str]
    start: int
    inside: int
    outside: int = 0
    end: int = 0
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in document order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))

    def empty_tag(self, data: bytes) -> bool:
        """Whether the element is written as `<name/>`."""
        return data[self.inside - 2 : self.inside] == b"/>"


def parse(data: bytes, *, doctype: bool = False, keep: frozenset[str] | None = None) -> Node:
    """The root element of UTF-8 `data`. A DOCTYPE is refused unless `doctype`; entity declarations always are.

    With `keep`, only the root and elements of these names (without namespaces) become nodes, below the nearest one
    that is kept; a large document is then a small tree.

    Raises:
        BadContent: not well-formed, or it declares entities.
        TooLarge: nested too deep, or too many elements.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    builder = _Builder(data, keep)
    parser = DefusedXMLParser(target=builder, forbid_dtd=not doctype, forbid_entities=True, forbid_external=True)
    builder.expat = parser.parser
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException as error:
        raise BadContent(f"XML with a forbidden declaration ({type(error).__name__})") from error
    except (ParseError, ValueError, LookupError) as error:
        raise BadContent(f"not well-formed XML ({error})") from error
    if builder.root is None:
        raise BadContent("XML without an element")
    return builder.root


def attribute_spans(data: bytes, node: Node) -> tuple[tuple[bytes, int, int], ...]:
    """Every attribute of the start tag as (name as written, start, end), the white space before it included."""
    tag = data[node.start : node.inside]
    name_end = re.match(rb"<[^\s/>]+", tag)
    found = _ATTRIBUTE.finditer(tag, name_end.end() if name_end else 0)
    return tuple((m[1], node.start + m.start(), node.start + m.end()) for m in found)


class _Builder:
    """A parser target that notes where the parser stands at every event."""

    def __init__(self, source: bytes, keep: frozenset[str] | None) -> None:
        self.source, self.keep = source, keep
        self.root: Node | None = None
        self.expat: XMLParserType | None = None
        self._open: list[Node] = []
        self._kept: list[bool] = []  # of every element that is open, whether it is among `_open`
        self._count = 0
        self._text: list[list[str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kept = self.keep is None or self.root is None or tag.rpartition("}")[2] in self.keep
        self._kept.append(kept)
        self._count += kept
        if len(self._kept) > MAX_DEPTH or self._count > MAX_NODES:
            raise TooLarge(f"XML deeper than {MAX_DEPTH} or with more than {MAX_NODES} elements")
        if not kept:
            return
        at = self._position()
        end = _TAG.match(self.source, at)
        if end is None:
            raise BadContent("XML whose tags cannot be located")
        node = Node(tag, dict(attributes), at, end.end())
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._text.append([])

    def end(self, tag: str) -> None:
        if not self._kept.pop():
            return
        node, at = self._open.pop(), self._position()
        node.text = "".join(self._text.pop())
        if node.empty_tag(self.source):
            node.outside = node.end = node.inside
            return
        node.outside = at
        node.end = self.source.index(b">", at) + 1

    def data(self, text: str) -> None:
        if self._text and self._kept[-1]:
            self._text[-1].append(text)

    def close(self) -> None:
        return None

    def _position(self) -> int:
        assert self.expat is not None  # noqa: S101  set right after the parser is made
        return self.expat.CurrentByteIndex
