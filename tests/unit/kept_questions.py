"""Questions by the option of a command that alters them: what is kept of one must never answer the other.

A problem of its own is asked, in which every option has something to alter: a ward whose people have ages.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import models as m
from models.contract import AGE

FIRST = "ward_of_all", "--draws", "8", "--people", "6"
NUMBERS = """
[p_readmitted]
label = "People readmitted within a year"
unit = "probability"
distribution = { beta = { mean = 0.4, se = 0.05 } }
source = "assumption"
status = "assumed"
note = "Illustration."

[p_reached_less]
label = "Share of people whom the programme reaches, where it reaches few"
unit = "probability"
distribution = { fixed = { value = 0.3 } }
source = "assumption"
status = "assumed"
note = "Illustration."

[horizon_longer]
label = "Follow-up, longer"
unit = "years"
distribution = { fixed = { value = 2 } }
source = "assumption"
status = "assumed"
note = "Illustration."

[rr_place]
label = "What one ward differs from the mean by, ratio of restraints"
unit = "ratio"
distribution = { lognormal = { mean = 1.0, low = 0.5, high = 2.0 } }
source = "assumption"
status = "assumed"
kind = "between_sites"
note = "Illustration."
"""


INJURIES = m.Structure(
    "injuries",
    "Whether an injury costs anything",
    "Illustration.",
    (m.Alternative("dear", "as it is", 0.5), m.Alternative("free", "nothing", 0.5, fixed={"c_injury": 0.0})),
)


def problems(ward: ModuleType, folder: Path) -> dict[str, m.DecisionProblem]:
    """Problems by id; their numbers are written to a folder."""
    numbers = folder / "more.toml"
    numbers.write_text(NUMBERS)
    plain: m.DecisionProblem = ward.PROBLEM
    base = replace(
        plain.settings[0],
        variants=(m.Variant("few", "few are reached", {"p_reached": "p_reached_less"}),),
    )
    target = m.CalibrationTarget("r_readmission", "usual", m.Ever("readmission"), "p_readmitted", unit="per_year")
    settings = (
        base,
        replace(base, name="longer", label="Two years", horizon="horizon_longer"),
        replace(base, name="solved", label="As many readmitted as were", targets=(target,)),
    )
    age = m.Characteristic(AGE, m.Numeric("normal", 40.0, 12.0, 18.0, 90.0), "Age")
    programme = ward.PROGRAMME
    first, *others = programme.effects
    everywhere = replace(
        programme,
        scalable=True,
        effects=(replace(first, parameter=m.Product(first.parameter, "rr_place")), *others),
    )
    found = replace(
        plain,
        id="ward_of_all",
        pathway=replace(plain.pathway, characteristics=(*plain.pathway.characteristics, age)),
        strategies=(plain.strategies[0], m.Strategy("programme", "Programme", (everywhere,))),
        settings=settings,
        parameter_files=(*plain.parameter_files, str(numbers)),
        structures=(INJURIES,),
    )
    other = replace(found, id="other_ward", label="Another name")
    return {p.id: p for p in (found, other)}


@dataclass(frozen=True)
class Two:
    """A question, and another by one option: the words of each, and the content of files that they name, by name."""

    one: tuple[str, ...]
    other: tuple[str, ...]
    files: Mapping[str, tuple[str, str]]  # content for the one and for the other, of the same age
    alike: bool = False  # the option alters nothing of the answer
    slow: bool = False

    def words(self, second: bool, folder: Path) -> list[str]:
        """The words of one of them, once its files stand in `folder`; ``@NAME`` among them is such a file."""
        for name, contents in self.files.items():
            (folder / name).write_text(contents[second])
            os.utime(folder / name, (1e9, 1e9))
        chosen = self.other if second else self.one
        return [str(folder / word[1:]) if word.startswith("@") else word for word in chosen]


def added(*words: str, base: tuple[str, ...] = FIRST, alike: bool = False, slow: bool = False) -> Two:
    """The first question with and without these words."""
    return Two(base, (*base, *words), {}, alike, slow)


def between(one: tuple[str, ...], other: tuple[str, ...], **how: bool) -> Two:
    """Two questions, whole."""
    return Two(one, other, {}, **how)


def written(option: str, name: str, one: str, other: str, *, base: tuple[str, ...] = FIRST) -> Two:
    """The first question of a file, and of one that was changed since, of the same name, length of time and place."""
    words = (*base, option, f"@{name}")
    return Two(words, words, {name: (one, other)})


PEOPLE = "id,weight,legal,age,elapsed\na,1,detained,30,0\nb,1,informal,50,0.01\nc,2,detained,41,0\n"
PEOPLED = FIRST[:3]  # those of a file
RECORD = """[c_injury]
label = "An injury"
unit = "GBP"
price_year = "2023/24"
distribution = { gamma = { mean = 900, se = 100 } }
source = "assumption"
status = "assumed"
note = "Illustration."
"""
RESTRAINED = RECORD.replace("c_injury", "r_restraint").replace(
    'unit = "GBP"\nprice_year = "2023/24"', 'unit = "per_day"'
)
RESTRAINED = RESTRAINED.replace("mean = 900, se = 100", "mean = 0.02, se = 0.001")
SAMPLED = RESTRAINED.replace("gamma = { mean = 0.02, se = 0.001 }", 'sample = { file = "rates.csv", column = "rate" }')
RATES = "rate\n0.01\n0.02\n0.03\n"
WARD = "safewards", *FIRST[1:]
SOLVED = (*FIRST, "--setting", "solved")

SETTING = [
    between(FIRST, (*FIRST, "--setting", "longer")),
    between(FIRST, SOLVED, slow=True),
    between(SOLVED, (*FIRST, "--setting", "base"), slow=True),
]
CHANGES = [
    added("--set", "c_injury=500"),
    added("--set", "r_restraint=0.05"),
    between((*FIRST, "--set", "fidelity=0.6"), (*FIRST, "--set", "fidelity=0.5")),
    added("--set", "p_reached_less=0.2"),
    added("--set", "p_readmitted=0.2", base=SOLVED, slow=True),
]
FILES = [
    written("--parameters", "mine.toml", RECORD, RECORD.replace("900", "950")),
    written("--parameters", "mine.toml", RECORD, RECORD.replace("se = 100", "se = 101")),
    written("--parameters", "mine.toml", RESTRAINED, RESTRAINED.replace("0.02", "0.03")),
]
OWN = replace(
    written("--parameters", "mine.toml", SAMPLED, SAMPLED),
    files={"mine.toml": (SAMPLED, SAMPLED), "rates.csv": (RATES, RATES.replace("0.03", "0.04"))},
)
SEED = [added("--seed", "2")]
ALIKE = {
    "threads": [added("--threads", "1", alike=True)],
    "no_store": [added("--no-store", alike=True)],
    "store": [added("--store", "@elsewhere", alike=True)],
    "out": [added(alike=True)],  # each goes to a folder of its own
    "overwrite": [added("--overwrite", alike=True)],
    "as_json": [added("--json", alike=True)],
    "quiet": [added("--quiet", alike=True)],
}
PROBLEM = [between(FIRST, ("other_ward", *FIRST[1:]))]
OF_MANY = {
    "problem": PROBLEM,
    "setting": SETTING,
    "changes": CHANGES,
    "parameters": [*FILES, OWN],
    "seed": SEED,
}
DRAWN = {
    "fixed": [added("--fixed")],
    "method": [added("--method", "random")],
    "rng": [added("--rng", "philox"), between((*FIRST, "--rng", "philox"), (*FIRST, "--rng", "sobol"))],
    "cohort": [
        written("--cohort", "people.csv", PEOPLE, PEOPLE.replace("c,2", "c,3"), base=PEOPLED),
        written("--cohort", "people.csv", PEOPLE, PEOPLE.replace("b,1", "d,1"), base=PEOPLED),
        written("--cohort", "people.csv", PEOPLE, PEOPLE.replace("0.01", "0.02"), base=PEOPLED),
        between((*PEOPLED,), (*PEOPLED, "--people", "3")),
    ],
    "predictive": [added("--predictive")],
    "implementation": [added("--implementation", "0.5")],
}
RUN: Mapping[str, list[Two]] = {
    **ALIKE,
    **OF_MANY,
    **DRAWN,
    "draws": [added("--draws", "16"), added("--draws", "4")],
    "people": [added("--people", "7"), added("--people", "600")],
    "perspective": [added("--perspective", "societal", base=WARD)],
    "effect": [added("--effect", "qaly")],
    "variants": [added("--no-variants")],
    "subgroup": [added("--subgroup", "legal")],
    "by_year": [added("--by-year")],
    "ages": [added("--ages", "30,60"), between((*FIRST, "--ages", "30,60"), (*FIRST, "--ages", "30,61"))],
    "occupancy": [added("--occupancy", "1"), between((*FIRST, "--occupancy", "1"), (*FIRST, "--occupancy", "0.5,1"))],
    "posterior": [written("--posterior", "posterior.toml", RESTRAINED, RESTRAINED.replace("0.02", "0.03"))],
    "wtp": [added("--wtp", "123")],
    "wtp_grid": [added("--wtp-grid", "0:500:100")],
    "until_mcse": [added("--until-mcse", "30@500", base=WARD), added("--until-mcse", "20@500", base=WARD)],
    "exact": [added("--exact", base=("safewards", "--draws", "2"))],
    "figures": [between((*FIRST, "--figures", "none"), (*FIRST, "--figures", "main"), slow=True)],
    "shard": [added("--shard", "1/2", alike=True), added("--shard", "1/3", base=SOLVED, alike=True, slow=True)],
    "cluster": [added("--cluster", "local:1", alike=True, slow=True)],
}

# --- commands that keep what was solved for and sums of chunks, and no whole answers ------------------------------

SCENARIO = '[dear]\nlabel = "Dear"\nreason = "Prices differ."\nset = { c_injury = 500.0 }\n'
LEVELS = "level,share,health\ndetained,0.4,60\ninformal,0.6,68\n"
SMALL = "ward_of_all", "--people", "30"
INDICES = "safewards", "--people", "100", "--sobol", "--points", "16"
SWEPT = (*SMALL, "--scenarios", "@scenarios.toml", "--draws", "8")
OF_EQUITY = (*FIRST, "--people", "30", "--subgroup", "legal", "--baseline", "@levels.csv")
IMPACT = (*FIRST, "--population", "100", "--uptake", "0.5")
PROGRAMMES = "safewards", "no_force_first", "--budget", "10000", "--population", "safewards=5", "--draws", "8"
LEAGUE = (*PROGRAMMES, "--population", "no_force_first=6", "--people", "6", "--effect", "restraints")
TRIED = "joint_crisis_plan", "--setting", "crimson_2013", "--trials", "3"


def on(base: tuple[str, ...], *words: str, alike: bool = False, slow: bool = False) -> Two:
    """A question with and without these words, of the files that all name."""
    files = {"scenarios.toml": (SCENARIO, SCENARIO), "levels.csv": (LEVELS, LEVELS)}
    return Two(base, (*base, *words), files, alike, slow)


def as_usual(base: tuple[str, ...], *but: str) -> dict[str, list[Two]]:
    """Of a command, what nearly all take, beside what alters nothing."""
    words = {
        "seed": ("--seed", "2"),
        "changes": ("--set", "r_restraint=0.05"),
        "setting": ("--setting", "longer"),
        "draws": ("--draws", "16"),
        "people": ("--people", "40"),
        "implementation": ("--implementation", "0.5"),
    }
    found = {name: [on(base, *more)] for name, more in words.items() if name not in but}
    same = {name: [on(base, *two.other[len(FIRST) :], alike=True)] for name, (two,) in ALIKE.items() if name not in but}
    file = Two((*base, "--parameters", "@mine.toml"), (*base, "--parameters", "@mine.toml"), FILES[2].files)
    numbers = replace(file, files={**on(base).files, **file.files})
    return found | same | {name: two for name, two in {"parameters": [numbers]}.items() if name not in but}


def to(base: tuple[str, ...], other: tuple[str, ...]) -> Two:
    """A question of the files that all name, and another."""
    return replace(on(base), other=other)


def changed(base: tuple[str, ...], name: str, other: str) -> Two:
    """A question of a file, and of the same file with other contents."""
    two = on(base)
    return replace(two, files={**two.files, name: (two.files[name][0], other)})


MOVED = "@old.toml", "@new.toml", "--problem", "ward_of_all", *FIRST[1:]
DEARER = RECORD.replace("900", "950")


def moving(*words: str, old: str = RECORD, new: str = DEARER, alike: bool = False) -> Two:
    """What moved between two files, with and without these words, or where either file has other contents."""
    return Two(MOVED, (*MOVED, *words), {"old.toml": (RECORD, old), "new.toml": (DEARER, new)}, alike)


OTHERS: Mapping[str, Mapping[str, list[Two]]] = {
    "structure": {
        **as_usual(FIRST),
        "figures": [on(FIRST, "--figures", "none", alike=True)],
        "problem": PROBLEM,
        "names": [on(FIRST, "injuries", alike=True)],
        "exact": [on(FIRST, "--exact", alike=True)],
        "weights": [on(FIRST, "--weights", "dear=0.9,free=0.1")],
        "wtp": [on(FIRST, "--wtp", "123")],
        "perspective": [on(FIRST, "--perspective", "everybody", alike=True)],
        "effect": [on(FIRST, "--effect", "qaly")],
    },
    "compare": {
        **{name: [moving(*two.other[len(FIRST) :], alike=True)] for name, (two,) in ALIKE.items()},
        "old": [moving(old=RECORD.replace("900", "800"))],
        "new": [moving(new=RECORD.replace("900", "990"))],
        "why": [moving("--why", alike=True)],
        "problem": [replace(moving(), other=(*MOVED[:3], "other_ward", *FIRST[1:]))],
        "setting": [moving("--setting", "longer")],
        "wtp": [moving("--wtp", "123")],
        "draws": [moving("--draws", "16")],
        "people": [moving("--people", "40")],
        "shapley": [moving("--shapley", alike=True)],
    },
    "sweep": {
        **as_usual(SWEPT),
        "figures": [on(SWEPT, "--figures", "none", alike=True)],
        "problem": [between((SMALL[0], "--switch", "c_injury"), ("other_ward", "--switch", "c_injury"))],
        "one_way": [between((*SMALL, "--subgroups", "legal", "--draws", "8"), (*SMALL, "--one-way", "r_restraint"))],
        "names": [between((*SMALL, "--one-way", "r_restraint"), (*SMALL, "--one-way", "fidelity"))],
        "two_way": [to(SWEPT, (*SMALL, "--two-way", "c_injury", "fidelity", "--points", "3"))],
        "switch": [between((*SMALL, "--switch", "c_injury"), (*SMALL, "--switch", "c_programme"))],
        "scenarios": [changed(SWEPT, "scenarios.toml", SCENARIO.replace("500", "600"))],
        "subgroups": [to(SWEPT, (*SMALL, "--subgroups", "legal", "--draws", "8"))],
        "sobol": [between(INDICES, (*INDICES[:-1], "8"))],
        "wtp": [on(SWEPT, "--wtp", "123")],
        "strategy": [
            between(
                (*SMALL, "--switch", "c_injury"),
                (*SMALL, "--switch", "c_injury", "--strategy", "programme"),
                alike=True,
            )
        ],
        "ranges": [
            between((*SMALL, "--one-way", "fidelity"), (*SMALL, "--one-way", "fidelity", "--range", "fidelity=0.2:0.3"))
        ],
        "points": [
            between(
                (*SMALL, "--two-way", "c_injury", "fidelity", "--points", "3"),
                (*SMALL, "--two-way", "c_injury", "fidelity", "--points", "4"),
            )
        ],
        "perspective": [
            between(
                ("safewards", *SMALL[1:], "--switch", "c_violent_incident"),
                ("safewards", *SMALL[1:], "--switch", "c_violent_incident", "--perspective", "societal"),
            )
        ],
        "effect": [on(SWEPT, "--effect", "qaly")],
    },
    "equity": {
        **as_usual(OF_EQUITY, "implementation"),
        "figures": [on(OF_EQUITY, "--figures", "none", alike=True)],
        "problem": [changed(OF_EQUITY, "levels.csv", LEVELS.replace("60", "61"))],
        "subgroup": [changed(OF_EQUITY, "levels.csv", LEVELS.replace("68", "61"))],
        "baseline": [changed(OF_EQUITY, "levels.csv", LEVELS.replace("0.4", "0.3").replace("0.6", "0.7"))],
        "wtp": [on(OF_EQUITY, "--wtp", "10000")],
        "aversion": [on(OF_EQUITY, "--aversion", "5")],
        "perspective": [on(OF_EQUITY, "--perspective", "everybody", alike=True)],
    },
    "impact": {
        **as_usual(IMPACT, "implementation"),
        "figures": [on(IMPACT, "--figures", "none", alike=True)],
        "problem": [between(IMPACT, ("other_ward", *IMPACT[1:]))],
        "population": [between(IMPACT, (*IMPACT, "--population", "200"))],
        "uptake": [on(IMPACT, "--uptake", "0.6")],
        "prevalent": [on(IMPACT, "--prevalent", "7")],
        "strategy": [on(IMPACT, "--strategy", "programme", alike=True)],
        "cashable": [on(IMPACT, "--cashable", "others=0.5")],
        "today": [on(IMPACT, "--implementation", "uptake=0.5")],
        "wtp": [
            between(
                (*IMPACT, "--implementation", "uptake=0.5"), (*IMPACT, "--implementation", "uptake=0.5", "--wtp", "77")
            )
        ],
        "perspective": [on(IMPACT, "--perspective", "everybody", alike=True)],
    },
    "league": {
        **as_usual(LEAGUE, "implementation", "parameters", "changes", "setting"),
        "ids": [between(LEAGUE, ("safewards:city_128", *LEAGUE[1:]))],
        "budget": [on(LEAGUE, "--budget", "20000")],
        "population": [between(LEAGUE, (*LEAGUE[:5], "safewards=8", *LEAGUE[6:]))],
        "effect": [on(LEAGUE, "--effect", "seclusions")],
        "whole": [on(LEAGUE, "--whole")],
        "changes": [on(LEAGUE, "--set", "r_discount_costs=0.01")],
        "perspective": [on(LEAGUE, "--perspective", "societal")],
    },
    "trace": {
        **as_usual(FIRST),
        "figures": [on(FIRST, "--figures", "none", alike=True)],
        "problem": [between(WARD, FIRST)],
        **{name: twos for name, twos in DRAWN.items() if name != "cohort"},
        "cohort": DRAWN["cohort"][:3],
        "person": [on(FIRST[:3], "--person", "3")],
        "strategy": [on(FIRST, "--strategy", "programme")],
        "draw": [on(FIRST, "--draw", "3")],
        "variant": [on(FIRST, "--variant", "few")],
    },
    "virtual-trials": {
        **as_usual(TRIED, "people", "draws", "setting", "changes", "parameters", "implementation"),
        "figures": [on(TRIED, "--figures", "none", alike=True)],
        "problem": [between(TRIED, ("joint_crisis_plan", "--setting", "henderson_2004", "--trials", "3"))],
        "setting": [between(TRIED, ("joint_crisis_plan", "--setting", "henderson_2004", "--trials", "3"))],
        "trials": [on(TRIED, "--trials", "4")],
        "arms": [on(TRIED, "--arms", "30,30")],
        "changes": [on(TRIED, "--set", "rr_admission_jcp=0.8")],
        "parameters": [],
        "implementation": [],
    },
}
