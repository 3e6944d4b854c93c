"""What one run tells by subgroup, year and age: parts that add up to the whole, valued like any other result."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from models.contract import Characteristic, ModelError, Numeric
from simulate import load, run
from simulate.ask.case import Case
from simulate.engine import driver
from simulate.result.priorities.equity import Baseline, equity
from simulate.result.result import Result

LEVELS = ("detained", "informal")


@pytest.fixture(scope="module")
def case(example: Callable[[str], ModuleType]) -> Case:
    """The ward with an age as well."""
    problem = example("ward_restraint").PROBLEM
    age = Characteristic("age", Numeric("normal", 40.0, 12.0, low=18.0, high=90.0))
    pathway = replace(problem.pathway, characteristics=(*problem.pathway.characteristics, age))
    horizon = replace(problem.settings[0], horizon=2.5)
    return load(replace(problem, pathway=pathway, settings=(horizon,)))


@pytest.fixture(scope="module")
def result(case: Case) -> Result:
    return run(case, draws=32, people=200, seed=6, subgroup="legal", by_year=True, ages=(18, 30, 45.5))


# --- subgroups --------------------------------------------------------------------------------


def test_subgroups_add_up_to_the_whole(result: Result) -> None:
    parts = [result.subgroup(level) for level in result.subgroup_levels]
    assert result.subgroup_levels == LEVELS
    people = np.stack([p.statistics.people.sum() for p in parts])
    assert people.sum() == pytest.approx(200)
    for name in ("cost", "effect"):
        # Means of each draw, weighted by the mean size of a subgroup: sizes differ a little between draws.
        joined = sum(n * getattr(p, name).mean(axis=0) for n, p in zip(people, parts, strict=True)) / 200
        assert joined == pytest.approx(getattr(result, name).mean(axis=0), rel=0.02)


def test_a_subgroup_is_valued_like_any_result(result: Result) -> None:
    detained, runs = result.subgroup("detained"), driver.kernel_runs
    cheap = result.value(prices={"c_day_later": 0.0}).subgroup("detained")
    assert (cheap.cost < detained.cost).all()
    assert cheap.value(prices={"c_day_later": 510.0}).cost == pytest.approx(
        detained.value(prices={"c_day_later": 510.0}).cost
    )
    assert detained.value(effect="qaly").effect.min() > 0
    assert len(detained.ceac([0.0, 100.0])) == 2 and len(detained.psa()) == 32
    assert driver.kernel_runs == runs


def test_health_of_groups_is_gained_less_what_the_money_of_all_displaces(result: Result) -> None:
    """New minus comparator; a quarter of people are detained, and everybody gives up alike what their money buys."""
    whole, base = result.value(effect="qaly"), Baseline(LEVELS, (0.25, 0.75), (60.0, 68.0), (1.0, 1.0))
    found = equity(whole, base, 20_000.0).groups
    parts = [whole.subgroup(level) for level in LEVELS]
    cost, effect = ([(x[:, 1] - x[:, 0]).mean() for x in (getattr(p, n) for p in parts)] for n in ("cost", "effect"))
    assert found["cost_mean"].tolist() == pytest.approx(cost) and cost[0] != pytest.approx(cost[1], rel=0.01)
    assert found["effect_mean"].tolist() == pytest.approx(effect)
    displaced = (0.25 * cost[0] + 0.75 * cost[1]) / 20_000
    assert found["net_health_mean"].tolist() == pytest.approx([e - displaced for e in effect])


def test_the_table_says_what_the_results_say(result: Result) -> None:
    table = result.subgroups().set_index(["level", "strategy"])
    for level in LEVELS:
        mine = result.subgroup(level)
        for i, strategy in enumerate(result.strategies):
            row = table.loc[[(level, strategy)]].iloc[0]
            assert row["cost_mean"] == pytest.approx(mine.cost[:, i].mean(), rel=1e-12)
            assert row["effect_low"] < row["effect_mean"] < row["effect_high"] and row["cost_mcse"] > 0
        difference = mine.cost[:, 1] - mine.cost[:, 0]
        new = table.loc[[(level, "programme")]].iloc[0]
        assert new["incremental_cost_mean"] == pytest.approx(difference.mean(), rel=1e-9)
        assert new["incremental_cost_low"] == pytest.approx(np.quantile(difference, 0.025), rel=1e-9)
        assert np.isnan(table["incremental_cost_mean"][level, "usual"])


def test_the_characteristic_makes_a_difference(result: Result) -> None:
    """Detained people are restrained more: the table would show it if levels were swapped."""
    table = result.subgroups().set_index(["level", "strategy"])
    assert table["effect_mean"]["detained", "usual"] < table["effect_mean"]["informal", "usual"] - 3


def test_a_level_without_people_is_told(case: Case) -> None:
    found = run(case, draws=16, people=2, subgroup="legal")
    rows = found.summary()["subgroups"]
    assert [r["level"] for r in rows] == list(LEVELS)
    assert {r["people"] for r in rows} == {None} and all(r["strategies"] == [] for r in rows)
    with pytest.raises(ModelError, match="nobody is 'detained' in some draw; simulate more people"):
        found.subgroup("detained")
    assert found.subgroups()["cost_mean"].isna().all()


def test_batches_that_are_empty_in_some_draw_do_not_stop_it(case: Case) -> None:
    found = run(case, draws=16, people=20, subgroup="legal").subgroup("detained")
    assert len(found.values.people) == 1  # ten batches of two: joined
    assert found.ceac([0.0])["corrected_usual"].isna().all()
    assert json.dumps(found.summary(), allow_nan=False)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"subgroup": "legl"}, "did you mean legal?"),
        ({"subgroup": "age"}, "subgroup age: is a number; allowed: a characteristic with levels"),
        ({"ages": (40, 30)}, "ages: 40, 30; must rise"),
        ({"ages": (-1,)}, "must rise, from 0 or more"),
        ({"ages": (float("nan"),)}, "must rise"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_before_anything_runs(
    asked: dict[str, Any], words: str, case: Case
) -> None:
    before = driver.kernel_runs
    with pytest.raises(ModelError) as fault:
        run(case, draws=16, people=20, **asked)
    assert words in str(fault.value) and driver.kernel_runs == before


def test_what_was_not_asked_for_is_refused_saying_how(case: Case) -> None:
    plain = run(case, draws=1, people=20)
    with pytest.raises(ModelError, match="run with subgroup"):
        plain.subgroup("detained")
    with pytest.raises(ModelError, match="run with by_year"):
        plain.by_year()
    with pytest.raises(ModelError, match="run with ages"):
        plain.by_age()
    assert plain.summary()["subgroups"] == []


# --- bins -------------------------------------------------------------------------------------


def test_years_add_up_to_the_whole(result: Result) -> None:
    table, x = result.by_year(), result.statistics
    assert table[["year", "from", "to"]].drop_duplicates().to_numpy().tolist() == [
        [1, 0, 1],
        [2, 1, 2],
        [3, 2, 2.5],
    ]
    sums = table.groupby(["strategy", "measure", "name"])["mean"].sum()
    for i, strategy in enumerate(x.strategies):
        for name, counts in result.event_counts().items():
            assert sums[(strategy, "events", name)] == pytest.approx(counts[:, i].mean(), rel=1e-9)
        on_ward = result.days()["bed_days"][:, i].mean() / 365.25
        assert sums[(strategy, "years", "place.ward")] == pytest.approx(on_ward, rel=1e-9)
        everything = sums[(strategy, "years", "place.ward")] + sums[(strategy, "years", "place.home")]
        assert everything == pytest.approx(2.5, rel=1e-9)
    assert (table["mcse"] > 0).any() and (table["low"] <= table["mean"]).all()


def test_ages_add_up_to_the_whole(result: Result) -> None:
    table = result.by_age()
    assert table[["band", "from"]].drop_duplicates().to_numpy().tolist() == [[1, 18], [2, 30], [3, 45.5]]
    assert table["to"].isna().sum() == len(table) / 3
    sums = table.groupby(["strategy", "measure", "name"])["mean"].sum()
    for i, strategy in enumerate(result.strategies):  # nobody is younger than 18
        for name, counts in result.event_counts().items():
            assert sums[(strategy, "events", name)] == pytest.approx(counts[:, i].mean(), rel=1e-9)


# --- the command line -------------------------------------------------------------------------


@pytest.mark.usefixtures("ward_in_catalogue", "no_figures")
def test_the_command_line_writes_them(command: Any, tmp_path: Path) -> None:
    asked = ("--subgroup", "legal", "--by-year", "--draws", 32, "--people", 60, "--rng", "philox", "--no-variants")
    done = command("run", "ward_restraint", *asked, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "Differences by Legal status (legal)" in done.out and "Detained, " in done.out
    assert "subgroups.csv" in done.out and "by_year.csv" in done.out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [r["level"] for r in summary["subgroups"]] == list(LEVELS)
    for row in summary["subgroups"]:
        assert row["people"] > 0 and [s["id"] for s in row["strategies"]] == ["usual", "programme"]
        assert set(row["strategies"][0]["cost"]) == {"mean", "low", "high", "mcse"}
        assert row["incremental"][0]["cost"]["mcse"] > 0
    with (tmp_path / "out" / "subgroups.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [(r["level"], r["strategy"]) for r in rows] == [(a, b) for a in LEVELS for b in ("usual", "programme")]
    assert float(rows[0]["cost_mean"]) == pytest.approx(summary["subgroups"][0]["strategies"][0]["cost"]["mean"])
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["rng"] == "philox4x32-10" and len(manifest["libm"]) == 32 and manifest["cohort"] is None
    assert manifest["collected"] == {"subgroup": "legal", "by_year": True, "ages": []}
    assert not (tmp_path / "out" / "by_age.csv").exists()


@pytest.mark.usefixtures("ward_in_catalogue")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--ages", "18,x"], "--ages: '18,x'; allowed: ages in years with commas between"),
        (["--ages", "18,30"], "pathway ward has no characteristic called age"),
        (["--subgroup", "sex"], "'sex' is unknown; allowed: legal"),
        (["--rng", "mersenne"], "allowed: splitmix64, philox4x32-10"),
        (["--cohort", "absent.csv"], "absent.csv: cohort: cannot be read"),
    ],
)
def test_bad_options_are_refused(options: list[str], words: str, command: Any, tmp_path: Path) -> None:
    done = command("run", "ward_restraint", *options, "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "") and words in done.err
    assert list(tmp_path.iterdir()) == []


def test_another_generator_agrees_and_is_another(case: Case) -> None:
    ours, other = (run(case, draws=1, people=20_000, fixed=True, rng=r) for r in ("splitmix", "philox"))
    assert other.options.rng == "philox4x32-10" and ours.options.rng == "splitmix64"
    assert not np.array_equal(ours.cost, other.cost)
    assert other.cost == pytest.approx(ours.cost, rel=0.02)
