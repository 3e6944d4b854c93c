"""A decision problem with its setting and its parameter records: all that a run needs to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from models.catalogue import problem as find_problem
from models.contract import DecisionProblem, ModelError, Setting, Variant, parameter_names
from parameters import PARAMETERS_DIR, ParameterSet
from parameters import load as load_parameters


@dataclass(frozen=True)
class Case:
    """A problem under one setting, with the records it draws on."""

    problem: DecisionProblem
    setting: Setting
    parameters: ParameterSet

    def names(self) -> tuple[str, ...]:
        """Parameters sampled for this case, in the order of their dimensions."""
        return sampled_names(self.problem, self.setting)

    def variant(self, variant: Variant) -> Case:
        """The same case with the variant's replacements."""
        return replace(self, parameters=self.parameters.replaced(dict(variant.replace)))


def load(
    problem: str | DecisionProblem,
    setting: str | None = None,
    *,
    parameters: Sequence[str | Path] = (),
    changes: Mapping[str, float] | None = None,
) -> Case:
    """A case by id (or a problem of your own), checked in full.

    `setting` defaults to the problem's first; `parameters` are files whose records replace those of
    the same name; `changes` fix parameters at a value in their own unit and price year. Raises
    ``ModelError`` or ``parameters.InputError``.
    """
    found = find_problem(problem) if isinstance(problem, str) else problem
    chosen = found.setting(setting) if setting is not None else found.settings[0]
    files = [PARAMETERS_DIR / name for name in found.parameter_files]
    records = load_parameters(files, extra=[Path(p) for p in parameters])
    used = set(all_names(found))
    _refuse_unknown(sorted({n for n in (changes or {}) if n not in used}), used, found)
    missing = sorted(n for n in sampled_names(found, chosen) if n not in records)
    if missing:
        raise ModelError(f"{found.id}: no parameter record for {', '.join(missing)}")
    if changes:
        records = records.with_fixed(dict(changes))
    return Case(found, chosen, records)


def sampled_names(problem: DecisionProblem, setting: Setting) -> tuple[str, ...]:
    """Every parameter the problem needs under a setting, each once, engine first, solved ones left out."""
    solved = {t.unknown for t in setting.targets} | set(setting.given)
    parts = (
        problem.pathway,
        problem.strategies,
        problem.costs,
        problem.utilities,
        setting,
    )
    discounting = [q for q in (problem.discount_costs, problem.discount_effects) if isinstance(q, str)]
    names = dict.fromkeys([*(name for part in parts for name in parameter_names(part)), *discounting])
    return tuple(n for n in names if n not in solved)


def all_names(problem: DecisionProblem) -> tuple[str, ...]:
    """Every parameter the problem needs under some setting."""
    return tuple(dict.fromkeys(n for s in problem.settings for n in sampled_names(problem, s)))


def _refuse_unknown(names: Iterable[str], used: set[str], problem: DecisionProblem) -> None:
    for name in names:
        close = get_close_matches(name, sorted(used), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ModelError(f"{name!r} is no parameter of {problem.id}{hint}")
