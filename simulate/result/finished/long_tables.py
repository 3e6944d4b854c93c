"""A table with a line for each draw and strategy, spread out to a line a draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from parameters import Problem
from parameters.arrays import Floats
from parameters.files.as_saved.grids import Grid
from parameters.files.as_saved.numerals import decimal_mark, numbers
from parameters.ground.spoken import option
from parameters.mistakes import MOST_TOLD, short
from simulate.result.finished.columns import LongRoles
from simulate.result.finished.numbering import of_texts

MOST_STRATEGIES = 1_000


@dataclass
class Spread:
    """Columns of a line a draw."""

    mark: str
    cost: dict[str, Floats] = field(default_factory=dict)
    effect: dict[str, Floats] = field(default_factory=dict)
    parameters: dict[str, Floats] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    draws: int = 0
    numbers: Floats | None = None  # of the draws, where they have any
    numbered: list[str] = field(default_factory=list)  # said of it


def spread(grid: Grid, roles: LongRoles, kept: Sequence[int]) -> Spread:
    """Costs and effects by strategy, in the order of the file; what varies within a draw is no parameter of it."""
    others = [k for k in roles.others if k in kept and grid.header[k]]
    wanted = [roles.cost, roles.effect, *others]
    mark = decimal_mark(grid, wanted)
    read = numbers(grid, wanted, mark)
    out = Spread(mark, problems=list(read.problems))
    keys = [(_text(cells[roles.draw]), _text(cells[roles.strategy])) for _, cells in grid.lines()]
    draws = {d: i for i, d in enumerate(dict.fromkeys(d for d, _ in keys))}
    strategies = {s: i for i, s in enumerate(dict.fromkeys(s for _, s in keys))}
    if not keys or len(strategies) > MOST_STRATEGIES:
        text = f"{len(strategies)} strategies in {len(keys)} lines; allowed: 2 to {MOST_STRATEGIES:,}"
        out.problems.append(grid.wrong(1, grid.header[roles.strategy], text))
        return out
    place = _places(grid, roles, keys, draws, strategies, read.lines, out)
    if out.problems:
        return out
    table = read.values[place]  # [draw, strategy, column]
    out.cost = {s: table[:, i, 0] for s, i in strategies.items()}
    out.effect = {s: table[:, i, 1] for s, i in strategies.items()}
    out.draws, out.numbers = len(draws), of_texts(list(draws))
    out.numbered = [f"a line for each draw and strategy, {len(draws):,} draws"]
    for k, name in enumerate((grid.header[k] for k in others), 2):
        if np.ptp(table[:, :, k], axis=1).any():
            text = "differs between strategies of one draw, so it is no parameter; to leave it out: "
            text += option("ignore", "NAME", several=True)
            out.problems.append(grid.wrong(0, name, text))
        out.parameters[name] = table[:, 0, k]
    return out


def _text(cell: object) -> str:
    """A draw's or a strategy's name; a whole number of a workbook without its decimals."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _places(
    grid: Grid,
    roles: LongRoles,
    keys: Sequence[tuple[str, str]],
    draws: dict[str, int],
    strategies: dict[str, int],
    lines: Sequence[int],
    out: Spread,
) -> np.ndarray:
    """The line of each draw and strategy, [draw, strategy]; what is there twice, or not at all, is a problem."""
    place = np.full((len(draws), len(strategies)), -1, dtype=np.int64)
    for i, (draw, strategy) in enumerate(keys):
        where = draws[draw], strategies[strategy]
        text = ""
        if not draw or not strategy:
            text = "missing"
        elif place[where] >= 0:
            text = f"draw {short(draw)} of {short(strategy)} is there twice (line {lines[place[where]]} too)"
        if text and len(out.problems) <= MOST_TOLD:
            column = roles.strategy if draw else roles.draw
            out.problems.append(grid.wrong(lines[i], grid.header[column], text))
        place[where] = i
    names = list(draws), list(strategies)
    for d, s in np.argwhere(place < 0)[: MOST_TOLD + 1].tolist():
        text = f"draw {short(names[0][d])} of {short(names[1][s])} is missing; must be every strategy in every draw"
        out.problems.append(grid.wrong(0, grid.header[roles.strategy], text))
    return place
