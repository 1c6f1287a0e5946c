"""WAV: the AIGC and _PMX chunks and the texts of LIST INFO, in RIFF, RF64 and BW64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from ..errors import Unsupported
from . import MAX_PACKET, AigcForm, Format, Unwanted
from ._chunks import Chunk, Form, Info, built, chunks, form, info, info_list, resized, text
from ._reading import joined, piece
from ._splices import Splice, Streamed

_AIGC = b"AIGC"  # TC260-PG-202510A: a sub-chunk of this identifier, holding the JSON as it is
_XMP = b"_PMX"  # XMP part 3, 2.1.2 (WAV and AVI)
_ESSENCE = frozenset({b"fmt ", b"fact", b"data", b"wavl"})
_FORMS = frozenset({b"WAVE"})


class Wave(Streamed):
    """The chunks within the RIFF size; what follows it is copied.

    New chunks stand behind all others, or before `data` when that runs to the end of a file that names no size.
    """

    name = "wave"
    formats = frozenset({"wav"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """One silent sample: 8000 Hz, 16 bits, mono."""
        header = b"\1\0\1\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\x10\0"
        return built(b"RIFF", b"WAVE" + built(b"fmt ", header) + built(b"data", bytes(2)))

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """The first _PMX chunk."""
        for chunk in _parts(stream)[1]:
            if chunk.kind == _XMP:
                return piece(stream, chunk.body, chunk.end, "an XMP packet", MAX_PACKET)
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """The AIGC chunks and the texts of INFO lists."""
        return tuple(field for chunk in _parts(stream)[1] for field in _fields(stream, chunk))

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """One _PMX chunk."""
        return _planned(stream, _XMP, packet)

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """One AIGC chunk; a text of that name in an INFO list goes."""
        if key != _AIGC.decode():
            raise Unsupported(f"a WAV file has no place of its own for {key!r}, but for AIGC alone")
        strays = [c for i in _infos(stream) if (c := _cleared(i, lambda _, key, __: key == _AIGC.decode()))]
        return _planned(stream, _AIGC, None if value is None else value.encode(), strays)

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted chunks and texts are cut out."""
        whole, parts = _parts(stream)
        changes = []
        for chunk in parts:
            found = info(stream, chunk)
            if found is not None:
                changes += [c] if (c := _cleared(found, unwanted)) else []
            elif any(unwanted(*field) for field in _fields(stream, chunk)):
                changes.append(Splice(chunk.start, chunk.next, b""))
        return resized(whole, changes)

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """The chunks that make the sound."""
        return joined((c.start, c.end) for c in _parts(stream)[1] if c.kind in _ESSENCE)


def _parts(stream: BinaryIO) -> tuple[Form, tuple[Chunk, ...]]:
    whole = form(stream, _FORMS)
    return whole, tuple(chunks(stream, whole.start + 12, whole.end, whole))


def _infos(stream: BinaryIO) -> Iterator[Info]:
    for chunk in _parts(stream)[1]:
        found = info(stream, chunk)
        if found is not None:
            yield found


def _fields(stream: BinaryIO, chunk: Chunk) -> Iterator[tuple[str, str, str]]:
    if chunk.kind == _AIGC:
        yield "WAV chunk", _AIGC.decode(), text(piece(stream, chunk.body, chunk.end, "an AIGC chunk"))
    elif (found := info(stream, chunk)) is not None:
        yield from found.fields("WAV INFO")


def _cleared(found: Info, unwanted: Unwanted) -> Splice | None:
    """The change that takes the unwanted texts out of a list; None when there are none."""
    kept = found.without("WAV INFO", unwanted)
    return None if kept == found.texts else Splice(found.chunk.start, found.chunk.next, info_list(kept))


def _planned(stream: BinaryIO, kind: bytes, body: bytes | None, also: Sequence[Splice] = ()) -> Sequence[Splice]:
    """Exactly one chunk of that kind: where the first stood, else behind all others."""
    whole, parts = _parts(stream)
    old = [c for c in parts if c.kind == kind]
    new = b"" if body is None else built(kind, body)
    changes = [*also, *(Splice(c.start, c.next, b"") for c in old[1:])]
    if old:
        changes.append(Splice(old[0].start, old[0].next, new))
    elif new:
        changes.append(_appended(whole, parts, new))
    return resized(whole, changes)


def _appended(whole: Form, parts: Sequence[Chunk], new: bytes) -> Splice:
    """Behind all others, or in front of samples that players take to reach to the end of the file: no size, or none."""
    endless = (c.start for c in parts if c.kind == b"data" and (whole.open or c.body == c.end))
    at = next(endless, whole.end)
    missing = bytes(1) if parts and parts[-1].next == at and parts[-1].unpadded else b""
    return Splice(at, at, missing + new)


format: Format = Wave()  # noqa: A001  the contract's name
