"""Progress of work over a second: on stderr, and only when that is a terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ._output import clean

T = TypeVar("T")
_FIRST, _EVERY = 1.0, 0.2  # seconds before the first line, and between two

Advance = Callable[[str], None]


@contextlib.contextmanager
def progress(doing: str, *, total: int | None = None, quiet: bool = False) -> Iterator[Advance]:
    """Gives a function to call once for each thing done, with its name; the line is wiped at the end."""
    line = _Line(doing, total)
    if quiet or not sys.stderr.isatty():
        yield lambda name: None
        return
    try:
        yield line.advance
    finally:
        line.wipe()


def follow(things: Iterable[T], doing: str, *, total: int | None = None, quiet: bool = False) -> Iterator[T]:
    """`things` one by one, with progress while they are taken."""
    with progress(doing, total=total, quiet=quiet) as advance:
        for thing in things:
            yield thing
            advance(str(thing))


@contextlib.contextmanager
def measured(name: str, *, quiet: bool = False) -> Iterator[Callable[[str, int, int], None] | None]:
    """Gives a function to tell what is being done to one large file, how many bytes are done, and of how many."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    line = _Line("", None)
    try:
        yield lambda doing, done, total: line.measure(f"{doing} {name}", done, total)
    finally:
        line.wipe()


class _Line:
    def __init__(self, doing: str, total: int | None) -> None:
        self.doing, self.total, self.done = doing, total, 0
        self.started = time.monotonic()
        self.next = self.started + _FIRST
        self.shown = False

    def advance(self, name: str) -> None:
        self.done += 1
        now = time.monotonic()
        if now < self.next:
            return
        self.next, self.shown = now + _EVERY, True
        count = f"{self.done:,} of {self.total:,}" if self.total else f"{self.done:,}"
        rate = self.done / (now - self.started)
        print(
            f"\r\x1b[K{self.doing}: {count}, {rate:.1f}/s  {clean(name, most=60)}", end="", file=sys.stderr, flush=True
        )

    def measure(self, doing: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self.next:
            return
        self.next, self.shown = now + _EVERY, True
        text = f"{clean(doing, most=60)}: {done / 1e9:.2f} of {total / 1e9:.2f} GB"
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def wipe(self) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
