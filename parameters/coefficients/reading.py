"""Coefficients as a record gives them: in tables of its own, or in files as statistical programs write them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parameters.coefficients.normal import MOST, Coefficient, coefficients
from parameters.families.faults import DistributionError
from parameters.files.as_saved.grids import is_number
from parameters.files.as_saved.named import READ_BY, NamedTable, read_named
from parameters.ground.mistakes import LARGEST, as_float, short, spelling_hint

WAYS = "{ mean, covariance } | { mean, se, correlation }, each a table by name or the name of a file"
_KEYS = ("mean", "se", "covariance", "correlation", "names", "estimate", *READ_BY)
_ESTIMATES = ("estimate", "est", "coef", "coefficient", "mean", "beta", "b", "x", "value")  # columns so called
_ERRORS = ("se", "std. error", "std.error", "std error", "stderr", "std_err", "se(coef)", "robust se", "standard error")
AS_PRINTED = 0.02  # by how much a standard error beside may differ from the root of its variance
LONGEST = 60  # characters of a name


@dataclass
class _Read:
    """What has been read so far, by the names as they were written."""

    mean: dict[str, float] = field(default_factory=dict)
    se: dict[str, float] = field(default_factory=dict)
    pairs: dict[tuple[str, str], float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def read_coefficients(
    arguments: Mapping[str, Any], folder: Path, beside: MutableMapping[str, bytes]
) -> dict[str, Coefficient]:
    """Those of a record, by what its parameters are called after its own name; the bytes of files go to `beside`.

    ``DistributionError`` with everything that is wrong.
    """
    _refuse_keys(arguments)
    read, correlated = _Read(), "correlation" in arguments
    _read_means(read, arguments, folder, beside)
    matrix = arguments["correlation" if correlated else "covariance"]
    if isinstance(matrix, str):
        _read_matrix(read, read_named(matrix, folder, arguments, beside), estimates=matrix == arguments["mean"])
    else:
        read.pairs = dict(_pairs(matrix, read.wrong))
    known = [name for pair in read.pairs for name in pair]
    read.wrong += [
        f"{short(name)} stands in the matrix and has no mean{spelling_hint(name, read.mean)}"
        for name in dict.fromkeys(known)
        if name not in read.mean
    ]
    missing = [name for name in read.mean if name not in known]
    read.wrong += [f"{short(name)} has a mean and is not in the matrix" for name in missing]
    if not 1 <= len(read.mean) <= MOST:
        read.wrong.append(f"{len(read.mean):,} coefficients; allowed: 1 to {MOST}")
    if read.wrong:
        raise DistributionError(*read.wrong)
    ids = _ids(list(read.mean), arguments.get("names"))
    covariance = _as_covariance(read) if correlated else read.pairs
    if not correlated:
        _refuse_other_errors(read)
    named = {(ids[a], ids[b]): value for (a, b), value in covariance.items()}
    return coefficients({ids[name]: value for name, value in read.mean.items()}, named)


def _refuse_keys(arguments: Mapping[str, Any]) -> None:
    more = [key for key in arguments if key not in _KEYS]
    if more:
        known = ", ".join(_KEYS)
        raise DistributionError(*(f"{short(k)} is unknown; allowed: {known}{spelling_hint(k, _KEYS)}" for k in more))
    if "mean" not in arguments or ("covariance" in arguments) == ("correlation" in arguments):
        raise DistributionError(f"multivariate_normal takes {WAYS}")
    wrong = [
        f"{key} = {short(arguments[key])}; allowed: a table by name, or the name of a file"
        for key in ("mean", "se", "covariance", "correlation")
        if key in arguments and not isinstance(arguments[key], (Mapping, str))
    ]
    if isinstance(arguments.get("se"), str):
        wrong.append("se is the name of a file; allowed: a table by name, or a column se in the file of means")
    if "estimate" in arguments and not (isinstance(arguments["estimate"], str) and isinstance(arguments["mean"], str)):
        wrong.append("estimate names the column of means, and stands beside a file of means")
    if "names" in arguments and not _are_names(arguments["names"]):
        wrong.append('names = { "(Intercept)" = "b0" } is a table of ids by the names in the file')
    if wrong:
        raise DistributionError(*wrong)


def _are_names(given: object) -> bool:
    return isinstance(given, Mapping) and all(isinstance(v, str) for v in given.values())


# --- means and standard errors ---------------------------------------------------------------------------


def _read_means(read: _Read, arguments: Mapping[str, Any], folder: Path, beside: MutableMapping[str, bytes]) -> None:
    given, errors = arguments["mean"], arguments.get("se", {})
    if isinstance(given, str):
        _read_estimates(read, read_named(given, folder, arguments, beside), arguments.get("estimate"))
    else:
        read.mean = dict(_numbers("mean", given, read.wrong))
    if errors:
        read.se = dict(_numbers("se", errors, read.wrong))
    read.wrong += [f"se of {short(n)}, which has no mean" for n in read.se if n not in read.mean]
    read.wrong += [f"se of {short(n)} is {v:g}; must be 0 or more" for n, v in read.se.items() if not v >= 0]
    if "correlation" in arguments:
        read.wrong += [f"{short(n)} has a mean and no se" for n in read.mean if n not in read.se]


def _numbers(where: str, given: Mapping[str, Any], wrong: list[str]) -> Iterator[tuple[str, float]]:
    """The finite numbers of a table by name; what is none is told."""
    for name, value in given.items():
        number = as_float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
        if abs(number) <= LARGEST:
            yield name, number
        else:
            wrong.append(f"{where}: {name} = {short(value)} is no finite number up to {LARGEST:g}")


def _read_estimates(read: _Read, table: NamedTable, asked: str | None) -> None:
    """Names and estimates, one a line; with standard errors where a column is called so."""
    names = _row_names(table)
    if asked is None:
        asked = _one_of(table, names.place)
    columns = {"mean": table.place(asked), **_errors(table)}
    values = table.numbers(list(columns.values()))
    for k, kind in enumerate(columns):
        found = dict(zip(names.names, values[:, k].tolist(), strict=True))
        if kind == "mean":
            read.mean = found
        else:
            read.se = found


def _one_of(table: NamedTable, beside: int) -> str:
    """The column of estimates: the only one besides the names, or the one that is called so."""
    others = [name for name, k in table.columns.items() if k != beside]
    so_called = [name for name in others if name.lower() in _ESTIMATES]
    if len(others) == 1 or len(so_called) == 1:
        return (so_called or others)[0]
    if not others:
        raise DistributionError(f"{table.path} has no column of estimates beside the names")
    told = f"{table.path}: which column holds the estimates cannot be told ({', '.join(others):.200})"
    raise DistributionError(f'{told}; say it: estimate = "{others[0]}"')


def _errors(table: NamedTable) -> dict[str, int]:
    found = [k for name, k in table.columns.items() if name.lower() in _ERRORS]
    return {"se": found[0]} if len(found) == 1 else {}


@dataclass(frozen=True)
class _RowNames:
    """Names of the lines of a table, and the column that holds them."""

    names: Sequence[str]
    place: int


def _row_names(table: NamedTable) -> _RowNames:
    """The first column that does not hold numbers alone; ``DistributionError`` where there is none, or one twice."""
    for place in range(len(table.grid.header)):
        names = table.texts(place)
        if names and not all(map(is_number, names)):
            twice = [short(n) for n in dict.fromkeys(names) if names.count(n) > 1]
            empty = [
                f"line {line} has no name" for (line, _), n in zip(table.grid.lines(), names, strict=True) if not n
            ]
            if twice or empty:
                raise DistributionError(*(f"{table.path}: {t}" for t in [*empty, *(f"{t} given twice" for t in twice)]))
            return _RowNames(names, place)
    told = "its lines have no names; allowed: a column of them, as R writes with row.names = TRUE"
    raise DistributionError(f"{table.path}: {told} (what belongs together goes by name, never by position)")


# --- the matrix ------------------------------------------------------------------------------------------


def _read_matrix(read: _Read, table: NamedTable, *, estimates: bool) -> None:
    """Covariances, a line and a column for each coefficient, in any order; beside the estimates, other columns too."""
    rows = _row_names(table)
    columns = {name: k for name, k in table.columns.items() if k != rows.place}
    if estimates:
        columns = {name: k for name, k in columns.items() if name in rows.names}
    read.wrong += [
        f"{table.path}: {short(name)} has a column and no line{spelling_hint(name, rows.names)}"
        for name in columns
        if name not in rows.names
    ]
    read.wrong += [
        f"{table.path}: {short(name)} has a line and no column{spelling_hint(name, columns)}"
        for name in rows.names
        if name not in columns
    ]
    values = table.numbers(list(columns.values()))
    for row, line in zip(rows.names, values.tolist(), strict=True):
        for column, value in zip(columns, line, strict=True):
            read.pairs[row, column] = value


def _pairs(matrix: Mapping[str, Any], wrong: list[str]) -> Iterator[tuple[tuple[str, str], float]]:
    for row, cells in matrix.items():
        if not isinstance(cells, Mapping):
            wrong.append(f"{row} = {short(cells)}; allowed: a table by name")
            continue
        for column, value in _numbers(row, cells, wrong):
            yield (row, column), value


def _as_covariance(read: _Read) -> dict[tuple[str, str], float]:
    """Correlations times standard errors; a diagonal that is not given is of ones."""
    ones = [f"{short(a)} with itself is {v:g}; must be 1" for (a, b), v in read.pairs.items() if a == b and v != 1]
    if ones:
        raise DistributionError(*ones)
    whole = {**{(n, n): 1.0 for n in read.mean}, **read.pairs}
    return {(a, b): value * read.se[a] * read.se[b] for (a, b), value in whole.items()}


def _refuse_other_errors(read: _Read) -> None:
    """Standard errors beside that are not those of the covariance: the two are then not of one scale, or of one fit."""
    wrong = []
    for name, se in read.se.items():
        root = math.sqrt(max(read.pairs.get((name, name), 0.0), 0.0))
        if abs(se - root) > AS_PRINTED * max(se, root):
            wrong.append(
                f"{short(name)}: se {se:.6g} beside the estimate, {root:.6g} in the covariance; both must be of"
                " one scale (a fit that prints exp(b) has its covariance of b)"
            )
    if wrong:
        raise DistributionError(*wrong)


# --- names -----------------------------------------------------------------------------------------------


def _ids(names: Sequence[str], given: Mapping[str, str] | None) -> dict[str, str]:
    """What each is called in a parameter's name: as `given`, else its letters and digits with _ between.

    ``DistributionError`` where two would be called alike, or one cannot be.
    """
    said = given or {}
    wrong = [f"names: {short(n)} is no coefficient{spelling_hint(n, names)}" for n in said if n not in names]
    found = {name: said.get(name, _plain(name)) for name in names}
    for name, called in found.items():
        if not re.fullmatch(r"[a-z0-9][a-z0-9_]*", called) or len(called) > LONGEST:
            wrong.append(f'{short(name)} makes no id; say one: names = {{ {short(name)} = "b" }}'.replace("'", '"'))
    alike = [n for n in found if list(found.values()).count(found[n]) > 1]
    if alike:
        told = ", ".join(map(short, alike))
        wrong.append(f'{told} would be called alike; say others: names = {{ "{alike[0]}" = "b" }}')
    if wrong:
        raise DistributionError(*wrong)
    return found


def _plain(name: str) -> str:
    """``(Intercept)`` becomes intercept and ``log(age)`` log_age; nothing where letters would be lost."""
    if any(not c.isascii() and c.isalnum() for c in name):
        return ""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
