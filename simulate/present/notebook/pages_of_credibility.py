"""What a notebook shows of what makes a model believed: targets, checks, structures, and two results side by side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from simulate.analyse.comparison.estimates import MAIN
from simulate.analyse.comparison.moved import Moved
from simulate.analyse.comparison.verdict import BEYOND, Comparison
from simulate.analyse.credibility.structure import Structures
from simulate.analyse.credibility.validate import Validation
from simulate.analyse.credibility.verification.verification import Line, Verification
from simulate.present.english import changes
from simulate.present.english.numbers import about, number, percent, spaced
from simulate.present.english.sweeps import price_of_effect, words_of
from simulate.present.faces.looks import compare
from simulate.present.figures.labels import context
from simulate.present.notebook.markup import line, table
from simulate.present.terminal.view import shown_figure

INSIDE = {True: "inside", False: "missed"}


def validation_page(found: Validation) -> str:
    """How many published figures lie inside our intervals, by independence; then each of them, missed ones first."""
    kinds = [r for r in found.by_independence() if r["figures"]]
    counted = [[r["independence"], f"{r['targets']}", f"{r['inside']['95%']} of {r['figures']}"] for r in kinds]
    rows = sorted(found.summary(), key=lambda r: bool(r["inside"]))
    return "".join(
        [
            line("Published results that nothing was fitted to, beside virtual trials of their size", strong=True),
            table(["What is shared with what is fitted", "Targets", "Inside our 95% intervals"], counted),
            table(
                ["Target", "Setting", "Strategy", "Published", "Simulated, 95% prediction interval", ""],
                [_target(r) for r in rows],
            ),
            line(f"{found.draws:,} virtual trials of each, seed {found.seed}."),
        ]
    )


def _target(row: dict[str, Any]) -> list[str]:
    ours = ["none" if x is None else shown_figure(row, x) for x in (row["simulated"][k] for k in ENDS)]
    was = shown_figure(row, row["published"]["value"])
    verdict = INSIDE[row["inside"]] + ", required" * (row["role"] == "required")
    return [row["label"], row["setting"], row["strategy"], was, f"{ours[0]} ({ours[1]} to {ours[2]})", verdict]


ENDS = ("value", "low", "high")


def verification_page(found: Verification) -> str:
    """How many checks say what, and which of them fail or look wrong, and why."""
    counts = found.counts
    told = f"{counts['pass']} pass, {counts['fail']} fail, {counts['suspicious']} suspicious"
    doubted = [x for x in found.lines if x.status == "suspicious"]
    rows = [_check(x) for x in chain(found.failed, doubted)]
    return "".join(
        [
            line(f"{found.case.problem.label}, setting {found.case.setting.name}", strong=True),
            line(f"{told}, {counts['not applicable']} not applicable, of {len(found.lines)} checks."),
            *([table(["Check", "", "What must hold", "Why"], rows)] if rows else []),
        ]
    )


def _check(told: Line) -> list[str]:
    return [told.check, told.status, told.rule, told.why]


def structures_page(found: Structures) -> str:
    """Increments of each structure and on average, and what it is worth to know each."""
    sign, w = found.case.money.sign, words_of(found.average)
    rows = [
        [spaced(r["structure"]), percent(r["weight"]), w.strategy(r["strategy"]), *_increments(r, sign)]
        for r in found.rows
    ]
    head = ["Structure", "Weight", "Strategy", "In cost", "In effect", "Net benefit", "Best in"]
    learnt = [[r["structure"], about(r["evppi"], sign)] for r in found.learnt_rows()]
    return "".join(
        [
            line(context(found), strong=True),
            table(
                head, rows, f"Increments, new minus comparator, at {price_of_effect(found.average, found.threshold)}"
            ),
            *([table(["Knowing", f"Is worth, {sign} per {found.case.each}"], learnt)] if learnt else []),
        ]
    )


def _increments(row: dict[str, Any], sign: str) -> list[str]:
    chance = row["p_cost_effective"]
    means = [about(row["cost_mean"], sign), number(row["effect_mean"]), about(row["nmb_mean"], sign)]
    return [*means, "" if chance is None else percent(chance)]


def comparison_page(found: Comparison) -> str:
    """The verdict, and the numbers that tell most: those of the decision, and others beyond error."""
    told = [n for n in found.numbers if n.estimate.name.group in MAIN or n.verdict == BEYOND]
    rows = [[*compare.cells(n)] for n in sorted(told, key=lambda n: n.verdict != BEYOND)]
    return "".join(
        [
            line(compare.verdict_line(found), strong=True),
            table(["", *found.names, "Difference", "Error", "Allowed", ""], rows),
        ]
    )


def moved_page(found: Moved) -> str:
    """What became of the decision, and what each changed record does, the greatest first."""
    rows = found.rows() if found.moving else []
    return "".join([*_sentences(found, rows), table(changes.heads(found), [[*changes.cells(found, r)] for r in rows])])


def _sentences(found: Moved, rows: list[dict[str, Any]]) -> Iterator[str]:
    yield line(changes.verdict(found), strong=True)
    yield from map(line, [*changes.culprits(found, rows), *changes.ends(found), *changes.doubts(found)])
