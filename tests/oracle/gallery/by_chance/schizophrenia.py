"""Many lives at a time in plain numpy, from the published inputs alone.

Memoryless times compete by their rates and are drawn anew after each event. Coronary disease is not memoryless: what is
left of its cumulative hazard is kept, and used up at the pace of the medicine taken.
"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[4]
HORIZON, RATE, AGE = 10.0, np.log(1.035), 25
MINOR = ("eps", "wg", "sdtn", "sxdf")
NEVER = 1e9


def exact(people: int = 1_000_000, seed: int = 1) -> dict[str, dict[str, tuple[float, float]]]:
    """Cost and QALYs of ten years, each with its standard error."""
    found = {}
    for strategy in ("ola", "ris2"):
        totals = np.vstack([Lives(strategy, people // 20, seed + k).lived() for k in range(20)])
        errors = totals.std(0, ddof=1) / len(totals) ** 0.5
        pairs = zip(("cost", "effect"), totals.mean(0), errors, strict=True)
        found[strategy] = {what: (float(mean), float(error)) for what, mean, error in pairs}
    return found


def _inputs() -> dict[str, float]:
    records = tomllib.loads(
        (ROOT / "scripts" / "examples" / "gallery" / "schizophrenia.toml").read_text(encoding="utf-8")
    )
    return {name: r["distribution"]["fixed"]["value"] for name, r in records.items() if "distribution" in r}


P = _inputs()


def medicine(name: str) -> dict[str, float]:
    """What goes on under a medicine, or under none: rates a year, a scale in years, prices, QALYs."""
    rises = {x: P[f"{x}_md_{name}_pla"] if name != "off" else 0.0 for x in ("tch", "hdl", "sbp")}
    tch, hdl, sbp = 150 + rises["tch"], 40 + rises["hdl"], 120 + rises["sbp"]
    odds = np.exp(P["db_logit_intercept"])
    with_it = ["db_or_bmi_25t30"] + ["db_or_hdl_int_sex"] * (hdl < 40) + ["db_or_tri_150"] * (name in ("ola", "clo"))
    out = {
        "db": np.log1p(odds * P["db_or_male"]) * np.prod([np.log1p(odds * P[x]) / np.log1p(odds) for x in with_it]),
        "chd": np.exp(P["chd1_m_aft_weibull_intercept"] + AGE * np.log(P["chd1_m_ar_age"]))
        * P["chd1_m_ar_tch_int_hdl"] ** np.log(tch / hdl)
        * P["chd1_m_ar_sbp"] ** np.log(sbp),
        "strk": P["strk_m_aft_exp_rate"] * P["strk_m_hr_age"] ** -2.5 * P["strk_m_hr_sbp"] ** ((sbp - 110) / 10),
    }
    if name == "off":
        return out | dict.fromkeys(("stop", "td", "price", "c", "u"), 0.0) | {"relapse": -np.log1p(-P["rlps_prob"])}
    full = 1.0 if name == "ris2" else P["rlps_hr_cmp_part_full"]
    return out | {
        "relapse": -np.log1p(-P["rlps_prob"] * P[f"rlps_rr_{name}_pla"]) * full,
        "stop": -np.log1p(-P[f"discon_{name}_prob"]),
        "td": -np.log1p(-P[f"td_{name}_prob"]),
        "price": P[f"cost_y_{name}"],
        "c": sum(P[f"cost_{x}"] * P[f"{x}_{name}_prop"] for x in MINOR),
        "u": sum(P[f"qol_md_{x}"] * P[f"{x}_{name}_prop"] for x in MINOR) / 4,
    }


def death_times(draws: Floats) -> Floats:
    """When cumulative hazards of death reach these unit exponentials, in years from the start."""
    with (ROOT / "parameters" / "life_table_uk.csv").open(encoding="utf-8") as file:
        yearly = [-np.log1p(-float(r["male_qx"])) for r in csv.DictReader(file)][AGE:]
    reached = np.append(0.0, np.cumsum(yearly)) * P["death_m_smr"]
    return np.asarray(np.interp(draws, reached, np.arange(len(reached), dtype=float)))


def weight(start: Floats | float, end: Floats) -> Floats:
    """Discounted years from one moment to another."""
    return np.asarray((np.exp(-RATE * np.asarray(start)) - np.exp(-RATE * end)) / RATE)


class Lives:
    """Some people under one strategy; arrays hold a number a person."""

    def __init__(self, second: str, people: int, seed: int):
        self.random = np.random.default_rng(seed)
        rows = [medicine(x) for x in ("ami", second, "clo", "off")]
        self.of = {k: np.array([r[k] for r in rows]) for k in rows[0]}
        self.line, self.on, self.stable, self.alive = np.zeros((4, people), dtype=int)
        self.on += 1
        self.stable += 1
        self.alive += 1
        self.since = {x: np.full(people, NEVER) for x in ("td", "db", "chd", "strk")}
        self.t, self.recovery = np.zeros(people), np.full(people, NEVER)
        self.death = death_times(self.random.standard_exponential(people))
        self.chd_left = self.random.standard_exponential(people)
        self.cost = np.full(people, rows[0]["c"])
        self.qalys = np.full(people, rows[0]["u"])

    def has(self, what: str) -> NDArray[np.bool_]:
        return self.since[what] < NEVER

    def lived(self) -> Floats:
        while self.alive.any():
            self.step()
        for what, bands in (("chd", (0, 1, 2, 3)), ("strk", (0, 1, 2, 3)), ("db", (0, 10))):
            names = ("same", "1y", "2y", "ge3y") if len(bands) == 4 else ("lt10y", "ge10y")
            for name, a, b in zip(names, bands, (*bands[1:], NEVER), strict=True):
                start = np.minimum(self.since[what] + a, self.t)
                end = np.minimum(self.since[what] + b, self.t)
                self.cost += P[f"cost_y_{what}_{name}_cvd0"] * weight(start, end)
        return np.array([self.cost.mean(), self.qalys.mean()])

    def step(self) -> None:
        """Everybody's next event."""
        at = np.where(self.on == 1, self.line, 3)
        db = self.has("db")
        stroke = self.of["strk"][at] * np.where(db, P["strk_m_hr_db"], 1.0) * ~self.has("strk")
        stop = self.of["stop"][at] * self.stable
        td = self.of["td"][at] * ~self.has("td")
        rates = np.array([self.of["relapse"][at] * self.stable, stop, td, self.of["db"][at] * ~db, stroke])
        total = rates.sum(0)
        drawn = self.t + self.random.standard_exponential(len(at)) / np.maximum(total, 1e-12)
        scale, power = self.of["chd"][at] * np.where(db, P["chd1_m_ar_db"], 1.0), 1 / P["chd1_m_aft_weibull_scale"]
        used = (self.t / scale) ** power
        reached = scale * (used + np.maximum(self.chd_left, 0.0)) ** (1 / power)
        chd = np.where(self.has("chd"), NEVER, reached)
        times = np.array([drawn, self.recovery, chd, self.death, np.full(len(at), HORIZON)])
        first, now = times.argmin(0), np.where(self.alive == 1, times.min(0), self.t)
        self.accrue(at, now)
        self.chd_left -= np.where(self.alive == 1, (now / scale) ** power - used, 0.0)
        self.t = now
        below = self.random.random(len(at)) * total < rates.cumsum(0)
        which = np.where(first == 0, below.argmax(0), first + 4)
        which[self.alive == 0] = 9  # nothing
        self.happen(which)

    def accrue(self, at: NDArray[np.int64], now: Floats) -> None:
        years = weight(self.t, now)
        worth = np.where(self.stable == 1, P["qol_rcvr"], P["qol_rlps"])
        worth += sum(P[f"qol_md_{x}"] * self.has(x) for x in self.since)
        self.qalys += years * worth
        self.cost += years * (self.of["price"][at] + np.where(self.stable == 1, P["cost_y_rcvr"], P["cost_y_rlps"]))

    def happen(self, which: NDArray[np.int64]) -> None:
        """0 relapse, 1 stop, 2 dyskinesia, 3 diabetes, 4 stroke, 5 recovery, 6 coronary disease, 7 death, 8 the end."""
        self.relapse(which == 0)
        self.on[which == 1] = 0
        self.stable[which == 5] = 1
        self.recovery[which == 5] = NEVER
        for k, what in ((2, "td"), (3, "db"), (4, "strk"), (6, "chd")):
            self.since[what][which == k] = self.t[which == k]
        self.pay(which == 2, P["cost_td"])
        chance = self.random.random(len(which))
        fatal = (which == 4) & (chance < P["death_strk_m_prop"]) | (which == 6) & (chance < P["death_chd_m_prop"])
        self.pay(fatal, P["cost_vd_cvd0"])
        self.pay(which == 7, P["cost_nvd_cvd0"])
        self.alive[fatal | (which == 7) | (which == 8)] = 0

    def relapse(self, who: NDArray[np.bool_]) -> None:
        self.pay(who, P["cost_rlps"])
        self.stable[who], self.on[who], self.recovery[who] = 0, 1, self.t[who] + P["rcvr_time"]
        chance = self.random.random((3, len(who)))
        switch = who & (self.line < 2) & (chance[0] < P["switch_rlps_prop"])
        self.line[switch] += 1
        ill = switch & (self.line == 2) & (chance[1] < P["agc_clo_prop"])
        dies = ill & (chance[2] < P["death_agc_prop"])
        self.pay(ill & ~dies, P["cost_agc"], -(1 - P["qol_rd_agc"]) * P["qol_rcvr"])
        for line in (1, 2):
            self.pay(switch & ~dies & (self.line == line), self.of["c"][line], self.of["u"][line])
        self.pay(dies, P["cost_nvd_cvd0"])
        self.alive[dies] = 0

    def pay(self, who: NDArray[np.bool_], cost: float, qalys: float = 0.0) -> None:
        seen = np.exp(-RATE * self.t[who])
        self.cost[who] += cost * seen
        self.qalys[who] += qalys * seen
