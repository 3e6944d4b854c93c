"""A wanted Monte Carlo error, and what a result says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.contract import ModelError
from parameters.money.currencies import signed
from parameters.units import number_of
from simulate.result.judgement import chosen_threshold, error_of
from simulate.result.result import Result

MOST_DRAWS = 2**20


@dataclass(frozen=True)
class WantedError:
    """Standard error of the mean incremental net benefit, money per person, at a threshold, money per unit of effect.

    Without a threshold: at the setting's own (see ``result.judgement``).
    """

    mcse: float
    threshold: float | None = None

    @staticmethod
    def parse(text: str) -> WantedError:
        """``50@30000``: 50 at 30,000 a unit of effect; ``50``: at the setting's; ``ModelError`` for all else."""
        error, at, threshold = text.partition("@")
        try:
            found = WantedError(float(error), float(threshold) if at else None)
        except ValueError:
            found = WantedError(math.nan)
        if not (0 < found.mcse < math.inf and 0 <= (found.threshold or 0.0) < math.inf):
            raise ModelError(f"target: {text!r}; allowed: MONEY or MONEY@WTP, such as 50@30000")
        return found

    def threshold_for(self, result: Result) -> float:
        """money per unit of the result's effect."""
        return chosen_threshold(result, self.threshold)

    def draws_after(self, result: Result) -> int | None:
        """How many draws to try next, a power of two times those of `result`; None when it is precise enough.

        ``ModelError`` when more than 2^20 would be needed, or there is no error to go by.
        """
        reached, draws = error_of(result, self.threshold_for(result)), len(result.cost)
        if reached <= self.mcse:
            return None
        if math.isnan(reached):
            raise ModelError(
                f"until_mcse: no standard error is told by {number_of(draws, 'draw')}; start with at least 128"
            )
        more = 1 << max(1, math.ceil(2 * math.log2(reached / self.mcse)))
        if draws * more > MOST_DRAWS:
            sign = result.case.money.sign
            raise ModelError(
                f"until_mcse: {number_of(draws, 'draw')} give a standard error of {signed(sign, f'{reached:.3g}')};"
                f" {signed(sign, f'{self.mcse:g}')} would take about"
                f" {draws * more:,}, more than the {MOST_DRAWS:,} allowed"
            )
        return draws * more
