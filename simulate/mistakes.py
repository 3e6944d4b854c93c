"""What is wrong with what was asked for, told all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from models.quantities import ModelError
from parameters import InputError


class SeveralMistakes(ModelError):
    """More than one; `parts` holds each."""

    def __init__(self, parts: Sequence[ValueError]):
        self.parts = tuple(parts)
        super().__init__("\n".join(str(part) for part in parts))


class Mistakes:
    """Collects what several checks refuse.

    >>> mistakes = Mistakes()
    >>> with mistakes.among():
    ...     raise ModelError("draws: 0")
    >>> mistakes.tell()
    Traceback (most recent call last):
        ...
    models.quantities.ModelError: draws: 0
    """

    def __init__(self) -> None:
        self._found: list[ValueError] = []

    @contextmanager
    def among(self) -> Iterator[None]:
        """Keep a ``ModelError`` or ``InputError`` of the block for later, and go on."""
        try:
            yield
        except SeveralMistakes as fault:
            self._found += fault.parts
        except (ModelError, InputError) as fault:
            self._found.append(fault)

    def tell(self) -> None:
        """Raise what was found, if anything."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise SeveralMistakes(self._found)
