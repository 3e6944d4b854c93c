"""The register of the briefing's claims: read, checked, and answered with figures that are computed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.catalogue import problem as find_problem
from models.contract import ModelError, PublishedResult, Setting, parameter_names
from models.shared.claims import Answer, Claim, Figure, FigureKind, Independence, Read
from parameters import PARAMETERS_DIR, InputError, ParameterSet
from parameters import Problem as InputProblem
from parameters import load as load_parameters
from parameters.arrays import Floats
from parameters.sampling import sample
from simulate.ask.case import load
from simulate.engine.progress import StageProgress, silent
from simulate.evaluate.decision import acceptability
from simulate.evaluate.uncertainty.precision import mean_and_interval
from simulate.result.result import Result
from simulate.result.scales import times_of
from simulate.running.running import run

FILE = PARAMETERS_DIR / "claims.toml"
DRAWS, PEOPLE, POINT_PEOPLE = 256, 200, 20_000


class _Figure(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    kind: FigureKind
    name: str = ""
    strategy: str = ""
    threshold: float = 0.0
    perspective: str = ""
    effect: str = ""
    by: str = ""
    scale: str = ""
    times: float = 1.0


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    source: str
    words: str


class _Claim(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    challenge: int = Field(ge=1, le=10)
    claim: str = Field(min_length=1)
    status: Answer
    published: str = ""
    value: float | None = None
    unit: str = ""
    problem: str = ""
    setting: str = ""
    figure: _Figure | None = None
    reason: str = ""
    source: str = ""
    independence: Independence = ""
    read: _Read | None = None


@dataclass(frozen=True)
class Answered:
    """A claim with our figure, which is None where there is none to compute."""

    claim: Claim
    value: float | None
    low: float | None
    high: float | None

    def row(self) -> dict[str, Any]:
        """As ``recovery-cea claims --json`` prints it."""
        c = self.claim
        ours = None if self.value is None else {"value": self.value, "low": self.low, "high": self.high, "unit": c.unit}
        return {
            "id": c.id,
            "challenge": c.challenge,
            "claim": c.claim,
            "status": c.status,
            "points_to": c.points_to,
            "published": c.published,
            "published_value": c.value,
            "ours": ours,
            "reason": c.reason,
            "read": None if c.read is None else {"source": c.read.source, "words": c.read.words},
        }


def read_claims(path: Path = FILE) -> tuple[Claim, ...]:
    """Every claim of the register, in its order; ``InputError`` with every error at once."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    found, wrong = [], []
    for name, entry in data.items():
        try:
            read = _Claim.model_validate(entry)
            figure = None if read.figure is None else Figure(**read.figure.model_dump())
            words = None if read.read is None else Read(**read.read.model_dump())
            found.append(Claim(id=name, **{**read.model_dump(), "figure": figure, "read": words}))
        except ValidationError as fault:
            for error in fault.errors():
                key = ".".join(str(p) for p in (name, *error["loc"]))
                wrong.append(InputProblem(str(path), 0, key, error["msg"]))
        except ModelError as fault:
            wrong.append(InputProblem(str(path), 0, name, str(fault)))
    if wrong:
        raise InputError(wrong)
    return tuple(found)


def dangling(claims: Iterable[Claim]) -> list[str]:
    """Answers that point at nothing that runs: an unknown problem, setting, strategy, figure or parameter."""
    return [f"{c.id}: {text}" for c in claims for text in _dangling(c)]


def _dangling(claim: Claim) -> Iterable[str]:
    if claim.read is not None and claim.read.source not in _records().sources:
        yield f"read.source {claim.read.source!r} is in no bibliography"
    if claim.problem:
        try:
            problem = find_problem(claim.problem)
            setting = problem.setting(claim.setting) if claim.setting else problem.settings[0]
        except ModelError as fault:
            yield str(fault)
            return
        if claim.id not in problem.claims:
            yield f"{problem.id} does not list it among its claims"
        figure = claim.figure
        if figure is None:
            return
        strategies = [s.id for s in problem.under(setting).strategies]
        if figure.strategy and figure.strategy not in strategies:
            yield f"strategy {figure.strategy!r} is not compared by {problem.id}, setting {setting.name}"
        known = {
            "target": [t.unknown for t in setting.targets],
            "shown": [s.label for s in setting.shown],
            "breakeven": [b.parameter for b in problem.breakevens],
            "parameter_product": list(_records()),
        }.get(figure.kind)
        if known is not None and figure.name not in known:
            yield f"{figure.kind} {figure.name!r} is none of {', '.join(known) or 'none'}"
        told = {s.label: s for s in setting.shown}.get(figure.name)
        if claim.status == "reproduced":
            yield from _fitted(setting, told)
        went_in = told is None or figure.kind != "shown" or told.by_construction
        if claim.status == "by_construction" and not went_in:
            yield f"{figure.name!r} was not put in by its own record: not by_construction"
        for what, name, allowed in (
            ("scale", figure.scale, [s.name for s in problem.scales]),
            ("perspective", figure.perspective, [p.name for p in problem.perspectives]),
            ("effect", figure.effect, [e.name for e in problem.effects]),
            ("by", figure.by, list(_records())),
        ):
            if name and name not in allowed:
                yield f"{what} {name!r} is unknown to {problem.id}"
    if claim.figure is not None and claim.figure.kind == "parameter" and claim.figure.name not in _records():
        yield f"parameter {claim.figure.name!r} has no record"


def _fitted(setting: Setting, told: PublishedResult | None) -> Iterable[str]:
    """Why a figure cannot be called reproduced: what went in, or other figures of the same people, come out."""
    if told is None:
        yield "reproduced needs a published result of the setting, whose source is known"
    elif told.by_construction:
        yield f"{told.label!r} comes out as it went in: by_construction, not reproduced"
    else:
        names = parameter_names((setting.targets, setting.given))
        used = {_records()[n].source for n in names if n in _records()}
        for source in sorted(s for s in used if _of_trial(s) == _of_trial(told.source)):
            yield f"{told.label!r} is of {told.source}, and {source} is fitted or given: not reproduced"


def _of_trial(source: str) -> str:
    """The trial that a source reports; a source of no bibliography is one by itself."""
    found = _records().sources.get(source)
    return source if found is None else found.of_trial


@lru_cache(maxsize=1)
def _records() -> ParameterSet:
    files = [*PARAMETERS_DIR.glob("*.toml"), *PARAMETERS_DIR.glob("interventions/*.toml")]
    skip = {"sources.toml", "price_index.toml", "claims.toml", "published.toml", "targets.toml"}
    return load_parameters(sorted(f for f in files if f.name not in skip))


def answer(
    claims: Sequence[Claim], *, threads: int | None = None, progress: StageProgress | None = None
) -> list[Answered]:
    """Each claim with our figure: one run of each problem and setting that figures come from."""
    tell = progress or silent
    runs = _Runs(threads)
    found = []
    for i, claim in enumerate(claims):
        tell("answering claims", i, len(claims))
        found.append(Answered(claim, *_figure(claim, runs)))
    return found


class _Runs:
    """Runs by problem and setting, each made once."""

    def __init__(self, threads: int | None):
        self._threads = threads
        self._kept: dict[tuple[str, str, bool], Result] = {}

    def of(self, claim: Claim, *, fixed: bool) -> Result:
        """At the point estimates, or with parameter draws."""
        key = (claim.problem, claim.setting, fixed)
        if key not in self._kept:
            case = load(claim.problem, claim.setting or None)
            people = POINT_PEOPLE if fixed else PEOPLE
            self._kept[key] = run(case, fixed=fixed, draws=1 if fixed else DRAWS, people=people, threads=self._threads)
        found = self._kept[key]
        figure = claim.figure
        if figure is not None and (figure.perspective or figure.effect):
            return found.value(perspective=figure.perspective or None, effect=figure.effect or None)
        return found


Numbers = tuple[float | None, float | None, float | None]
NOTHING: Numbers = (None, None, None)


def _figure(claim: Claim, runs: _Runs) -> Numbers:
    figure = claim.figure
    if figure is None:
        return NOTHING
    if figure.kind == "parameter":
        record = _records()[figure.name]
        return _times((record.distribution.point, *record.distribution.interval95()), figure.times)
    if figure.kind == "parameter_product":
        case = load(claim.problem, claim.setting or None)
        drawn = sample(
            case.parameters, case.names(), DRAWS, seed=1
        )  # those that a run would have: nothing is simulated
        return _times(_described(drawn.column(figure.name) * drawn.column(figure.by)), figure.times)
    if figure.kind in ("target", "shown"):
        return _times(_at_the_point(figure, runs.of(claim, fixed=True)), figure.times)
    return _times(_drawn(figure, runs.of(claim, fixed=False)), figure.times)


def _times(numbers: Numbers, times: float) -> Numbers:
    value, low, high = (None if x is None else x * times for x in numbers)
    return (value, high, low) if times < 0 else (value, low, high)


def _at_the_point(figure: Figure, result: Result) -> Numbers:
    if figure.kind == "target":
        targets = [t.unknown for t in result.calibration.targets]
        return float(result.calibration.achieved[targets.index(figure.name)]), None, None
    row = next(r for r in result.published_beside_ours() if r["label"] == figure.name)
    strategy = figure.strategy or list(row["simulated"])[-1]
    return row["simulated"][strategy], None, None


def _drawn(figure: Figure, result: Result) -> Numbers:
    i = result.strategies.index(figure.strategy) if figure.strategy else len(result.strategies) - 1
    if figure.kind == "return":
        total = result.return_on_investment(result.strategies[i]).iloc[-1]
        return float(total["per_pound"]), float(total["per_pound_low"]), float(total["per_pound_high"])
    times = _scale(figure, result)
    d_cost, d_effect = (x[:, i] * times[:, i] - x[:, 0] * times[:, 0] for x in (result.cost, result.effect))
    if figure.kind == "cost_difference":
        return _described(d_cost)
    if figure.kind == "saving":
        return _described(-d_cost)
    if figure.kind == "effect_difference":
        return _described(d_effect)
    if figure.kind == "cost_ratio":
        return _ratio(result.cost[:, i], result.cost[:, 0])
    if figure.kind == "effect_ratio":
        return _ratio(result.effect[:, i], result.effect[:, 0])
    if figure.kind == "icer":
        return float(d_cost.mean() / d_effect.mean()), None, None
    if figure.kind == "breakeven":
        row = next(r for r in result.breakeven() if r["parameter"] == figure.name)
        return row["value"], row["low"], row["high"]
    if result.strategies[i] in result.withheld.strategies:
        raise ModelError(f"{result.case.problem.id}: a probability, and {result.withheld.probability}")
    at = 0.0 if figure.kind == "p_cost_saving" else figure.threshold
    two = [0, i]
    return float(acceptability.ceac(result.cost[:, two], result.effect[:, two], [at])[0, 1]), None, None


def _scale(figure: Figure, result: Result) -> Floats:
    """How many people the figure is told for, [draws, strategies]."""
    if not figure.scale:
        return np.ones(result.cost.shape)
    return times_of(result, next(s for s in result.case.problem.scales if s.name == figure.scale))


def _described(values: Floats) -> Numbers:
    found = mean_and_interval(values)
    return found["mean"], found["low"], found["high"]


def _ratio(above: Floats, below: Floats) -> Numbers:
    """Of the means, with the interval of the ratio over draws."""
    found = mean_and_interval(above / below)
    return float(above.mean() / below.mean()), found["low"], found["high"]
