"""What is solved with what: usual care from usual care alone, whatever is published of the strategies beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.catalogue import problem, problem_ids
from simulate import load
from simulate.ask.asked import ask
from simulate.ask.case import Case
from simulate.ask.reads import target_names
from simulate.running.running import drawn_for
from simulate.running.solving import solved_for
from simulate.solve.blocks import Block, blocks_of
from simulate.solve.targets import is_relative

SOLVED = [(p, s.name) for p in problem_ids() for s in problem(p).settings if s.targets]


def blocks(case: Case) -> tuple[Block, ...]:
    return blocks_of(case.problem, case.setting)


@pytest.mark.parametrize("name", SOLVED, ids="/".join)
def test_usual_care_is_solved_from_what_usual_care_alone_reads(name: tuple[str, str]) -> None:
    case = load(*name)
    comparator, found = case.problem.strategies[0], blocks(case)
    assert sorted(u for b in found for u in b.unknowns) == sorted(t.unknown for t in case.setting.targets)
    for block in found:
        mine = [t for t in block.targets if t.strategy == comparator.id]
        assert not mine or (block.targets, block.strategies, block.before) == (tuple(mine), (comparator,), ())
        simulated = {t.strategy for t in block.targets} | {comparator.id for t in block.targets if is_relative(t)}
        assert {s.id for s in block.strategies} == simulated


def test_an_effect_is_solved_given_what_usual_care_came_to() -> None:
    first, *others = blocks(load("recovery_portfolio", "leaving_crisis_care"))
    assert [set(b.before) for b in others] == [set(first.unknowns)] * 2
    assert [b.targets[0].strategy for b in others] == ["peer_supported_self_management", "joint_crisis_plan"]


def test_targets_that_read_each_others_unknowns_are_solved_together() -> None:
    """An unknown of the natural history that a strategy's figure is to tell: usual care reads it too."""
    case = load("individual_placement_and_support")
    first, second = case.setting.targets
    crossed = (first, replace(second, unknown="scale_tenure"))
    given = {n: q for n, q in case.setting.given.items() if n != "scale_tenure"}
    (block,) = blocks_of(case.problem, replace(case.setting, targets=crossed, given=given))
    assert block.targets == crossed and len(block.strategies) == 2 and not block.before


def test_blocks_come_in_the_order_in_which_they_need_each_other() -> None:
    case = load("joint_crisis_plan")
    backwards = replace(case.setting, targets=case.setting.targets[::-1])
    usual, plan = blocks_of(case.problem, backwards)
    assert len(usual.strategies) == 1 and set(plan.before) == set(usual.unknowns)


def columns(case: Case) -> dict[str, bytes]:
    """Each solved parameter of 64 draws."""
    ready = solved_for(case, fixed=False).apply(drawn_for(ask(case, draws=64, people=10)))
    return {t.unknown: ready.column(t.unknown).tobytes() for t in case.setting.targets}


def other_effects(case: Case) -> dict[str, float]:
    """Effects that are uncertain, by name, at another place; where none is, what is published of them, nine tenths."""
    usual = next(b for b in blocks(case) if not b.before)
    effects = {n for b in blocks(case) if b.before for n in b.names} - set(usual.names)
    points = {n: case.parameters[n].distribution for n in sorted(effects) if n in case.parameters}
    uncertain = {n: float(np.mean(d.interval95())) for n, d in points.items() if np.ptp(d.interval95()) > 0}
    return uncertain or {n: 0.9 * points[n].point for n in target_names(case.setting.targets) if n in points}


def moved(name: tuple[str, str]) -> None:
    """Solved again with published effects that are elsewhere: usual care keeps its bits, the effect does not."""
    case = load(*name)
    usual, changes = next(b for b in blocks(case) if not b.before), other_effects(case)
    assert changes
    before, after = columns(case), columns(load(*name, changes=changes))
    same = {n for n in before if before[n] == after[n]}
    assert same >= set(usual.unknowns) and same < set(before)


@pytest.mark.usefixtures("hasty_calibration")
def test_usual_care_keeps_its_bits_whatever_the_effect() -> None:
    moved(("peer_support_workers", "simpson_2014"))


@pytest.mark.slow
@pytest.mark.usefixtures("hasty_calibration")
@pytest.mark.parametrize("name", SOLVED, ids="/".join)
def test_usual_care_keeps_its_bits_over_the_catalogue(name: tuple[str, str]) -> None:
    if len(blocks(load(*name))) == 1:
        pytest.skip("everything is solved at once")
    moved(name)
