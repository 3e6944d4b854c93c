"""Scenarios: named sets of changes, read from a file, each run with the same people and draws as the base case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from models.contract import DecisionProblem, ModelError, Quantity, Variant
from parameters import InputError
from parameters import Problem as InputProblem
from parameters.ground.brief import Brief
from parameters.ground.spoken import option
from parameters.toml_files import TomlFile, translated
from parameters.units import ANNUAL_RATE, NOT_NEGATIVE, POSITIVE, UNITS, Range
from simulate.analyse.sweep.comparison_rows import comparisons
from simulate.ask.asked import Asked, ask
from simulate.ask.case import Case, load
from simulate.ask.options import DRAWS, PEOPLE
from simulate.ask.own.model import OwnModel
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.process.shown import Finding
from simulate.result.judgement import chosen_threshold, refuse_judgement
from simulate.result.plain import rows_of
from simulate.result.result import Result
from simulate.running.forecast import refuse_unaffordable
from simulate.running.known import Known
from simulate.running.running import simulated

if TYPE_CHECKING:
    import pandas as pd

BASE = "base"


def _within(allowed: Range) -> AfterValidator:
    """The same check as of a setting, a problem or an option."""

    def check(value: float) -> float:
        if (text := allowed.refusal(value)) is not None:
            raise PydanticCustomError("range", "{text}", {"text": text})
        return value

    return AfterValidator(check)


class _Scenario(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    label: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    setting: str | None = None
    perspective: str | None = None
    effect: str | None = None
    variant: str | None = None
    set: dict[str, float] = Field(default_factory=dict)
    parameters: list[str] = Field(default_factory=list)
    horizon: Annotated[float, _within(POSITIVE)] | None = None
    discount: Annotated[float, _within(ANNUAL_RATE)] | None = None
    discount_costs: Annotated[float, _within(ANNUAL_RATE)] | None = None
    discount_effects: Annotated[float, _within(ANNUAL_RATE)] | None = None
    wtp: Annotated[float, _within(NOT_NEGATIVE)] | None = None


@dataclass(frozen=True, repr=False)
class Scenario(Brief):
    """One named set of changes, ready to run.

    `case` is what engine parameters are solved for; `asked` has the same with the horizon and discounting simulated.
    """

    name: str
    label: str
    reason: str
    case: Case
    asked: Asked
    variant: Variant | None
    threshold: float | None


@dataclass(frozen=True, eq=False, repr=False)
class Scenarios(Brief, Finding):
    """The base case and every scenario, with their results."""

    results: Mapping[str, Result]  # by name, the base case first
    scenarios: Mapping[str, Scenario]
    threshold: Mapping[str, float]  # money per unit of each one's own effect
    file: Path  # in which they were named
    content: bytes = b""  # of the file, as it was read

    @property
    def kind(self) -> str:
        """What was asked for, by the name of its files."""
        return "scenarios"

    @property
    def result(self) -> Result:
        """The base case's result."""
        return self.results[BASE]

    def table(self) -> pd.DataFrame:
        """One row a scenario and strategy (see ``comparison_rows``); ``nmb_change`` is against the base case.

        It is empty where net benefit is in another measure of effect or at another threshold.
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        base = {r["strategy"]: r for r in comparisons(self.result, self.threshold[BASE])}
        for name, result in self.results.items():
            told = self.scenarios[name]
            named = {"scenario": name, "label": told.label, "setting": result.case.setting.name}
            options = result.options
            seen = {"perspective": options.perspective, "effect": options.effect, "wtp": self.threshold[name]}
            alike = options.effect == self.result.options.effect and self.threshold[name] == self.threshold[BASE]
            for row in base.values() if name == BASE else comparisons(result, self.threshold[name]):
                before = base.get(row["strategy"])
                change = row["nmb_mean"] - before["nmb_mean"] if alike and before is not None else None
                rows.append({**named, **seen, **row, "nmb_change": change, "reason": told.reason})
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea sweep --scenarios --json`` prints."""
        first = self.result
        run = {"draws": len(first.cost), "people": first.options.people, "seed": first.options.seed}
        return {"kind": self.kind, "problem": first.case.problem.id, **run, "rows": rows_of(self.table())}


def scenarios(
    problem: str | DecisionProblem | OwnModel,
    file: str | Path,
    *,
    setting: str | None = None,
    parameters: Sequence[str | Path] = (),
    inline: Mapping[str, Mapping[str, Any]] | None = None,
    changes: Mapping[str, float] | None = None,
    perspective: str | None = None,
    effect: str | None = None,
    threshold: float | None = None,
    draws: int = DRAWS,
    people: int = PEOPLE,
    seed: int = 1,
    implementation: float = 1.0,
    threads: int | None = None,
    progress: StageProgress | None = None,
) -> Scenarios:
    """The base case, which the arguments describe as they do for ``load`` and ``run``, and every scenario of `file`.

    Each is run with the same seed, so that it has the same people and, where it names the same parameters, the same
    draws. With one draw every parameter is at its point estimate. ``InputError`` tells everything wrong at once, and
    nothing is run.
    """
    tell = progress or silent
    usual: dict[str, Any] = {"setting": setting, "parameters": parameters, "inline": inline, "changes": changes}
    sizes = {"draws": draws, "people": people, "seed": seed, "fixed": draws == 1}
    named = TomlFile.read(Path(file))
    wishes = {**sizes, "perspective": perspective, "effect": effect, "implementation": implementation}
    asked = _asked_in(named, problem, usual, wishes)
    refuse_judgement(asked[0].case, threshold, effect=effect, perspective=perspective)
    for scenario in asked:
        refuse_unaffordable(scenario.asked, threads=threads)
    known = Known()
    results: dict[str, Result] = {}
    worth: dict[str, float] = {}
    for scenario in asked:
        calibration = known.calibration(scenario.case, fixed=draws == 1, threads=threads, progress=tell)
        results[scenario.name] = simulated(
            scenario.asked,
            calibration,
            threads=threads,
            progress=of_stage(tell, scenario.label),
            variant=scenario.variant,
            known=tuple(results.values())[:1],
        )
        given = scenario.threshold if scenario.threshold is not None else threshold
        alike = scenario.asked.options.effect == asked[0].asked.options.effect
        worth[scenario.name] = chosen_threshold(results[scenario.name], given if alike or scenario.threshold else None)
    return Scenarios(results, {s.name: s for s in asked}, worth, named.path, named.content)


# --- reading ----------------------------------------------------------------------------------------


def read(
    path: Path, problem: str | DecisionProblem | OwnModel, usual: Mapping[str, Any], wishes: Mapping[str, Any]
) -> list[Scenario]:
    """The base case and the scenarios of a file; ``InputError`` with everything wrong, each at its file and line.

    `usual` are the arguments of ``load``, `wishes` those of ``ask``, of the base case.
    """
    return _asked_in(TomlFile.read(path), problem, usual, wishes)


def _asked_in(
    file: TomlFile, problem: str | DecisionProblem | OwnModel, usual: Mapping[str, Any], wishes: Mapping[str, Any]
) -> list[Scenario]:
    case = load(problem, **usual)
    base = Scenario(BASE, "Base case", "", case, ask(case, **wishes).to_be_judged(), None, None)
    wrong, found = list(file.problems), [base]
    if not file.data and not wrong:
        wrong.append(
            InputProblem(str(file.path), 0, "file", "no scenario; allowed: [name] with label, reason and changes")
        )
    for name, entry in file.data.items():
        made, errors = _one(file, name, entry, problem, usual, wishes)
        wrong += errors
        found += [made] if made is not None else []
    if wrong:
        raise InputError(wrong)
    return found


def _one(
    file: TomlFile,
    name: str,
    entry: Any,
    problem: str | DecisionProblem | OwnModel,
    usual: Mapping[str, Any],
    wishes: Mapping[str, Any],
) -> tuple[Scenario | None, list[InputProblem]]:
    if name == BASE or not isinstance(entry, Mapping):
        why = "is the base case's name" if name == BASE else "is no table; allowed: [name] with label and reason"
        return None, [file.problem((name,), why)]
    try:
        asked = _Scenario.model_validate(entry)
    except ValidationError as fault:
        return None, list(translated(file, (name,), fault, list(_Scenario.model_fields), "scenario"))
    wrong = [file.problem((name, *key), text) for key, text in _contradictions(entry, usual, asked)]
    case = _loaded(file, name, asked, problem, usual, wrong)
    if case is None:
        return None, wrong
    chosen = {**wishes, **{k: v for k in ("perspective", "effect") if (v := getattr(asked, k)) is not None}}
    for key, value, check in (
        ("perspective", chosen.get("perspective"), case.problem.perspective),
        ("effect", chosen.get("effect"), case.problem.effect),
        ("variant", asked.variant, case.setting.variant),
    ):
        if value is not None:
            try:
                check(value)
            except ModelError as fault:
                wrong.append(file.problem((name, key), str(fault)))
    if wrong:
        return None, wrong
    try:
        ready = ask(case, **chosen).of(_framed(case, asked))
    except ModelError as fault:
        return None, [file.problem((name,), str(fault))]
    variant = None if asked.variant is None else case.setting.variant(asked.variant)
    return Scenario(name, asked.label, asked.reason, case, ready, variant, asked.wtp), []


def _contradictions(
    entry: Mapping[str, Any], usual: Mapping[str, Any], asked: _Scenario
) -> Iterator[tuple[tuple[str, ...], str]]:
    if not set(entry) - {"label", "reason", "wtp"} and asked.wtp is None:
        yield (), "changes nothing"
    for key in ("discount_costs", "discount_effects"):
        if key in entry and "discount" in entry:
            yield (key,), "stands beside discount, which is both; allowed: one of the two"
    for name in asked.set:
        if name in (usual["changes"] or {}):
            yield ("set", name), "is set for the base case already"


def _loaded(
    file: TomlFile,
    name: str,
    asked: _Scenario,
    problem: str | DecisionProblem | OwnModel,
    usual: Mapping[str, Any],
    wrong: list[InputProblem],
) -> Case | None:
    """The scenario's case, or None with what is `wrong` told."""
    files = [*usual["parameters"], *(file.path.parent / p for p in asked.parameters)]
    given = {**usual, "parameters": files, "changes": {**(usual["changes"] or {}), **asked.set}}
    if asked.setting is not None:
        given["setting"] = asked.setting
    try:
        case = load(problem, **given)
    except InputError as fault:
        for p in fault.problems:
            wrong.append(file.problem((name, "set", p.key), p.text) if p.file == option("changes") else p)
        return None
    except ModelError as fault:
        wrong.append(file.problem((name, "setting") if asked.setting is not None else (name,), str(fault)))
        return None
    for unread in sorted(set(asked.set) - set(case.names())):
        wrong.append(file.problem((name, "set", unread), f"is not read under setting {case.setting.name}"))
    return case


def _framed(case: Case, asked: _Scenario) -> Case:
    """The case with its horizon (years) and discounting changed: what was solved for at the trial's stays as it is."""
    both = asked.discount
    rates = {
        "discount_costs": both if asked.discount_costs is None else asked.discount_costs,
        "discount_effects": both if asked.discount_effects is None else asked.discount_effects,
    }
    fixed: dict[str, float] = {}
    for field, rate in rates.items():
        if rate is not None:
            put = _put(getattr(case.problem, field), field, rate, fixed)
            case = replace(case, problem=replace(case.problem, **put))
    if asked.horizon is not None:
        horizon = case.setting.horizon
        if isinstance(horizon, str):
            fixed[horizon] = asked.horizon / UNITS[case.parameters[horizon].unit].factor
        else:
            case = replace(case, setting=replace(case.setting, horizon=asked.horizon))
    return replace(case, parameters=case.parameters.with_fixed(fixed)) if fixed else case


def _put(quantity: Quantity, field: str, value: float, fixed: dict[str, float]) -> dict[str, Any]:
    """Change a record where the problem names one, so that no other parameter is drawn otherwise; else the field."""
    if isinstance(quantity, str):
        fixed[quantity] = value
        return {}
    return {field: value}


__all__ = ["Scenario", "Scenarios", "read", "scenarios"]
