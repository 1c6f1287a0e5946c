"""MP3: TXXX and PRIV frames of the ID3v2 tag; the tags of other kinds at the end of the file stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from ..errors import TooLarge
from . import MAX_PACKET, AigcForm, Format, Unwanted
from . import _id3 as id3
from ._reading import joined, length, take
from ._splices import Splice, Streamed

_OWNER = "XMP"  # XMP part 3, 2.3.3 (MP3)
_NEW = id3.Tag(4, 0, 0, ())


class Mp3(Streamed):
    """The ID3v2 tag at the beginning of the file, written within its padding while that lasts."""

    name = "mp3"
    formats = frozenset({"mp3"})
    aigc_form: AigcForm = "plain"

    def blank(self, format: str) -> bytes:
        """One silent frame of MPEG-1 layer III: 32 kbit/s, 44100 Hz, mono."""
        return b"\xff\xfb\x10\xc0" + bytes(100)

    def find_xmp(self, stream: BinaryIO) -> bytes | None:
        """The content of the first PRIV frame whose owner is XMP."""
        tag = id3.read(stream)
        for frame in _packets(tag) if tag else ():
            packet = (tag.content(frame) or b"")[len(_OWNER) + 1 :] if tag else b""
            if len(packet) > MAX_PACKET:
                raise TooLarge(f"an XMP packet of more than {MAX_PACKET} bytes is not read")
            return packet
        return None

    def find_fields(self, stream: BinaryIO) -> tuple[tuple[str, str, str], ...]:
        """The text frames; user texts by their description."""
        tag = id3.read(stream)
        return tuple((_place(f), key, value) for f, key, value in id3.texts(tag)) if tag else ()

    def plan_xmp(self, stream: BinaryIO, packet: bytes | None) -> Sequence[Splice]:
        """One PRIV frame."""
        tag = id3.read(stream) or _NEW
        return _planned(tag, _packets(tag), None if packet is None else id3.private(tag, _OWNER, packet))

    def plan_field(self, stream: BinaryIO, key: str, value: str | None) -> Sequence[Splice]:
        """One TXXX frame of that description."""
        tag = id3.read(stream) or _NEW
        old = [frame for frame, name, _ in id3.texts(tag) if name == key and _place(frame) == "ID3 TXXX"]
        return _planned(tag, old, None if value is None else id3.user_text(tag, key, value))

    def plan_without(self, stream: BinaryIO, unwanted: Unwanted) -> Sequence[Splice]:
        """Unwanted text frames are cut out."""
        tag = id3.read(stream) or _NEW
        return _planned(tag, [f for f, key, value in id3.texts(tag) if unwanted(_place(f), key, value)], None)

    def content(self, stream: BinaryIO) -> Sequence[tuple[int, int]]:
        """What lies between the ID3v2 tag and the APE and ID3v1 tags."""
        start, end = id3.span(stream)[1], length(stream)
        if end - start >= 128 and take(stream, end - 128, 3) == b"TAG":
            end -= 128
        if end - start >= 32 and (foot := take(stream, end - 32, 32))[:8] == b"APETAGEX":
            header = 32 if int.from_bytes(foot[20:24], "little") >> 31 else 0
            end = max(start, end - int.from_bytes(foot[12:16], "little") - header)
        return joined([(start, end)])


def _place(frame: id3.Frame) -> str:
    return "ID3 TXXX" if frame.name.startswith("TXX") else "ID3"


def _packets(tag: id3.Tag) -> list[id3.Frame]:
    owner = f"{_OWNER}\0".encode()
    return [f for f in tag.frames if f.name == "PRIV" and (tag.content(f) or b"").startswith(owner)]


def _planned(tag: id3.Tag, old: Sequence[id3.Frame], new: id3.Frame | None) -> Sequence[Splice]:
    changed = id3.with_frames(tag, old, new)
    return [] if changed.frames == tag.frames else [Splice(0, tag.size, bytes(changed))]


format: Format = Mp3()  # noqa: A001  the contract's name
