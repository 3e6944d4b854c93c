"""The two sides of a change of evidence: the numbers of a run, of files, or of a folder of files, ready to be mixed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.contract import DecisionProblem, ModelError
from parameters import PARAMETERS_DIR, ParameterSet
from parameters import load as load_parameters
from parameters.files.content import digest_of
from parameters.ground.brief import Brief
from parameters.ground.spoken import option
from parameters.mistakes import Mistakes, short_text
from simulate.ask.case import declared
from simulate.ask.own.model import OwnModel
from simulate.engine.keeping.words import program
from simulate.result.stored import FILES, Kept, fixed_by, model_in, own_files, read_kept, taken_as_ours

MANIFEST, INPUTS = "manifest.json", "inputs"
NUMBERS = (".toml", ".xlsx")
INDEX, SOURCES = "price_index.toml", "sources.toml"
SHIPPED = ("sources.toml", "published.toml", INDEX)  # which are read of themselves


@dataclass(frozen=True, eq=False, repr=False)
class Side(Brief):
    """Numbers as one side has them."""

    name: str  # as it was typed
    problem: DecisionProblem
    records: ParameterSet
    changes: Mapping[str, float]  # fixed by the user for that run
    kept: Kept | None  # the run whose folder it is
    notes: tuple[str, ...]  # what the side lacks for being as it was

    @property
    def fixed(self) -> ParameterSet:
        """Its records, with what the user fixed."""
        return self.records.with_fixed(dict(self.changes)) if self.changes else self.records


def is_run(path: Path) -> bool:
    """Whether it is a folder with a manifest, as a run leaves."""
    return (path / MANIFEST).is_file()


def sides_of(old: Path, new: Path, problem: str | OwnModel | None) -> tuple[Side, Side]:
    """Both sides; `problem` is that of files, and need not be said where either side is a run.

    ``ModelError`` and ``InputError`` with everything that is wrong with either.
    """
    said, kept = _problem_and_runs(old, new, problem)
    mistakes, found = Mistakes(), list[Side]()
    for path in (old, new):
        with mistakes.among():
            found.append(_of_run(path, kept[path], said) if path in kept else _of_files(path, said))
    mistakes.tell()
    one, other = found
    return one, other


def problem_of(old: Path, new: Path, problem: str | OwnModel | None) -> str:
    """The id of the problem that both sides are of; errors as ``sides_of``."""
    said, _ = _problem_and_runs(old, new, problem)
    return said if isinstance(said, str) else said.problem.id


def _problem_and_runs(old: Path, new: Path, problem: str | OwnModel | None) -> tuple[str | OwnModel, dict[Path, Kept]]:
    """What both are of, and what there is of those that are runs."""
    mistakes = Mistakes()
    kept: dict[Path, Kept] = {}
    for path in (old, new):
        with mistakes.among():
            _refuse_lost(path)
            if is_run(path):
                kept[path] = read_kept(path)
    mistakes.tell()
    runs = {str(k.manifest["problem"]) for k in kept.values()}
    if len(runs) > 1:
        raise ModelError(f"{old} and {new}: of different problems, {', '.join(sorted(runs))}; allowed: of the same")
    if problem is None and not runs:
        told = f"neither is the folder of a run; give {option('problem')}, which the numbers are of"
        raise ModelError(f"{old} and {new}: {told}")
    said = problem if problem is not None else next(iter(_models(kept)))
    model = declared(said) if isinstance(said, str) else said.problem
    if runs and model.id not in runs:
        raise ModelError(f"problem: {model.id}; {next(iter(kept))} is a run of {next(iter(runs))}; allowed: that")
    return said, kept


def _models(kept: Mapping[Path, Kept]) -> Iterator[str | OwnModel]:
    """The problem of the later run first: it is today's, where a model of one's own was changed."""
    for path, run in reversed(list(kept.items())):
        with taken_as_ours(path):
            yield model_in(path, run.manifest)


def _refuse_lost(path: Path) -> None:
    if not path.exists():
        raise ModelError(f"{path}: is not there; allowed: a run's folder, a TOML file or workbook, or a folder of them")
    there = [name for name in FILES if (path / name).is_file()]
    if there and MANIFEST not in there:
        told = f"no {MANIFEST}, though {', '.join(there)} stand there as a run leaves them"
        raise ModelError(f"{path}: {told}; allowed: the whole folder of a run, or files of numbers")
    if path.is_file() and path.suffix not in NUMBERS:
        raise ModelError(f"{path}: is no file of numbers; allowed: {' or '.join(NUMBERS)}, or a folder")


# --- a run ------------------------------------------------------------------------------------------


def _of_run(place: Path, kept: Kept, said: str | OwnModel) -> Side:
    """The numbers of a run, from the copies in its folder: ours of that day, and the user's."""
    inputs, manifest = place / INPUTS, kept.manifest
    with taken_as_ours(place):
        changed = [n for n, digest in manifest["inputs"].items() if _digest(inputs / n) != digest]
        alike = [str(name) for name in manifest.get("renamed", ())]
        extra, changes = own_files(place, manifest), fixed_by(manifest["command"])
    if changed:
        raise ModelError(f"{place}: changed or gone since it was written: {short_text(', '.join(changed))}; run again")
    if alike:
        told = short_text(", ".join(alike))
        raise ModelError(f"{place}: {told}: were called alike, and cannot be told apart; run again")
    if isinstance(said, OwnModel):
        mine = model_in(place, manifest)
        model = mine if isinstance(mine, OwnModel) else said
        of_model = _notes_of_model(place, model, said)
        return Side(str(place), said.problem, model.records(extra), changes, kept, of_model)
    problem, notes = declared(said), list[str]()
    files = []
    for name in problem.parameter_files:
        copy = inputs / Path(name).name
        if not copy.is_file():
            notes.append(f"in {place} there is no {Path(name).name}: today's is used")
        files.append(copy if copy.is_file() else PARAMETERS_DIR / name)
    sources = inputs / SOURCES
    records = load_parameters(
        files,
        extra=extra,
        money=problem.money,
        sources=sources if sources.is_file() else PARAMETERS_DIR / SOURCES,
    )
    if manifest.get("program") != program():
        notes.append(f"in {place} stands a run of other sources of the program: both are run by today's")
    return Side(str(place), problem, records, changes, kept, (*notes, *_notes_of_index(place, inputs)))


def _digest(path: Path) -> str:
    return digest_of(path) if path.is_file() else "gone"


def _notes_of_index(place: Path, inputs: Path) -> Iterator[str]:
    """That prices of a run are brought to one year by another index than then."""
    there = inputs / INDEX
    if not there.is_file():
        yield f"in {place} there is no {INDEX}: prices are brought to one year by today's"
    elif hashlib.sha256(there.read_bytes()).digest() != hashlib.sha256((PARAMETERS_DIR / INDEX).read_bytes()).digest():
        yield f"in {place} the {INDEX} is another than today's, by which the prices of both are brought to one year"


def _notes_of_model(place: Path, mine: OwnModel, said: OwnModel) -> tuple[str, ...]:
    told = f"in {place} the model was another than the one by which both are run"
    return () if mine.problem == said.problem else (told,)


# --- files ------------------------------------------------------------------------------------------


def _of_files(path: Path, said: str | OwnModel) -> Side:
    """The user's numbers in place of ours, or a whole folder of parameters in their place."""
    if isinstance(said, OwnModel):
        return Side(str(path), said.problem, said.records(_files_in(path)), {}, None, ())
    problem = declared(said)
    tree = _tree(path, problem)
    if tree is None:
        files, extra, sources = [PARAMETERS_DIR / n for n in problem.parameter_files], _files_in(path), PARAMETERS_DIR
    else:
        files, extra, sources = [tree / n for n in problem.parameter_files], [], tree
    records = load_parameters(files, extra=extra, money=problem.money, sources=sources / SOURCES)
    return Side(str(path), problem, records, {}, None, tuple(() if tree is None else _notes_of_index(path, tree)))


def _tree(path: Path, problem: DecisionProblem) -> Path | None:
    """Where all the problem's parameter files are: the folder, or that of parameters in a checkout; None elsewhere."""
    for folder in (path, path / "parameters"):
        if path.is_dir() and (folder / SOURCES).is_file():
            missing = [n for n in problem.parameter_files if not (folder / n).is_file()]
            if missing:
                raise ModelError(f"{folder}: no {', '.join(missing)}, which {problem.id} reads; allowed: all of them")
            return folder
    return None


def _files_in(path: Path) -> Sequence[Path]:
    """The file, or those of numbers in the folder, in order of their names."""
    if path.is_file():
        return [path]
    found = sorted(p for p in path.iterdir() if p.is_file() and p.suffix in NUMBERS and p.name not in SHIPPED)
    if not found:
        raise ModelError(f"{path}: holds no file of numbers; allowed: a folder of TOML files or workbooks")
    return found


__all__ = ["NUMBERS", "Side", "is_run", "problem_of", "sides_of"]
