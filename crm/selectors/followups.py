"""Follow-up notes of a deal or an account, and what a visit may be about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm.models import Account, FollowUp, Opportunity, Outcome
from crm.selectors.pages import account_get, opportunity_get
from org.scope import Scope

NEWEST, EACH = 20, 25
_KEY = re.compile(r"(account|deal)-([0-9]{1,15})")


def follow_ups_of(record: Account | Opportunity) -> list[FollowUp]:
    """The newest notes on a record that may be opened; those whose step waits come first."""
    notes = record.follow_ups.select_related("person", "written_by").order_by("-created_at", "-pk")[:NEWEST]
    return sorted(notes, key=lambda note: not note.is_open)


def follow_up_get(pk: int, *, scope: Scope) -> FollowUp | None:
    """A note on a deal or account whose owner is visible, or None."""
    notes = FollowUp.objects.filter(pk=pk).select_related("account", "opportunity")
    of_deals = scope.restrict(notes.filter(opportunity__deleted_at=None), "opportunity__owner")
    of_accounts = scope.restrict(notes.filter(account__deleted_at=None), "account__owner")
    return of_deals.first() or of_accounts.first()


@dataclass(frozen=True)
class Visitable:
    """A deal or an account that a visit may be about; ``key`` is how forms and addresses name it."""

    key: str
    name: str

    @classmethod
    def of(cls, record: Account | Opportunity) -> Visitable:
        """The deal with whom it is, or the account."""
        if isinstance(record, Account):
            return cls(f"account-{record.pk}", record.name)
        names = [record.account.name if record.account else "", record.name]
        return cls(f"deal-{record.pk}", " · ".join(filter(None, names)) or record.external_id)


def visitable_get(key: str, *, scope: Scope) -> Account | Opportunity | None:
    """The deal or account of a key, if it may be opened; or None."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    if match[1] == "deal":
        return opportunity_get(int(match[2]), scope=scope)
    page = account_get(int(match[2]), scope=scope)
    return page.account if page else None


def visitable_list(*, scope: Scope) -> list[Visitable]:
    """The own open deals, then the visible accounts, those that changed last first; 25 each, two queries."""
    deals = Opportunity.objects.filter(deleted_at=None, outcome=Outcome.OPEN, owner=scope.person_id)
    accounts = scope.restrict(Account.objects.filter(deleted_at=None), "owner")
    newest = ("-updated_at", "-pk")
    listed: list[Account | Opportunity] = [*deals.select_related("account").order_by(*newest)[:EACH]]
    listed += accounts.order_by(*newest)[:EACH]
    return [Visitable.of(record) for record in listed]
