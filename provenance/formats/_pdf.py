"""PDF files read by qpdf within limits, and changed by an incremental update: what stood there stays byte for byte."""

from __future__ import annotations

import hashlib
import io
import logging
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import BadContent, MissingExtra, TooLarge, Unsupported

if TYPE_CHECKING:
    from pikepdf import Object, Pdf

MAX_DECODED = 256 << 20  # bytes of one stream that qpdf decodes for itself: object and cross-reference streams
MAX_FILTERS = 4  # over one another; real files have two
_TAIL = 2048  # bytes at the end in which the last startxref stands (ISO 32000-2, 7.5.5: the last 1024)
_START = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
# Where an update made here begins, so that the next one can take its place instead of piling up on it.
MARK = b"\n% indicia update\n"


@contextmanager
def opened(data: bytes, *, repair: bool) -> Iterator[Pdf]:
    """The document; with `repair` also one whose cross-reference table is broken, as viewers show it.

    Raises:
        MissingExtra: pikepdf is not installed.
        BadContent: not a PDF that can be read.
        TooLarge: an object stream of more than `MAX_DECODED` bytes.
        Unsupported: it takes a password to read.
    """
    require_library()
    import pikepdf

    quiet("pikepdf")
    _limit()
    try:
        with pikepdf.open(io.BytesIO(data), attempt_recovery=repair, suppress_warnings=True) as pdf:
            yield pdf
    except pikepdf.PasswordError as error:
        raise Unsupported("the PDF is encrypted and takes a password to read; save it without one first") from error
    except (pikepdf.PdfError, pikepdf.DataDecodingError) as error:
        said = " ".join(str(error).split())[:200]
        if "memory limit" in said.lower():
            raise TooLarge(f"a PDF with a stream of more than {MAX_DECODED} bytes ({said})") from error
        remedy = "it is damaged" if repair else "repair it first (qpdf IN OUT)"
        raise BadContent(f"not a PDF that can be read: {remedy} ({said})") from error
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, RuntimeError) as error:
        # What pikepdf raises when an object is of another type than the specification says.
        raise BadContent(f"a damaged PDF: an object is not what it must be ({error})") from error


def require_library() -> None:
    """Refuse to go on without pikepdf.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import pikepdf  # noqa: F401  only whether it is there
    except ModuleNotFoundError as error:
        raise MissingExtra("reading PDF files", "documents") from error


def quiet(library: str) -> None:
    """What a library logs of damaged content goes to those who set up logging, and not to stderr by itself."""
    logger = logging.getLogger(library)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _limit() -> None:
    """Tell qpdf how much a stream may decode to; it knows these limits for the whole process, and has none itself."""
    from pikepdf import settings

    now = settings.get_qpdf_limits()
    if now["flate_max_memory"] == 0:
        settings.set_qpdf_limits(
            flate_max_memory=MAX_DECODED, run_length_max_memory=MAX_DECODED, png_max_memory=MAX_DECODED,
            tiff_max_memory=MAX_DECODED, max_stream_filters=MAX_FILTERS,
        )  # fmt: skip


def require_changeable(data: bytes, pdf: Pdf) -> None:
    """Refuse a document that no update may be put on.

    Raises:
        Unsupported: it is encrypted, or digitally signed.
    """
    if pdf.is_encrypted:
        raise Unsupported("the PDF is encrypted; save it without encryption first (qpdf --decrypt IN OUT)")
    # The value of a signature field names the bytes it covers (ISO 32000-2, 12.8.1), which cannot be compressed.
    if b"/ByteRange" in data or "/Perms" in pdf.Root:
        raise Unsupported(
            "the PDF is digitally signed and a change would break the signature; label it first, then sign it"
        )


def stream_data(stream: Object, most: int) -> bytes:
    """The decoded bytes of a stream that is not compressed, or by deflate alone.

    Raises:
        TooLarge: more than `most` bytes.
        BadContent: compressed in another way, or damaged.
    """
    import pikepdf

    filters = stream.get("/Filter")
    names = [str(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters] if filters else [])]
    raw = stream.read_raw_bytes()
    if not names:
        found = raw
    elif names in (["/FlateDecode"], ["/Fl"]) and stream.get("/DecodeParms") is None:
        try:
            found = zlib.decompressobj().decompress(raw, most + 1)
        except zlib.error as error:
            raise BadContent(f"a damaged stream in the PDF ({error})") from error
    else:
        raise BadContent(f"a stream of the PDF is compressed by {' '.join(names)[:80]}, which is not read here")
    if len(found) > most:
        raise TooLarge(f"a stream of the PDF has more than {most} bytes")
    return bytes(found)


def updated(data: bytes, pdf: Pdf, objects: Mapping[tuple[int, int], bytes], info: tuple[int, int] | None) -> bytes:
    """`data` with an incremental update that holds these objects (ISO 32000-2, 7.5.6), each by number and generation.

    `info` is the information dictionary that the new trailer names; None keeps that of the file. The new section is a
    table or a stream as the last one of the file is, as readers expect.
    """
    start = _last_section(data)
    body = bytearray(data + MARK)
    places: dict[tuple[int, int], int] = {}
    for (number, generation), content in sorted(objects.items()):
        places[number, generation] = len(body)
        body += b"%d %d obj\n%b\nendobj\n" % (number, generation, content)
    table = data[start : start + 64].lstrip()[:4] == b"xref"
    count = max(int(pdf.trailer["/Size"]), *(n + 1 for n, _ in objects))
    trailer = {
        "/Size": b"%d" % (count if table else count + 1),
        "/Root": _reference(pdf.Root.objgen),
        "/Prev": b"%d" % start,
    }
    if info or is_reference(pdf.trailer.get("/Info")):
        trailer["/Info"] = _reference(info or pdf.trailer["/Info"].objgen)
    if (identity := _identity(pdf, body)) is not None:
        trailer["/ID"] = identity
    at = len(body)
    body += _table(places, trailer) if table else _stream((count, 0), at, places, trailer)
    body += b"startxref\n%d\n%%%%EOF\n" % at
    return bytes(body)


def as_text(value: object) -> bytes:
    """A value as it stands in a file; references stay references."""
    import pikepdf

    if isinstance(value, pikepdf.Object):
        return _reference(value.objgen) if value.is_indirect else value.unparse()
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    return str(value).encode()  # a whole or decimal number


def as_dictionary(values: Mapping[str, bytes]) -> bytes:
    """A dictionary of entries that are text already."""
    return b"<<" + b"".join(f" {key} ".encode() + value for key, value in values.items()) + b" >>"


def free_number(pdf: Pdf) -> int:
    """The first object number that is neither given away in any section of the file nor referred to."""
    import pikepdf

    return max(int(pdf.trailer["/Size"]), pdf.make_indirect(pikepdf.Dictionary()).objgen[0])


def _last_section(data: bytes) -> int:
    found = list(_START.finditer(data, max(0, len(data) - _TAIL)))
    if not found:
        raise BadContent("a PDF without startxref at its end; repair it first (qpdf IN OUT)")
    return int(found[-1][1])


def _identity(pdf: Pdf, body: bytearray) -> bytes | None:
    """The file's first identifier and one of its content now (14.4)."""
    import pikepdf

    old = pdf.trailer.get("/ID")
    if not isinstance(old, pikepdf.Array) or not len(old) or not isinstance(old[0], pikepdf.String):
        return None
    first, second = bytes(old[0]).hex(), hashlib.sha256(body).hexdigest()[:32]
    return f"[<{first}><{second}>]".encode()


def _table(places: Mapping[tuple[int, int], int], trailer: Mapping[str, bytes]) -> bytes:
    """A cross-reference table with one subsection for each object (7.5.4), and the trailer."""
    rows = b"".join(b"%d 1\n%010d %05d n \n" % (n, at, g) for (n, g), at in places.items())
    return b"xref\n" + rows + b"trailer\n" + as_dictionary(trailer) + b"\n"


def _stream(
    own: tuple[int, int], at: int, places: Mapping[tuple[int, int], int], trailer: Mapping[str, bytes]
) -> bytes:
    """A cross-reference stream, not compressed (7.5.8)."""
    rows = sorted({**places, own: at}.items())
    content = b"".join(b"\1" + where.to_bytes(5, "big") + g.to_bytes(2, "big") for (_, g), where in rows)
    index = b" ".join(b"%d 1" % n for (n, _), _ in rows)
    values = {
        "/Type": b"/XRef", "/W": b"[1 5 2]", "/Index": b"[" + index + b"]", "/Length": b"%d" % len(content), **trailer,
    }  # fmt: skip
    return b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (own[0], as_dictionary(values), content)


def _reference(objgen: tuple[int, int]) -> bytes:
    return b"%d %d R" % objgen


def is_reference(value: object) -> bool:
    """Whether it is an object of its own; a number that is one has lost that by the time it gets here."""
    import pikepdf

    return isinstance(value, pikepdf.Object) and bool(value.is_indirect)
