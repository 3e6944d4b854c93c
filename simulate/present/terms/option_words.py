"""The words by which the command line asks for a run: what differs from a plain one, and all of it."""

from __future__ import annotations

from models.contract import Setting
from simulate.ask.options import Options


def option_words(o: Options, setting: Setting) -> list[str]:
    """Options of ``recovery-cea run`` that ask for it so under this setting, its parameters and changes apart."""
    more: dict[str, object] = {} if o.exact else {"people": o.people}
    more |= {"perspective": o.perspective} if o.perspective != setting.perspective else {}
    more |= {"effect": o.effect} if o.effect != setting.effect else {}
    more |= {"subgroup": o.subgroup} if o.subgroup is not None else {}
    more |= {"by-year": True} if o.by_year else {}
    more |= {"ages": ",".join(f"{a:g}" for a in o.ages)} if o.ages else {}
    more |= {"occupancy": ",".join(map(repr, o.occupancy))} if o.occupancy else {}
    more |= {} if o.threshold is None else {"wtp": repr(float(o.threshold))}
    more |= {"wtp-grid": ",".join(repr(float(t)) for t in o.thresholds)} if o.thresholds else {}
    return o.words(more)
