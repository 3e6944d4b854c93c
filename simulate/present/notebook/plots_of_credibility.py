"""Figures from Python of what makes a model believed: posteriors, virtual trials, targets, structural alternatives."""

from __future__ import annotations

from matplotlib.figure import Figure

from simulate.analyse.credibility.calibration import Calibrated
from simulate.analyse.credibility.structure import Structures
from simulate.analyse.credibility.validate import Validation
from simulate.analyse.credibility.virtual_trials import VirtualTrials
from simulate.present.figures.credibility import acceptability_fan, posterior, structure, validation, virtual_trials
from simulate.present.notebook.drawing import Given, Plots, drawn


class CalibratedPlots(Plots):
    """Figures of a calibration."""

    def __init__(self, found: Calibrated) -> None:
        self._found = found

    def fit(self, ax: Given = None) -> Figure:
        """Published figures and the posterior's, in standard errors of the published ones; one panel."""
        return drawn(lambda: posterior.draw_fit(self._found), ax)

    def learnt(self, ax: Given = None) -> Figure:
        """Prior and posterior of each parameter, a panel each."""
        return drawn(lambda: posterior.draw_learnt(self._found), ax)

    def pairs(self, ax: Given = None) -> Figure:
        """Draws of the parameters that hang together most, a panel a pair."""
        return drawn(lambda: posterior.draw_pairs(self._found), ax, lambda: "one parameter has no pair")


class TrialPlots(Plots):
    """Figures of virtual trials."""

    def __init__(self, found: VirtualTrials) -> None:
        self._found = found

    def trials(self, ax: Given = None) -> Figure:
        """How each published figure lies among those of virtual trials, a panel a figure."""
        return drawn(lambda: virtual_trials.draw(self._found), ax)

    def curves(self, ax: Given = None) -> Figure:
        """The fan of the acceptability curves that virtual trials print; a panel a way of valuing."""
        return drawn(lambda: acceptability_fan.draw(self._found), ax, lambda: "no probability was published")


class ValidationPlots(Plots):
    """Figures of a validation."""

    def __init__(self, found: Validation) -> None:
        self._found = found

    def forest(self, ax: Given = None) -> Figure:
        """Every target beside the interval that virtual trials predict, in their standard deviations; one panel."""
        return drawn(lambda: validation.draw_forest(self._found), ax, lambda: "no target varies among virtual trials")

    def calibration(self, ax: Given = None) -> Figure:
        """How many published figures lie inside intervals of several levels, by independence; one panel."""
        return drawn(lambda: validation.draw_calibration(self._found), ax, lambda: "there are no targets")


class StructurePlots(Plots):
    """Figures of structural alternatives."""

    def __init__(self, found: Structures) -> None:
        self._found = found

    def increments(self, ax: Given = None) -> Figure:
        """Incremental cost, and net benefit, of each structure and on average; two panels."""
        return drawn(lambda: structure.draw_increments(self._found), ax)

    def acceptability(self, ax: Given = None) -> Figure:
        """How probable it is that a strategy is best, by structure and on average; a panel each but the first."""
        no = "one threshold is no curve, or probabilities are not told"
        return drawn(lambda: structure.draw_acceptability(self._found), ax, lambda: self._found.withheld or no)
