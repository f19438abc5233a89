"""Proposals before they are proposed: drafted, changed while nobody has seen them, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import User
from org.services import audit_record
from targets.models import (
    Calibration,
    CalibrationLine,
    CalibrationStatus,
    Plan,
    PlanFloors,
    PlanStatus,
    Trigger,
)
from targets.selectors.floors import plan_floors
from targets.services.calibrations.building import span_of

MOST_LINKS, MOST_TEXT = 10, 4_000


@dataclass(frozen=True)
class CalibrationAsk:
    """What a proposal says; ``asked`` keeps how its lines came about, so that a form can show it again."""

    title: str
    trigger: str
    evidence: str
    reason: str
    links: Sequence[str] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def calibration_save(
    *,
    plan: Plan,
    ask: CalibrationAsk,
    lines: Sequence[CalibrationLine],
    draft: Calibration | None = None,
    actor: User | None,
) -> Calibration:
    """Keep a draft with its lines (of ``building.lines_of``); ``draft`` is one to be changed.

    Raises Invalid naming the field, Conflict unless the plan is published and the proposal still a draft.
    """
    published_locked(plan)
    _checked(ask)
    if draft is None:
        row = Calibration(plan=plan, proposer=actor)
    else:
        row = calibration_locked(draft, CalibrationStatus.DRAFT)
        row.lines.all().delete()
        row.is_floor_overridden, row.override_reason, row.override_by = False, "", None
    row.title, row.trigger = ask.title.strip(), ask.trigger
    row.evidence, row.reason = ask.evidence.strip(), ask.reason.strip()
    row.links, row.asked = list(ask.links), dict(ask.asked)
    row.first_month, row.last_month = span_of(lines)
    row.save()
    for line in lines:
        line.calibration = row
    CalibrationLine.objects.bulk_create(lines, batch_size=500)
    audit_record(
        actor=actor,
        action="targets.calibration.save",
        subject=row,
        after={"title": row.title, "trigger": row.trigger, "lines": len(lines)},
        reason=row.reason,
    )
    return row


@transaction.atomic
def calibration_withdraw(*, calibration: Calibration, reason: str = "", actor: User | None) -> Calibration:
    """Take back a proposal that is not published yet."""
    row = calibration_locked(
        calibration,
        CalibrationStatus.DRAFT,
        CalibrationStatus.PROPOSED,
        CalibrationStatus.ANALYSED,
        CalibrationStatus.APPROVED,
    )
    before, row.status = row.status, CalibrationStatus.WITHDRAWN
    row.save(update_fields=["status", "updated_at"])
    audit_record(
        actor=actor,
        action="targets.calibration.withdraw",
        subject=row,
        before={"status": before},
        reason=reason,
    )
    return row


@transaction.atomic
def plan_floors_set(*, plan: Plan, year_bp: int, quarter_bp: int, actor: User | None) -> PlanFloors:
    """Say how far calibrations may take the year and a quarter down, in basis points of what was planned."""
    current = Plan.objects.select_for_update().get(pk=plan.pk)
    for name, value in (("year", year_bp), ("quarter", quarter_bp)):
        if not 0 <= value <= 10_000:
            raise Invalid(_("A floor is between 0 and 100 % of what was planned."), field=name)
    before = plan_floors(current)
    told = {"year_bp": before.year_bp, "quarter_bp": before.quarter_bp}
    row, _made = PlanFloors.objects.update_or_create(
        plan=current, defaults={"year_bp": year_bp, "quarter_bp": quarter_bp}
    )
    audit_record(
        actor=actor,
        action="targets.floors.set",
        subject=current,
        before=told,
        after={"year_bp": year_bp, "quarter_bp": quarter_bp},
    )
    return row


def published_locked(plan: Plan) -> Plan:
    """The plan, locked for this transaction; raises Conflict unless it is the published one of its year."""
    current = Plan.objects.select_for_update().get(pk=plan.pk)
    if current.status != PlanStatus.PUBLISHED:
        raise Conflict(
            _("Only a published plan is calibrated; this one is %(status)s."),
            params={"status": current.get_status_display()},
        )
    return current


def calibration_locked(calibration: Calibration, *states: str) -> Calibration:
    """The proposal as it is now, locked; raises Conflict unless it is in one of these states."""
    rows = Calibration.objects.select_for_update(of=("self",)).select_related("plan", "proposer")
    row = rows.get(pk=calibration.pk)
    if row.status not in states:
        raise Conflict(
            _("This proposal is %(status)s by now. Reload and look again."),
            params={"status": row.get_status_display()},
        )
    return row


def text_checked(text: str, field_name: str, message: Any) -> str:
    """A text that is there and not endless; raises Invalid."""
    kept = text.strip()
    if not kept:
        raise Invalid(message, field=field_name)
    if len(kept) > MOST_TEXT:
        raise Invalid(_("Write at most %(count)s characters."), field=field_name, params={"count": MOST_TEXT})
    return kept


def _checked(ask: CalibrationAsk) -> None:
    if not 1 <= len(ask.title.strip()) <= 200:
        raise Invalid(_("Give the proposal a title of up to 200 characters."), field="title")
    if ask.trigger not in Trigger.values:
        raise Invalid(_("Choose what it was caused by."), field="trigger")
    text_checked(ask.evidence, "evidence", _("Say what shows that a change is needed."))
    text_checked(ask.reason, "reason", _("Say the reason in words for everyone affected."))
    if len(ask.links) > MOST_LINKS:
        raise Invalid(_("Give at most %(count)s links."), field="links", params={"count": MOST_LINKS})
    for link in ask.links:
        if not _is_link(link):
            raise Invalid(_("“%(link)s” is no web address."), field="links", params={"link": link[:60]})


def _is_link(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return len(link) <= 500 and parts.scheme in ("http", "https") and bool(parts.hostname)
