"""A deal changes hands in the middle of a quarter: each seller keeps what counted in their days."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from crm.services import Records, Terms, ownership_transfer
from crm.tests.factories import make_lead, make_opportunity, make_payment
from metrics.models import DailyActual, Metric, UnitDailyActual
from metrics.selectors import fact_rows
from metrics.services import recompute_actuals, sweep
from org.models import Role
from org.scope import Scope
from tests.cast import Cast

JAN, FEB, MAR, END = (dt.date(2026, month, 10) for month in (1, 2, 3, 4))
QUARTER = (dt.date(2026, 1, 1), dt.date(2026, 5, 1))
ADMIN = Scope(on=dt.date(2026, 4, 20), roles=frozenset({Role.ADMIN}), unit_ids=None)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(dt.datetime(2026, 4, 20, 4, tzinfo=dt.UTC), tick=False):
        yield


def transfer(to, **ids) -> None:
    records = Records(**{name: frozenset({row.pk}) for name, row in ids.items()})
    terms = Terms(FEB, "Territory")
    subject = next(iter(ids.values()))
    ownership_transfer(records=records, to=to, terms=terms, actor=None, scope=ADMIN, subject=subject)


def figures(code: str) -> dict[str, int]:
    """Each person's and each unit's figure over the quarter."""
    sums: dict[str, int] = {}
    for name, value in DailyActual.objects.filter(metric__code=code).values_list("person__name", "value"):
        sums[name] = sums.get(name, 0) + value
    for name, value in UnitDailyActual.objects.filter(metric__code=code).values_list("unit__name", "value"):
        sums[name] = sums.get(name, 0) + value
    return sums


def opened(code: str, scope: Scope = ADMIN, **whose) -> tuple[set[str], int]:
    """Who stands on the list behind a figure, and what the list adds up to."""
    start, end = QUARTER
    metric = Metric.objects.get(code=code)
    rows = fact_rows(metric, scope=scope, start=start, end=end, **whose).rows
    return {row.person_name for row in rows}, sum(row.credited for row in rows)


def test_the_former_owner_keeps_the_quote_and_the_new_one_has_the_win(cast: Cast):
    alice, dave = cast.alice.person, cast.dave.person
    quoted = dt.datetime(2026, 1, 10, 4, tzinfo=dt.UTC)
    deal = make_opportunity(alice, "100.00", opened_on=JAN, quote_sent_at=quoted, external_id="1")
    lead = make_lead(alice, JAN)
    sweep()
    assert figures("quotes")["Borealis team"] == 1

    transfer(dave, opportunities=deal)
    transfer(dave, leads=lead)
    make_opportunity(dave, "100.00", opened_on=JAN, quote_sent_at=quoted, external_id="1", won_on=MAR)
    make_payment(opportunity=deal, amount="60.00", on=END)
    sweep()

    assert figures("quotes") | figures("leads") == {
        "Alice Borealis": 1, "Borealis team": 1, "Borealis division": 1, cast.root.name: 1,
    }  # fmt: skip
    won = {"Dave Australis": 10_000, "Australis team": 10_000, "Australis division": 10_000}
    assert figures("sales") == {**won, cast.root.name: 10_000}
    assert figures("collections")["Dave Australis"] == 6_000
    for code, unit, name, value in (
        ("quotes", cast.borealis, "Alice Borealis", 1),
        ("sales", cast.australis, "Dave Australis", 10_000),
        ("collections", cast.australis, "Dave Australis", 6_000),
    ):
        assert opened(code, unit=unit) == ({name}, value)
    assert opened("quotes", unit=cast.australis) == (set(), 0)
    assert recompute_actuals().changed == 0


def test_a_win_before_the_day_stays_in_the_former_owners_team_and_later_money_does_not(cast: Cast):
    alice, dave = cast.alice.person, cast.dave.person
    shares = [{"person": "E1", "share_bp": 7000}, {"person": "E2", "share_bp": 3000}]
    plain = make_opportunity(alice, "100.00", won_on=JAN)
    shared = make_opportunity(alice, "10.00", won_on=JAN, splits=shares)
    for deal in (plain, shared):
        make_payment(opportunity=deal, amount="1.00", on=JAN)
        make_payment(opportunity=deal, amount="2.00", on=MAR)
    sweep()
    before = figures("sales")

    for deal in (plain, shared):
        transfer(dave, opportunities=deal)
    sweep()

    assert figures("sales") == before
    paid = figures("collections")
    assert {name: paid[name] for name in ("Alice Borealis", "Bob Borealis", "Dave Australis")} == {
        "Alice Borealis": 100 + 70, "Bob Borealis": 30 + 60, "Dave Australis": 200 + 140,
    }  # fmt: skip
    assert paid["Borealis team"] + paid["Australis team"] == paid[cast.root.name] == 600
    for unit, value in ((cast.borealis, 260), (cast.australis, 340), (cast.root, 600)):
        assert opened("collections", unit=unit)[1] == value
    assert recompute_actuals().changed == 0
