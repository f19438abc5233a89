"""What the demo companies' generators promise, without a database."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from salesgoals.demo.building import dip_week
from salesgoals.demo.facts import Facts, arrivals
from salesgoals.demo.load import BUSINESSES, facts_make
from salesgoals.demo.people import Structure, structure
from salesgoals.demo.shape import Size, selling_days

TODAY = dt.date(2026, 11, 24)
YEAR = Size(history_days=430, people=0.5)
BRIEF = Size(history_days=50, people=0.4)
COMPANIES = ("appliances", "building", "saas")
# A Sunday, a holiday, a Saturday, and the last day of a month.
EDGES = (dt.date(2026, 11, 1), dt.date(2027, 1, 1), dt.date(2026, 8, 1), dt.date(2026, 9, 30))
# The days on which something happened; what is expected may lie ahead.
HAPPENED = (
    "opened_on", "closed_on", "created_on", "qualified_on", "received_on", "occurred_at", "quote_sent_at",
    "quote_viewed_at",
)  # fmt: skip


@cache
def made(code: str, today: dt.date = TODAY, size: Size = YEAR, seed: int = 7) -> tuple[Structure, Facts]:
    """A company's people and facts, made once for all tests."""
    rng = np.random.default_rng(seed)
    people = structure(BUSINESSES[code], today, size, rng)
    return people, facts_make(BUSINESSES[code], people, today, size, rng)


def won_between(facts: Facts, first: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """The deals won on the days [first, end)."""
    days = (first.isoformat(), end.isoformat())
    return [
        d for d in facts.opportunities if d["stage"] == "won" and days[0] <= str(d["closed_on"]) < days[1]
    ]


def sums(deals: list[dict[str, Any]], by: str) -> Counter[str]:
    """Amounts in cents by a field of the deals."""
    found: Counter[str] = Counter()
    for deal in deals:
        found[deal[by]] += round(float(deal["amount"]) * 100)
    return found


def last_year(facts: Facts) -> list[dict[str, Any]]:
    """The deals won in the 365 days up to today."""
    return won_between(facts, TODAY - dt.timedelta(days=364), TODAY + dt.timedelta(days=1))


def repeat_sales(facts: Facts, first: dt.date, end: dt.date) -> Counter[str]:
    """Cents by region of the deals of [first, end) but each customer's first."""
    won = won_between(facts, dt.date.min, dt.date.max)
    won.sort(key=lambda deal: (deal["closed_on"], deal["external_id"]))
    firsts = {deal["account"]: deal["external_id"] for deal in reversed(won)}
    repeats = [d for d in won_between(facts, first, end) if firsts[d["account"]] != d["external_id"]]
    return sums(repeats, "region")


@pytest.mark.parametrize("code", COMPANIES)
def test_same_seed_and_day_make_the_same_company(code):
    first = made(code, size=BRIEF)
    made.cache_clear()
    assert made(code, size=BRIEF) == first
    assert made(code, size=BRIEF, seed=8) != first


@pytest.mark.parametrize("code", COMPANIES)
@pytest.mark.parametrize("today", EDGES)
def test_nothing_has_happened_after_today(code, today):
    _people, facts = made(code, today, BRIEF)
    for records in vars(facts).values():
        late = [
            (record["external_id"], name)
            for record in records
            for name in HAPPENED
            if str(record.get(name) or "")[:10] > today.isoformat()
        ]
        assert late == []


@pytest.mark.parametrize("code", COMPANIES)
@pytest.mark.parametrize("today", EDGES)
def test_running_month_is_never_empty(code, today):
    _people, facts = made(code, today, BRIEF)
    month = today.isoformat()[:7]
    assert won_between(facts, today.replace(day=1), today + dt.timedelta(days=1))
    assert any(record["occurred_at"].startswith(month) for record in facts.activities)


@pytest.mark.parametrize("code", COMPANIES)
def test_deals_are_open_that_may_close_this_month_and_next(code):
    _people, facts = made(code)
    expected = [d["expected_close_on"][:7] for d in facts.opportunities if "closed_on" not in d]
    assert expected.count("2026-11") >= 15
    assert expected.count("2026-12") >= 15


@pytest.mark.parametrize("code", COMPANIES)
def test_every_key_is_used_once_and_every_reference_is_there(code):
    _people, facts = made(code)
    keys = {name: [record["external_id"] for record in records] for name, records in vars(facts).items()}
    for listed in keys.values():
        assert len(listed) == len(set(listed))
    deals, accounts = set(keys["opportunities"]), set(keys["accounts"])
    assert {payment["opportunity"] for payment in facts.payments} <= deals
    assert {record.get("opportunity") for record in facts.activities} - {None} <= deals
    assert {record["account"] for record in (*facts.activities, *facts.opportunities)} <= accounts


@pytest.mark.parametrize("code", COMPANIES)
def test_rep_who_signs_in_has_eight_to_twelve_colleagues_led_by_the_manager_who_signs_in(code):
    business = BUSINESSES[code]
    people = structure(business, TODAY, Size(), np.random.default_rng(7))
    by_number = {seller.number: seller for seller in people.sellers}
    assert len(by_number) == len(people.sellers)
    rep, manager = by_number[business.sign_ins["rep"]], by_number[business.sign_ins["manager"]]
    assert manager.is_lead
    assert rep.team == manager.team
    assert rep.left_on is None
    assert 8 <= sum(seller.team == rep.team for seller in people.sellers) - 1 <= 12
    names = [person["name"] for person in people.people]
    assert len(names) == len(set(names))


def test_appliances_sell_forty_fifty_and_ten_of_a_hundred_million():
    assert [line.annual for line in BUSINESSES["appliances"].lines] == [40_000_000, 50_000_000, 10_000_000]
    year = last_year(made("appliances")[1])
    by_line = sums(year, "product_line")
    total = sum(by_line.values())
    assert total == pytest.approx(100_000_000_00, rel=0.1)
    assert by_line["premium"] / total == pytest.approx(0.4, abs=0.03)
    assert by_line["mid"] / total == pytest.approx(0.5, abs=0.03)
    assert by_line["entry"] / total == pytest.approx(0.1, abs=0.02)


def test_each_line_of_appliances_is_sold_to_customers_of_its_own():
    pairs = {(d["product_line"], d["customer_type"]) for d in made("appliances")[1].opportunities}
    assert pairs == {("premium", "KA"), ("mid", "dealer"), ("entry", "consumer")}


def test_xian_falls_behind_since_its_best_seller_left():
    facts = made("appliances")[1]
    people = {seller.number: seller for seller in made("appliances")[0].sellers}
    gone = next(seller for seller in people.values() if seller.left_on)
    assert gone.team == "xian"
    before = won_between(facts, TODAY - dt.timedelta(days=400), gone.left_on)
    after = won_between(facts, gone.left_on, TODAY)

    def share(deals: list[dict[str, Any]]) -> float:
        return sum(people[d["owner"]].team == "xian" for d in deals) / len(deals)

    assert share(after) < 0.75 * share(before)


def test_building_materials_have_their_peak_from_march_to_may():
    year = last_year(made("building")[1])
    by_month = sums([deal | {"month": deal["closed_on"][5:7]} for deal in year], "month")
    spring = sum(by_month[month] for month in ("03", "04", "05"))
    assert 0.37 < spring / sum(by_month.values()) < 0.46
    assert {month for month, _cents in by_month.most_common(3)} == {"03", "04", "05"}


@pytest.mark.parametrize("today", [TODAY, dt.date(2026, 11, 23), dt.date(2026, 11, 29), dt.date(2027, 1, 2)])
def test_repeat_purchases_fall_by_a_tenth_in_the_last_whole_week_all_of_it_in_the_south(today):
    facts = made("building", today, Size(history_days=120, people=0.5))[1]
    first, end = dip_week(today)
    assert (first.weekday(), end - first) == (0, dt.timedelta(days=7))
    assert end <= today < end + dt.timedelta(days=7)
    before = repeat_sales(facts, first - dt.timedelta(days=7), first)
    dip = repeat_sales(facts, first, end)
    assert sum(dip.values()) == pytest.approx(0.9 * sum(before.values()), rel=1e-6)
    assert dip.pop("south") < 0.8 * before.pop("south")
    assert dip == {region: pytest.approx(cents, rel=0.06) for region, cents in before.items()}


def test_payments_follow_the_amounts_that_the_story_changed():
    facts = made("building")[1]
    amounts = {deal["external_id"]: float(deal["amount"]) for deal in facts.opportunities}
    paid: Counter[str] = Counter()
    for payment in facts.payments:
        paid[payment["opportunity"]] += float(payment["amount"])
    assert [deal for deal, cents in paid.items() if cents > amounts[deal] + 0.02] == []


def test_software_sellers_make_about_eight_effective_visits_a_week():
    people, facts = made("saas")
    old = {s.number for s in people.sellers if (TODAY - s.hired_on).days > 430}
    visits = sum(r["kind"] == "visit" and r["is_effective"] and r["owner"] in old for r in facts.activities)
    weeks = len(selling_days(TODAY - dt.timedelta(days=430), TODAY, TODAY)) / 5
    assert visits / len(old) / weeks == pytest.approx(8, abs=0.7)


def test_software_teams_have_a_strong_and_a_weak_one():
    facts = made("saas")[1]
    by_team = sums([deal | {"team": deal["owner"][:3]} for deal in last_year(facts)], "team")
    assert [by_team.most_common()[0][0], by_team.most_common()[-1][0]] == ["USE", "APA"]
    assert by_team["APA"] < 0.75 * by_team["USE"]


@pytest.mark.parametrize(("customer_type", "falls"), [("SMB", True), ("mid", False), ("KA", False)])
def test_conversion_from_demo_to_trial_falls_for_small_business_alone(customer_type, falls):
    since = (TODAY - dt.timedelta(days=41)).isoformat()
    leads = [lead for lead in made("saas")[1].leads if "closed_on" in lead]
    of_type = [lead for lead in leads if lead["customer_type"] == customer_type]

    def rate(chosen: list[dict[str, Any]]) -> float:
        return sum(lead["status"] == "converted" for lead in chosen) / len(chosen)

    before = rate([lead for lead in of_type if lead["closed_on"] < since])
    after = rate([lead for lead in of_type if lead["closed_on"] >= since])
    assert (after < 0.65 * before) is falls


def test_newcomer_begins_slowly():
    people, facts = made("saas")
    ended = TODAY + dt.timedelta(days=1)
    newcomer = max(people.sellers, key=lambda seller: seller.hired_on)
    team = {s.number for s in people.sellers if s.team == newcomer.team and (TODAY - s.hired_on).days > 365}
    sold = sums(won_between(facts, newcomer.hired_on, ended), "owner")
    assert sold[newcomer.number] < 0.6 * sum(sold[number] for number in team) / len(team)


def test_arrivals_keep_the_mean_and_even_ones_scatter_less():
    rng, rates = np.random.default_rng(1), np.full(20, 0.5)
    chance = [len(arrivals(rates, 1.0, rng)) for _ in range(400)]
    even = [len(arrivals(rates, 4.0, rng)) for _ in range(400)]
    assert np.mean(chance) == pytest.approx(10, rel=0.07)
    assert np.mean(even) == pytest.approx(10, rel=0.07)
    assert np.var(even) < 0.5 * np.var(chance)


def test_nothing_arrives_where_the_rate_is_nought():
    assert len(arrivals(np.zeros(30), 3.0, np.random.default_rng(1))) == 0
    days = arrivals(np.array([0.0, 5.0, 0.0]), 3.0, np.random.default_rng(1))
    assert set(days.tolist()) == {1}
