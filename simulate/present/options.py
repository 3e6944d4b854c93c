"""Options that several commands share, and their reading; importing nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Problem = Annotated[str, typer.Argument(metavar="ID", help="Decision problem; see `recovery-cea list`.")]
Setting = Annotated[str | None, typer.Option(help="Population, follow-up and evidence; the first is the base case.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter; repeatable.")]
Files = Annotated[
    list[Path] | None, typer.Option("--parameters", metavar="FILE", help="TOML records that replace ours; repeatable.")
]
Draws = Annotated[int, typer.Option(min=1, help="Parameter draws; powers of two are best.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers, on any threads.")]
Threads = Annotated[int | None, typer.Option(min=1, help="All processors when not given.")]
Fixed = Annotated[bool, typer.Option("--fixed", help="One draw, every parameter at its published estimate.")]
Method = Annotated[str, typer.Option(help="sobol (scrambled, eight replicates) or random.")]
Rng = Annotated[str, typer.Option(help="Random numbers: splitmix64, or philox4x32-10 for a second opinion.")]
Cohort = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV of people: id, weight, characteristics, start levels.")
]


def check_method(method: str) -> None:
    from models.contract import ModelError

    if method not in ("sobol", "random"):
        raise ModelError(f"--method {method!r}; allowed: sobol, random")


def ages(text: str | None) -> tuple[float, ...]:
    """``A,B,C`` as numbers; what they may be is checked with the other options."""
    from models.contract import ModelError

    try:
        return tuple(float(part) for part in text.split(",")) if text is not None else ()
    except ValueError as fault:
        raise ModelError(f"--ages {text!r}; allowed: ages in years with commas between, such as 18,35,65") from fault


def changes(pairs: list[str]) -> dict[str, float]:
    """``NAME=VALUE`` options as numbers; every malformed one is reported at once."""
    from parameters import InputError
    from parameters import Problem as InputProblem

    found: dict[str, float] = {}
    wrong: list[InputProblem] = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or number != number or number in (float("inf"), float("-inf")):
            wrong.append(InputProblem("--set", 0, name or pair, f"{pair!r} is no NAME=VALUE; allowed: a finite number"))
        elif name in found:
            wrong.append(InputProblem("--set", 0, name, "given twice; allowed: once"))
        found[name] = number
    if wrong:
        raise InputError(wrong)
    return found


def only(given: dict[str, float], allowed: tuple[str, ...], option: str) -> None:
    """Raise ``ModelError`` when a ``NAME=VALUE`` option names anything else."""
    from models.contract import ModelError

    unknown = [n for n in given if n not in allowed]
    if unknown:
        raise ModelError(f"{option}: {', '.join(unknown)}; allowed: {', '.join(allowed)}")
