"""Targets of validation: a register of their own, how sure each is, and how independent of what is fitted."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from scipy import stats

from models import catalogue
from models.catalogue import problem, problem_ids
from models.contract import (
    CalibrationTarget,
    CountRatio,
    Ever,
    EverRatio,
    ModelError,
    PublishedResult,
    Rate,
    TrialFigure,
    When,
    parameter_names,
)
from models.measures import MeanTime
from parameters import PARAMETERS_DIR, InputError
from parameters.outcomes.intervals import Analysed, contrast_interval, interval_of, share_interval
from parameters.published import PUBLISHED, TARGETS, check_published, load_published, published_figures, targets
from simulate import load
from simulate.analyse.credibility.targets import TargetIndependence, fitted_sources, independence, names_fitted
from simulate.analyse.credibility.validate import aims_of
from simulate.ask.case import Case
from simulate.present.commands.inspection.check import check

Item = PublishedResult | TrialFigure


@cache
def case(name: str, setting: str) -> Case:
    return load(name, setting)


def told(found: Case) -> dict[str, Item]:
    trial = found.setting.trial.published if found.setting.trial is not None else ()
    items: list[Item] = [*found.setting.shown, *trial]
    return {item.id: item for item in items}


def entries() -> Iterator[tuple[str, Case, Item, str]]:
    """Every target under each of its settings, by strategy."""
    for name, record in targets().items():
        for setting in record.settings:
            found = case(record.problem, setting)
            yield from ((name, found, told(found)[name], strategy) for strategy in record.values)


@cache
def classes() -> dict[tuple[str, str, str], TargetIndependence]:
    return {(name, c.setting.name, s): independence(c, item, s) for name, c, item, s in entries()}


# --- the register -------------------------------------------------------------------------------


def test_there_are_as_many_targets_as_the_evidence_supports() -> None:
    assert len(targets()) >= 45 and len({t.problem for t in targets().values()}) >= 10
    required = {t.id for t in targets().values() if t.role == "required"}
    assert required == {"readmitted_tulloch", "restraint_restrain_yourself"}


def test_no_target_is_by_construction_and_all_else_is() -> None:
    put_in = {n: r for n, r in published_figures().items() if n not in targets()}
    assert not any(t.by_construction for t in targets().values())
    assert all(r.by_construction or r.status == "not_printed" for r in put_in.values())
    assert set(load_published(TARGETS)) == set(targets()) and set(load_published(PUBLISHED)) == set(put_in)


def test_a_target_is_handed_on_whole() -> None:
    for _, _, item, _ in entries():
        record = targets()[item.id]
        assert (item.role, item.miss, item.source) == (record.role, record.miss, record.source)
        if isinstance(item, PublishedResult):
            handed = (item.people, item.counts, item.sd, item.months, item.contrast, item.published)
            assert handed == (record.people, record.counts, record.sd, record.months, record.contrast, record.values)
            assert [item.interval(s) for s in item.published] == [record.interval(s) for s in record.values]


# Of a time as long as anybody likes: what is counted for each event, or for so much time.
AT_ANY_TIME = (Rate, CountRatio, EverRatio)
# Of a follow-up that was not printed, which its note says.
UNPRINTED = {"ever_violent_di_giacomo"}


def test_a_target_is_told_at_the_end_of_its_own_follow_up() -> None:
    off = set()
    for name, found, item, _ in entries():
        horizon = found.parameters[str(found.setting.horizon)].distribution.point
        unit = found.parameters[str(found.setting.horizon)].unit
        months = horizon * {"years": 12, "months": 1}[unit]
        anytime = isinstance(item, PublishedResult) and (isinstance(item.statistic, AT_ANY_TIME) or item.scale)
        if not anytime and targets()[name].months != pytest.approx(months):
            off.add(name)
    assert off == UNPRINTED


# --- what is no target ----------------------------------------------------------------------------

RECORD = """
[saving]
problem = "joint_crisis_plan"
settings = ["base"]
label = "Saving"
unit = "share"
values = { joint_crisis_plan = 0.5 }
source = "henderson_2004"
status = "published"
role = "watched"
"""


def wrong(folder: Path, text: str, name: str = "targets.toml") -> list[str]:
    path = folder / name
    path.write_text(text.lstrip("\n"), encoding="utf-8")
    return [str(p).removeprefix(f"{path}:") for p in check_published(path)]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("by_construction = true", "9: saving.by_construction: validates nothing; it belongs in published.toml"),
        ('contrast = "hazard_ratio"', "9: saving.contrast: 'hazard_ratio' is unknown"),
        ("values = { joint_crisis_plan = 1.5 }", "8: saving.values.joint_crisis_plan: 1.5 is no share"),
        ('contrast = "risk_ratio"', "5: saving.unit: share of a risk_ratio; allowed: ratio"),
        ("people = { joint_crisis_plan = 0 }", "9: saving.people.joint_crisis_plan: 0 is no number of people"),
        ("counts = { joint_crisis_plan = 4 }", "9: saving.counts.joint_crisis_plan: of nobody"),
        ("sd = { usual_care = 4 }", "9: saving.sd.usual_care: of nobody"),
        (
            "people = { joint_crisis_plan = 80 }\ncounts = { joint_crisis_plan = 81 }",
            "10: saving.counts.joint_crisis_plan: 81 of 80 people cannot be",
        ),
        (
            "people = { joint_crisis_plan = 80 }\ncounts = { joint_crisis_plan = 41 }",
            "10: saving.counts.joint_crisis_plan: 41 of 80 people is 0.512, not 0.5",
        ),
        ('people = { a = 1, b = 2, c = 3 }\ncontrast = "difference"', "9: saving.people: of a, b, c; a contrast is of"),
    ],
)
def test_what_is_wrong_with_a_target_is_told_with_its_line(tmp_path: Path, more: str, line: str) -> None:
    kept = RECORD.replace("values = { joint_crisis_plan = 0.5 }\n", "") if more.startswith("values") else RECORD
    text = kept.replace('role = "watched"\n', f'{more}\nrole = "watched"\n')
    assert [found for found in wrong(tmp_path, text) if found.startswith(line)], wrong(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('role = "watched"', "", "saving.role: missing; every target needs it: required or watched"),
        ('role = "watched"', 'role = "wanted"', "9: saving.role: 'wanted' is unknown"),
        ('"published"', '"assumed"\nnote = "x"', "saving.status: assumed is no target"),
        ('"published"', '"recalled"', "saving.note: missing; a figure that is recalled"),
        (
            '"published"\nrole = "watched"',
            '"recalled"\nnote = "x"\nrole = "required"',
            "10: saving.role: a figure that is recalled was not read: watched",
        ),
    ],
)
def test_what_makes_it_no_target_is_told(tmp_path: Path, old: str, new: str, line: str) -> None:
    found = wrong(tmp_path, RECORD.replace(old, new))
    assert [text for text in found if line in text], found


def test_every_error_of_both_files_is_told_at_once(tmp_path: Path) -> None:
    one, other = tmp_path / "published.toml", tmp_path / "targets.toml"
    one.write_text(RECORD, encoding="utf-8")
    other.write_text(RECORD + "[another]\nlabel = 3\n", encoding="utf-8")
    with pytest.raises(InputError) as fault:
        load_published(one, other)
    lines = [str(p) for p in fault.value.problems]
    for part in (
        f"{one}:10: saving.role: is of a target alone",
        "what nothing was fitted to is a target: targets.toml",
        f"{other}:2: saving: stands in published.toml too",
        "another.problem: missing",
    ):
        assert any(part in line for line in lines), (part, lines)


def test_check_reads_targets_too(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(RECORD.replace('role = "watched"', "colour = 3"), encoding="utf-8")
    errors = check([str(path)]).errors
    assert any(":10: saving.colour: unknown key" in line for line in errors)
    assert check([str(TARGETS)]).errors == ()


# --- how sure each is -----------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "people"), [(0, 20), (7, 70), (19, 73), (80, 80)])
def test_the_interval_of_a_share_is_wilsons(count: int, people: int) -> None:
    theirs = stats.binomtest(count, people).proportion_ci(method="wilson")
    assert share_interval(count, people) == pytest.approx((theirs.low, theirs.high))


def test_intervals_of_contrasts_are_those_printed() -> None:
    """Ratios of the Dutch trial and of EQOLISE as the evidence has them; Newcombe's own example, 56/70 less 48/80."""
    assert contrast_interval("risk_ratio", (18, 139), (19, 73)) == pytest.approx((0.28, 0.89), abs=0.005)
    assert contrast_interval("risk_ratio", (85, 156), (43, 156)) == pytest.approx((1.48, 2.65), abs=0.01)
    theirs = stats.contingency.odds_ratio([[49, 218], [56, 224]], kind="sample").confidence_interval()
    assert contrast_interval("odds_ratio", (49, 267), (56, 280)) == pytest.approx((theirs.low, theirs.high))
    assert contrast_interval("difference", (56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    low, high = contrast_interval("odds_ratio", (0, 10), (3, 10))
    assert 0 < low < high


def test_an_interval_comes_of_what_is_known_of_people() -> None:
    two = {"old": 100, "new": 50}
    sd = Analysed(two, {}, {"old": 10.0, "new": 5.0})
    found = interval_of("new", {"new": -3.0}, "difference", "days", sd)
    assert found is not None and found.by == "sd"
    assert found[:2] == pytest.approx((-3 - 1.96 * 1.5**0.5, -3 + 1.96 * 1.5**0.5), abs=1e-3)
    alone = interval_of("new", {"new": 4.0}, "value", "days", sd)
    assert alone is not None and alone.high - 4 == pytest.approx(1.96 * 5 / 50**0.5, abs=1e-3)
    share = interval_of("new", {"new": 0.1}, "value", "share", Analysed({"new": 70}, {}, {}))
    assert share is not None and share[:2] == pytest.approx(share_interval(7, 70))
    assert interval_of("new", {"new": 4.0}, "value", "days", Analysed({}, {}, {})) is None
    assert interval_of("new", {"new": 2.0}, "risk_ratio", "ratio", Analysed(two, {}, {})) is None


def test_a_printed_interval_stands_as_printed() -> None:
    found = targets()["cost_difference_henderson"].interval("joint_crisis_plan")
    assert found == (-5004, 2814, "printed")


# --- how independent each is ----------------------------------------------------------------------


def test_no_target_is_of_the_same_trial_and_outcome_as_what_is_fitted_but_for_the_dutch_pool() -> None:
    """Court orders and emergency measures are parts of the detentions that the pool with that trial in it is of.

    Quality of life by EQ-5D is of the people whom the spread of a utility was chosen on.
    """
    same = {k for k, v in classes().items() if v == "same trial, same outcome"}
    dutch = {(n, "netherlands_2014", "joint_crisis_plan") for n in DUTCH}
    assert same == {*dutch, ("qaly_year_impact", "base_after_one_year", "usual_care")} and len(DUTCH) == 8
    assert {targets()[n].role for n in (*DUTCH, "qaly_year_impact")} == {"watched"}


DUTCH = {n for n, t in targets().items() if t.source == "ruchlewska_2014"}


def test_a_part_of_what_a_pool_is_of_is_its_outcome_and_another_event_is_not() -> None:
    dutch = PublishedResult("x", Ever("court_order"), {}, "share", "ruchlewska_2014")
    told = "joint_crisis_plan", "netherlands_2014"
    assert under(*told, dutch, "joint_crisis_plan") == "same trial, same outcome"
    assert under(*told, replace(dutch, statistic=Ever("crisis")), "joint_crisis_plan") == "same trial, other outcome"
    assert under(*told, replace(dutch, source="papageorgiou_2002"), "joint_crisis_plan") == "same trial, same outcome"
    assert under(*told, replace(dutch, source="tinland_2022"), "joint_crisis_plan") == "other country"


def test_independence_is_worked_out_for_every_target() -> None:
    counts = Counter({(name, found) for (name, _, _), found in classes().items()})
    by_class = Counter(found for _, found in counts)
    assert by_class == {
        "same trial, same outcome": 9,
        "same trial, other outcome": 33,
        "other trial": 14,
        "other country": 3,
    }
    assert set(by_class) <= set(get_args(TargetIndependence))


def test_a_pool_that_names_its_trials_is_of_their_countries() -> None:
    sources = case("joint_crisis_plan", "base").parameters.sources
    pools = {n: s for n, s in sources.items() if s.pools}
    assert {n: len(s.pools) for n, s in pools.items()} == {
        "molyneaux_2019": 5,
        "molyneaux_2019_without_henderson": 4,
        "molyneaux_2019_without_crimson": 4,
    }
    for source in pools.values():
        assert set(source.countries) == {c for trial in source.pools for c in sources[trial].countries}


def test_how_many_people_the_trials_of_the_pool_have_tells_which_they_are() -> None:
    """941 people in three trials and 399 in two (Evidence Aid, 2020); randomised, as trials and a review count them."""
    randomised = {"henderson_2004": 160, "thornicroft_2013": 569, "ruchlewska_2014": 212}
    others = {"papageorgiou_2002": 161, "lay_2018": 238}
    pool = case("joint_crisis_plan", "base").parameters.sources["molyneaux_2019"].pools
    assert set(pool) == {*randomised, *others}
    assert (sum(randomised.values()), sum(others.values())) == (941, 399)


def named_unseen(found: Case, item: Item) -> set[str]:
    """Records that the figure rests on whose words name its source, which nothing fitted cites."""
    source = found.parameters.sources[item.source]
    author = source.authors.split(",")[0].split()[0]
    words = re.compile(rf"\b({source.id}|{re.escape(author)}( and [A-Z]\w+)?,? {source.year})\b")
    notes = {n: found.parameters[n].note or "" for n in names_fitted(found, item) if n in found.parameters}
    told = {n for n, note in notes.items() if words.search(note)}
    cited = {s.of_trial for s in fitted_sources(found, item)} | {
        t for s in fitted_sources(found, item) for t in s.pools
    }
    return set() if source.of_trial in cited else told


def test_no_words_of_what_is_fitted_name_a_target_that_its_sources_do_not() -> None:
    """A record chosen on a target's figure says so by `source` or `anchor`, or independence would not know."""
    assert {(name, found) for name, c, item, _ in entries() for found in named_unseen(c, item)} == set()
    _, c, item, _ = next(e for e in entries() if e[0] == "qaly_year_impact")
    record = c.parameters["u_stable"]
    records = {**c.parameters.records, "u_stable": replace(record, anchor=None)}
    silent = replace(c, parameters=replace(c.parameters, records=records))
    assert named_unseen(silent, item) == {"u_stable"}


def test_a_required_target_is_of_another_trial() -> None:
    required = {n for n, t in targets().items() if t.role == "required"}
    found = {v for (name, _, _), v in classes().items() if name in required}
    assert found <= {"other trial", "other country"}


def test_every_source_that_decides_it_has_a_country() -> None:
    lacking = {s.id for _, c, item, _ in entries() for s in fitted_sources(c, item) if not s.countries}
    records = next(entries())[1].parameters.sources
    assert lacking == set() and [t.source for t in targets().values() if not records[t.source].countries] == []


def under(name: str, setting: str, item: PublishedResult, strategy: str) -> str:
    return independence(case(name, setting), item, strategy)


HENDERSON = ("joint_crisis_plan", "henderson_2004")
DAYS = {"usual_care": 31.0, "joint_crisis_plan": 14.0}


def of_henderson(statistic: object, **more: object) -> PublishedResult:
    return PublishedResult("x", statistic, DAYS, "days", "henderson_2004", **more)  # type: ignore[arg-type]


def test_what_follows_from_what_is_fitted_is_the_same_outcome() -> None:
    """The control arm's days: the share admitted, detained of them, and days of each are all solved for."""
    detained, inpatient = When(care="detained"), When(care=("informal", "detained"))
    for statistic in (MeanTime(detained), MeanTime(inpatient), MeanTime(inpatient, per_ever="admission")):
        found = [under(*HENDERSON, of_henderson(statistic), s) for s in DAYS]
        assert found == ["same trial, same outcome", "same trial, other outcome"]
    fitted = of_henderson(MeanTime(When(care="informal")))
    assert under(*HENDERSON, fitted, "joint_crisis_plan") == "same trial, same outcome"
    assert under("joint_crisis_plan", "henderson_2004_predicted", fitted, "joint_crisis_plan").endswith("other outcome")


def test_a_hazard_or_a_ratio_of_the_trial_tells_what_it_acts_on() -> None:
    restraint = Rate("restraint", When(care=("informal", "detained")))
    item = PublishedResult("x", restraint, {}, "per_1000_days", "hscic_2015")
    assert under("safewards", "england", item, "usual_ward") == "same trial, same outcome"
    assert under("safewards", "england", replace(item, contrast="risk_ratio"), "safewards").endswith("other outcome")
    theirs = replace(item, source="bowers_2015", contrast="risk_ratio")
    assert under("safewards", "england", theirs, "safewards") == "same trial, same outcome"
    assert under("safewards", "england", replace(theirs, contrast="value"), "usual_ward").endswith("other outcome")


def test_a_saving_that_was_put_in_is_the_same_outcome() -> None:
    flood = PublishedResult("x", "cost", {}, "GBP", "flood_2006", contrast="difference")
    assert under("joint_crisis_plan", "trial_costs", flood, "joint_crisis_plan") == "same trial, same outcome"
    assert under(*HENDERSON, flood, "joint_crisis_plan") == "same trial, other outcome"
    gain = PublishedResult("x", "effect", {}, "count", "forder_2012", contrast="difference")
    assert under("personal_health_budgets", "england", gain, "personal_health_budgets") == "same trial, same outcome"


@pytest.mark.parametrize(
    ("source", "found"),
    [("thornicroft_2013", "same trial, other outcome"), ("ruchlewska_2014", "same trial, other outcome")],
)
def test_a_trial_that_was_pooled_is_no_other_trial(source: str, found: str) -> None:
    item = replace(of_henderson(Rate("police_contact", When())), source=source)
    assert under("joint_crisis_plan", "base", item, "joint_crisis_plan") == found


def test_another_country_is_none_of_those_fitted() -> None:
    french = PublishedResult("x", Rate("job_loss", When(work="employed")), {}, "per_year", "tinland_2021")
    dutch = replace(french, source="ruchlewska_2014")
    ips, usual = "individual_placement_and_support", "usual_vocational_services"
    assert under(ips, "japan", french, usual) == under(ips, "eqolise", french, usual) == "other country"
    assert under(ips, "england_pooled", french, usual) == "other trial"  # several countries pooled, not named
    assert under(ips, "eqolise", dutch, usual) == "other trial"  # one of its centres


# --- no calibration reads one ---------------------------------------------------------------------


def test_no_parameter_has_the_name_of_a_published_result() -> None:
    files = [*PARAMETERS_DIR.glob("*.toml"), *PARAMETERS_DIR.glob("interventions/*.toml")]
    skip = {"sources.toml", "price_index.toml", "claims.toml", PUBLISHED.name, TARGETS.name}
    names = {n for f in files if f.name not in skip for n in tomllib.loads(f.read_text(encoding="utf-8"))}
    assert names and not names & set(published_figures())


def test_no_setting_is_solved_from_a_published_result() -> None:
    read = {n for name in problem_ids() for s in problem(name).settings for n in parameter_names(s.targets)}
    assert read and not read & set(published_figures())


def test_what_is_assumed_is_of_the_trial_that_anchors_it() -> None:
    """How unlike people are in finding work was chosen on the Swiss trial."""
    swiss = PublishedResult("x", Rate("job_loss", When(work="employed")), {}, "per_year", "hoffmann_2014")
    ips = "individual_placement_and_support"
    assert under(ips, "japan", swiss, ips) == "same trial, other outcome"


def test_a_calibration_that_reads_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = problem("joint_crisis_plan")
    first = found.settings[0]
    target: CalibrationTarget = replace(first.targets[0], published="detained_papageorgiou")
    taught = replace(found, settings=(replace(first, targets=(target, *first.targets[1:])), *found.settings[1:]))
    with pytest.raises(
        ModelError, match="setting base is solved from detained_papageorgiou, which is a published result"
    ):
        catalogue._check_published(taught)


def test_no_problem_reads_the_files_of_published_results() -> None:
    assert not {f for name in problem_ids() for f in problem(name).parameter_files} & {PUBLISHED.name, TARGETS.name}


def test_a_setting_is_not_judged_by_what_it_was_made_with_in_sight() -> None:
    """Voluntary days were fitted under henderson_2004 after the difference in cost had been seen."""
    seen = {(n, s) for n, t in targets().items() for s in t.seen_under}
    assert ("cost_difference_henderson", "henderson_2004") in seen
    judged = {(aim.item.id, aim.case.setting.name) for aim in aims_of(["joint_crisis_plan"])}
    assert not seen & judged and ("cost_difference_henderson", "henderson_2004_predicted") in judged
    shown = {x.id for x in problem("joint_crisis_plan").setting("henderson_2004").shown}
    assert "cost_difference_henderson" in shown
