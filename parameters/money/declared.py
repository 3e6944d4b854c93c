"""What a file says of a model's money: its table ``[money]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from parameters.ground.mistakes import InputError, ModelError, Problem, short, unknown_key
from parameters.money.model_money import ExchangeRate, Money, read_rates
from parameters.money.prices import PriceLevels, read_levels


class TableFile(Protocol):
    """A file of tables, as ``parameters.toml_files`` reads it."""

    @property
    def path(self) -> Path: ...

    @property
    def data(self) -> Mapping[str, Any]: ...

    @property
    def beside(self) -> dict[str, bytes]: ...

    def problem(self, where: Sequence[str], text: str) -> Problem: ...


MONEY = "money"  # the name of the table
KEYS = ("currency", "price_year", "index", "rates")
_OF_INDEX, _OF_RATE = ("file", "column", "source"), ("currency", "year", "rate", "source")


def money_of(files: Sequence[TableFile], given: Money | None) -> tuple[Money | None, list[Problem]]:
    """What one of the files says of money, or `given`, which the model says; and what is wrong with that."""
    found, problems = given, list[Problem]()
    said = "the model" if given is not None else ""
    for file in files:
        if MONEY not in file.data:
            continue
        if said:
            problems.append(file.problem((MONEY,), f"stands beside what {said} says of it; allowed: once"))
            continue
        said = str(file.path)
        found, wrong = _read(file)
        problems += wrong
    return found, problems


# --- the table -----------------------------------------------------------------------------------------------


def _read(file: TableFile) -> tuple[Money | None, list[Problem]]:
    table = file.data[MONEY]
    if not isinstance(table, Mapping):
        return None, [file.problem((MONEY,), f"is no table; allowed: [money] with {', '.join(KEYS)}")]
    problems = [file.problem((MONEY, key), unknown_key(key, KEYS)) for key in table if key not in KEYS]
    stated: dict[str, Any] = {}
    for key in ("currency", "price_year"):
        if not isinstance(table.get(key), str):
            told = f"{short(table[key])} is no text" if key in table else "missing"
            problems.append(file.problem((MONEY, key), f"{told}; every model's money has one"))
        stated[key] = table.get(key)
    for key, read in _FILES.items():
        if key in table:
            try:
                stated[key] = read(file, table[key])
            except InputError as fault:
                problems += fault.problems
            except ModelError as fault:
                problems += [file.problem((MONEY, key), line) for line in str(fault).splitlines()]
    if problems:
        return None, problems
    try:
        return Money(**stated), []
    except ModelError as fault:
        return None, [_at_key(file, line) for line in str(fault).splitlines()]


def _at_key(file: TableFile, told: str) -> Problem:
    """What ``Money`` refuses, at the key that it is of."""
    key, _, text = told.removeprefix("Money.").partition(": ")
    return file.problem((MONEY, key), text)


def _index(file: TableFile, given: object) -> PriceLevels:
    """``"cpi.csv"`` beside the file, or ``{ file, column, source }``."""
    stated = {"file": given} if isinstance(given, str) else given
    if not isinstance(stated, Mapping) or not _words(stated, _OF_INDEX) or "file" not in stated:
        raise ModelError(f'{short(given)}; allowed: "index.csv", or {{ file, column, source }}')
    path = file.path.parent / stated["file"]
    found, file.beside[str(path)] = read_levels(path, stated.get("column", "index"), stated.get("source", ""))
    return found


def _rates(file: TableFile, given: object) -> tuple[ExchangeRate, ...]:
    """``"rates.csv"`` beside the file, or rates as tables of currency, year, rate and source."""
    if isinstance(given, str):
        path = file.path.parent / given
        found, file.beside[str(path)] = read_rates(path)
        return found
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise ModelError(f'{short(given)}; allowed: "rates.csv", or a list of {{ {", ".join(_OF_RATE)} }}')
    told = [f"rate {k}: must have {', '.join(_OF_RATE)}" for k, row in enumerate(given, 1) if set(row) != set(_OF_RATE)]
    rates = []
    for k, row in enumerate(given if not told else (), 1):
        try:
            rates.append(ExchangeRate(**row))
        except ModelError as fault:
            told += [f"rate {k}: {line.removeprefix('ExchangeRate.')}" for line in str(fault).splitlines()]
    if told:
        raise ModelError("\n".join(told))
    return tuple(rates)


_FILES: Mapping[str, Callable[[TableFile, object], object]] = {"index": _index, "rates": _rates}


def _words(stated: Mapping[Any, Any], allowed: Sequence[str]) -> bool:
    return set(stated) <= set(allowed) and all(isinstance(word, str) for word in stated.values())
