"""Declarations as plain data, and back: what a folder of results keeps of a model, so that no file is run to read it.

A declaration is a table of its fields under ``is``, the name of its class; a mapping a list of pairs. Read back is only
what is one of the contract's own classes, by its own constructor, which checks it as ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from models import contract
from models.contract import ModelError, Product, Sum
from parameters.mistakes import short

DEEPEST = 60  # declarations within declarations

CLASSES: Mapping[str, type] = {
    name: found
    for name, found in vars(contract).items()
    if isinstance(found, type) and is_dataclass(found) and found.__name__ == name
}
WRITTEN: Mapping[type, tuple[str, ...]] = {contract.Expression: ("text", "unit")}  # where not all fields are said
_IS, _PAIRS, _NUMBER = "is", "pairs", "number"


def as_data(thing: object, where: str = "", depth: int = 0) -> Any:
    """A declaration, or records of a script, as JSON holds it; ``ModelError`` names what no file could hold."""
    if depth > DEEPEST:
        raise ModelError(f"{where or 'it'} holds things within things without end")
    if isinstance(thing, np.generic):
        thing = thing.item()
    if thing is None or isinstance(thing, (bool, int, str)):
        return thing
    if isinstance(thing, float):
        return float(thing) if math.isfinite(thing) else {_NUMBER: repr(float(thing))}
    if isinstance(thing, np.ndarray):
        thing = thing.tolist()
    if isinstance(thing, (tuple, list)):
        return [as_data(x, f"{where}[{k}]", depth + 1) for k, x in enumerate(thing)]
    if isinstance(thing, Mapping):
        return {
            _PAIRS: [
                [as_data(k, f"{where} key", depth + 1), as_data(v, f"{where}[{short(k)}]", depth + 1)]
                for k, v in thing.items()
            ]
        }
    kind = type(thing)
    if CLASSES.get(kind.__name__) is kind:
        told = {f.name: as_data(getattr(thing, f.name), f"{where}.{f.name}", depth + 1) for f in _fields(kind)}
        return {_IS: kind.__name__, **told}
    raise ModelError(
        f"{where.lstrip('.') or 'it'} is {short(thing)}, a {kind.__name__}; allowed: declarations of models"
    )


def from_data(data: Any) -> Any:
    """The declaration that ``as_data`` told; ``ValueError`` on what it does not tell, by whatever name."""
    if isinstance(data, list):
        return tuple(map(from_data, data))
    if not isinstance(data, dict):
        return data
    if set(data) == {_NUMBER}:
        return float(data[_NUMBER])
    if set(data) == {_PAIRS}:
        return {from_data(key): from_data(value) for key, value in data[_PAIRS]}
    kind = CLASSES.get(str(data.get(_IS)))
    if kind is None:
        raise ModelError(f"{short(data.get(_IS))} is no declaration")
    given = {name: from_data(value) for name, value in data.items() if name != _IS}
    if kind in (Product, Sum):
        (parts,) = given.values()
        return kind(*parts)
    return kind(**given)


def as_plain(thing: object, where: str = "it", depth: int = 0) -> Any:
    """The records of a script as JSON holds them: tables, lists, words and numbers; ``ModelError`` on all else."""
    if depth > DEEPEST:
        raise ModelError(f"{where} holds things within things without end")
    if isinstance(thing, (np.generic, np.ndarray)):
        thing = thing.tolist()
    if isinstance(thing, Mapping) and all(isinstance(key, str) for key in thing):
        return {str(key): as_plain(value, f"{where}[{short(key)}]", depth + 1) for key, value in thing.items()}
    if isinstance(thing, (tuple, list)):
        return [as_plain(x, f"{where}[{k}]", depth + 1) for k, x in enumerate(thing)]
    if isinstance(thing, (bool, int, float, str)):
        return thing
    raise ModelError(f"{where} is {short(thing)}, a {type(thing).__name__}; allowed: tables, lists, words, numbers")


def _fields(kind: type) -> Any:
    return [f for f in fields(kind) if f.init and f.name in WRITTEN.get(kind, (f.name,))]
