"""SVG: an XMP packet in a metadata element."""

from __future__ import annotations

import re

from ..errors import Unsupported
from ..xmltree import Node, parse
from . import AigcForm, Format, Unwanted

_META = "{adobe:ns:meta/}xmpmeta"
_SVG = "{http://www.w3.org/2000/svg}"
_OPENING = re.compile(rb"<\?xpacket\s+begin=[^>]*\?>\s*\Z")
_CLOSING = re.compile(rb"\s*<\?xpacket\s+end=[^>]*\?>")
_DECLARATION = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._\-]+)""")
_C2PA = re.compile(rb"""\s+xmlns:c2pa\s*=\s*["']http://c2pa\.org/manifest["']""")
_PREFIX = re.compile(rb"<([^\s:/>]+:)?svg")
_BINDING = re.compile(rb"""\s(xmlns:[^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")


class Svg:
    """The first xmpmeta element, with its xpacket wrapper, wherever it stands."""

    name = "svg"
    formats = frozenset({"svg"})
    aigc_form: AigcForm = "xmp"

    def blank(self, format: str) -> bytes:
        """An empty drawing of one unit."""
        return b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>\n'

    def read_xmp(self, data: bytes) -> bytes | None:
        """The packet; prefixes that are declared around it are declared in it."""
        _require_utf8(data)
        if b"adobe:ns:meta/" not in data:
            return None  # most drawings have none and need no parsing
        path = _path(parse(data, doctype=True))
        if path is None:
            return None
        start, end = _span(data, path[-1])
        return _standalone(data, path, start, end)

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet where the first stood, else in a metadata element of its own at the beginning."""
        _require_utf8(data)
        root = parse(data, doctype=True)
        if not root.tag.endswith("svg"):
            raise Unsupported("an XML document whose root is not svg")
        if packet is not None:
            packet = re.sub(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*\?>\s*", b"", packet)
            parse(packet)  # what is not XML would break the drawing
        path = _path(root)
        if path is None:
            return data if packet is None else _inserted(data, root, packet)
        start, end = _span(data, path[-1])
        if packet is None and len(path) > 1:
            start, end = _alone(data, path[-2], start, end)
        data = data[:start] + (packet or b"") + data[end:]
        return data if packet is not None else self.write_xmp(data, None)

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """None: SVG has no keyed text."""
        return ()

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """Refused: SVG has no keyed text."""
        raise Unsupported("an SVG file has no keyed text fields; write XMP")

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """The data: there are no fields."""
        return data

    def essence(self, data: bytes) -> bytes:
        """The drawing without metadata elements, and without the prefix that a manifest in one declares."""
        _require_utf8(data)
        root = parse(data, doctype=True)
        for node in reversed([n for n in root.walk() if n.tag == f"{_SVG}metadata"]):
            data = data[: node.start] + data[node.end :]
        return data[: root.start] + _C2PA.sub(b"", data[root.start : root.inside]) + data[root.inside :]


def _require_utf8(data: bytes) -> None:
    declared = _DECLARATION.match(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"utf8")
    ):
        raise Unsupported("an SVG file that is not UTF-8; save it as UTF-8 first")


def _path(root: Node) -> tuple[Node, ...] | None:
    """The elements from the root to the first packet."""
    pending: list[tuple[Node, ...]] = [(root,)]
    while pending:
        path = pending.pop()
        if path[-1].tag == _META:
            return path
        pending.extend((*path, child) for child in reversed(path[-1].children))
    return None


def _span(data: bytes, node: Node) -> tuple[int, int]:
    """The element with the xpacket instructions around it, when both stand there."""
    opening = _OPENING.search(data, max(0, node.start - 256), node.start)
    closing = _CLOSING.match(data, node.end)
    return (opening.start(), closing.end()) if opening and closing else (node.start, node.end)


def _alone(data: bytes, parent: Node, start: int, end: int) -> tuple[int, int]:
    """The metadata element around a packet that is all it holds."""
    rest = data[parent.inside : start] + data[end : parent.outside]
    if parent.tag == f"{_SVG}metadata" and not rest.strip():
        return parent.start, parent.end
    return start, end


def _standalone(data: bytes, path: tuple[Node, ...], start: int, end: int) -> bytes:
    """The packet with the namespace declarations of the elements around it, where it has none of that name."""
    node = path[-1]
    own = {name for name, _ in _BINDING.findall(data[node.start : node.inside])}
    outer: dict[bytes, bytes] = {}
    for around in path[:-1]:
        outer.update(_BINDING.findall(data[around.start : around.inside]))
    body = data[node.start : node.end]
    missing = [(n, v) for n, v in outer.items() if n not in own and n[6:] + b":" in body]
    name_end = re.match(rb"<[^\s/>]+", body)
    at = node.start + (name_end.end() if name_end else 0)
    declarations = b"".join(b" " + name + b"=" + value for name, value in missing)
    return data[start:at] + declarations + data[at:end] if missing else data[start:end]


def _inserted(data: bytes, root: Node, packet: bytes) -> bytes:
    name = _PREFIX.match(data, root.start)
    prefix = (name[1] or b"") if name else b""
    element = b"<" + prefix + b"metadata>" + packet + b"</" + prefix + b"metadata>"
    if root.empty_tag(data):
        return data[: root.inside - 2] + b">" + element + b"</" + prefix + b"svg>" + data[root.inside :]
    return data[: root.inside] + element + data[root.inside :]


format: Format = Svg()  # noqa: A001  the contract's name
