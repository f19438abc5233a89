"""Reads about alerts: those that are open in the running periods, and the rules behind them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from common.periods import period_containing
from org.models import UnitClosure
from org.scope import Scope
from org.selectors import company_get
from tracking.calc.windows import GRAINS
from tracking.models import Alert, AlertLevel, AlertRule


def alert_list(
    *,
    scope: Scope,
    state: str = "open",
    level: str = "",
    metric_id: int | None = None,
    unit_id: int | None = None,
    person_id: int | None = None,
    grain: str = "",
) -> QuerySet[Alert]:
    """The visible alerts that were ever raised, worst first; each with what it names.

    ``state`` is "open" (in the running periods), "cleared" or "" for all; ``unit_id`` takes the subtree.
    """
    alerts = scope.restrict_nodes(Alert.objects.filter(raised_at__isnull=False))
    if state == "open":
        alerts = alerts.exclude(level=AlertLevel.OK).filter(_running(scope.on))
    elif state == "cleared":
        alerts = alerts.filter(level=AlertLevel.OK)
    if level:
        alerts = alerts.filter(level=level)
    if metric_id is not None:
        alerts = alerts.filter(metric=metric_id)
    if unit_id is not None:
        alerts = alerts.filter(unit__in=UnitClosure.objects.filter(ancestor=unit_id).values("descendant"))
    if person_id is not None:
        alerts = alerts.filter(person=person_id)
    if grain:
        alerts = alerts.filter(grain=grain)
    severity = Case(
        When(level=AlertLevel.CRITICAL, then=Value(0)),
        When(level=AlertLevel.ALERT, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return _named(alerts).order_by(severity, "-raised_at", "-pk")


def alert_get(alert_id: int, *, scope: Scope) -> Alert | None:
    """A visible alert that was raised, or None."""
    alerts = scope.restrict_nodes(Alert.objects.filter(raised_at__isnull=False))
    return _named(alerts).filter(pk=alert_id).first()


def rule_list() -> list[AlertRule]:
    """All rules, with the metric each is about; who may read them is the page's policy."""
    return list(AlertRule.objects.select_related("metric").order_by("-is_active", "pk"))


def _named(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    return alerts.select_related(
        "rule", "metric", "unit", "person", "product_line", "region", "customer_type", "acknowledged_by"
    )


def _running(on: dt.date) -> Q:
    """Alerts of the periods that hold a day: the next period starts with a clean slate."""
    fiscal_start = company_get().fiscal_year_start_month
    running = Q()
    for grain in GRAINS:
        running |= Q(grain=grain, period_start=period_containing(on, grain, fiscal_start).start)
    return running
