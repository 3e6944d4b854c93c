"""Every published result that nothing was fitted to, beside what virtual trials of its size find.

A target is inside where the published figure lies in the 95% prediction interval: the spread of virtual trials, each
with a draw of the parameters and people of its own, as many as were analysed. It holds what the model leaves open of
its parameters and what chance does to one trial; the published interval, which tells of that chance too, is shown
beside it and not counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from models.catalogue import problem as find_problem
from models.catalogue import problem_ids
from models.contract import ModelError, PublishedResult, Setting, TrialFigure, check_one_of
from models.shared.claims import Claim
from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes, short
from parameters.outcomes.candidates import Candidate, candidates
from parameters.published import PublishedFigures, published_figures
from parameters.units import FIGURE_SCALES
from simulate.analyse.credibility.claims import read_claims
from simulate.analyse.credibility.targets import TargetIndependence, independence
from simulate.analyse.credibility.validation.arms import Trials
from simulate.analyse.credibility.validation.counting import WIDE, counts
from simulate.analyse.credibility.validation.figures import predicted, predicted_of_trial
from simulate.analyse.credibility.validation.prediction import LEVEL, LEVELS, Prediction, check_draws
from simulate.ask.case import Case, load
from simulate.ask.options import check_sizes
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.progress import StageProgress, silent
from simulate.evaluate.uncertainty.precision import number_or_none
from simulate.process.shown import Finding

if TYPE_CHECKING:
    import pandas as pd

KINDS: tuple[TargetIndependence, ...] = get_args(TargetIndependence)
DRAWS, PEOPLE = 1024, 4000  # virtual trials; people of an arm, at least, where nobody knows how many were analysed


@dataclass(frozen=True, repr=False)
class Aim(Brief):
    """A target as one setting shows it, under one strategy."""

    case: Case
    item: PublishedResult | TrialFigure
    strategy: str
    value: float
    low: float | None  # of its 95% interval, as printed or worked out of people
    high: float | None


@dataclass(frozen=True, repr=False)
class Validated(Brief):
    """A target and what virtual trials find of it, in the unit it was published in."""

    aim: Aim
    claim: str | None
    independence: TargetIndependence
    prediction: Prediction

    @property
    def target(self) -> str:
        """The target's id."""
        return self.aim.item.id

    @property
    def trial(self) -> str:
        """Whose people it is of: the source of the trial."""
        return self.aim.case.parameters.sources[self.aim.item.source].of_trial

    @property
    def inside(self) -> bool:
        """Whether the published figure lies in our 95% prediction interval."""
        return self.holds(LEVEL)

    def holds(self, level: float) -> bool:
        """Whether it lies in that of this level; of more than a figure, whether the interval reaches above it."""
        if self.aim.item.bound == "above":
            return self.prediction.interval(level)[1] > self.aim.value
        return self.prediction.holds(self.aim.value, level)

    @property
    def z(self) -> float | None:
        """How far it lies from ours, in standard deviations of the trials; 0 where ours is more, as was printed."""
        z = self.prediction.z(self.aim.value)
        return max(z, 0.0) if z is not None and self.aim.item.bound == "above" else z

    @property
    def decisive(self) -> bool:
        """Whether it could well have been missed: it is no share of which our interval holds most that there is."""
        low, high = self.prediction.interval()
        return not (self._record.unit == "share" and high - low > WIDE)

    @property
    def _record(self) -> PublishedFigures:
        return published_figures()[self.aim.item.id]

    @property
    def overlaps(self) -> bool | None:
        """Whether that interval and the published one have anything in common; None where there is no published one."""
        if self.aim.low is None or self.aim.high is None:
            return None
        low, high = self.prediction.interval()
        return low <= self.aim.high and self.aim.low <= high

    @property
    def covered(self) -> bool | None:
        """Whether the published interval holds the mean of ours; None where there is no published one."""
        return (
            None
            if self.aim.low is None or self.aim.high is None
            else self.aim.low <= self.prediction.value <= self.aim.high
        )

    @property
    def people(self) -> dict[str, int]:
        """How many were analysed, by strategy; empty where nobody knows."""
        item, trial = self.aim.item, self.aim.case.setting.trial
        return dict(item.people) if isinstance(item, PublishedResult) else dict(trial.arms if trial else {})

    def row(self) -> dict[str, Any]:
        """As ``recovery-cea validate --json`` prints it."""
        aim, found = self.aim, self.prediction
        low, high = map(number_or_none, found.interval())
        return {
            "target": aim.item.id,
            "claim": self.claim,
            "problem": aim.case.problem.id,
            "setting": aim.case.setting.name,
            "role": aim.item.role,
            "independence": self.independence,
            "published": {"value": aim.value, "low": aim.low, "high": aim.high},
            "simulated": {"value": number_or_none(found.value), "low": low, "high": high, "mcse": found.mcse},
            "inside": self.inside,
            "z": self.z,
            "strategy": aim.strategy,
            "label": aim.item.label,
            "bound": aim.item.bound,
            "unit": self._record.unit,
            "price_year": self._record.price_year or None,
            "price_year_assumed": self._record.price_year_assumed,
            "old_prices": _is_of_old_prices(self._record),
            "source": aim.item.source,
            "trial": self.trial,
            "decisive": self.decisive,
            "sampling": found.sampling,
            "people": self.people,
            "overlaps": self.overlaps,
            "covered": self.covered,
            "rank": found.rank(aim.value),
            "levels": {f"{level:.0%}": self.holds(level) for level in LEVELS},
            "miss": None if self.inside else aim.item.miss,
        }


@dataclass(frozen=True, repr=False)
class Validation(Brief, Finding):
    """What ``validate`` found: a row a target, setting and strategy."""

    rows: tuple[Validated, ...]
    without: tuple[str, ...]  # problems that have no target
    draws: int
    people: int  # of an arm where nobody knows how many were analysed
    seed: int
    asked_people: int = PEOPLE
    not_taken: tuple[Candidate, ...] = ()  # of the problems asked for: what was looked at and is no target
    whole: bool = False  # whether all of the catalogue was asked for

    @property
    def failed(self) -> tuple[Validated, ...]:
        """Required targets that are missed."""
        return tuple(r for r in self.rows if r.aim.item.role == "required" and not r.inside)

    @property
    def asked_for_fewer(self) -> bool:
        """Whether more people were simulated than were asked for, where nobody knows how many were analysed."""
        return self.people > self.asked_people

    def counts(self) -> dict[str, Any]:
        """How many figures there are and how many of them lie inside our intervals, as ``counting`` says."""
        return counts(self.rows)

    def by_independence(self) -> list[dict[str, Any]]:
        """``counts`` of each kind."""
        return [{"independence": kind, **counts([r for r in self.rows if r.independence == kind])} for kind in KINDS]

    def by_trial(self) -> list[dict[str, Any]]:
        """``counts`` of each trial or other source, those with most targets first."""
        found = [
            {"trial": trial, **counts([r for r in self.rows if r.trial == trial])}
            for trial in sorted({r.trial for r in self.rows})
        ]
        return sorted(found, key=lambda row: -row["targets"])

    def summary(self) -> list[dict[str, Any]]:
        """A row each, as plain data: what ``recovery-cea validate --json`` prints."""
        return [r.row() for r in self.rows]

    def table(self) -> pd.DataFrame:
        """A row a target, setting and strategy; what a value holds has a column each, such as ``published_low``."""
        import pandas as pd

        return pd.DataFrame([_flat(row) for row in self.summary()])


@on_one_thread
def validate(
    wanted: str | Sequence[str] = (),
    *,
    setting: str | None = None,
    draws: int = DRAWS,
    people: int = PEOPLE,
    seed: int = 1,
    threads: int | None = None,
    progress: StageProgress | None = None,
) -> Validation:
    """The targets of these problems, or those of these ids, or all, each beside `draws` virtual trials.

    `people`, or `PEOPLE` if these are more, are an arm's where nobody knows how many were analysed: so many that chance
    between them can be told and taken out. Figures are in the unit they were published in, intervals between order
    statistics (Wilks 1941, doi 10.1214/aoms/1177731788): ``table()`` has a row a target, setting and strategy,
    ``by_independence()`` and ``by_trial()`` how many lie inside, ``failed`` the required ones that are missed.
    ``ModelError`` with everything wrong: an id or a setting that there is not, a size that is none, too few `draws`;
    ``InputError`` when a file is not sound.
    """
    wanted = [wanted] if isinstance(wanted, str) else wanted
    aims = checked_aims(wanted, setting, draws=draws, people=people, seed=seed)
    asked_people, people = people, max(people, PEOPLE)
    claims, found, trials = read_claims(), [], None
    for aim in aims:
        if trials is None or trials.case is not aim.case:
            trials = Trials.of(
                aim.case, draws=draws, people=people, seed=seed, threads=threads, progress=progress or silent
            )
        item = aim.item
        prediction = (
            predicted(trials, item, aim.strategy)
            if isinstance(item, PublishedResult)
            else predicted_of_trial(trials, item)
        )
        found.append(Validated(aim, _claim(claims, aim), independence(aim.case, aim.item, aim.strategy), prediction))
    with_targets = {aim.case.problem.id for aim in aims}
    asked_for = [p for p in problem_ids() if not wanted or p in wanted]
    without = tuple(p for p in asked_for if p not in with_targets)
    not_taken = tuple(c for c in candidates() if c.problem in asked_for)
    return Validation(tuple(found), without, draws, people, seed, asked_people, not_taken, not wanted)


def checked_aims(wanted: Sequence[str], setting: str | None, *, draws: int, people: int, seed: int) -> list[Aim]:
    """Those of ``aims_of``; every mistake at once."""
    if not isinstance(wanted, Sequence):
        raise ModelError(f"validate: {short(wanted)}; allowed: ids of problems of the catalogue, or of targets")
    mistakes, found = Mistakes(), list[Aim]()
    with mistakes.among():
        check_sizes(draws, people, seed)
        check_draws(draws)
    with mistakes.among():
        found = aims_of(wanted, setting)
    mistakes.tell()
    return found


def aims_of(wanted: Sequence[str] = (), setting: str | None = None) -> list[Aim]:
    """The targets of these problems, or those of these ids, or all of the catalogue; of one `setting` if said."""
    targets = {name for name, record in published_figures().items() if record.role is not None}
    mistakes, allowed = Mistakes(), [*problem_ids(), *sorted(targets)]
    for name in wanted:
        with mistakes.among():
            check_one_of(name, allowed, "validate")
    known = [n for n in wanted if n in allowed]
    problems = {published_figures()[n].problem if n in targets else n for n in known} or set(problem_ids())
    settings = [(p, s) for name in sorted(problems) for p in [find_problem(name)] for s in p.settings]
    if setting is not None:
        with mistakes.among():
            check_one_of(setting, sorted({s.name for _, s in settings}), "setting")
        settings = [(p, s) for p, s in settings if s.name == setting]
    mistakes.tell()
    ids = {n for n in wanted if n in targets}
    found = [
        aim
        for p, s in settings
        if any(targets_of(s))
        for aim in _aims(load(p.id, s.name))
        if aim.item.id in ids or not ids or p.id in wanted
    ]
    if ids and not found:
        told = ", ".join(sorted({s for n in ids for s in published_figures()[n].settings}))
        raise ModelError(f"setting: {setting} shows none of {', '.join(sorted(ids))}; allowed: {told}")
    return found


def _is_of_old_prices(record: PublishedFigures) -> bool:
    """Whether it is money of a year that nobody printed, so that ours of today stands beside it as it is."""
    return bool(FIGURE_SCALES[record.unit].currency) and not record.price_year


def targets_of(setting: Setting) -> Iterator[PublishedResult | TrialFigure]:
    """The targets that a setting shows, and was not made with in sight."""
    of_trial = () if setting.trial is None else setting.trial.published
    told: tuple[PublishedResult | TrialFigure, ...] = (*setting.shown, *of_trial)
    known = published_figures()
    yield from (x for x in told if x.role is not None and not (x.id and setting.name in known[x.id].seen_under))


def _aims(case: Case) -> Iterator[Aim]:
    for item in targets_of(case.setting):
        if isinstance(item, PublishedResult):
            for strategy, value in item.published.items():
                between = item.interval(strategy)
                ends = (None, None) if between is None else (between.low, between.high)
                yield Aim(case, item, strategy, value, *ends)
        else:
            record = published_figures()[item.id]
            strategy = next(iter(record.values))
            between = record.interval(strategy)
            ends = (None, None) if between is None else (between.low, between.high)
            yield Aim(case, item, strategy, item.value, *ends)


def _claim(claims: Iterable[Claim], aim: Aim) -> str | None:
    """The claim whose figure of ours is the one that the target is held against."""
    problem, setting = aim.case.problem, aim.case.setting
    for claim in claims:
        mine = claim.problem == problem.id and (claim.setting or problem.settings[0].name) == setting.name
        if mine and claim.figure is not None and _same(claim, aim):
            return claim.id
    return None


def _same(claim: Claim, aim: Aim) -> bool:
    """Whether a claim's figure is of the target: by its label, or a difference in cost or a probability as published.

    A trial's probability is the claim's at its threshold, or where none was printed, by the figure itself.
    """
    figure, item, setting = claim.figure, aim.item, aim.case.setting
    assert figure is not None
    if figure.kind == "shown":
        return figure.name == item.label and figure.strategy in ("", aim.strategy)
    if (figure.perspective or setting.perspective) != (getattr(item, "perspective", "") or setting.perspective):
        return False
    if isinstance(item, PublishedResult):
        told = item.statistic == "cost" and item.contrast == "difference"
        return told and figure.kind in ("cost_difference", "saving")
    if item.kind != "probability" or not figure.kind.startswith("p_cost"):
        return False
    threshold = 0.0 if figure.kind == "p_cost_saving" else figure.threshold
    return threshold == item.threshold or claim.value == item.value


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "people":
            flat[name] = "; ".join(f"{s}: {n}" for s, n in value.items())
        elif isinstance(value, dict):
            prefix = "inside" if name == "levels" else name
            flat |= {f"{prefix}_{key.rstrip('%')}": x for key, x in value.items()}
        else:
            flat[name] = value
    return flat
