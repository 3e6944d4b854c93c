"""Every hazard family against scipy, fifty-digit values and itself in plain Python (this file, run as a script)."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special, stats

from parameters.arrays import Floats
from simulate.engine.arithmetic.incomplete_gamma import log_peak, log_tails
from simulate.engine.laws import families
from simulate.engine.laws.families import KINDS, cumulative, inverse, pack

Law = tuple[str, dict[str, float]]

# Kind, parameters, h, and the t at which the cumulative hazard is h. Found with mpmath 1.4.1 at 50 digits by Newton's
# method on log H, H being written out from the definitions: erfc for the normal; for the gamma, the power series
# of P or Legendre's continued fraction of Q, -log of the larger tail through log1p of the smaller.
EXACT = [
    ("weibull_ph", {"shape": 1.7, "rate": 0.3}, 1e-290, 5.2401104179986775018e-171),
    ("weibull_ph", {"shape": 1.7, "rate": 0.3}, 0.4, 1.1843862980585658111),
    ("weibull_ph", {"shape": 1.7, "rate": 0.3}, 500.0, 78.560664244686653959),
    ("gompertz", {"rate": 0.002, "growth": -0.03}, 1e-200, 4.9999999999999998064e-198),
    ("gompertz", {"rate": 0.002, "growth": -0.03}, 0.03, 19.927900025187346464),
    ("gompertz", {"rate": 0.002, "growth": -0.03}, 0.0666, 230.25850929940585992),
    ("gompertz", {"rate": 0.002, "growth": 0.09}, 1e-200, 4.9999999999999998064e-198),
    ("gompertz", {"rate": 0.002, "growth": 0.09}, 0.03, 9.4935036461785285614),
    ("gompertz", {"rate": 0.002, "growth": 0.09}, 650.0, 114.26298933455325986),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, 1e-290, 9.2495326215905695206e-15),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, 1e-120, 3.7129971537584749899e-10),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, 1e-13, 0.00015595616870582816861),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, 0.4, 0.041984433881718121382),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, 28.0, 18.653821941459323742),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, 300.0, 21660584.785028237492),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, 660.0, 327467036221.57979982),
    ("log_logistic", {"shape": 2.3, "scale": 0.7}, 1e-290, 5.7298271149481909345e-127),
    ("log_logistic", {"shape": 2.3, "scale": 0.7}, 0.4, 0.51416502684750334003),
    ("log_logistic", {"shape": 2.3, "scale": 0.7}, 500.0, 1.8069325113227635652e94),
    ("gamma", {"shape": 0.004, "scale": 2.0}, 0.5, 6.0186445952610398836e-102),
    ("gamma", {"shape": 0.004, "scale": 2.0}, 3.0, 3.2137288961414077039e-6),
    ("gamma", {"shape": 0.004, "scale": 2.0}, 40.0, 62.057951770339835933),
    ("gamma", {"shape": 0.004, "scale": 2.0}, 650.0, 1276.0933992269144096),
    ("gamma", {"shape": 0.3, "scale": 2.0}, 1e-60, 1.394539819281848377e-200),
    ("gamma", {"shape": 0.3, "scale": 2.0}, 0.4, 0.034986432874375419694),
    ("gamma", {"shape": 0.3, "scale": 2.0}, 650.0, 1288.7506420027014397),
    ("gamma", {"shape": 2.5, "scale": 0.2}, 1e-290, 3.2334077805831286161e-117),
    ("gamma", {"shape": 2.5, "scale": 0.2}, 1e-20, 3.2334077955187369452e-9),
    ("gamma", {"shape": 2.5, "scale": 0.2}, 0.4, 0.31926018482565244957),
    ("gamma", {"shape": 2.5, "scale": 0.2}, 650.0, 131.89094216383390328),
    ("gamma", {"shape": 12.5, "scale": 0.2}, 1e-290, 6.9132250736446982073e-24),
    ("gamma", {"shape": 12.5, "scale": 0.2}, 1e-20, 0.027806852084708258924),
    ("gamma", {"shape": 12.5, "scale": 0.2}, 0.4, 2.1396243979684728533),
    ("gamma", {"shape": 12.5, "scale": 0.2}, 650.0, 141.34589728282963722),
    ("gamma", {"shape": 400.0, "scale": 0.002}, 1e-290, 0.060356901565883213465),
    ("gamma", {"shape": 400.0, "scale": 0.002}, 1e-20, 0.48386182216321100044),
    ("gamma", {"shape": 400.0, "scale": 0.002}, 0.4, 0.7818394088360624836),
    ("gamma", {"shape": 400.0, "scale": 0.002}, 5.0, 0.90223426525950754977),
    ("gamma", {"shape": 400.0, "scale": 0.002}, 650.0, 3.1986764285653381411),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": 0.6}, 1e-290, 3.712940561498873798e-158),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": 0.6}, 1e-20, 2.3427072183303662523e-12),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": 0.6}, 0.4, 0.16140539300926173983),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": 0.6}, 650.0, 1105.7348353382307077),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": -0.6}, 1e-290, 0.000078838072426623546037),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": -0.6}, 1e-20, 0.0036517659060393310952),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": -0.6}, 0.4, 0.24356031110504813151),
    ("prentice", {"mu": -1.2, "sigma": 0.9, "q": -0.6}, 650.0, 1.6801126222882042958e152),
    ("prentice", {"mu": 0.5, "sigma": 1.4, "q": 3.0}, 1e-50, 3.6564831818379284229e-210),
    ("prentice", {"mu": 0.5, "sigma": 1.4, "q": 3.0}, 0.4, 0.034598509585418270356),
    ("prentice", {"mu": 0.5, "sigma": 1.4, "q": 3.0}, 650.0, 93.902676101157973918),
    ("prentice", {"mu": 0.5, "sigma": 1.4, "q": -3.0}, 1e-290, 0.028582327515709143987),
    ("prentice", {"mu": 0.5, "sigma": 1.4, "q": -3.0}, 1e-20, 0.1050050654287098103),
    ("prentice", {"mu": 0.5, "sigma": 1.4, "q": -3.0}, 0.4, 3.9605727820184268317),
    ("prentice", {"mu": 0.5, "sigma": 1.4, "q": -3.0}, 40.0, 6.8030531103590099195e72),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": 0.02}, 1e-290, 4.1542154417785243633e-13),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": 0.02}, 1e-20, 0.0020392018585498282224),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": 0.02}, 0.4, 1.2047884075478538115),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": 0.02}, 650.0, 9395140552.6501337869),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": -0.02}, 1e-290, 2.2007136477335023457e-10),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": -0.02}, 1e-20, 0.003072802762858302237),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": -0.02}, 0.4, 1.2171895019357467013),
    ("prentice", {"mu": 0.5, "sigma": 0.7, "q": -0.02}, 650.0, 4201737558234.2595429),
]

LEVELS = np.concatenate([10.0 ** np.linspace(-300, -3, 100), np.linspace(0.01, 745, 200)])

# Prentice's (mu, sigma, q) and the family it turns into.
SPECIAL = [
    ((0.4, 0.8, 1.0), "weibull", {"shape": 1 / 0.8, "scale": math.exp(0.4)}),
    ((0.4, 1.0, 1.0), "exponential", {"rate": math.exp(-0.4)}),
    ((0.4, 0.8, 0.0), "log_normal", {"median": math.exp(0.4), "sigma": 0.8}),
    ((0.4, 0.5, 0.5), "gamma", {"shape": 4.0, "scale": math.exp(0.4) / 4}),
]


def row(kind: str, natural: dict[str, float]) -> tuple[int, float, float, float, float]:
    """Family and the four floats of one draw."""
    packed = pack(kind, **{name: np.array([value]) for name, value in natural.items()})
    p0, p1, p2, p3 = packed[0].tolist()
    return KINDS[kind].family, p0, p1, p2, p3


def ids(value: object) -> str:
    return ",".join(f"{x:g}" for x in value.values()) if isinstance(value, dict) else str(value)


@pytest.mark.parametrize(("kind", "natural", "h", "t"), EXACT, ids=ids)
def test_fifty_digit_values(kind: str, natural: dict[str, float], h: float, t: float) -> None:
    p = row(kind, natural)
    assert cumulative(*p, t) == pytest.approx(h, rel=2e-12, abs=0)
    assert inverse(*p, h) == pytest.approx(t, rel=2e-12, abs=0)


@pytest.mark.parametrize("kind", sorted({case[0] for case in EXACT}))
def test_a_slip_in_the_ninth_digit_of_a_parameter_is_seen(kind: str) -> None:
    """Negative control of the test above."""
    for case, natural, h, t in EXACT:
        if case == kind and h == (0.03 if kind == "gompertz" else 0.4):
            for name in natural:
                p = row(kind, {**natural, name: natural[name] * (1 + 1e-9)})
                assert cumulative(*p, t) != pytest.approx(h, rel=2e-12, abs=0), name
                assert inverse(*p, h) != pytest.approx(t, rel=2e-12, abs=0), name


LAWS = [
    ("exponential", {"rate": 0.7}, stats.expon(scale=1 / 0.7)),
    ("weibull", {"shape": 0.75, "scale": 2.0}, stats.weibull_min(0.75, scale=2.0)),
    ("weibull", {"shape": 3.5, "scale": 0.2}, stats.weibull_min(3.5, scale=0.2)),
    ("gompertz", {"rate": 0.002, "growth": 0.09}, stats.gompertz(0.002 / 0.09, scale=1 / 0.09)),
    ("log_normal", {"median": 0.06, "sigma": 0.81}, stats.lognorm(0.81, scale=0.06)),
    ("log_logistic", {"shape": 1.6, "scale": 0.4}, stats.fisk(1.6, scale=0.4)),
    ("gamma", {"shape": 0.4, "scale": 2.0}, stats.gamma(0.4, scale=2.0)),
    ("gamma", {"shape": 7.0, "scale": 0.1}, stats.gamma(7.0, scale=0.1)),
    ("prentice", {"mu": 0.0, "sigma": 0.5, "q": 0.5}, stats.gengamma(4.0, 1.0, scale=0.25)),
    ("prentice", {"mu": 0.0, "sigma": 1.0, "q": -0.5}, stats.gengamma(4.0, -0.5, scale=16.0)),
]


@pytest.mark.parametrize(("kind", "natural", "law"), LAWS)
def test_the_middle_agrees_with_scipy_stats(kind: str, natural: dict[str, float], law: object) -> None:
    p = row(kind, natural)
    for survival in np.linspace(0.001, 0.999, 60):
        t = law.isf(survival)  # type: ignore[attr-defined]
        assert inverse(*p, -math.log(survival)) == pytest.approx(t, rel=1e-9)
        assert cumulative(*p, t) == pytest.approx(-law.logsf(t), rel=1e-9)  # type: ignore[attr-defined]


@pytest.mark.parametrize("k", [1e-3, 0.02, 0.5, 1.0, 3.0, 11.9, 12.0, 40.0, 999.0, 1e5])
def test_both_tails_agree_with_scipy_special(k: float) -> None:
    """Where neither tail is near scipy's own limit: P and Q from 1e-250 to 1, each also next to 1."""
    seen = 0
    for u in np.concatenate([np.linspace(-8, 4, 400) / max(1.0, math.sqrt(k)), -np.geomspace(1e-6, 600, 150) / k]):
        p, q = special.gammainc(k, k * math.exp(u)), special.gammaincc(k, k * math.exp(u))
        if min(p, q) > 1e-250 and k * math.exp(u) > 1e-300:
            seen += 1
            log_p, log_q = log_tails(k, log_peak(k), u)
            assert log_p == pytest.approx(math.log(p) if p < 0.9 else math.log1p(-q), rel=2e-11, abs=0)
            assert log_q == pytest.approx(math.log(q) if q < 0.9 else math.log1p(-p), rel=2e-11, abs=0)
    assert seen > 300


ROUND_TRIPS = [(kind, natural) for kind, natural, _ in LAWS] + [
    ("prentice", {"mu": -0.5, "sigma": 0.6, "q": q})
    for q in (-31.0, -8.0, -1.0, -0.3, -0.01, -1e-6, 0.0, 1e-12, 1e-3, 0.08, 0.28, 0.3, 1.5, 9.0, 31.0)
]


@pytest.mark.parametrize(("kind", "natural"), ROUND_TRIPS, ids=ids)
def test_inverse_undoes_cumulative_over_the_whole_range(kind: str, natural: dict[str, float]) -> None:
    p = row(kind, natural)
    times = [(inverse(*p, h), h) for h in LEVELS.tolist()]
    held = [(t, h) for t, h in times if 1e-300 < t < 1e300]  # some quantiles are beyond what a float can hold
    assert len(held) > 100
    assert [t for t, _ in held] == sorted(t for t, _ in held)
    for t, h in held:
        assert cumulative(*p, t) == pytest.approx(h, rel=5e-11, abs=0)


@pytest.mark.parametrize(("prentice", "kind", "natural"), SPECIAL, ids=ids)
def test_generalised_gamma_contains_the_others(
    prentice: tuple[float, float, float], kind: str, natural: dict[str, float]
) -> None:
    general, special_case = (
        row("prentice", dict(zip(("mu", "sigma", "q"), prentice, strict=True))),
        row(kind, natural),
    )
    for h in (1e-200, 1e-9, 0.3, 0.7, 5.0, 80.0, 700.0):
        t = inverse(*special_case, h)
        assert cumulative(*general, t) == pytest.approx(h, rel=1e-12, abs=0)
        assert inverse(*general, h) == pytest.approx(t, rel=1e-12, abs=0)


def test_location_is_the_exponential_of_mu() -> None:
    by_time = row("generalised_gamma", {"location": math.exp(0.4), "sigma": 0.8, "q": -0.3})
    assert by_time == row("prentice", {"mu": 0.4, "sigma": 0.8, "q": -0.3})


def test_a_negative_q_is_the_reciprocal_of_a_positive_one() -> None:
    up, down = (row("prentice", {"mu": 0.0, "sigma": 0.7, "q": q}) for q in (0.8, -0.8))
    for survival in (0.01, 0.3, 0.9):
        t = inverse(*up, -math.log(survival))
        assert inverse(*down, -math.log1p(-survival)) == pytest.approx(1 / t, rel=1e-13)


def test_no_step_where_a_small_q_becomes_the_log_normal() -> None:
    limit, last = (row("prentice", {"mu": 0.3, "sigma": 0.8, "q": q}) for q in (0.0, families.NORMAL))
    assert last[1] > 1e29
    for h in (1e-300, 1e-30, 0.1, 0.7, 3.0, 700.0):
        assert cumulative(*last, inverse(*limit, h)) == pytest.approx(h, rel=2e-11, abs=0)


def test_what_may_never_happen() -> None:
    falling = row("gompertz", {"rate": 0.1, "growth": -0.5})
    assert inverse(*falling, 0.2) == math.inf
    assert math.isfinite(inverse(*falling, 0.19))
    for kind, natural in (("exponential", {"rate": 0.0}), ("gompertz", {"rate": 0.0, "growth": 0.1})):
        assert inverse(*row(kind, natural), 1.0) == math.inf
        assert cumulative(*row(kind, natural), 1e6) == 0.0


@pytest.mark.parametrize(("kind", "natural"), [(kind, natural) for kind, natural, _ in LAWS], ids=ids)
def test_the_ends(kind: str, natural: dict[str, float]) -> None:
    p = row(kind, natural)
    assert inverse(*p, math.inf) == math.inf
    assert inverse(*p, 0.0) == 0.0
    assert cumulative(*p, 0.0) == cumulative(*p, -1.0) == 0.0
    assert cumulative(*p, 1e308) > 300.0


def test_a_fixed_time_comes_once() -> None:
    p = row("fixed_time", {"at": 0.5})
    assert [cumulative(*p, t) for t in (0.0, 0.499, 0.5, 0.6)] == [0.0, 0.0, math.inf, math.inf]
    assert [inverse(*p, h) for h in (1e-300, 1.0, 700.0)] == [0.5, 0.5, 0.5]
    assert inverse(*p, 1.0 + cumulative(*p, 0.6)) == math.inf  # it has passed
    at_once = row("fixed_time", {"at": 0.0})
    assert inverse(*at_once, 1.0 + cumulative(*at_once, 0.0)) == 0.0


@pytest.mark.parametrize("q", [0.7, -0.7])
def test_sampled_times_follow_the_law(q: float) -> None:
    p = row("prentice", {"mu": 0.2, "sigma": 0.9, "q": q})
    times = np.array([inverse(*p, h) for h in np.random.default_rng(5).exponential(size=20_000)])
    law = stats.gengamma(1 / q**2, q / 0.9, scale=math.exp(0.2) * (q**2) ** (0.9 / q))
    assert stats.kstest(times, law.cdf).pvalue > 1e-6
    assert stats.kstest(times * 1.08, law.cdf).pvalue < 1e-6  # negative control


@pytest.mark.parametrize(
    ("kind", "natural", "message"),
    [
        ("weibul", {"shape": 1.0}, "hazard kind 'weibul'; allowed: exponential, weibull"),
        ("weibull", {"shape": 1.0}, "weibull: takes shape, scale; got shape"),
        ("weibull", {"shape": 1.0, "rate": 1.0}, "weibull: takes shape, scale; got shape, rate"),
        ("weibull", {"shape": 0.0, "scale": 1.0}, "weibull.shape: 0.0 in draw 0; must be finite and positive"),
        ("weibull_ph", {"shape": 0.001, "rate": 9.0}, "weibull_ph.rate: leads to a time"),
        ("exponential", {"rate": -0.1}, "exponential.rate: -0.1 in draw 0; must be finite and not negative"),
        ("gompertz", {"rate": 1.0, "growth": math.inf}, "gompertz.growth: inf in draw 0; must be finite$"),
        ("log_normal", {"median": math.nan, "sigma": 1.0}, "log_normal.median: nan"),
        ("log_normal", {"median": 1.0, "sigma": 0.0}, "log_normal.sigma: 0.0"),
        ("log_logistic", {"shape": 1.0, "scale": -1.0}, "log_logistic.scale: -1.0"),
        ("gamma", {"shape": 1e-4, "scale": 1.0}, "gamma.shape: 0.0001; allowed for a gamma: 0.001 to 1e"),
        ("gamma", {"shape": 1e7, "scale": 1.0}, "gamma.shape: 10000000.0"),
        ("prentice", {"mu": 800.0, "sigma": 1.0, "q": 1.0}, "prentice.mu"),
        ("prentice", {"mu": 0.0, "sigma": 1.0, "q": -40.0}, "prentice.q: -40.0; allowed: -31.62 to"),
        ("prentice", {"mu": 0.0, "sigma": -1.0, "q": 0.0}, "prentice.sigma"),
        ("fixed_time", {"at": -1.0}, "fixed_time.at: -1.0"),
    ],
)
def test_refusals_name_the_argument(kind: str, natural: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        row(kind, natural)


def test_pack_names_the_draw_at_fault_and_keeps_the_order() -> None:
    assert pack("weibull", shape=np.array([1.0, 2.0]), scale=np.array([3.0, 4.0])).tolist() == [
        [1, 3, 1, 0],
        [2, 4, 0.5, 0],
    ]
    with pytest.raises(ValueError, match="draw 1"):
        pack("weibull", shape=np.array([1.0, -2.0]), scale=np.array([3.0, 4.0]))
    with pytest.raises(ValueError, match="draw 1"):
        pack("gamma", shape=np.array([1.0, 1e9]), scale=np.array([3.0, 4.0]))


# --- compiled and plain Python, bit for bit ---------------------------------------------------

INPUTS = 10_000  # of each kind


def bit_inputs() -> Floats:
    """Rows (family, p0, p1, p2, p3, h, t) over every kind, region and tail: float64 [kinds x INPUTS, 7]."""
    rng = np.random.default_rng(20)
    tiny, usual = 10.0 ** rng.uniform(-300, 0, INPUTS), rng.exponential(size=INPUTS) * 10.0 ** rng.uniform(0, 3, INPUTS)
    h = np.where(np.arange(INPUTS) % 2, tiny, usual)
    spread = {
        name: 10.0 ** rng.uniform(low, high, INPUTS)
        for name, low, high in (
            ("shape", -2, 3),
            ("scale", -3, 2),
            ("rate", -6, 2),
            ("median", -3, 2),
            ("sigma", -2, 0.7),
        )
    }
    signed = rng.choice([-1.0, 1.0], INPUTS)
    spread |= {
        "growth": signed * 10.0 ** rng.uniform(-20, 0, INPUTS),
        "q": signed * np.where(rng.random(INPUTS) < 0.1, 0.0, 10.0 ** rng.uniform(-6, 1.4, INPUTS)),
        "location": np.exp(rng.uniform(-5, 5, INPUTS)),
        "at": rng.exponential(size=INPUTS),
    }
    spread |= {"mean": spread["median"], "sd": spread["scale"], "always": np.tile([0.0, 1.0], INPUTS)[:INPUTS]}
    blocks = []
    for kind, (family, arguments, _) in KINDS.items():
        if kind in ("weibull_ph", "prentice"):  # other words for a family that is here already
            continue
        given = {name: spread[name] for name in arguments}
        blocks.append(np.column_stack([np.full(INPUTS, family), pack(kind, **given), h, h]))
    rows = np.concatenate(blocks)
    rows[:, 6] = np.minimum(evaluated(rows)[:, 1], 1e308)  # ages that the hazards of h belong to
    return rows


def evaluated(rows: Floats) -> Floats:
    """(H(t), inverse(h)) of each row: float64 [rows, 2]."""
    out = [
        (cumulative(int(f), p0, p1, p2, p3, t), inverse(int(f), p0, p1, p2, p3, h))
        for f, p0, p1, p2, p3, h, t in rows.tolist()
    ]
    return np.array(out)


def differing(a: Floats, b: Floats) -> npt.NDArray[np.bool_]:
    """Rows in which any bit differs."""
    found: npt.NDArray[np.bool_] = (a.view(np.uint64) != b.view(np.uint64)).any(axis=1)
    return found


def test_compiled_and_plain_python_find_the_same_bits(tmp_path: Path, checkout: Path) -> None:
    rows = bit_inputs()
    np.save(tmp_path / "in.npy", rows)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(checkout)}
    command = [sys.executable, __file__, str(tmp_path / "in.npy"), str(tmp_path / "out.npy")]
    subprocess.run(command, check=True, env=environment)
    plain, compiled = np.load(tmp_path / "out.npy"), evaluated(rows)
    assert rows[differing(plain, compiled)].tolist() == []
    plain[7, 1] = np.nextafter(plain[7, 1], 9.0)  # negative control: the last bit of one number
    assert differing(plain, compiled).sum() == 1
    assert not np.isnan(compiled).any()
    assert (compiled >= 0.0).all()


if __name__ == "__main__":
    assert os.environ.get("NUMBA_DISABLE_JIT") == "1"
    assert not hasattr(cumulative, "py_func")
    np.save(sys.argv[2], evaluated(np.load(sys.argv[1])))
