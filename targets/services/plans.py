"""Plans: made, copied into a new version, reviewed, published and so frozen."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from common.periods import fiscal_year_period
from metrics.models import Metric, MetricKind, Nature
from org.models import User
from org.selectors import company_get, unit_root
from org.services import audit_record
from targets.calc.rhythm import PHASES
from targets.models import Plan, PlanMetric, PlanStatus, Target
from targets.selectors.problems import plan_problems
from targets.selectors.seasons import season_estimate
from targets.services.calibrations.folding import adjustments_fold
from targets.services.cascade import months_lay_below, save
from targets.services.copying import targets_copy
from targets.services.guards import OPEN, plan_locked, versions_locked
from targets.services.months import months_spread, months_write
from targets.services.news import plan_announce
from targets.services.people import people_factors_copy
from targets.services.strategy import strategy_copy


@transaction.atomic
def plan_create(*, fiscal_year: int, name: str, metrics: Sequence[Metric], actor: User | None) -> Plan:
    """A new draft for a fiscal year with the company's target of 0 for each metric.

    It gets the next version number of the year. Raises Invalid without a name or metric.
    """
    if not name.strip():
        raise Invalid(_("A plan needs a name."), field="name")
    if not metrics:
        raise Invalid(_("Choose at least one metric."), field="metrics")
    if not 1990 <= fiscal_year <= 2200:
        raise Invalid(_("Choose a year between 1990 and 2200."), field="fiscal_year")
    company, root = company_get(), unit_root()
    period = fiscal_year_period(fiscal_year, company.fiscal_year_start_month)
    plan = Plan.objects.create(
        name=name.strip(),
        fiscal_year=fiscal_year,
        number=_next_number(fiscal_year),
        currency=company.currency,
        starts_on=period.start,
        ends_on=period.end,
        created_by=actor,
    )
    for position, metric in enumerate(metrics):
        PlanMetric.objects.create(plan=plan, metric=metric, phases=default_phases(metric), position=position)
        Target.objects.create(
            plan=plan,
            metric=metric,
            unit=root,
            amount=0,
            is_additive=metric.kind != MetricKind.RATIO,
            position=position,
        )
    audit_record(
        actor=actor,
        action="targets.plan.create",
        subject=plan,
        after={"year": fiscal_year, "metrics": [metric.code for metric in metrics]},
    )
    return plan


def default_phases(metric: Metric) -> list[int]:
    """The usual rhythm of a metric inside a month: leads early, sales late, collections at the end."""
    if metric.kind == MetricKind.RATIO:
        return list(PHASES["conversion"])
    if metric.code == "collections":
        return list(PHASES["collection"])
    if metric.nature == Nature.PROCESS:
        return list(PHASES["leads"] if "lead" in metric.code else PHASES["flat"])
    return list(PHASES["sales"])


@transaction.atomic
def plan_copy(*, plan: Plan, actor: User | None) -> Plan:
    """A new draft version with the same seasons, rhythms and strategy, and the targets as they count now."""
    copy = Plan.objects.create(
        name=plan.name,
        fiscal_year=plan.fiscal_year,
        number=_next_number(plan.fiscal_year),
        based_on=plan,
        currency=plan.currency,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        created_by=actor,
    )
    for rhythm in PlanMetric.objects.filter(plan=plan):
        rhythm.pk, rhythm.plan = None, copy
        rhythm.save()
    targets_copy(plan, copy)
    strategy_copy(plan, copy)
    people_factors_copy(plan, copy)
    adjustments_fold(plan, copy)
    audit_record(actor=actor, action="targets.plan.copy", subject=copy, after={"based_on": plan.pk})
    return copy


@transaction.atomic
def plan_metric_set(
    *,
    plan_metric: PlanMetric,
    phases: Sequence[int] | None = None,
    season: Sequence[float] | None = None,
    source: str = "",
    actor: User | None,
) -> None:
    """Set a metric's rhythm or season (12 indices per workday, or none) and lay its months anew.

    The rhythm shapes the days inside a month, the season the months; amounts of the year stay.
    """
    plan_locked(plan_metric.plan)
    before = {"phases": plan_metric.phases, "season": plan_metric.season}
    if phases is not None:
        if not phases or min(phases) < 0 or not any(phases):
            raise Invalid(_("A rhythm needs shares of zero or more, not all zero."), field="phases")
        plan_metric.phases = list(phases)
    if season is not None:
        if len(season) not in (0, 12) or any(value < 0 for value in season) or (season and not any(season)):
            raise Invalid(_("A season has twelve numbers of zero or more."), field="season")
        plan_metric.season, plan_metric.season_source = [round(float(value), 6) for value in season], source
    plan_metric.save()
    roots = list(
        Target.objects.filter(plan=plan_metric.plan, metric=plan_metric.metric, parent=None).select_related(
            "plan", "metric"
        )
    )
    if season is not None:
        for root in roots:
            months_write(root, months_spread(root))
        save(roots)
        months_lay_below(roots)
    audit_record(
        actor=actor,
        action="targets.plan_metric.set",
        subject=plan_metric,
        before=before,
        after={"phases": plan_metric.phases, "season": plan_metric.season},
    )


def season_learn(*, plan_metric: PlanMetric, actor: User | None) -> None:
    """Take over the season of the company's own history. Raises Invalid while there is none."""
    index, info = season_estimate(plan_metric.plan, plan_metric.metric)
    if not info["months"]:
        raise Invalid(_("There are no figures before this plan's year to learn a season from."))
    source = _("history of %(months)s months") % {"months": info["months"]}
    plan_metric_set(plan_metric=plan_metric, season=index, source=source, actor=actor)


@transaction.atomic
def plan_submit(*, plan: Plan, actor: User | None) -> None:
    """Ask for review; a draft becomes "in review" and can still be changed."""
    current = plan_locked(plan)
    current.status = PlanStatus.IN_REVIEW
    current.save(update_fields=["status", "updated_at"])
    audit_record(actor=actor, action="targets.plan.submit", subject=current)


@transaction.atomic
def plan_publish(*, plan: Plan, actor: User | None) -> Plan:
    """Publish and freeze a plan; the version published before is closed.

    Raises Conflict while children don't sum to their target or a company target is not set.
    """
    versions_locked()
    current = plan_locked(plan)
    problems_refused(plan_problems(current, shown=0).count)
    replaced = Plan.objects.filter(fiscal_year=current.fiscal_year, status=PlanStatus.PUBLISHED)
    former = list(replaced.order_by("-number"))
    replaced.update(status=PlanStatus.CLOSED)
    current.status, current.published_by, current.published_at = PlanStatus.PUBLISHED, actor, timezone.now()
    current.save()
    audit_record(
        actor=actor,
        action="targets.plan.publish",
        subject=current,
        before={"published": [each.pk for each in former]},
        after={"version": current.number},
    )
    plan_announce(plan=current, replaced=former[0] if former else None)
    return current


def problems_refused(count: int) -> None:
    """Raise Conflict when so many things stand against publishing."""
    if count:
        raise Conflict(
            _("%(count)s targets stand against publishing; the plan page lists them."),
            params={"count": count},
        )


@transaction.atomic
def plan_delete(*, plan: Plan, actor: User | None) -> None:
    """Delete a plan that was never published."""
    current = Plan.objects.select_for_update().get(pk=plan.pk)
    if current.status not in OPEN:
        raise Conflict(_("Only plans that were never published can be deleted."))
    audit_record(actor=actor, action="targets.plan.delete", subject=current, before={"name": current.name})
    current.delete()


def _next_number(fiscal_year: int) -> int:
    versions_locked()
    last = Plan.objects.filter(fiscal_year=fiscal_year).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
