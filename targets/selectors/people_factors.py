"""The factors of everybody a target is shared by: computed from evidence, typed over, and multiplied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from crm.models import Segment
from metrics.models import Direction
from targets.calc.capability import Capability, capability, capability_factor
from targets.calc.people import (
    FACTORS,
    LOAD_RANGE,
    SplitSettings,
    factors_product,
    potential_factors,
    ramp_of_stay,
    relative,
    tilt_of_mix,
)
from targets.models import PersonFactor, PersonSplit, Target
from targets.selectors.people_evidence import (
    PersonEvidence,
    TeamEvidence,
    people_children,
    people_evidence,
)
from targets.selectors.strategy import Tilts, strategy_tilts
from targets.selectors.trees import target_name

# With less than this of a year's history the last twelve months say nothing of the next.
LEAST_HISTORY_MONTHS = 3.0


@dataclass(frozen=True)
class TypedFactors:
    """Factors typed over the computed ones, with the reason."""

    values: Mapping[str, Decimal] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class PersonRow:
    """A person's factors: ``computed`` by name, ``typed`` by hand, and what they rest on."""

    target: Target
    name: str
    evidence: PersonEvidence
    computed: Mapping[str, float]
    typed: TypedFactors
    months: float
    ratio: float | None
    past_year: int
    leans: Sequence[tuple[str, float]] = ()

    @property
    def factors(self) -> dict[str, float]:
        """What counts: the typed value, else the computed one."""
        return {name: float(self.typed.values.get(name, self.computed[name])) for name in FACTORS}

    @property
    def weight(self) -> Decimal:
        return factors_product(self.factors)


@dataclass(frozen=True)
class TeamRows:
    """The people of a target with their factors under some settings."""

    parent: Target
    settings: SplitSettings
    rows: list[PersonRow]
    prior_months: float
    average_accounts: float

    @property
    def is_by_history(self) -> bool:
        """Ability is in the base already, so that capability is 1."""
        return self.settings.base == "history"


@dataclass(frozen=True)
class Leanings:
    """The tilts a split leans on: the strategy's, typed ones over them; names of the segments."""

    strategy: Tilts
    typed: Mapping[int, float] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def segments(self) -> dict[int, float]:
        return {pk: float(value) for pk, value in self.strategy.segments.items()} | dict(self.typed)


def people_rows(
    parents: Sequence[Target],
    *,
    settings: Mapping[int, SplitSettings] | None = None,
    typed: Mapping[int, TypedFactors] | None = None,
    tilts: Mapping[int, Mapping[int, float]] | None = None,
) -> dict[int, TeamRows]:
    """The people of these targets (of one plan, metric and cut) with all factors, by the parent's id.

    ``settings`` and ``tilts`` by parent and ``typed`` by child replace what was saved. Eleven queries,
    whatever the number of targets and people.
    """
    if not parents:
        return {}
    children = people_children(parents)
    saved = {row.target_id: row for row in PersonSplit.objects.filter(target__in=parents)}
    factors = PersonFactor.objects.filter(target__parent__in=parents)
    kept = {row.target_id: typed_of(row) for row in factors} | dict(typed or {})
    teams = people_evidence(parents, children)
    strategy = strategy_tilts(parents[0].plan)
    names = segment_names(strategy, teams.values())
    found = {}
    for parent in parents:
        split = saved.get(parent.pk)
        chosen = (settings or {}).get(parent.pk) or settings_of(split)
        leant = (tilts or {}).get(parent.pk)
        leanings = Leanings(strategy, tilts_of(split) if leant is None else leant, names)
        found[parent.pk] = team_rows(teams[parent.pk], chosen, kept, leanings)
    return found


def settings_of(split: PersonSplit | None) -> SplitSettings:
    """The saved settings, or the defaults."""
    if split is None:
        return SplitSettings()
    return SplitSettings(
        base=split.base,
        strength=float(split.strength),
        ramp_months=split.ramp_months,
        cap=float(split.cap),
        floor=float(split.floor),
        with_potential=split.with_potential,
    )


def tilts_of(split: PersonSplit | None) -> dict[int, float]:
    """The tilts typed for a split, by segment."""
    return {int(pk): float(value) for pk, value in (split.tilts if split else {}).items()}


def typed_of(row: PersonFactor) -> TypedFactors:
    """The typed factors of a row."""
    values = {name: getattr(row, name) for name in FACTORS if getattr(row, name) is not None}
    return TypedFactors(values, row.reason)


def segment_names(strategy: Tilts, teams: Any) -> dict[int, str]:
    """The names of the segments that these people's customers are in or the strategy leans on."""
    wanted = set(strategy.segments)
    for team in teams:
        for person in team.people:
            wanted |= {segment for key in person.mix for segment in key}
    rows = Segment.objects.filter(pk__in=wanted, is_placeholder=False).order_by("kind", "position", "name")
    return dict(rows.values_list("pk", "name"))


def team_rows(
    team: TeamEvidence,
    settings: SplitSettings,
    typed: Mapping[int, TypedFactors],
    leanings: Leanings,
) -> TeamRows:
    """Every factor of every person of a team; no query."""
    people = team.people
    accounts = [float(person.accounts) for person in people]
    load = relative(accounts, LOAD_RANGE)
    potential = (
        potential_factors([p.log_potential for p in people], [p.known_accounts for p in people])
        if settings.with_potential
        else [1.0] * len(people)
    )
    ability = _ability(team, settings, load, potential)
    base = _bases(team, settings, load)
    by_history = settings.base == "history" or team.parent.metric.direction == Direction.DOWN
    strength = 0.0 if by_history else settings.strength
    factor = capability_factor(ability.shrunk, strength, settings.floor, settings.cap)
    rows = []
    for at, person in enumerate(people):
        computed = {
            "base": round(base[at], 6),
            "capability": round(float(factor[at]), 6),
            "ramp": _ramp(person, settings),
            "potential": round(potential[at], 6),
            "tilt": _tilt(person, leanings),
            "availability": person.availability,
        }
        ratio = float(ability.ratio[at])
        rows.append(
            PersonRow(
                target=person.target,
                name=target_name(person.target),
                evidence=person,
                computed=computed,
                typed=typed.get(person.target.pk, TypedFactors()),
                months=float(ability.months[at]),
                ratio=None if np.isnan(ratio) else ratio,
                past_year=team.past_year(person),
                leans=_leans(person, leanings),
            )
        )
    average = sum(accounts) / len(accounts) if accounts else 0.0
    return TeamRows(team.parent, settings, rows, ability.prior_months, average)


def _ability(
    team: TeamEvidence, settings: SplitSettings, load: Sequence[float], potential: Sequence[float]
) -> Capability:
    """What each did against peers; what the base counts already (customers, potential) is divided out."""
    if not team.people:
        return Capability(np.zeros(0), np.zeros(0), np.zeros(0), 0.0)
    presence = np.array([person.presence for person in team.people])
    ramps = np.array([person.ramps(team.months, settings.ramp_months) for person in team.people])
    counted = np.array(load if settings.base == "accounts" else [1.0] * len(load)) * np.array(potential)
    results = np.array([person.results for person in team.people])
    exposure = presence * ramps * counted[:, np.newaxis]
    return capability(results, exposure, presence, team.rates(settings.ramp_months))


def _bases(team: TeamEvidence, settings: SplitSettings, load: Sequence[float]) -> list[float]:
    if settings.base == "accounts":
        return list(load)
    if settings.base == "equal":
        return [1.0] * len(load)
    rates: list[float | None] = []
    for person in team.people:
        stood = (person.presence * person.ramps(team.months, settings.ramp_months))[-12:].sum()
        is_known = person.presence[-12:].sum() >= LEAST_HISTORY_MONTHS and stood > 0
        rates.append(max(0.0, float(person.results[-12:].sum() / stood)) if is_known else None)
    known = relative([rate for rate in rates if rate is not None])
    shares = iter(known)
    return [1.0 if rate is None else next(shares) for rate in rates]


def _ramp(person: PersonEvidence, settings: SplitSettings) -> float:
    """Of who is in the unit for none of the plan's year: 1, since their availability is 0."""
    if person.stay is None or person.hired_on is None:
        return 1.0
    first, last = person.stay
    return ramp_of_stay(min(person.hired_on, first), first, last, settings.ramp_months)


def _tilt(person: PersonEvidence, leanings: Leanings) -> float:
    unit = 1.0
    if person.home_unit is not None and person.home_unit != person.target.unit_id:
        unit = float(leanings.strategy.units.get(person.home_unit, 1))
    return round(unit * tilt_of_mix(person.mix, leanings.segments), 6)


def _leans(person: PersonEvidence, leanings: Leanings) -> list[tuple[str, float]]:
    """The tilted segments of the person's customers, by name."""
    own = {segment for key in person.mix for segment in key}
    return [
        (leanings.names[pk], factor)
        for pk, factor in leanings.segments.items()
        if pk in own and factor != 1 and pk in leanings.names
    ]
