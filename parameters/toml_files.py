"""A file of records read once, with the place of every key, and validation errors in our own words."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from parameters.book.reading import is_workbook, read_book
from parameters.files.content import MEBIBYTE, content_of
from parameters.ground.printed import Printed
from parameters.mistakes import Problem, short, short_text, spelling_hint, unknown_key, why
from parameters.records import STATUSES

# Of one file: more than twice the whole catalogue. What is much larger takes longer to read than anybody waits.
LARGEST_FILE = MEBIBYTE // 2
LARGEST_BOOK = 16 * MEBIBYTE
BOOKS = (".xlsx", ".xlsm", ".xls")
LOCKED_BOOK = b"\xd0\xcf\x11\xe0"  # of the container in which Excel puts what has a password, and old workbooks
MOST_KEYS = 20_000
MOST_TOLD = 1_000  # mistakes of one table

# A key of a hundred parts and more, in which tomllib looks up every part under every other.
_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}""")
_HEADER = re.compile(r"\[([^\[\]]+)\]\s*(#.*)?$")
_ARRAY = re.compile(r"\[\[([^\[\]]+)\]\]\s*(#.*)?$")
_KEY = re.compile(r"([A-Za-z0-9_.\"'/-]+)\s*=")


@dataclass(frozen=True)
class TomlFile:
    """A parsed file with the line of every table and key; of a workbook in its place, with their cells."""

    path: Path
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    problems: tuple[Problem, ...] = ()
    content: bytes = b""  # all that `data` was made from: the file may be another by now
    beside: dict[str, bytes] = field(default_factory=dict)  # by path, files that records name, as they were read
    cells: Mapping[tuple[str, ...], str] = field(default_factory=dict)  # of a workbook
    broken: frozenset[str] = frozenset()  # records of which a number is told already that is none

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Parse a file, with or without a byte order mark; unreadable or malformed TOML is a problem, no exception.

        A workbook is known by its bytes; ``MissingExtra`` where the library that reads it is not there.
        """
        try:
            content = content_of(path, LARGEST_BOOK)
            if is_workbook(content):
                return cls._of_book(path, content)
            if content.startswith(LOCKED_BOOK) or path.suffix.lower() in BOOKS:
                raise ValueError("is no workbook that can be read: damaged, an old .xls, or locked by a password")
            if len(content) > LARGEST_FILE:
                raise ValueError(f"is larger than {LARGEST_FILE / MEBIBYTE:g} MiB")
            return cls(path, *_parsed(_text(content)), content=content)
        except OSError as fault:
            return cls._broken(path, f"cannot be read: {why(fault)}")
        except tomllib.TOMLDecodeError as fault:
            line = re.search(r"line (\d+)", str(fault))
            words = str(fault).rpartition(" (at ")[0] or str(fault)
            at = int(line[1]) if line else 0
            written = content.splitlines()[at - 1 : at]
            comma = any(re.search(rb"= *-?\d+,\d", text) for text in written)
            hint = "; decimals take a point, as in 0.8" if comma else ""
            return cls._broken(path, f"not TOML: {short_text(words)}{hint}", at)
        except RecursionError:
            return cls._broken(path, "is nested too deeply to be read")
        except ValueError as fault:  # what is no text, or a whole number of thousands of digits
            return cls._broken(path, str(fault))

    @classmethod
    def _of_book(cls, path: Path, content: bytes) -> TomlFile:
        found = read_book(content)
        problems = tuple(Problem(f"{path} {cell}", 0, key, text) for cell, key, text in found.wrong)
        broken = frozenset(key.partition(".")[0] for _, key, _ in found.wrong)
        return cls(path, found.data, found.rows, problems, content, cells=found.cells, broken=broken)

    @classmethod
    def _broken(cls, path: Path, text: str, line: int = 0) -> TomlFile:
        return cls(path, {}, {}, (Problem(str(path), line, "file", text),))

    def problem(self, where: Sequence[str], text: str) -> Problem:
        """A problem at a table or key, on the nearest line known."""
        for length in range(len(where), 0, -1):
            if tuple(where[:length]) in self.cells:
                return Problem(f"{self.path} {self.cells[tuple(where[:length])]}", 0, ".".join(where), text)
            if tuple(where[:length]) in self.lines:
                return Problem(str(self.path), self.lines[tuple(where[:length])], ".".join(where), text)
        return Problem(str(self.path), 0, ".".join(where), text)


def _text(content: bytes) -> str:
    """The text of a file in UTF-8; ``ValueError`` says what else it seems to be."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("is UTF-16 text, not UTF-8; save it as UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise ValueError(f"is not UTF-8 text (line {line}); save it as UTF-8") from fault


def _keys(data: Any) -> int:
    """How many keys there are at any depth.

    ``ValueError`` on a whole number that no float can hold; a hexadecimal one may have any length.
    """
    if isinstance(data, Mapping):
        return len(data) + sum(map(_keys, data.values()))
    if isinstance(data, list):
        return sum(map(_keys, data))
    if isinstance(data, int) and abs(data) >= 2**1023:
        raise ValueError("holds a whole number of hundreds of digits, which cannot be computed with")
    return 0


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Mapping[str, Any], Mapping[tuple[str, ...], int]]:
    """Data and lines, not to be changed: problems share files, and parsing one takes longer than reading it."""
    if _LONG_KEY.search(text):
        raise ValueError("holds a key of a hundred parts")
    data = tomllib.loads(text, parse_float=Printed.read)
    if _keys(data) > MOST_KEYS:
        raise ValueError(f"holds more than {MOST_KEYS:,} keys")
    return data, _lines(text)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Line of every table header and key (tomllib tells none); tables of an array have their number in their names."""
    table: tuple[str, ...] = ()
    found: dict[tuple[str, ...], int] = {}
    arrays: dict[str, int] = {}  # of the first part of a name, how many tables there were
    quoted = False  # inside a multi-line string
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.lstrip()
        header, array, key = _HEADER.match(stripped), _ARRAY.match(stripped), _KEY.match(stripped)
        if quoted:
            pass
        elif header or array:
            first, *rest = (part.strip(" \t\"'") for part in (header or array)[1].split("."))  # type: ignore[index]
            if array and not rest:
                arrays[first] = arrays.get(first, -1) + 1
                found.setdefault((first,), number)
            table = (first, *([str(arrays[first])] if first in arrays else []), *rest)
            found.setdefault(table, number)
        elif key:
            found.setdefault((*table, *(part.strip("\"'") for part in key[1].split("."))), number)
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return found


def translated(
    file: TomlFile, under: Sequence[str], fault: ValidationError, allowed: Sequence[str], what: str = "record"
) -> Iterator[Problem]:
    """pydantic's errors in our words, about the table at `under`, which is a `what` with the keys `allowed`."""
    for error in islice(fault.errors(include_url=False, include_context=False), MOST_TOLD):
        where = [*under, *(str(part) for part in error["loc"])]
        if error["type"] == "extra_forbidden":
            yield file.problem(where, f"unknown key; allowed: {', '.join(allowed)}{spelling_hint(where[-1], allowed)}")
        elif error["type"] == "missing":
            yield file.problem(where, f"missing; every {what} needs it")
        elif error["type"] == "literal_error":
            yield file.problem(where, unknown_key(short(error["input"]).strip("'"), STATUSES))
        else:
            yield file.problem(where, f"{error['msg'][0].lower()}{error['msg'][1:]}; got {short(error['input'])}")
