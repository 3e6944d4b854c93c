"""What is wrong with what was asked for, told all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches


class ModelError(ValueError):
    """A declaration that cannot be run; the message names the object, the field and what is allowed."""


class MissingExtra(ImportError):
    """An optional library that is not installed; the message says how to get it."""


MOST_TOLD = 1_000  # mistakes: nobody reads more, and millions take minutes to print
LONGEST_FAULT = 1_000  # characters
LONGEST_NAME = 200  # that a nearest spelling is looked for
ID_PATTERN = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Problem:
    """One error: where it stands and what is wrong."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return printable(f"{place}: {self.key}: {self.text}")


class InputError(ValueError):
    """Input that cannot be used: every problem found, one line each."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        more = len(problems) - MOST_TOLD
        told = [str(p) for p in problems[:MOST_TOLD]]
        super().__init__("\n".join([*told, f"and {more:,} more"] if more > 0 else told))


def why(fault: Exception) -> str:
    """What an error says, without the number and the path that the system gives one of files."""
    return getattr(fault, "strerror", None) or str(fault)


def printable(text: str) -> str:
    """A text on one line, with what would move a cursor or colour a terminal written out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


MOST_LISTED = 12  # names that are listed in full; of more, the nearest


def unknown_key(name: str, allowed: Iterable[str]) -> str:
    """What is said of a name that is none of those allowed."""
    return f"{short(name)} is unknown; {allowed_names(name, allowed)}"


def allowed_names(name: str, allowed: Iterable[str]) -> str:
    """What may stand in place of a name that is unknown: all of a few, the nearest of many; and what was meant."""
    options = list(allowed)
    if len(options) <= MOST_LISTED:
        return f"allowed: {', '.join(options) or 'none, there is none'}{spelling_hint(name, options)}"
    near = nearest(name, options, 3, 0.0)
    return f"allowed: {', '.join(near)} and {len(options) - len(near)} more{spelling_hint(name, options)}"


def nearest(name: str, allowed: Iterable[str], most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Names like one that is unknown, whatever the case of letters, nearest first; else those that begin with it."""
    if len(name) > LONGEST_NAME:
        return []
    plain = name.casefold()
    known: dict[str, str] = {}
    for option in allowed:
        known.setdefault(option.casefold(), option)
    same = [plain] if plain in known else []
    near = [*same, *(k for k in get_close_matches(plain, known, n=most, cutoff=cutoff) if k not in same)][:most]
    return [known[k] for k in near] or [v for k, v in known.items() if len(plain) > 1 and k.startswith(plain)][:most]


def as_spelt(name: str, allowed: Iterable[str]) -> str:
    """The allowed name that differs by the case of letters alone, where there is one such; else the name itself."""
    options = list(allowed)
    same = [option for option in options if option.casefold() == name.casefold()]
    return same[0] if name not in options and len(same) == 1 else name


def spelling_hint(name: str, allowed: Iterable[str]) -> str:
    """The nearest name that is allowed, as the end of a sentence; empty where none is near."""
    close = nearest(name, allowed)
    return f"; did you mean {close[0]}?" if close else ""


def not_an_id(name: str) -> str:
    """What is said of a name that can be no id."""
    return f"{short(name)} is no id; allowed: lower-case letters, digits and _, first a letter"


def short(value: object) -> str:
    """A value as Python writes it, cut where it is long (a whole number of thousands of digits cannot be written)."""
    try:
        text = repr(value)
    except ValueError:
        text = "a number of thousands of digits"
    except RecursionError:
        text = "something nested deeply"
    return short_text(text)


def in_short(fault: Exception) -> str:
    """What a fault says, on one line that can be printed, cut where it quotes a whole file."""
    text = " ".join(str(fault).split())
    return printable(text if len(text) <= LONGEST_FAULT else f"{text[: LONGEST_FAULT - 3]}...")


def short_text(text: str) -> str:
    """A text, cut where it is long."""
    return text if len(text) <= 80 else f"{text[:77]}..."


LARGEST = 1e50  # of any number that is given, so that no product of a few overflows


def as_float(value: float) -> float:
    """A number as a float; infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


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
    parameters.ground.mistakes.ModelError: draws: 0
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
