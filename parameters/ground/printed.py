"""Numbers that know to how many digits they were given."""

from __future__ import annotations


class Printed(float):
    """A number of a file, which knows to how many digits it was given there."""

    half: float  # a unit of its last digit, halved

    @classmethod
    def read(cls, text: str) -> Printed:
        """``1.30`` is known to 0.005; what has no digits is known exactly."""
        found = cls(text)
        mantissa, _, power = text.lower().replace("_", "").partition("e")
        last = int(power or 0) - len(mantissa.partition(".")[2])
        found.half = float(f"5e{last - 1}") if mantissa[-1:].isdigit() else 0.0
        return found


def half_unit(value: object) -> float:
    """Half a unit of the last digit that a number was given to; 0 where that is not known, as of a computed one."""
    if isinstance(value, Printed):
        return value.half
    return 0.5 if isinstance(value, int) and not isinstance(value, bool) else 0.0
