"""PDF: the AIGC field as a key of the information dictionary (TC260-PG-20258A, 6.3), and the XMP packet beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..errors import IndiciaError, TooLarge
from . import MAX_FIELD, MAX_PACKET, AigcForm, Format, Unwanted, _pdf

if TYPE_CHECKING:
    from pikepdf import Object, Pdf

_PLACE = "PDF Info"
_MAX_NODES = 3_000_000  # of the objects below all pages; a scanned book of a thousand pages has some ten thousand
# What hangs on a page but is not its look: ways up, and what other programs keep there.
_NOT_LOOK = frozenset(
    {"/Parent", "/Metadata", "/PieceInfo", "/LastModified", "/StructParents", "/StructParent", "/P", "/Length"}
)

_BLANK = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
    b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n",
)


@dataclass(frozen=True, slots=True)
class _State:
    """What is written by an update: the entries of the information dictionary as PDF text, and the packet."""

    info: dict[str, bytes] = field(default_factory=dict)
    packet: bytes | None = None


class _Pdf:
    """The information dictionary and the packet of the catalogue; every change is an update behind the file's end.

    An update that was made here is taken off again before the next, so that files do not grow, and what is removed
    leaves the file as it was.
    """

    name = "pdf"
    formats = frozenset({"pdf"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """One empty page, A4."""
        body, rows = bytearray(), []
        for part in _BLANK:
            rows.append(b"%010d 00000 n \n" % len(body))
            body += part
        rows[0] = b"0000000000 65535 f \n"
        at = len(body)
        body += b"xref\n0 4\n" + b"".join(rows) + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % at
        return bytes(body)

    def read_xmp(self, data: bytes) -> bytes | None:
        """The packet of the catalogue; also of a file whose cross-reference table is broken."""
        with _pdf.opened(data, repair=True) as pdf:
            return _packet(pdf)

    def write_xmp(self, data: bytes, packet: bytes | None) -> bytes:
        """The packet as the catalogue's metadata stream, not compressed, so that scanners of raw bytes find it."""
        base, state = _peeled(data)
        return _written(base, replace(state, packet=packet))

    def read_fields(self, data: bytes) -> tuple[tuple[str, str, str], ...]:
        """The strings of the information dictionary."""
        with _pdf.opened(data, repair=True) as pdf:
            return tuple((_PLACE, key, value) for key, value in _info(pdf))

    def write_field(self, data: bytes, key: str, value: str | None) -> bytes:
        """A key of the information dictionary, which is made when there is none."""
        base, state = _peeled(data)
        import pikepdf

        info = {k: v for k, v in state.info.items() if k != f"/{key}"}
        if value is not None:
            info[f"/{key}"] = pikepdf.String(value).unparse()
        return _written(base, replace(state, info=info))

    def without(self, data: bytes, unwanted: Unwanted) -> bytes:
        """Unwanted keys are left out of the new dictionary; the old one stays in the older part of the file."""
        with _pdf.opened(data, repair=True) as pdf:
            gone = {f"/{key}" for key, value in _info(pdf) if unwanted(_PLACE, key, value)}
        if not gone:
            return data
        base, state = _peeled(data)
        return _written(base, replace(state, info={k: v for k, v in state.info.items() if k not in gone}))

    def essence(self, data: bytes) -> bytes:
        """What every page draws, in order: a line for each object below it, a SHA-256 for each stream as stored."""
        with _pdf.opened(data, repair=True) as pdf:
            return b"".join(_drawn(pdf))


def _peeled(data: bytes) -> tuple[bytes, _State]:
    """The file without the update made here, if it has one, and what is written in it now.

    Bytes behind the mark are taken off only when they are exactly what would be written for what is read from them:
    a file that merely holds the mark loses nothing.
    """
    state = _state(data)
    at = data.rfind(_pdf.MARK)
    if at > 0:
        try:
            if _written(data[:at], state) == data:
                return data[:at], state
        except IndiciaError:
            pass  # what stands before the mark is no file of its own
    return data, state


def _state(data: bytes) -> _State:
    _pdf.require_library()
    import pikepdf

    with _pdf.opened(data, repair=False) as pdf:
        _pdf.require_changeable(data, pdf)
        info = pdf.trailer.get("/Info")
        keys = {str(k): _pdf.as_text(v) for k, v in info.items()} if isinstance(info, pikepdf.Dictionary) else {}
        return _State(keys, _packet(pdf))


def _written(base: bytes, state: _State) -> bytes:
    """The file with an update that brings it to `state`; the file itself when it is there already."""
    old = _state(base)
    if old == state:
        return base
    import pikepdf

    with _pdf.opened(base, repair=False) as pdf:
        free = _pdf.free_number(pdf)
        objects: dict[tuple[int, int], bytes] = {}
        info = None
        if old.info != state.info:
            held = pdf.trailer.get("/Info")
            info = held.objgen if isinstance(held, pikepdf.Dictionary) and held.is_indirect else (free, 0)
            free += info == (free, 0)
            objects[info] = _pdf.as_dictionary(dict(sorted(state.info.items())))
        if old.packet != state.packet:
            objects |= _packet_objects(pdf, state.packet, free)
        return _pdf.updated(base, pdf, objects, info)


def _packet_objects(pdf: Pdf, packet: bytes | None, free: int) -> dict[tuple[int, int], bytes]:
    """The metadata stream, and the catalogue where it has to name it or may no longer."""
    import pikepdf

    held = pdf.Root.get("/Metadata")
    catalogue = {str(k): _pdf.as_text(v) for k, v in pdf.Root.items() if k != "/Metadata"}
    if packet is None:
        return {pdf.Root.objgen: _pdf.as_dictionary(catalogue)}
    stream = b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%b\nendstream" % (len(packet), packet)
    if isinstance(held, pikepdf.Stream):
        return {held.objgen: stream}
    named = {**catalogue, "/Metadata": b"%d 0 R" % free}
    return {pdf.Root.objgen: _pdf.as_dictionary(named), (free, 0): stream}


def _packet(pdf: Pdf) -> bytes | None:
    import pikepdf

    found = pdf.Root.get("/Metadata")
    return _pdf.stream_data(found, MAX_PACKET) if isinstance(found, pikepdf.Stream) else None


def _info(pdf: Pdf) -> Iterator[tuple[str, str]]:
    import pikepdf

    info = pdf.trailer.get("/Info")
    if not isinstance(info, pikepdf.Dictionary):
        return
    for key, value in info.items():
        text = str(value) if isinstance(value, pikepdf.String | pikepdf.Name) else ""
        if len(text) > MAX_FIELD:
            raise TooLarge(f"a document property of more than {MAX_FIELD} characters")
        yield str(key)[1:], text


def _drawn(pdf: Pdf) -> Iterator[bytes]:
    """Every page with all below it, once each; the ways back up, and files that are only attached, are left out."""
    seen: set[tuple[int, int]] = set()
    count = 0
    for number, page in enumerate(pdf.pages):
        yield b"page %d\n" % number
        pending: list[Object] = [page.obj]
        while pending:
            item = pending.pop()
            count += 1
            if count > _MAX_NODES:
                raise TooLarge(f"a PDF with more than {_MAX_NODES} objects on its pages")
            if item.is_indirect and item.objgen in seen:
                continue
            seen.add(item.objgen) if item.is_indirect else None
            yield from _line(item, pending)


def _line(item: Object, pending: list[Object]) -> Iterator[bytes]:
    """What one object says itself; what it holds is put on `pending`."""
    import pikepdf

    if isinstance(item, pikepdf.Array):
        yield b"array %d\n" % len(item)
        values = [(b"", v) for v in item.as_list()]
    elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        if str(item.get("/Subtype")) == "/FileAttachment":
            return
        values = [(f"{k}\n".encode(), v) for k, v in sorted(item.items()) if k not in _NOT_LOOK]
    else:
        yield item.unparse() + b"\n"
        return
    for key, value in values:
        yield key
        if isinstance(value, pikepdf.Object):
            pending.append(value)
        else:
            yield _number(value)
    if isinstance(item, pikepdf.Stream):
        yield hashlib.sha256(item.read_raw_bytes()).hexdigest().encode() + b"\n"


def _number(value: object) -> bytes:
    """A number to the precision that other writers keep when they write it again; 80 and 80.0 are the same."""
    return f"{value}\n".encode() if isinstance(value, bool | None) else f"{float(str(value)):.3f}\n".encode()


format: Format = _Pdf()  # noqa: A001  the contract's name
