"""The exact credit of shared deals and of the payments on them, made anew from lines and splits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.money import WHOLE_BP
from crm.calc.credit import Key, credit_parts
from crm.calc.ownership import Ownership, Shares
from crm.models import (
    Opportunity,
    OpportunityCredit,
    OpportunityLine,
    OpportunitySplit,
    Payment,
    PaymentCredit,
)
from crm.services.changes import PersonDay, paired
from crm.services.owners import ownerships_stored
from crm.services.tables import among, insert_rows
from org.calc.credit import BEGINNING

Line = tuple[int | None, int, Decimal, int]
Parts = tuple[list[Line], list[tuple[int, int]]]


@dataclass(frozen=True)
class Cut:
    """How a shared deal is cut: its (product line, amount), its (person, basis points), its owners."""

    lines: list[tuple[int, int]]
    splits: Shares
    ownership: Ownership

    def parts(self, amount: int, day: dt.date) -> dict[Key, int]:
        """The credit of an amount that counts on a day, by person and product line."""
        own = self.ownership
        shares = own.shares_on(day, self.splits) or ((own.owner_on(day), WHOLE_BP),)
        return credit_parts(amount, self.lines, shares)


def parts_stored(deals: Collection[int]) -> dict[int, Parts]:
    """The lines and splits stored of deals that have any, sorted for comparison."""
    if not deals:
        return {}
    stored: dict[int, Parts] = {}
    lines = OpportunityLine.objects.filter(among("opportunity", deals)).order_by()
    for deal, *line in lines.values_list(
        "opportunity", "product", "product_line", "quantity", "amount_minor"
    ):
        stored.setdefault(deal, ([], []))[0].append(tuple(line))  # type: ignore[arg-type]
    splits = OpportunitySplit.objects.filter(among("opportunity", deals)).order_by()
    for deal, person, share in splits.values_list("opportunity", "person", "share_bp"):
        stored.setdefault(deal, ([], []))[1].append((person, share))
    return {deal: (sorted(lines, key=str), sorted(splits)) for deal, (lines, splits) in stored.items()}


def parts_in_order(deals: Sequence[int]) -> dict[int, Parts]:
    """The lines and splits of these deals, in their own order."""
    parts: dict[int, Parts] = {deal: ([], []) for deal in deals}
    lines = OpportunityLine.objects.filter(among("opportunity", deals)).order_by("position", "pk")
    for deal, *line in lines.values_list(
        "opportunity", "product", "product_line", "quantity", "amount_minor"
    ):
        parts[deal][0].append(tuple(line))  # type: ignore[arg-type]
    splits = OpportunitySplit.objects.filter(among("opportunity", deals)).order_by("pk")
    for deal, person, share in splits.values_list("opportunity", "person", "share_bp"):
        parts[deal][1].append((person, share))
    return parts


def credits_settle(deals: Collection[int]) -> dict[int, set[int]]:
    """Make the credit rows of these deals anew; returns who had or has a part of each."""
    people: dict[int, set[int]] = {deal: set() for deal in deals}
    if not deals:
        return people
    old = OpportunityCredit.objects.filter(among("opportunity", deals))
    for deal, person in old.values_list("opportunity", "person"):
        people[deal].add(person)
    old.delete()
    rows = []
    cuts = _cuts(deals)
    amounts = Opportunity.objects.filter(among("pk", cuts), is_shared=True).order_by("pk")
    for deal, amount in amounts.values_list("pk", "plan_amount_minor"):
        for start, end in cuts[deal].ownership.spans:
            for (person, line), part in cuts[deal].parts(amount, start).items():
                people[deal].add(person)
                rows.append((deal, person, line, part, start, end))
    columns = ("opportunity_id", "person_id", "product_line_id", "plan_amount_minor", "starts_on", "ends_on")
    insert_rows(OpportunityCredit, columns, rows)
    return people


def payments_settle(payments: Sequence[int], days: Mapping[int, set[dt.date]]) -> set[PersonDay]:
    """Credit payments as their deals are credited; returns the person-days touched.

    ``days`` are the days on which a payment counted or counts, by its id; its own day otherwise.
    """
    if not payments:
        return set()
    people: dict[int, set[int]] = {payment: set() for payment in payments}
    old = PaymentCredit.objects.filter(among("payment", payments))
    for payment, person in old.values_list("payment", "person"):
        people[payment].add(person)
    old.delete()
    rows = Payment.objects.filter(among("pk", payments)).order_by("pk")
    listed = list(
        rows.values_list("pk", "opportunity_id", "plan_amount_minor", "received_on", "owner_id", "is_shared")
    )
    cuts = _cuts({row[1] for row in listed if row[1] is not None}, only_live=True)
    pairs: set[PersonDay] = set()
    new, flips = [], {True: [], False: []}  # type: ignore[var-annotated]
    for pk, deal, amount, received_on, owner, was_shared in listed:
        parts: dict[Key, int] = cuts[deal].parts(amount, received_on) if deal in cuts else {}
        new += [(pk, person, line, part) for (person, line), part in parts.items()]
        people[pk] |= {person for person, _line in parts}
        if bool(parts) != was_shared:
            flips[bool(parts)].append(pk)
            people[pk].add(owner)
        pairs |= paired(people[pk], days.get(pk, {received_on}))
    for is_shared, ids in flips.items():
        if ids:
            Payment.objects.filter(among("pk", ids)).update(is_shared=is_shared)
    insert_rows(PaymentCredit, ("payment_id", "person_id", "product_line_id", "plan_amount_minor"), new)
    return pairs


def payments_of(deals: Collection[int]) -> list[int]:
    """The payments on these deals."""
    if not deals:
        return []
    return list(Payment.objects.filter(among("opportunity", deals)).values_list("pk", flat=True))


def _cuts(deals: Collection[int], *, only_live: bool = False) -> dict[int, Cut]:
    """How each shared deal is cut."""
    if not deals:
        return {}
    shared = Opportunity.objects.filter(among("pk", deals), is_shared=True)
    if only_live:
        shared = shared.filter(deleted_at=None)
    rows = list(shared.values_list("pk", "owner_id", "product_line_id", "owner_since"))
    moved = {pk: owner for pk, owner, _line, since in rows if since > BEGINNING}
    stored = ownerships_stored("opportunity", moved)
    parts = parts_stored([row[0] for row in rows])
    cuts: dict[int, Cut] = {}
    for deal, owner, product_line, _since in rows:
        lines, splits = parts.get(deal, ([], []))
        cuts[deal] = Cut(
            [(line, cents) for _product, line, _quantity, cents in lines] or [(product_line, 1)],
            tuple(splits),
            stored.get(deal) or Ownership(owner),
        )
    return cuts
