"""Published example analyses against plain brute force: ICERs, exact switch points, EVPI, CEAC and EVPPI."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulate.evaluate import ceac, ceaf, evpi, evppi, incremental_table, switch_points

THRESHOLDS = [20_000.0, 25_000.0, 30_000.0]


def oracle(shared: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(shared / "oracles" / name)


def costs_and_effects(shared: Path, name: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    table = oracle(shared, name)
    cost, effect = table.filter(regex="^c_"), table.filter(regex="^e_")
    return cost.to_numpy(), effect.to_numpy(), [str(c).removeprefix("c_") for c in cost]


@pytest.mark.parametrize(
    ("name", "icers", "values"),
    [
        ("bcea_vaccine_ec.csv", {"Vaccination": 20097.591478}, [2.505627, 2.414467, 2.373572]),
        (
            "bcea_smoking_ec.csv",
            {"Self.help": 158.663710, "Group.counselling": 224.665059},
            [1239.815903, 1545.127169, 1850.438435],
        ),
    ],
)
def test_icers_and_evpi(shared: Path, name: str, icers: dict[str, float], values: list[float]) -> None:
    cost, effect, names = costs_and_effects(shared, name)
    table = incremental_table(cost, effect, names).set_index("strategy")
    assert table["icer"].dropna().to_dict() == pytest.approx(icers, rel=1e-8)
    assert evpi(cost, effect, THRESHOLDS) == pytest.approx(values, rel=1e-6)
    for threshold, value in zip(THRESHOLDS, values, strict=True):
        benefit = threshold * effect - cost
        by_hand = sum(max(row) for row in benefit) / len(benefit) - max(benefit.mean(axis=0))
        assert by_hand == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("name", ["bcea_vaccine_ec.csv", "bcea_smoking_ec.csv"])
def test_a_switch_point_is_exact(shared: Path, name: str) -> None:
    """One part in a million below it, the one strategy is best; as much above, the other. (Nearer than 10^-9 of
    the sums that went in they are equal: see ``equality``.)"""
    cost, effect, names = costs_and_effects(shared, name)
    found = switch_points(cost, effect, names)
    assert len(found) == len(names) - 1 - (name == "bcea_smoking_ec.csv")  # one is extendedly dominated
    for point in found:
        best = ceaf(cost, effect, [point.threshold * (1 - 1e-6), point.threshold * (1 + 1e-6)]).optimal
        assert [names[s] for s in best] == [point.before, point.after]


def test_the_smoking_ceac_by_counting(shared: Path) -> None:
    cost, effect, _ = costs_and_effects(shared, "bcea_smoking_ec.csv")
    best = (20_000 * effect - cost).argmax(axis=1)
    counted = [(best == s).mean() for s in range(cost.shape[1])]
    assert ceac(cost, effect, [20_000])[0] == pytest.approx(counted)


# --- EVPPI of the chemotherapy example --------------------------------------------------------------


def bracket(gain: np.ndarray, x: np.ndarray, cells: int) -> tuple[float, float, float]:
    """EVPPI from below and above, and the standard error of either, by cutting the draws into cells of like `x`.

    Choosing in each cell by half of its draws and scoring by the other half can only lose; choosing and
    scoring by all can only gain, apart from what a cell is too wide to tell.
    """
    places = np.array_split(np.argsort(x, kind="stable"), cells)
    best = max(gain.mean(), 0.0)
    low, high = [], []
    for place in places:
        one, two = gain[place[::2]], gain[place[1::2]]
        low += [two.mean() * (one.mean() > 0), one.mean() * (two.mean() > 0)]
        high.append(max(gain[place].mean(), 0.0))
    return float(np.mean(low)) - best, float(np.mean(high)) - best, float(np.std(high) / np.sqrt(cells))


@pytest.fixture(scope="module")
def chemo(shared: Path) -> tuple[np.ndarray, pd.DataFrame]:
    return oracle(shared, "voi_chemo_nb20000.csv").to_numpy(), oracle(shared, "voi_chemo_params.csv")


def test_chemo_evpi(chemo: tuple[np.ndarray, pd.DataFrame]) -> None:
    nb, _ = chemo
    by_hand = sum(max(row) for row in nb) / len(nb) - max(nb.mean(axis=0))
    assert evpi(-nb, np.zeros_like(nb), [0])[0] == pytest.approx(by_hand, rel=1e-9)
    assert by_hand == pytest.approx(368.605, abs=0.001)


def test_every_chemo_parameter_lies_where_brute_force_puts_it(chemo: tuple[np.ndarray, pd.DataFrame]) -> None:
    nb, x = chemo
    found = evppi(nb, x).set_index("group")
    gain = nb[:, 1] - nb[:, 0]
    for name, row in found.iterrows():
        low, high, error = bracket(gain, x[name].to_numpy(), cells=100)
        reach = 3 * max(error, row["se"])
        assert low - reach < row["evppi"] < high + reach, name
    assert found["evppi"]["p_side_effects_t2"] == pytest.approx(262, abs=17)  # where another's process gives 0
    assert found["evppi"].max() < evpi(-nb, np.zeros_like(nb), [0])[0]
    assert found["evppi"].min() >= 0


@pytest.mark.parametrize(
    "names", [["logor_side_effects", "p_side_effects_t1"], ["logor_side_effects", "u_home_care", "p_died"]]
)
def test_chemo_groups_are_worth_no_less_than_their_parts(
    chemo: tuple[np.ndarray, pd.DataFrame], names: Sequence[str]
) -> None:
    nb, x = chemo
    groups = {"part": names[:1], "whole": names, "all": [str(name) for name in x]}
    found = evppi(nb[:4000], x[:4000], groups).set_index("group")
    assert found["evppi"]["whole"] > found["evppi"]["part"] - 3 * found["se"]["whole"]
    assert found["evppi"]["all"] > found["evppi"]["whole"] - 3 * found["se"]["all"]
    perfect = evpi(-nb[:4000], np.zeros((4000, 2)), [0])[0]
    assert perfect - 3 * found["se"]["all"] < found["evppi"]["all"] <= perfect


def test_the_same_knowledge_by_other_names_is_worth_the_same(chemo: tuple[np.ndarray, pd.DataFrame]) -> None:
    """The second risk follows from the first and the odds ratio; three idle parameters beside it add nothing."""
    nb, x = chemo
    risks = ["p_side_effects_t1", "p_side_effects_t2"]
    groups = {
        "risks": risks,
        "odds": ["p_side_effects_t1", "logor_side_effects"],
        "second": risks[1:],
        "second and idle": [risks[1], "c_home_care", "c_hospital", "c_death"],  # by Gaussian process
    }
    found = evppi(nb, x, groups).set_index("group")
    assert found["evppi"]["risks"] == pytest.approx(found["evppi"]["odds"], abs=found["se"]["odds"])
    reach = 2 * found["se"]["second and idle"]
    assert found["evppi"]["second and idle"] == pytest.approx(found["evppi"]["second"], abs=reach)
