"""What was found already in this process, of which the next result takes what it shares: solved ratios and statistics.

Whatever is taken has the bits that it would have had. Chunks on disk do the same between processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.contract import Setting
from simulate.ask.case import Case
from simulate.ask.reads import setting_names, solved_from
from simulate.engine.progress import StageProgress, silent
from simulate.engine.statistics import Statistics
from simulate.result.result import Result
from simulate.running.solving import solved_for
from simulate.solve.calibration import Calibration

MOST_SOLVED = 16  # calibrations that are kept, each some megabytes


@dataclass
class Known:
    """Calibrations by the case that each was solved for, and the latest result; nothing of either at first."""

    solved: list[tuple[Case, tuple[bool, bool], Calibration]] = field(default_factory=list)
    latest: Result | None = None

    def calibration(
        self,
        case: Case,
        *,
        fixed: bool,
        exact: bool = False,
        threads: int | None = None,
        progress: StageProgress = silent,
    ) -> Calibration:
        """As ``solved_for``, or that of a case which is solved from the very same numbers."""
        how = fixed, fixed and exact
        for other, was, calibration in self.solved:
            if was == how and solved_alike(case, other, calibration):
                return replace(calibration, setting=case.setting)
        found = solved_for(case, fixed=fixed, exact=exact, threads=threads, progress=progress)
        self.solved = [*self.solved, (case, how, found)][-MOST_SOLVED:]
        return found

    def results(self, variant: str | None = None) -> Sequence[Result]:
        """Results that may hold statistics of the case asked for, or of a variant of it by name."""
        if self.latest is None:
            return ()
        beside: Mapping[str, Any] = self.latest.variants
        return (self.latest,) if variant is None or variant not in beside else (beside[variant], self.latest)


class OneAtATime:
    """Statistics that are found again when they are asked for, of which the latest alone are held."""

    def __init__(self) -> None:
        self._latest: tuple[str, Statistics] | None = None

    def of(self, name: str, find: Callable[[], Statistics]) -> Callable[[], Statistics]:
        """What finds those of this name."""

        def again() -> Statistics:
            if self._latest is None or self._latest[0] != name:
                self._latest = None  # before others take its room
                self._latest = name, find()
            return self._latest[1]

        return again


def solved_alike(case: Case, other: Case, calibration: Calibration) -> bool:
    """Whether what two cases are solved from is the same in every number; `calibration` is the other's."""
    return _read_alike(case, other, calibration.names)


def solved_from_alike(case: Case, other: Case) -> bool:
    """The same, before either is solved."""
    return _read_alike(case, other, solved_from(other.problem, other.setting))


def _read_alike(case: Case, other: Case, names: Iterable[str]) -> bool:
    if (case.problem.pathway, case.problem.strategies) != (other.problem.pathway, other.problem.strategies):
        return False
    if _solving(case.setting) != _solving(other.setting):
        return False
    return all(_record(case, n) == _record(other, n) for n in {*names, *setting_names(case.setting)})


def _solving(setting: Setting) -> tuple[Any, ...]:
    return setting.targets, dict(setting.given), setting.horizon, setting.variants


def _record(case: Case, name: str) -> tuple[Any, ...] | None:
    """What solving reads of a parameter; None where there is no record of it."""
    if name not in case.parameters:
        return None
    record = case.parameters[name]
    return record.distribution, record.unit, record.price_year
