"""What the SMART check knows of many targets at once: a fixed number of queries for any page of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Max, Q, Sum

from metrics.models import Direction, Metric, Nature, UnitDailyActual
from metrics.selectors import base_metrics
from org.selectors import unit_root
from targets.calc.allocation import cushioned_total
from targets.calc.history import day_norm, growth_of, yearly_totals
from targets.calc.smart import TargetFacts, achievability, capacity_probability, history_probability
from targets.models import MONTH_FIELDS, Plan, StrategyKind, StrategyLink, StrategyStatus, Target
from targets.selectors.histories import Histories, histories, history_windows, parts_of
from targets.selectors.rates import DEALS, STEPS, VISITS, TeamYear, team_years
from targets.selectors.slices import plan_workdays
from targets.selectors.strategy import ancestors_of
from targets.selectors.trees import plan_metrics_of

_PPM = 1_000_000
# With fewer deals of one's own, what a deal brings is the team's.
LEAST_DEALS = 3


@dataclass(frozen=True)
class Chances:
    """The evidence behind a chance: the owner's last year, and what the year has room for.

    ``last_year`` is in stored units, None where it is unknown; ``visits`` what fits into the working days,
    ``win`` the deals that come of one, ``value`` (stored units) what a deal brings.
    """

    history: float | None = None
    capacity: float | None = None
    last_year: float | None = None
    growth: float | None = None
    visits: float | None = None
    win: float | None = None
    value: float | None = None


@dataclass(frozen=True)
class _Known:
    """What was read for all targets together."""

    plan: Plan
    histories: Histories
    teams: dict[int, TeamYear]
    workdays: int
    counted: set[int]
    rhythms: dict[int, list[int]]
    root_id: int
    lines: dict[int, set[int]]
    growths: set[int]
    above: dict[int, list[int]]
    owners: dict[tuple[int, int], tuple[int, int]]
    sums: dict[int, list[int]]


def target_facts(plan: Plan, targets: Collection[Target]) -> dict[int, tuple[TargetFacts, Chances]]:
    """The facts and chances of each target by its id."""
    known = _known(plan, targets)
    return {target.pk: _facts(target, known) for target in targets}


def _known(plan: Plan, targets: Collection[Target]) -> _Known:
    root = unit_root()
    metrics = {target.metric_id: target.metric for target in targets}
    people_units = {target.unit_id for target in targets if target.person_id}
    codes = {metric.code for metric in metrics.values()} | set(STEPS)
    links = StrategyLink.objects.filter(line__plan=plan).exclude(line__status=StrategyStatus.DROPPED)
    lines: dict[int, set[int]] = {}
    growths = set()
    for target_id, line_id, kind in links.values_list("target_id", "line_id", "line__kind"):
        lines.setdefault(target_id, set()).add(line_id)
        if kind == StrategyKind.GROWTH:
            growths.add(target_id)
    facts = UnitDailyActual.objects.filter(unit=root, metric__in=parts_of(metrics.values()))
    counted = facts.order_by().values("metric_id").annotate(last=Max("day")).values_list("metric_id")
    return _Known(
        plan=plan,
        histories=histories(plan, targets, root_id=root.pk),
        teams=team_years(people_units, codes, history_windows(plan)[-1]),
        workdays=sum(plan_workdays(plan)),
        counted={pk for (pk,) in counted},
        rhythms={each.metric_id: each.phases for each in plan_metrics_of(plan)},
        root_id=root.pk,
        lines=lines,
        growths=growths,
        above=ancestors_of([target.pk for target in targets]),
        owners=_metrics_of_owners(plan, targets),
        sums=_children_sums(targets),
    )


def _metrics_of_owners(plan: Plan, targets: Collection[Target]) -> dict[tuple[int, int], tuple[int, int]]:
    """How many metrics each owner has a target of, and how many of them are process metrics; one query."""
    rows = Target.objects.filter(plan=plan, unit__in={target.unit_id for target in targets}).exclude(amount=0)
    counted = rows.order_by().values("unit_id", "person_id")
    process = Count("metric", distinct=True, filter=Q(metric__nature=Nature.PROCESS))
    counted = counted.annotate(metrics=Count("metric", distinct=True), process=process)
    return {
        (unit, person or 0): (metrics, process)
        for unit, person, metrics, process in counted.values_list(
            "unit_id", "person_id", "metrics", "process"
        )
    }


def _children_sums(targets: Collection[Target]) -> dict[int, list[int]]:
    """What the children of each target sum to, in the year and in each month; one query."""
    rows = Target.objects.filter(parent__in=[target.pk for target in targets], is_additive=True)
    names = ("amount", *MONTH_FIELDS)
    sums = {f"sum_{name}": Sum(name) for name in names}
    grouped = rows.order_by().values("parent_id").annotate(**sums)
    return {parent: list(found) for parent, *found in grouped.values_list("parent_id", *sums)}


def _facts(target: Target, known: _Known) -> tuple[TargetFacts, Chances]:
    metric = target.metric
    chances = _chances(target, known)
    chain = [target.pk, *known.above[target.pk]]
    count, process = known.owners.get((target.unit_id, target.person_id or 0), (0, 0))
    months_sum, children_sum = _sums_fit(target, known.sums.get(target.pk))
    phases = known.rhythms.get(target.metric_id) or []
    facts = TargetFacts(
        amount=target.amount,
        is_growth_only=not target.amount and target.pk in known.growths,
        has_source=all(part is None or part.pk in known.counted for part in base_metrics(metric)),
        is_result=metric.nature == Nature.RESULT,
        process_metrics=process,
        metric_count=count,
        achievability=achievability(chances.history, chances.capacity),
        has_parent=target.parent_id is not None,
        is_top=target.unit_id == known.root_id and target.person_id is None,
        strategy_lines=len(set().union(*(known.lines.get(pk, set()) for pk in chain))),
        months_sum=months_sum,
        children_sum=children_sum,
        # Even days are a rhythm for what people do every day, but not for what comes in at the end.
        has_rhythm=metric.is_ratio or metric.nature == Nature.PROCESS or len(set(phases)) > 1,
    )
    return facts, chances


def _sums_fit(target: Target, sums: list[int] | None) -> tuple[bool, bool]:
    """Whether months and years of the children sum to the target; months only without over-assignment."""
    if sums is None or not target.is_additive:
        return True, True
    children = sums[0] == cushioned_total(target.amount, target.cushion_bp)
    return target.cushion_bp > 0 or not children or sums[1:] == target.months, children


def _chances(target: Target, known: _Known) -> Chances:
    if not target.amount:
        return Chances()
    wanted = target.amount / _presence(target)
    totals = _totals(target, known)
    company = known.histories.of_key((known.root_id, 0, target.metric_id, None, None, None))
    growth = growth_of(yearly_totals(company.sums, known.histories.windows, company.first))
    team = known.teams.get(target.unit_id) if target.person_id else None
    is_cut = bool(target.product_line_id or target.region_id or target.customer_type_id)
    peers = team.mean(target.metric.code) if team and not is_cut and not target.metric.is_ratio else None
    history = history_probability(wanted, totals, 0.0 if target.metric.is_ratio else growth, peers)
    if history is not None and target.metric.direction == Direction.DOWN:
        history = 1 - history
    last = totals[-1] if totals else None
    told = Chances(history, None, last, wanted / last - 1 if last and last > 0 else None)
    if team is None or is_cut or not _has_deals(target.metric):
        return told
    return _with_capacity(told, target, team, known)


def _totals(target: Target, known: _Known) -> list[float]:
    """The owner's earlier years; of a ratio in parts per million."""
    top, bottom = base_metrics(target.metric)
    years = known.histories.of(target, top)
    if bottom is None:
        return yearly_totals(years.sums, known.histories.windows, years.first)
    below = known.histories.of(target, bottom)
    pairs = zip(years.sums, below.sums, strict=True)
    return [_PPM * over / under for over, under in pairs if under > 0]


def _presence(target: Target) -> float:
    """The part of the plan's days on which a target counts."""
    plan = target.plan
    starts, ends = target.starts_on or plan.starts_on, target.ends_on or plan.ends_on
    return max(1, (ends - starts).days) / (plan.ends_on - plan.starts_on).days


def _has_deals(metric: Metric) -> bool:
    """Whether a figure comes of deals, so that visits × deals a visit × value make it."""
    return metric.nature == Nature.RESULT and not metric.is_ratio and metric.direction == Direction.UP


def _with_capacity(told: Chances, target: Target, team: TeamYear, known: _Known) -> Chances:
    """The chance with what the working days have room for; as it is where the team counts no visits."""
    person, code = target.person_id or 0, target.metric.code
    if not team.total(VISITS) or not team.total(DEALS):
        return told
    days = max(1, known.workdays)
    norm = day_norm(team.of(person, VISITS) / days, [visits / days for visits in team.each(VISITS)])
    visits = norm * days * _presence(target)
    won, tried = team.of(person, DEALS), team.of(person, VISITS)
    if won < LEAST_DEALS or not tried:
        # A team's rate, weighed as if it had been tried as often as one of its people does on average.
        tried = round(team.mean(VISITS) or 0)
        won = round(tried * team.total(DEALS) / team.total(VISITS))
    own = team.of(person, DEALS)
    value = team.of(person, code) / own if own >= LEAST_DEALS else 0.0
    value = value or team.total(code) / team.total(DEALS)
    is_count = target.metric.unit != "currency"
    chance = capacity_probability(target.amount, visits, won, tried, value, 0.0 if is_count else 1.0)
    win = won / tried if tried else None
    return Chances(told.history, chance, told.last_year, told.growth, visits, win, value)
