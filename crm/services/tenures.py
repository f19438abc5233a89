"""Ownership of records on their way into the database: read, moved by what a source says, written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from crm.calc.ownership import Handing, Ownership, Shares, is_cut, passed, shares_kept
from crm.models import Opportunity, Payment, Tenure
from crm.services.changes import Change, PersonDay, Resource
from crm.services.credits import parts_stored
from crm.services.deal_rows import is_shared
from crm.services.owners import ownerships_stored
from crm.services.references import References
from crm.services.tables import among, update_rows
from org.calc.credit import BEGINNING


def ownerships_settle(kind: Resource, changes: Sequence[Change], refs: References) -> None:
    """Decide for each stored record whose it is on which day, now that its source has told its owner.

    Who is told as owner has it from ``owner_from`` or, without that day, from today on; from the beginning
    where nothing counts on an earlier day, and where nobody had it. A record that was handed over here stays
    there while its source only repeats a former owner, or names none.
    """
    moved = {
        change.id: change.before["owner_id"]
        for change in changes
        if change.before is not None and change.before["owner_since"] > BEGINNING
    }
    stored = ownerships_stored(kind.tenure_link, moved)
    told = []
    for change in changes:
        before = change.before
        if before is None:
            continue
        own = stored.get(change.id) or Ownership(before["owner_id"])
        _keep_local(change, own)
        after = _told(kind, change, own, refs)
        if own.former or after != own:
            change.ownership_before, change.ownership = own, after
            told.append(change)
    if kind.model is Opportunity and told:
        _shares_settle(told)


def tenures_write(kind: Resource, changed: Sequence[Change], now: dt.datetime) -> set[PersonDay]:
    """Store the ownerships that changed; payments that followed a deal's owner follow again.

    Returns the person-days of these payments.
    """
    moved = {
        change.id: change.ownership
        for change in changed
        if change.ownership is not None and change.ownership != change.ownership_before
    }
    if not moved:
        return set()
    link = kind.tenure_link
    Tenure.objects.filter(among(link, moved)).delete()
    Tenure.objects.bulk_create(
        Tenure(
            **{f"{link}_id": pk, "handed_by_id": stint.handed_by, "person_id": stint.person},
            **{name: getattr(stint, name) for name in ("starts_on", "ends_on", "is_local", "reason")},
            handed_at=stint.handed_at or now,
            shares=[list(pair) for pair in stint.shares],
        )
        for pk, own in moved.items()
        for stint in own.former
    )
    update_rows(kind.model, ("owner_since",), [(own.since, pk) for pk, own in moved.items()])
    if kind.model is not Opportunity:
        return set()
    befores = {change.id: change.ownership_before for change in changed}
    return _payments_follow({pk: (befores[pk] or own, own) for pk, own in moved.items()}, now)


def _keep_local(change: Change, own: Ownership) -> None:
    """Let a record that was handed over here be its new owner's, while the source tells nothing new."""
    repeated = own.repeated()
    built = change.built
    if not repeated or built.owner_from is not None:
        return
    if built.is_owner_named and built.columns["owner_id"] not in repeated:
        return
    built.columns["owner_id"] = own.owner
    for person in repeated:
        built.splits = list(passed(built.splits, person, own.owner))


def _told(kind: Resource, change: Change, own: Ownership, refs: References) -> Ownership:
    """The ownership once the source has told its owner, and perhaps the day."""
    owner, asked = change.after["owner_id"], change.built.owner_from
    if owner == own.owner and (asked is None or asked >= own.since):
        return own
    on = asked or (BEGINNING if own.owner == refs.nobody else refs.today)
    if kind.dates and not any(day < on for day in change.days(kind)):
        on = BEGINNING
    return own.handed(owner, Handing(on, refs.now))


def _shares_settle(told: Sequence[Change]) -> None:
    """Keep the former days' shares of split deals, and say whether a deal is shared on any day."""
    stored = parts_stored([change.id for change in told if change.had_parts])
    for change in told:
        before, after = change.ownership_before, change.ownership
        assert before is not None
        assert after is not None
        splits: Shares = tuple(stored.get(change.id, ([], []))[1])
        if after != before:
            change.ownership = after = shares_kept(before, after, splits, tuple(change.built.splits))
        columns = change.built.columns
        columns["is_shared"] = is_cut(after) or is_shared(change.built.lines, change.built.splits, columns)


def _payments_follow(moved: Mapping[int, tuple[Ownership, Ownership]], now: dt.datetime) -> set[PersonDay]:
    """Payments of a deal's owner of their day are the new owner's of that day; those of others stay."""
    pairs: set[PersonDay] = set()
    rows: list[tuple[Any, ...]] = []
    listed = Payment.objects.filter(among("opportunity", moved)).order_by("pk")
    for pk, deal, owner, day in listed.values_list("pk", "opportunity", "owner", "received_on"):
        before, after = (own.owner_on(day) for own in moved[deal])
        if owner == before != after:
            rows.append((after, now, pk))
            pairs |= {(before, day), (after, day)}
    update_rows(Payment, ("owner_id", "updated_at"), rows)
    return pairs
