"""Which columns are costs, effects and parameters, by their names; where names can be read in two ways, none is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from parameters import InputError, Problem
from parameters.files.as_saved.grids import Grid
from parameters.ground.spoken import option
from parameters.mistakes import short

COST, EFFECT, BENEFIT = "cost", "effect", "net benefit"
_GAP = r"[ _.:\-]+"
_COSTS, _EFFECTS, _BENEFITS = (
    "costs?",
    "(?:effects?|qalys?|effectiveness)",
    "(?:nb|nmb|net[ _.]?(?:monetary[ _.]?)?benefits?)",
)
# Ways of naming that people and packages have: a word before the strategy, a letter before it, a word behind it.
_WAYS: dict[str, dict[str, re.Pattern[str]]] = {
    "cost_A and effect_A": {
        COST: re.compile(rf"{_COSTS}(?:{_GAP}(?P<name>.+)|(?P<number>\d+))", re.I | re.ASCII),
        EFFECT: re.compile(rf"{_EFFECTS}(?:{_GAP}(?P<name>.+)|(?P<number>\d+))", re.I | re.ASCII),
    },
    "c_A and e_A": {
        COST: re.compile(rf"c(?:{_GAP}(?P<name>.+)|(?P<number>\d+))", re.I | re.ASCII),
        EFFECT: re.compile(rf"e(?:{_GAP}(?P<name>.+)|(?P<number>\d+))", re.I | re.ASCII),
    },
    "A_cost and A_effect": {
        COST: re.compile(rf"(?P<name>.+?){_GAP}{_COSTS}(?P<number>)", re.I | re.ASCII),
        EFFECT: re.compile(rf"(?P<name>.+?){_GAP}{_EFFECTS}(?P<number>)", re.I | re.ASCII),
    },
}
_OF_BENEFIT = re.compile(rf"{_BENEFITS}(?:{_GAP}(?P<name>.+)|(?P<number>\d+))", re.I | re.ASCII)
# What a model finds beside costs and effects: no parameter, whatever it is called after the strategies.
_FOUND = re.compile(
    r"(?:.*[ _.:\-])?(?:icers?|inmb|inb|nmb|nhb|nb|incremental|ly|lys|lyg|lygs|life[ _.]?years?(?:[ _.]gained)?"
    r"|(?:inc|delta|diff)[ _.]?(?:costs?|effects?|qalys?|c|e))(?:[ _.:\-].*|\d*)",
    re.I | re.ASCII,
)
DRAWS = {"draw", "draws", "sim", "sims", "simulation", "sample", "iteration", "iter", "index", "run", "psa_run", "i"}
STRATEGIES = {
    "strategy",
    "strategy_id",
    "strategy_names",
    "strategy_name",
    "treatment",
    "intervention",
    "option",
    "arm",
}
ROW_NUMBERS = {"", "x", "unnamed: 0", "rownames", "row", "id", "n", "no", "__index_level_0__"}
NAMED = "allowed: cost_A, cost_B, effect_A, effect_B (or c_ and e_, or A_cost and A_effect), parameters beside them;"
OR_LONG = "or columns draw, strategy, cost and effect; or"
OF_INCREMENTS = (
    "where these are differences from a comparator, put one of cost 0 and effect 0 in every draw before them"
)
LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Roles:
    """Positions of columns, each strategy's cost and effect under its name, in the order of the file."""

    cost: dict[str, int] = field(default_factory=dict)
    effect: dict[str, int] = field(default_factory=dict)
    benefit: dict[str, int] = field(default_factory=dict)
    others: tuple[int, ...] = ()  # parameters
    left: tuple[str, ...] = ()  # strategies that are there and were not asked for


@dataclass(frozen=True)
class LongRoles:
    """Positions of the columns of a table with a line for each draw and strategy."""

    draw: int
    strategy: int
    cost: int
    effect: int
    others: tuple[int, ...]


def _word(name: str) -> str:
    return name.strip().lower().lstrip(".")


def long_roles(grid: Grid) -> LongRoles | None:
    """Columns of a long table; None where it is none."""
    words = [_word(name) for name in grid.header]

    def only(allowed: set[str] | str) -> list[int]:
        matches = allowed.__contains__ if isinstance(allowed, set) else lambda w: re.fullmatch(allowed, w) is not None
        return [k for k, word in enumerate(words) if matches(word)]

    found = (only(DRAWS), only(STRATEGIES), only(_COSTS), only(_EFFECTS))
    _, strategy, cost, effect = found
    if not (strategy and cost and effect):
        return None
    names = ("draw", "strategy", "cost", "effect")
    for what, places in zip(names, found, strict=True):
        if len(places) > 1:
            several = ", ".join(short(grid.header[k]) for k in places)
            raise InputError([grid.wrong(1, what, f"{several} may each be the {what}; rename all but one")])
    if not found[0]:
        raise InputError([grid.wrong(1, "draw", "missing column: which lines are of one draw would be a guess")])
    places = [p[0] for p in found]
    others = tuple(k for k in range(len(words)) if k not in places)
    return LongRoles(places[0], places[1], places[2], places[3], others)


def wide_roles(grid: Grid, asked: Sequence[str] | None) -> Roles:
    """Columns of a table with a line a draw; `asked` are the strategies, where somebody says which."""
    ways = {way: _sorted_out(grid, patterns) for way, patterns in _WAYS.items()}
    wanted = 2 if asked is None else len(asked)
    fitting = {w: r for w, r in ways.items() if len(_both(r, asked)) >= wanted}
    if not fitting:
        return _of_benefit(grid, asked) or _refuse(grid, ways, asked)
    if len(fitting) > 1:
        told = " or ".join(f"{w} ({', '.join(map(short, _both(r, asked)))})" for w, r in fitting.items())
        text = (
            f"strategies can be read in more than one way: {told}; say which:"
            f" {option('strategies', 'A,B', several=True)}, or leave the columns of the other out:"
            f" {option('ignore', 'COLUMN', several=True)}"
        )
        raise InputError([grid.wrong(1, "header", text)])
    roles = next(iter(fitting.values()))
    both = _both(roles, asked)
    if asked is None:
        _refuse_halves(grid, roles, both)
    every = _both(roles, None)
    order = [s for s in every if s in both]
    cost, effect = {s: roles.cost[s] for s in order}, {s: roles.effect[s] for s in order}
    taken = {columns[s] for columns in (roles.cost, roles.effect) for s in every}
    others = tuple(k for k in range(len(grid.header)) if k not in taken)
    return Roles(cost, effect, others=others, left=tuple(s for s in every if s not in both))


def _sorted_out(grid: Grid, patterns: dict[str, re.Pattern[str]]) -> Roles:
    """What one way of naming makes of a header; a strategy that it has twice is refused."""
    found: dict[str, dict[str, int]] = {COST: {}, EFFECT: {}}
    for k, name in enumerate(grid.header):
        for role, pattern in patterns.items():
            match = pattern.fullmatch(name) if len(name) <= LONGEST else None
            if match is None:
                continue
            strategy = match["name"] or match["number"]
            if strategy in found[role]:
                first = grid.header[found[role][strategy]]
                text = f"{role} of {short(strategy)}, and so is {short(first)}; rename one"
                raise InputError([grid.wrong(1, name, text)])
            found[role][strategy] = k
    return Roles(found[COST], found[EFFECT])


def _both(roles: Roles, asked: Sequence[str] | None) -> list[str]:
    return [s for s in roles.cost if s in roles.effect and (asked is None or s in asked)]


def _refuse_halves(grid: Grid, roles: Roles, both: Sequence[str]) -> None:
    """Raise ``InputError`` for what may be half of a strategy or a parameter: which, somebody has to say."""
    wrong = []
    for mine, other, columns in ((COST, EFFECT, roles.cost), (EFFECT, COST, roles.effect)):
        for strategy, k in columns.items():
            if strategy not in both:
                text = (
                    f"the {mine} of a strategy {short(strategy)} that has no {other}, or a parameter; say it is a"
                    f" parameter: {option('strategies', ','.join(both), several=True)}"
                )
                wrong.append(grid.wrong(1, grid.header[k], text))
    if wrong:
        raise InputError(wrong)


def _of_benefit(grid: Grid, asked: Sequence[str] | None) -> Roles | None:
    found: dict[str, int] = {}
    for k, name in enumerate(grid.header):
        match = _OF_BENEFIT.fullmatch(name) if len(name) <= LONGEST else None
        if match is not None and (asked is None or (match["name"] or match["number"]) in asked):
            found.setdefault(match["name"] or match["number"], k)
    if len(found) < 2:
        return None
    return Roles(benefit=found, others=tuple(k for k in range(len(grid.header)) if k not in found.values()))


def _refuse(grid: Grid, ways: dict[str, Roles], asked: Sequence[str] | None) -> Roles:
    if asked is not None:
        known = list(dict.fromkeys(s for roles in ways.values() for s in _both(roles, None)))
        lost = [s for s in asked if s not in known] or list(asked)
        told = f"; found: {', '.join(map(short, known))}" if known else ""
        text = f"{', '.join(map(short, lost))} without a column of cost and one of effect{told}"
        raise InputError([grid.wrong(1, option("strategies"), text)])
    wrong = [_half(grid, roles) for roles in ways.values()]
    found = [p for p in wrong if p is not None]
    seen = [name for name in grid.header if name]
    names = ", ".join(map(short, seen[:8])) + (", ..." if len(seen) > 8 else "")
    alone = [s for roles in ways.values() for s in _both(roles, None)]
    single = len(alone) == 1 or any(_FOUND.fullmatch(name) for name in grid.header if len(name) <= LONGEST)
    text = f"no two strategies with a cost and an effect each among {names}; {NAMED} {OR_LONG}"
    text += f" {option('costs', 'FILE')} {option('effects', 'FILE')}"
    text += f"; {OF_INCREMENTS}" if single else ""
    raise InputError([*found, grid.wrong(1, "header", text)])


def _half(grid: Grid, roles: Roles) -> Problem | None:
    """Of strategies that have one of the two only: what is missing."""
    if len(roles.cost) + len(roles.effect) < 2 or _both(roles, None) == list(roles.cost) == list(roles.effect):
        return None
    lone = sorted({*roles.cost} ^ {*roles.effect})
    return grid.wrong(1, "header", f"{', '.join(map(short, lone[:8]))}: a cost or an effect without the other")


def is_named(name: str) -> bool:
    """Whether a column is called a strategy's cost, effect or net benefit."""
    patterns = [_OF_BENEFIT, *(pattern for ways in _WAYS.values() for pattern in ways.values())]
    return len(name) <= LONGEST and any(pattern.fullmatch(name) for pattern in patterns)


def refuse_findings(grid: Grid, roles: Roles) -> None:
    """Raise ``InputError`` for what may be a finding or a parameter: which, somebody has to say."""
    named = [k for k in roles.others if len(grid.header[k]) <= LONGEST and _FOUND.fullmatch(grid.header[k])]
    strategies = ",".join((*roles.cost, *roles.benefit))
    wrong = [
        grid.wrong(
            1,
            grid.header[k],
            "may be a finding of the model, such as an ICER, net benefit or life years, or a parameter; leave it out:"
            f" {option('ignore', grid.header[k], several=True)}, or say it is a parameter:"
            f" {option('strategies', strategies, several=True)}",
        )
        for k in named
    ]
    if wrong:
        raise InputError(wrong)


def of_one_kind(grid: Grid, kind: str, positions: Sequence[int]) -> dict[str, int]:
    """Strategies of a file of nothing but costs, effects or net benefits: its columns, bare of a common word."""
    patterns = [_OF_BENEFIT] if kind == BENEFIT else [ways[kind] for ways in _WAYS.values()]
    names = [grid.header[k] for k in positions]
    _refuse_everything(grid, kind, names)
    for pattern in patterns:
        matches = [pattern.fullmatch(name) if len(name) <= LONGEST else None for name in names]
        bare = [m["name"] or m["number"] for m in matches if m is not None]
        if len(bare) == len(names) == len(set(bare)):
            return dict(zip(bare, positions, strict=True))
    return dict(zip(names, positions, strict=True))


def _refuse_everything(grid: Grid, kind: str, names: Sequence[str]) -> None:
    """Raise ``InputError`` for a file said to be of one kind that holds a strategy's cost and its effect."""
    held = replace(grid, header=tuple(names))
    both = [(r, s) for patterns in _WAYS.values() for r in [_sorted_out(held, patterns)] for s in _both(r, None)]
    if both:
        roles, strategy = both[0]
        pair = f"{short(names[roles.cost[strategy]])} and {short(names[roles.effect[strategy]])}"
        text = (
            f"said to hold {kind} alone, but {pair} are the cost and the effect of a strategy; give it as the one table"
        )
        raise InputError([grid.wrong(1, "header", text)])
