"""The Python file of a model of one's own, run: only ever one that the user named in so many words.

To read such a file is to run it, with all that the user may do. So a path comes here as a ``Path``, from the command
line or a script, and never as a word that stands in a file of results, of a batch or of scenarios.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from inspect import Parameter, signature
from pathlib import Path
from types import ModuleType, TracebackType

from models.catalogue import problem_ids
from models.contract import DecisionProblem, ModelError
from parameters import InputError, Problem
from parameters.files.content import MEBIBYTE, content_of
from parameters.mistakes import short, spelling_hint, why
from simulate.ask.own.model import OwnModel
from simulate.ask.own.naming import SUFFIX
from simulate.ask.own.spelling import as_data, as_plain

LARGEST = 2 * MEBIBYTE
PROBLEM, NUMBERS = "PROBLEM", "NUMBERS"
LONGEST = 1_000  # characters of what a file raises
NAME = "own_model"  # of the module while it runs


def read_model(path: Path) -> OwnModel:
    """Run a Python file and take its ``PROBLEM``, its ``NUMBERS``, and the TOML file of the same name beside it.

    What it prints goes to standard error. ``InputError``, at the file's own line, where it cannot be read or raises
    anything, or where what it declares is none of that.
    """
    content = _content(path)
    declared = vars(_run(path, content))
    wrong: list[Problem] = []
    told = _told_of_problem(declared)
    if told:
        wrong.append(_wrong(path, _line(content, PROBLEM), PROBLEM, told))
    told = _told_of_numbers(declared)
    if told:
        wrong.append(_wrong(path, _line(content, NUMBERS), NUMBERS, told))
    beside = path.with_suffix(".toml")
    files = (beside,) if beside.is_file() else ()
    if wrong:
        raise InputError(wrong)
    return OwnModel(declared[PROBLEM], path, content, as_plain(declared.get(NUMBERS, {})), files)


def _content(path: Path) -> bytes:
    try:
        return content_of(path, LARGEST)
    except FileNotFoundError as fault:
        near = spelling_hint(path.name, [p.name for p in path.parent.glob(f"*{SUFFIX}")])
        raise InputError([_wrong(path, 0, "file", f"is not there{near}")]) from fault
    except (OSError, ValueError) as fault:
        raise InputError([_wrong(path, 0, "file", f"cannot be read: {why(fault)}")]) from fault


# --- running it ----------------------------------------------------------------------------------------


class _AsRead(SourceFileLoader):
    """Runs what was read, whatever stands in the file by now, and leaves nothing beside it."""

    def __init__(self, path: Path, content: bytes):
        super().__init__(NAME, str(path))
        self.content = content

    def get_data(self, path: str) -> bytes:
        if path != self.path:
            raise OSError(path)  # a file of compiled code
        return self.content

    def set_data(self, *given: object, **options: object) -> None:
        return None


def _run(path: Path, content: bytes) -> ModuleType:
    loader = _AsRead(path, content)
    spec = spec_from_loader(NAME, loader)
    assert spec is not None
    module = module_from_spec(spec)
    with _imports_from(path.resolve().parent, module), redirect_stdout(sys.stderr):
        try:
            loader.exec_module(module)
        except SyntaxError as fault:
            where = Path(fault.filename or path)
            raise InputError([_wrong(where, fault.lineno or 0, "file", f"is no Python: {fault.msg}")]) from fault
        except KeyboardInterrupt:
            raise
        except BaseException as fault:
            raise InputError([_raised(path, fault)]) from fault
    return module


@contextmanager
def _imports_from(folder: Path, module: ModuleType) -> Iterator[None]:
    """While a file runs it finds its neighbours; afterwards nothing of them is left to be taken for another's."""
    before, compiled = set(sys.modules), sys.dont_write_bytecode
    sys.modules[NAME] = module
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = compiled
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if name == NAME or (file and Path(file).resolve().is_relative_to(folder) and "site-packages" not in file):
                del sys.modules[name]


def _raised(path: Path, fault: BaseException) -> Problem:
    """What a file raised, at the last line of the user's own that led there."""
    where, line = path, 0
    trace: TracebackType | None = fault.__traceback__
    own = path.resolve().parent
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file == path or (file.suffix == SUFFIX and file.resolve().is_relative_to(own) and own != _HOME):
            where, line = file, trace.tb_lineno
        trace = trace.tb_next
    words = str(fault).strip().splitlines()
    kind = type(fault).__name__
    if isinstance(fault, (InputError, ModelError)):  # which say all that is wrong
        return _wrong(where, line, "file", "; ".join(words))
    if isinstance(fault, SystemExit):
        return _wrong(where, line, "file", "ends the program; allowed: declarations")
    return _wrong(where, line, "file", f"{kind}: {' '.join(words)[:LONGEST]}{_allowed(fault)}" if words else kind)


def _allowed(fault: BaseException) -> str:
    """What a word of ours takes, where it was called in another way, or the word that is nearly the one called."""
    import models

    said = str(fault)
    if isinstance(fault, AttributeError) and fault.obj is models:
        return spelling_hint(str(fault.name), [name for name in dir(models) if not name.startswith("_")])
    called = re.match(r"(\w+)\.__init__\(\) ", said)
    word = getattr(models, called[1], None) if called is not None else None
    if not isinstance(fault, TypeError) or not isinstance(word, type):
        return ""
    given = [p for p in signature(word).parameters.values() if p.kind is not Parameter.VAR_KEYWORD]
    needed, free = ([p.name for p in given if (p.default is Parameter.empty) is missing] for missing in (True, False))
    near = re.search(r"unexpected keyword argument '(\w+)'", said)
    hint = "" if near is None else spelling_hint(near[1], [p.name for p in given])
    taken = [*needed, *(f"{name}=..." for name in free)]
    return f"; {word.__name__} takes {', '.join(taken)}{hint}"


_HOME = Path(__file__).resolve().parents[3]

# --- what it declares ------------------------------------------------------------------------------------


def _told_of_problem(declared: Mapping[str, object]) -> str:
    """What is wrong with its problem; "" where nothing is."""
    found = declared.get(PROBLEM)
    if PROBLEM not in declared:
        others = [n for n, x in declared.items() if isinstance(x, DecisionProblem)]
        near = f"; {others[0]} is one" if others else spelling_hint(PROBLEM, [n for n in declared if n.isupper()])
        return f"is not defined; a model's file says {PROBLEM} = DecisionProblem(...){near}"
    if isinstance(found, (tuple, list, Mapping)):
        return f"holds {len(found)} things; allowed: one DecisionProblem, and a file for each"
    if not isinstance(found, DecisionProblem):
        return f"is {short(found)}, a {type(found).__name__}; allowed: a DecisionProblem"
    if found.id in problem_ids():
        return f"has the id {found.id!r}, which is one of the catalogue's; allowed: another id"
    try:
        as_data(found)
    except ValueError as fault:
        return str(fault)
    return ""


def _told_of_numbers(declared: Mapping[str, object]) -> str:
    """What is wrong with its records, as far as they are none; "" where nothing is."""
    found = declared.get(NUMBERS, {})
    if not isinstance(found, Mapping):
        return f"is {short(found)}, a {type(found).__name__}; allowed: a dict of records by name"
    try:
        as_plain(found)
    except ValueError as fault:
        return str(fault)
    return ""


def _line(content: bytes, name: str) -> int:
    """The line on which a name is last given at the top of a file; 0 where it is nowhere."""
    given = [
        node.lineno
        for node in ast.parse(content).body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == name
    ]
    return max(given, default=0)


def _wrong(path: Path, line: int, key: str, text: str) -> Problem:
    return Problem(str(path), line, key, text)
