"""Follow-up notes, and visits logged on the way: what sellers write here beside the CRM."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from common.errors import Conflict, Invalid, NotAllowed, NotFound, gettext_noop
from crm import policies
from crm.models import LOCAL, Account, Activity, FollowUp, Opportunity
from crm.selectors import follow_up_get, visitable_get
from crm.services.references import own_key
from crm.services.upsert import records_upsert
from org.models import Person, User
from org.scope import Scope
from org.services import audit_record


@dataclass(frozen=True)
class Words:
    """What a note says; a next step comes with its day."""

    need: str = ""
    sticking_point: str = ""
    next_step: str = ""
    next_step_on: dt.date | None = None

    @property
    def are_none(self) -> bool:
        return not (self.need or self.sticking_point or self.next_step or self.next_step_on)


@dataclass(frozen=True)
class Visit:
    """A visit, call or meeting just held; ``key`` is made with the form, so that sent twice counts once.

    ``about`` is the key of a ``Visitable``.
    """

    key: str
    kind: str
    is_effective: bool
    note: str = ""
    about: str = ""


@transaction.atomic
def follow_up_add(*, record: Account | Opportunity, words: Words, actor: User, scope: Scope) -> FollowUp:
    """Note something on a deal or account in scope; its next step is the writer's own, else the owner's.

    Raises NotAllowed, and Invalid for a note that says nothing or a step without a day.
    """
    if not policies.may_work(scope, record.owner_id):
        raise NotAllowed(gettext_noop("Notes are the owner's and their managers' to write."))
    if words.are_none:
        raise Invalid(gettext_noop("Write what the customer needs, what it hangs on, or what comes next."))
    person = scope.person_id if scope.person_id == record.owner_id else record.owner_id
    return _note(record, words, person, actor)


@transaction.atomic
def follow_up_done(*, pk: int, actor: User, scope: Scope) -> FollowUp:
    """Say that a next step was taken; a second time changes nothing.

    Raises NotFound out of scope, NotAllowed, and Conflict for a note without a step.
    """
    note = follow_up_get(pk, scope=scope)
    if note is None:
        raise NotFound(gettext_noop("There is no such note."))
    record = note.opportunity or note.account
    assert record is not None
    if note.person_id != scope.person_id and not policies.may_work(scope, record.owner_id):
        raise NotAllowed(gettext_noop("Notes are the owner's and their managers' to write."))
    if note.next_step_on is None:
        raise Conflict(gettext_noop("This note has no next step."))
    if FollowUp.objects.filter(pk=pk, done_at=None).update(done_at=timezone.now()):
        audit_record(actor=actor, action="crm.follow_up.done", subject=note)
    return note


@transaction.atomic
def visit_log(
    *, visit: Visit, next_step: str, next_step_on: dt.date | None, actor: User, scope: Scope
) -> int:
    """Record an activity of the scope's own person with a visible account or deal; returns its id.

    A next step is the person's own. Raises NotAllowed, NotFound, Invalid; the same key again changes nothing.
    """
    if scope.person_id is None or not policies.may_log(scope):
        raise NotAllowed(gettext_noop("Only people of the company log visits."))
    record = _visited(visit, scope)
    person = Person.objects.get(pk=scope.person_id)
    stored = Activity.objects.filter(source=LOCAL, external_id=visit.key).first()
    if stored is not None:
        return stored.pk
    fields = {
        "external_id": visit.key,
        "kind": visit.kind,
        "is_effective": visit.is_effective,
        "occurred_at": timezone.now().isoformat(),
        "note": visit.note,
        "owner": person.employee_number,
        "opportunity" if isinstance(record, Opportunity) else "account": own_key(record.pk),
    }
    # What is referred to was looked up in scope above.
    [result] = records_upsert(resource="activities", source=LOCAL, records=[fields], actor=actor)
    if result.errors:
        raise Invalid(result.errors[0].message, errors=result.errors)
    activity: Activity = Activity.objects.get(source=LOCAL, external_id=visit.key)
    words = Words(next_step=next_step, next_step_on=next_step_on)
    if not words.are_none:
        _note(record, words, person.pk, actor, activity)
    told = {"kind": visit.kind, "is_effective": visit.is_effective, "with": str(record)}
    audit_record(actor=actor, action="crm.activity.log", subject=activity, after=told)
    return activity.pk


def _visited(visit: Visit, scope: Scope) -> Account | Opportunity:
    """The deal, or else the account, that a visit was about."""
    if not visit.about:
        raise Invalid(gettext_noop("Choose whom you visited."), field="about")
    record = visitable_get(visit.about, scope=scope)
    if record is None:
        raise NotFound(gettext_noop("There is no such record."))
    return record


def _note(
    record: Account | Opportunity, words: Words, person: int, actor: User, activity: Activity | None = None
) -> FollowUp:
    if bool(words.next_step) != bool(words.next_step_on):
        field = "next_step_on" if words.next_step else "next_step"
        raise Invalid(gettext_noop("A next step needs both what and when."), field=field)
    note = FollowUp.objects.create(
        account=record if isinstance(record, Account) else None,
        opportunity=record if isinstance(record, Opportunity) else None,
        activity=activity,
        person_id=person,
        written_by=actor,
        need=words.need,
        sticking_point=words.sticking_point,
        next_step=words.next_step,
        next_step_on=words.next_step_on,
    )
    audit_record(actor=actor, action="crm.follow_up.add", subject=note, after={"of": str(record)})
    return note
