"""Runs one function over many items in processes that may hang or die without taking the work with them.

Unlike `concurrent.futures`, an item has a time limit, a process that dies costs one item only, and no more than a
window of items is ever in flight, so that memory does not grow with the number of items.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from ..provenance.errors import IndiciaError, UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")

WINDOW = 64  # items a worker may be ahead of the one that is next in order


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that gave no result: its process hung (`timed_out`), died, or the function raised."""

    detail: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class _NotStarted:
    """`start` raised: no item can be worked on. `ours` is a fault of this program, not of its use."""

    detail: str
    ours: bool = False


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Connection
    item: int = -1  # the number of the item it works on; -1 when it waits
    deadline: float = 0.0


def run(
    start: Callable[[], Callable[[Item], Result]], items: Iterable[Item], *, jobs: int = 1, seconds: float = 300.0
) -> Iterator[tuple[Item, Result | Failure]]:
    """Each item with its result, in the order of the items.

    `start` is called once in each process and gives the function; both it and the items are pickled where processes
    are not forked. An item that takes longer than `seconds` is given up and its process replaced.

    Raises:
        UsageError: `start` raised one of our errors; the text is that error's.
        RuntimeError: `start` raised another error.
    """
    pool = _Pool(start, max(1, jobs), seconds)
    try:
        yield from pool.work(iter(items))
    finally:
        pool.close()


def cores() -> int:
    """How many processes can run at once on this machine, for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Pool(Generic[Item, Result]):
    """The workers, what they work on, and the results that wait for their turn."""

    def __init__(self, start: Callable[[], Callable[[Item], Result]], jobs: int, seconds: float) -> None:
        self.start, self.jobs, self.seconds = start, jobs, seconds
        self.workers: list[_Worker] = []
        self.given: dict[int, Item] = {}
        self.done: dict[int, Result | Failure] = {}

    def work(self, items: Iterator[Item]) -> Iterator[tuple[Item, Result | Failure]]:
        taken = next_out = 0
        more = True
        while more or self.given:
            while more and len(self.given) < WINDOW * self.jobs and (idle := self._idle()):
                try:
                    self.given[taken] = next(items)
                except StopIteration:
                    more = False
                    break
                self._give(idle, taken)
                taken += 1
            if any(w.item >= 0 for w in self.workers):
                self._collect()
            while next_out in self.done:
                yield self.given.pop(next_out), self.done.pop(next_out)
                next_out += 1

    def close(self) -> None:
        for worker in self.workers:
            _end(worker)
        self.workers.clear()

    def _idle(self) -> _Worker | None:
        for worker in self.workers:
            if worker.item < 0:
                return worker
        if len(self.workers) < self.jobs:
            self.workers.append(_spawn(self.start))
            return self.workers[-1]
        return None

    def _give(self, worker: _Worker, number: int) -> None:
        worker.item, worker.deadline = number, time.monotonic() + self.seconds
        with contextlib.suppress(OSError):  # a process that died while it waited is found dead by `_collect`
            worker.pipe.send(self.given[number])

    def _collect(self) -> None:
        """Waits for a result, a death or a deadline, and files what came."""
        busy = {w.pipe: w for w in self.workers if w.item >= 0}
        patience = max(0.0, min(w.deadline for w in busy.values()) - time.monotonic())
        for pipe in wait(list(busy), patience):
            worker = busy[pipe]  # type: ignore[index]  # only connections were waited for
            try:
                answer = worker.pipe.recv()
                if isinstance(answer, _NotStarted):
                    raise RuntimeError(answer.detail) if answer.ours else UsageError(answer.detail)
                self.done[worker.item], worker.item = answer, -1
            except (EOFError, OSError):
                worker.process.join(1)
                self._replace(worker, Failure(f"its process ended with {_exit(worker.process.exitcode)}"))
        for worker in busy.values():
            if worker.item >= 0 and time.monotonic() >= worker.deadline and not worker.pipe.poll():
                self._replace(worker, Failure(f"given up after {self.seconds:g} s", timed_out=True))

    def _replace(self, worker: _Worker, failure: Failure) -> None:
        self.done[worker.item] = failure
        self.workers.remove(worker)
        _end(worker)


def _spawn(start: Callable[[], Callable[[Any], Any]]) -> _Worker:
    # A fork starts in a millisecond, but copies the locks of other threads in whatever state they are.
    method = "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(start, theirs, ours), daemon=True)  # type: ignore[attr-defined]
    # Until the child ignores interrupts, it must not get one: they are the parent's business.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    theirs.close()
    return _Worker(process, ours)


def _serve(start: Callable[[], Callable[[Any], Any]], pipe: Connection, other: Connection) -> None:
    """The life of a worker: take an item, give its result; an interrupt is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    with contextlib.suppress(OSError):
        other.close()
    try:
        function = start()
    except Exception as error:  # noqa: BLE001 - told to the parent, which raises it
        ours = not isinstance(error, IndiciaError)
        pipe.send(_NotStarted(f"{type(error).__name__}: {error}" if ours else str(error), ours))
        return
    while True:
        try:
            item = pipe.recv()
        except (EOFError, ConnectionError):  # the parent has closed its end, or is gone
            return
        try:
            result: Any = function(item)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this item's result
            result = Failure(f"{type(error).__name__}: {error}")
        try:
            pipe.send(result)
        except ConnectionError:
            return


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()


def _exit(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"status {code}"
