"""Sensitivity analysis: the base case to the last bit, engine ratios solved again, exact switches, strict scenarios."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models as m
from parameters import InputError
from simulate import load, run
from simulate.analyse import sweep
from simulate.analyse.sweep.cells import changed, simulate_cells
from simulate.ask.asked import ask
from simulate.ask.case import Case
from simulate.ask.reads import longer_follow_up
from simulate.evaluate import tornado
from simulate.evaluate.sensitivity.variance import saltelli_sample, sobol_indices
from simulate.present.faces.sweep import figures, lines
from simulate.present.figures.gallery import draw_figures
from simulate.result.judgement import increments
from simulate.running.running import drawn_for

pytestmark = pytest.mark.usefixtures("solved_once")

PLAN = "joint_crisis_plan"


@pytest.fixture(scope="module")
def drug(example: Callable[[str], ModuleType]) -> Case:
    """The example, with a price of the new drug that is not certain."""
    module = example("illness_death")
    *others, price = module.PROBLEM.costs
    problem = replace(module.PROBLEM, costs=(*others, replace(price, unit_cost="c_drug")))
    gamma = {"gamma": {"mean": 10_000.0, "se": 1_000.0}}
    record = {"unit": "GBP_per_year", "price_year": "2023/24", "distribution": gamma}
    return load(problem, inline={**module.INLINE, "c_drug": record})


@pytest.fixture(scope="module")
def plan() -> Case:
    return load(PLAN)


# --- functions of arrays --------------------------------------------------------------------------


def test_a_tornado_by_hand() -> None:
    frame = tornado(["a", "b", "c", "d"], [9, 10, 12, 10], [13, 10, 11, 5], 10, [0, 1, 2, 3], [1, 2, 3, 4])
    assert list(frame["parameter"]) == ["d", "a", "c", "b"]
    assert list(frame["swing"]) == [5, 4, 2, 0]
    assert list(frame["direction"]) == ["falls", "rises", "turns", "none"]
    assert frame[["low_input", "high_input", "outcome_at_low", "outcome_at_high", "base"]].iloc[0].tolist() == [
        3, 4, 10, 5, 10,
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"outcome_at_high: shape \(2,\); expected \(1,\)"):
        tornado(["a"], [1], [1, 2], 0)


def test_sobol_indices_of_a_sum_and_a_product() -> None:
    """y = a + 2 b: shares 0.2 and 0.8; y = (a - 1/2)(b - 1/2): all interaction."""
    pytest.importorskip("SALib")
    u = saltelli_sample(["a", "b", "c"], 1024, 1)
    found = sobol_indices({"sum": u[:, 0] + 2 * u[:, 1], "product": (u[:, 0] - 0.5) * (u[:, 1] - 0.5)}, "abc", 1)
    table = found.set_index(["outcome", "parameter"])
    assert table["first"]["sum"][["a", "b", "c"]].tolist() == pytest.approx([0.2, 0.8, 0], abs=0.02)
    assert table["first"]["product"][["a", "b", "c"]].tolist() == pytest.approx([0, 0, 0], abs=0.1)
    assert table["total"]["product"][["a", "b", "c"]].tolist() == pytest.approx([1, 1, 0], abs=0.1)
    assert found.equals(
        sobol_indices({"sum": u[:, 0] + 2 * u[:, 1], "product": (u[:, 0] - 0.5) * (u[:, 1] - 0.5)}, "abc", 1)
    )


# --- the base case, to the last bit -----------------------------------------------------------------


@pytest.mark.usefixtures("hasty_calibration")
def test_a_parameter_at_its_base_value_is_the_base_case_bit_for_bit(plan: Case) -> None:
    names = ["rr_detention_jcp", "rr_admission_jcp", "v_frailty", "c_bed_day", "r_crisis"]
    points = {n: (plan.parameters[n].distribution.point,) * 2 for n in names}
    moved = {"c_joint_crisis_plan": (100.0, 400.0), "rr_detention_jcp": (0.7, 0.75)}
    found = sweep.one_way(plan, [*names, "c_joint_crisis_plan"], ranges={**points, **moved}, people=2000, seed=3)
    alone = run(plan, fixed=True, people=2000, seed=3)
    assert (found.result.cost[0] == alone.cost[0]).all() and (found.result.effect[0] == alone.effect[0]).all()
    at_base = [0, 2, *range(3, 2 * len(names) + 1)]  # but for the low value of the first
    for values in (found.result.cost, found.result.effect):
        assert (values[at_base] == values[0]).all() and not (values[1] == values[0]).all()
    table = found.tornado().set_index("parameter")
    assert (table.loc[names[1:], "swing"] == 0).all() and (table.loc[names[1:], "direction"] == "none").all()
    assert table.loc["c_joint_crisis_plan", "swing"] == pytest.approx(300 * 1.15)  # with plans not made
    assert found.base() == table["base"].iloc[0] == increments(alone, PLAN, found.threshold)["nmb"][0]


def test_engine_ratios_are_solved_again(plan: Case) -> None:
    """As a run that fixes the parameter does, up to its own tolerance; prices change none."""
    for name, value in (("p_detention_control_crimson", 0.25),):
        cell = simulate_cells(plan, [{name: value}, {"c_bed_day": 400.0}], people=500)
        alone = run(load(PLAN, changes={name: value}), fixed=True, people=500)
        for target in plan.setting.targets:
            solved = cell.draws.column(target.unknown)
            assert solved[1] == pytest.approx(alone.draws.column(target.unknown)[0], rel=0.02), target.unknown
            assert solved[2] == solved[0]
        assert not np.isclose(cell.draws.column("r_admission")[1], cell.draws.column("r_admission")[0], rtol=0.1)


def test_shares_of_a_whole_keep_adding_up() -> None:
    ward = m.Domain("ward", ("a", "b", "c"))
    pathway = m.Pathway("wards", (ward,), (), {"ward": m.Mixture({"a": "p_a", "b": "p_b", "c": "p_c"}, "c")})
    strategies = (m.Strategy("usual", "Usual"), m.Strategy("new", "New"))
    problem = m.DecisionProblem("wards", "Wards", pathway, strategies, (m.Setting("s", "S", 1.0),))
    counts = {"a": 2.0, "b": 3.0, "c": 5.0}
    case = load(problem, inline={"p": {"unit": "probability", "distribution": {"dirichlet": {"counts": counts}}}})
    cells = changed(case, drawn_for(ask(case, people=100, fixed=True)), [{}, {"p_a": 0.6}])
    assert cells.values == pytest.approx(np.array([[0.2, 0.3, 0.5], [0.6, 0.15, 0.25]]))


def test_each_end_of_a_tornado_is_that_of_its_own_value(drug: Case) -> None:
    found = sweep.one_way(drug, ["c_drug", "tr_recovers"], people=200, threshold=20_000)
    rows = found.tornado().set_index("parameter")
    for name in found.names:
        ends = simulate_cells(drug, [{name: x} for x in found.ranges[name]], people=200)
        base, low, high = increments(ends, found.strategy, 20_000)["nmb"]
        row = rows.loc[name]
        assert (row["outcome_at_low"], row["base"], row["outcome_at_high"]) == (low, base, high)
    assert rows["direction"]["c_drug"] == "falls"


# --- where the decision changes ---------------------------------------------------------------------


def test_a_price_that_a_setting_gives_by_another_name_moves_what_it_prices() -> None:
    """Two bed-days more at £400 and at £700 a day, in cells that are simulated once: £600 apart."""
    cells = [{"bed_days_averted_advice": -2.0, "c_bed_day": price} for price in (400.0, 700.0)]
    found = simulate_cells("welfare_advice", cells, people=10)
    one, two = (increments(found, found.strategies[1], 0.0)["cost"][k] for k in (1, 2))
    assert two - one == pytest.approx(600.0)


def test_the_highest_price_is_exact(drug: Case) -> None:
    """At the price found, net benefit is 0; beyond the range it is told all the same."""
    found = sweep.threshold_value(drug, "c_drug", ranges={"c_drug": (0.0, 30000.0)}, threshold=20_000, people=500)
    (switch,) = found.inside
    assert switch.exact and (switch.below, switch.above) == ("new", "old")
    there = simulate_cells(drug, [{"c_drug": switch.value}], people=500)
    assert increments(there, "new", 20_000)["nmb"][1] == pytest.approx(0, abs=1e-6)
    narrow = sweep.threshold_value(drug, "c_drug", ranges={"c_drug": (0.0, 1.0)}, threshold=20_000, people=500)
    assert not narrow.inside and narrow.outside[0].value == pytest.approx(switch.value)
    assert "No change within c_drug from 0 to 1" in narrow.verdict()


def test_what_the_simulation_reads_is_bracketed(drug: Case) -> None:
    found = sweep.threshold_value(
        drug, "tr_falls_ill", ranges={"tr_falls_ill": (0.5, 6.0)}, threshold=60_000, people=500
    )
    assert len(found.inside) == 1
    for switch in found.inside:
        there = simulate_cells(drug, [{"tr_falls_ill": switch.value}], people=500)
        gaps = np.ptp(increments(found.result, "new", 60_000)["nmb"][1:])
        assert not switch.exact and abs(increments(there, "new", 60_000)["nmb"][1]) < 0.02 * gaps


def test_a_grid_holds_its_corners(drug: Case) -> None:
    a, b = "c_drug", "tr_recovers"
    found = sweep.two_way(drug, a, b, ranges={a: (0, 900)}, points=3, people=200)
    low, high = found.grid[1][[0, -1]]
    corners = simulate_cells(drug, [{a: x, b: y} for x in (0.0, 900.0) for y in (low, high)], people=200)
    nmb = increments(corners, "new", found.threshold)["nmb"]
    assert len(set(nmb[1:])) == 4  # no corner could stand for another
    assert found.surface()[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == nmb[1:].tolist()
    assert found.table()["incremental_nmb"][0] == nmb[0] and len(found.table()) == 10


# --- scenarios and subgroups ----------------------------------------------------------------------


def test_every_wrong_scenario_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        '[a]\nlabel = "A"\nreason = "r"\nperspektive = "nhs_pss"\n'
        '[b]\nlabel = "B"\nreason = "r"\nset = { c_bed_dya = 1, rr_admission_jcp = -1 }\n'
        '[c]\nlabel = "C"\nreason = "r"\nperspective = "nhs"\nvariant = "se_1"\n'
        '[d]\nlabel = "D"\nreason = "r"\n[e]\nlabel = "E"\ndiscount = 2\n'
        '[f]\nlabel = "F"\nreason = "r"\nsetting = "crimson"\n'
    )
    with pytest.raises(InputError) as told:
        sweep.scenarios(PLAN, file)
    text = str(told.value).splitlines()
    for number, part in {
        4: "a.perspektive: unknown key",
        8: "b.set.c_bed_dya",
        12: "c.perspective",
        13: "c.variant",
    }.items():
        assert any(line.startswith(f"{file}:{number}: {part}") for line in text), (number, part, text)
    assert any("b.set.rr_admission_jcp: -1 is out of range" in line for line in text)
    assert any("d: changes nothing" in line for line in text)
    assert any("e.reason: missing; every scenario needs it" in line for line in text)
    assert any("e.discount" in line for line in text) and any("did you mean crimson_2013" in line for line in text)


@pytest.mark.usefixtures("hasty_calibration")
def test_a_scenario_is_the_run_it_names(tmp_path: Path) -> None:
    """The same bits as `run` with the same changes; the horizon leaves what was solved for as it was."""
    file = tmp_path / "s.toml"
    file.write_text(
        '[price]\nlabel = "P"\nreason = "r"\nset = { c_bed_day = 442 }\nperspective = "nhs_pss"\n'
        '[year]\nlabel = "Y"\nreason = "r"\nhorizon = 1.0\ndiscount = 0.015\n'
    )
    found = sweep.scenarios(PLAN, file, draws=1, people=1000)
    alone = run(load(PLAN, changes={"c_bed_day": 442.0}), fixed=True, people=1000, perspective="nhs_pss")
    assert (found.results["price"].cost == alone.cost).all() and (found.results["price"].effect == alone.effect).all()
    year, base = found.results["year"], found.results["base"]
    assert year.statistics.horizon == 1.0 and base.statistics.horizon == 1.5
    assert year.draws.column("r_admission") == base.draws.column("r_admission")
    assert year.draws.column("r_discount_costs") == [0.015]
    table = found.table().set_index("scenario")
    assert table.loc["base", "nmb_change"] == 0 and table.loc["price", "nmb_low"] is None
    assert "People are followed for" not in " ".join(lines(found, found.summary()))


@pytest.mark.usefixtures("hasty_calibration")
def test_a_follow_up_longer_than_the_settings_own_says_what_it_takes_for_granted(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('[long]\nlabel = "Ten years"\nreason = "r"\nhorizon = 10.0\n')
    found = sweep.scenarios(PLAN, file, draws=1, people=100)
    (line,) = [text for text in lines(found, found.summary()) if "followed for" in text]
    assert line.startswith("Ten years: people are followed for 10 years, and for 18 months in the setting as it is:")
    assert "declared to wane" in line and "what is paid once is not paid again" in line
    set_by_hand = load(PLAN, changes={"horizon_18_months": 19.0})
    for case, told in ((set_by_hand, (19 / 12, 1.5)), (load(PLAN), None), (load(PLAN, "henderson_2004"), None)):
        years = longer_follow_up(case.problem, case.setting, case.parameters)
        assert years == (None if told is None else pytest.approx(told))


@pytest.mark.parametrize(
    ("name", "setting", "count"),
    [
        ("joint_crisis_plan", None, 19),
        ("housing_first", "england", 5),
        ("individual_placement_and_support", None, 7),
        ("recovery_college", None, 4),
    ],
)
def test_the_shipped_scenarios_can_be_read(name: str, setting: str | None, count: int, checkout: Path) -> None:
    from simulate.analyse.sweep.scenario_file import read

    usual = {"setting": setting, "parameters": (), "inline": None, "changes": None}
    file = checkout / "parameters" / "scenarios" / f"{name}.toml"
    found = read(file, name, usual, {"draws": 2, "people": 2})
    assert found[0].name == "base" and len(found) == count


def test_subgroups_are_those_of_the_run(example: Callable[[str], ModuleType], tmp_path: Path) -> None:
    module = example("ward_restraint")
    case = load(module.PROBLEM)
    found = sweep.subgroups(case, "legal", draws=16, people=40, threshold=100)
    alone = run(case, draws=16, people=40, subgroup="legal").subgroup("detained")
    row = found.table().set_index("level").loc["detained"]
    assert row["cost_mean"] == pytest.approx((alone.cost[:, 1] - alone.cost[:, 0]).mean())
    assert len(draw_figures(lambda: figures(found), tmp_path)) == 3 and "detained: Programme" in "\n".join(
        lines(found, found.summary())
    )


# --- wrong questions, figures and the command --------------------------------------------------------


def test_everything_wrong_with_the_names_is_told_at_once(plan: Case) -> None:
    with pytest.raises(InputError) as told:
        sweep.one_way(plan, ["c_bed_dya", "g_death", "horizon_18_months"], ranges={"c_bed_day": (5.0, -1.0)})
    text = str(told.value)
    assert "c_bed_dya: is no parameter" in text and "did you mean c_bed_day?" in text
    assert "g_death: is fixed at" in text and "make it a scenario" in text and "c_bed_day: -1 is out of range" in text


def test_figures_and_tables_of_every_kind(drug: Case, tmp_path: Path) -> None:
    pytest.importorskip("SALib")
    names = drug.uncertain()[:2]
    for found in (
        sweep.one_way(drug, names, people=100),
        sweep.two_way(drug, names[0], names[1], points=3, people=100),
        sweep.threshold_value(drug, "c_drug", ranges={"c_drug": (0, 2000)}, people=100),
        sweep.sobol(drug, names, points=8, people=50),
    ):
        folder = tmp_path / found.kind
        files = draw_figures(partial(figures, found), folder)
        assert {f.suffix for f in files} == {".png", ".svg", ".csv"} and lines(found, found.summary())
        json.dumps(found.summary(), allow_nan=False)


def test_the_command_refuses_two_questions_at_once(command: Callable[..., Any]) -> None:
    done = command("sweep", PLAN, "--one-way", "--sobol")
    assert done.code == 2 and "--one-way and --sobol asked for; allowed: one of" in done.err
    done = command("sweep", PLAN, "--one-way", "--range", "c_bed_day=1")
    assert done.code == 2 and "c_bed_day: 'c_bed_day=1' is no NAME=LOW:HIGH" in done.err


def test_without_salib_it_is_said_how_to_install_it(
    command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "SALib.sample.sobol", None)
    done = command("sweep", PLAN, "--sobol", "--out", tmp_path / "s")
    assert done.code == 4 and not (tmp_path / "s").exists()
    assert "pip install SALib" in done.err and "recovery-cea[" not in done.err  # our name is on no index


def test_a_strange_threshold_or_strategy_is_refused_before_anything_runs(plan: Case) -> None:
    with pytest.raises(m.ModelError, match="threshold: -1"):
        sweep.two_way(plan, "c_bed_day", "r_crisis", threshold=-1)
    with pytest.raises(m.ModelError, match="strategy: 'usual_care' is unknown"):
        sweep.one_way(plan, strategy="usual_care")
