"""Laws of merging: whatever is sent, merged and parted, no fact is lost and no sum by owner moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import Conflict
from crm.models import Account, Opportunity
from crm.services import Asked, merge_undo, records_merge, records_upsert
from org.scope import scope_for
from org.selectors import company_today

pytestmark = pytest.mark.django_db
ACCOUNTS, DEALS = st.sampled_from("ABCDE"), st.sampled_from("123456")
OWNERS = st.sampled_from(["alice", "bob"])
STEPS = st.one_of(
    st.tuples(st.just("account"), ACCOUNTS, st.sampled_from(["retail", "tools", ""])),
    st.tuples(st.just("deal"), DEALS, ACCOUNTS, OWNERS, st.integers(1, 9), st.booleans()),
    st.tuples(st.just("merge"), ACCOUNTS, ACCOUNTS),
    st.tuples(st.just("undo")),
)  # fmt: skip


@dataclass
class Told:
    """What should be there: each account's survivor, each deal's owner and amount, the merges to undo."""

    into: dict[str, str] = field(default_factory=lambda: {key: key for key in "ABCDE"})
    deals: dict[str, tuple[str, int]] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)


def send(resource, **record):
    [result] = records_upsert(resource=resource, source="crm", records=[record])
    assert not result.errors, [error.text() for error in result.errors]
    return result


def account(key, cast, industry=""):
    return send("accounts", external_id=key, name=f"Acme {key}", industry=industry,
                owner=cast.alice.person.employee_number)  # fmt: skip


def run(step, told, cast):
    admin = {"actor": cast.frank, "scope": scope_for(cast.frank, on=company_today())}
    match step:
        case ("account", key, industry):
            assert account(key, cast, industry).id == pk(told.into[key])
        case ("deal", key, of, owner, amount, is_won):
            closed = {"stage": "won", "closed_on": dt.date(2026, 1, amount).isoformat()}
            state = closed if is_won else {"stage": "engaging"}
            number = getattr(cast, owner).person.employee_number
            send("opportunities", external_id=key, account=of, amount=str(amount), owner=number, **state)
            told.deals[key] = (owner, amount * 100)
        case ("merge", into, other) if told.into[into] != told.into[other]:
            survivor, loser = told.into[into], told.into[other]
            asked = Asked(pk(survivor), (pk(loser),), {})
            told.made.append(records_merge(resource="accounts", asked=asked, **admin).pk)
            told.into = {key: survivor if at == loser else at for key, at in told.into.items()}
        case ("undo",) if told.made:
            parted(told, admin)


def parted(told, admin):
    """Undo the last merge, if nothing changed since; then the losers stand on their own again."""
    try:
        made = merge_undo(pk=told.made.pop(), **admin)
    except Conflict:
        return
    keys = dict(Account.objects.values_list("pk", "external_id"))
    losers = {keys[pk] for pk in made.losers}
    rows = Account.objects.select_related("merged_into")
    told.into = {row.external_id: (row.merged_into or row).external_id for row in rows}
    assert all(told.into[key] == key for key in losers)


def pk(key):
    return Account.objects.get(external_id=key).pk


def check(told):
    live = Opportunity.objects.filter(deleted_at=None)
    assert {row.external_id for row in live} == set(told.deals)
    sums = dict(live.order_by().values_list("owner__name").annotate(Sum("plan_amount_minor")))
    expected: dict[str, int] = {}
    for owner, amount in told.deals.values():
        name = f"{owner.title()} Borealis"
        expected[name] = expected.get(name, 0) + amount
    assert sums == expected
    alive = set(Account.objects.filter(deleted_at=None).values_list("external_id", flat=True))
    assert alive == set(told.into.values())
    assert all(deal.account.external_id in alive for deal in live.select_related("account"))
    for at in alive:
        won = live.filter(account__external_id=at, outcome="won").order_by("closed_on", "pk")
        first = list(won.filter(is_first_won=True).values_list("pk", flat=True))
        assert first == list(won.values_list("pk", flat=True)[:1])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_no_sequence_of_sending_and_merging_loses_a_fact_or_moves_a_sum(cast, steps):
    with transaction.atomic():
        told = Told()
        for key in told.into:
            account(key, cast)
        for step in steps:
            run(step, told, cast)
            check(told)
        transaction.set_rollback(True)
