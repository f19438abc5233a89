"""The way of a proposal: proposed, analysed by the head of sales, decided, published to everyone affected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import Assignment, AssignmentKind, Person, User
from org.selectors import company_today
from org.services import Event, audit_record, events_record
from targets.models import Calibration, CalibrationLine, CalibrationStatus, Target
from targets.selectors.floors import floors_broken
from targets.selectors.trees import SEGMENTS
from targets.services.calibrations.building import joiner_target, month_name, plan_months
from targets.services.calibrations.drafts import calibration_locked, published_locked, text_checked
from targets.services.telling import people_told

PUBLISHED = "calibration.published"
_SEGMENTS = tuple(f"{kind}_id" for kind in SEGMENTS)


@transaction.atomic
def calibration_propose(*, calibration: Calibration, actor: User | None) -> Calibration:
    """Hand a draft on to the head of sales. Raises Conflict for a broken floor that nobody overrides."""
    row = calibration_locked(calibration, CalibrationStatus.DRAFT)
    published_locked(row.plan)
    _floors_kept(row)
    _open_still(row)
    row.status, row.proposed_at = CalibrationStatus.PROPOSED, timezone.now()
    row.save(update_fields=["status", "proposed_at", "updated_at"])
    audit_record(actor=actor, action="targets.calibration.propose", subject=row, reason=row.reason)
    return row


@transaction.atomic
def calibration_analyse(*, calibration: Calibration, text: str, actor: User | None) -> Calibration:
    """Write down what the head of sales makes of a proposal."""
    row = calibration_locked(calibration, CalibrationStatus.PROPOSED)
    row.analysis = text_checked(text, "analysis", _("Write down what you make of it."))
    row.status, row.analysed_by, row.analysed_at = CalibrationStatus.ANALYSED, actor, timezone.now()
    row.save(update_fields=["status", "analysis", "analysed_by", "analysed_at", "updated_at"])
    audit_record(actor=actor, action="targets.calibration.analyse", subject=row, reason=row.analysis)
    return row


@transaction.atomic
def calibration_floor_override(*, calibration: Calibration, reason: str, actor: User | None) -> Calibration:
    """Let a proposal break floors, for a recorded reason."""
    row = calibration_locked(
        calibration, CalibrationStatus.DRAFT, CalibrationStatus.PROPOSED, CalibrationStatus.ANALYSED
    )
    row.override_reason = text_checked(reason, "override_reason", _("Say why the floor may be broken."))
    row.is_floor_overridden, row.override_by = True, actor
    row.save(update_fields=["is_floor_overridden", "override_reason", "override_by", "updated_at"])
    audit_record(actor=actor, action="targets.calibration.override", subject=row, reason=row.override_reason)
    return row


@transaction.atomic
def calibration_decide(
    *, calibration: Calibration, approve: bool, note: str, actor: User | None
) -> Calibration:
    """Approve or reject an analysed proposal; the proposer is told. Raises Conflict for a broken floor."""
    row = calibration_locked(calibration, CalibrationStatus.ANALYSED)
    row.decision = text_checked(note, "decision", _("Write down the decision in a sentence."))
    if approve:
        _floors_kept(row)
    row.status = CalibrationStatus.APPROVED if approve else CalibrationStatus.REJECTED
    row.decided_by, row.decided_at = actor, timezone.now()
    row.save(update_fields=["status", "decision", "decided_by", "decided_at", "updated_at"])
    audit_record(
        actor=actor,
        action="targets.calibration.decide",
        subject=row,
        after={"approved": approve},
        reason=row.decision,
    )
    if row.proposer is not None:
        proposer = Person.objects.filter(user=row.proposer).values_list("pk", flat=True)
        kind = "calibration.approved" if approve else "calibration.rejected"
        params = {"title": row.title, "decision": row.decision}
        people_told(proposer, kind, plan=row.plan, params=params, calibration=row)
    return row


@transaction.atomic
def calibration_publish(
    *, calibration: Calibration, effective_on: dt.date | None = None, actor: User | None
) -> Calibration:
    """Let an approved calibration count from ``effective_on`` (today if left out); everyone affected is told.

    Raises Invalid for a day past, Conflict once its first month has begun or a floor would break by now.
    """
    row = calibration_locked(calibration, CalibrationStatus.APPROVED)
    row.plan = published_locked(row.plan)
    today = company_today()
    on = effective_on or today
    if on < today:
        raise Invalid(_("It cannot count from a day past."), field="effective_on")
    _open_still(row, on)
    _floors_kept(row)
    lines = _lines(row)
    _joiners_placed(lines)
    row.status, row.effective_on = CalibrationStatus.PUBLISHED, on
    row.published_by, row.published_at = actor, timezone.now()
    row.save(update_fields=["status", "effective_on", "published_by", "published_at", "updated_at"])
    audit_record(
        actor=actor,
        action="targets.calibration.publish",
        subject=row,
        after={"effective_on": on.isoformat(), "lines": len(lines)},
        reason=row.reason,
    )
    _affected_told(row, lines)
    events_record([Event(PUBLISHED, _news(row, lines))])
    return row


def _lines(row: Calibration) -> list[CalibrationLine]:
    lines = CalibrationLine.objects.filter(calibration=row)
    named = ("calibration__plan", "joins_parent", "target__metric", "target__unit", "target__person")
    segments = ("target__product_line", "target__region", "target__customer_type")
    return list(lines.select_related(*named, *segments))


def _open_still(row: Calibration, on: dt.date | None = None) -> None:
    """What has begun by the day it counts from never changes."""
    first = plan_months(row.plan)[row.first_month]
    on = on or company_today()
    if first.start < on:
        raise Conflict(
            _("%(month)s has begun: it stays as it is. Withdraw this and propose the months after it."),
            params={"month": month_name(row.plan, row.first_month)},
        )


def _floors_kept(row: Calibration) -> None:
    if row.is_floor_overridden:
        return
    broken = floors_broken(row.plan, _lines(row))
    if broken:
        # Whoever proposed sees the chosen targets, not always those above them.
        worst = max(broken, key=lambda each: (each.is_chosen, each.missing))
        raise Conflict(
            _("%(floor)s. Only an executive may override a floor, with a reason."),
            code="floor",
            params={"floor": worst.text},
        )


def _joiners_placed(lines: Sequence[CalibrationLine]) -> None:
    """Give joiners a target of nothing for their adjustment to stand on; the published amounts stay."""
    for line in lines:
        if line.target_id is not None:
            continue
        made = joiner_target(line, 0)
        same = {
            name: getattr(made, name) for name in ("plan", "metric_id", "unit_id", "person_id", *_SEGMENTS)
        }
        taken = Target.objects.filter(**same).first()
        if taken is None:
            last = Target.objects.filter(parent=line.joins_parent_id).aggregate(last=Max("position"))["last"]
            taken, made.position = made, (last or 0) + 1
            made.save()
        line.target = taken
        line.save(update_fields=["target"])


def _affected_told(row: Calibration, lines: Sequence[CalibrationLine]) -> None:
    """Whoever owns a changed target, and the managers of changed units."""
    own = {
        line.target.person_id: line.target.pk
        for line in reversed(lines)
        if line.target is not None and line.target.person_id is not None
    }
    units = {line.target.unit_id: line.target.pk for line in reversed(lines) if line.target is not None}
    today = company_today()
    heads = Assignment.objects.filter(
        kind=AssignmentKind.MANAGER, unit__in=units, starts_on__lte=today, ends_on__gt=today
    )
    about = {person: units[unit] for person, unit in heads.values_list("person", "unit")} | own
    params: dict[str, Any] = {"title": row.title, "reason": row.reason}
    if row.effective_on is not None:
        params["effective_on"] = row.effective_on.isoformat()
    people_told(about, PUBLISHED, plan=row.plan, params=params, targets=about, calibration=row)


def _news(row: Calibration, lines: Sequence[CalibrationLine]) -> dict[str, Any]:
    """What a webhook tells of a published calibration."""
    months = plan_months(row.plan)
    return {
        "id": row.pk,
        "plan": row.plan_id,
        "fiscal_year": row.plan.fiscal_year,
        "title": row.title,
        "trigger": row.trigger,
        "reason": row.reason,
        "effective_on": row.effective_on.isoformat() if row.effective_on else None,
        "first_month": months[row.first_month].start.isoformat(),
        "last_month": months[row.last_month].start.isoformat(),
        "targets": len(lines),
    }
