"""Strategy lines: written, ordered, linked to the targets that carry them, and what they lean towards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from crm.models import Segment
from metrics.models import Metric
from org.models import Person, Unit, User
from org.services import audit_record
from targets.models import (
    Plan,
    PlanMetric,
    StrategyKind,
    StrategyLine,
    StrategyLink,
    StrategyStatus,
    StrategyTilt,
    Target,
)
from targets.selectors.trees import SEGMENTS
from targets.services.guards import amount_checked, plan_locked

LEAST_TILT, MOST_TILT = Decimal("0.1"), Decimal(5)
MOST_SHARE_BP = 100_000
_KEY = ("metric_id", "unit_id", "person_id", *(f"{kind}_id" for kind in SEGMENTS))


@dataclass(frozen=True)
class StrategyAsk:
    """What a line says; amounts in the metric's stored units, the share or growth in basis points."""

    text: str
    kind: str
    metric: Metric | None = None
    amount: int | None = None
    share_bp: int | None = None
    floor_amount: int | None = None
    responsible: Person | None = None
    status: str = StrategyStatus.ACTIVE


@dataclass(frozen=True)
class TiltAsk:
    """A lean towards a unit or a segment."""

    member: Unit | Segment
    factor: Decimal


@transaction.atomic
def strategy_line_save(
    *,
    plan: Plan,
    ask: StrategyAsk,
    line: StrategyLine | None = None,
    actor: User | None,
    seen_at: str | None = None,
) -> StrategyLine:
    """Write a new line, or change one; raises Invalid naming the field, Conflict for a frozen plan or a
    change by somebody else since ``seen_at``."""
    current = plan_locked(plan)
    _checked(current, ask)
    if line is None:
        last = StrategyLine.objects.filter(plan=current).aggregate(last=Max("position"))["last"]
        row, before = StrategyLine(plan=current, position=(last or 0) + 1, created_by=actor), None
    else:
        row = _line_locked(line, seen_at)
        before = _told(row)
        if row.metric_id != (ask.metric.pk if ask.metric else None) and row.links.exists():
            raise Invalid(_("Unlink its targets before another metric is chosen."), field="metric")
    for name, value in _values(ask).items():
        setattr(row, name, value)
    row.text = ask.text.strip()
    row.save()
    audit_record(actor=actor, action="targets.strategy.set", subject=row, before=before, after=_told(row))
    return row


@transaction.atomic
def strategy_status_set(*, line: StrategyLine, status: str, actor: User | None) -> StrategyLine:
    """Say that a line is reached, dropped or active again; also of a published plan."""
    if status not in StrategyStatus.values:
        raise Invalid(_("Choose one of the states."), field="status")
    row = _line_locked(line)
    before, row.status = row.status, status
    row.save(update_fields=["status", "updated_at"])
    audit_record(
        actor=actor,
        action="targets.strategy.status",
        subject=row,
        before={"status": before},
        after={"status": status},
    )
    return row


@transaction.atomic
def strategy_line_delete(*, line: StrategyLine, actor: User | None) -> None:
    """Remove a line of a plan that may still be changed."""
    plan_locked(line.plan)
    row = _line_locked(line)
    audit_record(actor=actor, action="targets.strategy.delete", subject=row, before=_told(row))
    row.delete()


@transaction.atomic
def strategy_line_move(*, line: StrategyLine, up: bool, actor: User | None) -> None:
    """Let a line change places with the one before (or after) it."""
    plan_locked(line.plan)
    rows = list(StrategyLine.objects.filter(plan=line.plan))
    at = next(at for at, row in enumerate(rows) if row.pk == line.pk)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(rows):
        return
    rows[at], rows[other] = rows[other], rows[at]
    for position, row in enumerate(rows, start=1):
        row.position = position
    StrategyLine.objects.bulk_update(rows, ["position"])
    audit_record(actor=actor, action="targets.strategy.move", subject=line, after={"position": other + 1})


@transaction.atomic
def strategy_links_set(
    *, line: StrategyLine, targets: Sequence[Target], actor: User | None, seen_at: str | None = None
) -> None:
    """Link a line to exactly these targets. Raises Invalid for one of another plan or metric."""
    plan_locked(line.plan)
    row = _line_locked(line, seen_at)
    for target in targets:
        if target.plan_id != row.plan_id:
            raise Invalid(_("A line is linked to targets of its own plan."), field="targets")
        if row.metric_id is not None and target.metric_id != row.metric_id:
            raise Invalid(_("A line is linked to targets of its own metric."), field="targets")
    before = set(row.links.values_list("target", flat=True))
    wanted = {target.pk for target in targets}
    row.links.exclude(target__in=wanted).delete()
    StrategyLink.objects.bulk_create([StrategyLink(line=row, target_id=pk) for pk in sorted(wanted - before)])
    row.save(update_fields=["updated_at"])
    audit_record(
        actor=actor,
        action="targets.strategy.link",
        subject=row,
        before={"targets": sorted(before)},
        after={"targets": sorted(wanted)},
    )


@transaction.atomic
def strategy_tilts_set(*, line: StrategyLine, tilts: Sequence[TiltAsk], actor: User | None) -> None:
    """Say towards which units and segments a line leans; 1 is no lean and is not kept."""
    plan_locked(line.plan)
    row = _line_locked(line)
    kept = [ask for ask in tilts if ask.factor != 1]
    if len({(type(ask.member), ask.member.pk) for ask in kept}) < len(kept):
        raise Invalid(_("Name each unit or segment once."), field="tilts")
    for ask in kept:
        if not LEAST_TILT <= ask.factor <= MOST_TILT:
            raise Invalid(
                _("%(name)s: a tilt is between 0.1 and 5."), field="tilts", params={"name": ask.member.name}
            )
    before = {str(tilt.unit or tilt.segment): str(tilt.factor) for tilt in _tilts(row)}
    row.tilts.all().delete()
    StrategyTilt.objects.bulk_create(
        [
            StrategyTilt(
                line=row,
                unit=ask.member if isinstance(ask.member, Unit) else None,
                segment=ask.member if isinstance(ask.member, Segment) else None,
                factor=ask.factor,
            )
            for ask in kept
        ]
    )
    audit_record(
        actor=actor,
        action="targets.strategy.tilt",
        subject=row,
        before={"tilts": before},
        after={"tilts": {str(ask.member): str(ask.factor) for ask in kept}},
    )


def strategy_copy(plan: Plan, copy: Plan) -> None:
    """Give a copied plan the same lines, links and tilts; its targets are found by owner and segments."""
    places = {target[1:]: target[0] for target in Target.objects.filter(plan=copy).values_list("pk", *_KEY)}
    for line in StrategyLine.objects.filter(plan=plan):
        linked = list(Target.objects.filter(strategy_links__line=line).values_list(*_KEY))
        tilts = list(line.tilts.all())
        line.pk, line.plan = None, copy
        line.save()
        StrategyLink.objects.bulk_create(
            [StrategyLink(line=line, target_id=places[key]) for key in linked if key in places]
        )
        for tilt in tilts:
            tilt.pk, tilt.line = None, line
        StrategyTilt.objects.bulk_create(tilts)


def _values(ask: StrategyAsk) -> dict[str, object]:
    """The fields of an ask, models as they are."""
    return {name: getattr(ask, name) for name in (each.name for each in fields(ask))}


def _checked(plan: Plan, ask: StrategyAsk) -> None:
    """Raise Invalid for a line that says too little or what no plan holds."""
    if not 1 <= len(ask.text.strip()) <= 200:
        raise Invalid(_("Say the goal in a sentence of up to 200 characters."), field="text")
    if ask.kind not in StrategyKind.values:
        raise Invalid(_("Choose one of the kinds."), field="kind")
    if ask.metric is not None and not PlanMetric.objects.filter(plan=plan, metric=ask.metric).exists():
        raise Invalid(_("This plan has no such metric."), field="metric")
    if ask.kind == StrategyKind.AMOUNT and ask.amount is None:
        raise Invalid(_("Give the amount to carry."), field="amount")
    if ask.kind in (StrategyKind.SHARE, StrategyKind.GROWTH) and ask.share_bp is None:
        raise Invalid(_("Give the percentage."), field="share")
    if ask.share_bp is not None and not -10_000 <= ask.share_bp <= MOST_SHARE_BP:
        raise Invalid(_("The percentage is between −100 and 1000."), field="share")
    if ask.metric is None and (ask.amount is not None or ask.floor_amount is not None):
        raise Invalid(_("An amount needs a metric: choose one."), field="metric")
    for name in ("amount", "floor_amount"):
        amount_checked(getattr(ask, name) or 0, name)
    if ask.amount is not None and ask.floor_amount is not None and ask.floor_amount > ask.amount:
        raise Invalid(_("The floor is above the amount to carry."), field="floor_amount")


def _line_locked(line: StrategyLine, seen_at: str | None = None) -> StrategyLine:
    row = StrategyLine.objects.select_for_update(of=("self",)).filter(pk=line.pk).first()
    if row is None or (seen_at and row.updated_at.isoformat() != seen_at):
        raise Conflict(_("Somebody changed this line while you were editing. Reload and look again."))
    return row


def _tilts(line: StrategyLine) -> list[StrategyTilt]:
    return list(line.tilts.select_related("unit", "segment"))


def _told(line: StrategyLine) -> dict[str, object]:
    """What the audit log says of a line."""
    return {
        "text": line.text,
        "kind": line.kind,
        "metric": line.metric.code if line.metric else None,
        "amount": line.amount,
        "share_bp": line.share_bp,
        "floor": line.floor_amount,
        "responsible": str(line.responsible) if line.responsible else None,
        "status": line.status,
    }
