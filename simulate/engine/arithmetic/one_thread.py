"""Linear algebra on one thread: how many it has changes the last digits of its sums, and those that wait spin.

The command line sees to it before anything is imported; this is for Python, around what works with matrices. Threads
of ours, which simulate, are not concerned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_changing = threading.Lock()
_within = 0  # how many are at work in this process: the limit is the process's
_limit = ExitStack()


def on_one_thread(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with its linear algebra on one thread; afterwards the process has as many as before."""

    @wraps(function)
    def limited(*given: P.args, **named: P.kwargs) -> R:
        with one_blas_thread():
            return function(*given, **named)

    return limited


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within, linear algebra has one thread, for as long as anybody in this process is within."""
    global _within
    with _changing:
        if _within == 0:
            _limit.enter_context(_controller().limit(limits=1, user_api="blas"))
        _within += 1
    try:
        yield
    finally:
        with _changing:
            _within -= 1
            if _within == 0:
                _limit.close()


def blas_kinds() -> dict[str, str]:
    """For which kind of processor each library of linear algebra works here: the digits of its sums depend on it."""
    return {
        str(found["prefix"]) + ("" if i == 0 else f" {i + 1}"): f"{found['version']} {found.get('architecture', '')}"
        for i, found in enumerate(sorted(_controller().info(), key=lambda x: (x["prefix"], x["filepath"])))
        if found["user_api"] == "blas"
    }


@cache
def _controller() -> Any:
    """Of numpy's and scipy's libraries, which are both there by now."""
    import scipy.linalg  # noqa: F401  # loads scipy's own
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
