"""Manifests beside a file, in `<file>.c2pa`: for any kind of content, which stays byte for byte as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from .manifest import Statement
    from .signer import Signer

SUFFIX = ".c2pa"
MAX_BYTES = 64 << 20  # a store with many ingredients and thumbnails has a few megabytes


def beside(path: Path) -> Path:
    """Where the sidecar of a file stands."""
    return path.with_name(path.name + SUFFIX)


def make(
    stream: BinaryIO, mime: str, statement: Statement, signer: Signer, *, progress: Callable[[int], None] | None = None
) -> bytes:
    """A manifest store (JUMBF) over the content of `stream`, read back against it and found intact.

    `progress` is told how far it has been read; what it raises ends the work, and comes out again.

    Raises:
        SigningFailed: the signer refused, or the result does not validate.
    """
    import tempfile

    from ._watched import Watched, uninterrupted
    from .build import built
    from .sign import require_intact

    watched = Watched(stream, progress)
    source = cast("BinaryIO", watched)
    try:
        # c2pa-rs insists on writing the content out again; it is not looked at.
        with (
            tempfile.TemporaryFile() as unused,
            built(statement, mime, source) as builder,
            signer.opened() as native,
        ):
            builder.set_no_embed()
            source.seek(0)
            with uninterrupted(watched):
                store: bytes = builder.sign(native, mime, source, unused)
        source.seek(0)
        require_intact(mime, source, store)
        return store
    finally:
        watched.raise_stopped()
