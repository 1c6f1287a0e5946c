"""Signs MP4, MOV and M4A of any size: room for the manifest is made while the file is copied, and filled at the end.

c2pa-rs's own way writes a file three times; this one writes it once. The manifest is the same: c2pa-rs makes it, hashes
the copy and signs.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

from ..errors import SigningFailed
from ..formats._atoms import Boxes, Edit, changed
from ..formats._boxes import wrapped
from ..formats._splices import splice
from .build import built
from .locate import UUID

if TYPE_CHECKING:
    from .manifest import Statement
    from .signer import Signer

FORMATS = frozenset({"mp4", "mov", "m4a"})
# Before the store stand (C2PA 2.4, A.5) size, "uuid", user type, version and flags, "manifest" and NUL, an offset.
_HEAD = 4 + 4 + 16 + 4 + 9 + 8


def sign_reserved(
    source: BinaryIO, target: BinaryIO, mime: str, statement: Statement, signer: Signer,
    *, progress: Callable[[str, int], None] | None = None,
) -> bytes:  # fmt: skip
    """`source` with a signed manifest, in `target`; the manifest store. A manifest that is there gives way to it.

    Raises:
        BadContent: the file is damaged, or its parent's manifest is.
        Unsupported: it has places that cannot be kept true.
        SigningFailed: the signer refused.
    """
    from . import native
    from ._watched import Watched, uninterrupted
    from .signer import consumed

    def told(doing: str) -> Callable[[int], None] | None:
        return None if progress is None else lambda done: progress(doing, done)

    with signer.opened() as key:
        context = native.signing(key)  # it takes the signer over
        consumed(key)
        with built(statement, mime, source, context=context) as builder:
            room = native.placeholder(builder, mime)
            at = _with_room(source, target, room, told("writing"))
            watched = Watched(target, told("signing"))
            try:
                with uninterrupted(watched):
                    native.hash_content(builder, mime, cast("BinaryIO", watched))
            finally:
                watched.raise_stopped()
            require_read(target, watched.taken)
            box = native.sign_embeddable(builder, mime)
    if len(box) != len(room):
        raise SigningFailed("the manifest does not fit the room that was made for it; nothing was written")
    target.seek(at)
    target.write(box)
    target.flush()
    return box[_HEAD:]


def require_read(target: BinaryIO, taken: int) -> None:
    """Nothing, if as many bytes were hashed as there is media data: an end that came too early was no end.

    Raises:
        SigningFailed: fewer.
    """
    media = sum(b.end - b.body for b in Boxes(target).top() if b.kind == b"mdat")
    if taken < media:
        raise SigningFailed(f"only {taken} of {media} bytes were read to be signed; check the disk and try again")


def require_sound(store: bytes, mime: str) -> None:
    """Nothing, if the manifest by itself is intact: its signature, its claim and its assertions.

    Whether its hash is that of the content is not asked again: c2pa-rs took it from the copy as it stands on the disk.

    Raises:
        SigningFailed: it is not.
    """
    from .sign import require_intact

    nothing = io.BytesIO(wrapped(b"ftyp", b"isom\0\0\0\0isom") + wrapped(b"mdat", b""))
    require_intact(mime, nothing, store, but="assertion.bmffHash.mismatch")


def _with_room(source: BinaryIO, target: BinaryIO, room: bytes, progress: Callable[[int], None] | None) -> int:
    """Copy the file with `room` behind its first box, where every reader looks, and say where that is."""
    boxes = Boxes(source)
    top = boxes.top()
    at = top[0].end if top[0].kind == b"ftyp" else 0
    old = [b for b in top if b.kind == b"uuid" and boxes.read(b.body, min(b.body + 16, b.end)) == UUID]
    edits = [Edit((), at, at, room), *(Edit((), b.start, b.end, b"") for b in old)]
    splice(source, target, changed(boxes, edits), progress=progress)
    return at
