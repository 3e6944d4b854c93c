"""What is weighed by age and characteristics, or counted back from the end, as the kernel wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from models.bases import Weight
from models.contract import Before, Pathway, When
from parameters.arrays import Floats
from simulate.engine.kernel.layout import Rows
from simulate.engine.lower.states import States, rows_of

What = Literal["time", "event", "delivered", "under"]


@dataclass(frozen=True)
class Weighed:
    """One row: time in states, events, deliveries or time under a component, times a weight.

    Time is that where `when` holds and none of `unless`, and where given `before` the end; `name` is the event, branch
    or group, or the component.
    """

    what: What
    weight: Weight
    when: When = When()  # noqa: RUF009  # frozen, and nothing is ever put into it
    unless: tuple[When, ...] = ()
    name: str = ""
    before: Before | None = None

    def words(self) -> str:
        """In English; two rows with the same words count the same."""
        parts = [self.what, self.name, self.when.words() if self.what == "time" else ""]
        parts += [f"unless {w.words()}" for w in self.unless]
        parts += [self.weight.words(), "" if self.before is None else self.before.words()]
        return "; ".join(p for p in parts if p)

    def holds(self, state: Mapping[str, str]) -> bool:
        """Whether time in a joint state, if it is not absorbed, counts."""
        return self.when.holds(state) and not any(w.holds(state) for w in self.unless)

    def is_end(self, state: Mapping[str, str]) -> bool:
        """Whether an absorbed state is what its time is counted back from."""
        return self.before is not None and self.before.when.holds(state)


def own_parts(weighed: Sequence[Weighed]) -> list[Weight]:
    """What people are weighed by throughout, each once; nothing for all is none of them."""
    return [w for w in dict.fromkeys(x.weight.own for x in weighed) if w != Weight()]


def weighed_tables(
    weighed: Sequence[Weighed], pathway: Pathway, states: States, outcomes: Sequence[str], components: Sequence[str]
) -> dict[str, Any]:
    """The tables of weighed rows: where each counts, and how it goes by age, by the person and back from the end."""
    parts, n = own_parts(weighed), len(weighed)
    counted = [set(pathway.resolve(w.name)) if w.what == "event" else set[str]() for w in weighed]

    def of_states(back: bool) -> Rows:
        flags = np.zeros((len(states.named), n), dtype=np.bool_)
        for i, w in enumerate(weighed):
            if w.what == "time" and (w.before is not None) == back:
                flags[:, i] = states.holding(w.when) & ~states.satisfying(w.unless).any(axis=1)
        return rows_of(flags)

    def of_components(what: What) -> Rows:
        flags = [[w.what == what and w.name == c for w in weighed] for c in components]
        return rows_of(np.array(flags, dtype=np.bool_).reshape(len(components), n))

    ends = [[w.is_end(s) for w in weighed] for s in states.named]
    within = [(0.0, 0.0, 0.0) if (b := w.before) is None else (b.beyond, b.within, b.until) for w in weighed]
    by_age = [(*w.weight.ages, float(w.weight.age_power)) for w in weighed]
    columns = [parts.index(w.weight.own) if w.weight.own in parts else -1 for w in weighed]
    return {
        "weighed_state": of_states(False),
        "weighed_last": of_states(True),
        "weighed_outcome": rows_of(np.array([[o in c for c in counted] for o in outcomes]).reshape(len(outcomes), n)),
        "weighed_uptake": of_components("delivered"),
        "weighed_under": of_components("under"),
        "weighed_end": np.array(ends, dtype=np.bool_).reshape(len(states.named), n) & states.absorbed[:, None],
        "weighed_within": np.array(within, dtype=np.float64).reshape(n, 3),
        "weighed_age": np.array(by_age, dtype=np.float64).reshape(n, 3),
        "weighed_column": np.array(columns, dtype=np.int64),
    }


def own_weights(
    weighed: Sequence[Weighed], found: Mapping[str, npt.NDArray[np.generic]], shape: tuple[int, int]
) -> Floats:
    """What each person is weighed by throughout, [draws, people, column], from their characteristics."""
    parts = own_parts(weighed)
    out = np.ones((*shape, len(parts)))
    for i, part in enumerate(parts):
        for name, levels in part.levels:
            out[:, :, i] *= np.isin(np.asarray(found[name], dtype=str), levels)
        for name, power in part.powers:
            for _ in range(power):
                out[:, :, i] *= np.asarray(found[name], dtype=np.float64)
    return out
