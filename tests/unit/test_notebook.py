"""Python as a notebook shows it: reprs in a line, escaped tables, figures that take axes, files of the command line."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import simulate
from models.catalogue import problem_ids
from models.contract import ModelError
from parameters import InputError
from parameters.ground.brief import Brief
from parameters.ground.spoken import as_options
from simulate import Case, PsaTable, Result, Terms, load, read_result, run, sweep
from simulate.evaluate.decision import acceptability
from simulate.evaluate.rare.lacking import Lacking
from simulate.present.faces.run import face
from simulate.present.folder.output import write
from simulate.present.notebook import files, markup, pages, plots
from simulate.process import shown
from tests.unit.synthetic_result import NASTY, fake_result
from tests.unit.synthetic_result import problem as toy

LONGEST_REPR, LARGEST_PAGE = 500, 10_000
QUICK = "welfare_advice"  # nobody is simulated


def synthetic(**asked: Any) -> Result:
    """A synthetic result in which everything was met."""
    result = fake_result(**asked)
    vars(result)["lacking"] = Lacking((), frozenset())
    return result


@pytest.fixture(scope="module")
def quick() -> Result:
    return run(QUICK, draws=16, people=10)


@pytest.fixture(scope="module")
def table() -> PsaTable:
    rng = np.random.default_rng(3)
    names = ["usual", "new <b>$x$</b>"]
    cost, effect = (pd.DataFrame(rng.normal(m, s, (120, 2)), columns=names) for m, s in ((900, 80), (1.2, 0.1)))
    return PsaTable.of(cost, effect, pd.DataFrame({"p": cost["usual"] - 900}), terms=Terms(effect="QALY"))


@pytest.fixture(scope="module")
def sweeps() -> dict[str, Any]:
    case = load(QUICK)
    return {
        "one_way": sweep.one_way(case, people=10),
        "two_way": sweep.two_way(case, "c_welfare_advice", "c_bed_day", people=10, points=3),
        "threshold": sweep.threshold_value(case, "bed_days_averted_advice", people=10),
        "sobol": sweep.sobol(case, points=16, people=10),
    }


# --- reprs ----------------------------------------------------------------------------------------


def declared(thing: Any, seen: set[int]) -> Iterator[Any]:
    """Every dataclass within a declaration, a record or a finding, itself first."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if is_dataclass(thing) and not isinstance(thing, type):
        yield thing
        for f in fields(thing):
            yield from declared(getattr(thing, f.name), seen)
    for x in thing.values() if isinstance(thing, dict) else thing if isinstance(thing, tuple) else ():
        yield from declared(x, seen)


@pytest.mark.parametrize("name", problem_ids())
def test_everything_that_is_declared_is_written_in_a_line(name: str) -> None:
    case = load(name)
    found = [*declared(case, set()), *case.parameters.values()]
    assert len(found) > 100
    long = {type(x).__name__: len(text) for x in found if len(text := repr(x)) > LONGEST_REPR or "\n" in text}
    assert long == {}


def test_findings_are_written_in_a_line(quick: Result, table: PsaTable, sweeps: dict[str, Any]) -> None:
    for thing in (quick, table, *sweeps.values(), *vars(quick).values(), quick.judged, quick.lacking):
        if is_dataclass(thing):
            assert len(repr(thing)) < LONGEST_REPR, type(thing)
    assert repr(quick) == (
        f"<Result of {QUICK}, england: 16 draws × 10 people, seed 1, nhs_pss, bed_days; usual_care, {QUICK}>"
    )
    assert repr(load(QUICK)).startswith(f"Case(problem=<DecisionProblem {QUICK}>, setting=<Setting england>")


def test_whatever_is_shown_is_drawn_and_written_too() -> None:
    for kind in (*plots.PLOTS, *pages.PAGES):
        assert issubclass(kind, Brief) or kind is Result
        assert issubclass(kind, shown.Shown)
    assert set(plots.PLOTS) == set(files.TABLES) == set(pages.PAGES) - {Case}


# --- tables of HTML -------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Tags and attributes that were opened, and how many were not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.open = set[str](), set[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(page: str | None) -> str:
    """A page that is small, well formed, and has neither style nor anything but tables and paragraphs."""
    assert page is not None and len(page.encode()) < LARGEST_PAGE
    found = Tags(page)
    assert found.open == [] and found.attributes <= {"scope"}
    assert found.tags <= {"p", "b", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    return page


def test_a_result_shows_its_decision_with_errors() -> None:
    result = synthetic(of=toy(("Usual care", NASTY)))
    page = check(result._repr_html_())
    assert "MCSE" in page and "£ of 2023/24" in page and "At £20,000 per QALY" in page
    assert "&lt;b&gt;bold" in page and "<b>bold" not in page
    nmb = result.nmb().iloc[1]
    assert f"{nmb['incremental']:,.0f}" in page.replace("-", "-")
    check(synthetic(draws=1, fixed=True)._repr_html_())
    check(synthetic(of=toy(map(str, range(10))))._repr_html_())


def test_cases_sweeps_and_finished_tables_show_themselves(
    quick: Result, table: PsaTable, sweeps: dict[str, Any]
) -> None:
    for thing in (quick, load("joint_crisis_plan"), *sweeps.values()):
        check(thing._repr_html_())
    assert "&lt;b&gt;$x$&lt;/b&gt;" in check(table._repr_html_())
    wide = pd.DataFrame({f"c{k}": range(99) for k in range(30)}).astype(str)
    assert "84 more are not shown" in markup.frame(wide) and "21 more columns" in markup.frame(wide)


# --- figures --------------------------------------------------------------------------------------


def axes(number: int) -> Any:
    found = [Figure().add_subplot()] if number == 1 else list(Figure().subplots(1, number).flat)
    return found[0] if number == 1 else found


def drawn_twice(draw: Callable[..., Figure], panels: int) -> None:
    """By itself, and into axes of ours that stay where they are; nothing of matplotlib's settings changes."""
    settings = dict(mpl.rcParams)
    alone = draw()
    assert isinstance(alone, Figure) and len(alone.axes) >= panels
    ax = axes(panels)
    first = ax if panels == 1 else ax[0]
    place = first.get_position().bounds
    assert draw(ax=ax) is first.figure
    assert first.get_position().bounds == place or len(first.figure.axes) > panels  # a bar of colours takes its room
    assert first.has_data() or first.texts
    with pytest.raises(ModelError, match=rf"^ax: {panels + 1} for {panels} panel"):
        draw(ax=axes(panels + 1))
    assert dict(mpl.rcParams) == settings


ONE = ("ceac", "plane", "frontier", "expected_loss", "evpi")  # panel
PANELS = (*((name, 1) for name in ONE), ("ceac_per_point", 2), ("events", 2), ("occupancy", 4), ("pathway", 3))


@pytest.mark.parametrize(("name", "panels"), PANELS)
def test_a_figure_of_a_run_is_drawn_alone_and_into_axes(name: str, panels: int) -> None:
    drawn_twice(getattr(synthetic().plot, name), panels)


def test_figures_of_sweeps_and_tables_are_drawn(sweeps: dict[str, Any], table: PsaTable) -> None:
    drawn_twice(sweeps["one_way"].plot.tornado, 1)
    drawn_twice(sweeps["two_way"].plot.two_way, 1)
    drawn_twice(sweeps["threshold"].plot.threshold, 1)
    drawn_twice(sweeps["sobol"].plot.sobol, 3)
    for name in ONE:
        drawn_twice(getattr(table.plot, name), 1)


def test_a_tornado_of_a_result_is_that_of_the_sweep(quick: Result) -> None:
    ours, theirs = axes(1), axes(1)
    quick.plot.tornado(ax=ours)
    sweep.one_way(QUICK, people=10).plot.tornado(ax=theirs)
    widths = [[patch.get_width() for patch in ax.patches] for ax in (ours, theirs)]
    assert widths[0] == widths[1] and len(widths[0]) >= 4


def test_a_figure_shows_itself_and_words_of_files_are_no_mathematics() -> None:
    result = synthetic(of=toy(("Usual care", NASTY)))
    figure = result.plot.ceac()
    assert figure._repr_png_().startswith(b"\x89PNG")
    ax = axes(1)
    result.plot.ceac(ax=ax)
    words = [t for t in ax.findobj(Text) if "$" in t.get_text()]
    assert words and not any(t.get_parse_math() for t in words)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (lambda r: r.plot.survival(), "nothing to draw: run with occupancy"),
        (lambda r: r.plot.ceac(ax="x"), "^ax: str; allowed: matplotlib axes"),
        (lambda r: r.plot.tornado("x"), "outcome"),
    ],
)
def test_what_cannot_be_drawn_says_why(asked: Callable[[Result], Any], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        asked(synthetic())


def test_nothing_withheld_is_drawn(quick: Result) -> None:
    with pytest.raises(ModelError, match="nothing to draw: nobody measured"):
        quick.plot.ceac()


def test_figures_are_listed() -> None:
    names = [n for n in dir(synthetic().plot) if not n.startswith("_")]
    assert {"ceac", "plane", "tornado", "evpi", "evppi", "evsi", "occupancy", "events"} <= set(names)
    for kind in plots.PLOTS.values():
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                assert "ax" in inspect.signature(method).parameters and "panel" in str(inspect.getdoc(method)), name


# --- files ----------------------------------------------------------------------------------------


def test_a_saved_result_has_the_bytes_of_the_command_line(quick: Result, command: Any, tmp_path: Path) -> None:
    size = ("--draws", 16, "--people", 10, "--no-variants", "--figures", "none")
    assert command("run", QUICK, *size, "--out", tmp_path / "theirs").code == 0
    ours = quick.save(tmp_path / "ours", figures="none")
    names = {p.relative_to(ours).as_posix() for p in ours.rglob("*") if p.is_file()}
    assert names == {p.relative_to(ours.parent / "theirs").as_posix() for p in (ours.parent / "theirs").rglob("*.*")}
    for name in names - {"manifest.json", "report.html"}:  # which tell the command, and by whom they were made
        assert (ours / name).read_bytes() == (ours.parent / "theirs" / name).read_bytes(), name
    assert repr(read_result(ours)) == repr(quick)


def test_what_is_saved_replaces_its_own_answer_alone(quick: Result, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    quick.save(folder, figures="none")
    quick.save(folder, figures="none")
    other = run(QUICK, draws=16, people=10, seed=2)
    with pytest.raises(ModelError, match=r"holds the answer to another question \(another seed\); allowed: overwrite,"):
        other.save(folder, figures="none")
    other.save(folder, figures="none", overwrite=True)
    assert read_result(folder).options.seed == 2
    with pytest.raises(ModelError, match="figures: 'x'"):
        quick.save(folder, figures="x")


def test_a_changed_parameter_is_read_back(tmp_path: Path) -> None:
    result = run(load(QUICK, changes={"c_welfare_advice": 300.0}), draws=16, people=10, perspective="public_sector")
    again = read_result(result.save(tmp_path / "out", figures="none"))
    assert (again.psa() == result.psa()).all(axis=None) and again.options.perspective == "public_sector"


def test_tables_are_those_of_the_folder(quick: Result, sweeps: dict[str, Any], table: PsaTable, tmp_path: Path) -> None:
    write(face(quick, "none"), tmp_path / "whole")
    written = quick.to_csv(tmp_path / "tables")
    assert {p.name for p in written} == {p.name for p in (tmp_path / "whole").glob("*.csv")}
    assert all(p.read_bytes() == (tmp_path / "whole" / p.name).read_bytes() for p in written)
    with pytest.raises(ModelError, match="there already; allowed: another place, or overwrite=True"):
        quick.to_csv(tmp_path / "tables")
    assert quick.to_csv(tmp_path / "tables", overwrite=True) == written
    assert quick.to_csv(tmp_path / "psa.csv")[0].read_bytes() == (tmp_path / "whole" / "psa.csv").read_bytes()
    with pytest.raises(ModelError, match="'any' is unknown; allowed: ceac, evpi, incremental, psa"):
        quick.to_csv(tmp_path / "any.csv")
    found = sweeps["one_way"]
    assert found.to_csv(tmp_path / "any.csv") == [tmp_path / "any.csv"]
    found.save(tmp_path / "sweep", figures="none")
    assert (tmp_path / "any.csv").read_bytes() == (tmp_path / "sweep" / "one_way.csv").read_bytes()
    assert {p.name for p in table.to_csv(tmp_path / "finished")} > {"ceac.csv", "ranking.csv"}
    assert (table.save(tmp_path / "evaluated", figures="none") / "evppi.csv").is_file()


# --- errors ---------------------------------------------------------------------------------------

BELOW: tuple[str, ...] = (
    "parameters",
    "models",
    "simulate/ask",
    "simulate/engine",
    "simulate/evaluate",
    "simulate/result",
)
BELOW += ("simulate/running", "simulate/solve", "simulate/analyse", "simulate/process")
# What is of the command line wherever it is said, and who says it.
SAID = {
    "simulate/ask/case.py": "the words that load the same",
    "simulate/result/stored.py": "reads a command back",
    "simulate/running/running.py": "the command that replays a chunk",
    "simulate/running/cluster.py": "workers are asked for there alone",
    "simulate/analyse/batch/analysis.py": "analyses of a file are commands",
    "models/shared/claims.py": "the place of a claim is a command",
    "models/interventions/peer_supported_self_management.py": "a note on how it was solved for",
}


def options_named(source: str) -> list[str]:
    """Texts that name an option of the command line, but docstrings."""
    named = re.compile(r"(?<![\w-])--[a-z]")
    if named.search(source) is None:
        return []
    tree = ast.parse(source)
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, kinds)}
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [t for t in texts if t not in docs and named.search(t)]


def test_messages_below_the_command_line_name_no_option() -> None:
    root = Path(simulate.__file__).parent.parent
    paths = [p for room in BELOW for p in sorted((root / room).rglob("*.py"))]
    found = {p.relative_to(root).as_posix() for p in paths if options_named(p.read_text(encoding="utf-8"))}
    assert found == set(SAID)
    assert options_named('raise ValueError(f"{x}; say --sheet NAME")') and not options_named('"""Of ``--set``."""')


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda: load(QUICK, changes={"x": 1.0}), "changes: x: is no parameter"),
        (lambda: load(QUICK, changes={"c_bed_day": {"value": 1}}), "changes: c_bed_day: .* is no number"),  # type: ignore[dict-item]
        (lambda: run(42), "42 is no problem; allowed: the id"),  # type: ignore[arg-type]
        (lambda: run("nothing_like_it"), "nothing_like_it"),
        (lambda: run(QUICK, draws=0), "^draws: 0"),
        (lambda: sweep.one_way(QUICK, threshold=-1.0), "^threshold: -1"),
        (lambda: synthetic().ceac([]), "^thresholds: none"),
        (lambda: synthetic().evpi(["x"]), "^thresholds: 'x'"),  # type: ignore[list-item]
        (lambda: synthetic().expected_loss([-1.0]), "^thresholds: -1.0"),
        (lambda: simulate.read_psa(), "no file; allowed: a table of draws, or costs='FILE'"),
    ],
)  # fmt: skip
def test_errors_are_in_the_words_of_python(asked: Callable[[], Any], told: str) -> None:
    with pytest.raises((ModelError, InputError), match=told) as raised:
        asked()
    assert "--" not in str(raised.value)


def test_the_command_line_speaks_of_its_options() -> None:
    with as_options(), pytest.raises(InputError, match="--set: x: is no parameter"):
        load(QUICK, changes={"x": 1.0})
    with as_options(), pytest.raises(ModelError, match="--costs FILE and --effects FILE"):
        simulate.read_psa()


# --- what is public -------------------------------------------------------------------------------


def test_what_is_public_is_listed_and_explained() -> None:
    assert dir(simulate) == sorted(simulate.__all__)
    assert dir(sweep) == sorted(sweep.__all__)
    for module in (simulate, sweep):
        for name in module.__all__:
            thing = getattr(module, name)
            told = inspect.getdoc(thing) or ""
            assert told and (not inspect.isfunction(thing) or re.search(r"``(\w+Error|UserWarning)``", told)), name
    for kind in (Result, PsaTable):
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            assert name.startswith("_") or inspect.getdoc(method), name


def test_a_threshold_is_called_one_everywhere() -> None:
    functions: list[Any] = [getattr(m, n) for m in (simulate, sweep) for n in m.__all__]
    kinds = (Result, PsaTable, *plots.PLOTS.values())
    functions += [method for kind in kinds for _, method in inspect.getmembers(kind, inspect.isfunction)]
    names = {n for f in functions if callable(f) for n in inspect.signature(f).parameters}
    assert {"threshold", "thresholds"} <= names and not names & {"wtp", "wtps", "k", "lambda_"}


def test_importing_is_quick_and_brings_nothing_along() -> None:
    heavy = ("numpy", "pandas", "matplotlib", "models", "parameters")
    code = f"import sys, simulate; print(dir(simulate)[0], [m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Case", "[]"]


def test_an_id_is_run_as_its_case(quick: Result) -> None:
    assert (run(load(QUICK), draws=16, people=10).psa() == quick.psa()).all(axis=None)


def test_nobody_named_to_show_things_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "_named", [])
    with pytest.raises(LookupError, match="import simulate"):
        _ = synthetic().plot


# --- numbers --------------------------------------------------------------------------------------


def test_net_benefit_and_losses_are_what_a_second_way_finds() -> None:
    result = synthetic()
    at = np.array([0.0, 15_000.0, 20_000.0])
    worth = at[:, None, None] * result.effect - result.cost  # [threshold, draw, strategy]
    for k, threshold in enumerate(at):
        found = result.nmb(threshold)
        assert np.allclose(found["nmb"], worth[k].mean(axis=0)) and (found["threshold"] == threshold).all()
        assert np.allclose(found["incremental"], (worth[k] - worth[k, :, :1]).mean(axis=0))
        assert np.allclose(found["incremental_low"].iloc[1], np.quantile(worth[k, :, 1] - worth[k, :, 0], 0.025))
    losses, evpi = result.expected_loss(at), result.evpi(at)
    naive = worth.max(axis=2, keepdims=True) - worth
    assert np.allclose(losses.filter(like="loss_"), naive.mean(axis=1))
    assert np.allclose(losses.filter(like="loss_").min(axis=1), evpi["value"])
    assert np.allclose(losses.filter(like="corrected_").min(axis=1), evpi["corrected"])
    gap = losses.filter(like="corrected_").to_numpy() - losses.filter(like="loss_").to_numpy()
    assert np.allclose(gap, gap[:, :1])  # noise moves what could be gained, not what means differ by
    assert np.allclose(evpi["value"], acceptability.evpi(result.cost, result.effect, at))


def test_thresholds_asked_about_give_the_rows_of_the_usual_ones() -> None:
    result = synthetic()
    usual = result.evpi()
    assert result.evpi(result.thresholds[2:4]).equals(usual.iloc[2:4].reset_index(drop=True))
    assert result.ceac(list(result.thresholds[1:3])).equals(result.ceac().iloc[1:3].reset_index(drop=True))


def test_a_finished_table_has_the_same_net_benefit(table: PsaTable) -> None:
    found = table.nmb(20_000)
    assert np.allclose(found["nmb"], table.benefit(20_000).mean(axis=0))
    assert set(found.columns) == set(synthetic().nmb().columns)
