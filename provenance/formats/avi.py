"""AVI: texts in LIST INFO and the _PMX chunk, written where no index has to move or with the index moved along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import BadContent, TooLarge, Unsupported
from . import MAX_PACKET, AigcForm, Format, Unwanted
from ._chunks import Chunk, Form, Info, built, chunks, form, four, info, info_list, listed, resized
from ._reading import joined, length, piece, take
from ._splices import Splice, Streamed

_XMP = b"_PMX"  # XMP part 3, 2.1.2 (WAV and AVI)
_JUNK = b"JUNK"
_FIRST, _FURTHER = frozenset({b"AVI "}), frozenset({b"AVI ", b"AVIX"})
# OpenDML AVI 1.02, 3.0: a super index has entries of 16 bytes, and a file 256 of them by default.
MAX_INDEXED = 65_536
Texts = tuple[tuple[bytes, bytes], ...]
Change = Callable[[Texts], Texts]


@dataclass(frozen=True, slots=True)
class _File:
    """The first form, its chunks, and the place behind the frames (movi), before which nothing may move."""

    whole: Form
    parts: tuple[Chunk, ...]
    behind: int
    runs: Mapping[int, int]  # where a run of padding ends, by where each piece of it begins


class Avi(Streamed):
    """Texts are changed within the padding (JUNK) before the frames when there is enough, else behind the frames.

    The old index (idx1) counts from the frames and stays true. Positions in the OpenDML index that lie behind what
    grew are moved along.
    """

    name = "avi"
    formats = frozenset({"avi"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """A header of no streams and no frames."""
        header = built(b"LIST", b"hdrl" + built(b"avih", bytes(56)))
        return built(b"RIFF", b"AVI " + header + built(b"LIST", b"movi"))

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """The first _PMX chunk."""
        for chunk in _file(stream).parts:
            if chunk.kind == _XMP:
                return piece(stream, chunk.body, chunk.end, "an XMP packet", MAX_PACKET)
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """The texts of INFO lists."""
        return tuple(field for found in _infos(stream, _file(stream)) for field in found.fields("AVI INFO"))

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """One _PMX chunk."""
        file = _file(stream)
        new = b"" if packet is None else built(_XMP, packet)
        edits = [(c, b"") for c in file.parts if c.kind == _XMP]
        if edits and new and _fits(file, edits[0][0], len(new)):
            return _planned(stream, file, [(edits[0][0], new), *edits[1:]], b"")
        return _planned(stream, file, edits, new)

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """One text of that identifier, ended by a NUL (TC260-PG-20257A), in the first INFO list."""
        kind, file = four(key), _file(stream)
        if value is not None and "\0" in value:
            raise Unsupported("a text in an AVI file cannot hold NUL characters")
        infos = _infos(stream, file)
        kept = [tuple(one for one in i.texts if one[0] != kind) for i in infos]
        if value is None:
            return _planned(stream, file, _edits(infos, kept), b"")
        new = (kind, value.encode() + b"\0")
        if infos:
            texts = (*kept[0], new)
            if _fits(file, infos[0].chunk, len(info_list(texts))):
                return _planned(stream, file, _edits(infos, [texts, *kept[1:]]), b"")
        return _planned(stream, file, _edits(infos, kept), info_list([new]))

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted texts are cut out."""
        file = _file(stream)
        infos = _infos(stream, file)
        return _planned(stream, file, _edits(infos, [i.without("AVI INFO", unwanted) for i in infos]), b"")

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """The frames of all forms (movi lists)."""
        return joined((c.body, c.end) for part in _forms(stream) for c in part.parts if listed(stream, c) == b"movi")


def _forms(stream: BinaryIO) -> Iterator[_File]:
    """The first form and those that OpenDML adds."""
    at, total, kinds = 0, length(stream), _FIRST
    while at + 12 <= total and (at == 0 or take(stream, at, 4) == b"RIFF"):
        whole = form(stream, kinds, at)
        parts = tuple(chunks(stream, at + 12, whole.end, whole))
        behind = next((c.next for c in parts if listed(stream, c) == b"movi"), whole.end)
        runs: dict[int, int] = {}
        for chunk in reversed(parts):
            if chunk.kind == _JUNK:
                runs[chunk.start] = runs.get(chunk.next, chunk.next)
        yield _File(whole, parts, behind, runs)
        at, kinds = whole.end + whole.end % 2, _FURTHER


def _file(stream: BinaryIO) -> _File:
    first = next(_forms(stream), None)
    if first is None:
        raise BadContent("no AVI file")
    return first


def _infos(stream: BinaryIO, file: _File) -> list[Info]:
    return [found for c in file.parts if (found := info(stream, c)) is not None]


def _edits(infos: Sequence[Info], wanted: Sequence[Texts]) -> list[tuple[Chunk, bytes]]:
    """The lists that change, and what each becomes."""
    return [(i.chunk, info_list(texts)) for i, texts in zip(infos, wanted, strict=True) if texts != i.texts]


def _room(file: _File, chunk: Chunk, size: int) -> bool:
    """Whether `size` bytes fit where the chunk and the padding behind it stand."""
    room = _stretch(file, chunk) - chunk.start
    return size == room or size + 8 <= room


def _fits(file: _File, chunk: Chunk, size: int) -> bool:
    """Whether the chunk may become so long: behind the frames it always may."""
    return chunk.start >= file.behind or _room(file, chunk, size)


def _stretch(file: _File, chunk: Chunk) -> int:
    """The end of the chunk and of the padding (JUNK) that follows it."""
    return file.runs.get(chunk.next, chunk.next)


def _planned(stream: BinaryIO, file: _File, edits: Sequence[tuple[Chunk, bytes]], new: bytes) -> Sequence[Splice]:
    """The edits, what is new in a padding or behind the frames, sizes and indexes set right."""
    changes = []
    for chunk, content in edits:
        if chunk.start < file.behind:
            changes.append(_padded(chunk.start, _stretch(file, chunk), content))
        else:
            changes.append(Splice(chunk.start, chunk.next, content))
    if new:
        changes.append(_placed(file, new, {_stretch(file, chunk) for chunk, _ in edits}))
    return [*resized(file.whole, changes), *_moved(stream, file, changes)]


def _placed(file: _File, new: bytes, taken: set[int]) -> Splice:
    """What is new, in the first padding before the frames that has room and is not taken, else behind the frames."""
    for chunk in file.parts:
        end = _stretch(file, chunk)
        if chunk.kind == _JUNK and end <= file.behind and end not in taken and _room(file, chunk, len(new)):
            return _padded(chunk.start, end, new)
    last = next((c for c in file.parts if c.next == file.behind), None)
    return Splice(file.behind, file.behind, (bytes(1) if last is not None and last.unpadded else b"") + new)


def _padded(start: int, end: int, content: bytes) -> Splice:
    """The content and padding, together as long as what stood there."""
    room = end - start - len(content)
    padding = built(_JUNK, bytes(room - 8)) if room >= 8 else b""
    if len(content) + len(padding) != end - start:
        raise BadContent("an AVI file whose lists before the frames are of odd lengths")
    return Splice(start, end, content + padding)


def _moved(stream: BinaryIO, file: _File, changes: Sequence[Splice]) -> list[Splice]:
    """New values for the positions in the OpenDML index that lie behind what grew or shrank."""
    grown = sorted((c.end, len(c.new) - (c.end - c.start)) for c in changes if len(c.new) != c.end - c.start)
    if not grown:
        return []

    found = []
    for at in sorted(set(_positions(stream, file))):
        old = int.from_bytes(take(stream, at, 8), "little")
        if by := sum(more for end, more in grown if end <= old):
            found.append(Splice(at, at + 8, ((old + by) % (1 << 64)).to_bytes(8, "little")))
    _require_apart([*changes, *found])
    return found


def _require_apart(changes: Sequence[Splice]) -> None:
    at = 0
    for change in sorted(changes, key=lambda one: (one.start, one.end)):
        if change.start < at:
            raise BadContent("an AVI file whose index points into its own headers")
        at = change.end


def _positions(stream: BinaryIO, file: _File) -> Iterator[int]:
    """Where each position counted from the beginning of the file stands (OpenDML AVI 1.02, 3.1 and 3.2)."""
    total, met = length(stream), 0
    for index in _super_indexes(stream, file):
        entries = int.from_bytes(take(stream, index.body + 4, 4), "little")
        for at in range(index.body + 24, min(index.body + 24 + 16 * entries, index.end - 15), 16):
            if (met := met + 1) > MAX_INDEXED:
                raise TooLarge(f"an AVI file with more than {MAX_INDEXED} indexes")
            yield at
            part = int.from_bytes(take(stream, at, 8), "little")
            if part + 28 <= total and take(stream, part, 2) == b"ix":
                yield part + 20


def _super_indexes(stream: BinaryIO, file: _File) -> Iterator[Chunk]:
    headers = [c for c in file.parts if listed(stream, c) == b"hdrl"]
    for header in headers[:1]:
        for track in chunks(stream, header.body + 4, header.end):
            if listed(stream, track) == b"strl":
                inner = chunks(stream, track.body + 4, track.end)
                yield from (c for c in inner if c.kind == b"indx" and c.end - c.body >= 24)


format: Format = Avi()  # noqa: A001  the contract's name
