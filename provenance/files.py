"""Writes files so that a failure, a kill or a full disk leaves what stood there as it was."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import WriteFailed


@contextlib.contextmanager
def replacing(target: Path, *, mode: int | None = None) -> Iterator[Path]:
    """A temporary path beside `target` to fill; on a clean exit it is fsynced and takes the target's place.

    A symbolic link is followed, so that the link stays and its file is replaced. The target's permission bits are
    kept unless `mode` is given. On any error the temporary file is removed and the target is untouched.

    Raises:
        WriteFailed: the folder cannot be written, the disk is full, or the rename was refused.
    """
    real = Path(os.path.realpath(target))
    try:
        # A read-only file in a writable folder could be replaced by rename; its owner meant it to stay as it is.
        if real.exists() and not os.access(real, os.W_OK):
            raise WriteFailed(f"{target}: the file is read-only; make it writable or choose another output")
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name[:40]}.", suffix=".part")
        os.close(handle)
    except OSError as error:
        raise WriteFailed(f"{target}: cannot write there ({error.strerror}); choose another folder with -o") from error
    temporary = Path(name)
    try:
        yield temporary
        _settle(temporary, real, mode)
    except OSError as error:
        raise WriteFailed(f"{target}: not written ({error.strerror or error}); the old file is untouched") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(target: Path, data: bytes, *, mode: int | None = None) -> None:
    """`data` at `target`, all of it or nothing; read back and compared.

    Raises:
        WriteFailed: as `replacing`, or what was read back differs.
    """
    with replacing(target, mode=mode) as temporary:
        temporary.write_bytes(data)
        if temporary.read_bytes() != data:
            raise WriteFailed(f"{target}: what was read back differs from what was written; check the disk")


def _settle(temporary: Path, real: Path, mode: int | None) -> None:
    if mode is None:
        mode = real.stat().st_mode & 0o7777 if real.exists() else 0o666 & ~_umask()
    os.chmod(temporary, mode)
    with open(temporary, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(temporary, real)
    folder = os.open(real.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
