"""Values and decisions from simulated statistics: pure functions of arrays, importing nothing heavy."""

from simulate.evaluate.acceptability import Ceaf, ceac, ceaf, evpi, expected_loss, net_benefit
from simulate.evaluate.frontier import Comparison, incremental_table, verdict, versus
from simulate.evaluate.noise import NoiseCorrected, noise_correct

__all__ = [
    "Ceaf",
    "Comparison",
    "NoiseCorrected",
    "ceac",
    "ceaf",
    "evpi",
    "expected_loss",
    "incremental_table",
    "net_benefit",
    "noise_correct",
    "verdict",
    "versus",
]
