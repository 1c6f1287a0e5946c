"""XMP packets: read tolerantly, changed in place so that every other property stays as its writer left it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from .errors import BadContent
from .xmltree import Node, attribute_spans, parse

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
PREFIXES = {
    "http://www.tc260.org.cn/ns/AIGC/1.0/": "TC260",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.adobe.com/xap/1.0/": "xmp",
}

_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n <rdf:RDF xmlns:rdf="{RDF}">\n </rdf:RDF>\n</x:xmpmeta>\n'
    '<?xpacket end="w"?>'
).encode()

# What may stand in XML 1.0 at all (section 2.2); the rest cannot even be escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Array:
    """A value that XMP demands as a list: `kind` is Bag, Seq or Alt (one item, the default language)."""

    kind: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a packet. `value` is the text, or the items of an array joined by "; ".

    `members` holds the (name, value) pairs of a structure. `attribute` tells how it was written.
    """

    namespace: str
    name: str
    value: str
    items: tuple[str, ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    attribute: bool = False


@dataclass(frozen=True, slots=True)
class Packet:
    """A parsed packet: the properties in document order, repeated ones included."""

    properties: tuple[Property, ...]

    def all(self, namespace: str, name: str) -> tuple[Property, ...]:
        """Every occurrence of a property."""
        return tuple(p for p in self.properties if p.namespace == namespace and p.name == name)

    def value(self, namespace: str, name: str) -> str:
        """The text of the first occurrence, or ""."""
        return next((p.value for p in self.all(namespace, name)), "")


def read(packet: bytes) -> Packet:
    """The properties of a packet: attributes or elements, any prefix, UTF-8 or UTF-16, with or without wrapper.

    Raises:
        BadContent: not well-formed XML, entity declarations, an unknown encoding.
        TooLarge: nested too deep, or too many elements.
    """
    root = _parsed(_utf8(packet))
    return Packet(tuple(p for node in _descriptions(root) for p in _properties(node)))


def update(packet: bytes | None, changes: Mapping[tuple[str, str], str | Array | None]) -> bytes:
    """The packet (a new one for None) with each (namespace, name) set to its value, or removed for None.

    Every other byte of a UTF-8 packet stays; a UTF-16 one becomes UTF-8. New properties come in one description at
    the end of the RDF, about the same subject as the first.

    Raises:
        BadContent: as `read`, or there is no rdf:RDF element to write into.
    """
    source = _EMPTY if packet is None else _utf8(packet)
    root = _parsed(source)
    rdf = next((n for n in root.walk() if n.tag == f"{{{RDF}}}RDF"), None)
    if rdf is None:
        raise BadContent("the XMP packet has no rdf:RDF; remove it (exiftool -xmp= FILE) and label the file again")
    edits = list(_removals(source, root, set(changes)))
    new = {key: value for key, value in changes.items() if value is not None}
    if new:
        edits.append(_insertion(source, rdf, new, _subject(root)))
    for start, end, text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _parsed(source: bytes) -> Node:
    try:
        return parse(source)
    except BadContent as error:
        raise BadContent(
            f"the XMP packet cannot be read: {error}; remove it (exiftool -xmp= FILE) or repair it"
        ) from error


def _utf8(packet: bytes) -> bytes:
    """The packet as UTF-8 without byte order mark, XML declaration, NUL padding and what follows the wrapper."""
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
    codec = marks.get(packet[:2], "utf-8-sig")
    data = packet[: len(packet) // 2 * 2] if codec.startswith("utf-16") else packet
    try:
        text = data.decode(codec).lstrip("\ufeff").rstrip("\0")
    except UnicodeDecodeError as error:
        raise BadContent(f"the XMP packet cannot be read: it is not {codec} ({error.reason})") from error
    text = re.sub(r"\A\s*(<\?xml\s[^>]*\?>)?\s*", "", text)
    closing = re.search(r"""<\?xpacket\s+end=["'][rw]["']\s*\?>""", text)
    return (text[: closing.end()] if closing else text).encode()


def _descriptions(root: Node) -> Iterator[Node]:
    """The top descriptions: children of rdf:RDF, whatever their type, and a description that stands alone."""
    for node in root.walk():
        if node.tag == f"{{{RDF}}}RDF":
            yield from node.children
    if root.tag == f"{{{RDF}}}Description":
        yield root


def _split(tag: str) -> tuple[str, str]:
    namespace, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    return namespace, name


def _properties(description: Node) -> Iterator[Property]:
    for tag, value in description.attributes.items():
        namespace, name = _split(tag)
        if namespace not in (RDF, XML, ""):
            yield Property(namespace, name, value, attribute=True)
    for child in description.children:
        namespace, name = _split(child.tag)
        items, members = _items(child), _members(child)
        value = "; ".join(items) if items else child.attributes.get(f"{{{RDF}}}resource", child.text.strip())
        yield Property(namespace, name, value, items, members)


def _items(node: Node) -> tuple[str, ...]:
    """The texts of an rdf:Bag, Seq or Alt below the property."""
    arrays = [c for c in node.children if c.tag in {f"{{{RDF}}}{kind}" for kind in ("Bag", "Seq", "Alt")}]
    return tuple(
        item.attributes.get(f"{{{RDF}}}resource", item.text.strip()) for array in arrays for item in array.children
    )


def _members(node: Node) -> tuple[tuple[str, str], ...]:
    """The simple members of a structure: nested description, parseType Resource, or plain nested elements."""
    holders = [c for c in node.children if c.tag == f"{{{RDF}}}Description"] or [node]
    found: list[tuple[str, str]] = []
    for holder in holders:
        for tag, value in holder.attributes.items():
            if _split(tag)[0] not in (RDF, XML, ""):
                found.append((_split(tag)[1], value))
        found += [(_split(c.tag)[1], c.text.strip()) for c in holder.children if _split(c.tag)[0] != RDF]
    return tuple(found)


def _removals(source: bytes, root: Node, keys: set[tuple[str, str]]) -> Iterator[tuple[int, int, bytes]]:
    """Cuts for every occurrence of `keys`; a description that holds nothing else goes whole."""
    for description in _descriptions(root):
        inner = [c for c in description.children if _split(c.tag) in keys]
        outer = [(t, n) for t, n in zip(description.attributes, _order(source, description), strict=True)]
        gone = [(start, end) for tag, (start, end) in outer if _split(tag) in keys]
        held = [tag for tag, _ in outer if _split(tag)[0] not in (RDF, XML, "") and _split(tag) not in keys]
        if not inner and not gone:
            continue
        if len(inner) == len(description.children) and not held and description is not root:
            yield _before(source, description.start), description.end, b""
            continue
        yield from ((start, end, b"") for start, end in gone)
        yield from ((_before(source, c.start), c.end, b"") for c in inner)


def _order(source: bytes, node: Node) -> list[tuple[int, int]]:
    """The spans of the attributes that are no namespace declarations, in the order in which they were parsed."""
    spans = attribute_spans(source, node)
    return [(start, end) for name, start, end in spans if name != b"xmlns" and not name.startswith(b"xmlns:")]


def _before(source: bytes, at: int) -> int:
    """The start of the white space before `at`, so that a cut leaves no blank line."""
    while at > 0 and source[at - 1 : at].isspace():
        at -= 1
    return at


def _subject(root: Node) -> str:
    return next((d.attributes.get(f"{{{RDF}}}about", "") for d in _descriptions(root)), "")


def _insertion(
    source: bytes, rdf: Node, new: Mapping[tuple[str, str], str | Array], subject: str
) -> tuple[int, int, bytes]:
    """The edit that adds one description with all new properties before the end of the RDF."""
    names = {namespace: PREFIXES.get(namespace, f"ns{i}") for i, (namespace, _) in enumerate(new)}
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in names.items())
    body = "".join(f"\n   {_element(names[uri], name, value)}" for (uri, name), value in new.items())
    text = (
        f'\n  <rdf:Description xmlns:rdf="{RDF}" rdf:about={quoteattr(_clean(subject))}{declared}>'
        f"{body}\n  </rdf:Description>"
    ).encode()
    if not rdf.empty_tag(source):
        at = _before(source, rdf.outside)
        return at, at, text
    name = re.match(rb"<([^\s/>]+)", source[rdf.start :])
    assert name is not None  # noqa: S101  the parser has read this tag
    return rdf.inside - 2, rdf.inside, b">" + text + b"\n</" + name[1] + b">"


def _element(prefix: str, name: str, value: str | Array) -> str:
    if isinstance(value, str):
        return f"<{prefix}:{name}>{escape(_clean(value))}</{prefix}:{name}>"
    language = ' xml:lang="x-default"' if value.kind == "Alt" else ""
    items = "".join(f"<rdf:li{language}>{escape(_clean(item))}</rdf:li>" for item in value.items)
    return f"<{prefix}:{name}><rdf:{value.kind}>{items}</rdf:{value.kind}></{prefix}:{name}>"


def _clean(text: str) -> str:
    """`text` without the control characters that XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
