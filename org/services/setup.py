"""The first run: a step is confirmed, skipped or taken up again; the list of steps is put away."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from org.models import SetupMark, SetupState, SetupStep, User
from org.services.audit import audit_record


@transaction.atomic
def setup_mark(*, step: SetupStep, state: SetupState, actor: User | None) -> None:
    """Remember a word on a step (of the list: skipped is put away); saying it again changes nothing."""
    mark = SetupMark.objects.filter(step=step).first() or SetupMark(step=step)
    if mark.pk is not None and mark.state == state:
        return
    before = {"state": mark.state} if mark.pk is not None else None
    mark.state, mark.marked_by, mark.marked_at = state, actor, timezone.now()
    mark.save()
    audit_record(
        actor=actor, action="org.setup.mark", subject=mark, before=before, after={"state": str(state)}
    )


@transaction.atomic
def setup_reopen(*, step: SetupStep, actor: User | None) -> None:
    """Take a word back: the step is open again unless the data show it done, the list is shown again."""
    mark = SetupMark.objects.filter(step=step).first()
    if mark is not None:
        audit_record(actor=actor, action="org.setup.reopen", subject=mark, before={"state": mark.state})
        mark.delete()
