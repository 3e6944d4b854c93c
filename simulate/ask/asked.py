"""What is asked: a case and how it is run. Made once, at the edge; everything below takes it whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Unpack

from models.contract import Component, Product, Variant
from models.states import check_utilities
from parameters.ground.brief import Brief
from simulate.ask.case import Case
from simulate.ask.essential import essential
from simulate.ask.options import Options, Wishes, complete


@dataclass(frozen=True, repr=False)
class Asked(Brief):
    """A case with complete options; the people of a file are in them, so that nothing simulates others by mistake."""

    case: Case
    options: Options

    def of(self, case: Case) -> Asked:
        """The same of another case."""
        return replace(self, case=case)

    def variant(self, variant: Variant | None) -> Asked:
        """The same of a variant of the case; itself where there is none.

        One that puts in what places differ by is of one place: that is drawn.
        """
        if variant is None:
            return self
        chosen = self.of(self.case.variant(variant))
        places = any(self.case.parameters[n].kind == "between_sites" for n in variant.replace.values())
        return chosen.but(predictive=True) if places else chosen

    def but(self, **changes: Any) -> Asked:
        """The same with other options, which are taken as they are."""
        return replace(self, options=replace(self.options, **changes))

    def to_be_judged(self) -> Asked:
        """The same, once its effect is known to be one that can be told of every state: ``ModelError`` otherwise."""
        if self.case.problem.effect(self.options.effect).is_qaly:
            check_utilities(self.case.problem)
        return self

    @property
    def delivered(self) -> Case:
        """The case as it is simulated, once solved for in full: what is scalable made for the share asked for.

        Solved for before, since trials' effects are those of everybody who was offered a service.
        """
        share, problem = self.options.implementation, self.case.problem
        if share == 1.0:
            return self.case

        def made(component: Component) -> Component:
            return replace(component, uptake=Product(component.uptake, share)) if component.scalable else component

        strategies = tuple(replace(s, components=tuple(map(made, s.components))) for s in problem.strategies)
        return replace(self.case, problem=replace(problem, strategies=strategies))

    @property
    def told(self) -> Asked:
        """The same of what a result tells: of expected values, without what nothing asked for reads."""
        o = self.options
        return (
            self.of(essential(self.case, o.perspective, o.effect))
            if o.exact and self.case.problem.pathway.cycle is None
            else self
        )

    def plain(self) -> Asked:
        """The same, and nothing collected beyond what costs and effects need."""
        return replace(self, options=self.options.plain())


def ask(case: Case, **wishes: Unpack[Wishes]) -> Asked:
    """A case with the options of ``complete``; every mistake at once."""
    return Asked(case, complete(case, **wishes))
