"""What hangs on deals: stage history, lines and splits, exact credit, and which deal was the first won."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from crm.calc.fields import credit_parts
from crm.models import (
    Opportunity,
    OpportunityCredit,
    OpportunityLine,
    OpportunitySplit,
    Outcome,
    Payment,
    PaymentCredit,
    StageChange,
)
from crm.services.references import References
from crm.services.tables import chunks, insert_rows

if TYPE_CHECKING:
    from crm.services.upsert import Change, PersonDay

Line = tuple[int | None, int, Decimal, int]
Parts = tuple[list[Line], list[tuple[int, int]]]
DATES = ("opened_on", "closed_on", "quote_sent_on")


def deals_settle(changed: Sequence[Change], refs: References) -> set[PersonDay]:
    """Bring everything that follows from changed deals up to date; returns the person-days it touches."""
    _stages_note(changed, refs)
    _parts_replace([change for change in changed if change.before is not None or _has_parts(change)])
    pairs = _credits_replace(
        [change for change in changed if change.old("is_shared") or change.after["is_shared"]]
    )
    accounts = {
        account
        for change in changed
        if change.is_changed("account_id", "outcome", "closed_on")
        and Outcome.WON in (change.old("outcome"), change.after["outcome"])
        for account in (change.old("account_id"), change.after["account_id"])
        if account is not None
    }
    pairs |= _first_won_release(changed)
    pairs |= first_won_refresh(accounts)
    credited_anew = [
        change.id
        for change in changed
        if change.before is not None and (change.old("is_shared") or change.after["is_shared"])
    ]
    payments: list[int] = []
    for chunk in chunks(credited_anew):
        payments += Payment.objects.filter(opportunity__in=chunk).values_list("pk", flat=True)
    return pairs | payments_settle(payments)


def _has_parts(change: Change) -> bool:
    return bool(change.built.lines or change.built.splits)


def _stages_note(changed: Sequence[Change], refs: References) -> None:
    """A row of history for each deal that is new or entered another stage."""
    rows = []
    for change in changed:
        before = None if change.before is None else change.before["stage_id"]
        if before != change.after["stage_id"]:
            on = change.after["closed_on"] if change.after["outcome"] != Outcome.OPEN else None
            on = on or (change.after["opened_on"] if before is None else None) or refs.today
            rows.append((change.id, before, change.after["stage_id"], on, change.recorded_at or refs.now))
    columns = ("opportunity_id", "from_stage_id", "to_stage_id", "changed_on", "recorded_at")
    insert_rows(StageChange._meta.db_table, columns, rows)


def parts_stored(ids: Sequence[int]) -> dict[int, Parts]:
    """The lines and splits stored of deals that have any, sorted for comparison."""
    stored: dict[int, Parts] = {}
    for chunk in chunks(ids):
        lines = OpportunityLine.objects.filter(opportunity__in=chunk)
        for deal, *line in lines.values_list(
            "opportunity", "product", "product_line", "quantity", "amount_minor"
        ):
            stored.setdefault(deal, ([], []))[0].append(tuple(line))  # type: ignore[arg-type]
        splits = OpportunitySplit.objects.filter(opportunity__in=chunk)
        for deal, person, share in splits.values_list("opportunity", "person", "share_bp"):
            stored.setdefault(deal, ([], []))[1].append((person, share))
    return {deal: (sorted(lines, key=str), sorted(splits)) for deal, (lines, splits) in stored.items()}


def _parts_replace(changed: Sequence[Change]) -> None:
    replaced = [change.id for change in changed if change.before is not None]
    for chunk in chunks(replaced):
        OpportunityLine.objects.filter(opportunity__in=chunk).delete()
        OpportunitySplit.objects.filter(opportunity__in=chunk).delete()
    insert_rows(
        OpportunityLine._meta.db_table,
        ("opportunity_id", "product_id", "product_line_id", "quantity", "amount_minor", "position"),
        [
            (change.id, product, line, str(quantity), cents, at)
            for change in changed
            for at, (product, line, quantity, cents) in enumerate(change.built.lines)
        ],
    )
    insert_rows(
        OpportunitySplit._meta.db_table,
        ("opportunity_id", "person_id", "share_bp"),
        [(change.id, *split) for change in changed for split in change.built.splits],
    )


def _credits_replace(changed: Sequence[Change]) -> set[PersonDay]:
    """Make the credit rows of shared deals anew; everybody who had or has a part is touched."""
    before: dict[int, set[int]] = {}
    for chunk in chunks(change.id for change in changed if change.before is not None):
        old = OpportunityCredit.objects.filter(opportunity__in=chunk)
        for deal, person in old.values_list("opportunity", "person"):
            before.setdefault(deal, set()).add(person)
        old.delete()
    pairs: set[PersonDay] = set()
    rows = []
    for change in changed:
        parts = _credit_of(change)
        rows += [(change.id, person, line, part) for (person, line), part in parts.items()]
        after = {person for person, _line in parts}
        for name in DATES:
            pairs |= _pairs(before.get(change.id, ()), change.old(name)) | _pairs(after, change.after[name])
    columns = ("opportunity_id", "person_id", "product_line_id", "plan_amount_minor")
    insert_rows(OpportunityCredit._meta.db_table, columns, rows)
    return pairs


def _credit_of(change: Change) -> dict[tuple[int, int], int]:
    if not change.after["is_shared"]:
        return {}
    lines = [(line, cents) for _product, line, _quantity, cents in change.built.lines]
    return credit_parts(
        change.after["plan_amount_minor"],
        lines or [(change.after["product_line_id"], 1)],
        change.built.splits or [(change.after["owner_id"], 10_000)],
    )


def _first_won_release(changed: Sequence[Change]) -> set[PersonDay]:
    """Deals that lost their account or their win lose the flag as well."""
    lost = [
        change
        for change in changed
        if change.before is not None
        and change.before["is_first_won"]
        and (change.after["account_id"] is None or change.after["outcome"] != Outcome.WON)
    ]
    for chunk in chunks(change.id for change in lost):
        Opportunity.objects.filter(pk__in=chunk).update(is_first_won=False)
    return set()  # their old and new days are in the outbox already: the deals themselves changed


def first_won_refresh(accounts: Iterable[int]) -> set[PersonDay]:
    """Flag the earliest won deal (by day, then id) of each account; returns the days of deals that flipped."""
    flips: dict[bool, list[int]] = {True: [], False: []}
    for chunk in chunks(accounts):
        won = Opportunity.objects.filter(account__in=chunk, outcome=Outcome.WON, deleted_at=None)
        ranked = won.annotate(
            rank=Window(
                RowNumber(), partition_by=F("account"), order_by=(F("closed_on").asc(), F("pk").asc())
            )
        )
        for pk, rank, flagged in ranked.values_list("pk", "rank", "is_first_won"):
            if (rank == 1) != flagged:
                flips[rank == 1].append(pk)
    pairs: set[PersonDay] = set()
    for value, ids in flips.items():
        for chunk in chunks(ids):
            Opportunity.objects.filter(pk__in=chunk).update(is_first_won=value)
            rows = Opportunity.objects.filter(pk__in=chunk)
            pairs |= set(rows.values_list("owner_id", "closed_on"))
            credits = OpportunityCredit.objects.filter(opportunity__in=chunk)
            pairs |= set(credits.values_list("person_id", "opportunity__closed_on"))
    return pairs


def payments_settle(ids: Sequence[int]) -> set[PersonDay]:
    """Credit payments as their deals are credited; returns the person-days touched."""
    pairs: set[PersonDay] = set()
    for chunk in chunks(ids):
        old = PaymentCredit.objects.filter(payment__in=chunk)
        pairs |= set(old.values_list("person_id", "payment__received_on"))
        old.delete()
        payments = Payment.objects.filter(pk__in=chunk)
        rows = payments.values_list(
            "pk", "opportunity_id", "plan_amount_minor", "received_on", "owner_id", "is_shared"
        )
        listed = list(rows)
        keys = _credit_keys({row[1] for row in listed if row[1] is not None})
        new, shared, flipped = [], [], []
        for pk, deal, amount, received_on, owner, was_shared in listed:
            cut = _payment_cut(amount, keys.get(deal, {}))
            new += [(pk, person, line, part) for (person, line), part in cut.items()]
            pairs |= _pairs({person for person, _line in cut}, received_on)
            if bool(cut) != was_shared:
                (shared if cut else flipped).append(pk)
                pairs.add((owner, received_on))
        Payment.objects.filter(pk__in=shared).update(is_shared=True)
        Payment.objects.filter(pk__in=flipped).update(is_shared=False)
        columns = ("payment_id", "person_id", "product_line_id", "plan_amount_minor")
        insert_rows(PaymentCredit._meta.db_table, columns, new)
    return pairs


def _credit_keys(deals: set[int]) -> dict[int, dict[tuple[int, int], int]]:
    """The credit parts of shared deals that stand: {deal: {(person, product line): minor units}}."""
    keys: dict[int, dict[tuple[int, int], int]] = {}
    for chunk in chunks(deals):
        credits = OpportunityCredit.objects.filter(opportunity__in=chunk, opportunity__deleted_at=None)
        for deal, person, line, part in credits.order_by("pk").values_list(
            "opportunity", "person", "product_line", "plan_amount_minor"
        ):
            keys.setdefault(deal, {})[person, line] = part
    return keys


def _payment_cut(amount: int, weights: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """A payment cut in proportion to the deal's credit, exactly."""
    left, weight_left = amount, sum(weights.values())
    cut = {}
    for key, weight in weights.items():
        part = left * weight // weight_left if weight_left else left
        cut[key] = part
        left, weight_left = left - part, weight_left - weight
    return cut


def credit_rescale(deal: Opportunity) -> set[int]:
    """Cut a shared deal's new plan amount in the proportions of its credit; returns the people credited."""
    credits = list(deal.credits.order_by("pk"))
    weights = {(credit.person_id, credit.product_line_id): credit.plan_amount_minor for credit in credits}
    cut = _payment_cut(deal.plan_amount_minor, weights)
    for credit in credits:
        credit.plan_amount_minor = cut[credit.person_id, credit.product_line_id]
    OpportunityCredit.objects.bulk_update(credits, ["plan_amount_minor"])
    return {credit.person_id for credit in credits}


def _pairs(people: Iterable[int], day: dt.date | None) -> set[PersonDay]:
    return {(person, day) for person in people} if day is not None else set()
