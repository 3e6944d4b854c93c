"""The shared pathway in the Netherlands: detention ordered by a court and by emergency measure are told apart."""

from __future__ import annotations

from dataclasses import replace

from models.contract import Branch, Component, Event, Group, Pathway
from models.shared.service_user import ADMISSIONS, SERVICE_USER

_COURT_ORDERED = Branch("court_ordered", "odds_court_ordered", {"care": "detained"})
_EMERGENCY = Branch("emergency", "odds_emergency", {"care": "detained"})


def _event(event: Event) -> Event:
    """The event with detention of either kind."""
    if event.name in ADMISSIONS:
        informal = next(b for b in event.branches if b.name == "informal")
        return replace(event, branches=(informal, _COURT_ORDERED, _EMERGENCY))
    if event.name == "conversion":
        return replace(event, becomes={}, branches=(_COURT_ORDERED, _EMERGENCY))
    return event


def _kind(branch: Branch) -> tuple[str, ...]:
    """Every way to a detention of that kind."""
    return tuple(f"{event}.{branch.name}" for event in (*ADMISSIONS, "conversion"))


DUTCH_PATHWAY = Pathway(
    **{
        **vars(SERVICE_USER),
        "name": "service_user_netherlands",
        "label": "Adults with psychosis or bipolar disorder in outpatient care in the Netherlands",
        "events": tuple(_event(e) for e in SERVICE_USER.events),
        "groups": (
            *(g for g in SERVICE_USER.groups if g.name != "detention"),
            Group("court_order", _kind(_COURT_ORDERED), "detention ordered by a court"),
            Group("emergency_detention", _kind(_EMERGENCY), "detention by emergency measure"),
            Group("detention", ("court_order", "emergency_detention"), "detention of either kind"),
        ),
    }
)


def by_dutch_law(component: Component) -> Component:
    """The component with its effects on detention on both kinds alike."""
    effects = tuple(
        replace(effect, branch=branch.name) if effect.branch else effect
        for effect in component.effects
        for branch in ((_COURT_ORDERED, _EMERGENCY) if effect.branch else (_COURT_ORDERED,))
    )
    return replace(component, effects=effects)
