"""Options that a function hands on are those of the function that takes them, and a misspelt one is an error."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from simulate import load, sweep, trace
from simulate.analyse.sweep.cells import CellOptions, simulate_cells
from simulate.ask.asked import ask
from simulate.ask.options import Wishes, complete
from simulate.running.request import asked_for
from simulate.running.running import LevelRuns, run
from simulate.running.tracing import Follows, follow

CASE = load("joint_crisis_plan")


@pytest.mark.parametrize(
    ("handed", "taker", "own"),
    [
        (Wishes, complete, set()),
        (Follows, follow, set()),
        (CellOptions, simulate_cells, set()),
        (LevelRuns, run, {"draws", "people", "fixed", "subgroup", "threshold", "thresholds"}),
    ],
)
def test_what_is_handed_on_is_what_is_taken(handed: type, taker: Callable[..., Any], own: set[str]) -> None:
    signature = inspect.signature(taker, eval_str=False)
    takes = {n: p.annotation for n, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY and n not in own}
    hands = {n: t.__forward_arg__ for n, t in handed.__annotations__.items()}
    assert hands == takes


# Where mypy would not see a misspelt option, it would call its own comment here unused.
@pytest.mark.parametrize(
    "call",
    [
        lambda: ask(CASE, drawz=8),  # type: ignore[call-arg]
        lambda: asked_for(CASE, drawz=8),  # type: ignore[call-arg]
        lambda: trace(CASE, persn=1),  # type: ignore[call-arg]
        lambda: sweep.one_way(CASE, peple=8),  # type: ignore[call-arg]
        lambda: sweep.two_way(CASE, "c_bed_day", "r_crisis", peple=8),  # type: ignore[call-arg]
        lambda: sweep.threshold_value(CASE, "c_bed_day", peple=8),  # type: ignore[call-arg]
        lambda: sweep.subgroups(CASE, "legal", sead=1),  # type: ignore[call-arg]
    ],
)
def test_a_misspelt_option_is_an_error_to_a_reader_of_types_and_at_run_time(call: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument '(drawz|persn|peple|sead)'"):
        call()
