"""The example scripts: each runs in seconds, says what it should, and is shown in a page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from simulate import load, run, trace
from simulate.ask.asked import ask
from simulate.engine.check.twin import compare
from simulate.evaluate.bases import needed
from simulate.present.english.model import describe
from simulate.running.lowering import lower_case
from simulate.running.running import drawn_for

Example = Callable[[str], ModuleType]
NAMES = ("illness_death", "norms_and_last_year", "ward_restraint")


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_prints_the_increments(name: str, checkout: Path) -> None:
    script = checkout / "scripts" / "examples" / f"{name}.py"
    done = subprocess.run([sys.executable, str(script)], cwd=checkout, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    header, first, second = done.stdout.splitlines()[:3]
    assert {"cost", "effect", "incremental_cost", "incremental_effect", "icer"} <= set(header.split())
    assert first.split()[0] in ("old", "usual") and second.split()[0] in ("new", "programme")


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_show_it(name: str, checkout: Path) -> None:
    for page in ("models", "scripts"):
        assert f"scripts/examples/{name}.py" in (checkout / page / "README.md").read_text(encoding="utf-8")


def test_the_pages_own_pathway_runs(checkout: Path, tmp_path: Path) -> None:
    text = (checkout / "models" / "README.md").read_text(encoding="utf-8")
    (block,) = [b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "PATHWAY = m.Pathway" in b]
    (tmp_path / "own.py").write_text(block, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    words = [sys.executable, str(tmp_path / "own.py")]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "usual" in done.stdout and "drug" in done.stdout


def test_the_new_drug_does_more_and_costs_more(example: Example) -> None:
    script = example("illness_death")
    result = run(load(script.PROBLEM, inline=script.INLINE), fixed=True, people=50_000, seed=3)
    years = result.statistics.time[0, :, :, 0].sum(axis=(1, 2)) / result.statistics.people.sum()
    assert years == pytest.approx([40.0, 40.0])  # everybody is somewhere for forty years
    assert np.diff(result.effect[0])[0] > 0.3 and np.diff(result.cost[0])[0] > 30_000


@pytest.mark.parametrize("name", NAMES)
def test_kernel_and_reference_agree_on_it(name: str, example: Example) -> None:
    script = example(name)
    case = load(script.PROBLEM, inline=getattr(script, "INLINE", None))
    lowered, lookup = lower_case(case, drawn_for(ask(case, draws=8, people=40, seed=8)), needed(case.problem))
    found = compare(
        lowered.pathway,
        lowered.strategies,
        lookup,
        lowered.draws,
        horizon=lowered.tables.horizon,
        discount=(lookup(0.035), lookup(0.035)),
        people=40,
        seed=8,
        collect=lowered.collect,
    )
    assert found == []


def test_the_ward_model_does_what_it_says(example: Example) -> None:
    """Restraint lengthens stays, strikes few people often, and the programme averts some of it and then fades."""
    case = load(example("ward_restraint").PROBLEM)
    result = run(case, fixed=True, people=20_000, seed=2, subgroup="legal", by_year=True)
    counts, ever = result.event_counts()["restraint"][0], result.ever()["restraint"][0]
    assert counts[0] > 1.5 * ever[0]  # overdispersed: a Poisson count would be 1.05 times
    assert counts[1] < 0.97 * counts[0] and ever[1] < ever[0]
    days = result.days()["bed_days"][0]
    assert days[1] < days[0]  # fewer pauses
    without = load(case.problem, changes={"d_pause": 0.0})
    assert run(without, fixed=True, people=20_000, seed=2).days()["bed_days"][0, 0] < days[0] - 0.1
    rates = (
        result.subgroup("detained").event_counts()["restraint"]
        / result.subgroup("informal").event_counts()["restraint"]
    )
    assert 2.0 < rates[0, 0] < 3.5


def test_a_restraint_sets_discharge_back_by_its_pause(example: Example) -> None:
    problem = example("ward_restraint").PROBLEM
    stay = {}
    for pause in (0.0, 3.0):
        table = trace(load(problem, changes={"d_pause": pause}), people=200, fixed=True, strategy="usual", seed=4)
        first = table[table["event"] == "discharge"].drop_duplicates("person").set_index("person")["days"]
        stay[pause] = first, table
    (short, table), (long, _) = stay[0.0], stay[3.0]
    restrained = table[table["event"] == "restraint"].drop_duplicates("person").set_index("person")["days"]
    before = {p for p in restrained.index if p in short.index and restrained[p] < short[p]}
    assert len(before) > 5
    for person in short.index.intersection(long.index):
        gap = (long[person] - short[person]) / 3.0
        assert abs(gap - round(gap)) < 1e-6 and (gap > 0.5) == (person in before)


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_described(name: str, example: Example) -> None:
    script = example(name)
    case = load(script.PROBLEM, inline=getattr(script, "INLINE", None))
    text = " ".join(describe(case.problem, case.setting, case.parameters).split())
    for word in {
        "illness_death": ("Weibull with shape 0.7504", "continuously: by exp(-rate x years)", "£5,000 a year"),
        "norms_and_last_year": (
            "plus -0.0000332, assumed [Norm, a squared year of age (norm_age_squared)] by age^2",
            "of sex female",
            "from age 65, below age 80",
            'in the last 1 year before health "dead", of those who come to it within the follow-up',
        ),
        "ward_restraint": (
            "It is taken up with probability 80%",
            "every ratio is raised to this power",
            "It is offered from 2 days",
            "its logarithm is halved every 6 months",
            "the clock of discharge pauses for 3 days",
            'For people with Legal status (legal) "detained", against all others',
            "It is gamma, and its variance is 3",
            "the first 2 times, multiplies the later hazard of physical restraint by 1.3",
            "from 7 days until 56 days after each spell began",
        ),
    }[name]:
        assert word in text, word
    assert "None" not in text and "nan" not in text
