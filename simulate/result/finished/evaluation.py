"""Everything that ``recovery-cea evaluate`` tells of a finished table, at one willingness to pay."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.contract import ModelError
from parameters.ground.brief import Brief
from parameters.mistakes import short
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.progress import StageProgress, silent
from simulate.evaluate.information.sample import TrialOfMeans, TrialOfShares
from simulate.result.finished.psa_table import PsaTable
from simulate.result.finished.worth import FEWEST
from simulate.result.plain import rows_of

if TYPE_CHECKING:
    import pandas as pd

SIZES = (25, 50, 100, 200, 400, 800, 1600)  # people an arm
ALL = "everything"  # that is uncertain: the EVPI
MOST_SHOWN = 15  # parameters or groups, in figures and on a terminal
Study = TrialOfShares | TrialOfMeans


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Brief):
    """A table, and what it is worth to know more of it."""

    table: PsaTable
    parameters: pd.DataFrame | None  # ``evppi``, first all that is uncertain; None: nothing to tell it from
    groups: Mapping[str, Sequence[str]] | None  # that were asked for
    study: Study | None
    samples: pd.DataFrame | None  # ``evsi`` by size

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        study = self.study
        return {
            "kind": "evaluate",
            **self.table.summary(),
            "evppi": [] if self.parameters is None else rows_of(self.parameters),
            "groups": {label: list(names) for label, names in (self.groups or {}).items()},
            "study": None if study is None else study_words(study),
            "study_declared": None if study is None else study_text(study),
            "evsi": [] if self.samples is None else rows_of(self.samples),
        }


@on_one_thread
def evaluate(
    table: PsaTable,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    study: Study | None = None,
    sizes: Sequence[int] = SIZES,
    seed: int = 1,
    progress: StageProgress = silent,
) -> Evaluation:
    """The value of each parameter and of `groups` at the table's threshold, and of a `study`; ``ModelError`` of either.

    Without parameters, or with too few draws to tell, there is no such value, unless it is asked for.
    """
    if not (table.names and len(table) >= FEWEST) and not groups and study is None:
        return Evaluation(table, None, None, None, None)
    progress("what parameters are worth", 0, 0)
    parameters = _worth(table, groups)
    samples = None
    if study is not None:
        progress("what the study is worth", 0, 0)
        samples = table.evsi(study, sizes, seed=seed)
    return Evaluation(table, parameters, groups, study, samples)


def _worth(table: PsaTable, groups: Mapping[str, Sequence[str]] | None) -> pd.DataFrame:
    """All that is uncertain, then groups, then single parameters, each in the order of its value."""
    import pandas as pd

    parts = [everything(table)]
    if groups:
        for label in groups:
            if label in (*table.names, ALL):
                raise ModelError(f"group {label!r}: is the name of a parameter, or kept; allowed: another")
        parts.append(table.evppi(groups))
    return pd.concat([*parts, table.evppi()], ignore_index=True)


def everything(table: PsaTable) -> pd.DataFrame:
    """All that is uncertain, as a row of ``evppi``: the EVPI."""
    import pandas as pd

    known = table.evpi([table.threshold]).iloc[0]
    return pd.DataFrame([(ALL, known["value"], known["mcse"], "EVPI")], columns=["group", "evppi", "se", "method"])


def worth_showing(parameters: pd.DataFrame, most: int = MOST_SHOWN) -> pd.DataFrame:
    """The first rows that are worth something; where none is, simply the first."""
    told = parameters[parameters["evppi"].notna()]
    worth = told[(told["evppi"] > 0) | (told.index == 0)]
    shown: pd.DataFrame = (worth if len(worth) > 1 else told).iloc[: 1 + most]
    return shown


def study_of(text: str) -> Study:
    """``shares:A,B`` or ``means:A,B,SD`` as a study of two arms; ``ModelError`` for anything else."""
    found = re.fullmatch(r"(shares|means):([^,]+),([^,]+)(?:,([^,]+))?", text)
    allowed = (
        "allowed: shares:A,B (people with an event, by the parameters that are its probabilities in each arm), or"
        " means:A,B,SD (a mean in each arm, and the SD between people)"
    )
    if found is None or (found[1] == "shares") != (found[4] is None):
        raise ModelError(f"study: {short(text)}; {allowed}")
    one, other = found[2].strip(), found[3].strip()
    if found[1] == "shares":
        return TrialOfShares(one, other)
    try:
        return TrialOfMeans(one, other, float(found[4]))
    except ValueError as fault:
        raise ModelError(f"study: SD {short(found[4])} is no number; {allowed}") from fault


def study_text(study: Study) -> str:
    """What ``study_of`` reads as this study."""
    arms = f"{study.control},{study.treatment}"
    return f"shares:{arms}" if isinstance(study, TrialOfShares) else f"means:{arms},{study.sd!r}"


def study_words(study: Study) -> str:
    """What a study would see."""
    arms = f"{study.control} in one arm, {study.treatment} in the other"
    if isinstance(study, TrialOfShares):
        return f"counts people with an event whose probabilities are {arms}"
    return f"measures means, {arms}, SD between people {study.sd:g}"
