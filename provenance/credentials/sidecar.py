"""Manifests beside a file, in `<file>.c2pa`: for any kind of content, which stays byte for byte as it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from .manifest import Statement
    from .signer import Signer

SUFFIX = ".c2pa"
MAX_BYTES = 64 << 20  # a store with many ingredients and thumbnails has a few megabytes


def beside(path: Path) -> Path:
    """Where the sidecar of a file stands."""
    return path.with_name(path.name + SUFFIX)


def make(stream: BinaryIO, mime: str, statement: Statement, signer: Signer) -> bytes:
    """A manifest store (JUMBF) over the content of `stream`, read back against it and found intact.

    Raises:
        SigningFailed: the signer refused, or the result does not validate.
    """
    import tempfile

    from .build import built
    from .sign import require_intact

    # c2pa-rs insists on writing the content out again; it is not looked at.
    with (
        tempfile.TemporaryFile() as unused,
        built(statement, mime, stream) as builder,
        signer.opened() as native,
    ):
        builder.set_no_embed()
        stream.seek(0)
        store: bytes = builder.sign(native, mime, stream, unused)
    stream.seek(0)
    require_intact(mime, stream, store)
    return store
