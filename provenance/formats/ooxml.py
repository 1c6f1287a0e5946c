"""Word, Excel and PowerPoint documents: the AIGC field as a custom document property (TC260-PG-20258A, 6.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import TooLarge, Unsupported
from ..xmltree import Node
from . import MAX_FIELD, AigcForm, Format, Unwanted
from . import _xmlcut as xml
from . import _zip as zipped
from ._opc import RELATIONSHIPS, TYPES, Package

_CUSTOM = "docProps/custom.xml"
_OFFICE_TYPE = "application/vnd.openxmlformats-officedocument."
_CUSTOM_TYPE = f"{_OFFICE_TYPE}custom-properties+xml"
_PLACES = {
    "custom-properties": "OOXML custom property",
    "core-properties": "OOXML core property",
    "extended-properties": "OOXML extended property",
}
_SPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
)
_STRICT_SPACES = (
    "http://purl.oclc.org/ooxml/officeDocument/customProperties",
    "http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
)
_FORMAT_ID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # ECMA-376 Part 1, 22.3.2.1: that of every custom property
_FIRST_ID = 2  # 0 and 1 are taken by the property set itself
_MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document", "w:document", "w:body"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet", "w:workbook", "w:sheets"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation", "w:presentation", "w:sldIdLst"),
}
_MAIN_SPACE = {
    "docx": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "xlsx": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "pptx": "http://schemas.openxmlformats.org/presentationml/2006/main",
}
# What describes the document or holds it together, beside what it says.
_NO_CONTENT = frozenset({TYPES, RELATIONSHIPS, _CUSTOM, "META-INF/content_credential.c2pa"})


@dataclass(frozen=True, slots=True)
class _Field:
    """A property with the element that holds it, in the part `part`."""

    place: str
    key: str
    value: str
    part: str
    node: Node


class Ooxml:
    """The property parts; all others are copied as they are stored. Macros and their signature are not touched."""

    name = "ooxml"
    formats = frozenset({"docx", "xlsx", "pptx"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """A package whose main part is empty."""
        name, kind, root, child = _MAIN[format]
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        types = (
            f'{head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/{name}" ContentType="{_OFFICE_TYPE}{kind}.main+xml"/></Types>'
        )
        rels = (
            f'{head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            f'officeDocument" Target="{name}"/></Relationships>'
        )
        main = f'{head}<{root} xmlns:w="{_MAIN_SPACE[format]}"><{child}></{child}></{root}>'
        return zipped.new({TYPES: types.encode(), RELATIONSHIPS: rels.encode(), name: main.encode()})

    def read_xmp(self, data: bytes) -> bytes | None:
        """None: no part of an office document is a packet. A damaged archive is refused all the same."""
        Package.parse(data)
        return None

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """Refused, but for None: neither ECMA-376 nor XMP Part 3 names a place for a packet in an office document."""
        if packet is None:
            return data
        raise Unsupported("an office document has no place for XMP; write the AIGC label, which has one")

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """The custom, core and extended properties."""
        return tuple((f.place, f.key, f.value) for f in _fields(Package.parse(data)))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """The custom property of that name, with its part, content type and relationship where they are missing."""
        package = Package.parse(data)
        package.require_unsigned()
        old = [f for f in _fields(package) if f.key == key and f.place == _PLACES["custom-properties"]]
        if value is None:
            _remove(package, old)
            return package.data()
        if len(old) == 1 and old[0].value == value:
            return data
        _cut(package, old)
        _append(package, key, value)
        return package.data()

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted properties are cut out, and the part of custom ones when none is left."""
        package = Package.parse(data)
        gone = [f for f in _fields(package) if unwanted(f.place, f.key, f.value)]
        if gone:
            package.require_unsigned()
            _remove(package, gone)
        return package.data()

    def essence(self, data: bytes) -> bytes:
        """Name and SHA-256 of every part but those that only describe the document or hold it together."""
        return digests(zipped.parse(data), lambda name: name in _NO_CONTENT or name.startswith("docProps/"))


def digests(archive: zipped.Archive, left_out: zipped.Choice) -> bytes:
    """A line for each member, in the order of names: the same for the same content, however it is compressed.

    Raises:
        TooLarge: more than `_zip.MAX_TOTAL` bytes in all.
    """
    total, lines = 0, []
    for name in sorted(archive.members):
        if left_out(name):
            continue
        total += archive.members[name].size
        if total > zipped.MAX_TOTAL:
            raise TooLarge(f"an archive of more than {zipped.MAX_TOTAL} bytes after decompression")
        content = archive.read(name, most=zipped.MAX_TOTAL)
        lines.append(f"{name}\0{hashlib.sha256(content).hexdigest()}\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def _fields(package: Package) -> tuple[_Field, ...]:
    return tuple(
        field
        for kind, place in _PLACES.items()
        for part in package.related(kind)[:1]
        for field in _properties(package, part, place)
    )


def _properties(package: Package, part: str, place: str) -> Iterator[_Field]:
    _, root = package.tree(part)
    custom = place == _PLACES["custom-properties"]
    for node in root.children:
        key = node.attributes.get("name", "") if custom else xml.local(node)
        value = "".join(n.text for n in node.walk())
        if len(value) > MAX_FIELD:
            raise TooLarge(f"a document property of more than {MAX_FIELD} characters")
        yield _Field(place, key, value, part, node)


def _cut(package: Package, fields: list[_Field]) -> None:
    for part in {f.part for f in fields}:
        package.parts[part] = xml.cut(
            package.read(part), ((f.node.start, f.node.end) for f in fields if f.part == part)
        )


def _remove(package: Package, fields: list[_Field]) -> None:
    """Cut out `fields`, and the part of custom properties when none is left in it."""
    _cut(package, fields)
    for part in {f.part for f in fields if f.place == _PLACES["custom-properties"]}:
        if not package.tree(part)[1].children:
            package.remove(part)


def _append(package: Package, key: str, value: str) -> None:
    spaces = _STRICT_SPACES if package.is_strict() else _SPACES
    part = next(iter(package.related("custom-properties")), "")
    if not part:
        part = _free_name(package)
        root = f'<Properties xmlns="{spaces[0]}" xmlns:vt="{spaces[1]}"></Properties>'
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        package.add(part, f"{head}{root}".encode(), _CUSTOM_TYPE, kind="custom-properties")
    data, node = package.tree(part)
    taken = [int(n.attributes["pid"]) for n in node.children if n.attributes.get("pid", "")[:9].isdecimal()]
    name = f"{xml.prefix(data, node)}property"
    # The prefix of the value's own namespace is declared here, whatever the part has declared around it.
    package.parts[part] = xml.appended(
        data,
        node,
        f'<{name} fmtid="{_FORMAT_ID}" pid="{max([*taken, _FIRST_ID - 1]) + 1}" name={xml.quoted(key)}>'
        f'<vt:lpwstr xmlns:vt="{spaces[1]}">{xml.text(value)}</vt:lpwstr></{name}>',
    )


def _free_name(package: Package) -> str:
    """The usual name, or another one when a part that is no list of properties has it."""
    taken = {n.casefold() for n in package.names()}
    return next(n for n in (_CUSTOM, *(f"docProps/custom{i}.xml" for i in range(1, 99))) if n.casefold() not in taken)


format: Format = Ooxml()  # noqa: A001  the contract's name
