"""Numbers as people type them, read or explained; nothing heavy is imported."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

LONGEST = 40  # characters of a number that anybody would type; and a pattern may take for ever
MOST_SIZE = 999_999_999  # people an arm
MOST_PRICE = 1e12  # of a unit of effect, on a grid
MOST_STEPS = 10_000  # from one number to another; beyond, nobody meant it
THOUSANDS = {"k": 1e3, "m": 1e6, "bn": 1e9}


def meant(text: str, *, whole: bool = False) -> str:
    """How a number that was written as people write it is to be typed; empty where that is no guess.

    ``£500``, ``1,024``, ``0,5``, ``10%``, ``500k``; with `whole` also ``1e4`` and ``64.0``.
    """
    from parameters.money.currencies import without_sign

    if len(text) > LONGEST:
        return ""
    plain = without_sign(text).removesuffix("%").rstrip()
    found = re.fullmatch(r"(.*\d)\s*(k|m|bn)", plain, re.IGNORECASE)
    plain, times = (found[1], THOUSANDS[found[2].lower()]) if found else (plain, 1.0)
    if re.fullmatch(r"-?\d{1,3}([ ,']\d{3})+(\.\d+)?", plain):
        plain = re.sub("[ ,']", "", plain)  # thousands
    elif re.fullmatch(r"-?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    if whole and re.fullmatch(r"\d+(\.\d*)?(e\+?\d\d?)?", plain, re.IGNORECASE) and (float(plain) * times).is_integer():
        return f"{float(plain) * times:.0f}" if float(plain) * times < 1e15 else ""
    if len(plain) > 20 or whole or not re.fullmatch(r"-?\d+(\.\d+)?", plain):
        return ""
    if text.strip().endswith("%"):
        return f"{float(plain) / 100:.10g}"
    return plain if times == 1.0 else f"{float(plain) * times:.15g}"


def has_sign(text: str) -> bool:
    """Whether a number stands beside a currency's sign."""
    from parameters.money.currencies import without_sign

    return len(text) <= LONGEST and text.strip() != without_sign(text)


def series(text: str, *, most: int = MOST_STEPS) -> tuple[float, ...] | None:
    """``A,B,C`` as they stand, or ``FROM:TO:STEP``, as numbers; None where it is neither."""
    try:
        if ":" not in text:
            parts = tuple(float(part) for part in text.split(","))
            return parts if all(map(math.isfinite, parts)) else None
        first, last, step = (float(part) for part in text.split(":"))
        steps = (last - first) / step
        if step > 0 and 0 <= steps <= most:
            return tuple(round(first + k * step, 12) for k in range(int(steps + 1e-9) + 1))
    except (ValueError, ArithmeticError):
        pass
    return None


def grid(text: str | None, option: str) -> tuple[float, ...]:
    """Prices of a unit of effect, rising, each once; none where nothing is said, ``ModelError`` where it is no grid."""
    from models.contract import ModelError
    from parameters.mistakes import short

    if text is None:
        return ()
    found = series(text)
    if found is None or not all(0 <= x <= MOST_PRICE for x in found):
        raise ModelError(
            f"{option}: {short(text)}; allowed: LOW:HIGH:STEP such as 0:50000:1000 ({MOST_STEPS + 1:,} at most), or"
            f" numbers from 0 to {MOST_PRICE:g} with commas such as 0,20000,30000"
        )
    return tuple(sorted(set(found)))


def group(text: str) -> tuple[str, list[str]]:
    """``LABEL=A,B``: a label, and names."""
    label, _, names = text.partition("=")
    return label.strip(), [name.strip() for name in names.split(",")]


def wrong_groups(groups: Sequence[str], option: str) -> Iterator[tuple[str, str]]:
    """What is wrong with ``LABEL=A,B`` options, each with the option."""
    labels = [group(text)[0] for text in groups]
    told: set[str] = set()
    for text in groups:
        label, names = group(text)
        if "=" not in text or not label or not all(names):
            yield option, f"{text!r}; allowed: LABEL=A,B with names of parameters"
        elif labels.count(label) > 1 and label not in told:
            told.add(label)
            yield option, f"{label!r} given twice; allowed: once"


def wrong_sizes(sizes: str | None) -> Iterator[tuple[str, str]]:
    """What is wrong with ``N,N,N``, with the option."""
    if sizes is not None and not all(_is_size(part.strip()) for part in sizes.split(",")):
        allowed = f"whole numbers from 1 to {MOST_SIZE} with commas between, such as 50,100,200"
        yield "--sizes", f"{sizes!r}; allowed: {allowed}"


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST and 0 < int(text) <= MOST_SIZE
