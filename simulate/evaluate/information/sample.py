"""What a new study is worth (EVSI), what is left after paying for it (ENBS), and how large it should be.

By regression on simulated data (Strong, Oakley, Brennan & Breeze 2015, doi 10.1177/0272989X15575286):
for each draw of the parameters one data set is simulated and summarised, and expected net benefit
given the summary is estimated as for EVPPI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.economics import REFERENCE_DISCOUNT
from parameters.arrays import Floats
from parameters.units import ANNUAL_RATE, NOT_NEGATIVE
from simulate.engine.arithmetic.of_arrays import exps, logs
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.evaluate.decision.acceptability import matrix
from simulate.evaluate.information.partial import checked_parameters, values_of_learning

if TYPE_CHECKING:
    import pandas as pd

# (parameters [draws, names] by name, people an arm, generator) -> summary of one data set a draw, [draws, summaries]
SummaryStatistic = Callable[[Mapping[str, Floats], int, np.random.Generator], Floats]


@on_one_thread
def evsi(
    nb: npt.ArrayLike,
    parameters: pd.DataFrame,
    summary_statistic: SummaryStatistic,
    sizes: Sequence[int],
    *,
    seed: int = 1,
    repeats: int = 1,
) -> pd.DataFrame:
    """Expected value of a study of n people an arm, in the unit of `nb`: columns ``n``, ``evsi``, ``se``, ``method``.

    `nb`: net benefit [draws, strategies]; `parameters`: [draws, names]; `sizes`: people an arm;
    `repeats`: data sets simulated for each draw, whose values are averaged (the error of the draws themselves stays).
    Raises ``ValueError`` for shapes, sizes below 1, or a summary that is not one finite row a draw.
    """
    return evsi_of_several([nb], parameters, summary_statistic, sizes, seed=seed, repeats=repeats)[0]


@on_one_thread
def evsi_of_several(
    nbs: Sequence[npt.ArrayLike],
    parameters: pd.DataFrame,
    summary_statistic: SummaryStatistic,
    sizes: Sequence[int],
    *,
    seed: int = 1,
    repeats: int = 1,
) -> list[pd.DataFrame]:
    """``evsi`` of several net benefits of the same draws, from the same simulated studies."""
    import pandas as pd

    benefits = [matrix(nb, "nb") for nb in nbs]
    values, *_ = (checked_parameters(parameters, nb, len(b)) for nb, b in zip(nbs, benefits, strict=True))
    _refuse_parts(repeats, "repeats", "data set a draw")
    columns = {str(n): values[:, k] for k, n in enumerate(parameters.columns)}
    rows: list[list[tuple[int, float, float, str]]] = [[] for _ in benefits]
    for n in sizes:
        _refuse_parts(n, "sizes", "person an arm")
        generators = (np.random.default_rng([seed, int(n), k]) for k in range(repeats))
        data = [_summary(summary_statistic(columns, int(n), g), len(values)) for g in generators]
        learnt = [values_of_learning(benefits, d, refitted=k == 0) for k, d in enumerate(data)]
        for mine, found in zip(rows, zip(*learnt, strict=True), strict=True):
            value, error = np.mean([f[:2] for f in found], axis=0)
            mine.append((int(n), float(value), max(float(error), found[0][1]), found[0][2]))
    return [pd.DataFrame(mine, columns=["n", "evsi", "se", "method"]) for mine in rows]


def _refuse_parts(number: object, name: str, of: str) -> None:
    """Raise ``ValueError`` for anything but a whole number, 1 or more: 2.5 people are not 2."""
    if isinstance(number, bool) or not isinstance(number, Integral) or number < 1:
        raise ValueError(f"{name}: {number}; must be a whole number, at least 1 {of}")


def _summary(data: npt.ArrayLike, draws: int) -> Floats:
    found = np.asarray(data, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found
    if found.ndim != 2 or len(found) != draws or not np.isfinite(found).all():
        raise ValueError(f"summary_statistic: returned shape {found.shape}; must be one finite row for {draws} draws")
    return found


@dataclass(frozen=True)
class TrialOfShares:
    """A two-arm trial that counts people with an event: the log odds in each arm.

    `control` and `treatment` are the names of the draws of each arm's true share.
    """

    control: str
    treatment: str

    def __call__(self, parameters: Mapping[str, Floats], n: int, rng: np.random.Generator) -> Floats:
        """Log odds of the counts in each arm, with half a person added to each cell, [draws, 2]."""
        arms = [rng.binomial(n, np.clip(parameters[name], 0, 1)) for name in (self.control, self.treatment)]
        return np.stack([logs(x + 0.5) - logs(n - x + 0.5) for x in arms], axis=1)


@dataclass(frozen=True)
class TrialOfMeans:
    """A two-arm trial that measures a mean, such as cost: the mean seen in each arm, given the SD between people."""

    control: str
    treatment: str
    sd: float

    def __call__(self, parameters: Mapping[str, Floats], n: int, rng: np.random.Generator) -> Floats:
        """The arms' means as normals about the truth, [draws, 2]: their difference alone would lose the level."""
        truth = np.stack([parameters[name] for name in (self.control, self.treatment)], axis=1)
        return np.asarray(truth + rng.standard_normal(truth.shape) * self.sd / np.sqrt(n))


def population_value(
    per_person: npt.ArrayLike, per_year: float, years: float, discount: float = REFERENCE_DISCOUNT
) -> Floats:
    """Value for everybody whom the decision concerns: `per_person` x people discounted over the decision's life.

    `per_year` people a year from now on for `years` years, at an annual effective `discount`; those of a
    year count at its middle. Same shape as `per_person`. ``ValueError`` on a negative number.
    """
    given = {"per_year": (per_year, NOT_NEGATIVE), "years": (years, NOT_NEGATIVE), "discount": (discount, ANNUAL_RATE)}
    wrong = [f"{n}: {text}" for n, (x, allowed) in given.items() if (text := allowed.refusal(x)) is not None]
    if wrong:
        raise ValueError("; ".join(wrong))
    whole = np.arange(int(np.ceil(years)))
    share = np.minimum(1.0, years - whole)
    people = float((per_year * share * exps(-logs(1 + discount) * (whole + share / 2))).sum())
    return np.asarray(np.asarray(per_person, dtype=np.float64) * people)


def people_later(per_year: float, years: float, study_years: float, discount: float = REFERENCE_DISCOUNT) -> float:
    """People whom the decision concerns after `study_years`, discounted as in ``population_value``; 0 if it is over."""
    whole, early = (population_value(1.0, per_year, y, discount) for y in (years, min(study_years, years)))
    return float(whole - early)


def enbs(
    table: pd.DataFrame,
    *,
    per_year: float,
    years: float,
    fixed_cost: float,
    cost_per_person: float,
    discount: float = REFERENCE_DISCOUNT,
    study_years: float = 0.0,
) -> pd.DataFrame:
    """Expected net benefit of sampling: the population's EVSI once the study has reported, less its cost.

    `table` is from ``evsi``; two arms of n people cost `cost_per_person` each, and nobody benefits
    during `study_years`. Adds ``population``, ``study_cost`` and ``enbs``, in money; the row with the
    greatest ``enbs`` is the best n, and none is worth while when it is negative.
    """
    for name, amount in (
        ("fixed_cost", fixed_cost),
        ("cost_per_person", cost_per_person),
        ("study_years", study_years),
    ):
        if (text := NOT_NEGATIVE.refusal(amount)) is not None:
            raise ValueError(f"{name}: {text}")
    out = table.copy()
    out["population"] = out["evsi"] * people_later(per_year, years, study_years, discount)
    out["study_cost"] = fixed_cost + cost_per_person * 2 * out["n"]
    out["enbs"] = out["population"] - out["study_cost"]
    return out
