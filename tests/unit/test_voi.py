"""The value of learning more about a result: of parameters, of trials, and from a folder of results."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from models.catalogue import problem, problem_ids
from models.contract import ModelError
from parameters.units import in_plural
from simulate import Result, load, read_result, run
from simulate.evaluate import evpi, evsi
from simulate.evaluate.information.partial import DEGREES
from simulate.result import judgement, voi

pytestmark = pytest.mark.usefixtures("solved_once")

THRESHOLD = 69_900.0  # GBP per QALY, where the example's decision is a coin's toss


@pytest.fixture(scope="module")
def result(example: Callable[[str], ModuleType]) -> Result:
    module = example("illness_death")
    return run(load(module.PROBLEM, inline=module.INLINE), draws=512, people=128, seed=1)


@pytest.fixture(scope="module")
def known(result: Result) -> voi.Benefit:
    return voi.benefit(result, THRESHOLD)


def test_the_functions_of_arrays_import_nothing_heavy() -> None:
    code = "import sys, simulate.evaluate; print({'pandas', 'sklearn', 'scipy', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_folder_is_read_and_asked_without_what_takes_long_to_import(small_run: Any) -> None:
    """By the command's own path, which holds the modules that a run needs too."""
    code = (
        "import sys; from simulate.result.stored import read_result; from simulate.result.voi import learn;"
        f"learn(read_result({str(small_run.folder)!r}), groups={{'x': ['rr_detention_jcp']}}).summary();"
        "print({'scipy.stats', 'scipy.optimize', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- parameters -------------------------------------------------------------------------------------


def test_noise_is_taken_out_and_stated(result: Result, known: voi.Benefit) -> None:
    assert 0.1 < known.noise_share < 0.5
    assert 0 < known.evpi < known.evpi_naive
    assert known.warnings == result.corrected.warnings == ()
    assert known.evpi == evpi(result.corrected.cost, result.corrected.effect, [THRESHOLD])[0]
    assert np.ptp(known.corrected[:, 1]) < np.ptp(known.naive[:, 1] - known.naive[:, 0])


def test_what_to_doubt_of_the_correction_is_passed_on(result: Result) -> None:
    few = replace(result, drawn=replace(result.drawn, values=np.ones_like(result.drawn.values)))
    assert "ANOVA" in voi.benefit(few, THRESHOLD).warnings[0]


def test_parameters_come_most_valuable_first_after_all_together(result: Result, known: voi.Benefit) -> None:
    found = result.evppi(threshold=THRESHOLD)
    assert list(found.columns) == ["group", "evppi", "se", "naive", "method"]
    assert found.loc[0, "group"] == voi.ALL
    assert found.loc[0, "evppi"] == known.evpi
    assert found.loc[0, "se"] == known.evpi_se
    assert found.loc[1, "group"] == "tr_dies_healthy"
    assert found["evppi"].is_monotonic_decreasing
    varying = [n for n in result.drawn.names if np.ptp(result.drawn.column(n)) > 0]
    assert sorted(found["group"][1:]) == sorted(varying)


def test_a_group_is_worth_no_less_than_its_parts_and_what_is_certain_nothing(result: Result) -> None:
    groups = {"times": ["tr_falls_ill", "tr_dies_healthy"], "one": ["tr_falls_ill"], "fixed": ["u_healthy"]}
    found = result.evppi(groups, THRESHOLD).set_index("group")
    assert found["evppi"]["times"] > found["evppi"]["one"] > 0
    assert found[["evppi", "se", "method"]].T["fixed"].tolist() == [0.0, 0.0, "certain"]


@pytest.mark.usefixtures("hasty_calibration")
def test_what_no_cost_and_effect_here_reads_is_worth_nothing() -> None:
    """Hours worked move what society counts, and nothing that the health service pays: a likeness would be chance."""
    result = run(load("individual_placement_and_support"), draws=64, people=100, variants=False)
    found = result.evppi(threshold=50.0).set_index("group")
    assert found[["evppi", "naive", "method"]].T["hours_per_week_worked"].tolist() == [0.0, 0.0, "not read"]
    assert found["method"]["c_bed_day"] != "not read"


def test_intervals_are_as_wide_as_few_groups_of_draws_make_them(result: Result) -> None:
    """Nine degrees of freedom where errors come from ten groups; the EVPI's own."""
    from simulate.present.figures.decision.information import parameter_table

    found = voi.learn(result, threshold=THRESHOLD)
    frame = parameter_table(found)
    frame = frame[frame["se"] > 0]
    reach = ((frame["high"] - frame["evppi"]) / frame["se"]).to_numpy()
    assert frame["group"].iloc[0] == voi.ALL and len(frame) > 1
    assert reach[0] == pytest.approx(t.ppf(0.975, found.benefit.degrees))
    assert reach[1:] == pytest.approx(t.ppf(0.975, DEGREES)) and DEGREES == 9


def test_next_to_nothing_is_left_out_only_where_there_is_much() -> None:
    many = pd.DataFrame({"group": [voi.ALL, *"abcdefghijklmnopqrst"], "evppi": [100.0, 50.0, 20.0, *[0.0] * 18]})
    many = many.assign(se=0.0, naive=many["evppi"])
    assert list(voi.worth_showing(many)["group"]) == [voi.ALL, "a", "b"]
    assert len(voi.worth_showing(many.head(10))) == 10
    assert len(voi.worth_showing(many.assign(naive=60.0))) == 16
    assert len(voi.worth_showing(many.assign(evppi=0.0, naive=0.0))) == 16  # nothing is worth anything


@pytest.mark.parametrize(
    ("groups", "threshold", "message"),
    [
        ({"g": ["tr_fals_ill"]}, THRESHOLD, "did you mean tr_falls_ill"),
        ({"g": []}, THRESHOLD, "'g' is empty"),
        ({voi.ALL: ["u_sick"]}, THRESHOLD, "kept for the EVPI"),
        (None, -1.0, "0 or more"),
        (None, math.nan, "finite number"),
    ],
)
def test_bad_questions_are_refused(
    result: Result, groups: dict[str, list[str]] | None, threshold: float, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        result.evppi(groups, threshold)


def test_one_draw_has_nothing_to_learn(example: Callable[[str], ModuleType]) -> None:
    module = example("illness_death")
    fixed = run(load(module.PROBLEM, inline=module.INLINE), fixed=True, people=50)
    with pytest.raises(ModelError, match="no uncertainty to learn about"):
        fixed.evppi()


def test_the_threshold_is_a_usual_one_unless_asked(result: Result) -> None:
    assert judgement.default_threshold(result) == 20_000.0
    assert "£20,000 a QALY" in judgement.why_default(result)


# --- trials -----------------------------------------------------------------------------------------


def test_a_trial_of_costs_knows_how_people_differ(result: Result) -> None:
    """The truth of each arm is the mean cost, drawn in; the SD between people that of the batches."""
    trial = voi.design(result, "costs", "new")
    means = trial.truth.to_numpy()
    assert means.mean(axis=0) == pytest.approx(result.cost.mean(axis=0))
    assert (means.std(axis=0) < result.cost.std(axis=0)).all()
    within = result.values.cost.std(axis=2, ddof=1) * np.sqrt(result.values.people.mean())
    assert trial.statistic.sd == pytest.approx(np.sqrt((within**2).mean()), rel=0.1)  # type: ignore[attr-defined]


def test_how_people_differ_is_found_from_batches_of_any_size() -> None:
    people = np.array([3.0, 5.0, 8.0])
    batches = 1000 + np.random.default_rng(1).normal(0, 100 / np.sqrt(people), (4000, 2, 3))
    assert voi._sd_between_people(batches, people) == pytest.approx(100, rel=0.02)


def test_a_larger_trial_tells_more_and_none_more_than_everything(result: Result, known: voi.Benefit) -> None:
    found = result.evsi("costs", [5, 500, 1_000_000], THRESHOLD)
    assert list(found.columns) == ["n", "evsi", "se", "naive", "method"]
    assert (np.diff(found["evsi"]) > -found["se"][1:]).all()
    assert found["evsi"].iloc[-1] <= known.evpi
    assert found["evsi"].iloc[-1] > 3 * found["evsi"].iloc[0]


@pytest.mark.parametrize(
    ("trial", "sizes", "strategy", "message"),
    [
        ("cost", [10], None, "did you mean costs"),
        ("admissions", [10], None, "allowed: .*costs"),
        ("costs", [0], None, "1 or more"),
        ("costs", [], None, "1 or more"),
        ("costs", [10], "old", "allowed: new"),
    ],
)
def test_bad_trials_are_refused(
    result: Result, trial: str, sizes: list[int], strategy: str | None, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        voi.value_of_trial(result, trial, sizes, THRESHOLD, strategy=strategy)


def test_what_is_left_after_paying_by_hand() -> None:
    table = pd.DataFrame({"n": [10, 100], "evsi": [1.0, 5.0], "se": [0.1, 0.2], "method": ["", ""]})
    people = voi.Population(1000, 5, 0.0)
    out = voi.net_benefit_of_sampling(table, people, voi.TrialCost(2000, 5, 1.0))
    assert out["enbs"].tolist() == pytest.approx([4000 - 2000 - 100, 20_000 - 2000 - 1000])
    assert out["enbs_se"].tolist() == pytest.approx([400, 800])
    assert voi.optimum(out) == 100
    late = voi.net_benefit_of_sampling(table, people, voi.TrialCost(2000, 5, 6.0))  # the decision is over by then
    assert late["population"].tolist() == [0, 0]
    assert voi.optimum(late) is None


def test_data_sets_repeated_are_averaged(known: voi.Benefit, result: Result) -> None:
    trial = voi.design(result, "costs", "new")
    asked: dict[str, Any] = {"sizes": [50], "seed": 3}
    singly, many = (evsi(known.corrected, trial.truth, trial.statistic, **asked, repeats=k) for k in (1, 16))
    again = [
        evsi(known.corrected, trial.truth, trial.statistic, sizes=[50], seed=s, repeats=16)["evsi"][0] for s in (4, 5)
    ]
    assert np.ptp([many["evsi"][0], *again]) < 0.5 * many["se"][0]
    assert singly["evsi"][0] != many["evsi"][0]
    with pytest.raises(ValueError, match="repeats: 0"):
        evsi(known.corrected, trial.truth, trial.statistic, [50], repeats=0)


# --- from a folder ----------------------------------------------------------------------------------


def test_a_result_comes_back_to_the_last_bit(small_run: Any) -> None:
    back = read_result(small_run.folder)
    kept = pd.read_csv(small_run.folder / "psa.csv")
    assert list(back.psa().columns) == list(kept.columns)
    assert np.array_equal(back.psa().to_numpy(), kept.to_numpy())
    assert np.array_equal(back.evpi().to_numpy(), pd.read_csv(small_run.folder / "evpi.csv").to_numpy())
    assert back.value(prices={"c_bed_day": 450.0}).cost.mean() < back.cost.mean()
    with pytest.raises(ModelError, match="is not kept"):
        back.calibration.unsolved(back.drawn)


@pytest.mark.usefixtures("hasty_calibration", "no_figures")
def test_so_does_one_with_numbers_of_the_user(command: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[c_joint_crisis_plan]\nlabel = "A plan"\nunit = "GBP"\nprice_year = "2015/16"\n'
        'distribution = { gamma = { mean = 250, se = 50 } }\nsource = "heslin_2011"\nstatus = "derived"\n'
    )
    asked = ("--set", "c_bed_day=450", "--set=u_stable=0.6", "--parameters", mine, "--out", tmp_path / "out")
    done = command("run", "joint_crisis_plan", "--draws", 16, "--people", 20, "--threads", 1, *asked)
    assert done.code == 0, done.err
    mine.unlink()
    back = read_result(tmp_path / "out")
    assert set(back.drawn.column("c_bed_day")) == {450.0}
    for name, value in (("c_bed_day", 450.0), ("u_stable", 0.6)):
        assert back.case.parameters[name].distribution.interval95() == (value, value)
    assert np.array_equal(back.psa().to_numpy(), pd.read_csv(tmp_path / "out" / "psa.csv").to_numpy())


def spoilt(folder: Path, to: Path, name: str, change: Callable[[str], str] | None) -> Path:
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("figures"))
    file = to / name
    if change is None:
        file.unlink()
    else:
        file.write_text(change(file.read_text()))
    return to


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("statistics.npz", None, "no statistics.npz; allowed: a folder written by recovery-cea run"),
        ("manifest.json", lambda text: text.replace('"kind": "run"', '"kind": "trace"'), "written by trace"),
        ("manifest.json", lambda text: text[:50], "not JSON"),
        ("manifest.json", lambda text: text.replace('"dimensions"', '"dimension"'), "run again"),
        ("psa.csv", lambda text: text.replace("\n2", "\n3", 1), "give another cost of usual_care than psa.csv"),
        ("psa.csv", lambda text: text + "1,2\n", "run again"),
        ("statistics.npz", lambda text: "nothing", "not a statistics file"),
    ],
)
def test_a_folder_that_is_not_what_it_was_is_refused(
    small_run: Any, command: Any, tmp_path: Path, name: str, change: Callable[[str], str] | None, message: str
) -> None:
    if name == "statistics.npz" and change is not None:
        shutil.copytree(small_run.folder, tmp_path / "bad", ignore=shutil.ignore_patterns("figures"))
        (tmp_path / "bad" / name).write_bytes(b"nothing")
    else:
        spoilt(small_run.folder, tmp_path / "bad", name, change)
    done = command("voi", tmp_path / "bad")
    assert done.code == 2
    assert message in done.err
    assert not (tmp_path / "bad" / "voi").exists()


MONEY = ("--fixed-cost", 1000, "--cost-per-person", 10, "--population-per-year", 5000, "--years", 4)


def test_the_command_writes_tables_and_figures_once_and_again_alike(
    small_run: Any, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulate.present.figures import gallery

    source = tmp_path / "run"
    shutil.copytree(small_run.folder, source, ignore=shutil.ignore_patterns("figures"))
    asked = ("voi", source, "--wtp", 100, "--trial", "admissions", "--sizes", "50,400", *MONEY)
    effects = ("--groups", "effects=rr_admission_jcp,rr_detention_jcp", "--groups", "prices=c_bed_day,c_amhp_hour")
    done = command(*asked, *effects)
    assert done.code == 0, done.err
    folder = source / "voi"
    figures = {f"{stem}.{kind}" for stem in ("evppi", "evsi") for kind in ("png", "svg", "csv")}
    assert {p.name for p in (folder / "figures").iterdir()} == figures
    told = json.loads((folder / "voi.json").read_text())
    assert told["threshold"] == 100
    assert {row["group"] for row in told["evppi"]} == {voi.ALL, "effects", "prices"}
    assert [row["n"] for row in told["evsi"]] == [50, 400]
    assert told["trial_cost"] == {"fixed": 1000.0, "per_person": 10.0, "years": 1.5}
    assert "is taken" in done.out and "assumed: its follow-up" in done.out
    assert json.loads((folder / "manifest.json").read_text())["kind"] == "voi"
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    monkeypatch.setattr(gallery, "draw_figures", lambda *_: [])  # see test_figures for their bytes
    printed = command(*asked, *effects, "--json", "--figures", "all")  # the same question
    assert json.loads(printed.out) == told
    after = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "manifest.json"}
    assert set(after) == {"voi.json", "evpi.csv", "evppi.csv", "evsi.csv"}
    assert after == {name: before[name] for name in after}


def test_every_fault_of_the_command_is_told_at_once(small_run: Any, command: Any) -> None:
    wrong = ("--fixed-cost", -1, "--groups", "a", "--groups", "b=", "--sizes", "1,x", "--years", 3, "--discount", -2)
    more = ("--figures", "x")
    done = command("voi", small_run.folder, *wrong, *more)
    assert done.code == 2
    named = {re.findall(r"--[a-z-]+", line)[0] for line in done.err.splitlines()}
    assert named == {
        "--fixed-cost", "--groups", "--sizes", "--population-per-year", "--cost-per-person", "--discount", "--figures"
    }  # fmt: skip
    assert len(done.err.splitlines()) >= 8
    assert not (small_run.folder / "voi").exists()


def test_nothing_foreign_is_overwritten(small_run: Any, command: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for place, words in ((tmp_path / "mine", "letter.txt"), (small_run.folder, "one from an earlier voi")):
        done = command("voi", small_run.folder, "--out", place)
        assert done.code == 2
        assert words in done.err and "--overwrite" in done.err
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_every_event_and_group_of_the_catalogue_has_a_plural() -> None:
    pathways = [w for p in map(problem, problem_ids()) for w in (p.pathway, *(s.pathway for s in p.settings)) if w]
    names = {n for w in pathways for n in [*(e.name for e in w.events), *(g.name for g in w.groups)]}
    found = {in_plural(name) for name in names}
    assert len(found) == len(names) and {"crises", "job_entries", "job_losses", "admissions"} <= found
    assert not [word for word in found if re.search(r"(ss|[^aeiou]ys|iss)$", word)]
    assert in_plural("share of baseline") == "shares of baseline"
