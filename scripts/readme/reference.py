"""Write the tables of the Python interface into simulate/reference/README.md, from signatures and docstrings.

``python scripts/readme/reference.py``; a test says when it has to be run.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import simulate
from simulate import PsaTable, Result, evaluate
from simulate.analyse import sweep

PAGE = Path(__file__).resolve().parents[2] / "simulate" / "reference" / "README.md"
MODULES = {"simulate": simulate, "sweep": sweep, "evaluate": evaluate}
INSIDE = r"refuse_|with_rare|condensed|\w+_table$"  # methods for the program's own rooms
CLASSES = {"Result": Result, "PsaTable": PsaTable}


def tables() -> dict[str, str]:
    """The table of each module and class by its name."""
    found = {name: _table(_of_module(module)) for name, module in MODULES.items()}
    return found | {name: _table(_of_class(cls)) for name, cls in CLASSES.items()}


def replaced(text: str) -> str:
    """The page with its tables as they would be now."""
    for name, table in tables().items():
        parts = re.split(rf"(?<=<!-- {name} -->\n\n).*?(?=\n\n<!-- end {name} -->)", text, flags=re.DOTALL)
        assert len(parts) == 2, name
        text = table.join(parts)
    return text


def _table(rows: Iterator[tuple[str, str]]) -> str:
    cells = [f"| `{call}` | {told} |" for call, told in rows]
    return "\n".join(["| call | gives |", "|---|---|", *cells])


def _of_module(module: ModuleType) -> Iterator[tuple[str, str]]:
    for name in sorted(module.__all__, key=lambda n: (n[0].isupper(), n)):
        thing = getattr(module, name)
        yield (f"{name}{_arguments(thing)}" if inspect.isfunction(thing) else name), _first_line(thing)


def _of_class(cls: type) -> Iterator[tuple[str, str]]:
    members = {name: inspect.getattr_static(cls, name) for name in dir(cls) if not name.startswith("_")}
    for name, thing in members.items():
        if inspect.isfunction(thing) and inspect.getdoc(thing) and not re.match(INSIDE, name):
            yield f"{name}{_arguments(thing)}", _first_line(thing)


def _arguments(function: Any) -> str:
    """The names of the arguments, those that may be left out with an equals sign."""
    told = []
    for name, p in inspect.signature(function).parameters.items():
        if name == "self":
            continue
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")  # type: ignore[call-overload]
        told.append(f"{star}{name}{'=' if p.default is not p.empty else ''}")
    return f"({', '.join(told)})"


def _first_line(thing: Any) -> str:
    """The first sentence of what it says of itself."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
