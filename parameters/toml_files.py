"""A TOML file read once, with the line of every key, and whether its tables hold what they should.

What a table may hold is a ``Key`` for each name, with a shape. Shapes are strict: a number in quotes is no number.
"""

from __future__ import annotations

import codecs
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from parameters.mistakes import Problem, as_float, short, short_text, spelling_hint, unknown_key
from parameters.units import ANY_NUMBER, Range

LARGEST_FILE = 64 * 2**20  # bytes; the whole catalogue has half of one


@dataclass(frozen=True)
class TomlFile:
    """A parsed file with the line of every table and key."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    problems: tuple[Problem, ...] = ()
    content: bytes = b""  # all that `data` was made from: the file may be another by now
    beside: dict[str, bytes] = field(default_factory=dict)  # by path, files that records name, as they were read

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Parse a file, with or without a byte order mark; unreadable or malformed TOML is a problem, no exception."""
        try:
            content = _content(path)
            return cls(path, *_parsed(_text(content)), content=content)
        except OSError as fault:
            return cls._broken(path, f"cannot be read: {fault.strerror or fault}")
        except tomllib.TOMLDecodeError as fault:
            line = re.search(r"line (\d+)", str(fault))
            words = re.sub(r"\s*\(at .*\)", "", str(fault))
            return cls._broken(path, f"not TOML: {short_text(words)}", int(line[1]) if line else 0)
        except RecursionError:
            return cls._broken(path, "is nested too deeply to be read")
        except ValueError as fault:  # what is no text, or a whole number of thousands of digits
            return cls._broken(path, str(fault))

    @classmethod
    def _broken(cls, path: Path, text: str, line: int = 0) -> TomlFile:
        return cls(path, {}, {}, (Problem(str(path), line, "file", text),))

    def problem(self, where: Sequence[str], text: str) -> Problem:
        """A problem at a table or key, on the nearest line known."""
        for length in range(len(where), 0, -1):
            if tuple(where[:length]) in self.lines:
                return Problem(str(self.path), self.lines[tuple(where[:length])], ".".join(where), text)
        return Problem(str(self.path), 0, ".".join(where), text)


def _content(path: Path) -> bytes:
    if path.is_file() and path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"is larger than {LARGEST_FILE // 2**20} MiB")
    return path.read_bytes()


def _text(content: bytes) -> str:
    """The text of a file in UTF-8; ``ValueError`` says what else it seems to be."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("is UTF-16 text, not UTF-8; save it as UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise ValueError(f"is not UTF-8 text (line {line}); save it as UTF-8") from fault


def _refuse_long_numbers(data: Any) -> None:
    """Raise ``ValueError`` on a whole number that no float can hold; a hexadecimal one may have any length."""
    if isinstance(data, Mapping):
        for value in data.values():
            _refuse_long_numbers(value)
    elif isinstance(data, list):
        for value in data:
            _refuse_long_numbers(value)
    elif isinstance(data, int) and abs(data) >= 2**1023:
        raise ValueError("holds a whole number of hundreds of digits, which cannot be computed with")


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Mapping[str, Any], Mapping[tuple[str, ...], int]]:
    """Data and lines, not to be changed: problems share files, and parsing one takes longer than reading it."""
    data = tomllib.loads(text)
    _refuse_long_numbers(data)
    return data, _lines(text)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Line of every table header and key (tomllib tells none)."""
    table: tuple[str, ...] = ()
    found: dict[tuple[str, ...], int] = {}
    quoted = False  # inside a multi-line string
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line)
        key = re.match(r"\s*([A-Za-z0-9_.\"'/-]+)\s*=", line)
        if quoted:
            pass
        elif header:
            table = tuple(part.strip(" \"'") for part in header[1].split("."))
            found.setdefault(table, number)
        elif key:
            found.setdefault((*table, *(part.strip("\"'") for part in key[1].split("."))), number)
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return found


# --- what a table may hold ----------------------------------------------------------------------

Tell = Callable[[Sequence[str], str], None]  # what is wrong, at the keys that lead there
Shape = Callable[[Any, tuple[str, ...], Tell], Any]  # what is read of a value at such keys
NEEDED: Any = object()


class Key(NamedTuple):
    """What stands at a key of a table, and what is read where it is left out; one with nothing must be given."""

    shape: Shape
    default: Any = NEEDED


Keys = Mapping[str, Key]


def read_table(
    file: TomlFile, under: Sequence[str], keys: Keys, value: Any, what: str = "record"
) -> tuple[dict[str, Any], list[Problem]]:
    """What a `what` with these `keys` holds, defaults included, and all that is wrong with it, at its lines."""
    problems: list[Problem] = []
    read = table(keys, what)(value, tuple(under), lambda where, text: problems.append(file.problem(where, text)))
    return read, problems


def table(keys: Keys, what: str) -> Shape:
    """A table with these keys and no other."""

    def read(value: Any, where: tuple[str, ...], tell: Tell) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            tell(where, f"is no table; allowed: {', '.join(keys)}")
            return {}
        found = {name: _read_key(name, key, value, where, tell, what) for name, key in keys.items()}
        for name in (str(n) for n in value if n not in keys):
            tell((*where, name), f"unknown key; allowed: {', '.join(keys)}{spelling_hint(name, keys)}")
        return found

    return read


def _read_key(name: str, key: Key, value: Mapping[str, Any], where: tuple[str, ...], tell: Tell, what: str) -> Any:
    if name not in value and key.default is NEEDED:
        tell((*where, name), f"missing; every {what} needs it")
    if name not in value or (value[name] is None and key.default is None):
        return key.default
    return key.shape(value[name], (*where, name), tell)


def anything(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
    """Whatever stands there: somebody else looks at it."""
    return value


def text(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
    """A text, which may be empty."""
    if not isinstance(value, str):
        tell(where, f"input should be a valid string; got {short(value)}")
    return value


def words(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
    """A text that says something."""
    if value == "":
        tell(where, "string should have at least 1 character; got ''")
    return text(value, where, tell)


def truth(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
    """True or false."""
    if not isinstance(value, bool):
        tell(where, f"input should be a valid boolean; got {short(value)}")
    return value


def one_of(allowed: Sequence[str]) -> Shape:
    """One of a few words."""

    def read(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
        if value not in allowed:
            tell(where, unknown_key(value if isinstance(value, str) else short(value), allowed))
        return value

    return read


def number(within: Range = ANY_NUMBER, *, whole: bool = False, as_given: bool = False) -> Shape:
    """A number in a range, read as a float unless it is to be `whole` or is wanted `as_given`."""
    kind = int if whole else (int, float)

    def read(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
        if not isinstance(value, kind) or isinstance(value, bool):
            tell(where, f"input should be a valid {'integer' if whole else 'number'}; got {short(value)}")
            return value
        refusal = within.refusal(value)
        if refusal is not None:
            tell(where, refusal)
        return value if whole or as_given else as_float(value)

    return read


def many(shape: Shape, least: int = 0, most: float = math.inf) -> Shape:
    """A list of so many of a shape."""
    wanted = f"at least {least} item{'s' * (least != 1)}", f"at most {most:g} item{'s' * (most != 1)}"

    def read(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
        if not isinstance(value, list):
            tell(where, f"input should be a valid list; got {short(value)}")
            return value
        if not least <= len(value) <= most:
            tell(where, f"list should have {wanted[len(value) > most]}, not {len(value)}; got {short(value)}")
        return [shape(item, (*where, str(i)), tell) for i, item in enumerate(value)]

    return read


def by_name(shape: Shape) -> Shape:
    """A table of any names, each of a shape."""

    def read(value: Any, where: tuple[str, ...], tell: Tell) -> Any:
        if not isinstance(value, Mapping):
            tell(where, f"input should be a table; got {short(value)}")
            return value
        for name in (n for n in value if not isinstance(n, str)):
            tell((*where, str(name)), f"is no name; got {short(name)}")
        return {name: shape(item, (*where, str(name)), tell) for name, item in value.items()}

    return read
