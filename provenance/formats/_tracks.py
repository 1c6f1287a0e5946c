"""Tells from the beginning of a Matroska file whether it holds sound alone."""

from __future__ import annotations

from ..errors import BadContent
from ._ebml import Element, header

_SEGMENT, _TRACKS, _CLUSTER, _ENTRY, _TYPE = 0x18538067, 0x1654AE6B, 0x1F43B675, 0xAE, 0x83
_VIDEO, _AUDIO = 1, 2  # RFC 9559, 5.1.4.1.3
_FEW = 256  # elements before the tracks, and tracks; more says nothing about what the file is
_ANYWHERE = 1 << 62


def only_sound(head: bytes) -> bool:
    """Whether the tracks are in `head`, sound among them and no pictures."""
    try:
        at, tracks = header(head, 0, _ANYWHERE).end, None
        for _ in range(_FEW):
            part = header(head, at, _ANYWHERE)
            if part.id in (_TRACKS, _CLUSTER):
                tracks = part
                break
            at = part.body if part.id == _SEGMENT else part.end
        return tracks is not None and tracks.id == _TRACKS and _sound(head, tracks)
    except BadContent:
        return False


def _sound(head: bytes, tracks: Element) -> bool:
    kinds, at = set[int](), tracks.body
    for _ in range(_FEW):
        if at >= tracks.end:
            break
        part = header(head, at, tracks.end)
        if part.id == _TYPE:
            kinds.add(int.from_bytes(head[part.body : part.end], "big"))
        at = part.body if part.id == _ENTRY else part.end
    return _AUDIO in kinds and _VIDEO not in kinds
