"""Our three packages have generic names; this says plainly when a stranger's package stands in place of one."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

PACKAGES = ("simulate", "models", "parameters")
HOME = Path(__file__).resolve().parent.parent.parent  # the folder that holds all three


def check_no_strangers() -> None:
    """Nothing when `simulate`, `models` and `parameters` are ours; ``ImportError`` names each that is not.

    Looks where they would be imported from, or were, and imports nothing.
    """
    wrong = [f"`{name}` is {_place(found)}" for name in PACKAGES if HOME / name not in (found := _folders(name))]
    if wrong:
        raise ImportError(
            f"{' and '.join(wrong)}, not recovery-cea's own in {HOME}. A package of the same name comes first on the "
            "import path: remove it, leave its folder, unset PYTHONPATH, or run through scripts/start.py."
        )


def _folders(name: str) -> list[Path]:
    """The folders a package is taken from; for a plain module, its file; none when it cannot be found."""
    module = sys.modules.get(name)
    spec = PathFinder.find_spec(name) if module is None else getattr(module, "__spec__", None)
    if spec is None:
        file = getattr(module, "__file__", None)
        return [Path(file).resolve().parent] if file else []
    return _from_spec(spec)


def _from_spec(spec: ModuleSpec) -> list[Path]:
    if spec.submodule_search_locations is not None:
        return [Path(place).resolve() for place in spec.submodule_search_locations]
    return [Path(spec.origin).resolve()] if spec.origin else []


def _place(found: list[Path]) -> str:
    return f"taken from {found[0]}" if found else "not found"
