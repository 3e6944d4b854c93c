"""Valuation of toy statistics: against plain loops, and what a price, a payer or a swap may and may not change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.contract import (
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    Domain,
    EffectMeasure,
    Event,
    EventCount,
    Exponential,
    Group,
    ModelError,
    Pathway,
    Perspective,
    Product,
    Setting,
    StateTime,
    Strategy,
    Utility,
    When,
)
from simulate.engine.statistics import Statistics
from simulate.evaluate.valuation import Values, cost_by_item, value

DRAWS, PEOPLE = 5, np.array([4, 3, 3])

PATHWAY = Pathway(
    name="toy",
    domains=(
        Domain("care", ("community", "ward")),
        Domain("work", ("none", "job")),
        Domain("life", ("alive", "dead"), absorbing=("dead",)),
    ),
    events=(
        Event("admission", When(care="community"), Exponential("r"), becomes={"care": "ward"}),
        Event("discharge", When(care="ward"), Exponential("r"), becomes={"care": "community"}),
        Event("death", When(), Exponential("r"), becomes={"life": "dead"}),
    ),
    start={"care": "community", "work": "none", "life": "alive"},
    groups=(Group("move", ("admission", "discharge")),),
)
PROBLEM = DecisionProblem(
    id="toy",
    label="",
    question="",
    pathway=PATHWAY,
    strategies=(Strategy("usual", ""), Strategy("plan", "", (Component("meeting", ""),))),
    settings=(Setting("base", "", 1.0, (), "nhs", "qaly"),),
    costs=(
        CostItem("bed", "", "nhs", StateTime(When(care="ward")), "c_bed"),
        CostItem("moves", "", "nhs", EventCount("move"), "c_move", ("hours", 2.0)),
        CostItem("meeting", "", "nhs", Delivery("meeting"), "c_meeting"),
        CostItem("wages", "", "productivity", StateTime(When(work="job")), "c_wage", sign=-1),
        CostItem("benefit", "", "person", StateTime(When(work="none")), "c_benefit", kind="transfer"),
    ),
    utilities=(
        Utility(When(care="ward"), "u_ward"),
        Utility(When(), "u_home"),
        Utility(When(work="job"), "u_job", role="gain"),
    ),
    effects=(EffectMeasure("qaly", "", "QALY"), EffectMeasure("admission_pp", "", "points", ever="admission")),
    perspectives=(
        Perspective("nhs", "", ("nhs",)),
        Perspective("societal", "", ("nhs", "productivity", "person")),
        Perspective("accounts", "", ("person",), ("resource", "transfer")),
    ),
    parameter_files=(),
    discount_costs=0.035,
    discount_effects=0.035,
    thresholds={},
)
STATES = (
    {"care": "community", "work": "none", "life": "alive"},
    {"care": "community", "work": "job", "life": "alive"},
    {"care": "ward", "work": "none", "life": "alive"},
    {"care": "ward", "work": "job", "life": "alive"},
    {"life": "dead"},
)


class FakeDraws:
    """Parameter draws by name, in engine units."""

    def __init__(self, **columns: np.ndarray):
        self.columns = columns

    def engine(self, quantity: str | float, /) -> np.ndarray:
        return self.columns[quantity] if isinstance(quantity, str) else np.full(DRAWS, quantity)


NAMES = ("c_bed", "c_move", "hours", "c_meeting", "c_wage", "c_benefit", "u_ward", "u_home", "u_job")


def draws(**changes: np.ndarray) -> FakeDraws:
    generator = np.random.default_rng(9)
    return FakeDraws(**{name: generator.random(DRAWS) for name in NAMES} | changes)


def statistics() -> Statistics:
    generator = np.random.default_rng(10)
    each = (DRAWS, 2, len(PEOPLE))
    return Statistics(
        strategies=("usual", "plan"),
        states=STATES,
        outcomes=("admission", "death", "discharge"),
        trackers=("admission", "discharge", "death", "move"),
        people=PEOPLE,
        horizon=1.0,
        time=generator.random((*each, 3, 5)),
        count=generator.random((*each, 3, 3)),
        ever=generator.random((*each, 4)),
        first=generator.random((*each, 4)),
        occupancy=np.zeros((DRAWS, 2, 1, 5)),
        grid=np.zeros(1),
        components=("meeting",),
        delivered=np.broadcast_to(np.array([0, 1])[:, None, None, None] * PEOPLE[:, None, None], (*each, 3, 1)),
    )


def worth(perspective: str = "nhs", effect: str = "qaly", given: FakeDraws | None = None) -> Values:
    return value(PROBLEM, given or draws(), statistics(), perspective, effect)


def test_costs_agree_with_plain_loops() -> None:
    x, p, found = statistics(), draws().columns, worth("societal")
    for d in range(DRAWS):
        for s in range(2):
            for b in range(3):
                time, count = x.time[d, s, b, 1], x.count[d, s, b, 1]
                cost = (time[2] + time[3]) * p["c_bed"][d]
                cost += (count[0] + count[2]) * p["c_move"][d] * p["hours"][d] * 2
                cost += PEOPLE[b] * p["c_meeting"][d] if s == 1 else 0
                cost -= (time[1] + time[3]) * p["c_wage"][d]
                assert found.cost[d, s, b] == pytest.approx(cost / PEOPLE[b])


def test_qalys_agree_with_plain_loops() -> None:
    x, p, found = statistics(), draws().columns, worth()
    for d in range(DRAWS):
        for s in range(2):
            for b in range(3):
                time = x.time[d, s, b, 2]
                utility = [
                    p["u_home"][d],
                    p["u_home"][d] + p["u_job"][d],
                    p["u_ward"][d],
                    p["u_ward"][d] + p["u_job"][d],
                ]
                assert found.effect[d, s, b] == pytest.approx(
                    sum(t * u for t, u in zip(time, utility, strict=False)) / PEOPLE[b]
                )


def test_points_averted_are_undiscounted_shares_of_people() -> None:
    assert np.allclose(worth(effect="admission_pp").effect, -100 * statistics().ever[..., 0] / PEOPLE)


def test_means_weight_people_equally() -> None:
    found = worth()
    assert np.allclose(found.mean_cost(), (found.cost * PEOPLE).sum(axis=2) / 10)
    assert found.batch_values().shape == (DRAWS, 3, 2, 2)
    assert np.array_equal(found.batch_values()[:, 1, 0, 1], found.effect[:, 0, 1])


def test_doubling_every_price_doubles_every_cost_exactly() -> None:
    prices = {n: 2 * v for n, v in draws().columns.items() if n.startswith("c_")}
    for perspective in ("nhs", "societal", "accounts"):
        assert np.array_equal(worth(perspective, given=draws(**prices)).cost, 2 * worth(perspective).cost)


def test_work_cannot_move_an_nhs_number_by_a_bit() -> None:
    wild = draws(c_wage=np.full(DRAWS, 1e300), c_benefit=np.full(DRAWS, np.nan))
    assert np.array_equal(worth("nhs", given=wild).cost, worth("nhs").cost)


def test_transfers_count_only_where_their_kind_does() -> None:
    free = draws(c_benefit=np.zeros(DRAWS))
    assert np.array_equal(worth("societal", given=free).cost, worth("societal").cost)
    assert (worth("accounts", given=free).cost == 0).all()
    assert (worth("accounts").cost > 0).all()


def test_equal_histories_give_increments_of_exactly_nothing() -> None:
    x = statistics()
    same = {name: getattr(x, name)[:, [0, 0]] for name in ("time", "count", "ever")}
    x = replace(x, **same)
    free = draws(c_meeting=np.zeros(DRAWS))
    for effect in ("qaly", "admission_pp"):
        found = value(PROBLEM, free, x, "societal", effect)
        assert (np.diff(found.mean_cost(), axis=1) == 0.0).all()
        assert (np.diff(found.mean_effect(), axis=1) == 0.0).all()


def test_swapping_strategies_negates_increments_exactly() -> None:
    x = statistics()
    axes = {n: getattr(x, n)[:, ::-1] for n in ("time", "count", "ever", "first", "occupancy", "delivered")}
    swapped = value(PROBLEM, draws(), replace(x, strategies=x.strategies[::-1], **axes), "nhs", "qaly")
    assert np.array_equal(np.diff(swapped.mean_cost(), axis=1), -np.diff(worth().mean_cost(), axis=1))
    assert np.array_equal(np.diff(swapped.mean_effect(), axis=1), -np.diff(worth().mean_effect(), axis=1))


def test_items_add_up_to_the_total() -> None:
    parts = cost_by_item(PROBLEM, draws(), statistics(), "societal")
    assert list(parts) == ["bed", "moves", "meeting", "wages"]
    assert np.allclose(sum(parts.values()), worth("societal").mean_cost())
    assert "benefit" in cost_by_item(PROBLEM, draws(), statistics())


def test_a_product_of_parameters_is_a_price() -> None:
    bed = replace(PROBLEM.costs[0], unit_cost=Product("c_bed", 3.0))
    tripled = value(replace(PROBLEM, costs=(bed,)), draws(), statistics(), "nhs", "qaly")
    once = value(replace(PROBLEM, costs=PROBLEM.costs[:1]), draws(), statistics(), "nhs", "qaly")
    assert np.allclose(tripled.cost, 3 * once.cost)


@pytest.mark.parametrize(
    ("basis", "rows"),
    [
        (EventCount("admission", last=1), [0]),
        (EventCount("admission", first=2, last=3), [1, 2]),
        (EventCount("admission", first=3), None),
        (EventCount("admission"), []),
    ],
)
def test_first_and_later_occurrences_have_their_own_price(basis: EventCount, rows: list[int] | None) -> None:
    """Of so many admissions at most three were told apart: from the third on is what the first two leave."""
    x = statistics()
    nth = np.random.default_rng(11).random((DRAWS, 2, len(PEOPLE), 3, 3)) / 9
    x = replace(x, nth_rows=tuple(("admission", n) for n in (1, 2, 3)), nth=nth)
    each, all_of_them = nth[..., 1, :], x.count[..., 1, 0]
    wanted = all_of_them - each[..., :2].sum(axis=-1) if rows is None else each[..., rows].sum(axis=-1)
    wanted = all_of_them if rows == [] else wanted
    problem = replace(PROBLEM, costs=(CostItem("seen", "", "nhs", basis, "c_move"),))
    price = draws().columns["c_move"][:, None, None]
    assert np.allclose(value(problem, draws(), x, "nhs", "qaly").cost, price * wanted / PEOPLE, rtol=1e-12)


def test_what_was_not_collected_is_refused_by_name() -> None:
    x = statistics()
    with pytest.raises(ValueError, match="'admission' was not collected"):
        value(PROBLEM, draws(), replace(x, trackers=("a", "b", "c", "d")), "nhs", "admission_pp")
    with pytest.raises(ModelError, match="CostItem moves: outcome 'admission' was not collected"):
        value(PROBLEM, draws(), replace(x, outcomes=("a", "b", "c")), "nhs", "qaly")
    with pytest.raises(ModelError, match="CostItem meeting: component 'meeting' was not collected"):
        value(PROBLEM, draws(), replace(x, components=("other",)), "nhs", "qaly")
    with pytest.raises(ModelError, match=r"perspective: 'nsh' is unknown.*did you mean nhs"):
        value(PROBLEM, draws(), x, "nsh", "qaly")
    with pytest.raises(ValueError, match="c_bed: values of shape"):
        value(PROBLEM, draws(c_bed=np.ones(2)), x, "nhs", "qaly")


def test_a_living_state_without_a_utility_is_refused() -> None:
    with pytest.raises(ModelError, match="no level for the state care community, work none, life alive"):
        value(replace(PROBLEM, utilities=PROBLEM.utilities[:1]), draws(), statistics(), "nhs", "qaly")
