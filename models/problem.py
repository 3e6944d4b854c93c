"""Decision problems: what is compared, for whom, judged how, and which published figures it must show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from models.bases import Basis, StateTime, check_basis
from models.economics import (
    REFERENCE_DISCOUNT,
    CostItem,
    EffectMeasure,
    Payer,
    Perspective,
    Scale,
    Utility,
    check_worth,
    is_priced_by,
)
from models.hazards import AtOnce, Empirical, FixedTime, Hazard, PerCycle
from models.measures import ItemCost, check_statistic
from models.pathway import Pathway, When
from models.published import CalibrationTarget, PublishedResult, PublishedTrial
from models.quantities import (
    Quantity,
    check_distinct,
    check_id,
    check_kind,
    check_one_of,
    check_tuples,
    names_in,
    parameter_names,
)
from models.strategies import Strategy, Structure, Variant, check_held_throughout, check_labels
from parameters.ground.brief import Brief
from parameters.mistakes import ModelError
from parameters.money.model_money import Money


@dataclass(frozen=True)
class Breakeven:
    """A price or quantity for which results also say from where on a strategy costs no more than the comparator.

    `parameter` must enter costs alone, and linearly: "how many bed-days must it save to pay for itself?"
    """

    parameter: str
    label: str


@dataclass(frozen=True, repr=False)
class Setting(Brief):
    """One population, follow-up and evidence base under which the problem is run."""

    name: str
    label: str
    horizon: Quantity
    targets: tuple[CalibrationTarget, ...] = ()
    perspective: str = "everybody"
    effect: str = "qaly"
    given: Mapping[str, Quantity] = field(default_factory=dict)  # engine parameters this setting fixes; as a Strategy's
    shown: tuple[PublishedResult, ...] = ()
    variants: tuple[Variant, ...] = ()
    notes: tuple[str, ...] = ()
    leading: tuple[str, ...] = ()  # the assumptions that decide the answer: listed first where draws cannot tell
    # Compared under this setting, comparator first: ids of the problem's, or its own; all of the problem's when empty.
    strategies: tuple[str | Strategy, ...] = ()
    pathway: Pathway | None = None  # the natural history where it is not the problem's own
    scales: tuple[str, ...] | None = None  # what results are also told for; all that the problem has where None
    costs: tuple[str, ...] | None = None  # cost items counted; where None all but those of others' components
    trial: PublishedTrial | None = None  # the trial that this setting is
    each: str = ""  # as the problem's, where this setting is told for something else
    claimed: str = ""  # why it is a scenario and no probability goes with it: it comes out as it was put in, or claimed

    def __post_init__(self) -> None:
        check_id(self.name, "Setting.name")
        check_tuples(
            self,
            targets=CalibrationTarget,
            shown=PublishedResult,
            variants=Variant,
            notes=str,
            strategies=(str, Strategy),
        )
        if self.pathway is not None:
            check_kind(self.pathway, Pathway, f"Setting {self.name}.pathway")
        check_distinct([t.unknown for t in self.targets] + list(self.given), f"Setting {self.name}.targets and given")
        for name, quantity in self.given.items():
            taken = sorted({*names_in(quantity)} & ({*self.given} | {t.unknown for t in self.targets}))
            if taken:
                told = f"{', '.join(taken)}: given or solved for by the setting itself; allowed: records"
                raise ModelError(f"Setting {self.name}.given[{name}]: {told}")

    def compared(self, strategies: tuple[Strategy, ...]) -> tuple[Strategy, ...]:
        """What is compared under this setting, given the problem's `strategies`."""
        known = {s.id: s for s in strategies}
        return tuple(known[s] if isinstance(s, str) else s for s in self.strategies) or strategies

    def variant(self, name: str) -> Variant:
        """The variant called `name`; ``ModelError`` lists the others."""
        check_one_of(name, [v.name for v in self.variants], f"Setting {self.name}: variant")
        return next(v for v in self.variants if v.name == name)


QALY = EffectMeasure("qaly", "Quality-adjusted life-years", "QALY")
EVERYBODY = Perspective("everybody", "Every cost, whoever pays", get_args(Payer))


# What a summary tells of every strategy under these names.
KEPT_UNDER = 64  # settings whose problem is kept; sweeps make new ones without end
SAID_OTHERWISE = ("id", "label", "cost", "effect", "events", "ever", "mcse")


@dataclass(frozen=True)
class DaysIn:
    """Days per person that a problem tells of every strategy, such as those on wards."""

    name: str
    label: str
    when: When

    def __post_init__(self) -> None:
        check_id(self.name, "DaysIn.name")
        if self.name in SAID_OTHERWISE:
            raise ModelError(f"DaysIn.name: {self.name!r} stands for something else in a summary")


NOT_IN_CYCLES = (FixedTime, Empirical)


def check_cycle(pathway: Pathway) -> None:
    """Raise ``ModelError`` for what has no place in a pathway in cycles, or has one nowhere else."""
    where = f"Pathway {pathway.name}"
    kinds: tuple[type, ...] = get_args(Hazard)
    allowed = "a hazard; PerCycle stands in a pathway with a cycle"
    if pathway.cycle is not None:
        kinds = (PerCycle, *(kind for kind in kinds if kind not in NOT_IN_CYCLES))
        allowed = "PerCycle, or a hazard but " + ", ".join(kind.__name__ for kind in NOT_IN_CYCLES)
    for event in pathway.events:
        if not isinstance(event.hazard, kinds):
            raise ModelError(f"Event {event.name}.hazard: {type(event.hazard).__name__}; allowed: {allowed}")
        if pathway.cycle is not None and event.by:
            raise ModelError(f"Event {event.name}.by: a cohort in cycles has an event for each level, in its `when`")
        if pathway.cycle is not None and (event.clock == "gap" or event.lengthens):
            raise ModelError(f"Event {event.name}: gap clocks and lengthened stays have no place in {where}, in cycles")
    if pathway.cycle is not None and (pathway.frailties or pathway.covariates or pathway.history):
        raise ModelError(f"{where}.cycle: a cohort has no frailties, covariates or histories of people")


def check_nodes(pathway: Pathway) -> None:
    """Raise ``ModelError`` for what has no place at a chance node, through which people pass with no time at all."""
    nodes = {e.name for e in pathway.events if isinstance(e.hazard, AtOnce)}
    for event in pathway.events:
        for name in nodes & {x.event for x in event.lengthens}:
            raise ModelError(f"Event {event.name}.lengthens: {name} comes at once; allowed: a stay that takes time")
        if event.name not in nodes:
            continue
        if event.clock != "sojourn" or not event.when.levels:
            field, got = ("when", "everywhere") if event.clock == "sojourn" else ("clock", event.clock)
            raise ModelError(f"Event {event.name}.{field}: {got}; of AtOnce: the clock sojourn, in some levels")
        for end in event.branches or (event,):
            if all(end.becomes.get(d, levels[0]) in levels for d, levels in event.when.levels.items()):
                raise ModelError(f"Event {event.name}: {end.name} leads to where it comes at once, again and again")
    for covariate in pathway.covariates:
        if covariate.event in nodes and covariate.ratio != "odds":
            where = f"Covariate {covariate.characteristic} on {covariate.event}"
            raise ModelError(f"{where}.ratio: {covariate.ratio}; it comes at once; allowed: odds, of a branch")
    for kind, several in (("Frailty", pathway.frailties), ("History", pathway.history)):
        for one in several:
            for name in nodes & {*one.events}:
                raise ModelError(f"{kind} {one.name}.events: {name} comes at once and has no hazard")


@dataclass(frozen=True, repr=False)
class DecisionProblem(Brief):
    """A question: which of these strategies, for whom, judged how. The first strategy is the comparator."""

    id: str
    label: str
    pathway: Pathway
    strategies: tuple[Strategy, ...]
    settings: tuple[Setting, ...]
    question: str = ""
    costs: tuple[CostItem, ...] = ()
    utilities: tuple[Utility, ...] = ()
    effects: tuple[EffectMeasure, ...] = (QALY,)
    perspectives: tuple[Perspective, ...] = (EVERYBODY,)
    parameter_files: tuple[str, ...] = ()  # under parameters/, or full paths
    discount_costs: Quantity = REFERENCE_DISCOUNT
    discount_effects: Quantity = REFERENCE_DISCOUNT
    discounting: Literal["effective", "continuous"] = "effective"  # 1.035^-t, or exp(-0.035 t)
    thresholds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # effect -> money per unit
    days: tuple[DaysIn, ...] = ()  # told of every strategy beside costs and effects
    scales: tuple[Scale, ...] = ()  # what results are also told for, such as a ward-year
    breakevens: tuple[Breakeven, ...] = ()
    kind: Literal["pathway", "ward", "portfolio", "pre_post", "cost_consequence", "threshold", "description"] = (
        "pathway"
    )
    described: str = (
        ""  # why its options stand side by side and are not compared: of a description, and of no other kind
    )
    each: str = "person"  # whom or what costs and effects are told for: a ward, a place, where nobody is followed
    challenge: int = 1
    claims: tuple[str, ...] = ()
    evidence: Literal["strong", "moderate", "weak", "not graded"] = "not graded"
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    money: Money | None = None  # what all of it is in; where neither this nor a file says so, pounds of the base year
    structures: tuple[Structure, ...] = ()  # choices in how it is put together, run side by side and averaged

    def __post_init__(self) -> None:
        check_id(self.id, "DecisionProblem.id")
        check_kind(self.pathway, Pathway, f"{self.id}.pathway")
        check_tuples(self, strategies=Strategy, settings=Setting, costs=CostItem, utilities=Utility)
        check_tuples(
            self,
            effects=EffectMeasure,
            perspectives=Perspective,
            parameter_files=str,
            scales=Scale,
            breakevens=Breakeven,
            days=DaysIn,
            structures=Structure,
        )
        for name in ("strategies", "settings", "effects", "perspectives"):
            if not getattr(self, name):
                raise ModelError(f"{self.id}.{name}: empty; need at least one")
        check_distinct([s.id for s in self.strategies], f"{self.id}.strategies")
        check_distinct([s.name for s in self.settings], f"{self.id}.settings")
        check_distinct([c.name for c in self.costs], f"{self.id}.costs")
        check_distinct([d.name for d in self.days], f"{self.id}.days")
        check_distinct([s.name for s in self.structures], f"{self.id}.structures")
        check_distinct([a.name for s in self.structures for a in s.alternatives], f"{self.id}.structures: alternatives")
        check_distinct([n for s in self.structures for n in s.changes], f"{self.id}.structures: parameters changed")
        if self.money is not None:
            check_kind(self.money, Money, f"{self.id}.money")
        check_one_of(self.discounting, ("effective", "continuous"), f"{self.id}.discounting")
        if (self.kind == "description") != bool(self.described):
            raise ModelError(f"{self.id}.described: say why a description compares nothing, and in no other kind")
        for setting in self.settings:
            self._check_setting(setting)
        self._check_names()
        used = [(s.pathway or self.pathway, s.compared(self.strategies)) for s in self.settings]
        left = tuple(s for s in self.strategies if not any(s in strategies for _, strategies in used))
        everywhere = (*self.strategies, *(s for _, strategies in used for s in strategies))
        components = list(dict.fromkeys(c.name for s in everywhere for c in s.components))
        for pathway, strategies in [*used, (self.pathway, left)]:
            check_cycle(pathway)
            check_nodes(pathway)
            self._check_effects(pathway, strategies)
            self._check_economics(pathway, components)
            check_labels(strategies, f"{self.id}.strategies")
        for where, basis in self._bases():
            if isinstance(basis, StateTime):
                check_held_throughout(everywhere, basis.component, where)

    def _bases(self) -> Iterator[tuple[str, Basis]]:
        """What is counted, each with where it stands."""
        yield from ((f"CostItem {c.name}.basis", c.basis) for c in self.costs)
        yield from ((f"EffectMeasure {e.name}.items: basis", i.basis) for e in self.effects for i in e.items)

    def _check_effects(self, pathway: Pathway, strategies: tuple[Strategy, ...]) -> None:
        for strategy in strategies:
            for component in strategy.components:
                for effect in component.effects:
                    where = f"Component {component.name}: Effect on {effect.event}"
                    event = pathway.event(effect.event, f"{where}.event")
                    if isinstance(event.hazard, FixedTime) and effect.ratio == "hazard":
                        raise ModelError(f"{where}.ratio: hazard; a fixed time has none; allowed: time")
                    if isinstance(event.hazard, AtOnce) and effect.branch is None:
                        raise ModelError(
                            f"{where}.branch: None; it comes at once; allowed: an odds or risk ratio of a branch"
                        )
                    if isinstance(event.hazard, PerCycle) and effect.ratio == "time":
                        raise ModelError(
                            f"{where}.ratio: time; no clock to slow in cycles; allowed: hazard, odds, risk"
                        )
                    if effect.branch is None and effect.ratio in ("odds", "risk") and pathway.cycle is None:
                        raise ModelError(
                            f"{where}.branch: None with ratio {effect.ratio}; odds and risk ratios name a branch,"
                            " hazard and time ratios none"
                        )
                    if effect.branch is not None:
                        check_one_of(effect.branch, [b.name for b in event.branches], f"{where}.branch")

    def _check_economics(self, pathway: Pathway, components: list[str]) -> None:
        for where, basis in self._bases():
            check_basis(basis, pathway, components, where)
        for utility in self.utilities:
            pathway.check_when(utility.when, "Utility.when")
            if utility.event is not None:
                pathway.resolve(utility.event, "Utility.event")
        check_worth((*self.costs, *self.utilities), pathway)
        for measure in self.effects:
            where = f"EffectMeasure {measure.name}"
            self._check_worth(measure, pathway)
            for name in (measure.ever, measure.achieved, measure.averted):
                if name is not None:
                    pathway.resolve(name, where)
            for when in (measure.days, measure.years, measure.takes):
                if when is not None:
                    pathway.check_when(when, where)
        for scale in self.scales:
            pathway.check_when(scale.when, f"Scale {scale.name}.when")
        for told in self.days:
            pathway.check_when(told.when, f"{self.id}.days: {told.name}")

    def _check_worth(self, measure: EffectMeasure, pathway: Pathway) -> None:
        where = f"EffectMeasure {measure.name}"
        if is_priced_by(measure, self.costs, pathway) and not (measure.already_priced or measure.beyond_cost):
            raise ModelError(
                f"{where}: a cost item prices all that it counts, so that a willingness to pay would count it twice;"
                " say why it is already_priced, or what it is worth beyond_cost"
            )
        never = all(self.only_at_0(measure.name, p.name) for p in self.perspectives)
        if never and any(self.thresholds.get(measure.name, ())):
            raise ModelError(f"{self.id}.thresholds[{measure.name}]: only 0 is allowed; {self._why_only_0(measure)}")

    def only_at_0(self, effect: str, perspective: str) -> str:
        """Why a unit of this effect is worth nothing beyond what the perspective counts; "" where it may be worth more.

        What is already priced may be valued from a perspective that leaves out the costs that price it.
        """
        measure = self.effect(effect)
        priced, counted = (
            is_priced_by(measure, items, self.pathway) for items in (self.costs, self.counted(perspective))
        )
        if measure.already_priced and priced and not counted:
            return ""
        return self._why_only_0(measure)

    @staticmethod
    def _why_only_0(measure: EffectMeasure) -> str:
        reached = "to be reached is worth nothing by itself, and the service is paid for already"
        return measure.already_priced or (reached if measure.counts else measure.unvalued)

    def _check_names(self) -> None:
        priced = [*dict.fromkeys(parameter_names(self.costs))]
        for breakeven in self.breakevens:
            check_one_of(breakeven.parameter, priced, f"{self.id}.breakevens")
        if not isinstance(self.thresholds, Mapping):
            raise ModelError(f'{self.id}.thresholds: must be a dict by effect, such as {{"qaly": (20_000, 30_000)}}')
        for name in self.thresholds:
            check_one_of(name, [e.name for e in self.effects], f"{self.id}.thresholds")
            if not isinstance(self.thresholds[name], (tuple, list)):
                raise ModelError(f"{self.id}.thresholds[{name}]: must be a tuple, money a unit of effect")
            if not all(isinstance(x, (int, float)) for x in self.thresholds[name]):
                raise ModelError(f"{self.id}.thresholds[{name}]: must hold numbers, money a unit of effect")

    def _check_setting(self, setting: Setting) -> None:
        where = f"Setting {setting.name}"
        check_one_of(setting.perspective, [p.name for p in self.perspectives], f"{where}.perspective")
        check_one_of(setting.effect, [e.name for e in self.effects], f"{where}.effect")
        for name in setting.strategies:
            if isinstance(name, str):
                check_one_of(name, [s.id for s in self.strategies], f"{where}.strategies")
        if len(setting.strategies) == 1:
            raise ModelError(f"{where}.strategies: one; need at least two to compare, or none for all")
        pathway, compared = setting.pathway or self.pathway, setting.compared(self.strategies)
        strategies, engine = [s.id for s in compared], dict.fromkeys(parameter_names((pathway, compared)))
        check_distinct(strategies, f"{where}.strategies")
        for target in setting.targets:
            check_one_of(target.strategy, strategies, f"CalibrationTarget {target.unknown}.strategy")
            check_one_of(target.unknown, engine, f"{where}.targets: unknown")
            check_statistic(pathway, target.statistic, f"CalibrationTarget {target.unknown}.statistic")
        if setting.trial is not None:
            for strategy in setting.trial.arms:
                check_one_of(strategy, strategies, f"{where}.trial.arms")
            for figure in (part for told in setting.trial.published for part in told.valued):
                check_one_of(figure.effect or setting.effect, [e.name for e in self.effects], f"{figure.label}.effect")
                perspective = figure.perspective or setting.perspective
                check_one_of(perspective, [p.name for p in self.perspectives], f"{figure.label}.perspective")
        for scale in setting.scales or ():
            check_one_of(scale, [s.name for s in self.scales], f"{where}.scales")
        for shown in setting.shown:
            self._check_shown(setting, shown, pathway, strategies)

    def _check_shown(
        self, setting: Setting, shown: PublishedResult, pathway: Pathway, strategies: Sequence[str]
    ) -> None:
        where = f"PublishedResult {shown.label}"
        if shown.scale:
            check_one_of(shown.scale, [s.name for s in self.scales], f"{where}.scale")
        if isinstance(shown.statistic, ItemCost):
            check_one_of(shown.statistic.item, [c.name for c in self.costs], f"{where}.statistic")
        elif not isinstance(shown.statistic, str):
            check_statistic(pathway, shown.statistic, f"{where}.statistic")
        for strategy in shown.published:
            check_one_of(strategy, strategies, f"{where}.published")
        solved_for = {t.strategy for t in setting.targets if t.statistic == shown.statistic}
        told_otherwise = (
            shown.by_construction or shown.role is not None
        )  # of a target, by whose figures were solved for
        if shown.published and solved_for >= set(shown.published) and not told_otherwise:
            raise ModelError(f"{where}.by_construction: False; it is solved for, so it must be True")

    def days_on(self, name: str) -> When | None:
        """Where the days of that name are spent; None where the problem does not tell them."""
        return next((d.when for d in self.days if d.name == name), None)

    def under(self, setting: Setting) -> DecisionProblem:
        """The problem as `setting` has it: its pathway, the strategies it compares, no cost items of the others."""
        kept: dict[int, tuple[Setting, DecisionProblem]] = vars(self).setdefault("_under", {})
        if id(setting) not in kept:
            if len(kept) >= KEPT_UNDER:
                kept.clear()
            kept[id(setting)] = setting, self._put_under(setting)  # an id stands as long as its setting is kept
        return kept[id(setting)][1]

    def _put_under(self, setting: Setting) -> DecisionProblem:
        strategies = setting.compared(self.strategies)
        components = {None, *(c.name for s in strategies for c in s.components)}
        costs = tuple(c for c in self.costs if getattr(c.basis, "component", None) in components)
        if setting.costs is not None:
            for item in setting.costs:
                check_one_of(item, [c.name for c in costs], f"Setting {setting.name}.costs")
            costs = tuple(c for c in costs if c.name in setting.costs)
        if not setting.strategies and setting.pathway is None and setting.scales is None:
            return self if costs == self.costs else replace(self, costs=costs)
        pathway = setting.pathway or self.pathway
        scales = tuple(s for s in self.scales if setting.scales is None or s.name in setting.scales)
        return replace(self, pathway=pathway, strategies=strategies, costs=costs, settings=(setting,), scales=scales)

    def setting(self, name: str) -> Setting:
        """The setting called `name`; ``ModelError`` lists the others."""
        check_one_of(name, [s.name for s in self.settings], f"{self.id}: setting")
        return next(s for s in self.settings if s.name == name)

    def counted(self, perspective: str) -> tuple[CostItem, ...]:
        """The cost items that count in a perspective: those of its payers and its kinds."""
        seen = self.perspective(perspective)
        return tuple(c for c in self.costs if c.payer in seen.payers and c.kind in seen.kinds)

    def perspective(self, name: str) -> Perspective:
        """The perspective called `name`; ``ModelError`` lists the others."""
        check_one_of(name, [p.name for p in self.perspectives], f"{self.id}: perspective")
        return next(p for p in self.perspectives if p.name == name)

    def effect(self, name: str) -> EffectMeasure:
        """The effect measure called `name`; ``ModelError`` lists the others."""
        check_one_of(name, [e.name for e in self.effects], f"{self.id}: effect")
        return next(e for e in self.effects if e.name == name)
