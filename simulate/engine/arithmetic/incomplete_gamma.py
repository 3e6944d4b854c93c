"""Tails of the gamma distribution and their inverse, both tails to full relative precision, without overflow.

A gamma variable of shape k is followed on the scale u = log(x / k), so that neither a tiny shape (x
underflows) nor a huge one (x / k rounds to 1) loses digits. `c` stands for lgamma(k + 1) - k log k + k,
which ``log_peak`` prepares outside the kernel; with it the density of u is k exp(-k (e^u - 1 - u) - c).
"""

from __future__ import annotations

import math

from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary import exp, expm1, log, log1p
from simulate.engine.arithmetic.normal import normal_quantile, scaled_tail

_LOG_2 = 0.6931471805599453
_2PI = 2.0 * math.pi
_UNIFORM = 12.0  # shapes from which Temme's uniform expansion is used around the mean
_TERMS = 200  # of a series or continued fraction; no more than 60 are ever needed
_STEPS = 20  # of the inverse; 2 are usual, and 4 the most that 1.5 million trials over all shapes and tails took
_NEAR = 1e-5  # a step that began this near (in log H) ends at full precision, since its error is cubed
_EPS = 1e-17
_FACTORS = tuple(1.0 / math.factorial(n) for n in range(16, 1, -1))  # of exp(u), from u^16 down to u^2


@njit
def exp_or_inf(x: float) -> float:
    """exp(x), infinite where CPython would raise."""
    return math.inf if x > 709.78 else exp(x)


@njit
def log_complement(a: float) -> float:
    """log(1 - exp(a)) for a <= 0."""
    if a < -_LOG_2:
        return log1p(-exp(a))
    return log(-expm1(a)) if a < 0.0 else -math.inf


@njit
def excess(u: float) -> float:
    """exp(u) - 1 - u, without cancellation near 0."""
    if abs(u) > 0.5:
        return math.inf if u > 709.78 else expm1(u) - u
    s = 0.0
    for factor in _FACTORS:
        s = s * u + factor
    return s * u * u


@njit
def log_tails(k: float, c: float, u: float) -> tuple[float, float]:
    """(log P, log Q): logarithms of the lower and upper tail of a gamma variable of shape `k` at x = k exp(u)."""
    phi = excess(u)
    if k >= _UNIFORM and phi <= 0.5:
        return _uniform(k, u, phi)
    if u > 300.0:
        return 0.0, -k * phi
    x = k * exp(u)
    if x < max(k + 1.0, 2.0):
        log_p = log(_series(k, x)) - k * phi - c
        return log_p, log_complement(log_p)
    log_q = log(k * _fraction(k, x)) - k * phi - c
    return log_complement(log_q), log_q


@njit
def _series(k: float, x: float) -> float:
    """1 + x/(k+1) + x^2/((k+1)(k+2)) + ... (DLMF 8.7.1)."""
    term, total, n = 1.0, 1.0, k
    for _ in range(_TERMS):
        n += 1.0
        term *= x / n
        total += term
        if term < _EPS * total:
            break
    return total


@njit
def _fraction(k: float, x: float) -> float:
    """Legendre's continued fraction of exp(x) x^-k Gamma(k, x) (DLMF 8.9.2), by Lentz's method."""
    b = x + 1.0 - k
    d = 1.0 / b
    c = 1e300  # before the first term: no convergent yet
    total = d
    for i in range(1, _TERMS):
        a = i * (k - i)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        total *= c * d
        if abs(c * d - 1.0) < 2e-16:
            break
    return total


@njit
def _uniform(k: float, u: float, phi: float) -> tuple[float, float]:
    """Temme's uniform expansion: the normal tail at z = sign(u) sqrt(2 k phi) and a correction (DLMF 8.12)."""
    eta = math.sqrt(2.0 * phi)
    share = _correction(k, eta if u > 0.0 else -eta) / math.sqrt(_2PI * k)
    tail = scaled_tail(eta * math.sqrt(k))
    if u > 0.0:
        log_q = log(tail + share) - k * phi
        return log_complement(log_q), log_q
    log_p = log(tail - share) - k * phi
    return log_p, log_complement(log_p)


@njit
def _correction(k: float, eta: float) -> float:
    """S(eta) of Gil, Segura & Temme 2012 (doi 10.1137/120872553): Q = P(Z > z) + exp(-z*z/2) S / sqrt(2 pi k).

    The constants are the power series of eta / (x/k - 1) in eta, highest power first.
    """
    above, b, total = 0.0, 0.0, 0.0
    n, r = 26.0, 1.0 / k
    for d in (
        8.09952115670456128368e-16,
        -1.97522882943494422394e-15,
        -5.13911183424257230805e-16,
        2.85348938070474453013e-14,
        -1.39238872241816206708e-13,
        3.37176326240098513631e-13,
        1.10043920319561347525e-13,
        -5.02766928011417551278e-12,
        2.43619480206674150369e-11,
        -5.83077213255042560744e-11,
        -2.55141939949462482035e-11,
        9.14769958223679020897e-10,
        -4.38203601845335294179e-09,
        1.02618097842403085622e-08,
        6.70785354340149841119e-09,
        -1.76659527368260782004e-07,
        8.29671134095308651501e-07,
        -1.85406221071515996597e-06,
        -2.18544851067999198181e-06,
        3.91926317852243766954e-05,
        -1.78755144032921798247e-04,
        3.52733686067019424140e-04,
        1.15740740740740740741e-03,
        -1.48148148148148148148e-02,
        8.33333333333333333333e-02,
        -3.33333333333333333333e-01,
    ):
        new = d + (n + 1.0) * r * above
        above, b = b, new
        total = total * eta + new
        n -= 1.0
    return total / (1.0 + above * r)


@njit
def log_hazard(log_tail: float, log_other: float) -> float:
    """log(-log_tail), taken from the other tail where that is tiny and -log_tail the same."""
    return log_other if log_other < -40.0 else log(-log_tail)


@njit
def inverse_tail(k: float, c: float, h: float, upper: bool) -> float:
    """The u at which -log of the upper (or else the lower) tail is `h` > 0: Halley's method on log H."""
    log_h = log(h)
    u = _start(k, c, h, upper)
    low, high = -math.inf, math.inf
    for _ in range(_STEPS):
        log_p, log_q = log_tails(k, c, u)
        tail, other = (log_q, log_p) if upper else (log_p, log_q)
        log_now = log_hazard(tail, other)
        miss = log_now - log_h
        if (miss > 0.0) == upper:
            high = u
        else:
            low = u
        step = _halley(k, c, u, miss, tail, log_now, upper)
        if low <= u - step <= high:
            u -= step
        else:
            u = 0.5 * (low + high)
        if abs(miss) < _NEAR:
            break
    return u


@njit
def _halley(k: float, c: float, u: float, miss: float, tail: float, log_now: float, upper: bool) -> float:
    """How far u lies above the root, from log H missing its goal by `miss`."""
    phi = excess(u)
    log_density = log(k) - k * phi - c
    sign = 1.0 if upper else -1.0
    slope = sign * exp_or_inf(log_density - tail - log_now)
    curve = sign * exp_or_inf(log_density - tail) - k * (phi + u) - slope  # second over first derivative
    newton = miss / slope
    return newton / min(max(1.0 - 0.5 * newton * curve, 0.5), 2.0)


@njit
def _start(k: float, c: float, h: float, upper: bool) -> float:
    """A first guess at ``inverse_tail``: Wilson & Hilferty's cube, or the leading term of either tail."""
    log_other = log_complement(-h)
    log_p, log_q = (log_other, -h) if upper else (-h, log_other)
    if k >= 0.5:
        z = normal_quantile(h) if upper else -normal_quantile(h)
        shift = z / (3.0 * math.sqrt(k)) - 1.0 / (9.0 * k)
        if shift > -0.6:
            return 3.0 * log1p(shift)
    y = log(k) - c + k - k * log(k) - log_q  # -log(Q Gamma(k))
    if y > 2.0:
        return log((y + (k - 1.0) * log(y)) / k)
    small = (log_p + c) / k - 1.0
    return small + min(k / (k + 1.0) * exp_or_inf(small), 1.0)


@njit
def log_peak(k: float) -> float:
    """lgamma(k + 1) - k log k + k, the `c` of this module: Stirling's series from k = 10 on (DLMF 5.11.1)."""
    if k < 10.0:
        return _log_factorial(k) - k * log(k) + k
    y = 1.0 / (k * k)
    series = 1.0 / 12.0 - y * (
        1.0 / 360.0 - y * (1.0 / 1260.0 - y * (1.0 / 1680.0 - y * (1.0 / 1188.0 - y * 691.0 / 360360.0)))
    )
    return 0.5 * log(_2PI * k) + series / k


@njit
def _log_factorial(k: float) -> float:
    """lgamma(k + 1) for 0 < k < 10: brought within 1/2 of 0, where it has a series (DLMF 5.7.3).

    The constants are (-1)^n (zeta(n) - 1) / n, n from 30 down to 2; the last is 1 minus Euler's.
    """
    n = math.floor(k + 0.5)
    x, product, series = k - n, 1.0, 0.0
    for i in range(1, int(n) + 1):
        product *= x + i
    for term in (
        3.10442477473222727624e-11,
        -6.42296456383810002208e-11,
        1.33047643742444894815e-10,
        -2.75952288512423314518e-10,
        5.73136724167886201333e-10,
        -1.19214014058609120744e-9,
        2.48367454380247831719e-9,
        -5.18347504197004665512e-9,
        1.08386592148969540911e-8,
        -2.27110946089431649103e-8,
        4.76981016936398056576e-8,
        -1.00432248239680996087e-7,
        2.12071848055546658692e-7,
        -4.49246919876456604329e-7,
        9.55141213040741983286e-7,
        -2.03921575380136623678e-6,
        4.37486678990748780418e-6,
        -9.43948827526839590399e-6,
        2.05072127756706915532e-5,
        -4.49262367381331417002e-5,
        9.94575127818085337146e-5,
        -2.23154758453579379761e-4,
        5.09669524743042422336e-4,
        -1.19275391170326097711e-3,
        2.89051033074152328575e-3,
        -7.38555102867398526627e-3,
        2.05808084277845478790e-2,
        -6.73523010531980951332e-2,
        3.22467033424113218236e-1,
        4.22784335098467139394e-1,
    ):
        series = series * x + term
    return log(product) + (series * x - log1p(x))
