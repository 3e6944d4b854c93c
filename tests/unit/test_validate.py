"""``recovery-cea validate``: its rows, its exit code, its folder; and what the register of targets owes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.contract import ModelError
from parameters.published import targets
from simulate.analyse.credibility import validate as module
from simulate.analyse.credibility.claims import read_claims
from simulate.analyse.credibility.targets import independence
from simulate.analyse.credibility.validate import Aim, Validated, Validation, aims_of, validate
from simulate.analyse.credibility.validation.prediction import Prediction
from simulate.present.faces.credibility.validate import lines
from simulate.present.figures import style
from simulate.present.figures.credibility import validation
from tests.unit.test_figures_tidy import untidy

pytestmark = pytest.mark.usefixtures("solved_once")

ACCOUNT, SMALL = "personal_health_budgets", ("--draws", 64)  # nobody is simulated
KEYS = (
    *("target", "claim", "problem", "setting", "role", "independence", "published", "simulated", "inside", "z"),
    *(
        "strategy",
        "label",
        "bound",
        "unit",
        "price_year",
        "price_year_assumed",
        "old_prices",
        "source",
        "trial",
        "decisive",
        "sampling",
        "people",
        "overlaps",
        "covered",
        "rank",
        "levels",
        "miss",
    ),
)


def predicted(middle: float) -> Prediction:
    values = middle + np.linspace(-1.0, 1.0, 99)
    return Prediction(values, middle, values, None, "simulated")


def row(aim: Aim, *, role: Any = "watched", middle: float = 0.0, miss: str = "", **more: Any) -> Validated:
    item = replace(aim.item, role=role, miss=miss)
    return Validated(replace(aim, item=item, value=0.5, **more), None, "other trial", predicted(middle))


@pytest.fixture(scope="module")
def aim() -> Aim:
    return aims_of([ACCOUNT])[0]


def test_rows_are_as_other_programs_read_them(command: Callable[..., Any], tmp_path: Path) -> None:
    done = command("validate", ACCOUNT, *SMALL, "--json", "--figures", "none", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    rows = json.loads(done.out)
    assert rows and all(tuple(r) == KEYS for r in rows)
    (first, *_) = rows
    assert set(first["published"]) == {"value", "low", "high"}
    assert set(first["simulated"]) == {"value", "low", "high", "mcse"}
    assert first["problem"] == ACCOUNT and first["sampling"] != "simulated" and isinstance(first["inside"], bool)


def test_the_folder_is_whole_and_the_same_again(command: Callable[..., Any], tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        assert command("validate", ACCOUNT, *SMALL, "--out", folder).code == 0
    names = {p.relative_to(one).as_posix() for p in one.rglob("*") if p.is_file()}
    drawn = {f"figures/validation_{f}.{kind}" for f in ("forest", "calibration") for kind in ("png", "svg", "csv")}
    assert names == {"validation.json", "validation.csv", "manifest.json", *drawn}
    for name in names - {"manifest.json"}:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    table = pd.read_csv(one / "validation.csv")
    assert len(table) == len(json.loads((one / "validation.json").read_text()))
    assert {"published_value", "simulated_mcse", "inside", "inside_95", "rank"} <= set(table.columns)


def test_a_required_target_that_is_missed_ends_with_1(
    command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aim: Aim
) -> None:
    found: dict[str, Any] = {"role": "required", "middle": 9.0, "miss": "it lacks what it lacks"}
    changes: tuple[dict[str, Any], ...] = ({}, {"role": "watched"}, {"middle": 0.0})
    for i, change in enumerate(changes):
        made = Validation((row(aim, **{**found, **change}),), ("debt_advice",), 64, 100, 1)
        monkeypatch.setattr(module, "validate", lambda *_, made=made, **__: made)
        done = command("validate", ACCOUNT, "--figures", "none", "--out", tmp_path / str(i))
        assert done.code == (1 if not change else 0), done.err
        assert ("REQUIRED AND MISSED" in done.out) == (not change)
        assert ("Missed," in done.out and "It lacks what it lacks." in done.out) == ("middle" not in change)
        assert "Without a target: debt_advice." in done.out


def test_every_mistake_is_told_at_once(command: Callable[..., Any], tmp_path: Path) -> None:
    done = command("validate", "safeward", "--draws", 38, "--figures", "few", "--out", tmp_path / "out")
    assert done.code == 2 and not (tmp_path / "out").exists()
    for told in ("did you mean safewards", "a 95% interval needs 39 virtual trials", "few"):
        assert told in done.err
    with pytest.raises(ModelError, match="setting"):
        aims_of([ACCOUNT], "nowhere")
    with pytest.raises(ModelError, match="39"):
        validate([ACCOUNT], draws=38)


def test_text_fits_a_narrow_terminal(aim: Aim) -> None:
    long = replace(aim, item=replace(aim.item, label="A label as long as any that an outcome of a trial was given"))
    made = (row(long, middle=1e7, miss="much " * 40), row(aim, role="required"))
    text = "\n".join(lines(Validation(made, ("debt_advice", "open_dialogue") * 9, 64, 100, 1)))
    assert max(map(len, text.splitlines())) <= 80
    assert "No reason is given yet." not in text


def test_shares_inside_are_counted_by_independence(aim: Aim) -> None:
    """Two figures of three are inside; a target weighs one, so that its share is two thirds at every level."""
    made = Validation((row(aim), row(aim, middle=9.0), row(aim, middle=0.9)), (), 64, 100, 1)
    by = {r["independence"]: r for r in made.by_independence()}
    inside, share = (dict.fromkeys(("50%", "80%", "90%", "95%"), x) for x in (2, 2 / 3))
    tally = {"targets": 1, "trials": 1, "figures": 3, "inside": inside, "share": share}
    assert by["other trial"] == {
        "independence": "other trial",
        **tally,
        "decisive": tally,
        "intervals": 0,
        "covering": 0,
    }
    assert by["other country"]["figures"] == 0 and by["other country"]["share"]["95%"] is None


def test_a_target_that_many_settings_show_weighs_as_much_as_one_that_one_shows(aim: Aim) -> None:
    """Four figures of one target inside and one of another outside are a half of two targets, and not four fifths."""
    other = replace(aim, item=replace(aim.item, id="cost_japan", source="yamaguchi_2017"))
    made = Validation((*[row(aim)] * 4, row(other, middle=9.0)), (), 64, 100, 1)
    counted = made.counts()
    assert (counted["inside"]["95%"], counted["figures"], counted["share"]["95%"]) == (4, 5, 0.5)
    trials = {r["trial"]: (r["targets"], r["figures"], r["share"]["95%"]) for r in made.by_trial()}
    assert trials == {"york_2008": (1, 4, 1.0), "yamaguchi_2017": (1, 1, 0.0)} and counted["trials"] == 2
    text = " ".join("\n".join(lines(made)).split())
    assert "all are of 2 sources" in text and "york 2008" in text


def test_shares_that_could_hardly_be_missed_are_left_out_of_what_is_decisive(aim: Aim) -> None:
    """A probability between 0 and 1 with an interval from -1 to 1 says nothing; money is as wide as it likes."""
    share = replace(aim, item=replace(aim.item, id="p_saving_henderson", source="flood_2006"))
    wide, narrow = row(share), row(share)
    narrow = replace(narrow, prediction=Prediction(np.linspace(0.4, 0.8, 99), 0.6, np.ones(99), None, "simulated"))
    assert (wide.decisive, narrow.decisive, row(aim).decisive) == (False, True, True)
    made = Validation((wide, row(aim, middle=9.0)), (), 64, 100, 1)
    counted = made.counts()
    assert (counted["share"]["95%"], counted["decisive"]["share"]["95%"]) == (0.5, 0.0)
    assert counted["decisive"]["targets"] == 1
    text = " ".join("\n".join(lines(made)).split())
    assert "(w): 1 of 2 figures" in text and "(p) (w)" not in text


def test_more_than_a_figure_is_inside_where_our_interval_reaches_above_it(aim: Aim) -> None:
    over = replace(aim, item=replace(aim.item, bound="above"))
    below, above = row(over, middle=-9.0), row(over, middle=9.0)
    assert (below.inside, above.inside, row(aim, middle=9.0).inside) == (False, True, False)
    assert above.z == 0.0 and (z := below.z) is not None and z > 10
    assert not any(below.row()["levels"].values()) and all(above.row()["levels"].values())
    assert "over £0.5" in "\n".join(lines(Validation((above,), (), 64, 100, 1)))


def test_more_people_than_were_asked_for_are_said(command: Callable[..., Any], tmp_path: Path) -> None:
    told = "4,000 people an arm where nobody knows how many were analysed, the fewest there may be: 100 were asked"
    for asked in (100, 5000):
        out = tmp_path / str(asked)
        done = command("validate", ACCOUNT, *SMALL, "--people", asked, "--figures", "none", "--out", out)
        assert (told in " ".join(done.out.split())) == (asked == 100)
        manifest = json.loads((out / "manifest.json").read_text())
        assert (manifest["people"], manifest["asked_people"]) == (max(asked, 4000), asked)


@pytest.fixture(scope="module")
def every() -> list[Aim]:
    return aims_of()


def test_published_intervals_that_hold_ours_are_counted_where_there_are_any(aim: Aim) -> None:
    ends: dict[str, Any] = {"low": -0.5, "high": 2.0}
    rows = (row(aim, **ends), row(aim, middle=9.0, **ends), row(aim, middle=2.5, **ends), row(aim, low=None, high=None))
    assert [(r.covered, r.overlaps) for r in rows] == [(True, True), (False, False), (False, True), (None, None)]
    assert [r.inside for r in rows] == [True, False, False, True]  # by our interval, whatever the published one holds
    (found,) = (r for r in Validation(rows, (), 64, 100, 1).by_independence() if r["figures"])
    assert (found["covering"], found["intervals"]) == (1, 3)


def test_ids_of_targets_and_of_problems_choose_them(every: list[Aim]) -> None:
    assert {a.item.id for a in every} == set(targets())
    one = aims_of(["cost_japan"])
    assert {a.item.id for a in one} == {"cost_japan"} and len(one) == 2
    both = aims_of(["cost_japan", "personal_health_budgets"])
    assert {a.case.problem.id for a in both} == {"individual_placement_and_support", ACCOUNT}


def test_a_claim_that_points_at_a_target_is_named(every: list[Aim]) -> None:
    claims = read_claims()
    found = {(module._claim(claims, a), a.item.id) for a in every if a.case.setting.name != "base"}
    assert {pair for pair in found if pair[0]} == {
        ("C1-8", "p_worth_its_cost_crimson"),
        ("C1-9", "p_saving_society_crimson"),
        ("C10-24", "net_cost_eqolise"),
        ("C10-25", "cost_difference_japan"),
        ("C10-27", "cost_difference_york"),
        ("C6-20", "cost_trust_year_nff"),
    }


def test_the_forest_of_the_whole_catalogue_is_tidy(every: list[Aim]) -> None:
    """Whatever is predicted: labels and headings are the catalogue's own."""
    shape = np.linspace(-1.0, 1.0, 99)
    made = (Prediction(a.value * (1.1 + 0.1 * shape), a.value * 1.1, shape, None, "simulated") for a in every)
    rows = tuple(Validated(a, None, "other trial", p) for a, p in zip(every, made, strict=True))
    with style.house_style():
        drawing = validation.draw_forest(Validation(rows, (), 64, 100, 1))
        assert drawing is not None
        style._settle(drawing.figure)
        assert list(untidy(drawing.figure)) == []


def test_what_is_required_shares_no_outcome_with_what_is_fitted(every: list[Aim]) -> None:
    required = [a for a in every if a.item.role == "required"]
    assert required
    kinds = {independence(a.case, a.item, a.strategy) for a in required}
    assert "same trial, same outcome" not in kinds


@pytest.mark.slow
def test_every_miss_of_the_catalogue_is_explained_and_nothing_else_is() -> None:
    """Minutes. A sentence beside a target that no setting misses is as stale as a miss without one is silent."""
    rows = validate().rows
    silent = sorted({r.aim.item.id for r in rows if not r.inside and not r.aim.item.miss})
    stale = sorted({n for n, t in targets().items() if t.miss} - {r.aim.item.id for r in rows if not r.inside})
    assert (silent, stale) == ([], [])
