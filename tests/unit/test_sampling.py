"""Joint draws: independent dimensions, stable by name and by length, correlated only where asked."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from parameters import InputError, Parameter, ParameterSet, inline, sample
from parameters.distributions import Distribution
from parameters.joint import Sample, dirichlet
from parameters.sampling import uniforms
from parameters.sequence.sobol import BITS, MOST, scrambled_sobol


def record(name: str, **options: object) -> Parameter:
    given = {"distribution": Distribution("uniform", {"min": 0.0, "max": 1.0}), "unit": "probability", **options}
    return Parameter(name=name, label=name, source="x", status="published", **given)  # type: ignore[arg-type]


def records(*names: str) -> ParameterSet:
    return ParameterSet({n: record(n) for n in names})


MANY = tuple(f"p{i}" for i in range(60))


@pytest.mark.parametrize(("method", "bound"), [("sobol", 0.16), ("random", 0.16)])
def test_independent_parameters_are_uncorrelated(method: str, bound: float) -> None:
    """1,770 pairs at 1,024 draws: an i.i.d. pair has standard error 0.031, so 0.16 is five of them."""
    for seed in range(4):
        values = sample(records(*MANY), MANY, 1024, seed, method=method).values  # type: ignore[arg-type]
        correlation = np.corrcoef(values.T) - np.eye(len(MANY))
        assert np.abs(correlation).max() < bound


def test_separate_sequences_would_fail_the_bound() -> None:
    """The negative control: one-dimensional Sobol sequences, each scrambled by itself, correlate strongly."""
    columns = [stats.qmc.Sobol(1, scramble=True, rng=np.random.default_rng(i)).random(1024)[:, 0] for i in range(20)]
    assert np.abs(np.corrcoef(np.array(columns)) - np.eye(20)).max() > 0.3


@pytest.mark.parametrize(("points", "dimensions"), [(1, 1), (2, 3), (512, 12), (128, 64), (16, MOST)])
def test_the_scrambled_sequence_is_that_of_scipy(points: int, dimensions: int) -> None:
    theirs = stats.qmc.Sobol(dimensions, scramble=True, bits=BITS, rng=np.random.default_rng([7, points]))
    ours = scrambled_sobol(points, dimensions, np.random.default_rng([7, points]))
    assert (ours == theirs.random(points)).all()
    some = np.array([dimensions - 1, 0])
    assert (scrambled_sobol(points, dimensions, np.random.default_rng([7, points]), some) == ours[:, some]).all()


def test_points_and_dimensions_that_are_not_there_are_refused() -> None:
    for points, dimensions in ((8, MOST + 1), (2**BITS + 1, 1)):
        with pytest.raises(ValueError, match="allowed: at most"):
            scrambled_sobol(points, dimensions, np.random.default_rng(1))


def test_each_dimension_is_uniform_and_never_0_or_1() -> None:
    for method in ("sobol", "random"):
        u = uniforms(4096, 40, 9, method)
        assert ((u > 0) & (u < 1)).all()
        assert min(stats.kstest(u[:, k], "uniform").pvalue for k in range(40)) > 1e-6


def test_a_longer_run_begins_with_the_shorter_one() -> None:
    short, long = (sample(records(*MANY), MANY, n, 1).values for n in (512, 1000))
    assert (long[:512] == short).all()


def test_parameters_beyond_the_best_dimensions_change_no_other() -> None:
    names = tuple(f"p{i}" for i in range(150))
    few, many = (sample(records(*names), names[:k], 1024, 1).values for k in (64, 150))
    assert (many[:, :64] == few).all()
    correlation = np.corrcoef(many.T) - np.eye(150)
    assert np.sqrt((correlation**2).sum() / (150 * 149)) < 0.04  # 0.031 for independent numbers
    assert np.abs(correlation).max() < 0.25


def test_an_appended_parameter_changes_no_other() -> None:
    before = sample(records("a", "b"), ("a", "b"), 256, 1).values
    after = sample(records("a", "b", "c"), ("a", "b", "c"), 256, 1).values
    assert (after[:, :2] == before).all()


def test_what_was_drawn_before_is_drawn_again_whatever_became_of_it() -> None:
    """Points and quantiles are kept between calls; 9,000 draws are not, and begin with the same numbers."""
    first = sample(records(*MANY), MANY, 1024, 5).values
    before = first.copy()
    with pytest.raises(ValueError, match="read-only"):
        first[:] = 0.0
    assert (sample(records(*MANY), MANY, 1024, 5).values == before).all()
    assert (sample(records(*MANY), MANY, 9000, 5).values[:1024] == before).all()
    assert (sample(records(*MANY), MANY, 1024, 6).values != before).any()


def test_a_fixed_parameter_changes_no_other() -> None:
    free, fixed = records("a", "b", "c"), records("a", "b", "c").with_fixed({"b": 0.25})
    names = ("a", "b", "c")
    before, after = sample(free, names, 256, 1).values, sample(fixed, names, 256, 1).values
    assert (after[:, [0, 2]] == before[:, [0, 2]]).all()
    assert (after[:, 1] == 0.25).all()


def test_eight_replicates_each_of_them_balanced() -> None:
    drawn = sample(records("a"), ("a",), 1024, 1)
    assert np.bincount(drawn.replicate).tolist() == [128] * 8
    for r in range(8):
        counts = np.histogram(drawn.values[drawn.replicate == r, 0], bins=128, range=(0, 1))[0]
        assert (counts == 1).all()


def test_every_replicate_is_a_scramble_of_its_own() -> None:
    """Else their spread would tell of no error: no number of one is met in another, in whatever dimension."""
    u = uniforms(128, 16, 1, "sobol")
    assert len(np.unique(u)) == u.size


def test_any_number_of_draws_is_accepted() -> None:
    for n in (1, 2, 7, 15, 16, 100, 1023):
        assert sample(records("a", "b"), ("a", "b"), n, 5).values.shape == (n, 2)


def test_seeds_differ() -> None:
    one, two = (sample(records("a"), ("a",), 64, seed).values for seed in (0, 1))
    assert not (one == two).any()


def test_a_copula_correlates_its_pair_and_nothing_else() -> None:
    names = ("a", "b", "c")
    plain = sample(records(*names), names, 4096, 1).values
    tied = sample(records(*names), names, 4096, 1, correlations={("a", "c"): 0.8}).values
    assert (tied[:, 1] == plain[:, 1]).all()
    normal = stats.norm.ppf(tied)
    assert np.corrcoef(normal[:, 0], normal[:, 2])[0, 1] == pytest.approx(0.8, abs=0.02)
    assert stats.kstest(tied[:, 2], "uniform").pvalue > 1e-3


def test_impossible_correlations_are_refused() -> None:
    pairs = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    with pytest.raises(ValueError, match="cannot all hold"):
        sample(records("a", "b", "c"), ("a", "b", "c"), 64, 1, correlations=pairs)
    with pytest.raises(ValueError, match="both must be sampled"):
        sample(records("a", "b"), ("a", "b"), 64, 1, correlations={("a", "z"): 0.1})


def test_dirichlet_shares_add_to_one() -> None:
    shares = dirichlet({"counts": {"x": 5, "y": 20, "z": 10}})
    found = {f"p_{k}": record(f"p_{k}", distribution=d, belongs_to="p") for k, d in shares.items()}
    drawn = sample(ParameterSet(found), tuple(found), 2048, 1).values
    assert np.allclose(drawn.sum(axis=1), 1)
    assert stats.kstest(drawn[:, 1], stats.beta(20, 15).cdf).pvalue > 1e-3
    alone = sample(ParameterSet(found), ("p_y",), 64, 1).values
    assert ((alone > 0) & (alone < 1)).all()


def test_columns_of_one_file_keep_their_rows() -> None:
    left, right = Sample((1.0, 2.0, 3.0, 4.0), "f"), Sample((10.0, 20.0, 30.0, 40.0), "f")
    both = ParameterSet({"a": record("a", distribution=left), "b": record("b", distribution=right)})
    drawn = sample(both, ("a", "b"), 256, 1).values
    assert (drawn[:, 1] == 10 * drawn[:, 0]).all()
    assert np.bincount(drawn[:, 0].astype(int))[1:].min() > 50


def test_fixed_is_one_draw_at_the_point_estimates() -> None:
    only = ParameterSet(
        {"a": record("a", distribution=Distribution("lognormal", {"mean": 0.75, "low": 0.61, "high": 0.93}))}
    )
    drawn = sample(only, ("a",), 500, 1, fixed=True)
    assert drawn.values.tolist() == [[0.75]]


def test_draws_convert_to_engine_units() -> None:
    rate = record("r", unit="per_day", distribution=Distribution("fixed", {"value": 0.004}))
    days = record("d", unit="days", distribution=Distribution("fixed", {"value": 365.25}))
    drawn = sample(ParameterSet({"r": rate, "d": days}), ("r", "d"), 4, 1)
    assert drawn.engine("r")[0] == pytest.approx(0.004 * 365.25)
    assert drawn.engine("d")[0] == 1.0
    more = drawn.with_column("x", np.arange(4.0), "weeks").with_column("r", np.ones(4), "per_day")
    assert more.engine("x")[3] == pytest.approx(21 / 365.25)
    assert more.column("r").tolist() == [1.0] * 4
    assert drawn.manifest()["dimensions"] == {"r": 0, "d": 1}
    with pytest.raises(KeyError, match="not drawn"):
        drawn.column("z")


def test_shares_that_are_set_leave_the_rest_to_the_others() -> None:
    """Given some, the rest of a Dirichlet is a Dirichlet of what is left, to the last bit of one of its own counts."""
    counts = {"a": 5.0, "b": 10.0, "c": 20.0}
    whole = inline({"p": {"unit": "probability", "distribution": {"dirichlet": {"counts": counts}}}})
    rest = inline({"p": {"unit": "probability", "distribution": {"dirichlet": {"counts": {"b": 10.0, "c": 20.0}}}}})
    found = sample(whole.with_fixed({"p_a": 0.25}), ("p_b", "p_c", "p_a"), 64, 1).values
    np.testing.assert_allclose(found[:, :2], 0.75 * sample(rest, ("p_b", "p_c"), 64, 1).values, rtol=1e-9)
    assert (found[:, 2] == 0.25).all()
    point = sample(whole.with_fixed({"p_a": 0.25}), ("p_a", "p_b", "p_c"), 1, 1, fixed=True).values[0]
    np.testing.assert_allclose(point, [0.25, 0.25, 0.5])
    both = whole.with_fixed({"p_a": 0.25, "p_b": 0.5})
    assert both["p_c"].distribution.point == 0.25
    assert both["p_c"].distribution == whole.with_fixed({"p_a": 0.25}).with_fixed({"p_b": 0.5})["p_c"].distribution


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"p_a": 0.7, "p_b": 0.4}, "p_a: is a share of p, of which p_a, p_b come to 1.1; allowed: at most 1"),
        ({"p_a": 0.2, "p_b": 0.3, "p_c": 0.4}, "come to 0.9; allowed: 1"),
    ],
)
def test_shares_set_to_more_or_less_than_the_whole_are_refused(changes: dict[str, float], words: str) -> None:
    import models as m
    from simulate import load

    domain = m.Domain("d", ("a", "b", "c"), "D")
    event = m.Event(
        "e",
        m.When(d="a"),
        m.Exponential(1.0),
        branches=tuple(m.Branch(n, f"p_{n}", {"d": n}) for n in "abc"),
    )
    problem = m.DecisionProblem(
        id="shares",
        label="Shares",
        pathway=m.Pathway("shares", (domain,), (event,), {"d": "a"}),
        strategies=(m.Strategy("x", "X"), m.Strategy("y", "Y")),
        settings=(m.Setting("base", "Everybody", horizon=1.0),),
        costs=(m.CostItem("c", "C", "nhs", m.StateTime(m.When(d="b")), 1.0),),
        utilities=(m.Utility(m.When(), 1.0),),
    )
    numbers = {"p": {"unit": "probability", "distribution": {"dirichlet": {"counts": {"a": 5, "b": 10, "c": 20}}}}}
    assert load(problem, inline=numbers, changes={"p_a": 0.7}).parameters["p_b"].distribution.point == pytest.approx(
        0.1
    )
    with pytest.raises(InputError, match=words):
        load(problem, inline=numbers, changes=changes)
