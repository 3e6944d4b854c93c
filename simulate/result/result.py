"""What a run found, and everything that can be asked of it: one line a question, answered in the rooms beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from parameters.arrays import Floats
from simulate.ask.answerable import Withheld, withheld
from simulate.engine.statistics import Recalled, Statistics
from simulate.evaluate.information.partial import Groups
from simulate.result import per_person, voi
from simulate.result.breakeven import breakeven_rows
from simulate.result.judgement import losses
from simulate.result.payers import returns
from simulate.result.published import misses, shown_row
from simulate.result.scales import scaled_rows
from simulate.result.summary import incremental_rows, net_benefit_table, subgroup_table, summary_of
from simulate.result.valued import Valued

if TYPE_CHECKING:
    import pandas as pd

# Why no value of information is told where the model contradicts a trial: that value knows of parameters alone.
MODEL_IS_OFF = (
    "the published difference is not reproduced, and what the model lacks may be worth more to learn than any of its"
    " parameters"
)


# What a result keeps of its values once its statistics are let go: by draw and batch, and small beside them.
KEPT = ("values", "cost", "effect", "lacking", "replicate", "withheld", "once")


@dataclass(frozen=True, eq=False, repr=False)
class Result(Valued):
    """A valued run and what explains it."""

    variants: Mapping[str, Result] = field(default_factory=dict)

    def __repr__(self) -> str:
        o, case = self.options, self.case
        people = "expected values" if o.exact else f"{o.people:,} people"
        what = f"{o.draws:,} draws × {people}, seed {o.seed}, {o.perspective}, {o.effect}"
        return f"<Result of {case.problem.id}, {case.setting.name}: {what}; {', '.join(self.strategies)}>"

    @cached_property
    def withheld(self) -> Withheld:
        """What is not told of this result, and why: no value of information where the model contradicts a trial."""
        found = withheld(self.case, self.options)
        if found.evpi or not self.noise_is_known or not any(misses(self, s) for s in self.strategies):
            return found
        return replace(found, evpi=MODEL_IS_OFF)

    def condensed(self, again: Callable[[], Statistics], *, valued: bool = True) -> Result:
        """The same with its values alone, unless not `valued`; what else is asked of it is told from `again`."""
        kept = replace(self, statistics=Recalled.of(self.statistics, again))
        if valued:
            incremental_rows(self)
            vars(kept).update({name: getattr(self, name) for name in KEPT})
        return kept

    def nmb(self, threshold: float | None = None) -> pd.DataFrame:
        """One row a strategy: mean net monetary benefit at `threshold`, and its increment over the first strategy.

        Money per person, each with its 95% interval over draws and MCSE. The threshold is money per unit of effect, the
        usual one when not given. ``ModelError`` for one that the effect has not.
        """
        return net_benefit_table(self, threshold).frame()

    def expected_loss(self, thresholds: Sequence[float] | Floats | None = None) -> pd.DataFrame:
        """Per threshold: net benefit given up on average by choosing each strategy, naive and noise-corrected.

        Columns ``loss_<strategy>`` and ``corrected_<strategy>``, money per person; the least of a row is the EVPI.
        Empty where that is not told. ``ModelError`` for a threshold that the effect has not.
        """
        return losses(self, self.thresholds if thresholds is None else self.thresholds_of(thresholds)).frame()

    def evppi(self, groups: Groups | None = None, threshold: float | None = None) -> pd.DataFrame:
        """Value of learning each group of parameters, by default each alone, money per person (see ``result.voi``)."""
        return voi.value_of_parameters(self, groups, threshold)

    def evsi(self, trial: str, sizes: Sequence[int], threshold: float | None = None) -> pd.DataFrame:
        """Value of a trial of n people an arm that counts "costs", or an event in the plural, money per person."""
        return voi.value_of_trial(self, trial, sizes, threshold)

    def return_on_investment(
        self, strategy: str | None = None, cashable: Mapping[str, float] | None = None
    ) -> pd.DataFrame:
        """What comes back for each pound of delivering a strategy, by payer and in all (see ``result.payers``)."""
        return returns(self, strategy=strategy, cashable=cashable)[0]

    def subgroups(self) -> pd.DataFrame:
        """One row a level and strategy: mean people a draw, cost and effect, and increments against the comparator.

        Each with its 95% interval over draws and MCSE; empty where nobody is at a level in some draw.
        """
        import pandas as pd

        return pd.DataFrame(subgroup_table(self))

    def event_counts(self) -> dict[str, Floats]:
        """Mean undiscounted count per person of every event and group, each [draws, strategies]."""
        return per_person.event_counts(self)

    def ever(self) -> dict[str, Floats]:
        """Share of people with at least one of every event and group, each [draws, strategies]."""
        return per_person.ever(self)

    def days(self) -> dict[str, Floats]:
        """Mean undiscounted days per person by name, as the problem tells them, each [draws, strategies]."""
        return per_person.days(self)

    def occupancy(self) -> pd.DataFrame:
        """Who is where, and survival, at the times that were asked for, by strategy: see ``evaluate.moments``.

        Shares of those who entered, with intervals over draws and MCSE, and the differences from the first strategy.
        """
        return per_person.occupancy(self)

    def published_beside_ours(self) -> list[dict[str, Any]]:
        """Published results beside ours, never fitted: label, unit, published and simulated by strategy."""
        return [shown_row(self, item) for item in self.case.setting.shown]

    def scaled(self) -> list[dict[str, Any]]:
        """Results for each scale of the problem, such as a service-year: see ``result.scales``."""
        return [row for scale in self.case.problem.scales for row in scaled_rows(self, scale)]

    def breakeven(self) -> list[dict[str, Any]]:
        """Where strategies come to pay for themselves: see ``result.breakeven``."""
        return [row for b in self.case.problem.breakevens for row in breakeven_rows(self, b)]

    def summary(self) -> dict[str, Any]:
        """Everything the command line prints as JSON; see the guide to results for the fields."""
        return summary_of(self)
