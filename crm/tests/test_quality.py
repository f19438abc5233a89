"""Data quality: each check finds what it should and leaves what is right; scope, effect and queries."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Opportunity, PlanRate
from crm.quality_words import WORDS, numbers_of
from crm.selectors.quality import Tally, quality_basis, quality_checks, quality_get, quality_rows
from crm.services.settings import plan_rate_set
from crm.tests.factories import make_account, make_activity, make_lead, make_opportunity, make_payment
from org.models import Company, Person, Role
from org.scope import Scope
from org.tests.factories import make_person, make_unit

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 15)
LAST_MONTH = dt.date(2026, 5, 4)
LONG_AGO = dt.date(2026, 1, 5)
EVERYTHING = Scope.everyone(reason="test", on=TODAY)


@pytest.fixture
def ann():
    return make_person("Ann", make_unit("East"))


def basis(scope=EVERYTHING, **days):
    return quality_basis(scope=scope, **days)


def found(check, scope=EVERYTHING, **days):
    """The records a check lists; it counts as many."""
    rows = list(quality_rows(check, basis(scope, **days), scope=scope))
    assert quality_get(basis(scope, **days), scope=scope).tallies[check].count == len(rows)
    return rows


def tally(check, scope=EVERYTHING):
    return quality_get(basis(scope), scope=scope).tallies[check]


def aged(deal, day, *, changed=None):
    """The deal as if it had been loaded on a day, and changed on another."""
    loaded = dt.datetime.combine(day, dt.time(12), dt.UTC)
    changed_at = dt.datetime.combine(changed, dt.time(12), dt.UTC) if changed else loaded
    Opportunity.objects.filter(pk=deal.pk).update(created_at=loaded, updated_at=changed_at)
    return deal


def moved(owner, *stages, **fields):
    """A deal that went from stage to stage."""
    for stage in stages:
        closed = {"closed_on": LAST_MONTH} if stage in ("won", "lost") else {}
        deal = make_opportunity(owner, external_id="m", stage=stage, **closed, **fields)
    return deal


def test_deals_without_an_owner_count_for_nobody_unless_split(ann):
    lost = make_opportunity(None, "70.00", won_on=LAST_MONTH)
    make_opportunity(ann, "30.00", won_on=LAST_MONTH)
    make_opportunity(None, won_on=LAST_MONTH, splits=[{"person": ann.employee_number, "share_bp": 10_000}])
    assert found("no-owner") == [lost]
    assert tally("no-owner").won_minor == 7000


def test_open_deals_of_people_who_left_are_found(ann):
    Person.objects.filter(pk=ann.pk).update(left_on=TODAY)
    waiting = make_opportunity(ann, "5.00")
    make_opportunity(ann, won_on=LAST_MONTH)
    staying = make_person("Ben")
    Person.objects.filter(pk=staying.pk).update(left_on=TODAY + dt.timedelta(days=1))
    make_opportunity(staying)
    assert found("owner-left") == [waiting]
    assert tally("owner-left").open_minor == 500


def test_open_deals_expected_before_today_are_overdue(ann):
    late = make_opportunity(ann, expected_close_on=TODAY - dt.timedelta(days=1))
    make_opportunity(ann, expected_close_on=TODAY)
    make_opportunity(ann, expected_close_on=LONG_AGO, lost_on=LAST_MONTH)
    make_opportunity(ann)
    assert found("overdue") == [late]


@pytest.mark.parametrize(
    ("case", "opened", "loaded", "changed", "active", "is_stale"),
    [
        ("loaded today, opened long ago: loading is no sign of life", LONG_AGO, TODAY, None, None, True),
        ("opened lately", TODAY, TODAY, None, None, False),
        ("without an opening day, loaded long ago", None, LONG_AGO, None, None, True),
        ("without an opening day, loaded lately", None, TODAY, None, None, False),
        ("changed lately", LONG_AGO, LONG_AGO, TODAY, None, False),
        ("changed long ago", LONG_AGO, LONG_AGO, LAST_MONTH, None, True),
        ("visited lately", LONG_AGO, LONG_AGO, None, TODAY, False),
        ("visited long ago", LONG_AGO, LONG_AGO, None, LAST_MONTH, True),
        ("visited on the last day that counts", LONG_AGO, LONG_AGO, None, dt.date(2026, 5, 16), False),
    ],
)
def test_a_deal_is_stale_without_change_or_activity(ann, case, opened, loaded, changed, active, is_stale):
    deal = aged(make_opportunity(ann, opened_on=opened), loaded, changed=changed)
    if active:
        make_activity(ann, active, opportunity=deal)
    assert (found("stale") == [deal]) is is_stale, case


def test_how_long_is_too_long_is_a_setting(ann):
    deal = aged(make_opportunity(ann, opened_on=LAST_MONTH), LAST_MONTH)
    assert found("stale") == [deal]
    assert found("stale", stale_days=90) == []
    lead = make_lead(ann, TODAY - dt.timedelta(days=10))
    assert found("untouched-lead") == [lead]
    assert found("untouched-lead", untouched_days=14) == []


def test_deals_closed_before_they_began_are_found(ann):
    wrong = make_opportunity(ann, "8.00", opened_on=LAST_MONTH, won_on=LONG_AGO)
    make_opportunity(ann, opened_on=LONG_AGO, won_on=LONG_AGO)
    make_opportunity(ann, opened_on=LAST_MONTH)
    make_opportunity(ann, external_id="late", stage="engaging", opened_on=LAST_MONTH)
    late = make_opportunity(ann, "1.00", external_id="late", won_on=LONG_AGO)
    assert found("negative-age") == [wrong, late]
    assert tally("negative-age").won_minor == 900


def test_deals_closed_on_a_day_to_come_are_found(ann):
    ahead = make_opportunity(ann, won_on=TODAY + dt.timedelta(days=1))
    make_opportunity(ann, won_on=TODAY)
    assert found("closed-ahead") == [ahead]


@pytest.mark.parametrize(
    ("case", "stages", "checks"),
    [
        ("step by step", ["engaging", "qualified", "proposal"], []),
        ("one left out", ["engaging", "proposal"], []),
        ("two left out", ["prospecting", "proposal"], ["stage-jump"]),
        ("two left out before winning", ["qualified", "won"], ["stage-jump"]),
        ("one left out before winning", ["proposal", "won"], []),
        ("lost from the first stage", ["prospecting", "lost"], []),
        ("back by three", ["negotiation", "engaging"], []),
        ("first seen when won", ["won"], []),
        ("reopened after it was won", ["won", "negotiation"], ["reopened"]),
        ("won, then lost", ["won", "lost"], ["reopened"]),
        ("reopened after it was lost", ["lost", "negotiation"], []),
    ],
)
def test_stages_skipped_and_deals_reopened_are_found(ann, case, stages, checks):
    deal = moved(ann, *stages)
    for check in ("stage-jump", "reopened"):
        assert found(check) == ([deal] if check in checks else []), case


def test_amounts_in_a_currency_without_a_rate_of_their_year_are_found(ann):
    rate = plan_rate_set(fiscal_year=2026, currency="USD", rate=Decimal(7), actor=None)
    plan_rate_set(fiscal_year=2025, currency="USD", rate=Decimal(6), actor=None)
    deal = make_opportunity(ann, "10.00", currency="USD", won_on=LONG_AGO)
    paid = make_payment(ann, "3.00", LONG_AGO, currency="USD")
    make_opportunity(ann, currency="USD", won_on=dt.date(2025, 12, 31))
    make_opportunity(ann, "0", currency="USD", won_on=LONG_AGO)
    make_opportunity(ann, won_on=LONG_AGO)
    make_payment(ann)
    assert found("no-rate") == found("payment-no-rate") == []
    PlanRate.objects.filter(pk=rate.pk).delete()
    assert found("no-rate") == [deal]
    assert found("payment-no-rate") == [paid]
    assert tally("payment-no-rate").received_minor == 2100


def test_the_rate_asked_for_is_of_the_fiscal_year(ann):
    Company.objects.update(fiscal_year_start_month=4)
    plan_rate_set(fiscal_year=2025, currency="USD", rate=Decimal(7), actor=None)
    deal = make_opportunity(ann, currency="USD", won_on=dt.date(2026, 3, 31))
    assert found("no-rate") == []
    Opportunity.objects.filter(pk=deal.pk).update(closed_on=dt.date(2026, 4, 1))
    assert found("no-rate") == [deal]


def test_payments_without_a_deal_are_found(ann):
    lost = make_payment(ann, "12.00", LAST_MONTH)
    make_payment(ann, opportunity=make_opportunity(ann))
    make_payment(ann, "99.00", dt.date(2025, 12, 31))
    assert lost in found("payment-without-deal")
    assert len(found("payment-without-deal")) == 2
    assert tally("payment-without-deal").received_minor == 1200


def test_accounts_of_one_name_are_found_however_it_is_written(ann):
    spelt = ["Acme Co., Ltd", "ACME CO LTD", "浩洋 电器（上海）有限公司", "浩洋电器(上海)股份有限公司"]
    namesakes = [make_account(name, owner=ann) for name in spelt]
    make_account("Acme Trading", owner=ann)
    make_account("有限公司", owner=ann)
    make_account("有限公司", owner=ann)
    assert sorted(found("duplicate-account"), key=lambda row: row.pk) == namesakes
    assert tally("duplicate-account").extra == 2


def test_accounts_of_one_phone_or_domain_are_found_beside_each_other(ann):
    first = make_account("Acme", owner=ann, phone="010-65529988", website="acme.com")
    other = make_account("Beta", owner=ann, phone="13800138000")
    make_account("Gamma", owner=ann, website="qq.com", phone="95588")
    by_domain = make_account("Acme Trading", owner=ann, website="https://shop.acme.com/")
    by_phone = make_account("Delta", owner=ann, phone="+86 138 0013 8000")
    make_account("Epsilon", owner=ann, phone="95588")
    assert found("duplicate-account") == [first, by_domain, other, by_phone]
    assert tally("duplicate-account").extra == 2


def test_an_account_out_of_scope_makes_none_in_scope_a_duplicate(ann):
    make_account("Acme", owner=make_person("Dave", make_unit("West")))
    make_account("Acme Inc.", owner=ann)
    own = Scope(on=TODAY, person_id=ann.pk)
    assert found("duplicate-account", own) == []
    assert len(found("duplicate-account")) == 2


def test_new_leads_that_nobody_touched_are_found(ann):
    cold = make_lead(ann, LONG_AGO)
    make_activity(ann, LONG_AGO, lead=make_lead(ann, LONG_AGO))
    make_lead(ann, LONG_AGO, status="working")
    make_lead(ann, TODAY)
    assert found("untouched-lead") == [cold]


def test_managers_find_what_is_wrong_in_their_subtree_only(ann):
    boss = make_person("Carol", manages=ann.assignments.get().unit)
    scope = Scope(
        on=TODAY,
        person_id=boss.pk,
        roles=frozenset({Role.MANAGER}),
        unit_ids=frozenset({boss.assignments.get().unit_id}),
    )
    ben = make_person("Ben", make_unit("West"))
    make_opportunity(None, "7.00", won_on=LAST_MONTH)
    for owner in (ann, ben):
        make_opportunity(owner, "5.00", expected_close_on=LONG_AGO)
        make_payment(owner)
        make_account("Same", owner=owner)
        make_lead(owner, LONG_AGO)
    for check, count in {
        "overdue": 1,
        "payment-without-deal": 1,
        "duplicate-account": 0,
        "untouched-lead": 1,
    }.items():
        assert len(found(check, scope)) == count, check
    assert "no-owner" not in quality_checks(scope=scope)
    whole = quality_get(basis(scope), scope=scope).whole
    assert (whole.count, whole.open_minor, whole.won_minor) == (1, 500, 0)


def test_a_deal_with_two_findings_is_in_doubt_once(ann):
    Person.objects.filter(pk=ann.pk).update(left_on=TODAY)
    make_opportunity(ann, "5.00", expected_close_on=LONG_AGO)
    make_opportunity(make_person("Ben"), "6.00", expected_close_on=TODAY)
    quality = quality_get(basis(), scope=EVERYTHING)
    assert (quality.doubtful.count, quality.doubtful.open_minor) == (1, 500)
    assert (quality.whole.count, quality.whole.open_minor) == (2, 1100)


def test_deleted_records_are_no_findings(ann):
    for row in (
        make_opportunity(None, expected_close_on=LONG_AGO),
        make_payment(ann),
        make_account("Same", owner=ann),
        make_account("Same", owner=ann),
        make_lead(ann, LONG_AGO),
    ):
        type(row).objects.filter(pk=row.pk).update(deleted_at=timezone.now())
    quality = quality_get(basis(), scope=EVERYTHING)
    assert {check: each.count for check, each in quality.tallies.items() if each.count} == {}
    assert quality.whole.count == 0


def test_a_closed_deal_without_a_day_cannot_be_stored(ann):
    deal = make_opportunity(ann, won_on=LAST_MONTH)
    with pytest.raises(IntegrityError), transaction.atomic():
        Opportunity.objects.filter(pk=deal.pk).update(closed_on=None)


def test_all_checks_take_five_queries_and_the_company(ann):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            quality_get(basis(), scope=EVERYTHING)
        return len(captured)

    assert queries() == 6
    for n in range(5):
        make_opportunity(None, expected_close_on=LONG_AGO, account=make_account(f"Shop {n % 2}"))
        make_payment(ann)
        make_lead(ann, LONG_AGO)
    assert queries() == 6


def test_every_check_has_words_that_name_known_numbers():
    checks = quality_checks(scope=EVERYTHING)
    assert sorted(WORDS) == sorted(checks)
    for check in checks:
        numbers = numbers_of(Tally(1, 150, 1, 300, 2), Tally(9, 1000, 1000, 1000), basis())
        for text in (WORDS[check].what, WORDS[check].effect):
            assert "%(" not in str(text) % numbers
