"""A folder that ``evaluate`` left, asked again: what learning is worth to a population, figures, what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulate import PsaTable, Terms
from simulate.evaluate.uncertainty.precision import luck_of_the_best
from simulate.result.finished.evaluation import study_of, study_text

pytestmark = pytest.mark.usefixtures("solved_once")

Command = Callable[..., Any]


@pytest.fixture
def folder(command: Command, tmp_path: Path) -> Path:
    """A new strategy whose effect is 0.1 (x + y), and a study of shares declared when it was evaluated."""
    rng = np.random.default_rng(5)
    x, y, p, q = *rng.standard_normal((2, 300)), *rng.uniform(0.2, 0.6, (2, 300))
    nothing = 0.0 * x
    columns = {"cost_A": nothing, "cost_B": nothing, "effect_A": nothing, "effect_B": 0.1 * (x + y + 3 * (p - q))}
    pd.DataFrame(columns | {"x": x, "y": y, "p": p, "q": q}).to_csv(tmp_path / "psa.csv", index=False)
    done = command(
        "evaluate", tmp_path / "psa.csv", "--figures", "none", "--out", tmp_path / "found",
        "--wtp-grid", "0,1000,5000", "--wtp", 1000, "--group", "both=x,y",
        "--study", "shares:p,q", "--sizes", "50,5000",
    )  # fmt: skip
    assert done.code == 0, done.err
    return tmp_path / "found"


def test_what_learning_is_worth_to_a_population(command: Command, folder: Path) -> None:
    before = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    words = ["--population-per-year", 100, "--years", 1, "--discount", 0, "--figures", "none", "--json"]
    study = ["--trial", "shares:p,q", "--sizes", "50,5000"]
    money = ["--fixed-cost", 20, "--cost-per-person", 1, "--study-years", 0.5]
    found = json.loads(command("voi", folder, *study, *words, *money).out)
    assert found["threshold"] == 1000 and found["study_declared"] == "shares:p,q"
    for ours, theirs in zip(found["evppi"], before["evppi"], strict=True):
        assert {name: ours[name] for name in theirs} == theirs
        assert ours["population"] == pytest.approx(100 * theirs["evppi"])
    for ours, theirs in zip(found["evsi"], before["evsi"], strict=True):
        assert ours["evsi"] == theirs["evsi"]
        assert ours["enbs"] == pytest.approx(50 * theirs["evsi"] - 20 - 2 * ours["n"])
    best = max(found["evsi"], key=lambda row: row["enbs"])
    assert found["best_n"] == (best["n"] if best["enbs"] > 0 else None)
    dearer = json.loads(command("voi", folder, "--wtp", 5000, *words, "--overwrite").out)
    assert dearer["evpi"]["value"] == pytest.approx(5 * found["evpi"]["value"])
    assert "Best size" in command("voi", folder, *study, *words[:-1], *money, "--overwrite").out


def test_its_figures_are_drawn_from_the_folder(command: Command, folder: Path) -> None:
    done = command("figures", folder)
    assert done.code == 0, done.err
    assert {path.stem for path in (folder / "all" / "figures").glob("*.svg")} == {
        "plane", "ceac", "frontier", "evppi", "expected_loss", "evpi", "evsi",
    }  # fmt: skip


def test_net_benefit_alone_is_asked_again_too(command: Command, tmp_path: Path) -> None:
    (tmp_path / "nb.csv").write_text("nb_A,nb_B\n" + "".join(f"{k},{20 - k}\n" for k in range(20)), encoding="utf-8")
    assert command("evaluate", tmp_path / "nb.csv", "--out", tmp_path / "nb", "--figures", "none").code == 0
    found = json.loads(command("voi", tmp_path / "nb", "--figures", "none", "--json").out)
    assert found["evpi"]["value"] == pytest.approx(4.5) and [r["group"] for r in found["evppi"]] == ["everything"]
    assert command("voi", tmp_path / "nb", "--wtp", 5).code == 2


def test_what_takes_people_is_refused_and_says_what_does_not(command: Command, folder: Path) -> None:
    for words, said in (
        (("compare", folder, folder), "written by evaluate; allowed: .* there are voi, figures and export"),
        (("evaluate", folder), r"is a folder; allowed: a file of draws, such as .*psa\.csv"),
        (("voi", folder, "--trial", "admissions"), "study: .*allowed: shares:A,B"),
        (("voi", folder, "--trial", "shares:p,nobody"), "study: .*nobody"),
        (("voi", folder, "--trial", "costs", "--strategy", "B"), "--strategy: a study of a table names the parameters"),
        (
            ("voi", folder, "--trial", "shares:p,q", "--fixed-cost", 1, "--cost-per-person", 1,
             "--population-per-year", 1, "--years", 1),
            "--study-years: is needed",
        ),
    ):  # fmt: skip
        done = command(*words)
        assert done.code == 2
        assert pd.Series([" ".join(done.err.split())]).str.contains(said, regex=True).all(), done.err
    (folder / "psa.csv").write_text("cost_A\n1\n", encoding="utf-8")
    assert "is not as it was written" in command("figures", folder).err


def test_a_study_is_told_as_it_is_declared() -> None:
    for text in ("shares:p,q", "means:a b,ü,0.25", "means:x,y,1e-05"):
        assert study_text(study_of(text)) == text


def test_the_best_of_few_draws_is_best_partly_by_luck() -> None:
    """Of two equal options exactly s / sqrt(2 pi); of eleven no less than it truly is; 0 where the choice is clear."""
    rng = np.random.default_rng(2)
    values = np.column_stack([np.zeros(25), rng.standard_normal(25)])
    values[:, 1] -= values[:, 1].mean()
    s = values[:, 1].std(ddof=1) / 5
    assert luck_of_the_best(values) == pytest.approx(s / math.sqrt(2 * math.pi))
    assert luck_of_the_best(values + np.array([[0.0, 3 * s]])) == 0.0
    true = float(rng.standard_normal((20_000, 11)).max(axis=1).mean()) / 5
    assert true < np.mean([luck_of_the_best(rng.standard_normal((25, 11))) for _ in range(100)]) < 2.5 * true


def test_it_is_told_where_it_bends_the_evpi() -> None:
    rng = np.random.default_rng(4)
    effect = np.column_stack([np.zeros(150), rng.standard_normal(150)])
    table = PsaTable.of(pd.DataFrame(0 * effect), pd.DataFrame(effect - effect.mean(axis=0)), terms=Terms(threshold=1))
    assert any("the EVPI too small by up to £0.0" in text for text in table.warnings())
    settled = PsaTable.of(
        pd.DataFrame(0 * effect), pd.DataFrame(effect + np.array([[0.0, 2.0]])), terms=Terms(threshold=1)
    )
    assert not any("by luck" in text for text in settled.warnings())
