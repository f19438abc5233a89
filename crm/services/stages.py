"""Moving a deal to another stage, from its page or the board."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from common.errors import Conflict, Invalid, NotAllowed, NotFound, gettext_noop
from crm import policies
from crm.models import Opportunity, Outcome, Stage
from crm.selectors import opportunity_get
from crm.services.patch import record_patch
from org.models import User
from org.scope import Scope
from org.services import audit_record


@transaction.atomic
def deal_stage_set(
    *,
    pk: int,
    stage: str,
    actor: User,
    scope: Scope,
    from_stage: str = "",
    closed_on: dt.date | None = None,
    loss_reason: str = "",
) -> Opportunity:
    """Move a deal in scope to the stage of a code; a closed stage closes it on the scope's day unless told.

    ``from_stage`` is where the mover saw it. Raises NotFound, NotAllowed, Invalid, and Conflict if it has
    moved meanwhile. Moving it to where it is changes nothing.
    """
    Opportunity.objects.filter(pk=pk).select_for_update(of=("self",), no_key=True).first()
    deal = opportunity_get(pk, scope=scope)
    if deal is None:
        raise NotFound(gettext_noop("There is no such record."))
    if not policies.may_work(scope, deal.owner_id):
        raise NotAllowed(gettext_noop("Deals are their owners' and their managers' to move."))
    if from_stage and from_stage != deal.stage.code:
        message = gettext_noop("This deal is in “%(stage)s” by now; look at it again.")
        raise Conflict(message, params={"stage": deal.stage.name})
    to = Stage.objects.filter(code=stage).first()
    if to is None:
        raise Invalid(gettext_noop("There is no such stage."), field="stage")
    if to.pk == deal.stage_id:
        return deal
    return _moved(deal, to, _changes(to, closed_on, loss_reason, scope), actor, scope)


def _changes(to: Stage, closed_on: dt.date | None, loss_reason: str, scope: Scope) -> dict[str, str | None]:
    """What the record says in its new stage; an open deal has no closing day and no reason to be lost."""
    if to.outcome == Outcome.OPEN:
        return {"stage": to.code, "closed_on": None, "loss_reason": ""}
    day = closed_on or scope.on
    if day > scope.on:
        raise Invalid(gettext_noop("A deal can't have closed in the future."), field="closed_on")
    reason = loss_reason if to.outcome == Outcome.LOST else ""
    return {"stage": to.code, "closed_on": day.isoformat(), "loss_reason": reason}


def _moved(
    deal: Opportunity, to: Stage, changes: dict[str, str | None], actor: User, scope: Scope
) -> Opportunity:
    # Whether this deal may be moved was asked above; what it refers to may lie out of the mover's sight.
    everyone = Scope.everyone(reason="deal_stage_set", on=scope.on)
    result = record_patch(
        resource="opportunities",
        source=deal.source,
        external_id=deal.external_id,
        changes=changes,
        scope=everyone,
        actor=actor,
    )
    if result.errors:
        raise Invalid(result.errors[0].message, errors=result.errors)
    before = {"stage": deal.stage.code, "closed_on": str(deal.closed_on) if deal.closed_on else None}
    after = {"stage": to.code, "closed_on": changes["closed_on"]}
    audit_record(actor=actor, action="crm.opportunity.stage", subject=deal, before=before, after=after)
    moved: Opportunity = Opportunity.objects.select_related("stage").get(pk=deal.pk)
    return moved
