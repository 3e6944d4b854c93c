"""Which changed record moved the decision: steps worked out by hand, what runs' folders keep, and what is refused."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models as m
from models.contract import ModelError
from models.shared.ledger import LEDGER, PERSPECTIVES, USUAL
from parameters import InputError
from simulate import load, run
from simulate.analyse.comparison.moved import moved
from simulate.analyse.comparison.records import changes

MARKUP = "<script>alert('&')</script>"
RECORD = """
[{name}]
label = "{label}"
unit = "{unit}"
{year}distribution = {{ {distribution} }}
source = "{source}"
status = "{status}"
note = "Made up."
"""
UNITS = {"price": "GBP_per_day", "days": "days_difference", "spent": "GBP", "more": "GBP"}
OLD = {"price": 400.0, "days": 1.0, "spent": 700.0}  # saves £400, and costs £700
NEW = {"price": 500.0, "days": 2.0, "spent": 600.0}  # saves £1,000, and costs £600
SIZE: Mapping[str, Any] = {"draws": 64, "people": 10, "threshold": 0.0}


def record(name: str, value: float | str, **other: str) -> str:
    told = {"label": name, "source": "assumption", "status": "assumed", **other}
    year = 'price_year = "2023/24"\n' if UNITS.get(name, "").startswith("GBP") else ""
    distribution = value if isinstance(value, str) else f"fixed = {{ value = {value} }}"
    return RECORD.format(name=name, unit=UNITS.get(name, "ratio"), year=year, distribution=distribution, **told)


def problem() -> m.DecisionProblem:
    """A service that saves days in hospital at their price, less what it costs."""
    service = m.Component("service", "A service")
    days = m.EffectItem(m.Delivery("service"), "days", (365.25,))
    return m.DecisionProblem(
        id="made_up",
        label=f"Made up {MARKUP}",
        pathway=LEDGER,
        strategies=(USUAL, m.Strategy("service", "A service", (service,))),
        settings=(m.Setting("first", "First", horizon=1.0, perspective="nhs_pss", effect="days"),),
        costs=(
            m.CostItem("saved", "Saved", "nhs", m.Delivery("service"), "price", ("days",), sign=-1),
            m.CostItem("spent", "Spent", "nhs", m.Delivery("service"), "spent"),
        ),
        effects=(m.EffectMeasure("days", "Days", "day", items=(days,), already_priced="in the cost"),),
        perspectives=PERSPECTIVES,
    )


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue has the made-up problem too."""
    from models.catalogue import problem as known

    monkeypatch.setattr("simulate.ask.case.find_problem", lambda n: problem() if n == "made_up" else known(n))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Old numbers and new."""
    paths = tmp_path / "old.toml", tmp_path / "new.toml"
    for path, values in zip(paths, (OLD, NEW), strict=True):
        path.write_text("".join(record(n, v) for n, v in values.items()), encoding="utf-8")
    return paths


# --- by hand --------------------------------------------------------------------------------------


def test_steps_are_as_worked_out_by_hand(files: tuple[Path, Path]) -> None:
    """NMB is price x days - spent: -300, then 400. What price and days do to each other is £100 x 1 day."""
    found = moved(*files, "made_up", **SIZE)
    rows = {r["record"]: r for r in found.rows()}
    by_hand = {"price": (100, 200, 150), "days": (400, 500, 450), "spent": (100, 100, 100)}
    for name, steps in by_hand.items():
        told = [rows[name][f"nmb_{how}"] for how in ("first", "last", "shapley")]
        assert told == pytest.approx(steps, abs=1e-6), name
    assert rows["all together"]["nmb_first"] == pytest.approx(700)
    assert rows["what they do to each other"]["nmb_first"] == pytest.approx(100)
    assert sum(rows[n]["nmb_shapley"] for n in by_hand) == pytest.approx(700)
    assert list(rows)[:3] == ["days", "price", "spent"]  # by size
    assert (rows["days"]["effect_first"], rows["price"]["effect_first"]) == (pytest.approx(1.0), 0.0)
    assert (found.old.best, found.new.best) == ("usual_care", "service") and not found.same_decision
    assert rows["days"]["turns_it_alone"] and not rows["price"]["turns_it_alone"]
    assert rows["days"]["needed"] and not rows["spent"]["needed"]
    assert [(e["side"], e["nmb_mean"]) for e in found.ends()] == [("old", -300.0), ("new", pytest.approx(400.0))]
    assert len(found.runs) == 8 and found.notes == ()


def test_three_records_that_multiply_are_shared_as_worked_out_by_hand(tmp_path: Path) -> None:
    """A saving of a x b x c, 2 x 3 x 5 = 30 and then 4 x 7 x 11 = 308.

    Of a, whose step is 2 b c: with neither other new 2 x 15, with b alone 2 x 35, with c alone 2 x 33, with both
    2 x 77; the Shapley value is (30 + 154) / 3 + (70 + 66) / 6 = 84. So b 4 x (10 + 44) / 3 + 4 x (20 + 22) / 6 = 100
    and c 6 x (6 + 28) / 3 + 6 x (12 + 14) / 6 = 94: 278 of 278. First steps 30, 40 and 36 leave 172 to each other.
    """
    values = {"price": (2.0, 4.0), "days": (3.0, 7.0), "share": (5.0, 11.0)}
    paths = tmp_path / "old.toml", tmp_path / "new.toml"
    for k, path in enumerate(paths):
        text = "".join(record(n, pair[k]) for n, pair in values.items())
        path.write_text(text + record("spent", 0.0), encoding="utf-8")
    made = problem()
    product = m.CostItem("saved", "Saved", "nhs", m.Delivery("service"), "price", ("days", "share"), sign=-1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulate.ask.case.find_problem", lambda n: replace(made, costs=(product, *made.costs[1:])))
        found = moved(*paths, "made_up", **SIZE)
    rows = {r["record"]: r for r in found.rows()}
    by_hand = {"price": (30, 154, 84), "days": (40, 176, 100), "share": (36, 168, 94)}
    for name, steps in by_hand.items():
        assert [rows[name][f"nmb_{how}"] for how in ("first", "last", "shapley")] == pytest.approx(steps), name
    assert rows["all together"]["nmb_first"] == pytest.approx(278)
    assert rows["what they do to each other"]["nmb_first"] == pytest.approx(172)


def test_what_moves_nothing_moves_exactly_nothing(tmp_path: Path) -> None:
    """A price that both strategies pay alike alters both costs, and their difference by rounding alone: that is 0."""
    text = (record("c_community_day", "gamma = { mean = 20.5, se = 3.5 }"), record("c_bed_day", 999.0))
    paths = tmp_path / "old.toml", tmp_path / "new.toml"
    for path, some in zip(paths, (text[:1], text), strict=True):
        kept = "".join(some).replace('unit = "ratio"', 'unit = "GBP_per_day"\nprice_year = "2023/24"')
        path.write_text(kept, encoding="utf-8")
    found = moved(tmp_path / "old.toml", tmp_path / "new.toml", "safewards", draws=32, people=40)
    raw = found.new.increments["safewards"]["cost"] - found.old.increments["safewards"]["cost"]
    assert raw.any() and float(np.abs(raw).max()) < 1e-9  # rounding there is
    rows = found.rows()
    assert [r["record"] for r in rows] == ["c_bed_day", "all together", "what they do to each other"]
    assert {r[n] for r in rows for n in r if n.startswith(("nmb", "cost", "effect")) and "shapley" not in n} <= {
        0.0,
        None,
    }


def test_backwards_every_step_has_the_other_sign(files: tuple[Path, Path]) -> None:
    there, back = moved(*files, "made_up", **SIZE), moved(*files[::-1], "made_up", **SIZE)
    one, other = ({r["record"]: r for r in f.rows()} for f in (there, back))
    for name in NEW:
        assert one[name]["nmb_first"] == pytest.approx(-other[name]["nmb_last"])
        assert one[name]["nmb_shapley"] == pytest.approx(-other[name]["nmb_shapley"])


def test_a_step_is_the_difference_of_two_runs_to_the_bit(tmp_path: Path) -> None:
    """Of something simulated, too: the same people and quantiles, whichever command runs them."""
    paths = tmp_path / "old.toml", tmp_path / "new.toml"
    for path, mean in zip(paths, (0.9, 0.6), strict=True):
        path.write_text(record("rr_violence_safewards", f"gamma = {{ mean = {mean}, se = 0.1 }}"), encoding="utf-8")
    found = moved(*paths, "safewards", draws=16, people=40)
    one, other = (run(load("safewards", parameters=[p]), draws=16, people=40) for p in paths)
    step = (other.cost[:, 1] - other.cost[:, 0]) - (one.cost[:, 1] - one.cost[:, 0])
    assert np.array_equal(found.first("rr_violence_safewards", "safewards", "cost"), step) and step.any()
    assert np.array_equal(found.last("rr_violence_safewards", "safewards", "cost"), step)


def test_of_more_records_the_first_and_the_last_steps_are_run(files: tuple[Path, Path], tmp_path: Path) -> None:
    """Four records take ten runs, and sixteen for the Shapley value."""
    grown = problem()
    more = m.CostItem("more", "More", "nhs", m.Delivery("service"), "more")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulate.ask.case.find_problem", lambda name: replace(grown, costs=(*grown.costs, more)))
        for path, value in zip(files, (10.0, 30.0), strict=True):
            path.write_text(path.read_text(encoding="utf-8") + record("more", value), encoding="utf-8")
        few, every = moved(*files, "made_up", **SIZE), moved(*files, "made_up", shapley=True, **SIZE)
    assert (len(few.runs), len(every.runs)) == (10, 16) and not few.shares and every.shares
    steps = [{r["record"]: r["nmb_first"] for r in f.rows()} for f in (few, every)]
    assert steps[0] == steps[1] and steps[0]["more"] == pytest.approx(-20)
    shares = [r["nmb_shapley"] for r in every.rows() if r.get("nmb_shapley") is not None]
    assert sum(shares) == pytest.approx(680)


# --- what differs ---------------------------------------------------------------------------------


def test_what_is_said_otherwise_is_told_and_moves_nothing(files: tuple[Path, Path]) -> None:
    old, new = files
    said = {"spent": {"status": "derived", "source": "flood_2006"}}
    new.write_text("".join(record(n, v, **said.get(n, {})) for n, v in OLD.items()), encoding="utf-8")
    found = moved(old, new, "made_up", **SIZE)
    (change,) = found.changes
    assert (change.name, change.kind) == ("spent", "told") and found.moving == ()
    assert set(change.said()) == {"source", "status"} and "Flood" in change.said()["source"][1]
    assert found.same_decision and len(found.runs) == 1 and found.rows()[-1]["nmb_first"] == 0.0


def test_records_added_and_removed_are_told_as_such(tmp_path: Path) -> None:
    shipped, own = tmp_path / "none.toml", tmp_path / "own.toml"
    price = record("c_safewards_ward", "gamma = { mean = 9000.0, se = 100.0 }")
    own.write_text(price.replace('unit = "ratio"', 'unit = "GBP_per_service_year"\nprice_year = "2023/24"'))
    shipped.write_text(record("rr_violence_safewards", "lognormal = { mean = 0.85, low = 0.68, high = 1.0625 }"))
    ours = load("safewards", parameters=[shipped]).parameters
    theirs = load("safewards", parameters=[shipped, own]).parameters
    for one, other in ((ours, theirs), (theirs, ours)):
        (change,) = changes(one, other, ["c_safewards_ward"])
        assert (change.name, change.kind, change.read) == ("c_safewards_ward", "changed", True)
        assert set(change.files) == {"safewards.toml", "own.toml"}  # one of ours has ours in the place of the user's
    (change,) = changes(ours, theirs, [])
    assert not change.read
    fewer = replace(ours, records={n: p for n, p in ours.records.items() if n != "c_safewards_ward"})
    assert [(c.name, c.kind) for c in changes(fewer, ours, [])] == [("c_safewards_ward", "added")]
    assert [(c.name, c.kind) for c in changes(ours, fewer, [])] == [("c_safewards_ward", "removed")]


def test_what_stands_elsewhere_or_is_spelt_otherwise_is_no_change(tmp_path: Path, checkout: Path) -> None:
    """The same record word for word in a file of the user's, a source under another id, a distribution by its shape."""
    from parameters import inline

    written = (checkout / "parameters" / "interventions" / "safewards.toml").read_text(encoding="utf-8")
    found = re.search(r"^\[c_safewards_ward\]\n.*?(?=^\[|\Z)", written, re.S | re.M)
    assert found is not None
    own = tmp_path / "own.toml"
    own.write_text(found[0], encoding="utf-8")
    ours, theirs = load("safewards").parameters, load("safewards", parameters=[own]).parameters
    (change,) = changes(ours, theirs, ours)
    assert (change.kind, change.alters, change.files) == ("moved", False, ("safewards.toml", "own.toml"))
    assert moved(own, own, "safewards", draws=16, people=10).changes == ()
    by_moments = {"p": {"unit": "ratio", "distribution": {"gamma": {"mean": 6.0, "se": 3.0}}}}
    by_shape = {"p": {"unit": "ratio", "distribution": {"gamma": {"shape": 4.0, "scale": 1.5}}}}
    (change,) = changes(inline(by_moments), inline(by_shape), ["p"])
    assert change.kind == "told" and change.said()["spelling"][1] == "gamma of shape 4, scale 1.5"
    by_shape["p"]["distribution"]["gamma"]["scale"] = 1.50001  # type: ignore[index]
    (change,) = changes(inline(by_moments), inline(by_shape), ["p"])
    assert change.kind == "changed"


# --- folders of runs ------------------------------------------------------------------------------


@pytest.fixture
def runs(files: tuple[Path, Path], tmp_path: Path, command: Any, no_figures: None) -> tuple[Path, Path]:
    """Two folders of runs, the second of the old numbers with two of them set."""
    folders = tmp_path / "one", tmp_path / "other"
    words = ("run", "made_up", "--draws", 32, "--people", 10, "--parameters", files[0], "--quiet")
    assert command(*words, "--out", folders[0]).code == 0
    done = command(*words, "--set", "days=2", "--set", "price=500", "--out", folders[1])
    assert done.code == 0, done.err
    return folders


def test_folders_of_runs_are_taken_apart(runs: tuple[Path, Path], command: Any, tmp_path: Path) -> None:
    out = tmp_path / "moved"
    done = command("compare", *runs, "--why", "--out", out, "--json")
    assert done.code == 1, done.err  # -300 before, 300 after
    told = json.loads(done.out)
    assert [r["record"] for r in told["rows"][:2]] == ["days", "price"] and not told["same_decision"]
    assert [r["nmb_first"] for r in told["rows"]] == pytest.approx([400, 100, 600, 100])
    assert told["notes"] == [] and told["draws"] == 32
    page = (out / "moved.html").read_text(encoding="utf-8")
    again = command("compare", *runs, "--why", "--out", tmp_path / "again", "--json")
    assert again.out == done.out and (tmp_path / "again" / "moved.html").read_text(encoding="utf-8") == page
    assert MARKUP not in page and "&lt;script&gt;" in page and "<script" not in page
    assert re.search(r"default-src &#39;none&#39;; script-src &#39;none&#39;", page)
    assert not re.search(r'(src|href)="(?!#)', page)
    text = command("compare", *runs, "--why", "--out", out).out
    assert "usual care was best" in text and "what they do to each other" in text


def test_a_folder_is_rebuilt_from_its_own_copies(runs: tuple[Path, Path], tmp_path: Path) -> None:
    """Not from today's records: a copy with another number is another number, and the folder's draws do not fit it."""
    old = shutil.copytree(runs[0], tmp_path / "changed")
    copy = old / "inputs" / "old.toml"
    copy.write_text(copy.read_text(encoding="utf-8").replace("value = 700.0", "value = 650.0"), encoding="utf-8")
    with pytest.raises(ModelError, match=r"changed or gone since it was written: old\.toml"):
        moved(old, runs[1])
    made = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    made["inputs"]["old.toml"] = hashlib.sha256(copy.read_bytes()).hexdigest()
    (old / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    found = moved(old, runs[1])
    rows = {r["record"]: r["nmb_first"] for r in found.rows()}
    assert rows["spent"] == pytest.approx(-50) and rows["all together"] == pytest.approx(550)
    (note,) = found.notes
    assert "cost_service - cost_usual_care is another in 32 of 32 draws, most in draw 1: 300 there, 250 by" in note


def test_a_changed_table_of_draws_is_told_with_what_differs(runs: tuple[Path, Path], tmp_path: Path) -> None:
    """By its hash, and by the draw: means that print alike tell nothing. A run that was asked otherwise is not held."""
    old = shutil.copytree(runs[0], tmp_path / "tampered")
    rows = (old / "psa.csv").read_text(encoding="utf-8").splitlines()
    at = rows[0].split(",").index("cost_service")
    cells = rows[4].split(",")
    there = f"{float(cells[at]) + 1e-5:.10g}"
    rows[4] = ",".join([*cells[:at], there, *cells[at + 1 :]])
    (old / "psa.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    changed, other = moved(old, runs[1]).notes
    assert "psa.csv was changed since the run wrote it" in changed
    assert f"another in 1 of 32 draws, most in draw 4: {there} there, {cells[at].removesuffix('.0')} by" in other
    means = re.search(r"On average (\S+) there and (\S+) here", other)
    assert means is not None and means[1] != means[2]
    assert [n for n in moved(old, runs[1], people=20).notes if "psa.csv" in n] == [changed]
    (old / "psa.csv").write_text("\n".join(rows[:9]) + "\n", encoding="utf-8")
    assert any("there are 8 rows of 32 draws" in n for n in moved(old, runs[1]).notes)
    named = [rows[0].replace("cost_service", "cost_another"), *rows[1:]]
    (old / "psa.csv").write_text("\n".join(named) + "\n", encoding="utf-8")
    assert any("there is no cost_service: it was written of another problem" in n for n in moved(old, runs[1]).notes)


def test_a_folder_that_lacks_its_manifest_or_is_compared_itself_is_refused(
    runs: tuple[Path, Path], tmp_path: Path, command: Any
) -> None:
    done = command("compare", *runs, "--why", "--out", runs[0], "--overwrite")
    assert done.code == 2 and "is one of the two that are compared" in done.err
    assert (runs[0] / "psa.csv").is_file()
    lacking = shutil.copytree(runs[0], tmp_path / "lacking")
    (lacking / "manifest.json").unlink()
    for words in (("--why",), ()):
        done = command("compare", lacking, runs[1], *words)
        assert done.code == 2 and f"{lacking}: no manifest.json, though summary.json, psa.csv" in done.err


def test_a_folder_with_another_comparison_says_what_was_compared(
    runs: tuple[Path, Path], files: tuple[Path, Path], command: Any, tmp_path: Path
) -> None:
    out = tmp_path / "moved"
    assert command("compare", *runs, "--why", "--out", out, "--quiet").code == 1
    done = command("compare", runs[0], files[1], "--out", out)
    assert done.code == 2 and "holds the answer to another question (another new, with --why); allowed" in done.err


def test_our_own_records_of_that_day_are_read_from_the_folder(command: Any, tmp_path: Path, no_figures: None) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    words = ("run", "welfare_advice", "--draws", 16, "--people", 10, "--quiet", "--out")
    assert command(*words, new).code == 0
    shutil.copytree(new, old)
    copy = old / "inputs" / "welfare_advice.toml"
    copy.write_text(copy.read_text(encoding="utf-8").replace("mean = 260, se = 65", "mean = 160, se = 65"))
    sources = old / "inputs" / "sources.toml"
    sources.write_text(sources.read_text(encoding="utf-8").replace("[cmh_welfare_2013]", "[as_it_was]"))
    copy.write_text(copy.read_text(encoding="utf-8").replace('"cmh_welfare_2013"', '"as_it_was"'))
    made = json.loads((old / "manifest.json").read_text(encoding="utf-8"))
    for path in (copy, sources):
        made["inputs"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (old / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    found = moved(old, new)
    assert [c.name for c in found.moving] == ["c_welfare_advice"]
    assert [c.name for c in found.changes] == ["c_welfare_advice"]  # another cites the same work under another name
    (old / "inputs" / "price_index.toml").unlink()
    del made["inputs"]["price_index.toml"]
    (old / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    assert any("there is no price_index.toml" in note for note in moved(old, new).notes)


def test_a_run_and_a_file_of_numbers(runs: tuple[Path, Path], files: tuple[Path, Path]) -> None:
    found = moved(runs[0], files[1])
    assert len(found.moving) == 3 and found.options.draws == 32
    assert found.rows()[-2]["nmb_first"] == pytest.approx(700)


def test_a_folder_of_numbers_and_a_checkout(files: tuple[Path, Path], tmp_path: Path, checkout: Path) -> None:
    folder = tmp_path / "numbers"
    folder.mkdir()
    for name, value in NEW.items():
        (folder / f"{name}.toml").write_text(record(name, value), encoding="utf-8")
    assert moved(files[0], folder, "made_up", **SIZE).rows()[-2]["nmb_first"] == pytest.approx(700)
    tree = tmp_path / "checkout" / "parameters"
    shutil.copytree(checkout / "parameters", tree, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = tree / "interventions" / "welfare_advice.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("mean = 260, se = 65", "mean = 160, se = 65"))
    found = moved(tree.parent, checkout, "welfare_advice", draws=16, people=10)
    assert [c.name for c in found.changes] == ["c_welfare_advice"]
    file.unlink()
    with pytest.raises(ModelError, match=r"no interventions/welfare_advice\.toml, which welfare_advice reads"):
        moved(tree.parent, checkout, "welfare_advice", draws=16, people=10)


# --- what is refused ------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once(files: tuple[Path, Path], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    notes = tmp_path / "notes.txt"
    notes.write_text("x")
    for one, other, said in (
        (tmp_path / "nowhere", notes, ["is not there", "is no file of numbers"]),
        (empty, tmp_path / "bad.toml", ["holds no file of numbers", "bad.toml"]),
    ):
        (tmp_path / "bad.toml").write_text(record("price", "normal = { mean = 1.0 }"), encoding="utf-8")
        with pytest.raises((ModelError, InputError)) as caught:
            moved(one, other, "made_up", **SIZE)
        told = "\n".join(map(str, getattr(caught.value, "parts", [caught.value])))
        assert all(text in told for text in said), told
    with pytest.raises(ModelError, match="neither is the folder of a run; give problem"):
        moved(*files)


def test_the_command_says_what_it_takes(command: Any, files: tuple[Path, Path], runs: tuple[Path, Path]) -> None:
    done = command("compare", *runs, "--wtp", 3, "--shapley")
    assert done.code == 2 and "--wtp, --shapley: nothing is simulated" in done.err
    done = command("compare", *files)
    assert done.code == 2 and "give --problem" in done.err
    done = command("compare", *runs, "--why", "--problem", "welfare_advice")
    assert done.code == 2 and "made_up" in done.err


def test_both_are_run_as_the_later_run_was_or_as_is_asked(
    runs: tuple[Path, Path], tmp_path: Path, command: Any
) -> None:
    """Other draws than the first had are told; those that are asked for are not."""
    more = tmp_path / "more"
    words = ("run", "made_up", "--parameters", tmp_path / "new.toml", "--people", 10, "--quiet")
    assert command(*words, "--draws", 64, "--out", more).code == 0
    found = moved(runs[0], more)
    assert found.options.draws == 64 and ["draws 32" in note for note in found.notes] == [True]
    assert moved(runs[0], more, draws=16).notes == ()
    made = json.loads((more / "manifest.json").read_text(encoding="utf-8"))
    (more / "manifest.json").write_text(json.dumps({**made, "program": "another"}), encoding="utf-8")
    (note,) = moved(runs[0], more, draws=16).notes
    assert "other sources of the program" in note


def test_a_close_call_is_told_as_one(tmp_path: Path, command: Any, no_figures: None) -> None:
    """Of a saving that is as great as what it costs, but for the draws' own error."""
    paths = tmp_path / "old.toml", tmp_path / "new.toml"
    for path, mean in zip(paths, (400.0, 700.0), strict=True):
        text = (
            record("price", f"gamma = {{ mean = {mean}, se = 300.0 }}") + record("days", 1.0) + record("spent", 700.0)
        )
        path.write_text(text, encoding="utf-8")
    found = moved(*paths, "made_up", **SIZE)
    assert not found.is_close(found.old) and found.is_close(found.new)
    done = command("compare", *paths, "--problem", "made_up", "--draws", 64, "--people", 10, "--out", tmp_path / "out")
    assert "What is best after lies within Monte Carlo error of another" in done.out


def test_people_of_another_file_are_told(runs: tuple[Path, Path], tmp_path: Path, command: Any) -> None:
    people, own = tmp_path / "people.csv", tmp_path / "own"
    people.write_text("id,weight\na,1\nb,2\n", encoding="utf-8")
    words = ("run", "made_up", "--parameters", tmp_path / "new.toml", "--draws", 32, "--quiet", "--cohort", people)
    done = command(*words, "--out", own)
    assert done.code == 0, done.err
    notes = moved(runs[0], own).notes
    assert any(f"in {runs[0]} stands a run of other people: those of {own} are in both" in note for note in notes)
    assert moved(own, own).notes == ()
