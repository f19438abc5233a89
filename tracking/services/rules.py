"""Writes by hand: the rules of alerting, and that somebody has seen an alert."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import FieldError, Invalid
from org.models import User
from org.services import audit_record
from tracking.models import Alert, AlertRule

RULE_FIELDS = (
    "name", "metric", "grain", "watch_ratio", "threshold_ratio", "critical_ratio", "clear_ratio",
    "min_workdays", "min_plan_ratio", "alpha", "confirmations", "clear_confirmations", "escalate_workdays",
    "is_literal", "is_active",
)  # fmt: skip


@transaction.atomic
def rule_save(*, rule: AlertRule | None, actor: User | None, **changes: Any) -> AlertRule:
    """Make or change a rule; the change is audited. Raises Invalid for thresholds in the wrong order."""
    saved = rule or AlertRule()
    before = _shown(saved) if rule else None
    for name, value in changes.items():
        assert name in RULE_FIELDS, name
        setattr(saved, name, value)
    problems = rule_problems(saved)
    if problems:
        raise Invalid(_("The rule does not work like this."), errors=problems)
    saved.save()
    after = _shown(saved)
    if after != before:
        action = "tracking.rule.change" if rule else "tracking.rule.create"
        audit_record(actor=actor, action=action, subject=saved, before=before, after=after)
    return saved


def rule_problems(rule: AlertRule) -> list[FieldError]:
    """What is wrong with a rule's numbers; empty when all is well."""
    problems = []
    for name in (
        "watch_ratio",
        "threshold_ratio",
        "critical_ratio",
        "clear_ratio",
        "min_plan_ratio",
        "alpha",
    ):
        if not 0 <= getattr(rule, name) <= 1:
            problems.append(FieldError(name, _("Give a share from 0 to 100 %."), "range"))
    if not rule.watch_ratio <= rule.threshold_ratio <= rule.critical_ratio:
        problems.append(
            FieldError("threshold_ratio", _("Watch, alert and critical must rise in this order."), "order")
        )
    if rule.clear_ratio > rule.threshold_ratio:
        problems.append(
            FieldError("clear_ratio", _("An alert must clear below the lag that raises it."), "order")
        )
    for name in ("confirmations", "clear_confirmations"):
        if not 1 <= getattr(rule, name) <= 5:
            problems.append(FieldError(name, _("Give a number from 1 to 5."), "range"))
    days = rule.escalate_workdays
    if any(not isinstance(day, int) or day < 1 for day in days) or sorted(set(days)) != list(days):
        message = _("Give rising numbers of workdays, such as 3, 6.")
        problems.append(FieldError("escalate_workdays", message, "order"))
    return problems


@transaction.atomic
def alert_acknowledge(*, alert: Alert, actor: User) -> Alert:
    """Note who saw an alert first; seen again it stays as it is."""
    now = timezone.now()
    fresh = Alert.objects.filter(pk=alert.pk, acknowledged_at__isnull=True)
    if fresh.update(acknowledged_by=actor, acknowledged_at=now):
        audit_record(actor=actor, action="tracking.alert.acknowledge", subject=alert)
    alert.refresh_from_db(fields=["acknowledged_by", "acknowledged_at"])
    return alert


def _shown(rule: AlertRule) -> dict[str, Any]:
    shown = {name: getattr(rule, name) for name in RULE_FIELDS}
    return {**shown, "metric": rule.metric.code if rule.metric else None}
