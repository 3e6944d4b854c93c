"""Coefficients of a regression: read as programs write them, by name; drawn together; of use in expressions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models as m
from parameters import InputError, inline, sample
from parameters.coefficients.normal import coefficients, root
from parameters.families.faults import DistributionError
from parameters.mistakes import ModelError
from simulate import load, run
from simulate.ask.case import refuse

MEAN = {"intercept": -2.1, "age": 0.03, "drug": -0.4}
MILLIONTH = 4.9  # errors beyond which a normal lies once in a million times
COVARIANCE = {
    "intercept": {"intercept": 0.04, "age": -0.0006, "drug": -0.01},
    "age": {"age": 0.00001},
    "drug": {"age": 0.00002, "drug": 0.0225},
}
ESTIMATES = '"","x"\n"(Intercept)",-2.1\n"age",0.03\n"drug",-0.4\n'  # write.csv(coef(fit))
MATRIX = '"","drug","(Intercept)","age"\n"age",0.00002,-0.0006,0.00001\n"(Intercept)",-0.01,0.04,-0.0006\n'
MATRIX += '"drug",0.0225,-0.01,0.00002\n'  # write.csv(vcov(fit)), in another order
TIDY = """"term","estimate","std.error","p.value"
"(Intercept)",-2.1,0.2,0
"age",0.03,0.00316,0
"drug",-0.4,0.15,0
"""
FLEXSURV = """"","est","L95%","U95%","se"
"(Intercept)",-2.1,-2.492,-1.708,0.2
"age",0.03,0.0238,0.0362,0.0031623
"drug",-0.4,-0.694,-0.106,0.15
"""
FILES = {"mean": "coef.csv", "covariance": "vcov.csv"}


def record(**said: Any) -> dict[str, Mapping[str, Any]]:
    return {"b": {"unit": "number", "distribution": {"multivariate_normal": said}}}


def written(folder: Path, estimates: str | bytes = ESTIMATES, matrix: str | bytes = MATRIX, **said: Any) -> Any:
    for name, content in (("coef.csv", estimates), ("vcov.csv", matrix)):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return inline(record(**{**FILES, **said}), folder / "model.py")


def values(found: Any, n: int = 4096, seed: int = 1, **more: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return sample(found, sorted(found), n, seed, **more).values


def test_they_are_drawn_with_their_means_and_covariances() -> None:
    """Of the three, 8,192 independent draws: every moment within what chance leaves of it once in a million."""
    found = inline(record(mean=MEAN, covariance=COVARIANCE))
    assert list(found) == ["b_intercept", "b_age", "b_drug"]
    n = 2**13
    drawn = values(found, n, method="random")
    names = sorted(MEAN)
    wanted = np.array([[COVARIANCE[a].get(b, COVARIANCE.get(b, {}).get(a, math.nan)) for b in names] for a in names])
    sd = np.sqrt(np.diag(wanted))
    assert (np.abs(drawn.mean(axis=0) - [MEAN[k] for k in names]) < MILLIONTH * sd / math.sqrt(n)).all()
    error = np.sqrt((wanted**2 + np.outer(sd, sd) ** 2) / n)  # of a covariance of normals
    assert (np.abs(np.cov(drawn.T) - wanted) < MILLIONTH * error).all()


def test_sobol_draws_know_the_mean_far_better_than_chance() -> None:
    drawn = values(inline(record(mean=MEAN, covariance=COVARIANCE)))
    assert np.abs(drawn.mean(axis=0) - [MEAN[k] for k in sorted(MEAN)]).max() < 0.15 / 4096**0.5 / 10


def test_files_come_in_as_r_writes_them_and_in_any_order(tmp_path: Path) -> None:
    inside = values(inline(record(mean=MEAN, covariance=COVARIANCE)))
    assert (values(written(tmp_path)) == inside).all()
    turned = '"","x"\n"drug",-0.4\n"age",0.03\n"(Intercept)",-2.1\n'
    assert (values(written(tmp_path, turned)) == inside).all()


@pytest.mark.parametrize(
    ("estimates", "matrix"),
    [
        (ESTIMATES.replace(",", ";").replace(".", ","), MATRIX.replace(",", ";").replace(".", ",")),  # write.csv2
        ("\ufeff" + ESTIMATES, "\ufeff" + MATRIX.replace("\n", "\r\n")),
        (ESTIMATES.replace(",", "\t"), MATRIX.encode("utf-16")),
        (TIDY, MATRIX),
        (FLEXSURV, MATRIX),
        ('"","term","estimate"\n1,"(Intercept)",-2.1\n2,"age",0.03\n3,"drug",-0.4\n', MATRIX),
    ],
)  # fmt: skip
def test_other_ways_of_writing_are_the_same(tmp_path: Path, estimates: str, matrix: str | bytes) -> None:
    inside = values(inline(record(mean=MEAN, covariance=COVARIANCE)), 64)
    assert (values(written(tmp_path, estimates, matrix), 64) == inside).all()


def test_one_file_may_hold_both(tmp_path: Path) -> None:
    both = "term,estimate,drug,age,(Intercept)\n(Intercept),-2.1,-0.01,-0.0006,0.04\nage,0.03,0.00002,0.00001,-0.0006\n"
    both += "drug,-0.4,0.0225,0.00002,-0.01\n"
    (tmp_path / "both.csv").write_text(both, encoding="utf-8")
    found = inline(record(mean="both.csv", covariance="both.csv", estimate="estimate"), tmp_path / "model.py")
    assert (values(found, 64) == values(inline(record(mean=MEAN, covariance=COVARIANCE)), 64)).all()


def test_errors_and_correlations_do_instead_of_covariances() -> None:
    two = {"mean": {"a": 1.0, "b": 2.0}, "se": {"a": 0.5, "b": 0.2}, "correlation": {"a": {"b": -0.9}}}
    as_covariance = {"a": {"a": 0.25, "b": -0.09}, "b": {"b": 0.04}}
    found, wanted = inline(record(**two)), inline(record(mean=two["mean"], covariance=as_covariance))
    np.testing.assert_allclose(values(found, 64), values(wanted, 64), rtol=1e-9)


def test_names_of_ones_own(tmp_path: Path) -> None:
    found = written(tmp_path, names={"(Intercept)": "b0", "drug": "b1"})
    assert sorted(found) == ["b_age", "b_b0", "b_b1"]
    assert found["b_b1"].label == "b: b1"


@pytest.mark.parametrize(
    ("estimates", "matrix", "said", "words"),
    [
        (ESTIMATES, MATRIX.replace('"drug",0.0225', '"drog",0.0225'), {}, "'drug' has a column and no line"),
        (ESTIMATES.replace("age", "years"), MATRIX, {}, "'years' has a mean and is not in the matrix"),
        (ESTIMATES.replace('"drug",-0.4\n', ""), MATRIX, {}, "'drug' stands in the matrix and has no mean"),
        (ESTIMATES, MATRIX.replace('"drug",0.0225,-0.01,0.00002\n', ""), {}, "'drug' has a column and no line"),
        (ESTIMATES, MATRIX.replace('"drug",0.0225,-0.01', '"drug",0.0225,-0.02'), {}, "in one half and"),
        (ESTIMATES, MATRIX.replace("0.04", "0.01").replace("0.0225", "0.001"), {}, "larger than their variances allow"),
        (ESTIMATES, MATRIX.replace("0.0225", "-0.0225"), {}, "variance of drug is -0.0225, below 0"),
        (ESTIMATES, MATRIX.replace("0.0225", "NA"), {}, "vcov.csv:4: drug: missing .'NA'."),
        (ESTIMATES, "a,b\n1,2\n3,4\n", {}, "its lines have no names"),
        (ESTIMATES, "1,2\n3,4\n", {}, "first line holds numbers"),
        (ESTIMATES + '"age",0.5\n', MATRIX, {}, "'age' given twice"),
        ('"","z","y"\n"(Intercept)",-2.1,1\n"age",0.03,1\n"drug",-0.4,1\n', MATRIX, {},
         'which column holds the estimates cannot be told .z, y.; say it: estimate = "z"'),
        ('"","exp(coef)","se"\n"(Intercept)",0.12,0.024\n"age",1.03,0.0033\n"drug",0.67,0.1\n', MATRIX,
         {"estimate": "exp(coef)"}, "both must be of one scale"),
        (ESTIMATES, MATRIX, {"estimate": "y"}, "has no column 'y'; it has x"),
        (ESTIMATES, MATRIX, {"names": {"(intercept)": "a"}}, "'.intercept.' is no coefficient"),
        (ESTIMATES, MATRIX, {"names": {"(Intercept)": "age"}}, "would be called alike"),
        (ESTIMATES.replace("age", "größe"), MATRIX.replace("age", "größe"), {}, "makes no id; say one: names"),
        (ESTIMATES, MATRIX, {"correlation": "vcov.csv"}, "multivariate_normal takes { mean, covariance }"),
        (ESTIMATES, MATRIX, {"mean": "no.csv"}, "no.csv cannot be read"),
        (ESTIMATES, MATRIX, {"covarience": 1}, "did you mean covariance"),
        (ESTIMATES, MATRIX, {"decimal": "coma"}, "did you mean comma"),
        (ESTIMATES, MATRIX, {"mean": 3}, "allowed: a table by name, or the name of a file"),
    ],
)  # fmt: skip
def test_what_could_be_meant_otherwise_is_refused(
    tmp_path: Path, estimates: str, matrix: str, said: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        written(tmp_path, estimates, matrix, **said)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        written(tmp_path, ESTIMATES.replace("age", "years"), MATRIX.replace('"drug",0', '"drog",0'))
    assert len(refused.value.problems) >= 4


def test_a_matrix_that_is_none_is_refused_and_a_singular_one_is_drawn() -> None:
    ones = {(a, b): 1.0 for a in "abc" for b in "abc"}
    with pytest.raises(DistributionError, match="not positive semi-definite"):
        coefficients(dict.fromkeys("abc", 0.0), {**ones, ("a", "b"): -1.0, ("b", "a"): -1.0})
    found = coefficients(dict.fromkeys("abc", 0.0), ones)
    drawn = found["c"].drawn({n: np.array([0.1, 0.7]) if n == "a" else np.array([0.5, 0.5]) for n in "abc"})
    np.testing.assert_allclose(drawn, [-1.2815515655, 0.5244005127], rtol=1e-9)  # the same as a, whatever its own
    certain = {**ones, ("c", "c"): 0.0, **{(a, b): 0.0 for a, b in ones if "c" in (a, b)}}
    known = coefficients(dict.fromkeys("abc", 2.0), certain)["c"]
    assert known.drawn(dict.fromkeys("abc", np.array([0.1]))).tolist() == [2.0]
    assert known.interval95() == (2.0, 2.0)


def test_the_root_is_that_of_the_correlations() -> None:
    found = inline(record(mean=MEAN, covariance=COVARIANCE))["b_age"].distribution.covariance  # type: ignore[union-attr]
    names = sorted(MEAN)
    low = root(found, names)
    sd = np.array([math.sqrt(found[n, n]) for n in names])
    whole = np.array([[found[a, b] for b in names] for a in names])
    np.testing.assert_allclose(low @ low.T * np.outer(sd, sd), whole, rtol=1e-12)


def test_one_that_is_set_leaves_the_others_as_they_were() -> None:
    found = inline(record(mean=MEAN, covariance=COVARIANCE))
    free, held = values(found, 64), values(found.with_fixed({"b_age": 0.0}), 64)
    assert (held[:, 0] == 0).all() and (held[:, 1:] == free[:, 1:]).all()


def test_one_alone_is_drawn_as_with_the_others() -> None:
    found = inline(record(mean=MEAN, covariance=COVARIANCE))
    alone = sample(found, ["b_drug"], 4096, 1).values[:, 0]
    assert alone.mean() == pytest.approx(-0.4, abs=1e-3) and alone.std() == pytest.approx(0.15, rel=0.01)


def test_one_that_is_read_later_changes_none_before_it() -> None:
    found = inline(record(mean=MEAN, covariance=COVARIANCE))
    few = sample(found, ["b_drug", "b_intercept"], 64, 1).values
    assert (sample(found, ["b_drug", "b_intercept", "b_age"], 64, 1).values[:, :2] == few).all()


def test_a_hundred_of_them_take_no_time() -> None:
    many = [f"x{k}" for k in range(100)]
    covariance = {a: {b: 0.5 + 0.5 * (a == b) for b in many} for a in many}
    found = inline(record(mean=dict.fromkeys(many, 0.0), covariance=covariance))
    drawn = values(found, 1024)
    correlation = np.corrcoef(drawn.T)[np.triu_indices(100, 1)]
    assert abs(correlation.mean() - 0.5) < 0.05


def test_those_of_another_file_replace_the_whole_regression() -> None:
    ours, theirs = (
        inline(record(mean=MEAN, covariance=COVARIANCE)),
        record(mean={"age": 0.1}, covariance={"age": {"age": 1.0}}),
    )
    assert sorted(ours.joined(inline(theirs))) == ["b_age"]


# --- in a model ------------------------------------------------------------------------------------------


def survival(covariance: Mapping[str, Mapping[str, float]]) -> Any:
    """A Weibull whose logarithms of shape and scale were fitted, as flexsurv has them, and a log hazard ratio."""
    state = m.Domain("health", ("alive", "dead"), "Health", absorbing=("dead",))
    dies = m.Event("dies", m.When(health="alive"), m.WeibullPH("shape", "rate"), {"health": "dead"})
    drug = m.Component("drug", "Drug", (m.Effect("dies", "hazard", "hr"),))
    problem = m.DecisionProblem(
        id="fitted",
        label="Fitted survival",
        pathway=m.Pathway("fitted", (state,), (dies,), {"health": "alive"}, cycle=m.Cycle(0.25)),
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("drug", "Drug", (drug,))),
        settings=(m.Setting("base", "Everybody", horizon=5.0),),
        costs=(m.CostItem("drug", "Drug", "nhs", m.ComponentTime("drug"), 1000.0),),
        utilities=(m.Utility(m.When(health="alive"), 1.0),),
        discount_costs=0.0,
        discount_effects=0.0,
    )
    fit = {"mean": {"shape": 0.2, "rate": -1.5, "drug": -0.5}, "covariance": covariance}
    numbers: dict[str, Mapping[str, Any]] = {
        "fit": {"unit": "number", "distribution": {"multivariate_normal": fit}},
        "shape": {"unit": "ratio", "value": "exp(fit_shape)"},
        "rate": {"unit": "per_year", "value": "exp(fit_rate) / year"},
        "hr": {"unit": "ratio", "value": "exp(fit_drug)"},
    }
    return load(problem, inline=numbers)


FIT = {
    "shape": {"shape": 0.01, "rate": -0.008, "drug": 0.0},
    "rate": {"rate": 0.02, "drug": -0.01},
    "drug": {"drug": 0.03},
}


def test_a_fit_goes_into_a_model_with_its_covariance() -> None:
    """Survivors at five years, draw by draw, are what the Weibull of the draw's coefficients leaves: to rounding."""
    result = run(survival(FIT), draws=64, seed=3)
    drawn = {n: result.drawn.column(f"fit_{n}") for n in ("shape", "rate", "drug")}
    died = result.event_counts()["dies"]
    hazard = np.exp(drawn["rate"]) * 5 ** np.exp(drawn["shape"])
    np.testing.assert_allclose(died[:, 0], 1 - np.exp(-hazard), rtol=1e-9)
    np.testing.assert_allclose(died[:, 1], 1 - np.exp(-hazard * np.exp(drawn["drug"])), rtol=1e-9)
    assert abs(np.corrcoef(drawn["shape"], drawn["rate"])[0, 1] + 0.5657) < 0.1  # -0.008 / sqrt(0.01 x 0.02)


def test_they_are_one_group_of_the_value_of_learning() -> None:
    result = run(survival(FIT), draws=64, seed=3)
    table = result.evppi(threshold=2000.0)
    assert table["group"].tolist() == ["all parameters", "fit"]
    named = result.evppi({"curve": ["fit"], "ratio": ["fit_drug"]}, threshold=2000.0).set_index("group")["evppi"]
    assert named["curve"] == table["evppi"][1]
    assert named["ratio"] <= named["curve"] + 1e-9


def test_what_is_drawn_together_takes_no_other_correlation() -> None:
    case = survival(FIT)
    problem = replace(case.problem, correlations={("fit_shape", "fit_drug"): 0.5})
    with pytest.raises(ModelError, match="correlations: fit_shape is drawn together with others"):
        refuse(problem, case.setting, case.parameters)
