"""The pool: every item has a result, whatever happens to the process that works on it."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicia.moderation.pool import WINDOW, Failure, run
from indicia.provenance.errors import BadContent, UsageError


def doubling() -> Callable[[int], int]:
    return lambda n: 2 * n


def troubled() -> Callable[[str], str]:
    """Does to its process what the item says."""
    return lambda item: {"die": _die, "hang": _hang, "raise": _raise}.get(item, str)(item)


def _die(_: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def _hang(_: str) -> str:
    time.sleep(60)
    return ""


def _raise(item: str) -> str:
    raise BadContent(f"no {item}")


@given(st.lists(st.integers(), max_size=50), st.integers(1, 3))
@settings(max_examples=12, deadline=None)
def test_each_item_has_its_result_in_the_order_of_the_items(items: list[int], jobs: int) -> None:
    assert [(n, 2 * n) for n in items] == list(run(doubling, items, jobs=jobs))


def test_a_process_that_dies_costs_one_item() -> None:
    found = dict(run(troubled, ["a", "die", "b", "c"], jobs=2))

    assert ("a", "b", "c") == (found["a"], found["b"], found["c"])
    assert Failure("its process ended with signal SIGKILL") == found["die"]


def test_an_item_that_hangs_is_given_up() -> None:
    before = time.monotonic()

    found = dict(run(troubled, ["a", "hang", "b"], jobs=1, seconds=0.5))

    assert time.monotonic() - before < 20
    assert ("a", Failure("given up after 0.5 s", timed_out=True), "b") == (found["a"], found["hang"], found["b"])


def test_a_function_that_raises_is_that_items_failure() -> None:
    found = dict(run(troubled, ["raise", "a"]))

    assert (Failure("BadContent: no raise"), "a") == (found["raise"], found["a"])


def test_no_more_than_a_window_of_items_is_taken_ahead() -> None:
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    results = run(doubling, endless(), jobs=2)
    for _ in range(3):
        next(results)
    results.close()  # type: ignore[attr-defined]

    assert taken <= 2 * WINDOW + 4


def test_processes_end_with_the_work() -> None:
    results = run(troubled, ["a"] + ["hang"] * 3, jobs=2)
    assert ("a", "a") == next(results)
    results.close()  # type: ignore[attr-defined]

    assert [] == multiprocessing.active_children()


def broken() -> Callable[[int], int]:
    raise UsageError("no such registry")


def test_what_cannot_start_is_told_once() -> None:
    with pytest.raises(UsageError, match="no such registry"):
        list(run(broken, [1, 2, 3], jobs=2))


def faulty() -> Callable[[int], int]:
    raise ZeroDivisionError("a fault of ours")


def test_a_fault_of_ours_is_not_taken_for_one_of_the_user() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError: a fault of ours"):
        list(run(faulty, [1, 2, 3], jobs=2))
