"""Effects lowered for all draws at once have the bits that they have draw by draw."""

from __future__ import annotations

import numpy as np
import pytest

from parameters import sample
from simulate.ask.case import load
from simulate.engine.lower import effects
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
    monkeypatch.setattr(effects._Columns, "changes", lambda column, horizon: np.ones(len(column.ratio), dtype=np.bool_))
    one_by_one = lower_case(case, draws, Collect())[0].tables
    for name, mine, other in zip(at_once._fields, at_once, one_by_one, strict=True):
        assert np.asarray(mine).tobytes() == np.asarray(other).tobytes(), name


@pytest.mark.parametrize("ratio", [0.8, 1.9])
def test_a_risk_ratio_all_at_once(ratio: float) -> None:
    weights = np.array([[0.3, 0.5, 0.2], [1.0, 2.0, 4.0], [0.1, 0.7, 0.2]])
    one_by_one = [
        effects._risk_ratio(row, 0, r, "x") for row, r in zip(weights.tolist(), (ratio, 0.5, 1.0), strict=True)
    ]
    found = effects._risk_ratios(weights, 0, np.array([ratio, 0.5, 1.0]))
    assert found is not None and found[:2].tobytes() == np.array(one_by_one[:2]).tobytes()
    assert found[2].tobytes() == weights[2].tobytes()  # a ratio of exactly 1 leaves the very same bits
    assert effects._risk_ratios(weights, 0, np.array([ratio, 9.0, 1.0])) is None  # refused, with the draw at fault
