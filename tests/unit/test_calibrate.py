"""``recovery-cea calibrate``: the posterior against a grid, its files, its way into a run, and what is refused."""

from __future__ import annotations

import csv
import json
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import models as m
from models.contract import ModelError
from parameters import InputError
from simulate import load, read_result
from simulate.analyse.credibility.calibration import Calibrated, calibrate
from simulate.analyse.credibility.posterior_file import records
from simulate.present.faces.credibility.calibrate import headline
from simulate.solve.calibration import _in_errors
from simulate.solve.posterior.posterior import MOST_RECORDS
from simulate.solve.posterior.priors import of_unknown
from simulate.solve.posterior.published import published

MODEL = """
import models as m

HEALTH = m.Domain("health", ("well", "relapse"), "Health")
EVENTS = (m.Event("relapses", m.When(health="well"), m.Exponential("r_relapse"), {"health": "relapse"}),)
DRUG = m.Component("drug", "Drug", (m.Effect("relapses", "hazard", "hr_drug"),))
TARGETS = (
    m.CalibrationTarget(
        "r_relapse", "usual", m.Ever("relapses"), "p_relapse", start=0.5, unit="per_year", label="Hazard of relapse",
    ),
    m.CalibrationTarget("hr_drug", "drug", m.Ever("relapses"), "rr_drug", scale="risk_ratio", label="Hazard ratio"),
)
PROBLEM = m.DecisionProblem(
    id="relapse",
    label="Relapse",
    pathway=m.Pathway("relapse", (HEALTH,), EVENTS, {"health": "well"}),
    strategies=(m.Strategy("usual", "Usual care"), m.Strategy("drug", "Drug", (DRUG,))),
    settings=(
        m.Setting("trial", "A trial of a year", horizon=1.0, targets=TARGETS),
        m.Setting("loose", "A trial that told little", horizon=1.0, targets=(TARGETS[0], m.CalibrationTarget(
            "hr_drug", "drug", m.Ever("relapses"), "rr_loose", scale="risk_ratio", prior=(0.8, 1.25)))),
        m.Setting("known", "Nothing to solve for", horizon=1.0, given={"r_relapse": 0.4, "hr_drug": 0.7}),
    ),
    costs=(
        m.CostItem("care", "Care in relapse", "nhs", m.StateTime(m.When(health="relapse")), "c_relapse"),
        m.CostItem("drug", "Drug", "nhs", m.Delivery("drug"), 100.0),
    ),
    utilities=(m.Utility(m.When(health="well"), 0.8), m.Utility(m.When(health="relapse"), 0.5)),
    thresholds={"qaly": (20_000,)},
)
"""
RECORD = """
[{name}]
label = "{name}"
unit = "{unit}"
{more}distribution = {{ {shape} }}
source = "assumption"
status = "derived"
note = "Of a test."
"""
SHAPES = (
    ("p_relapse", "probability", "", "beta = { alpha = 30, beta = 70 }"),
    ("rr_drug", "ratio", "", "lognormal = { mean = 0.7, low = 0.5, high = 0.98 }"),
    ("rr_loose", "ratio", "", "lognormal = { mean = 0.7, low = 0.01, high = 49 }"),
    ("c_relapse", "GBP_per_year", 'price_year = "2023/24"\n', "gamma = { mean = 4000, se = 800 }"),
)
SMALL = ("--draws", 128, "--people", 400, "--figures", "none")
Command = Callable[..., Any]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one's own with targets, of which the posterior is known."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "relapse.py").write_text(MODEL, encoding="utf-8")
    numbers = [RECORD.format(name=n, unit=u, more=y, shape=s) for n, u, y, s in SHAPES]
    (folder / "relapse.toml").write_text("".join(numbers), encoding="utf-8")
    return folder / "relapse.py"


@pytest.fixture(scope="module")
def found(model: Path) -> Calibrated:
    return calibrate(load(model), draws=500, people=3000)


@pytest.fixture(scope="module")
def folder(model: Path, tmp_path_factory: pytest.TempPathFactory, command: Command) -> Path:
    out = tmp_path_factory.mktemp("calibrated") / "out"
    done = command("calibrate", model, "--draws", 256, "--people", 400, "--out", out, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out) == json.loads((out / "summary.json").read_text())
    return out


def columns(file: Path) -> dict[str, list[float]]:
    with file.open(newline="", encoding="utf-8") as rows:
        read = list(csv.DictReader(rows))
    return {n: [float(r[n]) for r in read] for n in read[0]}


# --- against a grid ---------------------------------------------------------------------------


def exact(case: Any) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of the logarithms of both unknowns, by a grid of the closed form."""
    sigma = np.log(np.array([30.0, 10.0])) / stats.norm.ppf(0.975)
    rate, ratio = np.meshgrid(np.linspace(-3, 1.5, 600), np.linspace(-2.5, 2, 600), indexing="ij")
    p, q = -np.expm1(-np.exp(rate)), -np.expm1(-np.exp(rate + ratio))
    mu, spread = case.parameters["rr_drug"].distribution.natural
    height = stats.norm.logpdf(rate, np.log(0.5), sigma[0]) + stats.norm.logpdf(ratio, 0.0, sigma[1])
    height += 30 * np.log(p) + 70 * np.log1p(-p) + stats.norm.logpdf(np.log(q / p), mu, spread)
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    means = np.array([(weight * x).sum() for x in (rate, ratio)])
    return means, np.sqrt([(weight * (x - mean) ** 2).sum() for x, mean in zip((rate, ratio), means, strict=True)])


def test_the_posterior_is_that_of_the_closed_form(found: Calibrated) -> None:
    mean, sd = exact(found.case)
    draws = np.log(found.draws()[["r_relapse", "hr_drug"]].to_numpy())
    error = 4 / np.sqrt(500) + found.posterior.noise.max()
    assert np.abs((draws.mean(axis=0) - mean) / sd).max() < error
    assert np.abs(draws.std(axis=0) / sd - 1).max() < 0.1
    assert [r["likelihood"] for r in found.summary()["targets"]] == ["binomial", "log-normal"]


def test_the_best_fit_gives_what_was_published_where_priors_are_wide(found: Calibrated) -> None:
    rows = found.fit()
    assert rows["best"].to_numpy() == pytest.approx(rows["published"].to_numpy(), rel=0.03)
    assert found.caveats() == []


def test_the_best_fit_is_of_the_people_that_the_figures_are_told_of(model: Path) -> None:
    """Whoever is simulated: the share that the greatest density of the closed form has."""
    rates = np.exp(np.linspace(-3, 1.5, 20_001))
    height = 30 * np.log(-np.expm1(-rates)) - 70 * rates
    height += stats.norm.logpdf(np.log(rates), np.log(0.5), np.log(30.0) / stats.norm.ppf(0.975))
    share = -np.expm1(-rates[height.argmax()])
    for seed in (1, 2, 3):
        best = calibrate(load(model), draws=64, people=400, seed=seed).posterior.best_figures
        assert special.expit(best[0]) == pytest.approx(share, abs=0.004)


# --- its files, and into a run ----------------------------------------------------------------


def test_the_same_again_has_the_same_bytes(folder: Path, model: Path, tmp_path: Path, command: Command) -> None:
    again = tmp_path / "again"
    assert command("calibrate", model, "--draws", 256, "--people", 400, "--threads", 1, "--out", again).code == 0
    files = {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()}
    stems = ("fit", "pairs", "prior_and_posterior")
    assert {Path("figures") / f"{s}.{kind}" for s in stems for kind in ("png", "svg", "csv")} <= files
    differing = [f for f in files if (again / f).read_bytes() != (folder / f).read_bytes()]
    assert differing == [Path("manifest.json")]  # which holds the command


def test_a_run_takes_the_posterior_row_by_row(folder: Path, model: Path, tmp_path: Path, command: Command) -> None:
    out = tmp_path / "run"
    small = ("--draws", 64, "--people", 20, "--figures", "none")
    done = command("run", model, "--posterior", folder, *small, "--out", out)
    assert done.code == 0, done.err
    joint, psa = columns(folder / "posterior.csv"), columns(out / "psa.csv")
    known = set(zip(joint["r_relapse"], joint["hr_drug"], strict=True))
    drawn = list(zip(psa["r_relapse"], psa["hr_drug"], strict=True))
    assert len(set(drawn)) > 50 and set(drawn) <= known
    summary = json.loads((out / "summary.json").read_text())
    assert summary["calibrated"] == [] and "p_relapse" not in psa
    again = read_result(out)  # valued as before, from the copy of the posterior that the folder keeps
    assert again.cost.mean() == pytest.approx(np.mean([psa["cost_usual"], psa["cost_drug"]]))
    assert command("voi", out, "--figures", "none", "--out", tmp_path / "voi").code == 0
    told = (tmp_path / "voi" / "evppi.csv").read_text()
    assert "hr_drug" in told and "r_relapse" in told


def test_any_command_takes_its_records(folder: Path, model: Path, tmp_path: Path, command: Command) -> None:
    words = ("sweep", model, "--one-way", "hr_drug", "--parameters", folder / "posterior.toml", "--people", 20)
    assert command(*words, "--figures", "none", "--out", tmp_path / "sweep").code == 0


def test_a_posterior_changed_in_its_place_makes_another_answer(
    folder: Path, model: Path, tmp_path: Path, command: Command
) -> None:
    copy, out = tmp_path / "copy", tmp_path / "out"
    copy.mkdir()
    words = ("run", model, "--posterior", copy, "--draws", 16, "--people", 5, "--figures", "none", "--out", out)
    for name in ("posterior.toml", "posterior.csv"):  # these two are all that a run needs
        shutil.copy(folder / name, copy)
    assert command(*words).code == 0
    calibrate(load(model), draws=64, people=100, seed=2).save(copy, overwrite=True, figures="none")
    assert "holds the answer to another question (another posterior)" in command(*words).err


CHANGES = {  # of a posterior's files or of the model's: file, old text, new text, and what is said of it
    "draws": ("posterior.csv", None, "", "its draws are not those that were calibrated"),
    "unit": ("posterior.toml", 'unit = "ratio"', 'unit = "number"', "its draws are not those that were calibrated"),
    "record": ("relapse.toml", "alpha = 30, beta = 70", "alpha = 60, beta = 40", "calibrated to another p_relapse"),
    "horizon": ("relapse.py", "horizon=1.0, targets=TARGETS)", "horizon=2.0, targets=TARGETS)", "another horizon"),
    "unsaid": ("posterior.toml", '    "horizon: 1.0",\n', "", "does not say what it was calibrated to"),
}


@pytest.mark.parametrize("way", ["--posterior", "--parameters"])
@pytest.mark.parametrize("what", CHANGES)
def test_a_posterior_that_was_changed_or_is_stale_is_refused_whichever_way_it_comes(
    what: str, way: str, folder: Path, model: Path, tmp_path: Path, command: Command
) -> None:
    """By its two files alone: no manifest lies beside them."""
    mine, (name, old, new, told) = tmp_path / "mine", CHANGES[what]
    shutil.copytree(model.parent, mine, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("posterior.toml", "posterior.csv"):
        shutil.copy(folder / file, mine)
    words: tuple[Any, ...] = ("describe", mine / "relapse.py", "--parameters", mine / "posterior.toml")
    if way == "--posterior":
        small = ("--draws", 16, "--people", 5, "--figures", "none", "--out", tmp_path / "out")
        words = ("run", mine / "relapse.py", "--posterior", mine, *small)
    text = (mine / name).read_text(encoding="utf-8")
    old = text.splitlines()[-1] if old is None else old  # of the draws: the last row
    assert text.count(old) == 1
    (mine / name).write_text(text.replace(old, new), encoding="utf-8")
    done = command(*words)
    assert done.code == 2 and told in done.err and "calibrate again" in done.err


def test_python_draws_and_writes_it_too(found: Calibrated, tmp_path: Path) -> None:
    assert [len(figure.axes) for figure in (found.plot.fit(), found.plot.learnt(), found.plot.pairs())] == [1, 2, 1]
    assert {p.name for p in found.to_csv(tmp_path)} == {"posterior.csv", "parameters.csv", "fit.csv"}
    page = found._repr_html_()
    assert page is not None and "hr_drug" in page
    folder = found.save(tmp_path / "folder", figures="none")
    assert columns(folder / "posterior.csv") == columns(tmp_path / "posterior.csv")
    assert len(repr(found)) < 300


def test_an_interval_asked_for_is_that_of_the_prior(found: Calibrated) -> None:
    prior = of_unknown(found.case.setting.targets[0], (0.2, 0.9))
    assert prior.at(stats.norm.ppf([0.025, 0.975])) == pytest.approx([0.2, 0.9])


# --- what is told and refused -----------------------------------------------------------------


def test_what_the_figures_do_not_tell_is_said(model: Path) -> None:
    got = calibrate(load(model, "loose"), draws=256, people=400)
    assert got.posterior.priors[1].origin == "declared"
    told = [text for text in got.caveats() if text.startswith("hr_drug is not identified")]
    assert len(told) == 1 and "assumed" in told[0]
    pulled = calibrate(load(model), draws=256, people=400, priors={"r_relapse": (3.0, 4.0)})
    assert any(text.startswith("r_relapse: the published figures put it") for text in pulled.caveats())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--setting", "known"), "setting known: solves for nothing; allowed: a setting with targets"),
        (("--prior", "hr=1"), "--prior: 'hr=1'; allowed: NAME=LOW:HIGH"),
        (("--prior", "hr_drug=2:1"), "prior hr_drug: 2 to 1; allowed: 0 < low < high"),
        (("--prior", "hr_drag=1:2"), "did you mean hr_drug?"),
        (("--set", "p_relapse=1.5"), "p_relapse"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    words: tuple[str, ...], told: str, model: Path, tmp_path: Path, command: Command
) -> None:
    done = command("calibrate", model, *SMALL, *words, "--out", tmp_path / "out")
    assert done.code == 2 and told in done.err and not (tmp_path / "out").exists()


def test_everything_that_keeps_a_calibration_from_being_is_told_at_once(
    model: Path, tmp_path: Path, command: Command
) -> None:
    priors = ("hr=1", "hr_drag=1:2", "hr_drug=2:1", "r_relapse=0:1", "r_relapse=1:2", "x=2:1")
    words = (*SMALL, *(w for p in priors for w in ("--prior", p)), "--set", "p_relapse=1.5", "--out", tmp_path / "out")
    done = command("calibrate", model, *words)
    told = ["'hr=1'; allowed: NAME=LOW:HIGH", "did you mean hr_drug?", "hr_drug: 2 to 1;", "r_relapse: 0 to 1;"]
    told += ["r_relapse: given twice", "prior: 'x'", "p_relapse"]
    assert done.code == 2 and [text for text in told if text not in done.err] == []
    known = command("calibrate", model, *SMALL, "--setting", "known", "--prior", "x=2", "--out", tmp_path / "out")
    assert "solves for nothing" in known.err and "'x=2'; allowed" in known.err


def test_numbers_and_nouns_agree(found: Calibrated, model: Path) -> None:
    assert headline(found) == "Posterior of 2 unknowns, from 2 published figures: 500 joint draws."
    posterior = replace(found.posterior, priors=found.posterior.priors + found.posterior.priors[:1])
    more = replace(found, posterior=posterior, options=replace(found.options, draws=1024))
    told = "Posterior of 2 unknowns and of 1 other record, from 2 published figures: 1,024 joint draws."
    assert headline(more) == told


def test_a_posterior_of_another_setting_or_none_is_refused(
    folder: Path, model: Path, tmp_path: Path, command: Command
) -> None:
    words = ("run", model, "--out", tmp_path / "out", "--posterior")
    other = command(*words, folder, "--setting", "loose")
    assert other.code == 2 and "setting trial; allowed: that of relapse, setting loose" in other.err
    done = command(*words, tmp_path / "nowhere", "--perspective", "mine")
    assert "no posterior; allowed: a folder of recovery-cea calibrate" in done.err and "'mine'" in done.err


def test_a_record_that_is_no_calibration_never_stands_for_what_is_solved_for(model: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(RECORD.format(name="hr_drug", unit="ratio", more="", shape="fixed = { value = 0.7 }"))
    with pytest.raises(InputError, match="hr_drug: is solved for by relapse; change what it is solved from: rr_drug"):
        load(model, parameters=[own])
    own.write_text(own.read_text().replace('"derived"', '"calibrated"'))
    case = load(model, parameters=[own])
    assert [t.unknown for t in case.setting.targets] == ["r_relapse"]


def test_a_figure_that_nobody_measured_gets_no_posterior(model: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    more = "measured = false\n"
    shape = "lognormal = { mean = 0.7, low = 0.5, high = 0.98 }"
    text = RECORD.format(name="rr_drug", unit="ratio", more=more, shape=shape)
    own.write_text(text.replace('"derived"', '"assumed"'))
    with pytest.raises(ModelError, match="rr_drug stand at their point estimates"):
        calibrate(load(model, parameters=[own]))


@pytest.mark.parametrize("prior", [(1.0,), (2.0, 1.0), (0.0, 1.0), (float("nan"), 1.0)])
def test_a_prior_is_an_interval_above_0(prior: Any) -> None:
    with pytest.raises(ModelError, match=r"CalibrationTarget x\.prior"):
        m.CalibrationTarget("x", "usual", m.Ever("relapses"), "p", prior=prior)


# --- the map beside the figure's own error ----------------------------------------------------


@pytest.mark.parametrize(("people", "coarse"), [pytest.param(100, False, marks=pytest.mark.slow), (100_000, True)])
def test_a_map_that_is_coarse_beside_the_figure_is_told(
    people: int, coarse: bool, model: Path, tmp_path: Path, command: Command
) -> None:
    """The same share, published of few people and of very many: the map's error is small beside the first alone."""
    own, out = tmp_path / "own.toml", tmp_path / "out"
    shape = f"beta = {{ alpha = {0.3 * people}, beta = {0.7 * people} }}"
    own.write_text(RECORD.format(name="p_relapse", unit="probability", more="", shape=shape))
    done = command("run", model, "--parameters", own, "--draws", 16, "--people", 5, "--figures", "none", "--out", out)
    assert done.code == 0, done.err
    share, other = json.loads((out / "summary.json").read_text())["calibrated"]
    assert share["map_is_coarse"] is coarse and (share["map_error_share"] > 0.1) is coarse
    assert other["map_is_coarse"] is False and other["map_error_share"] < 0.1
    told = " ".join(done.out.split())
    assert ("THE MAP IS COARSE" in told) is coarse and ("r_relapse (" in told.partition("In these errors")[2]) is coarse
    assert ("THE MAP IS COARSE" in (out / "report.html").read_text()) is coarse
    assert read_result(out).calibration.coarse.tolist() == [coarse, False]


def test_a_share_of_an_error_that_was_not_published_is_not_told() -> None:
    assert _in_errors(np.array([0.2, 0.2]), np.array([0.5, 0.0])).tolist()[0] == 0.4
    assert np.isnan(_in_errors(np.array([0.2, np.nan]), np.array([0.0, 0.5]))).all()


# --- the catalogue ----------------------------------------------------------------------------


def test_a_posterior_says_what_it_was_found_from() -> None:
    """Records of the simulation, of the figures and of the horizon; nothing that it learnt of, and no prices."""
    case = load("peer_support_workers")
    (source,) = tomllib.loads(records(calibrate(case, draws=64, people=100)))["sources"].values()
    told = dict(text.split(": ") for text in source["calibrated_to"])
    assert {"draws", "horizon", "horizon_12_months", "p_readmission_enrich", "sigma_los"} <= told.keys()
    assert told["horizon"] == "horizon_12_months" and told["horizon_12_months"].split() == ["months", "12", "12", "12"]
    assert not told.keys() & {"r_admission", "hr_readmission_peer"} and not any(n.startswith("c_") for n in told)
    assert source["pools"] == ["gillard_2022"] and source["countries"]  # whose people: no other trial's


def test_likelihoods_are_what_records_say() -> None:
    case = load("joint_crisis_plan", "henderson_2004")
    told = published(case.problem, case.setting, case.parameters)
    kinds = [told.kind(j) for j in range(len(told.targets))]
    assert kinds == [*["binomial"] * 3, *["log-normal"] * 5]
    assert special.expit(told.mean[0]) == pytest.approx(35 / 80, abs=0.005)
    assert told.sd[5] == pytest.approx(np.log(1.04 / 0.45) / (2 * 1.96), rel=0.02)
    base = load("joint_crisis_plan")
    both = published(base.problem, base.setting, base.parameters)
    hung = next(t for t in both.terms if t.kind == "correlated normal")
    assert {both.targets[j].unknown for j in hung.which} >= {"hr_admission_jcp", "or_detention_jcp"}
    assert MOST_RECORDS == 8
