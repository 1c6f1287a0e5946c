"""A JSON Lines file of dossiers, written as they come, that an interrupted scan continues."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from ..provenance.dossier import SCHEMA, Dossier
from ..provenance.errors import UsageError, WriteFailed
from ..provenance.files import replacing

_BEGINNING = f'{{"schema":"{SCHEMA}"'.encode()
_SYNC_SECONDS = 1.0  # at most this much work is lost to a power cut


class Journal:
    """Appends dossiers to a file, and knows which files stand in it already."""

    def __init__(self, path: Path, stream: FileIO, done: frozenset[bytes]) -> None:
        self.path, self._stream, self._done, self._synced = path, stream, done, time.monotonic()

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: Path, *, resume: bool = False) -> Iterator[Journal]:
        """The journal at `path`: an empty one, or with `resume` what is finished in the one that stands there.

        Raises:
            UsageError: a file stands there that is no journal; it is left as it was.
            WriteFailed: it cannot be written.
        """
        _refuse_other_content(path)
        done = _keep_finished(path) if resume and path.exists() else frozenset()
        try:
            # Unbuffered: a line is with the system when `add` returns, and closing has nothing left to fail on.
            stream = open(path, "ab" if resume else "wb", buffering=0)  # noqa: SIM115 - closed below
        except OSError as error:
            raise WriteFailed(f"{path}: cannot write there ({error.strerror}); choose another output") from error
        with stream:
            journal = cls(path, stream, done)
            try:
                yield journal
            finally:
                journal.sync()

    def __contains__(self, path: str) -> bool:
        return _digest(path) in self._done

    def add(self, dossier: Dossier) -> None:
        """Write one line; it is on disk within a second of work.

        Raises:
            WriteFailed: the disk is full; the lines before stand, and the scan can be resumed.
        """
        try:
            line = memoryview(dossier.to_line().encode() + b"\n")
            while line:
                line = line[self._stream.write(line) :]
            if time.monotonic() - self._synced >= _SYNC_SECONDS:
                self.sync()
        except OSError as error:
            text = f"{self.path}: not written ({error.strerror}); make room and go on with --resume {self.path}"
            raise WriteFailed(text) from error

    def sync(self) -> None:
        """Wait until what was written is on disk."""
        with contextlib.suppress(OSError):  # a pipe or terminal cannot be synced, and needs not be
            os.fsync(self._stream.fileno())
        self._synced = time.monotonic()


def read(path: Path) -> Iterator[Dossier]:
    """The dossiers of a journal, one after the other.

    Raises:
        BadContent: a line is no dossier.
    """
    with open(path, "rb") as stream:
        for line in stream:
            yield Dossier.from_json(line)


def _refuse_other_content(path: Path) -> None:
    if path.is_file() and path.stat().st_size:
        with open(path, "rb") as stream:
            head = stream.read(len(_BEGINNING))
        if not _BEGINNING.startswith(head):
            raise UsageError(f"{path}: exists and holds no scan; choose another output, or remove it first")


def _keep_finished(path: Path) -> frozenset[bytes]:
    """Rewrite the journal with the lines of finished files alone; returns the digests of their paths."""
    done: set[bytes] = set()
    with replacing(path) as temporary, open(path, "rb") as old, open(temporary, "wb") as new:
        for line in old:
            asset = _finished(line)
            if asset is not None and (digest := _digest(asset)) not in done:
                done.add(digest)
                new.write(line)
    return frozenset(done)


def _finished(line: bytes) -> str | None:
    """The path that a line is about, or None when the line is cut or the file must be looked at (again)."""
    if not line.endswith(b"\n"):
        return None  # half-written when the scan was interrupted
    try:
        found: Any = json.loads(line)
        asset, scanned = found["asset"], datetime.datetime.fromisoformat(found["scanned_at"])
        path, status = str(asset["path"]), os.stat(asset["path"])
        same = asset["sha256"] and status.st_size == asset["size"] and status.st_mtime < scanned.timestamp()
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        return None
    return path if same else None


def _digest(path: str) -> bytes:
    """Sixteen bytes for a path of any length, so that millions of paths fit in memory."""
    return hashlib.blake2b(path.encode("utf-8", "surrogateescape"), digest_size=16).digest()
