"""ID3v2 tags (2.2, 2.3 and 2.4): their frames, with unsynchronisation, padding and footer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from ..errors import BadContent, TooLarge, Unsupported
from . import MAX_FIELD
from ._ifd import plain
from ._reading import length, take

MAX_TAG = 64 << 20  # bytes; a tag holds pictures, and a C2PA manifest in a GEOB frame
MAX_FRAMES = 65_536  # real tags have some dozens
ROOM = 1024  # bytes of padding in a tag that has to grow, so that the next change need not move the sound
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10
# ID3v2.4, 4.1.2 and ID3v2.3, 3.3.1: compressed or encrypted; with a group byte; with a length before the content.
_OPAQUE, _GROUPED = {3: 0xC0, 4: 0x0C}, {3: 0x20, 4: 0x40}
_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_TEXT_NAMES = {"TXX": "TXXX", "COM": "COMM", "TSS": "TSSE", "TEN": "TENC", "TT2": "TIT2", "TP1": "TPE1"}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its identifier, its two flag bytes (none in 2.2) and its content as it stands."""

    name: str
    flags: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: version 2, 3 or 4, the bytes it takes in the file, its frames, and whether it ends in a footer."""

    version: int
    revision: int
    size: int
    frames: tuple[Frame, ...]
    flags: int = 0

    def content(self, frame: Frame) -> bytes | None:
        """The content of a frame without what its flags put before it; None when it is compressed or encrypted."""
        if self.version == 2:
            return frame.body
        flags, body = frame.flags[1], frame.body
        if flags & _OPAQUE[self.version]:
            return None
        body = body[1:] if flags & _GROUPED[self.version] else body
        if self.version == 4:
            body = body[4:] if flags & 1 else body
            body = synchronised(body) if flags & 2 else body
        return body

    def __bytes__(self) -> bytes:
        """The tag with its padding, in the room it had when that is enough; nothing when it has no frames."""
        if not self.frames:
            return b""
        body = b"".join(_built(frame, self.version) for frame in self.frames)
        footer = bool(self.flags & _FOOTER)
        if self.version < 4 and self.flags & _UNSYNCHRONISED:
            body = body.replace(b"\xff", b"\xff\0")  # more than is demanded (6.1), and undone alike
        room = self.size - 10 - len(body)
        if not footer:
            body += bytes(room if room >= 0 else ROOM)
        if len(body) >= 1 << 28:
            raise Unsupported("an ID3 tag cannot hold more than 256 MiB")
        head = bytes([self.version, self.revision, self.flags]) + _safe(len(body))
        return b"ID3" + head + body + (b"3DI" + head if footer else b"")


def span(stream: BinaryIO) -> tuple[int, int]:
    """Start and end of the ID3v2 tag at the beginning of a file; (0, 0) when there is none."""
    total = length(stream)
    head = take(stream, 0, min(10, total))
    if len(head) < 10 or head[:3] != b"ID3":
        return 0, 0
    if max(head[6:10]) > 127 or head[3] not in (2, 3, 4):
        raise BadContent("an ID3 tag with a damaged header")
    end = 10 + _number(head[6:10], 7) + (10 if head[5] & _FOOTER and head[3] == 4 else 0)
    if end > total:
        raise BadContent(f"an ID3 tag of {end} bytes cut off after {total}")
    return 0, end


def read(stream: BinaryIO) -> Tag | None:
    """The tag at the beginning of a file.

    Raises:
        BadContent: it is damaged.
        TooLarge: it is beyond `MAX_TAG`.
    """
    _, end = span(stream)
    if end == 0:
        return None
    if end > MAX_TAG:
        raise TooLarge(f"an ID3 tag of {end} bytes is not read; the limit is {MAX_TAG}")
    data = take(stream, 0, end)
    version, flags = data[3], data[5]
    body = data[10 : end - 10] if version == 4 and flags & _FOOTER else data[10:end]
    if version < 4 and flags & _UNSYNCHRONISED:
        body = synchronised(body)
    if version > 2 and flags & _EXTENDED:
        # It holds a checksum, restrictions and the length of the padding: none of them is true after a change.
        size = _number(body[:4], 7) if version == 4 else 4 + _number(body[:4], 8)
        body = body[size:]
    frames = _frames(body, version, 7 if version == 4 else 8)
    if frames is None and version == 4:
        frames = _frames(body, version, 8)  # one widespread program wrote the sizes of 2.3 into 2.4
    if frames is None:
        raise BadContent("an ID3 tag with damaged frames")
    return Tag(version, data[4], end, frames, flags & ~_EXTENDED if version > 2 else flags)


def _frames(body: bytes, version: int, bits: int) -> tuple[Frame, ...] | None:
    """The frames up to the padding, or None when sizes of so many bits a byte do not lead there."""
    wide, head = (3, 6) if version == 2 else (4, 10)
    found, at = list[Frame](), 0
    while at + head <= len(body) and body[at]:
        name = body[at : at + wide]
        end = at + head + _number(body[at + wide : at + 2 * wide], bits)
        flawed = bits == 7 and max(body[at + wide : at + 2 * wide]) > 127
        if end > len(body) or flawed or not name.isalnum():
            return None
        if len(found) == MAX_FRAMES:
            raise TooLarge(f"an ID3 tag with more than {MAX_FRAMES} frames")
        found.append(Frame(name.decode("latin-1"), body[at + 2 * wide : at + head], body[at + head : end]))
        at = end
    return tuple(found) if not any(body[at : at + 64]) else None


def _built(frame: Frame, version: int) -> bytes:
    size = len(frame.body)
    if size >= 1 << (24 if version == 2 else 28):
        raise Unsupported(f"an ID3 frame cannot hold {size} bytes")
    number = size.to_bytes(3, "big") if version == 2 else _safe(size) if version == 4 else size.to_bytes(4, "big")
    return frame.name.encode("latin-1") + number + frame.flags + frame.body


def _number(data: bytes, bits: int) -> int:
    value = 0
    for byte in data:
        value = value << bits | byte & (1 << bits) - 1
    return value


def _safe(value: int) -> bytes:
    return bytes(value >> shift & 127 for shift in (21, 14, 7, 0))


def synchronised(body: bytes) -> bytes:
    """Without the NUL bytes that unsynchronisation put behind each FF."""
    return body.replace(b"\xff\0", b"\xff")


def texts(tag: Tag) -> Iterator[tuple[Frame, str, str]]:
    """The frames that hold text, with the key (a description, or the name of the frame) and the text."""
    for frame in tag.frames:
        name = _TEXT_NAMES.get(frame.name, frame.name)
        if name[0] != "T" and name != "COMM":
            continue
        body = tag.content(frame)
        if not body or len(body) > MAX_FIELD:
            continue
        parts = _strings(body[0], body[4:] if name == "COMM" else body[1:], 1 if name in ("TXXX", "COMM") else 0)
        if name == "TXXX":
            yield frame, parts[0], parts[1]
        else:
            yield frame, name, parts[-1]


def _strings(code: int, body: bytes, splits: int) -> list[str]:
    """`splits + 1` texts, ended by NUL characters; what is no text of that code is read as well as it can be."""
    wide = code in (1, 2)
    parts: list[bytes] = []
    for _ in range(splits):
        end = _nul(body, wide=wide)
        parts.append(body[:end])
        body = body[end + (2 if wide else 1) :]
    return [_decoded(code, part) for part in [*parts, body]]


def _nul(body: bytes, *, wide: bool) -> int:
    at = body.find(b"\0\0" if wide else b"\0")
    while wide and at >= 0 and at % 2:
        at = body.find(b"\0\0", at + 1)
    return len(body) if at < 0 else at


def _decoded(code: int, part: bytes) -> str:
    if code == 0:
        return plain(part).rstrip("\0")  # Latin-1 by the book, but UTF-8 in it is common
    codec = _CODECS[code] if code < len(_CODECS) else "latin-1"
    if codec == "utf-16" and part[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16-le"
    return part.decode(codec, "replace").rstrip("\0")


def user_text(tag: Tag, key: str, value: str) -> Frame:
    """A TXXX frame, in the oldest encoding that holds it, unsynchronised as the tag is.

    Raises:
        Unsupported: a NUL character in it.
    """
    if "\0" in key + value:
        raise Unsupported("a text in an ID3 tag cannot hold NUL characters")
    if (key + value).isascii():
        body = b"\0" + key.encode() + b"\0" + value.encode()
    elif tag.version == 4:
        body = b"\3" + key.encode() + b"\0" + value.encode()
    else:
        body = b"\1" + key.encode("utf-16") + b"\0\0" + value.encode("utf-16")
    return _frame(tag, "TXX" if tag.version == 2 else "TXXX", body)


def private(tag: Tag, owner: str, content: bytes) -> Frame:
    """A PRIV frame.

    Raises:
        Unsupported: the tag is of version 2.2, which has none.
    """
    if tag.version == 2:
        raise Unsupported("an ID3v2.2 tag has no place for XMP; convert it to 2.3 or 2.4 first")
    return _frame(tag, "PRIV", owner.encode("latin-1") + b"\0" + content)


def _frame(tag: Tag, name: str, body: bytes) -> Frame:
    if tag.version == 4 and tag.flags & _UNSYNCHRONISED:  # there each frame is unsynchronised by itself (6.1)
        return Frame(name, b"\0\2", body.replace(b"\xff", b"\xff\0"))
    return Frame(name, b"" if tag.version == 2 else bytes(2), body)


def with_frames(tag: Tag, old: Sequence[Frame], new: Frame | None) -> Tag:
    """The tag with `new` in the place of the first of `old` (else behind all), without the others."""
    frames, gone = list[Frame](), {id(one) for one in old}
    for frame in tag.frames:
        if id(frame) not in gone:
            frames.append(frame)
        elif new is not None and frame is old[0]:
            frames.append(new)
    if new is not None and not old:
        frames.append(new)
    return replace(tag, frames=tuple(frames))
