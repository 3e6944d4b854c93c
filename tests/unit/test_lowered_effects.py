"""Effects lowered for all draws at once have the bits that they have draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from parameters import sample
from simulate.ask.case import load
from simulate.engine.check.reference import _shared_out
from simulate.engine.lower import branches, effects
from simulate.engine.lower.collect import Collect
from simulate.running.forecast import _started
from simulate.running.lowering import lower_case

SETTINGS = [
    ("joint_crisis_plan", "base"),
    ("housing_first", None),
    ("recovery_portfolio", None),
    ("supported_accommodation", None),
]


@pytest.mark.parametrize(("problem", "setting"), SETTINGS, ids=[p for p, _ in SETTINGS])
def test_draw_by_draw_or_all_at_once(problem: str, setting: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    case = load(problem, setting)
    draws = _started(case, sample(case.parameters, case.names(), 32, seed=3), 1.05)
    at_once = lower_case(case, draws, Collect())[0].tables
    assert (at_once.ratio != 1).any() or (at_once.weight[:, 1:] != at_once.weight[:, :1]).any()
    monkeypatch.setattr(
        effects.EffectColumns, "changes", lambda column, horizon: np.ones(len(column.ratio), dtype=np.bool_)
    )
    one_by_one = lower_case(case, draws, Collect())[0].tables
    for name, mine, other in zip(at_once._fields, at_once, one_by_one, strict=True):
        assert np.asarray(mine).tobytes() == np.asarray(other).tobytes(), name


@pytest.mark.parametrize("ratio", [0.5, 1.3])
@pytest.mark.parametrize("held", [(0,), (0, 2), (2, 0, 1)])
def test_risk_ratios_all_at_once(ratio: float, held: tuple[int, ...]) -> None:
    """The same bits for every draw together as one by one, and as in the readable simulator."""
    weights = np.array([[0.3, 0.7, 0.2, 0.4], [0.2, 0.5, 0.3, 0.7], [0.1, 0.1, 0.3, 0.6]])
    by = np.array([ratio, 0.5, 1.0])
    risks, flags = np.ones(weights.shape), np.zeros(weights.shape, dtype=bool)
    risks[:, held], flags[:, held] = by[:, None], True
    at = [dict.fromkeys(sorted(held), float(r)) for r in by]
    one_by_one = [branches._at_risk(w, r, "x", 0) for w, r in zip(weights.tolist(), at, strict=True)]
    found = branches._with_risks(weights, risks, flags)
    assert found is not None and np.array_equal(found[:2], one_by_one[:2]) and np.array_equal(found[2], weights[2])
    told = _shared_out(dict(zip("abcd", weights[0].tolist(), strict=True)), {"abcd"[j]: ratio for j in held})
    assert list(told.values()) == one_by_one[0]
    assert branches._with_risks(weights, risks * np.array([[1.0], [99.0], [1.0]]), flags) is None  # one is refused
