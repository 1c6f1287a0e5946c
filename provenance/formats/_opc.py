"""Open Packaging Conventions (ECMA-376 Part 2): the parts of an office document, their types and relationships."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from ..errors import BadContent, Unsupported
from ..xmltree import Node
from . import _xmlcut as xml
from . import _zip as zipped

TYPES, RELATIONSHIPS = "[Content_Types].xml", "_rels/.rels"
_RELS = "application/vnd.openxmlformats-package.relationships+xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
_SIGNED = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/"
_EMPTY_RELS = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
)


@dataclass(frozen=True, slots=True)
class Relationship:
    """What one part says of another: `kind` is the last word of the type, `target` a member's name."""

    id: str
    type: str
    target: str
    node: Node

    @property
    def kind(self) -> str:
        """header, custom-properties (customProperties when strict), slide ..."""
        return self.type.rpartition("/")[2]


@dataclass(slots=True)
class Package:
    """An office document under change: parts read from the archive, or as they have been rewritten since."""

    archive: zipped.Archive
    parts: dict[str, bytes | None] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> Package:
        """The package in `data`.

        Raises:
            BadContent, TooLarge, Unsupported: as `_zip.parse`; BadContent when it has no content types.
        """
        archive = zipped.parse(data)
        for name in (TYPES, RELATIONSHIPS):
            if name not in archive.members:
                raise BadContent(f"not an office document: an archive without {name}")
        return cls(archive)

    def data(self) -> bytes:
        """The document with all changes."""
        return self.archive.changed(self.parts)

    def names(self) -> tuple[str, ...]:
        """The parts in the order of the archive, new ones at the end."""
        known = [*self.archive.members, *(n for n in self.parts if n not in self.archive.members)]
        return tuple(n for n in known if self.parts.get(n, b"") is not None)

    def __contains__(self, name: str) -> bool:
        if name in self.parts:
            return self.parts[name] is not None
        return name in self.archive.members

    def read(self, name: str) -> bytes:
        """A part, as `Archive.read`."""
        if (content := self.parts.get(name)) is not None:
            return content
        if name in self.parts:
            raise BadContent(f"a package without {name}")
        return self.archive.read(name)

    def tree(self, name: str, *, keep: frozenset[str] | None = None) -> tuple[bytes, Node]:
        """A part and its root element; with `keep` only elements of these names, as `xmltree.parse`."""
        data = self.read(name)
        return data, xml.tree(data, name, keep=keep)

    def relationships(self, part: str = "") -> tuple[Relationship, ...]:
        """The relationships of a part to others within the package; of the package itself for ""."""
        name = rels_name(part)
        if name not in self:
            return ()
        _, root = self.tree(name)
        return tuple(_relationships(root, part))

    def related(self, kind: str, part: str = "") -> tuple[str, ...]:
        """The names of the parts that `part` is related to in that way, transitional or strict, and that exist."""
        both = {kind, re.sub(r"-(.)", lambda m: m[1].upper(), kind)}
        return tuple(r.target for r in self.relationships(part) if r.kind in both and r.target in self)

    def main(self) -> str:
        """The part that the document begins with.

        Raises:
            BadContent: there is none.
        """
        found = next(iter(self.related("office-document")), "")
        if not found:
            raise BadContent("not an office document: no relationship to its main part")
        return found

    def is_strict(self) -> bool:
        """Whether it is written in the strict form of ISO/IEC 29500, which has other namespaces."""
        return any(r.type.startswith(STRICT) for r in self.relationships())

    def require_unsigned(self) -> None:
        """Refuse a document with a digital signature, which any change would break.

        Raises:
            Unsupported: it is signed.
        """
        if any(r.type.startswith(_SIGNED) for r in self.relationships()) or any(
            name.lower().startswith("_xmlsignatures/") for name in self.archive.members
        ):
            raise Unsupported(
                "the document is digitally signed and a change would break the signature; label it first, then sign, "
                "or take the signature off in the program that made it"
            )

    def add(self, name: str, content: bytes, content_type: str, *, kind: str, of: str = "") -> str:
        """A new part with its type and its relationship to `of`; the id of that relationship."""
        self.parts[name] = content
        data, root = self.tree(TYPES)
        if not any(xml.local(n) == "Override" and n.attributes.get("PartName") == f"/{name}" for n in root.children):
            markup = (
                f'<{xml.prefix(data, root)}Override PartName={xml.quoted("/" + name)} ContentType="{content_type}"/>'
            )
            self.parts[TYPES] = xml.appended(data, root, markup)
        return self.relate(of, name, kind)

    def relate(self, part: str, target: str, kind: str) -> str:
        """A new relationship of `part` ("" is the package) to the part `target`; its id."""
        name = rels_name(part)
        if name not in self:
            self.parts[name] = _EMPTY_RELS
        data, root = self.tree(name)
        taken = {n.attributes.get("Id", "") for n in root.children}
        own = next(f"rId{i}" for i in range(len(taken) + 1, 2 * len(taken) + 3) if f"rId{i}" not in taken)
        strict = self.is_strict()
        kind = re.sub(r"-(.)", lambda m: m[1].upper(), kind) if strict else kind
        where = posixpath.relpath(target, posixpath.dirname(part) or ".")
        markup = (
            f"<{xml.prefix(data, root)}Relationship Id={xml.quoted(own)} "
            f"Type={xml.quoted((STRICT if strict else OFFICE) + kind)} Target={xml.quoted(where)}/>"
        )
        self.parts[name] = xml.appended(data, root, markup)
        return own

    def remove(self, name: str) -> None:
        """Take out a part of the package itself, with its type and the relationship to it."""
        self.parts[name] = None
        data, root = self.tree(TYPES)
        gone = [n for n in root.children if n.attributes.get("PartName") == f"/{name}"]
        self.parts[TYPES] = xml.cut(data, ((n.start, n.end) for n in gone))
        data, root = self.tree(RELATIONSHIPS)
        nodes = [r.node for r in _relationships(root, "") if r.target == name]
        self.parts[RELATIONSHIPS] = xml.cut(data, ((n.start, n.end) for n in nodes))


def rels_name(part: str) -> str:
    """Where the relationships of a part stand (OPC 6.5.2.3)."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relationships(root: Node, part: str) -> Iterator[Relationship]:
    for node in root.children:
        values = node.attributes
        if xml.local(node) != "Relationship" or values.get("TargetMode") == "External":
            continue
        target = unquote(values.get("Target", ""))
        joined = target.lstrip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(part), target)
        # A target that leads out of the package stays a name that no member has.
        yield Relationship(values.get("Id", ""), values.get("Type", ""), posixpath.normpath(joined), node)
