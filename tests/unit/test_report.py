"""The page of a run: self-contained, harmless whatever labels say, the same bytes again, and complete."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parameters import ParameterSet
from simulate import load, read_result, run
from simulate.evaluate.sensitivity.straight_lines import swings, told_from_chance
from simulate.present.faces.exchange import evaluate as evaluate_face
from simulate.present.faces.exchange import report as again
from simulate.present.faces.run import face
from simulate.present.folder.manifest import read_sealed
from simulate.present.folder.output import write
from simulate.present.folder.place import Place
from simulate.present.report import report
from simulate.present.report.parts import charts
from simulate.present.report.parts.material import material
from simulate.present.report.parts.setting import unbroken
from simulate.present.report.sections import checklists, provenance, sensitivity
from simulate.result.finished.evaluation import evaluate
from simulate.result.finished.reading import read_psa
from simulate.result.finished.stored_draws import read_evaluation
from simulate.result.parts.swings import swings_of
from simulate.result.result import Result

pytestmark = pytest.mark.usefixtures("solved_once")

NASTY = "</script><img src=x onerror=alert(1)>\"'&<b>\x1b[31m\u202e$x$"
PAGE_FILES = Path(report.__file__).parent / "page_files"
EMPTY = {"meta", "br", "line", "path", "circle", "rect", "input"}


class Page(HTMLParser):
    """What a browser finds in a page: elements with their attributes, and the text of each kind."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def ids(self) -> list[str]:
        return [str(a["id"]) for _, a in self.tags if "id" in a]

    def data(self) -> dict[str, Any]:
        texts = iter(self.texts["script"])
        found: dict[str, Any] = json.loads(next(texts))
        return found


@pytest.fixture(scope="module")
def ward() -> Result:
    return run(load("safewards"), draws=32, people=20, seed=1, variants=False)


@pytest.fixture(scope="module")
def account() -> Result:
    return run(load("welfare_advice"), draws=32, seed=1, variants=False)


@pytest.fixture(scope="module")
def folder(ward: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report") / "out"
    question = {"command": "run", "problem": "safewards", "draws": 32, "variants": False, "out": None}
    write(face(ward, which="none"), place, ["run"], place=_claimed(place, question))
    return place


def _claimed(folder: Path, question: dict[str, Any]) -> Place:
    from simulate.present.folder.output import claim

    place = Place(folder, question=question)
    claim(place, "run")
    return place


def hostile(result: Result) -> Result:
    """The same result under labels, notes and sources that are nobody's friend."""
    case = result.case
    problem, setting = case.problem, case.setting
    strategies = tuple(replace(s, label=f"{s.label} {NASTY}") for s in problem.strategies)
    events = tuple(replace(e, label=NASTY) for e in problem.pathway.events)
    domains = tuple(replace(d, label=NASTY) for d in problem.pathway.domains)
    pathway = replace(problem.pathway, events=events, domains=domains)
    setting = replace(setting, label=NASTY, notes=(NASTY,))
    problem = replace(problem, label=NASTY, question=NASTY, pathway=pathway, strategies=strategies, settings=(setting,))
    records = {n: replace(p, label=NASTY, note=NASTY) for n, p in case.parameters.items()}
    sources = {
        n: replace(s, title=NASTY, url="javascript:alert(1)", doi=None) for n, s in case.parameters.sources.items()
    }
    changed = replace(case, problem=problem, setting=setting, parameters=ParameterSet(records, sources))
    return replace(result, asked=replace(result.asked, case=changed))


# --- what stands in it ------------------------------------------------------------------------


def test_the_page_holds_all_it_needs_and_lets_nothing_else_in(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert text.startswith("<!DOCTYPE html>") and page.open == []
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy") or ""
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
    _, *programs = page.texts["script"]  # the first holds data
    hashes = [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in programs]
    assert allowed["script-src"].split() == [f"'sha256-{h}'" for h in hashes] and len(hashes) == 2
    [style] = page.texts["style"]
    assert allowed["style-src"] == f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
    for tag, attributes in page.tags:
        assert tag not in ("img", "link", "iframe", "object", "embed", "base")
        assert not {"src", "style", "srcset", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        if "href" in attributes:
            assert tag == "a" and re.match(r"#|https?://", attributes["href"] or "")
    assert "@import" not in style and "url(" not in style


def test_ids_are_given_once_and_contents_lead_somewhere(folder: Path) -> None:
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    ids = page.ids()
    assert len(ids) == len(set(ids))
    inside = [str(a["href"])[1:] for _, a in page.tags if str(a.get("href", "")).startswith("#")]
    assert len(inside) > 12 and set(inside) <= set(ids)


def test_every_part_that_was_promised_is_there(folder: Path) -> None:
    ids = Page((folder / "report.html").read_text(encoding="utf-8")).ids()
    parts = ("answer", "changed", "commissioner", "decision", "live", "payers", "model", "events", "occupancy")
    more = ("validation", "assumed", "parameters", "cheers", "provenance", "plane", "ceac", "loss", "parameters-table")
    assert [p for p in (*parts, *more) if p not in ids] == []


def test_without_a_program_the_static_page_stays(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    hidden = {str(a["id"]) for _, a in page.tags if "hidden" in a}
    assert hidden == {"live", "to-live"}
    still = re.sub(r"(?s)<script.*?</script>", "", text)
    assert "<svg" in still and "Strength of evidence" in still and "as it is shipped" in still


@pytest.mark.parametrize("which", ["ward", "account"])
def test_labels_from_files_can_do_nothing(which: str, request: pytest.FixtureRequest) -> None:
    text = report.page(hostile(request.getfixturevalue(which)))
    page = Page(text)
    assert {t for t, _ in page.tags if t in ("img", "b", "script")} <= {"script"}
    assert len(page.texts["script"]) == 3 and "javascript:" not in text and "onerror=alert(1)>" not in text
    assert not set("\x1b\u202e") & set(text)
    assert any("</script>" in label for label in page.data()["labels"])  # as data, which is none
    assert not set("<>&") & set(page.texts["script"][0])


def test_an_account_says_nothing_of_people(account: Result) -> None:
    page = Page(report.page(account))
    assert {"answer", "payers", "parameters", "cheers"} <= set(page.ids())
    assert not {"events", "model", "occupancy"} & set(page.ids())


def test_what_was_changed_stands_at_the_top() -> None:
    case = load("welfare_advice", changes={"c_welfare_advice": 7.0})
    text = report.page(run(case, draws=16, seed=1, variants=False))
    start, end = text.index('<section id="changed"'), text.index('<section id="commissioner"')
    assert "£7" in text[start:end] and "set by the user for this run" in text[start:end]


def test_both_checklists_are_complete_and_leave_the_author_his_part(ward: Result) -> None:
    assert [item.number for item in checklists.ITEMS] == list(range(1, 29))
    _, grid, other = checklists.checklists(material(ward, ward.summary(), {})).blocks  # type: ignore[union-attr]
    told = {row[1]: row[3] for row in grid.rows}  # type: ignore[union-attr]
    assert [n for n, words in told.items() if words == checklists.AUTHOR] == [
        "2",
        "4",
        "18",
        "19",
        "21",
        "25",
        "27",
        "28",
    ]
    assert len(other.rows) == len(checklists.VOI)  # type: ignore[union-attr]


def test_another_currency_is_told_by_its_own_sign(account: Result) -> None:
    text = report.page(account)
    money = replace(account.case.parameters.money, currency="USD", price_year="2020")
    case = replace(account.case, parameters=replace(account.case.parameters, money_given=money))
    other = report.page(replace(account, asked=replace(account.asked, case=case)))
    static = re.compile(r'(?s)<section id="(?:answer|commissioner|strategies|payers)".*?</section>')
    assert "£" in "".join(static.findall(text)) and "£" not in "".join(static.findall(other))


def test_of_expected_values_the_page_tells_no_noise_of_people(ward: Result) -> None:
    told = []
    for exact in (None, {"grid_error": 1e-9, "wanted": 1e-4}):
        text = report.page(ward, {**ward.summary(), "exact": exact})
        [section] = re.findall(r'(?s)<section id="decision".*?</section>', text)
        told.append("noise" in section.replace("without any noise of people", ""))
    assert told == [True, False]


# --- the same bytes ---------------------------------------------------------------------------


def test_a_folder_makes_the_page_again_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    write(again.face(read_result(folder), folder), tmp_path / "again")
    assert (tmp_path / "again" / "report.html").read_bytes() == (folder / "report.html").read_bytes()
    assert "report.html" in (read_sealed(folder) or {})["files"]


def test_the_page_knows_neither_terminal_nor_locale(
    ward: Result, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import locale

    made = read_sealed(folder) or {}
    for name, value in {"COLUMNS": "20", "TERM": "dumb", "NO_COLOR": "1", "LANG": "de_DE.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(locale, "localeconv", lambda: {"decimal_point": ",", "thousands_sep": "."})
    text = report.page(ward, ward.summary(), made)
    assert text.encode() == (folder / "report.html").read_bytes()


def test_seconds_and_places_stand_nowhere_in_it(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert str(folder) not in text and str(folder.parent) not in text


def test_a_finished_table_has_a_page_too_and_makes_it_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = "".join(
        f"{5000 + a:.3f},{5200 + b:.3f},{1 + c:.5f},{1.02 + c:.5f},{c:.5f}\n" for a, b, c in rng.normal(size=(40, 3))
    )
    file = tmp_path / "draws.csv"
    file.write_text("cost_<b>old,cost_new,effect_<b>old,effect_new,p\n" + rows, encoding="utf-8")
    found = evaluate(read_psa(file))
    folder = tmp_path / "out"
    write(evaluate_face.face(found, "none"), folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert {"answer", "ceac", "live", "left-out", "provenance"} <= set(page.ids()) and "b" not in page.texts
    assert "£" in text and page.data()["labels"] == ["<b>old", "new"]
    files = (read_sealed(folder) or {})["files"]
    write(again.face_of_table(read_evaluation(folder, files), folder), tmp_path / "again")
    assert (tmp_path / "again" / "report.html").read_text(encoding="utf-8") == text


def page_of_table(file: Path) -> str:
    face = evaluate_face.face(evaluate(read_psa(file)), "none")
    return report.page_of_table(evaluate(read_psa(file)), face.data, face.manifest)


def test_of_a_table_whose_effects_differ_alike_in_every_draw_no_plane_is_drawn(tmp_path: Path) -> None:
    for name, gained in (("flat", ("1.5", "1.5")), ("wide", ("1.5", "1.7"))):
        rows = "".join(f"{cost},{cost + 9},1,{gain}\n" for cost, gain in zip((5, 8), gained, strict=True))
        (tmp_path / f"{name}.csv").write_text("cost_old,cost_new,effect_old,effect_new\n" + rows, encoding="utf-8")
    flat, wide = (page_of_table(tmp_path / f"{name}.csv") for name in ("flat", "wide"))
    assert 'id="plane"' not in flat and 'id="plane"' in wide


# --- figures ----------------------------------------------------------------------------------


def test_the_worth_of_learning_is_that_of_voi() -> None:
    result = run(load("safewards"), draws=64, people=30, seed=2, variants=False)
    from simulate.result.voi import benefit

    names = ["c_bed_day", "rr_violence_safewards"]
    known = benefit(result, 500.0)
    ours = sensitivity._worths(material(result, result.summary(), {}), names, known)
    theirs = result.evppi(threshold=500.0).set_index("group")
    assert ours[1].value > 0
    for one in ours:
        assert (one.value, one.se) == pytest.approx(tuple(theirs.loc[one.name, ["evppi", "se"]]), rel=1e-12)


def test_a_straight_line_through_draws_finds_what_moves_an_outcome() -> None:
    x = np.random.default_rng(3).normal(size=(500, 3)) * [1, 1, 0] + [0, 5, 2]
    found = swings(["a", "b", "c"], x, 10 + 3 * x[:, 0] - 0.5 * x[:, 1])
    assert [s.name for s in found] == ["a", "b"]  # what never varies is left out
    assert found[0].at_high - found[0].at_low == pytest.approx(3 * (found[0].high - found[0].low))
    assert found[1].at_high < found[1].at_low
    alone = swings(["a"], x[:, :1], 2 * x[:, 0] + 1)[0]
    assert (alone.at_low, alone.at_high) == pytest.approx((2 * alone.low + 1, 2 * alone.high + 1))
    assert alone.se == pytest.approx(0, abs=1e-12) and swings(["a"], x[:3, :1], x[:3, 0]) == []
    with pytest.raises(ValueError, match="shape"):
        swings(["a", "b"], x, x[:, 0])


def test_nothing_is_credited_to_what_only_goes_together_with_another() -> None:
    generator = np.random.default_rng(5)
    a, noise = generator.normal(size=(2, 600))
    b = 0.7 * a + 0.7 * generator.normal(size=600)
    found = swings(["a", "b"], np.stack([a, b], axis=1), 2 * a + noise)
    assert [s.name for s in told_from_chance(found)] == ["a"]
    share = generator.uniform(size=600)
    whole = swings(["share", "rest", "a"], np.stack([share, 1 - share, a], axis=1), a + share)
    assert [s.name for s in whole] == ["a"]  # shares of one whole have no slope of their own


def test_chance_makes_a_list_in_twenty_and_not_two_bars_a_list() -> None:
    """400 lists of 30 parameters that move nothing: about 5% have a bar (standard error 1.1 points)."""
    generator = np.random.default_rng(7)
    names = [str(k) for k in range(30)]
    lists = [told_from_chance(swings(names, *drawn)) for drawn in _idle(generator, 400)]
    assert 0.02 < np.mean([len(bars) > 0 for bars in lists]) < 0.09


def _idle(generator: np.random.Generator, lists: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for _ in range(lists):
        yield generator.normal(size=(200, 30)), generator.normal(size=200)


def test_swings_of_prices_are_those_of_valuing_again_and_the_tornado_has_them() -> None:
    result = run(load("safewards"), draws=256, people=30, seed=2, variants=False)
    names = [n for n in result.drawn.names if n in result.seen()]
    found = {s.name: s for s in swings_of(result, names, 500.0, 1)}
    price = found["c_safewards_ward"]
    ends = []
    for end in np.quantile(result.drawn.column("c_safewards_ward"), [0.025, 0.975]):
        moved = result.value(prices={"c_safewards_ward": float(end)})
        worth = 500.0 * moved.effect - moved.cost
        ends.append(float((worth[:, 1] - worth[:, 0]).mean()))
    assert (price.at_low, price.at_high) == pytest.approx(tuple(ends), rel=1e-12)
    assert found["c_community_day"].at_high == found["c_community_day"].at_low  # it moves no difference
    assert found["rr_violence_safewards"].at_high < found["rr_violence_safewards"].at_low


@pytest.mark.parametrize(
    ("low", "high", "most", "told"),
    [
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3, 8, 6, [-2.5, 0, 2.5, 5, 7.5]),
        (5, 5, 6, []),
        (0, float("nan"), 6, []),
    ],
)
def test_ticks_are_round_and_within(low: float, high: float, most: int, told: list[float]) -> None:
    assert charts.ticks(low, high, most) == pytest.approx(told)


def test_no_two_arrows_of_a_side_share_a_lane() -> None:
    arrows = [
        charts.Arrow(0, 1, 1),
        charts.Arrow(0, 2, 2),
        charts.Arrow(1, 2, 3),
        charts.Arrow(2, 0, 4),
        charts.Arrow(3, 3, 5),
    ]
    lanes = charts._lanes(arrows)
    assert len({lanes[0], lanes[1]}) == len({lanes[1], lanes[2]}) == 2 and lanes[3] == lanes[4] == 0


def test_the_colours_are_those_of_the_figures() -> None:
    from simulate.present.figures.style import PALETTE

    style = (PAGE_FILES / "report.css").read_text(encoding="utf-8")
    assert re.findall(r"\.s\d \{ --c: (#\w+);", style) == [c.lower() for c in PALETTE]


def test_the_program_draws_on_the_same_paper() -> None:
    program = (PAGE_FILES / "page.js").read_text(encoding="utf-8")
    sizes = {n: getattr(charts, n) for n in ("WIDTH", "HEIGHT", "RIGHT", "TOP", "BOTTOM", "LETTER")}
    assert ", ".join(f"{n} = {v:g}" for n, v in sizes.items()) in program


def test_no_line_ends_behind_a_sign() -> None:
    assert unbroken("(-£4,890 to <534>) a-1") == '(<span class="u">-£4,890</span> to &lt;534&gt;) a-1'


# --- the command ------------------------------------------------------------------------------


MINE = {"model": "my.py", "content": {}}
READ = {"inputs": {"mine.toml": "ab"}}


@pytest.mark.parametrize(
    ("asked", "how", "told"),
    [
        ({"problem": "x", "draws": 8, "fixed": True, "exact": False, "cohort": None}, {}, "x --draws 8 --fixed"),
        ({"problem": "x", "variants": False, "implementation": 1.0}, {}, "x --no-variants --implementation 1"),
        ({"problem": "x", "variants": True, "changes": ["a=1", "$(b)=2"]}, {}, "x --set a=1 --set '$(b)=2'"),
        (
            {"problem": MINE, "parameters": [{"sha256": "ab"}, {"sha256": "cd"}]},
            READ,
            "my.py --parameters mine.toml --parameters FILE-cd",
        ),
    ],
)
def test_the_command_is_told_whole_and_nothing_of_where_it_went(asked: Any, how: Any, told: str) -> None:
    question = {"command": "run", **asked}
    assert provenance.command_of({"question": question, **how}) == f"recovery-cea run {told}"


def test_a_result_of_python_has_no_command(account: Result) -> None:
    assert provenance.command_of({"question": None}) == "" and "Made from Python" in report.page(account)


def test_the_command_of_a_folder_is_in_its_page(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "recovery-cea run safewards --draws 32 --no-variants" in text
