"""EPUB: the AIGC field as a meta element of the package document (our own choice: no guide that we read names a place).

XMP goes where the container format reserves a place for metadata of the whole publication, META-INF/metadata.xml.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..errors import BadContent, TooLarge, Unsupported
from ..xmltree import Node
from . import MAX_FIELD, MAX_PACKET, AigcForm, Format, Unwanted
from . import _xmlcut as xml
from . import _zip as zipped
from .ooxml import digests

_PLACE = "EPUB metadata"
_CONTAINER, _XMP, _SIGNATURES = "META-INF/container.xml", "META-INF/metadata.xml", "META-INF/signatures.xml"
_XMP_ROOT = "{adobe:ns:meta/}xmpmeta"
_OPF = "http://www.idpf.org/2007/opf"
_PACKAGE_TYPE = "application/oebps-package+xml"
# EPUB 3.3, D.3: a property outside the reserved vocabularies has a prefix that the package element maps to a URL.
_VOCABULARY = ("TC260", "http://www.tc260.org.cn/ns/AIGC/1.0/")

_BLANK_CONTAINER = (
    b'<?xml version="1.0"?>\n<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    b'<rootfiles><rootfile full-path="content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_BLANK_PACKAGE = (
    b'<?xml version="1.0"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
    b'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">blank</dc:identifier>'
    b"<dc:title>blank</dc:title><dc:language>en</dc:language>"
    b'<meta property="dcterms:modified">2000-01-01T00:00:00Z</meta></metadata>'
    b'<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
    b'<spine><itemref idref="nav"/></spine></package>'
)
_BLANK_PAGE = (
    b'<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>blank</title>'
    b'</head><body><nav epub:type="toc"><ol><li><a href="nav.xhtml">blank</a></li></ol></nav></body></html>'
)


@dataclass(frozen=True, slots=True)
class Book:
    """An EPUB with its package document (OPF) parsed."""

    archive: zipped.Archive
    path: str  # of the package document
    data: bytes
    root: Node
    metadata: Node

    @classmethod
    def parse(cls, data: bytes) -> Book:
        """The book in `data`.

        Raises:
            BadContent: a damaged archive or package document.
            TooLarge: a limit was met.
        """
        archive = zipped.parse(data)
        container = xml.tree(archive.read(_CONTAINER), _CONTAINER)
        files = [n.attributes for n in container.walk() if xml.local(n) == "rootfile"]
        path = next((f.get("full-path", "") for f in files if f.get("media-type") == _PACKAGE_TYPE), "")
        opf = archive.read(path)
        root = xml.tree(opf, path, doctype=True)
        found = next((n for n in root.children if xml.local(n) == "metadata"), None)
        if found is None:
            raise BadContent(f"{path} has no metadata element; it is no package document of an EPUB")
        return cls(archive, path, opf, root, found)

    def spine(self) -> tuple[str, ...]:
        """The members that are read one after the other, in their order; those that do not exist are left out."""
        import posixpath
        from urllib.parse import unquote

        folder = posixpath.dirname(self.path)
        items = {
            n.attributes.get("id"): n.attributes.get("href", "") for n in self.root.walk() if xml.local(n) == "item"
        }
        hrefs = [items.get(n.attributes.get("idref"), "") for n in self.root.walk() if xml.local(n) == "itemref"]
        names = (posixpath.normpath(posixpath.join(folder, unquote(h.partition("#")[0]))) for h in hrefs if h)
        return tuple(name for name in names if name in self.archive.members)

    def require_unsigned(self) -> None:
        """Refuse a book with a digital signature, which a change may break.

        Raises:
            Unsupported: it is signed.
        """
        if _SIGNATURES in self.archive.members:
            raise Unsupported(
                f"the book is digitally signed ({_SIGNATURES}) and a change would break the signature; label it first, "
                "then sign"
            )


class Epub:
    """The metadata of the package document; other members are copied as stored, `mimetype` first among them."""

    name = "epub"
    formats = frozenset({"epub"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """A book with an empty table of contents."""
        parts = {
            "mimetype": b"application/epub+zip",
            _CONTAINER: _BLANK_CONTAINER,
            "content.opf": _BLANK_PACKAGE,
            "nav.xhtml": _BLANK_PAGE,
        }
        return zipped.new(parts, stored=frozenset({"mimetype"}))

    def read_xmp(self, data: bytes) -> bytes | None:
        """The packet in META-INF/metadata.xml; None when that holds something else."""
        archive = zipped.parse(data)
        return _packet(archive)

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet as META-INF/metadata.xml (OCF 3.3, 4.2.6.3.4), unless that is taken by other metadata."""
        book = Book.parse(data)
        if _packet(book.archive) is None and _XMP in book.archive.members:
            if packet is None:
                return data
            raise Unsupported(f"the book has metadata of another kind in {_XMP}, where XMP would stand")
        changed = book.archive.changed({_XMP: packet})
        if changed != data:
            book.require_unsigned()
        return changed

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """What stands in the metadata element: meta elements by property or name, others by their own name."""
        return tuple((_PLACE, key, value) for key, value, _ in _fields(Book.parse(data)))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """A meta element: by property in EPUB 3, whose prefix is declared, by name and content in EPUB 2."""
        book = Book.parse(data)
        old = [node for name, _, node in _fields(book) if name == key and xml.local(node) == "meta"]
        opf = xml.cut(book.data, ((n.start, n.end) for n in old))
        if value is not None:
            opf = _with_meta(opf, key, value)
        elif old:
            opf = _without_prefix(opf)
        changed = book.archive.changed({book.path: opf})
        if changed != data:
            book.require_unsigned()
        return changed

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted elements are cut out."""
        book = Book.parse(data)
        gone = [node for key, value, node in _fields(book) if unwanted(_PLACE, key, value)]
        if not gone:
            return data
        book.require_unsigned()
        opf = xml.cut(book.data, ((n.start, n.end) for n in gone))
        return book.archive.changed({book.path: _without_prefix(opf)})

    def essence(self, data: bytes) -> bytes:
        """Name and SHA-256 of every member but META-INF, and the package document behind its metadata element."""
        book = Book.parse(data)
        order = hashlib.sha256(book.data[book.metadata.end :]).hexdigest().encode()
        return (
            order + b"\n" + digests(book.archive, lambda n: n.startswith("META-INF/") or n in ("mimetype", book.path))
        )


def _packet(archive: zipped.Archive) -> bytes | None:
    if _XMP not in archive.members:
        return None
    packet = archive.read(_XMP)
    if b"adobe:ns:meta/" not in packet:
        return None
    if len(packet) > MAX_PACKET:
        raise TooLarge(f"an XMP packet of more than {MAX_PACKET} bytes")
    return packet if xml.tree(packet, _XMP).tag == _XMP_ROOT else None


def _fields(book: Book) -> list[tuple[str, str, Node]]:
    """Key, value and element of each entry; those that only say more of another one are left out."""
    found = []
    # OPF 1 and 2 may hold Dublin Core in an element of its own.
    for node in book.metadata.walk():
        if node is book.metadata or "refines" in node.attributes or xml.local(node) in ("dc-metadata", "x-metadata"):
            continue
        values = node.attributes
        key = values.get("property", "").rpartition(":")[2] or values.get("name") or xml.local(node)
        value = node.text.strip() or values.get("content", "")
        if len(value) > MAX_FIELD:
            raise TooLarge(f"an entry of the book's metadata has more than {MAX_FIELD} characters")
        found.append((key, value, node))
    return found


def _with_meta(opf: bytes, key: str, value: str) -> bytes:
    """The package document with one more meta element at the end of its metadata."""
    root = xml.tree(opf, "the package document", doctype=True)
    metadata = next(n for n in root.children if xml.local(n) == "metadata")
    name = f"{xml.prefix(opf, metadata)}meta"
    if not root.attributes.get("version", "").startswith("3"):
        return xml.appended(opf, metadata, f"<{name} name={xml.quoted(key)} content={xml.quoted(value)}/>")
    markup = f"<{name} property={xml.quoted(f'{_VOCABULARY[0]}:{key}')}>{xml.text(value)}</{name}>"
    return _with_prefix(xml.appended(opf, metadata, markup), root)


def _with_prefix(opf: bytes, root: Node) -> bytes:
    """The prefix mapped in the package element, whose bytes stand before all that was changed."""
    name, url = _VOCABULARY
    declared = root.attributes.get("prefix")
    if declared is not None and f"{name}:" in declared.split():
        return opf
    span = next((s for s in xml.attribute_spans(opf, root) if s[0] == b"prefix"), None)
    if span is None:
        at = root.inside - (2 if root.empty_tag(opf) else 1)
        return opf[:at] + f' prefix="{name}: {url}"'.encode() + opf[at:]
    return opf[: span[2] - 1] + f" {name}: {url}".encode() + opf[span[2] - 1 :]


def _without_prefix(opf: bytes) -> bytes:
    """The mapping taken back when it stands as it is written here and nothing uses it."""
    name, url = _VOCABULARY
    if f'"{name}:'.encode() in opf.replace(f'"{name}: {url}'.encode(), b""):
        return opf
    return opf.replace(f' prefix="{name}: {url}"'.encode(), b"", 1).replace(f" {name}: {url}".encode(), b"", 1)


format: Format = Epub()  # noqa: A001  the contract's name
