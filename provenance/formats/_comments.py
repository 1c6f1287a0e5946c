"""The comment header that Vorbis defined and FLAC, Opus, Speex and Theora took over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..errors import BadContent, TooLarge, Unsupported
from . import MAX_FIELD, Unwanted
from ._ifd import plain

PLACE = "Vorbis comment"
MAX_COMMENTS = 65_536
_PICTURES = frozenset({"METADATA_BLOCK_PICTURE", "COVERART"})  # base64 of a whole picture: no text
_KEY = re.compile(r"[\x20-\x3c\x3e-\x7d]+")  # Vorbis I, 5.2.2: printable ASCII without "=" and "~"


@dataclass(frozen=True, slots=True)
class Comments:
    """The vendor's words, the entries "KEY=text" as they stand, and what follows them (framing, padding)."""

    vendor: bytes = b""
    entries: tuple[bytes, ...] = ()
    rest: bytes = b""

    def __bytes__(self) -> bytes:
        parts = [_sized(self.vendor), len(self.entries).to_bytes(4, "little"), *map(_sized, self.entries), self.rest]
        return b"".join(parts)

    def fields(self) -> Iterator[tuple[str, str, str]]:
        """Each entry as (place, key, value); pictures are left out."""
        for entry in self.entries:
            if (field := _field(entry)) is not None:
                yield field

    def with_field(self, key: str, value: str | None) -> Comments:
        """With exactly one entry of that key, whose case does not count (None: without it).

        Raises:
            Unsupported: no lawful key.
        """
        if not _KEY.fullmatch(key):
            raise Unsupported(f"{key!r} is no key of a Vorbis comment (printable ASCII without '=')")
        start = f"{key}=".encode().lower()
        kept = tuple(e for e in self.entries if e[: len(start)].lower() != start)
        new = () if value is None else (f"{key}={value}".encode(),)
        return replace(self, entries=kept + new)

    def without(self, unwanted: Unwanted) -> Comments:
        """Without the unwanted entries."""
        kept = tuple(e for e in self.entries if (field := _field(e)) is None or not unwanted(*field))
        return replace(self, entries=kept)


def parse(data: bytes) -> Comments:
    """The comments of a header, from its vendor string on.

    Raises:
        BadContent: it is cut off, or names more entries than it has room for.
        TooLarge: more entries than any real file has.
    """
    vendor, at = _string(data, 0)
    entries, number = [], int.from_bytes(data[at : at + 4], "little")
    if at + 4 > len(data) or number > (len(data) - at) // 4:
        raise BadContent("a comment header that is cut off")
    if number > MAX_COMMENTS:
        raise TooLarge(f"more than {MAX_COMMENTS} comments")
    at += 4
    for _ in range(number):
        entry, at = _string(data, at)
        entries.append(entry)
    return Comments(vendor, tuple(entries), data[at:])


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    end = at + 4 + int.from_bytes(data[at : at + 4], "little")
    if at + 4 > len(data) or end > len(data):
        raise BadContent("a comment header that is cut off")
    return data[at + 4 : end], end


def _sized(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text


def _field(entry: bytes) -> tuple[str, str, str] | None:
    name, _, value = entry.partition(b"=")
    key = plain(name)
    if key.upper() in _PICTURES:
        return None
    if len(value) > MAX_FIELD:
        raise TooLarge(f"a comment of more than {MAX_FIELD} bytes")
    return PLACE, key, plain(value)
