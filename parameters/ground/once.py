"""What is worked out of a frozen declaration is worked out once, and kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


def once_each(function: Callable[[Thing], Answer]) -> Callable[[Thing], Answer]:
    """The function, which answers from what it found before where it is asked of the same object again.

    For functions of one frozen dataclass alone. The answer lives and dies with the object, is no field of it, and goes
    into no copy that ``replace`` makes; an error is kept nowhere.
    """
    name = f"_{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def answered(thing: Thing) -> Answer:
        kept: dict[str, Any] = vars(thing)
        if name not in kept:
            kept[name] = function(thing)
        return kept[name]  # type: ignore[no-any-return]

    return answered
