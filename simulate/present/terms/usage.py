"""What is wrong with a command line, a line each of the form of every other error: place, what, and what to type."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from simulate.present.terms.reading import meant

# Options that are called otherwise than they were.
RENAMED = {
    ("voi", "--threshold"): "--wtp",
    ("evaluate", "--threshold"): "--wtp",
    ("evaluate", "--thresholds"): "--wtp-grid",
    ("sweep", "--threshold"): "--switch",
    ("run", "--threshold"): "--wtp",
    ("run", "--thresholds"): "--wtp-grid",
}
WHY_NOT = {("league", "--parameters"): "a file of records is for one problem; allowed: --set NAME=VALUE"}


def usage_lines(fault: Any) -> list[str]:
    """What typer refused, a line for each mistake, without ``error:``."""
    return [_words(each) for each in getattr(fault, "faults", [fault])]


def _words(fault: Any) -> str:
    context = getattr(fault, "ctx", None)
    command = _typed() if context is None else context.info_name if context.parent is not None else ""
    kind = type(fault).__name__
    helped = f"see recovery-cea {command} --help" if command else "see recovery-cea --help"
    if kind == "NoSuchOption":
        return f"{_place(command, fault.option_name)}: no such option; {_instead(command, fault, context) or helped}"
    if kind == "MissingParameter":
        return f"{_place(command, _name(fault.param))}: is missing; {helped}"
    if kind == "BadParameter":
        return f"{_place(command, _name(fault.param))}: {_value_words(fault)}"
    if kind == "BadOptionUsage":
        return (
            f"{_place(command, fault.option_name)}: {_small(fault.message, fault.option_name)}{_takes(fault)}; {helped}"
        )
    if fault.message.startswith("No such command"):
        return _no_such_command(fault, context)
    return f"{_place(command, '')}: {_small(fault.message, '')}; {helped}"


def _takes(fault: Any) -> str:
    """Beside an option that has too few values, what to type."""
    option, context = fault.option_name, getattr(fault, "ctx", None)
    known = [] if context is None or " requires " not in fault.message else context.command.params
    return next((f"; type {option} {p.metavar}" for p in known if option in p.opts and p.metavar), "")


def _typed() -> str:
    """The command, where typer does not say of which an option is."""
    return next((word for word in sys.argv[1:] if not word.startswith("-")), "")


def _place(command: str, option: str) -> str:
    from parameters.mistakes import printable, short_text

    return printable(": ".join(filter(None, (command, short_text(option))))) or "recovery-cea"


def _name(param: Any) -> str:
    """An option by its longest name, an argument by what stands for it in the usage."""
    if param is None:
        return ""
    if param.param_type_name == "option":
        return str(max(param.opts, key=len))
    return str(param.metavar or param.name).strip("[]")


def _options(context: Any) -> list[str]:
    return [name for param in context.command.get_params(context) for name in (*param.opts, *param.secondary_opts)]


def _instead(command: str, fault: Any, context: Any) -> str:
    """What to type for an option that there is not; empty where nothing is like it."""
    from parameters.mistakes import spelling_hint

    given = str(fault.option_name)
    if (new := RENAMED.get((command, given))) is not None:
        return f"it is called {new} now"
    known = [name for name in _options(context) if name.startswith("--")]
    if (why := WHY_NOT.get((command, given))) is not None:
        return why
    if given == "--wtp" and "--wtp" not in known:
        return "nothing here is paid for by the unit of effect"
    return spelling_hint(given, known).removeprefix("; ")


def _no_such_command(fault: Any, context: Any) -> str:
    from parameters.mistakes import short, spelling_hint

    given = fault.message.removeprefix("No such command ").rstrip(".")[1:-1]
    hint = spelling_hint(given, list(context.command.commands)) or "; see recovery-cea --help"
    return f"{short(given)}: no such command{hint}"


def _small(text: str, option: str) -> str:
    """typer's sentence inside one of ours: ``Option '--x' requires an argument.`` without what stands before it."""
    words = text.rstrip(".").replace("argument(s)", "argument").removeprefix(f"Option {option!r} ")
    return words[:1].lower() + words[1:]


def _value_words(fault: Any) -> str:
    """What is wrong with a value, which is quoted, and what to type instead."""
    from parameters.mistakes import short

    found = next(_pydantic(fault.__cause__), None)
    if found is None:
        return _small(fault.message, "")
    kind, value = str(found["type"]), found["input"]
    if (words := _choice_words(fault.param, value)) is not None:
        return words
    limits = _limits(fault.param)
    if kind.startswith("int") or kind == "finite_number":
        return f"{short(value)} is no whole number; {_write(str(value), limits, whole=True)}"
    if kind.startswith("float"):
        return f"{short(value)} is no number; {_write(str(value), limits, whole=False)}"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"{short(value)} is out of range; allowed: {limits}"
    return f"{short(value)}; {_small(str(found['msg']), '')}"


def _pydantic(fault: BaseException | None) -> Iterator[dict[str, Any]]:
    """The errors of a fault of pydantic."""
    errors = getattr(fault, "errors", None)
    if errors is not None:
        yield from errors(include_url=False, include_context=False)


def _choice_words(param: Any, value: object) -> str | None:
    """What is said of a value that is none of the choices; None where there are no choices."""
    from parameters.mistakes import short, spelling_hint

    choices: Sequence[object] | None = getattr(param.type_descriptor, "choices", None)
    if not choices:
        return None
    names = [str(c) for c in choices]
    return f"{short(value)} is unknown; allowed: {', '.join(names)}{spelling_hint(str(value), names)}"


def _limits(param: Any) -> str:
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"{low:g} or more" if high is None else f"{high:g} or less"
    return f"{low:g} to {high:g}"


def _write(text: str, limits: str, *, whole: bool) -> str:
    guess = meant(text, whole=whole)
    if guess:
        return f"write {guess}"
    example = "a whole number such as 1024" if whole else "a number such as 1000 or 0.5"
    return f"allowed: {example}{f', {limits}' if limits else ''}"
