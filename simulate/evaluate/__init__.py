"""Values and decisions from simulated statistics: pure functions of arrays, importing nothing heavy."""

from simulate.evaluate.acceptability import Ceaf, ceac, ceaf, evpi, expected_loss, net_benefit
from simulate.evaluate.frontier import Comparison, incremental_table, verdict, versus

__all__ = [
    "Ceaf",
    "Comparison",
    "ceac",
    "ceaf",
    "evpi",
    "expected_loss",
    "incremental_table",
    "net_benefit",
    "verdict",
    "versus",
]
