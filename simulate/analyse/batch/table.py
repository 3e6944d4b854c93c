"""The one table over a batch: a row for each analysis, strategy and threshold, whatever became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from parameters.money.model_money import usual
from simulate.analyse.batch.analysis import Analysis
from simulate.analyse.sweep.comparison_rows import described
from simulate.evaluate.rare.lacking import Lacking
from simulate.result.judgement import batch_increments
from simulate.result.result import Result

if TYPE_CHECKING:
    import pandas as pd

DONE, KEPT = "done", "kept"  # now, or found as an earlier batch or run left it
FAILED, REFUSED = "failed", "refused"  # when it was run, or before anything was
BAD = (FAILED, REFUSED)

ENDS = ("mean", "low", "high", "mcse")
NUMBERS = tuple(f"{of}_{end}" for of in ("cost", "effect", "nmb") for end in ENDS)
COLUMNS = (
    *("name", "problem", "setting", "perspective", "effect", "seed", "draws", "people"),
    *("threshold", "optimal", "strategy", "versus", *NUMBERS, "verdict"),
    *("probability", "probability_corrected", "evpi", "evpi_corrected", "evpi_mcse"),
    *("seconds", "status", "error"),
)


MONEY = ("currency", "price_year")  # of a batch that is not all in the usual: what costs are in


@dataclass(frozen=True)
class Outcome:
    """What became of an analysis: its `rows` (see ``rows_of``), or why there are none."""

    analysis: Analysis
    status: str
    seconds: float | None = None  # solving and simulating; None of what was found there
    rows: tuple[Mapping[str, Any], ...] = ()
    error: str = ""

    def about(self) -> dict[str, Any]:
        """Who it is and what became of it, as JSON holds it."""
        words = self.analysis.words
        first = {"name": self.analysis.name, "problem": words.get("problem"), "setting": words.get("setting")}
        found = dict(self.rows[0]) if self.rows else {}
        told = {n: found.get(n, words.get(n)) for n in COLUMNS[2:8]}
        return {**first, **told, "seconds": self.seconds, "status": self.status, "error": self.error or None}


def rows_of(result: Result, summary: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """A row for each threshold and strategy, the comparator's without increments; `summary` is the result's own.

    ``cost`` and ``effect`` (of the increment, new minus comparator), and ``nmb``, incremental net benefit at the
    threshold, with the 95% interval over draws and MCSE; of ``probability``, of being best, and ``evpi``, the naive and
    the noise-corrected value. Money is per person; empty where the result does not tell it.
    """
    told = {n: summary[n] for n in ("setting", "perspective", "effect", "seed", "draws", "people")}
    told |= {n: summary[n] for n in MONEY if n in summary}  # where it is not the usual
    increments, lacking = {row["strategy"]: row for row in summary["incremental"]}, Lacking.of(result.judged)
    rows = []
    for best, worth in zip(summary["ceac"], summary["evpi"], strict=True):
        at = float(best["threshold"])
        known = {"evpi": worth["value"], "evpi_corrected": worth["corrected"], "evpi_mcse": worth["mcse"]}
        for strategy in result.strategies:
            row = {**told, "threshold": at, "optimal": best["optimal"], "strategy": strategy, **known}
            row |= {"probability": best["probability"][strategy], "probability_corrected": best["corrected"][strategy]}
            if strategy in increments:
                row |= _increments(result, increments[strategy], at, lacking)
            rows.append(row)
    return tuple(rows)


def _increments(result: Result, found: Mapping[str, Any], at: float, lacking: Lacking) -> dict[str, Any]:
    """Of one strategy, from its row of the summary; net benefit at money per unit of effect."""
    pair = found["strategy"], found["versus"]
    unseen = float(np.hypot(lacking.cost(pair), at * lacking.effect(pair)))
    worth = described(result, batch_increments(result, found["strategy"], at)["nmb"], unseen)
    told = {f"{of}_{end}": found[of][end] for of in ("cost", "effect") for end in ENDS}
    told |= {f"nmb_{end}": worth[end] for end in ENDS}
    return {"versus": found["versus"], **told, "verdict": found["verdict"]}


def table(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """All rows, one of an analysis that has no answer; a column more for every parameter that some analysis fixes."""
    import pandas as pd

    fixed = list(dict.fromkeys(n for o in outcomes for n in o.analysis.changes))
    told = MONEY if any(n in row for o in outcomes for row in o.rows for n in MONEY) else ()
    columns = [*COLUMNS[:8], *(f"set_{n}" for n in fixed), *told, *COLUMNS[8:]]
    usual_money = {n: getattr(usual(), n) for n in told}
    rows = [{**usual_money, **row} if outcome.rows else row for outcome in outcomes for row in _rows(outcome)]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _rows(outcome: Outcome) -> Iterator[dict[str, Any]]:
    fixed = {f"set_{n}": v for n, v in outcome.analysis.changes.items()}
    for row in outcome.rows or ({},):
        yield {**row, **outcome.about(), **fixed}
