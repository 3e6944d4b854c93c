"""The first sheet: the decision table, net benefit and what is best, by formulas over the draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.contract import DecisionProblem
from parameters.arrays import Floats
from simulate.evaluate.decision.acceptability import ceac, evpi, net_benefit
from simulate.evaluate.decision.equality import apart, best_on_average, settled_means
from simulate.evaluate.decision.frontier import incremental_columns, verdict
from simulate.present.english.numbers import capital, clean, prices_of, titled
from simulate.present.workbook.book import Book, Cell, Formula, Given, Sheet, column
from simulate.present.workbook.by_draw import LOOKS, ROUNDING, THRESHOLD, TIED, benefit_at, difference_at
from simulate.present.workbook.formulas import first_best
from simulate.present.workbook.plan import NEW_PRICE, PRICES_FIRST, Plan
from simulate.result.judgement import why_default
from simulate.result.summary import incremental_rows

TABLE = 12  # row of the first strategy of the decision table
HEADS = (
    "strategy", "id", "cost", "2.5%", "97.5%", "effect", "2.5%", "97.5%", "difference in cost", "2.5%", "97.5%",
    "difference in effect", "2.5%", "97.5%", "ICER against the first", "net benefit", "difference in net benefit",
    "probability of being best", "probability of saving money", "direction of the means", "verdict of the run",
)  # fmt: skip
PLACES = (
    "strategy", "id", "place", "difference in cost", "difference in effect", "ICER", "order", "on the frontier",
    "rank there", "one before",
)  # fmt: skip
STRATEGY, _ID, COST, _, _, EFFECT, _, _, D_COST, _, _, D_EFFECT = range(12)
ICER, BENEFIT, D_BENEFIT, P_BEST, P_SAVES, DIRECTION, SAID = range(14, 21)
WITHHELD = "not told"
LESS, MORE = "costs less, and the effect is worse", "costs more, and the effect is better"  # whatever the effect is


def frontier_row(plan: Plan) -> int:
    """The row of the first strategy in the fully incremental table."""
    return TABLE + len(plan.strategies) + 4


def put_answer(book: Book, plan: Plan) -> None:
    """Title, the willingness to pay, and both tables."""
    sheet = book.sheet("Answer", [34, 24, 16], (0, 1))
    _put_top(sheet, plan)
    sheet.row()
    sheet.row("Each strategy, per person, with 95% intervals over draws. Differences are from the first strategy.")
    sheet.row(*(Cell(capital(head), "head") for head in HEADS), height=45)
    for i in range(len(plan.strategies)):
        sheet.row(*_strategy(plan, i))
    sheet.row()
    sheet.row()
    sheet.row("Fully incremental: each strategy against the one before it on the frontier, in order of cost.")
    put_frontier(sheet, plan)
    sheet.row()
    for text in _notes(plan):
        sheet.row(text)


def _put_top(sheet: Sheet, plan: Plan) -> None:
    result = plan.result
    case, effect = result.case, _effect(plan)
    sheet.row(Cell(clean(case.problem.label), "title"))
    sheet.row(
        f"Setting {case.setting.name}: {clean(case.setting.label)}. Costs and effects are for each {clean(case.each)}."
    )
    sheet.row(f"Money: {case.money.currency}, {prices_of(case.money)}. Effect: {titled(effect.label, effect.name)}.")
    sheet.row("Change the yellow cells here and in Prices: every number of this sheet follows, without another run.")
    why = result.withheld.threshold
    said = f"0 alone: {why}" if why else f"what a unit of effect may cost, {case.money.currency}; {why_default(result)}"
    sheet.row("Willingness to pay", None, Cell(plan.threshold, "input"), clean(said))
    changed = f"COUNT(Prices!${NEW_PRICE}${PRICES_FIRST}:${NEW_PRICE}${PRICES_FIRST + max(len(plan.free), 1) - 1})"
    sheet.row("Prices changed", None, Cell(Formula(changed, 0.0), "whole"))
    best = WITHHELD if result.withheld.probability else _best_on_average(plan)
    sheet.row("Best on average", None, best)
    sheet.row("EVPI, a person", None, _evpi(plan) if plan.tells_evpi else WITHHELD)


def _best_on_average(plan: Plan) -> Formula:
    """The strategy of the greatest mean net benefit; the first of those that are equal but for rounding."""
    rows = range(TABLE, TABLE + len(plan.strategies))
    names, worth = ([_at(k, row) for row in rows] for k in (STRATEGY, BENEFIT))
    told = first_best(names, worth, sizes_at(THRESHOLD, plan), TIED)
    benefit = net_benefit(plan.result.cost, plan.result.effect, plan.threshold)
    return Formula(told, _label(plan, best_on_average(benefit)))


def sizes_at(threshold: str, plan: Plan) -> list[str]:
    """The absolute sums that go into each strategy's mean net benefit at a cell's willingness to pay."""
    rows = range(TABLE, TABLE + len(plan.strategies))
    return [f"ABS({threshold}*Answer!{_at(EFFECT, row)})+ABS(Answer!{_at(COST, row)})" for row in rows]


def _evpi(plan: Plan) -> Cell:
    """What perfect information is worth at the chosen willingness to pay, as the draws are."""
    value = float(evpi(plan.result.cost, plan.result.effect, [plan.threshold])[0])
    greatest = plan.over("Draws", benefit_at(plan) + len(plan.strategies))
    return Cell(Formula(f"MAX(0,AVERAGE({greatest})-MAX({_down(plan, BENEFIT)}))", value), "money")


def _strategy(plan: Plan, i: int) -> Iterator[Given]:
    result, row = plan.result, TABLE + i
    yield from (_label(plan, i), plan.strategies[i])
    yield from _spread(plan, "cost", plan.cost_at + i, result.cost[:, i], _settled(plan, COST, "cost", i))
    yield from _spread(plan, "effect", plan.effect_at + i, result.effect[:, i], _settled(plan, EFFECT, "effect", i))
    benefit = net_benefit(result.cost, result.effect, plan.threshold)
    at_means = f"{THRESHOLD}*{_at(EFFECT, row)}-{_at(COST, row)}"
    told = Cell(Formula(at_means, float(benefit[:, i].mean())), "money")
    chance = _best(plan, i) if plan.tells_chances else WITHHELD
    if i == 0:
        yield from (*[None] * 7, told, None, chance)
        return
    means = {kind: _difference(plan, kind, i) for kind in ("cost", "effect")}
    for kind, from_, values in (("cost", COST, result.cost), ("effect", EFFECT, result.effect)):
        text = f"{_at(from_, row)}-{_at(from_, TABLE)}"
        mean = Formula(text, means[kind])
        yield from _spread(plan, kind, difference_at(plan, kind, i), apart(values[:, i], values[:, 0]), mean)
    yield _icer(plan, i)
    yield told
    gained = float(benefit[:, i].mean() - benefit[:, 0].mean())
    yield Cell(Formula(f"{_at(BENEFIT, row)}-{_at(BENEFIT, TABLE)}", gained), "money")
    yield chance
    yield from _words(plan, i, means)


def _difference(plan: Plan, kind: str, i: int) -> float:
    means = settled_means(getattr(plan.result, kind)[:, [0, i]])
    return float(means[1] - means[0])


def _words(plan: Plan, i: int, means: dict[str, float]) -> Iterator[Given]:
    row = TABLE + i
    held = plan.strategies[i] in plan.result.withheld.strategies
    if plan.draws > 1 and not held:
        differences = apart(plan.result.cost[:, i], plan.result.cost[:, 0])
        saves = f'COUNTIF({plan.over("Draws", difference_at(plan, "cost", i))},"<0")/{plan.draws}'
        yield Cell(Formula(saves, float((differences < 0).mean())), "share")
    else:
        yield WITHHELD
    cost, effect = _at(D_COST, row), _at(D_EFFECT, row)
    direction = (
        f'IF(AND({cost}=0,{effect}=0),"no difference",IF(AND({cost}<=0,{effect}>=0),"dominates",'
        f'IF(AND({cost}>=0,{effect}<=0),"dominated",'
        f'IF({cost}<0,"{LESS}","{MORE}"))))'
    )
    told = {"saves money, loses health": LESS, "costs more, gains health": MORE}
    found = verdict(means["cost"], means["effect"])
    yield WITHHELD if held else Formula(direction, told.get(found, found))
    yield clean(incremental_rows(plan.result)[i - 1]["verdict"])


def _icer(plan: Plan, i: int) -> Given:
    """Cost for a unit of effect, where cost buys effect or effect is sold, and the run could tell either from 0."""
    row, found = TABLE + i, incremental_rows(plan.result)[i - 1]
    held = plan.result.withheld
    if held.icer or plan.strategies[i] in held.strategies or not all(found["told"].values()):
        return WITHHELD
    cost, effect = _at(D_COST, row), _at(D_EFFECT, row)
    same = f"OR({cost}*{effect}<=0,{_share_of_sign(plan, i, effect)}<2/3)"
    value = found["icer"]
    return Cell(Formula(f'IF({same},"none",{cost}/{effect})', "none" if value is None else float(value)), "money")


def _share_of_sign(plan: Plan, i: int, mean: str) -> str:
    """The share of draws whose difference in effect has the sign of the mean."""
    over = plan.over("Draws", difference_at(plan, "effect", i))
    return f'IF({mean}>0,COUNTIF({over},">0"),COUNTIF({over},"<0"))/{plan.draws}'


def _best(plan: Plan, i: int) -> Cell:
    """The share of draws in which a strategy is best at the chosen willingness to pay; ties share a draw."""
    first = benefit_at(plan) + len(plan.strategies) + 1
    every = "+".join(plan.over("Draws", first + k) for k in range(len(plan.strategies)))
    value = float(ceac(plan.result.cost, plan.result.effect, [plan.threshold])[0, i])
    return Cell(Formula(f"SUMPRODUCT({plan.over('Draws', first + i)}/({every}))/{plan.draws}", value), "share")


def _spread(plan: Plan, kind: str, at: int, values: Floats, mean: Formula) -> Iterator[Given]:
    """A mean, and between what 95% of draws lie."""
    yield Cell(mean, LOOKS[kind])
    for q in (0.025, 0.975):
        over = Formula(f"PERCENTILE({plan.over('Draws', at)},{q})", float(np.quantile(values, q)))
        yield Cell(over, LOOKS[kind]) if plan.draws > 1 else None


def _settled(plan: Plan, at: int, kind: str, i: int) -> Formula:
    """The mean of a column of draws; where it equals that of a strategy before it but for rounding, exactly that."""
    first = plan.cost_at if kind == "cost" else plan.effect_at
    mean = f"AVERAGE({plan.over('Draws', first + i)})"
    text = mean
    for j in reversed(range(i)):
        other = _at(at, TABLE + j)
        text = f"IF(ABS({mean}-{other})<={ROUNDING}*(ABS({mean})+ABS({other})),{other},{text})"
    return Formula(text, float(settled_means(getattr(plan.result, kind))[i]))


def put_frontier(sheet: Sheet, plan: Plan) -> None:
    """The fully incremental table, by strategies in their order, with what formulas need beside it."""
    sheet.row(*(Cell(capital(head), "head") for head in PLACES))
    found = incremental_columns(plan.result.cost, plan.result.effect, plan.strategies)
    known = {row["strategy"]: row for row in found.rows()}
    for i, s in enumerate(plan.strategies):
        sheet.row(*_place(plan, i, known[s]))
    _put_across(sheet, plan)


def _put_across(sheet: Sheet, plan: Plan) -> None:
    """Means once more, from left to right, so that every pair of strategies can be compared in one formula."""
    for name, at, kind in (
        ("costs again, for the formulas above", COST, "cost"),
        ("effects again, for the formulas above", EFFECT, "effect"),
    ):
        values = settled_means(getattr(plan.result, kind)).tolist()
        cells = (Cell(Formula(_at(at, TABLE + i), v), LOOKS[kind]) for i, v in enumerate(values))
        sheet.row(name, None, *cells)


def _place(plan: Plan, i: int, found: dict[str, Any]) -> Iterator[Given]:
    n, row, top = len(plan.strategies), frontier_row(plan) + i, frontier_row(plan)
    c, e = _at(COST, TABLE + i), _at(EFFECT, TABLE + i)
    costs, effects = _down(plan, COST), _down(plan, EFFECT)
    ours = f"ROW({costs})-{TABLE - 1}"
    worse = f"SUMPRODUCT(({costs}<={c})*({effects}>={e})*(1-({costs}={c})*({effects}={e})))"
    across = [f"$C${top + n + k}:${column(1 + n)}${top + n + k}" for k in (0, 1)]
    left, right = f"({c}-{costs})*({across[1]}-{e})", f"({across[0]}-{c})*({e}-{effects})"
    above = f"({left}-{right}>{ROUNDING}*(ABS({left})+ABS({right})))"
    mixed = f"SUMPRODUCT(({effects}<{e})*({across[1]}>{e})*{above})"
    same = f"SUMPRODUCT(({costs}={c})*({effects}={e})*({ours}<{i + 1}))"
    order, front, rank = (f"{_at(k, row)}" for k in (6, 7, 8))
    down = {k: f"${column(k)}${top}:${column(k)}${top + n - 1}" for k in (6, 7, 8)}
    place = (
        f'IF({worse}>0,"dominated",IF({mixed}>0,"extendedly dominated",IF({same}>0,"equal",'
        f'IF({rank}=1,"reference","on frontier"))))'
    )
    before = f"SUMPRODUCT({down[7]}*({down[6]}<{order}))"
    yield from (_label(plan, i), plan.strategies[i], Formula(place, found["status"]))
    for kind, values in (("cost", costs), ("effect", effects)):
        previous = f"SUMPRODUCT({down[7]}*({down[8]}={_at(9, row)})*{values})"
        text = f'IF({_at(9, row)}=0,"",{c if kind == "cost" else e}-{previous})'
        yield Cell(Formula(text, _or_nothing(found[f"incremental_{kind}"])), LOOKS[kind])
    told = f'IF(AND({front}=1,{_at(9, row)}>0),{_at(3, row)}/{_at(4, row)},"")'
    yield WITHHELD if plan.result.withheld.icer else Cell(Formula(told, _or_nothing(found["icer"])), "money")
    ahead = f"1+SUMPRODUCT(({costs}<{c})+({costs}={c})*(({effects}>{e})+({effects}={e})*({ours}<{i + 1})))"
    yield from _numbers_of(plan, i, ahead, f"IF({worse}+{mixed}+{same}>0,0,1)", down, order, before)


def _numbers_of(
    plan: Plan, i: int, order: str, front: str, down: dict[int, str], mine: str, before: str
) -> Iterator[Given]:
    table = incremental_columns(plan.result.cost, plan.result.effect, plan.strategies).rows()
    at = next(k for k, row in enumerate(table) if row["strategy"] == plan.strategies[i])
    stays = [row["status"] in ("reference", "on frontier") for row in table]
    rank, ahead = sum(stays[: at + 1]), sum(stays[:at])
    yield Cell(Formula(order, float(at + 1)), "whole")
    yield Cell(Formula(front, float(stays[at])), "whole")
    yield Cell(Formula(f"SUMPRODUCT({down[7]}*({down[6]}<={mine}))", float(rank)), "whole")
    yield Cell(Formula(before, float(ahead)), "whole")


def _or_nothing(value: float) -> float | str:
    return "" if value != value else value


def _notes(plan: Plan) -> Iterator[str]:
    held = plan.result.withheld
    for what, why in (("ICERs", held.icer), ("Probabilities", held.probability), ("The EVPI", held.evpi)):
        if why:
            yield f"{what}: not told, since {clean(why)}."
    yield (
        "Probabilities are shares of draws and the EVPI is of the draws as they are, with the chance between simulated"
        " people in them: probability_ of ceac.csv and value of evpi.csv, where the corrected ones stand too."
    )
    yield (
        "Whether a difference can be told from 0 by its Monte Carlo error, and the run's verdict, are of the run's own"
        " prices: they do not follow a new price."
    )
    yield "A new price holds in every draw, as `recovery-cea run --set NAME=VALUE` fixes it, in its record's own unit."


def _label(plan: Plan, i: int) -> str:
    known = {s.id: s.label for s in plan.result.case.problem.strategies}
    return clean(known.get(plan.strategies[i], plan.strategies[i]))


def _effect(plan: Plan) -> Any:
    problem: DecisionProblem = plan.result.case.problem
    return problem.effect(plan.result.options.effect)


def _at(k: int, row: int) -> str:
    return f"${column(k)}${row}"


def _down(plan: Plan, k: int) -> str:
    """A column of the decision table."""
    return f"${column(k)}${TABLE}:${column(k)}${TABLE + len(plan.strategies) - 1}"
