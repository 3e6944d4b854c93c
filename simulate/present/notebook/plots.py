"""Figures from Python: a method each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from models.contract import check_one_of
from simulate.analyse.comparison.moved import Moved
from simulate.analyse.comparison.verdict import Comparison
from simulate.analyse.credibility.calibration import Calibrated
from simulate.analyse.credibility.structure import Structures
from simulate.analyse.credibility.validate import Validation
from simulate.analyse.credibility.verification.verification import Verification
from simulate.analyse.credibility.virtual_trials import VirtualTrials
from simulate.analyse.impact import Impact
from simulate.analyse.sweep.by_subgroup import Subgroups
from simulate.analyse.sweep.cells import OUTCOMES
from simulate.analyse.sweep.decision_switch import Switching
from simulate.analyse.sweep.global_sensitivity import Sobol
from simulate.analyse.sweep.one_and_two_way import OneWay, TwoWay, one_way
from simulate.analyse.sweep.scenario_file import Scenarios
from simulate.present.figures.decision import (
    budget,
    ceac,
    cost_difference,
    equity,
    evpi,
    frontier,
    information,
    loss,
    plane,
)
from simulate.present.figures.finished import curves, learning, scatter
from simulate.present.figures.pathway import diagram, events, lifelines, occupancy, survival
from simulate.present.figures.sensitivity import sweep, sweep_dots
from simulate.present.notebook.drawing import Given, NoPlots, Plots, drawn
from simulate.present.notebook.plots_of_credibility import CalibratedPlots, StructurePlots, TrialPlots, ValidationPlots
from simulate.result.finished.evaluation import SIZES, Study, evaluate
from simulate.result.finished.psa_table import PsaTable
from simulate.result.priorities.equity import Equity
from simulate.result.result import Result
from simulate.result.voi import SIZES as TRIAL_SIZES
from simulate.result.voi import Learning, learn
from simulate.running.tracing import Trace

Groups = Mapping[str, Sequence[str]] | None


class ResultPlots(Plots):
    """Figures of a run."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def ceac(self, ax: Given = None) -> Figure:
        """How probable it is that each strategy is best, by willingness to pay, and the frontier; one panel."""
        return drawn(lambda: ceac.draw(self._result), ax, self._no_probability)

    def ceac_per_point(self, ax: Given = None) -> Figure:
        """The same by the price of a percentage point averted, a panel for each outcome."""
        no = "the problem averts no outcome that is told in points"
        return drawn(lambda: ceac.draw_per_point(self._result), ax, lambda: self._result.withheld.probability or no)

    def plane(self, ax: Given = None) -> Figure:
        """The cost-effectiveness plane: increments draw by draw, a panel for each strategy but the first."""
        no = "there is but one strategy"
        return drawn(lambda: plane.draw(self._result), ax, lambda: self._result.withheld.probability or no)

    def cost_difference(self, ax: Given = None) -> Figure:
        """Where every draw has the same effect: the increments in cost, a panel for each strategy but the first."""
        no = "there is but one strategy, or effects vary: then there is a plane"
        why = self._result.withheld.probability or no
        return drawn(lambda: cost_difference.draw(self._result), ax, lambda: why)

    def frontier(self, ax: Given = None) -> Figure:
        """Means against the first strategy, and the line of those that no other, and no mixture, beats; one panel."""
        held = self._result.withheld
        why = held.icer or held.probability or "there is but one strategy"
        return drawn(lambda: frontier.draw(self._result), ax, lambda: why)

    def expected_loss(self, ax: Given = None) -> Figure:
        """What choosing each strategy is expected to give up, by willingness to pay, the least the EVPI; one panel."""
        return drawn(lambda: loss.draw(self._result), ax, lambda: self._result.withheld.evpi or self._no_threshold())

    def evpi(self, ax: Given = None) -> Figure:
        """Expected value of perfect information by willingness to pay; one panel."""
        return drawn(lambda: evpi.draw(self._result), ax, lambda: self._result.withheld.evpi or self._no_threshold())

    def evppi(self, groups: Groups = None, threshold: float | None = None, ax: Given = None) -> Figure:
        """What parameters, or `groups` of them by label, are worth knowing at `threshold`; one panel."""
        return drawn(lambda: information.draw_parameters(learn(self._result, groups=groups, threshold=threshold)), ax)

    def evsi(
        self, trial: str, sizes: Sequence[int] = TRIAL_SIZES, threshold: float | None = None, ax: Given = None
    ) -> Figure:
        """What a trial of so many people an arm is worth, that counts "costs" or an event in the plural; one panel."""
        return drawn(
            lambda: information.draw_trial(learn(self._result, trial=trial, sizes=sizes, threshold=threshold)), ax
        )

    def tornado(
        self, outcome: str = "nmb", threshold: float | None = None, people: int | None = None, ax: Given = None
    ) -> Figure:
        """One parameter at a time: increments in "nmb", "cost" or "effect" at both ends of its range; one panel.

        Simulates anew, at the point estimates, `people` in each cell (as many as the run had when not given);
        ``sweep.one_way`` has more to choose.
        """
        check_one_of(outcome, OUTCOMES, "outcome")
        o = self._result.options
        found = one_way(
            self._result.case,
            threshold=threshold,
            people=people or o.people,
            seed=o.seed,
            perspective=o.perspective,
            effect=o.effect,
            rng=o.rng,
            implementation=o.implementation,
        )
        return OneWayPlots(found).tornado(outcome, ax)

    def events(self, ax: Given = None) -> Figure:
        """How often each event happens to a person, by strategy; a panel for events that are alike in size."""
        return drawn(lambda: events.draw(self._result), ax, lambda: "the pathway has no events")

    def occupancy(self, ax: Given = None) -> Figure:
        """Where people are over time: a panel for each domain and strategy."""
        return drawn(lambda: occupancy.draw(self._result), ax, lambda: "no domain has levels to move between")

    def survival(self, ax: Given = None) -> Figure:
        """Who has reached no absorbing level at the times asked for; one panel."""
        return drawn(lambda: survival.draw(self._result), ax, lambda: "run with occupancy, times in years since entry")

    def pathway(self, ax: Given = None) -> Figure:
        """What can happen and which strategy acts on it, a panel for each domain."""
        return drawn(lambda: diagram.draw(self._result), ax, lambda: "the pathway has no events")

    def _no_probability(self) -> str:
        return self._result.withheld.probability or self._no_threshold()

    def _no_threshold(self) -> str:
        return self._result.withheld.threshold or ""


class TablePlots(Plots):
    """Figures of a finished table of draws."""

    def __init__(self, table: PsaTable) -> None:
        self._table = table

    def ceac(self, ax: Given = None) -> Figure:
        """How probable it is that each strategy is best, by willingness to pay, and the frontier; one panel."""
        return drawn(lambda: curves.draw_ceac(self._table), ax, self._one_price)

    def plane(self, ax: Given = None) -> Figure:
        """Increments against the comparator draw by draw; one panel."""
        return drawn(lambda: scatter.draw_plane(self._table), ax, self._one_price)

    def frontier(self, ax: Given = None) -> Figure:
        """Means against the comparator, and the line of strategies that nothing beats; one panel."""
        return drawn(lambda: scatter.draw_frontier(self._table), ax, self._one_price)

    def evpi(self, ax: Given = None) -> Figure:
        """Expected value of perfect information by willingness to pay; one panel."""
        return drawn(lambda: curves.draw_evpi(self._table), ax, self._one_price)

    def expected_loss(self, ax: Given = None) -> Figure:
        """What choosing each strategy is expected to lose, by willingness to pay; one panel."""
        return drawn(lambda: curves.draw_loss(self._table), ax, self._one_price)

    def evppi(self, groups: Groups = None, ax: Given = None) -> Figure:
        """What parameters and `groups` of them are worth knowing at the table's threshold; one panel."""
        return drawn(
            lambda: learning.draw_parameters(evaluate(self._table, groups=groups)),
            ax,
            lambda: "the table has no parameters, or too few draws to tell their worth",
        )

    def evsi(self, study: Study, sizes: Sequence[int] = SIZES, ax: Given = None) -> Figure:
        """What a study of so many people an arm is worth; one panel."""
        return drawn(lambda: learning.draw_study(evaluate(self._table, study=study, sizes=sizes)), ax)

    def _one_price(self) -> str:
        return "the table holds net benefit at one price" if self._table.of_benefit else "one threshold is no curve"


class OneWayPlots(Plots):
    """Figures of one parameter at a time."""

    def __init__(self, found: OneWay) -> None:
        self._found = found

    def tornado(self, outcome: str = "nmb", ax: Given = None) -> Figure:
        """Increments in "nmb", "cost" or "effect" at both ends of each range, widest first; one panel."""
        check_one_of(outcome, OUTCOMES, "outcome")
        return drawn(lambda: sweep.draw_tornado(self._found, outcome), ax)


class TwoWayPlots(Plots):
    """Figures of two parameters together."""

    def __init__(self, found: TwoWay) -> None:
        self._found = found

    def two_way(self, ax: Given = None) -> Figure:
        """Net benefit over both, and the line where the decision switches; one panel, and a bar of colours."""
        return drawn(lambda: sweep.draw_two_way(self._found), ax)


class SwitchingPlots(Plots):
    """Figures of where the decision changes."""

    def __init__(self, found: Switching) -> None:
        self._found = found

    def threshold(self, ax: Given = None) -> Figure:
        """Net benefit of each strategy as the parameter moves; one panel."""
        return drawn(lambda: sweep.draw_switching(self._found), ax)


class ScenarioPlots(Plots):
    """Figures of scenarios."""

    def __init__(self, found: Scenarios) -> None:
        self._found = found

    def scenarios(self, ax: Given = None) -> Figure:
        """Incremental cost, and net benefit, of each scenario; two panels."""
        return drawn(lambda: sweep_dots.draw_scenarios(self._found), ax)


class SubgroupPlots(Plots):
    """Figures of subgroups."""

    def __init__(self, found: Subgroups) -> None:
        self._found = found

    def subgroups(self, ax: Given = None) -> Figure:
        """Incremental cost, and net benefit, at each level; two panels."""
        return drawn(lambda: sweep_dots.draw_subgroups(self._found), ax)


class SobolPlots(Plots):
    """Figures of shares of variance."""

    def __init__(self, found: Sobol) -> None:
        self._found = found

    def sobol(self, ax: Given = None) -> Figure:
        """First-order and total indices of net benefit, cost and effect; three panels."""
        return drawn(lambda: sweep_dots.draw_sobol(self._found), ax)


class ImpactPlots(Plots):
    """Figures of an impact on budgets."""

    def __init__(self, found: Impact) -> None:
        self._found = found

    def budget(self, ax: Given = None) -> Figure:
        """Spending and savings by calendar year and payer; one panel."""
        return drawn(lambda: budget.draw_years(self._found), ax)

    def payback(self, ax: Given = None) -> Figure:
        """Cumulative net saving by month since entry; one panel."""
        return drawn(lambda: budget.draw_months(self._found), ax)


class EquityPlots(Plots):
    """Figures of equity."""

    def __init__(self, found: Equity) -> None:
        self._found = found

    def weighted(self, ax: Given = None) -> Figure:
        """What a strategy is worth by aversion to inequality; a panel an index, two."""
        return drawn(lambda: equity.draw_weighted(self._found), ax)

    def plane(self, ax: Given = None) -> Figure:
        """Health against inequality, draw by draw; one panel."""
        return drawn(lambda: equity.draw_plane(self._found), ax)


class LearningPlots(Plots):
    """Figures of what it is worth to learn more."""

    def __init__(self, found: Learning) -> None:
        self._found = found

    def evppi(self, ax: Given = None) -> Figure:
        """What parameters are worth knowing; one panel."""
        return drawn(lambda: information.draw_parameters(self._found), ax)

    def evsi(self, ax: Given = None) -> Figure:
        """What the trial is worth by its size; one panel, two where its cost is known."""
        return drawn(lambda: information.draw_trial(self._found), ax, lambda: "no trial was asked for")


class TracePlots(Plots):
    """Figures of single histories."""

    def __init__(self, found: Trace) -> None:
        self._found = found

    def lifelines(self, ax: Given = None) -> Figure:
        """A line a person, a panel a strategy."""
        return drawn(lambda: lifelines.draw(self._found), ax)


PLOTS: Mapping[type, Callable[[Any], Plots]] = {
    Result: ResultPlots,
    PsaTable: TablePlots,
    OneWay: OneWayPlots,
    TwoWay: TwoWayPlots,
    Switching: SwitchingPlots,
    Scenarios: ScenarioPlots,
    Subgroups: SubgroupPlots,
    Sobol: SobolPlots,
    Impact: ImpactPlots,
    Equity: EquityPlots,
    Learning: LearningPlots,
    Calibrated: CalibratedPlots,
    VirtualTrials: TrialPlots,
    Validation: ValidationPlots,
    Structures: StructurePlots,
    Verification: NoPlots,
    Comparison: NoPlots,
    Moved: NoPlots,
    Trace: TracePlots,
}
