"""What a decision is judged at when nobody says: a willingness to pay among the setting's own."""

from __future__ import annotations

from models.contract import Delivery
from simulate.result import Result

QALY_THRESHOLD = 20_000.0  # GBP per QALY, the lower end of the range NICE used until 2025


def default_threshold(result: Result) -> float:
    """GBP per unit of effect: the first from £20,000 a QALY; for another effect, the middle one of the problem's.

    £0 for an effect that only counts whom the service reaches: to value that would be to pay for the service twice.
    """
    known = result.thresholds
    if _only_counts_delivery(result):
        return 0.0
    if _counts_qalys(result):
        return float(next((t for t in known if t >= QALY_THRESHOLD), known[-1]))
    return float(known[len(known) // 2])


def why_default(result: Result) -> str:
    """Why that threshold, in words."""
    if _only_counts_delivery(result):
        return "since to be reached is worth nothing by itself"
    if _counts_qalys(result):
        return "the first of the setting's thresholds from £20,000 a QALY"
    return "the middle one of the setting's thresholds"


def _only_counts_delivery(result: Result) -> bool:
    items = result.case.problem.effect(result.options.effect or "").items
    return bool(items) and all(isinstance(i.basis, Delivery) and i.value == 1.0 and not i.quantities for i in items)


def _counts_qalys(result: Result) -> bool:
    assert result.options.effect is not None
    return result.case.problem.effect(result.options.effect).is_qaly
