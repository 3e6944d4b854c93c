"""Structural alternatives: closed forms of their average and of knowing them, the same bits as plain runs, mistakes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

import models as m
from models.catalogue import problem as find_problem
from models.catalogue import problem_ids
from models.contract import Alternative, Structure
from models.shared.ledger import LEDGER, PERSPECTIVES, USUAL
from simulate import load, run
from simulate.analyse.credibility.alternatives import combinations, drawn_alike, structures_of, weights_of
from simulate.analyse.credibility.structure import Structures, structure, weighted_quantiles
from simulate.evaluate.information.structural import evppi_of_structure

pytestmark = pytest.mark.usefixtures("solved_once")

MEANS, SD = (300.0, -200.0), 400.0  # of net benefit under either structure, money per person
SIZE: Mapping[str, Any] = {"draws": 1024, "people": 10, "seed": 3}


def normal(mean: float, **more: Any) -> dict[str, Any]:
    told = {"unit": "GBP_difference", "price_year": "2023/24"}
    return {**told, "distribution": {"normal": {"mean": mean, "se": SD}}, **more}


RECORDS = {
    "saving_one": normal(MEANS[0]),
    "saving_other": normal(MEANS[1]),
    "spent": {"unit": "GBP", "price_year": "2023/24", "distribution": {"gamma": {"mean": 50.0, "se": 1.0}}},
    "p_one": {"unit": "probability", "distribution": {"fixed": {"value": 0.4}}},
    "gain_service": {"unit": "ratio", "distribution": {"fixed": {"value": 1.0}}},
    "year": {"unit": "years", "distribution": {"fixed": {"value": 1.0}}},
}
PLAIN = {n: RECORDS[n] for n in ("saving_one", "spent", "gain_service", "year")}  # what is read without structures
SIDES = Structure(
    "sides",
    "Which side it is",
    "Nobody knows: made up.",
    (
        Alternative("one", "as it is", "p_one"),
        Alternative("other", "the other side", m.Complement("p_one"), {"saving_one": "saving_other"}),
    ),
)
COSTS = Structure(
    "prices",
    "Whether anything is spent",
    "Made up.",
    (Alternative("dear", "as it is", 0.5), Alternative("free", "nothing is spent", 0.5, fixed={"spent": 0.0})),
)


def problem(*declared: Structure) -> m.DecisionProblem:
    """What one service saves, less what is spent on it."""
    service = m.Component("service", "A service")
    return m.DecisionProblem(
        id="made_up",
        label="Made up",
        pathway=LEDGER,
        strategies=(USUAL, m.Strategy("service", "A service", (service,))),
        settings=(
            m.Setting("first", "First", horizon="year", perspective="nhs_pss", effect="gain"),
            m.Setting("second", "Second", horizon="year", perspective="nhs_pss", effect="gain", given={"spent": 10.0}),
        ),
        costs=(
            m.CostItem("saved", "Saved", "nhs", m.Delivery("service"), "saving_one", sign=-1),
            m.CostItem("spent", "Spent", "nhs", m.Delivery("service"), "spent"),
        ),
        effects=(
            m.EffectMeasure("gain", "Gain", "point", items=(m.EffectItem(m.Delivery("service"), "gain_service"),)),
        ),
        perspectives=PERSPECTIVES,
        thresholds={"gain": (0.0, 50.0, 100.0)},
        structures=declared,
    )


def asked(*declared: Structure, **more: Any) -> Structures:
    case = load(problem(*declared), inline=RECORDS)
    return structure(case, **{**SIZE, "threshold": 50.0, **more})  # at £50 the gain of 1 pays what is spent


@cache
def two_sides() -> Structures:
    """What several tests look at."""
    return asked(SIDES)


def mean_of_greatest(mean: float, sd: float) -> float:
    """Of 0 and a normal number."""
    return float(mean * norm.cdf(mean / sd) + sd * norm.pdf(mean / sd))


# --- closed forms ---------------------------------------------------------------------------------


def test_the_average_of_two_normal_structures_is_as_worked_out_by_hand() -> None:
    found = two_sides()
    one, other, average = found.rows
    sd = math.hypot(SD, 1.0)
    mean = 0.4 * MEANS[0] + 0.6 * MEANS[1]
    known = 0.4 * MEANS[0]
    assert average["nmb_mean"] == pytest.approx(mean, abs=3)
    assert found.learnt["sides"].evppi == pytest.approx(known - max(mean, 0), abs=3)
    assert found.learnt["sides"].se < 2
    for row, mu in ((one, MEANS[0]), (other, MEANS[1])):
        assert row["p_cost_effective"] == pytest.approx(norm.cdf(mu / sd), abs=0.01)
        assert row["evpi"] == pytest.approx(mean_of_greatest(mu, sd) - max(mu, 0), abs=4)
    chance = 0.4 * norm.cdf(MEANS[0] / sd) + 0.6 * norm.cdf(MEANS[1] / sd)
    assert average["p_cost_effective"] == pytest.approx(chance, abs=0.01)
    greatest = 0.4 * mean_of_greatest(MEANS[0], sd) + 0.6 * mean_of_greatest(MEANS[1], sd)
    assert average["evpi"] == pytest.approx(greatest - max(mean, 0), abs=4)
    assert found.best == ("service", "usual_care", "usual_care" if mean < 0 else "service")


def test_the_joint_sample_tells_the_same_by_the_ways_of_any_result() -> None:
    """Its draws have structures in the weights, and the EVPPI by regression is that of the means."""
    found = two_sides()
    column = found.average.drawn.column("structure_sides_other")
    assert column.mean() == pytest.approx(0.6, abs=0.01)
    groups = {"side": ["structure_sides_other"], "saving": ["saving_one"]}
    by_group = found.average.evppi(groups, 50.0).set_index("group")["evppi"]
    assert by_group["side"] == pytest.approx(found.learnt["sides"].evppi, abs=15)
    assert by_group["all parameters"] == pytest.approx(found.evpi[0], abs=20)
    ceac = found.average.ceac([50.0]).iloc[0]
    assert ceac["corrected_service"] == pytest.approx(found.rows[-1]["p_cost_effective"], abs=0.02)


def test_a_parameter_is_learnt_while_the_structure_is_unknown() -> None:
    """What either side saves is its mean and the same normal error, which alone is learnt: as of one normal number."""
    found = two_sides()
    mean = 0.4 * MEANS[0] + 0.6 * MEANS[1]
    by_group = {r["group"]: r["evppi"] for r in found.parameters}
    assert by_group["saving_one"] == pytest.approx(mean_of_greatest(mean, SD) - max(mean, 0), abs=4)
    assert by_group["spent"] < 1 and set(by_group) == {"all parameters", "saving_one", "spent"}


def test_structures_are_crossed_and_each_is_known_by_itself() -> None:
    found = asked(SIDES, COSTS)
    assert [c.name for c in found.combinations] == ["one+dear", "one+free", "other+dear", "other+free"]
    assert [c.weight for c in found.combinations] == pytest.approx([0.2, 0.2, 0.3, 0.3])
    free = [r["nmb_mean"] - found.rows[k - 1]["nmb_mean"] for k, r in enumerate(found.rows) if k in (1, 3)]
    assert free == pytest.approx([50.0, 50.0], abs=0.1)  # the same draws: what is spent is all of the difference
    assert found.learnt["prices"].evppi == pytest.approx(max(0.5 * (0 + 50) - 0.5 * 0, 0) - 25, abs=1)
    assert found.learnt["all structures"].plain >= found.learnt["sides"].plain >= 0


@pytest.mark.parametrize("draws", [64, 1024])
def test_the_luck_of_the_best_is_taken_off_where_nothing_is_to_be_learnt(draws: int) -> None:
    """Equal strategies under both: whatever is found is chance, which the error covers, and half of it is taken off."""
    rng = np.random.default_rng(1)
    found = [
        evppi_of_structure(np.stack([rng.normal(0, 100, (2, draws)), np.zeros((2, draws))], axis=2), [0.5, 0.5])
        for _ in range(30)
    ]
    plain, bias, se = (float(np.mean([getattr(f, n) for f in found])) for n in ("plain", "bias", "se"))
    assert 0 < plain - bias < 0.9 * plain < se
    assert all(f.evppi == max(f.plain - f.bias, 0.0) for f in found)


def test_the_bias_is_that_of_the_greatest_of_normal_means() -> None:
    """By hand, of means whose error is known: what the greatest of each and 0 is expected to be, less what it is."""
    rng, draws = np.random.default_rng(4), 200
    told, by_hand = [], []
    for _ in range(40):
        x = rng.normal((5, -5), 100, (draws, 2)).T
        told.append(evppi_of_structure(np.stack([x, np.zeros_like(x)], axis=2), [0.5, 0.5]).bias)
        one, other = x.mean(axis=1)
        se, middle = 100 / math.sqrt(draws), (one + other) / 2
        again = (mean_of_greatest(one, se) + mean_of_greatest(other, se)) / 2 - mean_of_greatest(
            middle, se / math.sqrt(2)
        )
        by_hand.append(again - ((max(one, 0) + max(other, 0)) / 2 - max(middle, 0)))
    assert float(np.mean(told)) == pytest.approx(float(np.mean(by_hand)), rel=0.15)


def test_the_standard_error_is_the_spread_of_repetitions() -> None:
    """Where one structure's best is clear and the other's not far: 120 data sets of independent draws."""
    rng = np.random.default_rng(2)
    data = [np.stack([rng.normal((60, -40), 100, (200, 2)).T, np.zeros((2, 200))], axis=2) for _ in range(120)]
    found = [evppi_of_structure(x, [0.5, 0.5]) for x in data]
    spread = float(np.std([f.evppi for f in found]))
    assert float(np.mean([f.se for f in found])) == pytest.approx(spread, rel=0.2)
    assert float(np.mean([f.evppi for f in found])) == pytest.approx(20.0, abs=4 * spread / 20)


def test_a_group_is_learnt_as_one() -> None:
    means = np.array([10.0, -10.0, 30.0, -50.0])
    worth = np.stack([np.repeat(means[:, None], 8, axis=1), np.zeros((4, 8))], axis=2)
    whole = evppi_of_structure(worth, [0.25] * 4)
    halves = evppi_of_structure(worth, [0.25] * 4, group=[0, 0, 1, 1])
    assert whole.evppi == pytest.approx(10.0) and halves.evppi == 0.0  # (10 + 30) / 4 less nothing; (0 + 0) / 2
    assert (whole.se, whole.bias) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("benefit", "weight", "said"),
    [
        (np.zeros((2, 4)), [0.5, 0.5], "benefit: shape"),
        (np.zeros((2, 4, 2)), [0.5, 0.6], "weight"),
        (np.zeros((2, 4, 2)), [1.5, -0.5], "weight"),
        (np.full((2, 4, 2), np.nan), [0.5, 0.5], "finite"),
    ],
)
def test_malformed_arrays_are_refused(benefit: Any, weight: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        evppi_of_structure(benefit, weight)


def test_quantiles_of_a_mixture() -> None:
    x = np.random.default_rng(3).normal(size=2000)
    assert weighted_quantiles([(1.0, x)], [0.1]) == (np.quantile(x, 0.1),)
    low, high = weighted_quantiles([(0.5, x), (0.5, x + 100)], [0.25, 0.75])
    assert [low, high] == pytest.approx([0.0, 100.0], abs=0.1)
    (point,) = weighted_quantiles([(0.9, x), (0.1, x + 100)], [0.45])
    assert point == pytest.approx(0.0, abs=0.1)


# --- the same bits --------------------------------------------------------------------------------


def test_weights_of_one_and_none_are_the_plain_run_to_the_bit() -> None:
    found = asked(SIDES, weights={"one": 1.0, "other": 0.0})
    plain = run(load(problem(), inline=PLAIN), threshold=50.0, **SIZE)
    assert found.average.psa().drop(columns="structure_sides_other").equals(plain.psa())
    row, alone = found.rows[-1], found.rows[0]
    told = [n for n in row if n.split("_")[0] in ("cost", "effect", "nmb", "p", "evpi")]
    assert {n: row[n] for n in told} == {n: alone[n] for n in told}
    summary = plain.summary()["incremental"][0]
    assert (row["cost_mean"], row["cost_low"]) == (summary["cost"]["mean"], summary["cost"]["low"])
    assert found.learnt["sides"].evppi == 0.0
    assert np.array_equal(found.ceac()["average_service"], plain.ceac()["corrected_service"])


def test_the_other_alternative_is_the_run_with_its_record_to_the_bit() -> None:
    found = two_sides()
    other = run(load(problem(), inline={**PLAIN, "saving_one": RECORDS["saving_other"]}), threshold=50.0, **SIZE)
    assert np.array_equal(found.results[1].cost, other.cost)
    assert not np.array_equal(found.results[0].cost, other.cost)


def test_order_of_alternatives_alters_no_number_of_one() -> None:
    turned = replace(SIDES, alternatives=SIDES.alternatives[::-1])
    one, other = two_sides(), asked(turned)
    assert one.rows[0]["nmb_mean"] == other.rows[1]["nmb_mean"]
    assert one.rows[-1]["nmb_mean"] == pytest.approx(other.rows[-1]["nmb_mean"], rel=1e-12)
    assert one.learnt["sides"].evppi == pytest.approx(other.learnt["sides"].evppi, rel=0.02)


def test_at_the_point_estimates_there_is_one_draw_and_no_error() -> None:
    found = asked(SIDES, draws=1)
    one, other, average = found.rows
    assert (one["nmb_mean"], other["nmb_mean"]) == (pytest.approx(MEANS[0]), pytest.approx(MEANS[1]))
    assert average["nmb_mean"] == pytest.approx(0.4 * MEANS[0] + 0.6 * MEANS[1])
    assert average["p_cost_effective"] is average["evpi"] is average["nmb_low"] is None
    assert found.learnt_rows()[0]["se"] is None and found.learnt["sides"].evppi == pytest.approx(120.0)
    assert found.parameters == [] and found.summary()["draws"] == 1


# --- mistakes -------------------------------------------------------------------------------------


def test_every_mistake_in_weights_is_told_at_once() -> None:
    case = load(problem(SIDES, COSTS), inline=RECORDS)
    chosen = structures_of(case)
    with pytest.raises(m.ModelError) as caught:
        weights_of(chosen, case, {"one": 0.7, "other": 0.7, "dear": -1.0, "nowhere": 0.1})
    told = "\n".join(map(str, getattr(caught.value, "parts", [caught.value])))
    for said in ("one 0.7, other 0.7 come to 1.4", "dear: -1", "nowhere", "given for dear and not for free"):
        assert said in told


def test_structures_that_cannot_be_run_are_refused() -> None:
    none = load(problem(), inline=PLAIN)
    with pytest.raises(m.ModelError, match="no structural alternatives are declared"):
        structures_of(none)
    case = load(problem(SIDES, COSTS), "second", inline=RECORDS)
    assert [s.name for s in structures_of(case)] == ["sides"]  # what is spent is given there
    with pytest.raises(m.ModelError, match="spent is not read under setting second"):
        structures_of(case, ["prices"])
    with pytest.raises(m.ModelError, match="sides"):
        structures_of(case, ["side"])
    with pytest.raises(m.ModelError, match="spent is set for this run"):
        structures_of(load(problem(COSTS), inline=PLAIN, changes={"spent": 3.0}))
    lost = replace(SIDES, alternatives=(SIDES.alternatives[0], Alternative("x", "x", 0.6, {"saving_one": "nowhere"})))
    with pytest.raises(m.ModelError, match="no parameter record for nowhere"):
        structures_of(load(problem(lost), inline={**PLAIN, "p_one": RECORDS["p_one"]}))
    days = {"saved_days": {"unit": "days", "distribution": {"fixed": {"value": 2.0}}}}
    unlike = Alternative("days", "in days", 0.6, {"saving_one": "saved_days"})
    misplaced = replace(SIDES, alternatives=(SIDES.alternatives[0], unlike))
    with pytest.raises(m.ModelError, match=r"Alternative days: saving_one\.unit: days stands at"):
        structures_of(load(problem(misplaced), inline={**PLAIN, "p_one": RECORDS["p_one"], **days}))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Structure("s", "S", "why", (SIDES.alternatives[0],)), "need at least two"),
        (lambda: Structure("s", "S", "", SIDES.alternatives), "reason: empty"),
        (lambda: Alternative("a", "A", 0.5, {"x": "y"}, {"x": 1.0}), "x replaced and fixed"),
        (lambda: Alternative("a", "A", 0.5, fixed={"x": math.nan}), r"fixed\[x\]"),
        (lambda: problem(SIDES, replace(SIDES, name="again")), "alternatives: one, other given more than once"),
    ],
)
def test_what_cannot_be_declared(made: Any, said: str) -> None:
    with pytest.raises(m.ModelError, match=said):
        made()


# --- the command ----------------------------------------------------------------------------------


TOML = """
[{name}]
label = "{name}"
unit = "{unit}"
{year}distribution = {{ {kind} = {{ {arguments} }} }}
source = "assumption"
status = "assumed"
note = "Made up."
"""


def toml(records: Mapping[str, Any]) -> str:
    """Records as a file holds them."""
    found = []
    for name, record in records.items():
        ((kind, arguments),) = record["distribution"].items()
        year = f'price_year = "{record["price_year"]}"\n' if "price_year" in record else ""
        told = ", ".join(f"{k} = {v}" for k, v in arguments.items())
        found.append(TOML.format(name=name, unit=record["unit"], year=year, kind=kind, arguments=told))
    return "".join(found)


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_figures: None) -> tuple[str, ...]:
    """The command of a problem that the catalogue is made to have."""
    (tmp_path / "records.toml").write_text(toml(RECORDS), encoding="utf-8")
    monkeypatch.setattr("simulate.ask.case.find_problem", lambda name: problem(SIDES, COSTS))
    sizes = ("--draws", "64", "--people", "10", "--wtp", "50")
    return ("structure", "made_up", "--parameters", str(tmp_path / "records.toml"), *sizes)


def test_the_command_writes_and_says_what_it_found(command: Any, words: tuple[str, ...], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = command(*words, "sides", "--weights", "one=0.75,other=0.25", "--out", out, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [r["structure"] for r in found["rows"]] == ["one", "other", "average"]
    one, other, average = (r["nmb_mean"] for r in found["rows"])
    assert average == pytest.approx(0.75 * one + 0.25 * other)
    assert {r["status"] for r in found["weights"]} == {"assumed"} and {r["by"] for r in found["weights"]} == {
        "the user"
    }
    written = {"structure.csv", "ceac.csv", "psa.csv", "evppi_of_structure.csv", "summary.json", "manifest.json"}
    assert written <= {p.name for p in out.iterdir()}
    before = {p.name: p.read_bytes() for p in out.iterdir() if p.is_file() and p.name != "manifest.json"}
    told = command(*words, "sides", "--weights", "one=0.75,other=0.25", "--out", out)
    assert told.code == 0 and "weight 75%, assumed" in told.out
    assert {name: (out / name).read_bytes() for name in before} == before


def test_the_command_tells_all_mistakes_and_runs_nothing(command: Any, words: tuple[str, ...], tmp_path: Path) -> None:
    done = command(*words, "--weights", "free=2,fre=0.5", "--figures", "some", "--out", tmp_path / "out")
    assert done.code == 2 and done.out == "" and not (tmp_path / "out").exists()
    for said in ("--figures", "free: 2", "'fre'", "given for free and not for dear"):
        assert said in done.err, said


# --- the catalogue --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in problem_ids() if find_problem(n).structures])
def test_structures_of_the_catalogue_can_be_run_as_declared(name: str) -> None:
    case = load(name)
    chosen = structures_of(case)
    assert chosen == case.problem.structures
    weights = weights_of(chosen, case)
    assert sum(c.weight for c in combinations(chosen, weights)) == pytest.approx(1.0)
    for changed in drawn_alike([c.split(case)[0] for c in combinations(chosen, weights)]):
        assert changed.names() == case.names()


def test_readings_are_the_variants_by_which_the_main_result_draws() -> None:
    case = load("joint_crisis_plan")
    (admissions, _) = structures_of(case)
    splits = [c.split(case) for c in combinations([admissions], weights_of([admissions], case))]
    assert [v and v.name for _, v in splits] == ["voluntary_unchanged", "combined_unchanged"]
    assert all(changed.parameters == case.parameters for changed, _ in splits)
