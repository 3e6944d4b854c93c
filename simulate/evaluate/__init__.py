"""Values and decisions from simulated statistics: pure functions of arrays, importing nothing heavy."""

from simulate.evaluate.decision.acceptability import Ceaf, ceac, ceaf, evpi, expected_loss, net_benefit
from simulate.evaluate.decision.frontier import Comparison, Switch, incremental_table, switch_points, verdict, versus
from simulate.evaluate.impact.budget import budget_impact, return_on_investment, value_of_implementation
from simulate.evaluate.information.partial import evppi
from simulate.evaluate.information.sample import TrialOfMeans, TrialOfShares, enbs, evsi, population_value
from simulate.evaluate.sensitivity.one_at_a_time import tornado
from simulate.evaluate.uncertainty.noise_correction import NoiseCorrected, noise_correct

__all__ = [
    "Ceaf",
    "Comparison",
    "NoiseCorrected",
    "Switch",
    "TrialOfMeans",
    "TrialOfShares",
    "budget_impact",
    "ceac",
    "ceaf",
    "enbs",
    "evpi",
    "evppi",
    "evsi",
    "expected_loss",
    "incremental_table",
    "net_benefit",
    "noise_correct",
    "population_value",
    "return_on_investment",
    "switch_points",
    "tornado",
    "value_of_implementation",
    "verdict",
    "versus",
]
