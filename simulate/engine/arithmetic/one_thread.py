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

# For which processor the command line has it work: its digits depend on that too. Of 2008, so every one of x86 that
# numpy runs on can.
ONE_PROCESSOR = "Nehalem"

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
    seen = _seen()
    kinds = {
        str(found["prefix"]) + ("" if i == 0 else f" {i + 1}"): f"{found['version']} {found.get('architecture', '')}"
        for i, found in enumerate(seen)
    }
    return kinds | dict(_unseen(none_seen=not seen))


def digits_note() -> str:
    """Why last digits may be others elsewhere: no OpenBLAS, or not of ``ONE_PROCESSOR``; empty where they may not.

    Also empty where this process never asked for linear algebra.
    """
    if not was_used():
        return ""
    seen = _seen()
    usual = all((x["internal_api"], x.get("architecture")) == ("openblas", ONE_PROCESSOR) for x in seen)
    if usual and not dict(_unseen(none_seen=not seen)):
        return ""
    kinds = ", ".join(f"{name} {kind}".strip() for name, kind in blas_kinds().items())
    return f"numbers may differ in their last digits from another machine's: linear algebra is by {kinds}"


def was_used() -> bool:
    """Whether this process has worked with linear algebra, or told of its kind."""
    return _controller.cache_info().currsize > 0


def _seen() -> list[dict[str, Any]]:
    """The libraries that are loaded, in an order of their own."""
    found = (x for x in _controller().info() if x["user_api"] == "blas")
    return sorted(found, key=lambda x: (x["prefix"], x["filepath"]))


def _unseen(*, none_seen: bool) -> Iterator[tuple[str, str]]:
    """What numpy and scipy were built with, where threadpoolctl does not know it: Apple's, and the plain reference."""
    import numpy as np
    import scipy

    for package in (np, scipy):
        built = package.show_config(mode="dicts")["Build Dependencies"].get("blas", {})
        name = str(built.get("name", "unknown"))
        if none_seen or "accelerate" in name.lower():
            yield f"{package.__name__}'s {name}", str(built.get("version", ""))


@cache
def _controller() -> Any:
    """Of numpy's and scipy's libraries, which are both there by now."""
    import scipy.linalg  # noqa: F401  # loads scipy's own
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
