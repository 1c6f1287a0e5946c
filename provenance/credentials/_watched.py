"""Streams for the native library that report progress, and can be stopped without its taking that for their end."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import Buffer

_EVERY = 4 << 20  # bytes between two reports


class Watched(io.RawIOBase):
    """A stream that says how far it has been read. What `progress` raises makes every later read fail.

    The native library calls back into Python and swallows what is raised there; `raise_stopped` brings it out again.
    """

    def __init__(self, stream: BinaryIO, progress: Callable[[int], None] | None) -> None:
        super().__init__()
        self._stream, self._progress = stream, progress
        self._next, self._stopped = 0, None  # type: int, BaseException | None
        self.taken = 0  # bytes read so far, in all passes

    def stop(self, why: BaseException) -> None:
        """Let every later read fail, and `raise_stopped` raise `why`."""
        self._stopped = self._stopped or why

    def raise_stopped(self) -> None:
        """Raise what has stopped the work, if anything has."""
        if self._stopped is not None:
            raise self._stopped

    def readinto(self, buffer: Buffer) -> int:
        """As of any raw stream.

        Raises:
            OSError: the work was stopped.
        """
        if self._stopped is not None:
            raise OSError("stopped")
        count: int = self._stream.readinto(buffer)  # type: ignore[attr-defined]  # every binary stream has it
        self.taken += count
        if self._progress is not None and (at := self._stream.tell()) >= self._next:
            self._next = at + _EVERY
            try:
                self._progress(at)
            except BaseException as error:
                self._stopped = error
                raise OSError("stopped") from error
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """The new position; a new pass is reported from its beginning."""
        at = self._stream.seek(offset, whence)
        self._next = min(self._next, at)
        return at

    def tell(self) -> int:
        """The position."""
        return self._stream.tell()

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True


@contextlib.contextmanager
def uninterrupted(source: Any) -> Iterator[None]:
    """While this is open, an interrupt (Ctrl-C) waits, and a `Watched` source is stopped by it.

    Raised in a callback it would be swallowed there, and the native library would take the stream for ended and sign
    what it had so far.

    Raises:
        KeyboardInterrupt: there was one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = threading.Event()

    def later(_: int, __: FrameType | None) -> None:
        asked.set()
        if isinstance(source, Watched):
            source.stop(KeyboardInterrupt())

    before = signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
        if asked.is_set():
            raise KeyboardInterrupt
