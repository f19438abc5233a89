"""What a workbook would change, kept until somebody decides, and then taken over in one go."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import User
from org.scope import Scope
from org.services import audit_record
from targets.models import Plan, PlanSheet, SheetState, Target
from targets.services.cascade import cascade, save
from targets.services.guards import amount_checked, plan_locked
from targets.services.months import months_write
from targets.services.sheets.reading import sheet_read

_AUDITED = 500


def sheet_try(*, plan: Plan, file_name: str, content: bytes, scope: Scope, actor: User | None) -> PlanSheet:
    """Keep what a workbook would change; nothing of the plan is touched.

    Raises Invalid for a file that is no workbook of this plan, Conflict for a frozen plan.
    """
    with transaction.atomic():
        plan_locked(plan)
        reading = sheet_read(plan, content, scope=scope)
        return PlanSheet.objects.create(
            plan=plan, file_name=file_name[:200], uploaded_by=actor, **reading.as_json()
        )


@transaction.atomic
def sheet_apply(
    *, sheet: PlanSheet, mine: Collection[int], follow: bool, actor: User | None, reason: str = ""
) -> int:
    """Take a trial over; returns how many targets changed.

    Of targets that somebody else changed meanwhile those in ``mine`` get the sheet's amounts, the others
    keep theirs. With ``follow`` everything below a changed target follows it where the sheet left the
    children alone. Raises Conflict when the trial was decided already, or the plan moved on since then.
    """
    current = _undecided(sheet)
    plan = plan_locked(current.plan)
    if not current.changes:
        raise Invalid(_("The sheet changes nothing."))
    wanted = [row for row in current.changes if not row["is_conflict"] or row["target"] in mine]
    known = Target.objects.filter(plan=plan, pk__in=[row["target"] for row in wanted])
    targets = {target.pk: target for target in known.select_related("plan", "metric", "parent")}
    for row in wanted:
        target = targets.get(row["target"])
        if target is None or [target.amount, *target.months] != row["theirs"]:
            message = _("“%(name)s” has changed since this was shown. Upload the file again.")
            raise Conflict(message, params={"name": row["name"]})
        target.amount = amount_checked(row["mine"][0])
        months_write(target, row["mine"][1:])
    save(list(targets.values()))
    # What a person typed stays when others are distributed.
    Target.objects.filter(pk__in=targets, parent__isnull=False).update(is_locked=True)
    if follow:
        with_own = {target.parent_id for target in targets.values()}
        cascade([target for target in targets.values() if target.pk not in with_own])
    _decided(current, SheetState.APPLIED)
    audit_record(
        actor=actor,
        action="targets.sheet.apply",
        subject=plan,
        before={"targets": {str(row["target"]): row["theirs"][0] for row in wanted[:_AUDITED]}},
        after={
            "targets": {str(row["target"]): row["mine"][0] for row in wanted[:_AUDITED]},
            "file": current.file_name,
            "count": len(wanted),
        },
        reason=reason,
    )
    return len(wanted)


@transaction.atomic
def sheet_discard(*, sheet: PlanSheet, actor: User | None) -> None:
    """Let a trial go; what it would have changed stays readable."""
    _decided(_undecided(sheet), SheetState.DISCARDED)


def _undecided(sheet: PlanSheet) -> PlanSheet:
    current = PlanSheet.objects.select_for_update().get(pk=sheet.pk)
    if current.state != SheetState.TRIED:
        raise Conflict(_("This sheet was decided already."))
    return current


def _decided(sheet: PlanSheet, state: SheetState) -> None:
    sheet.state, sheet.decided_at = state, timezone.now()
    sheet.save(update_fields=["state", "decided_at"])
