"""What hangs on deals: stage history, lines and splits, and which deal was the first won of its account."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import OuterRef, Subquery

from crm.models import (
    Account,
    Opportunity,
    OpportunityCredit,
    OpportunityLine,
    OpportunitySplit,
    StageChange,
)
from crm.services.changes import Change, PersonDay, Resource, paired
from crm.services.credits import credits_settle, payments_of, payments_settle
from crm.services.news import deals_announce
from crm.services.owners import former_owners
from crm.services.references import References
from crm.services.tables import among, insert_rows


def deals_settle(kind: Resource, changed: Sequence[Change], refs: References) -> set[PersonDay]:
    """Bring everything that follows from changed deals up to date; returns the person-days it touches."""
    _stages_note(changed, refs)
    _parts_replace(changed)
    shared = {change.id: change for change in changed if change.was_shared or change.after["is_shared"]}
    pairs: set[PersonDay] = set()
    for deal, people in credits_settle(shared).items():
        pairs |= paired(people, shared[deal].days(kind))
    stood = [deal for deal, change in shared.items() if change.before is not None]
    pairs |= payments_settle(payments_of(stood), {})
    accounts = {
        account
        for change in changed
        if "won" in (change.old("outcome"), change.after["outcome"])
        and change.is_changed("account_id", "outcome", "closed_on")
        for account in (change.old("account_id"), change.after["account_id"])
        if account is not None
    }
    deals_announce(changed, refs)
    return pairs | first_won_refresh(accounts)


def _stages_note(changed: Sequence[Change], refs: References) -> None:
    """A row of history for each deal that is new or entered another stage."""
    rows = []
    for change in changed:
        before = None if change.before is None else change.before["stage_id"]
        after = change.after
        if before != after["stage_id"]:
            on = after["closed_on"] or (after["opened_on"] if before is None else None) or refs.today
            rows.append((change.id, before, after["stage_id"], on, change.recorded_at or refs.now))
    columns = ("opportunity_id", "from_stage_id", "to_stage_id", "changed_on", "recorded_at")
    insert_rows(StageChange, columns, rows)


def _parts_replace(changed: Sequence[Change]) -> None:
    stood = [change.id for change in changed if change.had_parts]
    if stood:
        OpportunityLine.objects.filter(among("opportunity", stood)).delete()
        OpportunitySplit.objects.filter(among("opportunity", stood)).delete()
    insert_rows(
        OpportunityLine,
        ("opportunity_id", "product_id", "product_line_id", "quantity", "amount_minor", "position"),
        [
            (change.id, product, line, str(quantity), cents, at)
            for change in changed
            for at, (product, line, quantity, cents) in enumerate(change.built.lines)
        ],
    )
    insert_rows(
        OpportunitySplit,
        ("opportunity_id", "person_id", "share_bp"),
        [(change.id, *split) for change in changed for split in change.built.splits],
    )


def first_won_refresh(accounts: Collection[int]) -> set[PersonDay]:
    """Flag the earliest won deal (by day, then id) of each account; returns the days of deals that flipped.

    Locks the accounts, so that of two deals won at once one sees the other.
    """
    if not accounts:
        return set()
    touched = Account.objects.filter(among("pk", accounts))
    list(touched.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))
    won = Opportunity.objects.filter(account=OuterRef("pk"), outcome="won", deleted_at=None)
    earliest = Subquery(won.order_by("closed_on", "pk").values("pk")[:1])
    due = set(touched.annotate(first=earliest).values_list("first", flat=True)) - {None}
    flagged = set(
        Opportunity.objects.filter(among("account", accounts), is_first_won=True).values_list("pk", flat=True)
    )
    flips = {False: flagged - due, True: due - flagged}
    for is_first, deals in flips.items():
        if deals:
            Opportunity.objects.filter(among("pk", deals)).update(is_first_won=is_first)
    return person_days_of(flips[False] | flips[True])


def person_days_of(deals: Collection[int]) -> set[PersonDay]:
    """Owners, former owners and everybody credited, on the days these deals closed."""
    if not deals:
        return set()
    closed = list(Opportunity.objects.filter(among("pk", deals)).values_list("pk", "owner_id", "closed_on"))
    owners = [(owner, day) for _pk, owner, day in closed]
    days = {pk: day for pk, _owner, day in closed}
    owners += [(person, days[pk]) for pk, person in former_owners("opportunity", days)]
    credited = OpportunityCredit.objects.filter(among("opportunity", deals))
    sellers = credited.values_list("person_id", "opportunity__closed_on")
    return {(person, day) for person, day in (*owners, *sellers) if day is not None}
