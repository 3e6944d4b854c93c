"""From files to a ``PsaTable``: which file holds what, which column is what, and that all of it is numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from parameters import InputError, Problem
from parameters.arrays import Floats
from parameters.files.as_saved.grids import COMMA, MARKS, POINT, Grid, Reading
from parameters.files.as_saved.numerals import WORDS, Numbers, decimal_mark, numbers
from parameters.files.as_saved.opening import read_grid
from parameters.ground.given import as_path
from parameters.ground.spoken import option
from parameters.mistakes import ModelError, short, spelling_hint
from simulate.evaluate.decision.equality import settled
from simulate.result.finished.columns import (
    BENEFIT,
    COST,
    DRAWS,
    EFFECT,
    OF_INCREMENTS,
    ROW_NUMBERS,
    Roles,
    is_named,
    long_roles,
    of_one_kind,
    refuse_findings,
    wide_roles,
)
from simulate.result.finished.likeness import constant, moving_together
from simulate.result.finished.long_tables import spread
from simulate.result.finished.psa_table import PsaTable, Terms, refuse_taken

PARAMETERS, WHOLE = "parameters", "table"
_KINDS = {  # of a file, by what its name says
    COST: re.compile(r"(.*[^a-z])?(costs?|c)([^a-z].*)?", re.I),
    EFFECT: re.compile(r"(.*[^a-z])?(effects?|effectiveness|qalys?|e)([^a-z].*)?", re.I),
    PARAMETERS: re.compile(r"(.*[^a-z])?(parameters?|params?|inputs?|p)([^a-z].*)?", re.I),
    BENEFIT: re.compile(r"(.*[^a-z])?(net.?benefits?|nb|nmb)([^a-z].*)?", re.I),
}
NAMES = {COST: "costs", EFFECT: "effects", PARAMETERS: "parameters", BENEFIT: "net_benefit"}  # of arguments
A_TABLE = "the path of a file, a str or a pathlib.Path; of data frames, PsaTable.of"
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
CALCULATED = ("=", "+", "-", "@")  # first letters of what is no text to a spreadsheet
MOST_LISTED = 5  # names in a sentence
LONG = 10  # draws: no parameter is 1, 2, 3 and so on for so many


@dataclass
class _Read:
    """What has been read so far."""

    cost: dict[str, Floats] = field(default_factory=dict)
    effect: dict[str, Floats] = field(default_factory=dict)
    benefit: dict[str, Floats] = field(default_factory=dict)
    parameters: dict[str, Floats] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    draws: dict[str, int] = field(default_factory=dict)  # by file


def read_psa(
    *files: str | Path,
    costs: str | Path | None = None,
    effects: str | Path | None = None,
    parameters: str | Path | None = None,
    net_benefit: str | Path | None = None,
    strategies: Sequence[str] | None = None,
    comparator: str | None = None,
    terms: Terms | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
    ignore: Sequence[str] = (),
) -> PsaTable:
    """A finished table of draws: one file with everything, or one each for costs, effects and parameters.

    `files` are told apart by their names and headers; `costs`, `effects`, `parameters` and `net_benefit` say which is
    which. `strategies` names those with a cost and an effect where columns could also be parameters; `comparator` is
    the first unless given. `separator` is a character or comma, semicolon, tab, bar; `decimal` point or comma; `sheet`
    that of a workbook; `ignore` columns to leave out. ``InputError`` tells every cell that is no finite number and
    every name that can be read in two ways, ``MissingExtra`` of a workbook or Parquet file without its library.
    """
    reading = Reading(_separator(separator), _decimal(decimal), sheet)
    named = {COST: costs, EFFECT: effects, PARAMETERS: parameters, BENEFIT: net_benefit}
    read, lost = _Read(), set(ignore)
    for grid, kind in _sorted(files, named, reading):
        _take(read, grid, kind, strategies, ignore)
        lost -= set(grid.header)
    read.problems += [Problem("table", 0, option("ignore"), f"no column {short(name)}") for name in sorted(lost)]
    _refuse_unlike(read)
    if read.problems:
        raise InputError(read.problems)
    return _table(read, comparator, terms or Terms())


def _separator(asked: str | None) -> str | None:
    if asked is None or asked in SEPARATORS:
        return SEPARATORS.get(asked or "")
    if len(asked) == 1 and asked.isprintable() and not asked.isalnum() and asked not in "\"'.+-":
        return asked
    raise ModelError(f"separator: {short(asked)}; allowed: {', '.join(SEPARATORS)}, or one character")


def _decimal(asked: str | None) -> str | None:
    if asked is None or asked in (POINT, COMMA):
        return asked
    if asked not in MARKS:
        raise ModelError(f"decimal: {short(asked)}; allowed: {', '.join(MARKS)}")
    return MARKS[asked]


# --- which file holds what --------------------------------------------------------------------------


def _sorted(
    files: Iterable[str | Path], named: Mapping[str, str | Path | None], reading: Reading
) -> list[tuple[Grid, str]]:
    """Each file with what it holds: the whole table, or one kind of column."""
    taken = [(as_path(NAMES[kind], file, A_TABLE), kind) for kind, file in named.items() if file is not None]
    paths = [as_path("file", file, A_TABLE) for file in files]
    found = [(read_grid(path, reading), kind) for path, kind in taken]
    loose = [read_grid(path, reading) for path in paths]
    if not found and not loose:
        raise ModelError(
            f"no file; allowed: a table of draws, or {option('costs', 'FILE')} and {option('effects', 'FILE')}"
        )
    if len(loose) == 1 and not any(kind in (COST, EFFECT, BENEFIT) for _, kind in found):
        return [(loose[0], WHOLE), *found]
    wrong = []
    for grid in loose:
        kind = _kind_of(grid)
        if kind is None:
            text = "which of costs, effects and parameters it holds cannot be told; say it: "
            text += ", ".join(map(option, NAMES.values()))
            wrong.append(grid.wrong(0, "file", text))
        else:
            found.append((grid, kind))
    held = [kind for _, kind in found]
    if not wrong:
        wrong += [
            Problem(
                "files",
                0,
                option(NAMES[kind]) if kind in NAMES else kind,
                f"{held.count(kind)} files hold {kind}; allowed: one",
            )
            for kind in dict.fromkeys(held)
            if held.count(kind) > 1
        ]
        if not (WHOLE in held or BENEFIT in held or (COST in held and EFFECT in held)):
            missing = [option(NAMES[k]) for k in (COST, EFFECT) if k not in held]
            wrong.append(Problem("files", 0, " and ".join(missing), "missing; or one file with everything"))
        elif len({WHOLE, BENEFIT, COST} & set(held)) > 1:
            wrong.append(Problem("files", 0, "files", f"{' and '.join(held)}: costs and effects are there twice"))
    if wrong:
        raise InputError(wrong)
    return found


def _kind_of(grid: Grid) -> str | None:
    """What a file holds, by its name and its header; None where they say nothing, or different things."""
    try:
        wide_roles(grid, None)
        return WHOLE
    except InputError:
        pass
    by_name = [kind for kind, pattern in _KINDS.items() if pattern.fullmatch(Path(grid.file).stem)]
    return by_name[0] if len(by_name) == 1 else None


# --- which column is what ---------------------------------------------------------------------------


def _take(read: _Read, grid: Grid, kind: str, strategies: Sequence[str] | None, ignore: Sequence[str]) -> None:
    """What one file holds, added to the rest."""
    kept = [k for k, name in enumerate(grid.header) if name not in ignore]
    if kind == WHOLE and (roles := long_roles(_seen(grid, kept))) is not None:
        found = spread(grid, roles, kept)
        read.cost, read.effect = found.cost, found.effect
        read.parameters |= found.parameters
        read.problems += found.problems
        read.draws[grid.file] = found.draws
        mark, numbered = found.mark, found.numbered
    else:
        mark, numbered = _take_wide(read, grid, kind, strategies, kept)
    read.files[grid.file] = grid.sha256
    read.said.append(f"{grid.file}: {'; '.join([*grid.said, *_decimals(grid, mark), *numbered])}")


def _decimals(grid: Grid, mark: str) -> list[str]:
    return [f"decimals with a {WORDS[mark]}"] if not grid.said or "between cells" in grid.said[0] else []


def _take_wide(
    read: _Read, grid: Grid, kind: str, strategies: Sequence[str] | None, kept: Sequence[int]
) -> tuple[str, list[str]]:
    """A file with a line a draw; the mark of its decimals, and what is to be said of its columns."""
    empty = _empty(grid, kept)
    kept = [k for k in kept if k not in empty]
    mark = decimal_mark(grid, kept)
    found = numbers(grid, kept, mark)
    if not len(found.values):
        read.problems.append(grid.wrong(1, "table", "no draws below the header"))
    column = dict(zip(kept, found.values.T, strict=True))
    numbered = [k for k in kept if _counts(grid.header[k], column[k], said_to_be_one=kind == WHOLE)]
    rest = [k for k in kept if k not in numbered]
    read.problems += _misnamed(grid, rest, len(found.values))
    roles = _roles(grid, kind, strategies, [k for k in rest if grid.header[k]])
    read.cost |= {s: column[k] for s, k in roles.cost.items()}
    read.effect |= {s: column[k] for s, k in roles.effect.items()}
    read.benefit |= {s: column[k] for s, k in roles.benefit.items()}
    for k in roles.others:
        if grid.header[k] in read.parameters:
            read.problems.append(grid.wrong(1, grid.header[k], "a parameter of another file has this name too"))
        read.parameters[grid.header[k]] = column[k]
    read.draws[grid.file] = len(found.values)
    read.problems += _in_few_words(grid, kept, found)
    said = [f"row numbers in {short(grid.header[k])} left out" for k in numbered]
    said += [f"{len(empty)} empty columns left out"] if empty else []
    return mark, said + ([f"strategies left out: {_few(roles.left)}"] if roles.left else [])


def _roles(grid: Grid, kind: str, strategies: Sequence[str] | None, positions: Sequence[int]) -> Roles:
    """What the columns at these positions are; the others are not looked at."""
    if kind == PARAMETERS:
        return Roles(others=tuple(positions))
    if kind != WHOLE:
        chosen = of_one_kind(grid, kind, positions)
        return {COST: Roles(chosen), EFFECT: Roles(effect=chosen), BENEFIT: Roles(benefit=chosen)}[kind]
    roles, seen = wide_roles(_seen(grid, positions), strategies), set(positions)
    roles = replace(roles, others=tuple(k for k in roles.others if k in seen))
    if strategies is None:
        refuse_findings(grid, roles)
    return roles


def _seen(grid: Grid, positions: Sequence[int]) -> Grid:
    """The same with the names of the columns at these positions only."""
    seen = set(positions)
    return replace(grid, header=tuple(name if k in seen else "" for k, name in enumerate(grid.header)))


def _empty(grid: Grid, kept: Sequence[int]) -> set[int]:
    """Columns without a name in which nothing stands: a separator at the end of every line."""
    left = {k for k in kept if not grid.header[k]}
    for _, cells in grid.lines() if left else ():
        left = {k for k in left if cells[k] is None or not str(cells[k]).strip()}
    return left


def _counts(name: str, values: Floats, *, said_to_be_one: bool) -> bool:
    """Whether a column counts the draws: by its name and its numbers, or by being 1, 2, 3 and so on for long.

    In a table of everything a column that is called a cost or an effect is one, whatever stands in it.
    """
    word = name.strip().lower().lstrip(".")
    if len(values) == 0:
        return False
    steps = np.diff(values)
    if word in DRAWS and len(values) > 1:
        return bool((steps == steps[0]).all()) and steps[0] > 0
    in_turn = bool((steps == 1).all()) and values[0] in (0, 1)
    if word in DRAWS | ROW_NUMBERS:
        return in_turn
    return in_turn and len(values) >= LONG and not (said_to_be_one and is_named(name))


def _misnamed(grid: Grid, positions: Sequence[int], draws: int) -> Iterator[Problem]:
    """Columns without a name, and those that are called after draws but do not count them."""
    for k in positions:
        name = grid.header[k]
        if not name:
            yield grid.wrong(1, "", f"column {k + 1} has no name; allowed: one, or row numbers")
        elif name.strip().lower().lstrip(".") in DRAWS and draws:
            text = (
                "numbers of draws that do not go up evenly, or a parameter; rename it, or leave it out:"
                f" {option('ignore', 'NAME', several=True)}"
            )
            yield grid.wrong(1, name, text)


def _in_few_words(grid: Grid, kept: Sequence[int], found: Numbers) -> list[Problem]:
    """Problems of the cells; a column of several in which no cell is a number is told once."""
    if len(found.values) < 2:
        return list(found.problems)
    bare = [grid.header[k] for k, column in zip(kept, found.values.T, strict=True) if np.isnan(column).all()]
    keys = {grid.wrong(0, name, "").key: name for name in bare}
    first = {key: next((p for p in found.problems if p.key == key), None) for key in keys}
    once = [
        replace(
            p,
            text=f"{p.text}, and so is every cell below; to leave the column out:"
            f" {option('ignore', 'NAME', several=True)}",
        )
        for p in first.values()
        if p is not None
    ]
    return once + [p for p in found.problems if p.key not in keys]


def _refuse_unlike(read: _Read) -> None:
    """Add what does not go together: numbers of draws, and strategies of two files."""
    if len(set(read.draws.values())) > 1:
        told = ", ".join(f"{n:,} in {file}" for file, n in read.draws.items())
        read.problems.append(Problem("files", 0, "draws", f"{told}; must be the same draws in the same order"))
    if {*read.cost} != {*read.effect}:
        if len(read.cost) == len(read.effect):
            text = (
                f"costs are of {_few(read.cost)}, effects of {_few(read.effect)}; name them alike: which of them belong"
                " together would be a guess"
            )
        else:
            text = f"costs of {len(read.cost)} strategies, effects of {len(read.effect)}; must be of the same"
        if len(read.cost) == len(read.effect) == 1:
            text += f"; {OF_INCREMENTS}"
        read.problems.append(Problem("files", 0, "strategies", text))
    several = len(read.benefit or read.cost)
    if several < 2 and not read.problems:
        text = f"{several}; a decision needs two at least; {OF_INCREMENTS}"
        read.problems.append(Problem("table", 0, "strategies", text))


def _few(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(map(short, known[:MOST_LISTED])) + (", ..." if len(known) > MOST_LISTED else "")


# --- the table --------------------------------------------------------------------------------------


def _table(read: _Read, comparator: str | None, terms: Terms) -> PsaTable:
    strategies = tuple(read.benefit or read.cost)
    if comparator is not None and comparator not in strategies:
        hint = spelling_hint(comparator, strategies)
        raise ModelError(f"comparator: {short(comparator)}; allowed: {', '.join(strategies)}{hint}")
    if read.benefit:
        cost = 0.0 - np.column_stack([read.benefit[s] for s in strategies])
        effect = np.zeros_like(cost)
    else:
        cost, effect = (np.column_stack([columns[s] for s in strategies]) for columns in (read.cost, read.effect))
    names = tuple(read.parameters)
    refuse_taken(names, strategies)
    _refuse_calculated((*strategies, *names))
    values = np.column_stack(list(read.parameters.values())) if names else np.empty((len(cost), 0))
    return PsaTable(
        settled(cost),
        settled(effect),
        strategies,
        strategies[0] if comparator is None else comparator,
        values,
        names,
        terms,
        of_benefit=bool(read.benefit),
        said=(*read.said, *_of_columns(values, names)),
        files=read.files,
    )


def _refuse_calculated(names: Sequence[str]) -> None:
    """Names that a spreadsheet would take for formulas, in every table that is written of them."""
    found = [n for n in names if n[:1] in CALCULATED]
    if found:
        told = f"begins with one of {' '.join(CALCULATED)}, which a spreadsheet calculates; rename it"
        raise ModelError("\n".join(f"column {short(n)}: {told}" for n in found))


def _of_columns(values: Floats, names: Sequence[str]) -> Iterable[str]:
    """What is to be said of parameters that tell nothing of their own."""
    same = [n for n, fixed in zip(names, constant(values).tolist(), strict=True) if fixed]
    if same:
        yield f"the same in every draw, and so worth nothing, of {len(names)} parameters {_few(same)}"
    for group in moving_together(values, names):
        yield f"{_few(group)} are straight lines of one another but for rounding: learning one is learning the others"
