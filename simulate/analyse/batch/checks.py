"""Whether each analysis of a batch can be run, before any is: what is wrong is told once, with whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from models.contract import ModelError, check_one_of
from parameters import InputError
from parameters import Problem as InputProblem
from parameters.ground.spoken import option
from parameters.mistakes import short
from parameters.toml_files import TomlFile
from simulate.analyse.batch.analysis import NAMES, Analysis
from simulate.ask.case import Case
from simulate.engine.progress import Progress, silent
from simulate.running.expected import refuse_inexact

MOST_CASES = 256  # that are held at once


@dataclass(frozen=True)
class Told:
    """What checking found."""

    problems: tuple[InputProblem, ...]  # of any analysis, each once, with whose it is
    refused: Mapping[str, tuple[InputProblem, ...]]  # by name, what is wrong with each that cannot be run
    alike: dict[str, tuple[object, ...]]  # by name, what is the same for analyses that are simulated alike
    notes: tuple[str, ...]


def checked(file: TomlFile, analyses: Sequence[Analysis], figures: Sequence[str], progress: Progress = silent) -> Told:
    """Each loaded and asked for as ``run`` does it; `figures` are the choices that there are, any where none."""
    cases: dict[str, Case] = {}
    wrong: dict[InputProblem, list[str]] = {}
    unread: dict[str, list[str]] = {}
    alike, refused = {}, {}
    for k, analysis in enumerate(analyses):
        progress(k, len(analyses))
        problems: list[InputProblem] = []
        case = _case(file, analysis, cases, figures, problems)
        if case is not None:
            alike[analysis.name] = analysis.alike(case)
            for name in sorted(set(analysis.changes) - set(case.names())):
                unread.setdefault(f"{name} is not used under setting {case.setting.name}", []).append(analysis.name)
        if problems:
            refused[analysis.name] = tuple(dict.fromkeys(problems))
        for problem in dict.fromkeys(problems):
            wrong.setdefault(problem, []).append(analysis.name)
    notes = tuple(f"{text}{_whose(names)}" for text, names in unread.items())
    return Told(tuple(_with(problem, names) for problem, names in wrong.items()), refused, alike, notes)


def _case(
    file: TomlFile, analysis: Analysis, cases: dict[str, Case], figures: Sequence[str], wrong: list[InputProblem]
) -> Case | None:
    """The case of an analysis, asked for as it says; None, and what is wrong, where it cannot be.

    Where it cannot be had as it is changed, it is asked for without changes.
    """
    case, plain = None, None
    with _told(file, analysis, wrong):
        case = plain = _loaded(analysis, cases)
    if case is None:
        words = {n: v for n, v in analysis.words.items() if n not in ("set", "parameters")}
        with suppress(ModelError, InputError):
            plain = _loaded(replace(analysis, words=words), cases)
    with _told(file, analysis, wrong):
        if figures:
            check_one_of(analysis.figures, figures, "figures")
    with _told(file, analysis, wrong):
        if plain is not None:
            asked, _ = analysis.asked(plain)
            if asked.options.exact:
                refuse_inexact(asked)
    return None if wrong else case


def _loaded(analysis: Analysis, cases: dict[str, Case]) -> Case:
    """Once for analyses that differ in nothing that is loaded."""
    words = repr([analysis.problem, analysis.words.get("setting"), analysis.files, analysis.changes])
    if len(cases) >= MOST_CASES:
        cases.clear()
    return cases[words] if words in cases else cases.setdefault(words, analysis.case())


@contextmanager
def _told(file: TomlFile, analysis: Analysis, wrong: list[InputProblem]) -> Iterator[None]:
    """What is wrong in the block, and then on."""
    try:
        yield
    except (ModelError, InputError) as fault:
        wrong += _located(file, analysis, fault)


def _located(file: TomlFile, analysis: Analysis, fault: ValueError) -> Iterator[InputProblem]:
    """Each mistake where the word that it is about stands, or else at the analysis."""
    for part in getattr(fault, "parts", (fault,)):
        for problem in getattr(part, "problems", (None,)):
            if problem is None:
                yield file.problem(analysis.origin.get(_word(analysis, str(part)), analysis.where), str(part))
            elif problem.file == option("changes"):
                yield file.problem(analysis.origin.get(f"set.{problem.key}", analysis.where), problem.text)
            elif not problem.line and (word := _names(analysis, problem.file)):
                yield file.problem(analysis.origin.get(word, analysis.where), f"{problem.file}: {problem.text}")
            else:
                yield problem


def _names(analysis: Analysis, path: str) -> str:
    """The word of an analysis that names the file; empty where none does."""
    named = {"parameters": analysis.files, "cohort": [] if analysis.cohort is None else [analysis.cohort]}
    return next((word for word, files in named.items() if path in map(str, files)), "")


def _word(analysis: Analysis, text: str) -> str:
    """The word that a mistake is about: the first that it names, or whose value it names."""
    named = re.sub(r"\btarget:", "until_mcse:", text.replace("-", "_"))
    found = {word: named.find(f"{word}:") for word in NAMES}
    there = {word: at for word, at in found.items() if at >= 0}
    if there:
        return min(there, key=lambda word: there[word])
    return next((w for w in ("problem", "setting") if text.startswith(short(analysis.words.get(w)))), "")


def _with(problem: InputProblem, names: Sequence[str]) -> InputProblem:
    return InputProblem(problem.file, problem.line, problem.key, problem.text + _whose(names))


def _whose(names: Sequence[str]) -> str:
    return f" ({names[0]})" if len(names) == 1 else f" ({names[0]} and {len(names) - 1:,} more)"
