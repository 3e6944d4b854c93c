"""What stands where in a workbook of results: lines, prices and draws, and the addresses that formulas name them by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from parameters.arrays import Floats
from parameters.units import to_engine
from simulate.ask.reads import leaves
from simulate.present.workbook.book import MOST_ROWS, column
from simulate.present.workbook.formulas import Named, number, product_of, text_of
from simulate.result.judgement import default_threshold
from simulate.result.parts.lines import Line, cost_lines, effect_lines, worth_of
from simulate.result.valued import Valued

FIRST = 4  # row of the first draw in every sheet that has a row a draw
PRICES_FIRST = 5  # row of the first price
NEW_PRICE = "F"  # column of prices in which a new one is typed
MOST_THRESHOLDS = 21  # of the curve: the rest stands in ceac.csv
MOST_DRAWS = 2_048  # of a run that writes its workbook unasked; beyond, one can be asked for
MOST_STRATEGIES = 50  # so deep formulas may be in one another
MOST_COLUMNS = 16_384
LONGEST = 8_000  # characters of a formula
CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Plan:
    """A result as lines, and where each thing stands."""

    result: Valued
    costs: tuple[Line, ...]
    effects: tuple[Line, ...]

    @staticmethod
    def of(result: Valued) -> Plan:
        """That of a result; ``ModelError`` as for its costs and effects."""
        return Plan(result, tuple(cost_lines(result)), tuple(effect_lines(result)))

    # --- sizes ----------------------------------------------------------------------------------

    @property
    def draws(self) -> int:
        return len(self.result.cost)

    @property
    def strategies(self) -> tuple[str, ...]:
        return self.result.strategies

    @property
    def last(self) -> int:
        """Row of the last draw."""
        return FIRST + self.draws - 1

    @property
    def tells_chances(self) -> bool:
        """Whether probabilities are told: there are draws, and somebody measured what they rest on."""
        return self.draws > 1 and not self.result.withheld.probability

    @property
    def tells_evpi(self) -> bool:
        return self.draws > 1 and not self.result.withheld.evpi

    # --- what prices are made of ----------------------------------------------------------------

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Parameters that lines are valued by, each once."""
        setting = self.result.case.setting
        quantities = [q for line in (*self.costs, *self.effects) for q in line.factors]
        return tuple(dict.fromkeys(name for q in quantities for name in leaves(setting, q)))

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Those that may be changed in the workbook."""
        may = self.result.case.changeable()
        return tuple(n for n in self.names if n in may)

    @cached_property
    def factor(self) -> dict[str, float]:
        """What one of a parameter's own unit is in the engine's, by name."""
        drawn = self.result.draws
        at = {n: drawn.names.index(n) for n in self.names}
        return {
            n: float(to_engine(np.array(1.0), drawn.units[k], drawn.price_years[k], drawn.money)) for n, k in at.items()
        }

    def named(self, row: str) -> Named:
        """The text of a parameter, in engine units, in the draw of a row: the new price, or else what was drawn."""

        def text(name: str) -> str:
            given = self.result.case.setting.given.get(name)
            if given is not None:
                return text_of(given, text)
            drawn = f"Drawn!{column(1 + self.names.index(name))}{row}"
            if name in self.free:
                new = f"Prices!${NEW_PRICE}${self.price_row(name)}"
                drawn = f'IF({new}="",{drawn},{new})'
            return drawn if self.factor[name] == 1.0 else f"({drawn}*{number(self.factor[name])})"

        return text

    def price_row(self, name: str) -> int:
        """The row of a parameter among the prices."""
        return PRICES_FIRST + self.free.index(name)

    def reading(self, name: str) -> list[str]:
        """Names of the lines that a parameter values."""
        setting = self.result.case.setting
        kinds = (("cost", self.costs), ("effect", self.effects))
        return [
            f"{kind} {line.name}"
            for kind, lines in kinds
            for line in lines
            if any(name in leaves(setting, q) for q in line.factors)
        ]

    # --- addresses ------------------------------------------------------------------------------

    def over(self, sheet: str, k: int) -> str:
        """The draws of a column of a sheet, counted from 0."""
        return f"{sheet}!${column(k)}${FIRST}:${column(k)}${self.last}"

    @property
    def cost_at(self) -> int:
        """The first column of costs among the draws; those of effects follow."""
        return 1

    @property
    def effect_at(self) -> int:
        return 1 + len(self.strategies)

    @cached_property
    def thresholds(self) -> Floats:
        """Those of the curve, evenly out of the result's."""
        known = self.result.thresholds
        step = max(1, math.ceil((len(known) - 1) / (MOST_THRESHOLDS - 1)))
        return known[::step]

    @cached_property
    def threshold(self) -> float:
        return default_threshold(self.result)

    def refusal(self, most: int = MOST_ROWS - FIRST) -> str:
        """Why there is no workbook of it, in words; "" where there is one."""
        if self.draws > most:
            return f"{self.draws:,} draws are more than {most:,}"
        if len(self.strategies) > MOST_STRATEGIES:
            return f"{len(self.strategies)} strategies are more than {MOST_STRATEGIES}"
        if len(self.strategies) * (len(self.costs) + len(self.effects)) >= MOST_COLUMNS:
            return f"its lines, of each strategy, are more than {MOST_COLUMNS:,} columns"
        if any(len(product_of(line.factors, self.named("0000000"))) > LONGEST for line in (*self.costs, *self.effects)):
            return "what a line is worth is a formula longer than a cell may hold"
        for told, lines in ((self.result.cost, self.costs), (self.result.effect, self.effects)):
            parts = [worth_of(self.result, line.factors)[:, None] * line.amount for line in lines]
            total, size = sum(parts, np.zeros_like(told)), sum(map(np.abs, parts), np.abs(told))
            if not (np.abs(total - told) <= CLOSE * size).all():
                return "its lines do not add up to the costs and effects found"
        return ""
