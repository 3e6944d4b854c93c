"""What a problem could be otherwise: variants run beside it, and structural alternatives with declared weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.quantities import Quantity, check_distinct, check_id, check_kind, check_numbers, check_tuples
from parameters.ground.brief import Brief
from parameters.mistakes import ModelError


@dataclass(frozen=True, repr=False)
class Variant(Brief):
    """A named replacement of parameters, run beside the main result (same random numbers).

    One with a `weight` is a base case of its own, beside others with weights that add up to 1: readings of the evidence
    between which the main result draws with these weights.
    """

    name: str
    label: str
    replace: Mapping[str, str]
    weight: Quantity | None = None

    def __post_init__(self) -> None:
        check_id(self.name, "Variant.name")
        check_replaced(self.replace, f"Variant {self.name}.replace")


def check_replaced(replaced: Mapping[str, str], where: str) -> None:
    """Raise ``ModelError`` unless each is a name for a name."""
    check_kind(replaced, Mapping, where)
    for name, other in replaced.items():
        check_kind(name, str, where)
        check_kind(other, str, f"{where}[{name}]")


@dataclass(frozen=True, repr=False)
class Alternative(Brief):
    """One way in which a part of the model could be put together: as it is, or with other numbers in some places.

    `replace` puts other records in the place of parameters, `fixed` a value in a record's own unit, such as the 1 at
    which a ratio is no effect. `weight` is how probable it is held to be, beside the others of its structure.
    """

    name: str
    label: str
    weight: Quantity
    replace: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"Alternative {self.name}"
        check_id(self.name, "Alternative.name")
        check_replaced(self.replace, f"{where}.replace")
        check_kind(self.fixed, Mapping, f"{where}.fixed")
        for name, value in self.fixed.items():
            check_kind(name, str, f"{where}.fixed")
            check_numbers(f"{where}.fixed[{name}]", value)
        if both := sorted({*self.replace} & {*self.fixed}):
            raise ModelError(f"{where}: {', '.join(both)} replaced and fixed; allowed: one of the two")

    @property
    def changes(self) -> tuple[str, ...]:
        """The parameters that it changes, in order."""
        return (*self.replace, *self.fixed)


@dataclass(frozen=True, repr=False)
class Structure(Brief):
    """A choice in how the model is put together, which no trial decides: alternatives side by side, and averaged.

    `reason` says why there is a choice and why the weights, which nobody measured, are what they are.
    """

    name: str
    label: str
    reason: str
    alternatives: tuple[Alternative, ...]

    def __post_init__(self) -> None:
        where = f"Structure {self.name}"
        check_id(self.name, "Structure.name")
        check_tuples(self, alternatives=Alternative)
        check_distinct([a.name for a in self.alternatives], f"{where}.alternatives")
        if len(self.alternatives) < 2:
            raise ModelError(f"{where}.alternatives: {len(self.alternatives)}; need at least two")
        for word in ("label", "reason"):
            if not getattr(self, word):
                raise ModelError(f"{where}.{word}: empty; say it in words")

    @property
    def changes(self) -> tuple[str, ...]:
        """Every parameter that one of its alternatives changes, each once."""
        return tuple(dict.fromkeys(n for a in self.alternatives for n in a.changes))


def alternative_of(variant: Variant) -> Alternative:
    """A weighted variant of a setting as an alternative; ``ModelError`` for one without a weight."""
    if variant.weight is None:
        raise ModelError(f"Variant {variant.name}.weight: None; an alternative has one")
    return Alternative(variant.name, variant.label, variant.weight, dict(variant.replace))
