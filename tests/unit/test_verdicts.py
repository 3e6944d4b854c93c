"""What a comparison is called: averted events are averted, noise is no effect, and a toss-up is no dominance."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.catalogue import problem, problem_ids
from models.contract import Delivery, EffectItem, EffectMeasure, ModelError
from simulate import load, run
from simulate.evaluate.uncertainty.told import can_be_told, share_of_people
from simulate.evaluate.valuation import Values
from simulate.present.english.numbers import percent
from simulate.present.terminal.decision import _apart
from simulate.present.terminal.summary import summary_lines
from simulate.result.judgement import BUT_MISSED, DIRECTIONS, bare, judged
from simulate.result.result import MODEL_IS_OFF

pytestmark = pytest.mark.usefixtures("solved_once")


def text_of(result: Any) -> str:
    lines = summary_lines(result.summary(), result.case.problem, result.case.parameters)
    return re.sub(r"\s+", " ", " ".join(lines))


@functools.cache
def ward(effect: str = "restraints", problem_id: str = "safewards", draws: int = 16) -> Any:
    return run(load(problem_id), draws=draws, people=400, effect=effect, variants=False, seed=2)


def with_increments(
    result: Any,
    cost: float,
    effect: float,
    spread: tuple[float, float] = (0.0, 0.0),
    noise: tuple[float, float] = (0, 0),
) -> Any:
    """`result` as if its strategies differed by so much, with this spread over draws and noise between batches."""
    rng, draws, people = np.random.default_rng(5), len(result.cost), result.values.people
    arrays = []
    for mean, over, within in zip((cost, effect), spread, noise, strict=True):
        base = np.full((draws, len(people)), 100.0)
        side = np.repeat([1.0, -1.0], draws // 2)[:, None]  # no replicate leans to a side
        new = base + mean + over * side + within * rng.normal(size=base.shape)
        arrays.append(np.stack([base, new], axis=1))
    other = replace(result)
    vars(other)["values"] = Values(arrays[0], arrays[1], people)
    return other


# --- the catalogue --------------------------------------------------------------------------------


MEASURES = [(name, e) for name in problem_ids() for e in problem(name).effects]


@pytest.mark.parametrize(("name", "measure"), MEASURES)
def test_every_measure_declares_what_more_of_it_is(name: str, measure: EffectMeasure) -> None:
    assert not measure.items or measure.direction is not None
    assert (measure.counted == "averted") == measure.label.endswith(" averted")
    assert "averted" not in measure.noun and measure.noun


@pytest.mark.parametrize(("effect", "noun"), [("restraints", "restraints"), ("seclusions", "seclusions")])
def test_what_is_averted_is_not_gained(effect: str, noun: str) -> None:
    text = text_of(ward(effect))
    assert re.search(rf"(averts|adds|difference \() ?[\d.]+ {noun}", text)
    assert not re.search(r"\bgain|\blose", text)


@pytest.mark.parametrize(
    ("direction", "cost", "effect", "verdict"),
    [
        ("averted", 5.0, 1.0, "costs more, averts relapses"),
        ("averted", -5.0, -1.0, "saves money, adds relapses"),
        ("averted", -5.0, 1.0, "dominates"),
        ("averted", 5.0, 0.0, "dominated"),
        ("averted", 0.0, 0.0, "no difference"),
        ("gained", 5.0, 1.0, "costs more, gains points"),
        ("gained", -5.0, -1.0, "saves money, loses points"),
    ],
)
def test_verdicts_name_what_is_counted(direction: Any, cost: float, effect: float, verdict: str) -> None:
    result = ward()
    label = "Relapses averted" if direction == "averted" else "Whatever"
    measure = EffectMeasure("x", label, "point", items=(EffectItem(Delivery("safewards"), 2.0),), direction=direction)
    case = replace(result.case, problem=replace(result.case.problem, effects=(*result.case.problem.effects, measure)))
    asked = replace(result.asked, case=case).but(effect="x")
    (found,) = judged(with_increments(replace(result, asked=asked), cost, effect))
    assert found.verdict == verdict
    assert (found.icer is None) == (not verdict.startswith(("costs more, ", "saves money, ")))


@pytest.mark.parametrize(
    ("measure", "counted"),
    [
        ({"ever": "restraint"}, "averted"),
        ({"averted": "restraint"}, "averted"),
        ({"achieved": "discharge"}, "gained"),
        ({"items": (EffectItem(Delivery("x"), 1.0, sign=-1),)}, "averted"),
        ({"items": (EffectItem(Delivery("x"), 2.0),)}, "gained"),
        ({"items": (EffectItem(Delivery("x"), 2.0),), "direction": "averted"}, "averted"),
        ({"items": (EffectItem(Delivery("x"), 1.0),), "direction": "reached", "counts": "people reached"}, "reached"),
        ({}, "gained"),
    ],
)
def test_what_is_bad_and_counted_is_averted(measure: dict[str, Any], counted: str) -> None:
    assert EffectMeasure("x", "X", "day", **measure).counted == counted


@pytest.mark.parametrize("wrong", [{"ever": "a", "direction": "gained"}, {"direction": "averted"}, {"direction": "up"}])
def test_a_direction_that_contradicts_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"EffectMeasure x\.direction: "):
        EffectMeasure("x", "X", "day", **wrong)


def test_every_direction_has_words() -> None:
    from typing import get_args

    from models.contract import Direction

    assert set(DIRECTIONS) == set(get_args(Direction))


# --- noise ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cost", "effect", "noise", "verdict"),
    [
        (50.0, 0.001, (0.0, 1.0), "costs more, no difference in restraints can be told"),
        (-50.0, 0.001, (0.0, 1.0), "saves money, no difference in restraints can be told"),
        (0.01, 2.0, (5.0, 0.0), "averts restraints, no difference in cost can be told"),
        (0.01, 0.001, (5.0, 1.0), "no difference can be told"),
        (50.0, 2.0, (1.0, 0.1), "costs more, averts restraints"),
    ],
)
def test_an_effect_within_its_error_is_no_effect(
    cost: float, effect: float, noise: tuple[float, float], verdict: str
) -> None:
    other = with_increments(ward(), cost, effect, noise=noise)
    (row,) = other.summary()["incremental"]
    assert row["verdict"] == verdict and (row["icer"] is None) == ("can be told" in verdict)
    assert row["told"] == {"cost": noise[0] < 5, "effect": noise[1] < 1}
    told = text_of(other)
    assert ("cannot be told from 0" in told) == ("can be told" in verdict)
    assert other.incremental()["icer"].isna().all() == ("can be told" in verdict)


def test_open_dialogue_sells_no_noise() -> None:
    result = run(load("open_dialogue"), draws=1024, people=2)
    text = text_of(result)
    assert "not answerable" in text and not re.search(r"for each bed-day|\bgain", text)
    assert result.summary()["incremental"][0]["icer"] is None and result.incremental()["icer"].isna().all()


def test_a_tie_is_settled_by_more_of_what_makes_its_noise() -> None:
    """Where nobody is simulated, 16 draws of an account leave a tie that more people could not settle."""
    account = text_of(run(load("personal_health_budgets"), draws=16))
    assert "Monte Carlo error; more draws settle it." in account and "more people" not in account
    assert "more people settle it." in text_of(with_increments(ward(), 0.01, 0.001, noise=(5.0, 1.0)))


def test_no_error_at_all_leaves_what_was_found() -> None:
    assert can_be_told(np.full((20, 4), 0.001), np.ones(4)) and can_be_told(np.zeros((20, 4)), np.ones(4))
    assert can_be_told(np.array([[0.3]]), np.ones(1))  # one draw of one batch: no error is known


def test_pure_noise_is_told_apart_one_time_in_twenty() -> None:
    """2,000 sets of eight replicates: 95% of Student's interval; a normal one would tell 9% of them."""
    rng = np.random.default_rng(8)
    replicate = np.arange(8)
    told = [can_be_told(rng.normal(size=(8, 4)), np.ones(4), replicate) for _ in range(2000)]
    assert 0.03 < np.mean(told) < 0.07  # 4 standard errors of a share of 5%


# --- a toss-up ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cost", "spread", "verdict"),
    [
        (-0.25, (100.0, 0.1), "averts restraints, toss-up in cost"),
        (-0.25, (0.1, 100.0), "saves money, toss-up in restraints"),
        (-0.25, (100.0, 100.0), "toss-up"),
        (0.25, (100.0, 0.1), "costs more, averts restraints"),
        (-50.0, (10.0, 0.1), "dominates"),
    ],
)
def test_dominance_by_a_hair_is_a_toss_up(cost: float, spread: tuple[float, float], verdict: str) -> None:
    other = with_increments(ward(), cost, 1.0, spread=spread)
    (row,) = other.summary()["incremental"]
    assert row["verdict"] == verdict
    where = verdict.partition("toss-up")[2]
    assert (f"That is a toss-up{where}: it saves money in" in text_of(other)) == ("toss-up" in verdict)


# --- a published difference that does not come out ---------------------------------------------------


@pytest.mark.usefixtures("hasty_calibration")
def test_a_verdict_says_that_the_published_difference_does_not_come_out() -> None:
    """EQOLISE: £17,005 less was published, which nothing was fitted to, and about a third of it comes out."""
    result = run(load("individual_placement_and_support", "eqolise"), draws=16, people=400, variants=False)
    (row,) = result.summary()["incremental"]
    assert row["verdict"].endswith(BUT_MISSED) and bare(row["verdict"]).startswith("saves money, gains")
    text = text_of(result)
    assert "Not reproduced: Difference in net cost to society" in text and "-£17,005 published (Knapp 2013)" in text
    assert "intervals and probabilities are too sure" in text and f"No EVPI is told: {MODEL_IS_OFF}" in text
    assert [row["value"] for row in result.summary()["evpi"]] == [None] * len(result.thresholds)
    with pytest.raises(ModelError, match="not answerable: the published difference"):
        result.evppi()


@pytest.mark.usefixtures("hasty_calibration")
def test_what_a_trial_printed_of_the_decision_stands_beside_ours() -> None:
    """CRIMSON: 80% for services and 44% for society. Ours stands beside the one of the perspective that is counted."""
    result = run(load("joint_crisis_plan", "crimson_2013"), draws=16, people=100, variants=False)
    ours = result.summary()["incremental"][0]["p_cost_saving"]
    text = text_of(result)
    assert f"worth its cost to services: 80% printed (Barrett 2013), {percent(ours)} of draws here." in text
    assert "saving society money: 44% printed (Barrett 2013). " in text
    assert "`recovery-cea virtual-trials joint_crisis_plan --setting crimson_2013`" in text


def test_a_figure_of_one_perspective_stands_beside_no_other() -> None:
    case = load("individual_placement_and_support", "eqolise")
    result = run(case, fixed=True, people=400, variants=False, perspective="nhs_pss")
    found = next(r for r in result.published_beside_ours() if r["label"] == "Difference in net cost to society")
    assert not found["alike"] and not found["missed"] and set(found["simulated"].values()) == {None}
    assert BUT_MISSED not in result.summary()["incremental"][0]["verdict"] and "not compared" in text_of(result)


def test_a_run_tells_what_its_setting_says_of_itself() -> None:
    result = ward()
    assert result.case.setting.notes
    text = text_of(result)
    assert all(re.sub(r"\s+", " ", note)[1:] in text for note in result.case.setting.notes)


@pytest.mark.parametrize(
    ("spread", "verdict", "priced"),
    [(0.1, "costs more, averts restraints", True), (100.0, "costs more, toss-up in restraints", False)],
)
def test_an_effect_of_no_sign_has_no_price(spread: float, verdict: str, priced: bool) -> None:
    other = with_increments(ward(), 50.0, 1.0, spread=(0.1, spread))
    (row,) = other.summary()["incremental"]
    assert row["verdict"] == verdict and (row["icer"] is not None) == priced
    text = text_of(other)
    assert ("averts restraints in 50%, so no price of it is told" in text) != priced


def test_a_scenario_is_no_finding() -> None:
    result = run(load("health_coaching", "jonk_2015"), draws=8, people=2)
    (row,) = result.summary()["incremental"]
    assert row["verdict"] == "a scenario, no finding" and row["icer"] is None and row["p_cost_saving"] is None
    assert "as a scenario and no finding: on average it costs" in text_of(result)
    assert load("peer_supported_self_management", "stays_as_usual").setting.claimed  # what its trial contradicts


def test_a_description_says_what_its_people_have() -> None:
    told = text_of(run(load("supported_accommodation"), fixed=True, people=200))
    assert re.search(r"its people cost £[0-9,]+ less each and have [0-9.]+ more days \(days in more", told)
    assert not re.search(r"\bgains\b", told) and "a comparison that nobody made" in told


def test_no_effect_put_in_is_no_same_effect() -> None:
    told = text_of(run(load("self_management"), draws=8, people=2))
    assert "no effect is put in" in told and "the same effect" not in told


def test_readings_are_told_where_they_differ() -> None:
    costs = [{"mean": 365.0, "mcse": 119.0}, {"mean": 333.0, "mcse": 126.0}]
    assert not _apart(costs) and _apart([costs[0], {"mean": -684.0, "mcse": 59.0}])


def test_personal_health_budgets_do_not_dominate_by_pence() -> None:
    result = run(load("personal_health_budgets"), draws=1024, people=2)
    (row,) = result.summary()["incremental"]
    assert abs(row["cost"]["mean"]) < 10 and row["verdict"] not in ("dominates", "dominated")
    assert "dominate" not in text_of(result)


# --- chance between people ------------------------------------------------------------------------


def test_what_people_add_to_a_variance_is_found_a_second_way() -> None:
    """Normal means of 1 with noise of 0.5 are a fifth chance; two halves of the people agree on the rest."""
    rng = np.random.default_rng(1)
    people = np.array([3.0, 3.0, 3.0, 3.0, 2.0, 2.0])
    batches = rng.normal(size=(20_000, 1)) + rng.normal(size=(20_000, 6)) * 2 / np.sqrt(people)
    share = share_of_people(batches, people)
    assert share == pytest.approx(0.2, abs=0.01)  # 4 / 16 of 1 + 4 / 16
    halves = [np.average(batches[:, k], axis=1, weights=people[k]) for k in ([0, 2, 4], [1, 3, 5])]
    mean = np.average(batches, axis=1, weights=people)
    assert share == pytest.approx(1 - np.cov(halves[0], halves[1])[0, 1] / mean.var(ddof=1), abs=0.02)
    assert share_of_people(np.ones((5, 3)), np.ones(3)) == 0.0
    assert share_of_people(batches[:1], people) is None and share_of_people(batches[:, :1], people[:1]) is None


def test_chance_between_people_is_said_after_the_verdict_where_it_is_material() -> None:
    few = with_increments(ward(), 100.0, 1.0, spread=(10.0, 1.0), noise=(30.0, 0.1))
    row = few.summary()["incremental"][0]
    assert row["by_people"]["cost"] > 0.1 > row["by_people"]["effect"] > 0.0
    text = text_of(few)
    line = (
        "of the variance of the difference in cost is chance between simulated people; more people narrow its interval."
    )
    assert 0 < text.index("on average it") < text.index(line)
    many = with_increments(ward(), 100.0, 1.0, spread=(10.0, 1.0), noise=(3.0, 0.1))
    assert "is chance between simulated people" not in text_of(many)
    both = with_increments(ward(), 100.0, 1.0, spread=(10.0, 1.0), noise=(30.0, 3.0))
    assert re.search(
        r"difference in cost and \d+% of that in effect are chance between simulated people", text_of(both)
    )
