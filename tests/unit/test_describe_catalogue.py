"""The catalogue in English: everything in every problem and setting is told, and nothing heavy is imported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from models.catalogue import problem as find_problem
from models.catalogue import problem_ids
from models.quantities import names_in
from simulate.ask.case import Case, load
from simulate.present.english.model import describe
from simulate.present.english.prose import WIDTH

CASES = [(p, s.name) for p in problem_ids() for s in find_problem(p).settings]


def flat(text: str) -> str:
    """`text` on one line, so that wrapping hides nothing."""
    return " ".join(text.split())


def told(case: Case) -> str:
    return describe(case.problem, case.setting, case.parameters)


@pytest.fixture(scope="module", params=CASES, ids=lambda c: f"{c[0]}-{c[1]}")
def case(request: pytest.FixtureRequest) -> Case:
    return load(*request.param)


def test_the_structure_is_told(case: Case) -> None:
    text, problem = flat(told(case)), case.problem
    for event in problem.pathway.events:
        assert f"({event.name})" in text
        assert all(f'"{b.name.replace("_", " ")}"' in text for b in event.branches)
    pathway = problem.pathway
    names = [x.name for x in pathway.groups] + [x.name for x in pathway.frailties] + [x.name for x in pathway.domains]
    for name in names:
        assert f"({name})" in text
    for strategy in problem.strategies:
        assert strategy.label in text and f"({strategy.id})" in text
    for domain in problem.pathway.domains:
        assert all(f'"{level.replace("_", " ")}"' in text for level in domain.levels)


def test_the_economics_are_told(case: Case) -> None:
    text, problem = flat(told(case)), case.problem
    said = [(x.label, x.name) for group in (problem.costs, problem.effects, problem.perspectives) for x in group]
    for label, name in said:
        assert f"{label} ({name})" in text
    assert problem.question in text
    assert all(claim in text for claim in problem.claims)


def test_the_setting_is_told(case: Case) -> None:
    text, setting = flat(told(case)), case.setting
    assert flat(setting.label) in text
    assert all(n in text for t in setting.targets for n in (t.unknown, *names_in(t.published)))
    for note in setting.notes:
        assert flat(note)[1:] in text
    for variant in setting.variants:
        assert f"({variant.name})" in text and all(new in text for new in variant.replace.values())
    for shown in setting.shown:
        assert shown.label in text


def test_every_parameter_stands_with_unit_status_and_source(case: Case) -> None:
    lines = told(case).split("\n")
    names = [*case.names(), *(n for v in case.setting.variants for n in v.replace.values())]
    for name in names:
        row = next(line for line in lines if line.startswith(f"{name} "))
        p = case.parameters[name]
        assert p.status in row and (p.price_year or "") in row and str(case.parameters.sources[p.source].year) in row
        low, high = p.distribution.interval95()
        assert ("exact" in row) == (low == high)


def test_assumed_parameters_come_first_and_are_named_so(case: Case) -> None:
    lines = told(case).split("\n")
    start = lines.index("Parameters")
    rows = [case.parameters[line.split()[0]].status for line in lines[start:] if line.split()[:1] and _name(line, case)]
    assert rows == sorted(rows, key=lambda status: status != "assumed")
    assert ("ASSUMED, without published evidence:" in lines) == ("assumed" in rows)
    top = flat("\n".join(lines[:start]))
    for name in case.names():
        if case.parameters[name].status == "assumed":
            assert f"({name})." in top


def _name(line: str, case: Case) -> bool:
    return line.split()[0] in case.parameters and line.startswith(line.split()[0])


def test_every_source_is_cited_in_full(case: Case) -> None:
    text = flat(told(case))
    ids = {case.parameters[n].source for n in case.names()} | {s.source for s in case.setting.shown}
    for source_id in ids:
        source = case.parameters.sources[source_id]
        assert f"[{source_id}]" in text
        for part in (source.authors, source.title, source.journal, source.supports, source.doi, source.url):
            assert flat(part or "") in text
        assert source.n is None or f"n = {source.n:,}" in text


def test_prose_is_wrapped(case: Case) -> None:
    for line in told(case).split("\n"):
        is_row = _name(line, case) if line.split() else False
        assert len(line) <= WIDTH or is_row or len(line.split()) == 1, line


def test_it_reads_as_english(case: Case) -> None:
    text = flat(told(case).split("\nParameters\n")[0])
    assert not re.findall(r"\b([A-Za-z]+) \1\b", text)
    assert not re.findall(r"[,;:.]{2}|\( | \)| [,.;:]|\bnan\b|\bNone\b|a figure without a record", text)


def test_it_is_the_same_every_time(case: Case) -> None:
    assert told(case) == told(case)


def test_nothing_heavy_is_imported(checkout: Path) -> None:
    code = (
        "import sys\n"
        "from simulate.ask.case import load\n"
        "from simulate.present.english.model import describe\n"
        f"c = load({CASES[0][0]!r})\n"
        "assert describe(c.problem, c.setting, c.parameters)\n"
        "print(sorted({'numba', 'pandas', 'matplotlib', 'sklearn'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
