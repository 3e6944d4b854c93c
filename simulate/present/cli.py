"""The command line: thin, and quick to answer; anything heavy is imported by the command that needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from copy import copy
from functools import cache, wraps
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import typer
from typer.exceptions import TyperException

from simulate.engine.arithmetic.one_thread import digits_note, was_used
from simulate.present import commands
from simulate.present.commands import credibility, exchange, inspection, many
from simulate.present.terminal.encoding import write_in_any_encoding
from simulate.present.terms.command import Command
from simulate.present.terms.exit_codes import BAD_INPUT, DONE, INTERRUPTED, NUMERICAL, RESOURCES
from simulate.present.terms.help import FIRST, HELP_OPTIONS, Commands, VersionOption, examples_text
from simulate.present.terms.interrupts import came, code_of_signal, raised
from simulate.present.terms.surroundings import put_aside_note, settle
from simulate.present.terms.usage import usage_lines
from simulate.process.guard import check_no_strangers
from simulate.process.interrupts import PROGRAM, WORDS

app = typer.Typer(
    name="recovery-cea",
    cls=Commands,
    suggest_commands=False,
    help="Monte Carlo cost-effectiveness of recovery interventions in mental health.",
    epilog=examples_text(FIRST),
    context_settings=HELP_OPTIONS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _program(version: VersionOption = False) -> None:
    pass


def _commands() -> Iterator[tuple[str, Callable[..., None]]]:
    """One command a file, by the name of the file: nothing is registered."""
    for package in (commands, credibility, exchange, inspection, many):
        for module in iter_modules(package.__path__):
            command = getattr(import_module(f"{package.__name__}.{module.name}"), f"{module.name}_command", None)
            if command is not None:
                yield module.name.replace("_", "-"), command


def _noted(name: str, command: Callable[..., None]) -> Callable[..., None]:
    """The command, which first notes what it is asked."""

    @wraps(command)
    def noted(**given: Any) -> None:
        from parameters.ground.spoken import as_options
        from simulate.present.folder.question import ask

        ask(name, given)
        try:
            with as_options():
                command(**given)
        except EOFError as fault:  # which typer takes for Ctrl-C
            raise OSError(f"something that was read ended early ({fault})") from fault

    return noted


for _name, _command in sorted(_commands()):
    _examples = getattr(sys.modules[_command.__module__], "EXAMPLES", ())
    _made = app.command(_name, cls=Command, epilog=examples_text(_examples), context_settings=HELP_OPTIONS)
    _made(_noted(_name, _command))


def main() -> None:
    """Entry point: run a command and turn what is raised into one clear message and an exit code."""
    write_in_any_encoding()
    if not PROGRAM:
        sys.exit(_code())
    settle()
    try:
        with raised():
            code = _code()
    except KeyboardInterrupt:  # outside the command itself
        print(WORDS, file=sys.stderr)
        code = code_of_signal()
    if code == code_of_signal():  # threads in compiled code do not hear of it: nobody waits for them
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _code() -> int:
    """The exit code of the command that ``sys.argv`` asks for, once it has run."""
    check_no_strangers()
    try:
        return _guarded(lambda: _asked(sys.argv[1:2])(standalone_mode=False))
    finally:
        _let_go()
        for note in [note for note in _notes() if note and not came()]:  # nothing comes after that it was interrupted
            print(f"note: {note}", file=sys.stderr)


def _asked(words: list[str]) -> Any:
    """The program with the one command that the first word names, else with all: to make them all takes a while."""
    names = {c.name for c in app.registered_commands}
    return _made_with(next((word for word in words if word in names), None))


@cache
def _made_with(name: str | None) -> Any:
    program = copy(app)
    program.registered_commands = [c for c in app.registered_commands if name in (None, c.name)]
    return typer.main.get_command(program)


def _notes() -> Iterator[str]:
    """Of what a command used: what could not be kept in its usual place, and what may change last digits."""
    yield getattr(sys.modules.get("simulate.engine.arithmetic.compiled"), "CACHE_NOTE", "")
    workplace = sys.modules.get("simulate.engine.keeping.workplace")
    if workplace is not None:
        yield from workplace.notes()
        workplace.choose_usual()  # the next command of this process chooses for itself
    if PROGRAM and was_used():
        yield put_aside_note()
        yield digits_note()


def _let_go() -> None:
    """Release the folders that a command held, where it came so far."""
    held = sys.modules.get("simulate.present.folder.hold")
    if held is not None:
        held.release_all()


def _guarded(command: Callable[[], Any]) -> int:
    try:
        code = command()
        if code == INTERRUPTED:  # how typer tells of Ctrl-C
            raise KeyboardInterrupt
        return int(code) if isinstance(code, int) else DONE
    except typer.Exit as stop:
        return int(stop.exit_code)
    except TyperException as fault:  # unknown options and the like
        if type(fault).__name__ == "NoArgsIsHelpError":
            print(fault, file=sys.stderr)
        else:
            print(*(f"error: {line}" for line in usage_lines(fault)), sep="\n", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(WORDS, file=sys.stderr)
        return code_of_signal()
    except Exception as fault:
        if came():
            print(WORDS, file=sys.stderr)
            return code_of_signal()
        code = _exit_code(fault)
        if code is None:
            raise
        print(_message(fault), file=sys.stderr)
        return code


def _exit_code(fault: Exception) -> int | None:
    """The promised exit code of an error a user can meet; None for a fault of our own."""
    kinds = {c.__name__ for c in type(fault).__mro__}
    if kinds & {"InputError", "ModelError"}:
        return BAD_INPUT
    if "NumericalError" in kinds:
        return NUMERICAL
    if kinds & {"ResourceError", "OSError", "MemoryError", "MissingExtra"}:
        return RESOURCES
    return None


def _message(fault: Exception) -> str:
    if hasattr(fault, "parts"):  # several mistakes
        return "\n".join(map(_message, fault.parts))
    text = str(fault) or type(fault).__name__
    lines = text.splitlines() if type(fault).__name__ == "InputError" else [text]
    return "\n".join(f"error: {line}" for line in lines)


if __name__ == "__main__":
    main()
