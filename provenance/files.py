"""Writes files so that a failure, a kill or a full disk leaves what stood there as it was."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import UnreadableFile, WriteFailed


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file for reading. A pipe or device would block or never end, so only regular files are opened.

    Raises:
        UnreadableFile: missing, forbidden, or no regular file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnreadableFile(f"{path}: not a regular file")
    with os.fdopen(handle, "rb") as stream:
        yield stream


@contextlib.contextmanager
def workspace(target: Path | None = None) -> Iterator[Path]:
    """A new folder for what is on the way, beside `target` so that a finished file moves in by a rename; then it goes.

    Raises:
        WriteFailed: nothing can be written there.
    """
    beside = None if target is None else Path(os.path.realpath(target)).parent
    try:
        folder = tempfile.TemporaryDirectory(dir=beside, prefix=".indicia-", ignore_cleanup_errors=True)
    except OSError as error:
        raise WriteFailed(f"{target}: cannot write there ({error.strerror}); choose another folder with -o") from error
    with folder as name:
        yield Path(name)


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
