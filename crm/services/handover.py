"""Handing records over with a date: what counts before it stays with the former owner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Invalid, NotAllowed, NotFound
from common.records import RecordResult
from crm import policies
from crm.calc.ownership import Handing, Ownership, is_cut, shares_handed
from crm.calc.records import Records
from crm.models import Account, FollowUp, Lead, Opportunity
from crm.selectors.handover import earliest_day
from crm.selectors.records import with_parts
from crm.services.changes import RESOURCES, Change, Resource
from crm.services.credits import Parts, parts_in_order
from crm.services.deal_rows import is_shared
from crm.services.owners import ownerships_stored
from crm.services.references import References
from crm.services.rows import Built
from crm.services.tables import among
from crm.services.upsert import changes_write
from org.models import Person, User
from org.scope import Scope
from org.services import audit_record

_KINDS = ("accounts", "opportunities", "leads")
_NOT_TOLD = frozenset(
    ("id", "source", "external_id", "recorded_at", "created_at", "updated_at", "deleted_at", "owner_since")
)


@dataclass(frozen=True)
class Terms:
    """From which day credit moves, and why."""

    from_on: dt.date
    reason: str


@transaction.atomic
def ownership_transfer(
    *,
    records: Records,
    to: Person,
    terms: Terms,
    actor: User | None,
    scope: Scope,
    subject: Account | Lead | Opportunity | Person,
) -> Records:
    """Hand records over to a person from a day on; returns those that were handed over.

    What counts on an earlier day stays with who had it then. Records that are the receiver's already stay as
    they are, so that a second time changes nothing. One record may not be handed over from a day before it
    began or before its owner got it; of several, each goes from the day its owner got it at the earliest.
    ``subject`` is what the audit log names. Raises NotFound, NotAllowed, and Invalid naming the field.
    """
    _terms_check(terms, to, scope)
    held = {name: _locked(RESOURCES[name], getattr(records, name), scope) for name in _KINDS}
    steps = FollowUp.objects.filter(among("pk", records.follow_ups), done_at=None)
    givers = {row["owner_id"] for rows in held.values() for row in rows}
    givers |= set(steps.values_list("person", flat=True))
    if not policies.may_hand_over(scope, givers | {to.pk}):
        raise NotAllowed(_("Records are handed over by a manager of both people, or an administrator."))
    refs = References("", with_deleted=True)
    handing = Handing(terms.from_on, refs.now, True, terms.reason, actor.pk if actor else None)
    moved: dict[str, frozenset[int]] = {}
    for name, rows in held.items():
        given = [row for row in rows if row["owner_id"] != to.pk]
        if given and records.count == 1:
            _day_check(RESOURCES[name], given[0], terms.from_on)
        changes_write(RESOURCES[name], _changes(RESOURCES[name], given, to.pk, handing), refs)
        moved[name] = frozenset(row["id"] for row in given)
    others = steps.exclude(person=to)
    moved["follow_ups"] = frozenset(others.values_list("pk", flat=True))
    others.update(person=to)
    done = Records(**moved)
    if done.count:
        _note(done, givers - {to.pk}, to, terms, actor, subject)
    return done


@transaction.atomic
def book_transfer(
    *, person: Person, parts: Mapping[Person, Records], terms: Terms, actor: User | None, scope: Scope
) -> dict[Person, Records]:
    """Hand a person's records over to one or several others, all or nothing; returns what each got."""
    if person in parts:
        raise Invalid(_("%(name)s has these records already.") % {"name": person.name}, field="to")
    return {
        to: ownership_transfer(records=records, to=to, terms=terms, actor=actor, scope=scope, subject=person)
        for to, records in parts.items()
    }


def _terms_check(terms: Terms, to: Person, scope: Scope) -> None:
    day, named = terms.from_on, {"name": to.name, "day": terms.from_on}
    if not terms.reason.strip():
        raise Invalid(_("Say why, for those who ask later."), field="reason")
    if day > scope.on:
        raise Invalid(_("This day lies ahead. Hand over on the day itself."), field="from_on")
    first = earliest_day(scope.on)
    if day < first:
        message = _("The years before %(day)s are closed: what counted then stays. Choose that day or later.")
        raise Invalid(message % {"day": first}, field="from_on")
    if to.is_placeholder:
        raise Invalid(_("Choose who gets it."), field="to")
    if to.hired_on is not None and to.hired_on > day:
        message = _("%(name)s joined on %(joined)s. Choose that day or later, or somebody else.")
        raise Invalid(message % {**named, "joined": to.hired_on}, field="to")
    if to.left_on is not None:
        message = _("%(name)s left on %(left)s. Choose somebody else.")
        raise Invalid(message % {**named, "left": to.left_on}, field="to")


def _day_check(kind: Resource, row: Mapping[str, Any], day: dt.date) -> None:
    """Refuse the day for one record that began later, or that its owner got later."""
    began = min((row[name] for name in kind.dates if row[name] is not None), default=None)
    if began is not None and day < began:
        message = _("It began on %(day)s. Choose that day or later.")
        raise Invalid(message % {"day": began}, field="from_on")
    if day < row["owner_since"]:
        message = _("Its owner has it since %(day)s. Choose that day or later.")
        raise Invalid(message % {"day": row["owner_since"]}, field="from_on")


def _locked(kind: Resource, ids: frozenset[int], scope: Scope) -> list[dict[str, Any]]:
    """The rows of these ids, locked; each must be in scope."""
    if not ids:
        return []
    rows: Any = kind.model._default_manager.filter(among("pk", ids), deleted_at=None).order_by("pk")
    seen = scope.restrict(rows, "owner").count()
    if seen < len(ids):
        raise NotFound(_("There is no such record."))
    locked = rows.select_for_update(of=("self",), no_key=True)
    if kind.model is Opportunity:
        locked = with_parts(locked)
    return list(locked.values())


def _changes(kind: Resource, rows: Sequence[dict[str, Any]], to: int, handing: Handing) -> list[Change]:
    """The rows on their way to the new owner, deals with their splits."""
    owned = ownerships_stored(kind.tenure_link, {row["id"]: row["owner_id"] for row in rows})
    parts = parts_in_order([row["id"] for row in rows if row.get("has_parts")])
    changes = []
    for row in rows:
        pk, own = row["id"], owned[row["id"]]
        columns = {name: value for name, value in row.items() if name not in _NOT_TOLD}
        for name in ("has_parts", *kind.derived):
            columns.pop(name, None)
        columns["owner_id"] = to
        change = Change(
            RecordResult(row["external_id"], "updated"), Built(columns), row["recorded_at"], row, pk, own
        )
        _hand(change, own, to, handing, parts.get(pk, ([], [])))
        changes.append(change)
    return changes


def _hand(change: Change, own: Ownership, to: int, handing: Handing, parts: Parts) -> None:
    """Give one record to a person, from the day its owner got it at the earliest."""
    on = max(handing.on, own.since)
    after = own.handed(to, Handing(on, handing.at, handing.is_local, handing.reason, handing.by))
    lines, splits = parts
    if "is_shared" in change.built.columns:
        after, shares = shares_handed(own, after, tuple(splits), on)
        built = change.built
        built.lines, built.splits = list(lines), list(shares)
        built.columns["is_shared"] = is_cut(after) or is_shared(built.lines, built.splits, built.columns)
    change.ownership = after


def _note(
    done: Records, givers: set[int], to: Person, terms: Terms, actor: User | None, subject: Any
) -> None:
    """The entry in the audit log: who had what, who has it now and from when."""
    had = Person.objects.filter(pk__in=givers).order_by("employee_number")
    told = {each.name: sorted(getattr(done, each.name)) for each in fields(done) if getattr(done, each.name)}
    audit_record(
        actor=actor,
        action="crm.ownership.transfer",
        subject=subject,
        before={"owner": [person.employee_number for person in had]},
        after={"owner": to.employee_number, "from": terms.from_on.isoformat(), **told},
        reason=terms.reason,
    )
