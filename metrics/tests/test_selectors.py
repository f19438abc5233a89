"""Figures and the facts behind them, in numbers anyone adds in the head."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from common.errors import Invalid, NotFound
from crm.tests.factories import make_activity, make_opportunity, make_payment
from metrics.models import Metric
from metrics.selectors import (
    FactQuery,
    FactSum,
    actual_rows,
    base_metrics,
    daily_series,
    definition_preview,
    fact_rows,
    fact_sum,
    fact_sweep,
    metric_get,
    metric_list,
    period_sums,
)
from metrics.services import refresh_changed_days
from org.calc.credit import FOREVER, Stay
from org.scope import Scope
from org.selectors import unit_root
from org.services import assignment_transfer, assignments_set
from org.tests.factories import make_person, make_unit

pytestmark = pytest.mark.django_db
JAN_5, JAN_6, FEB_2, MAR_2 = (
    dt.date(2026, 1, 5),
    dt.date(2026, 1, 6),
    dt.date(2026, 2, 2),
    dt.date(2026, 3, 2),
)
JAN_1, FEB_1, APR_1 = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 4, 1)
EVERYONE = Scope.everyone(reason="test", on=APR_1)


class Teams:
    """East with Ann and Ben, West with Cid, under the company; deals in round numbers."""

    def __init__(self) -> None:
        self.root = unit_root()
        self.east, self.west = make_unit("East"), make_unit("West")
        self.ann, self.ben = make_person("Ann", self.east), make_person("Ben", self.east)
        self.cid = make_person("Cid", self.west)
        make_opportunity(self.ann, "100.00", won_on=JAN_5, product_line="premium")
        make_opportunity(self.ann, "50.00", won_on=FEB_2, product_line="entry")
        make_opportunity(self.ben, "30.00", won_on=JAN_6)
        make_opportunity(self.ben, "999.00", lost_on=JAN_6)
        make_opportunity(self.cid, "7.00", won_on=JAN_5)
        make_payment(self.ann, "80.00", JAN_6)
        make_payment(self.ann, "-20.00", FEB_2)
        while refresh_changed_days().taken:
            pass

    @property
    def east_scope(self) -> Scope:
        return Scope(on=APR_1, unit_ids=frozenset({self.east.pk}))


@pytest.fixture
def teams() -> Teams:
    return Teams()


def figures(metric: str, **asked):
    """{(name, period start): value} of a query over the first quarter."""
    asked = {"grain": "month", "by": "unit", "start": JAN_1, "end": APR_1, "scope": EVERYONE} | asked
    rows, _next = actual_rows(metric_get(metric), **asked)
    return {(row.name, row.period_start): row.value for row in rows}


def test_a_unit_s_figure_is_its_subtree_s(teams):
    found = figures("sales")
    root = teams.root.name
    assert found[("East", JAN_1)] == 130_00
    assert found[("West", JAN_1)] == 7_00
    assert found[(root, JAN_1)] == 137_00
    assert found[(root, FEB_1)] == 50_00


@pytest.mark.parametrize(
    ("grain", "starts"),
    [
        ("day", {JAN_5, FEB_2}),
        ("week", {JAN_5, FEB_2}),
        ("month", {JAN_1, FEB_1}),
        ("quarter", {JAN_1}),
        ("year", {JAN_1}),
    ],
)
def test_periods_start_where_the_calendar_says(teams, grain, starts):
    found = figures("sales", by="person", grain=grain)
    assert {start for name, start in found if name == "Ann"} == starts
    assert sum(value for (name, _start), value in found.items() if name == "Ann") == 150_00


def test_fiscal_quarters_follow_the_company_s_year(teams):
    from org.selectors import company_get

    company = company_get()
    company.fiscal_year_start_month = 2
    company.save()
    assert {start for _name, start in figures("sales", grain="quarter")} == {dt.date(2025, 11, 1), FEB_1}


def test_every_dimension_sums_to_the_whole(teams):
    for by in ("person", "product_line", "region", "customer_type"):
        assert sum(figures("sales", by=by).values()) == 187_00, by


def test_what_has_no_segment_has_a_row_without_key(teams):
    rows, _next = actual_rows(
        metric_get("sales"), grain="year", by="product_line", start=JAN_1, end=APR_1, scope=EVERYONE
    )
    assert {(row.key, row.name, row.value) for row in rows} == {
        ("premium", "premium", 100_00),
        ("entry", "entry", 50_00),
        (None, "Unspecified", 37_00),
    }


def test_a_ratio_is_the_quotient_of_sums_not_the_mean_of_ratios(teams):
    assert figures("average_order_value", grain="year")[("East", JAN_1)] == 60_00
    assert figures("win_rate", grain="year")[("East", JAN_1)] == 0.75
    assert figures("collection_rate", grain="year")[("East", JAN_1)] == pytest.approx(60 / 180)


def test_a_ratio_without_denominator_is_undefined(teams):
    make_payment(teams.cid, "5.00", MAR_2)
    refresh_changed_days()
    assert figures("collection_rate", by="person")[("Cid", dt.date(2026, 3, 1))] is None


def test_a_manager_sees_the_own_subtree_only(teams):
    assert {name for name, _start in figures("sales", scope=teams.east_scope)} == {"East"}
    assert {name for name, _start in figures("sales", by="person", scope=teams.east_scope)} == {"Ann", "Ben"}
    assert sum(figures("sales", by="product_line", scope=teams.east_scope).values()) == 180_00


def test_a_rep_sees_own_figures_only(teams):
    scope = Scope(on=APR_1, person_id=teams.ann.pk)
    assert figures("sales", scope=scope) == {}
    assert {name for name, _start in figures("sales", by="person", scope=scope)} == {"Ann"}


def test_pages_follow_each_other_without_gap_or_double(teams):
    metric, after, seen = metric_get("sales"), None, []
    for _page in range(10):
        rows, after = actual_rows(
            metric, grain="day", by="person", start=JAN_1, end=APR_1, scope=EVERYONE, after=after, limit=1
        )
        seen += [(row.period_start, row.name) for row in rows]
        if after is None:
            break
    assert seen == [(JAN_5, "Ann"), (JAN_5, "Cid"), (JAN_6, "Ben"), (FEB_2, "Ann")]


def test_an_unknown_dimension_is_refused(teams):
    with pytest.raises(Invalid):
        figures("sales", by="colour")


def test_daily_series_has_every_day_and_one_query(teams, django_assert_num_queries):
    sales = metric_get("sales")
    with django_assert_num_queries(1):
        series = daily_series(sales, scope=EVERYONE, unit=teams.root, start=JAN_5, end=dt.date(2026, 1, 8))
    assert series["value"].tolist() == [107_00, 30_00, 0]


def test_daily_series_of_a_person_in_segments(teams):
    premium = {"product_line": actual_segment("premium")}
    series = daily_series(
        metric_get("sales"), scope=EVERYONE, person=teams.ann, segments=premium, start=JAN_1, end=APR_1
    )
    assert series["value"].sum() == 100_00


def test_daily_series_of_a_ratio_is_undefined_on_days_without_facts(teams):
    series = daily_series(
        metric_get("average_order_value"),
        scope=EVERYONE,
        unit=teams.east,
        start=JAN_5,
        end=dt.date(2026, 1, 8),
    )
    assert series["value"].tolist()[:2] == [100_00, 30_00]
    assert math.isnan(series["value"].tolist()[2])


def test_a_unit_out_of_scope_is_not_found(teams):
    for read in (daily_series, fact_rows):
        with pytest.raises(NotFound):
            read(metric_get("sales"), scope=teams.east_scope, unit=teams.west, start=JAN_1, end=APR_1)


def actual_segment(code: str) -> int:
    from crm.models import Segment

    return Segment.objects.get(kind="product_line", code=code).pk


def test_period_sums_have_a_row_for_everybody_and_every_window(teams, django_assert_num_queries):
    windows = [(JAN_1, FEB_1), (FEB_1, dt.date(2026, 3, 1))]
    metrics = [metric_get("sales"), metric_get("win_rate")]
    people = [teams.ann.pk, teams.ben.pk, teams.cid.pk]
    with django_assert_num_queries(1):
        sums = period_sums(metrics, scope=EVERYONE, persons=people, windows=windows)
    assert len(sums) == 3 * 2 * 2
    sales = sums[sums["metric_id"] == metrics[0].pk].set_index(["owner_id", "window"])["value"]
    assert sales.to_dict() == {
        (teams.ann.pk, 0): 100_00, (teams.ann.pk, 1): 50_00, (teams.ben.pk, 0): 30_00,
        (teams.ben.pk, 1): 0, (teams.cid.pk, 0): 7_00, (teams.cid.pk, 1): 0,
    }  # fmt: skip


def test_period_sums_of_units_and_of_nobody(teams):
    sums = period_sums(
        [metric_get("sales")], scope=EVERYONE, units=[teams.root.pk, teams.east.pk], windows=[(JAN_1, APR_1)]
    )
    assert sums["value"].tolist() == [187_00, 180_00]
    assert period_sums([metric_get("sales")], scope=EVERYONE, units=[], windows=[]).empty
    hidden = period_sums(
        [metric_get("sales")], scope=teams.east_scope, units=[teams.west.pk], windows=[(JAN_1, APR_1)]
    )
    assert hidden["value"].tolist() == [0]


def test_the_facts_behind_a_figure_add_up_to_it(teams):
    page = fact_rows(metric_get("sales"), scope=EVERYONE, unit=teams.east, start=JAN_1, end=APR_1)
    assert [(row.person_name, row.day, row.credited) for row in page.rows] == [
        ("Ann", FEB_2, 50_00),
        ("Ben", JAN_6, 30_00),
        ("Ann", JAN_5, 100_00),
    ]
    assert page.next is None


def test_facts_follow_the_credit_of_that_day(teams):
    assignment_transfer(person=teams.ann, unit=teams.west, on=FEB_1, actor=None)
    while refresh_changed_days().taken:
        pass
    east = fact_rows(metric_get("sales"), scope=EVERYONE, unit=teams.east, start=JAN_1, end=APR_1)
    west = fact_rows(metric_get("sales"), scope=EVERYONE, unit=teams.west, start=JAN_1, end=APR_1)
    assert sum(row.credited for row in east.rows) == 130_00
    assert sum(row.credited for row in west.rows) == 57_00


def test_facts_of_shared_credit_sum_to_the_cut_figure(teams):
    halves = [Stay(teams.east.pk, JAN_1, FOREVER, 3_333), Stay(teams.west.pk, JAN_1, FOREVER, 6_667)]
    assignments_set(person=teams.ben, stays=halves, actor=None)
    for amount in ("0.05", "0.05", "33.33", "-10.01"):
        make_opportunity(teams.ben, amount, won_on=JAN_6)
    while refresh_changed_days().taken:
        pass
    for unit in (teams.east, teams.west):
        page = fact_rows(
            metric_get("sales"), scope=EVERYONE, unit=unit, person=teams.ben, start=JAN_1, end=APR_1
        )
        figure = daily_series(
            metric_get("sales"), scope=EVERYONE, unit=unit, person=teams.ben, start=JAN_1, end=APR_1
        )
        assert len(page.rows) == 5
        assert sum(row.credited for row in page.rows) == figure["value"].sum()
        assert sum(row.amount for row in page.rows) == 53_42


def test_a_split_deal_shows_each_person_s_part(teams):
    splits = [
        {"person": teams.ann.employee_number, "share_bp": 7_500},
        {"person": teams.cid.employee_number, "share_bp": 2_500},
    ]
    make_opportunity(teams.ann, "200.00", won_on=MAR_2, splits=splits, name="Together")
    refresh_changed_days()
    page = fact_rows(metric_get("sales"), scope=EVERYONE, unit=teams.root, start=MAR_2, end=APR_1)
    assert {(row.title, row.person_name, row.credited) for row in page.rows} == {
        ("Together", "Ann", 150_00),
        ("Together", "Cid", 50_00),
    }


def test_fact_pages_go_on_where_the_last_ended(teams):
    seen, offset = [], 0
    while offset is not None:
        page = fact_rows(
            metric_get("sales"),
            scope=EVERYONE,
            unit=teams.root,
            start=JAN_1,
            end=APR_1,
            offset=offset,
            limit=1,
        )
        seen += page.rows
        offset = page.next
    assert sum(row.credited for row in seen) == 187_00
    assert len({row.fact_id for row in seen}) == 4


def test_facts_of_every_source_can_be_shown(teams):
    make_activity(teams.ann, JAN_6, subject="Showroom")
    refresh_changed_days()
    [visit] = fact_rows(
        metric_get("effective_visits"), scope=EVERYONE, unit=teams.root, start=JAN_1, end=APR_1
    ).rows
    assert (visit.source, visit.title, visit.credited) == ("activities", "Showroom", 1)
    paid = fact_rows(metric_get("collections"), scope=EVERYONE, unit=teams.root, start=JAN_1, end=APR_1)
    assert [row.credited for row in paid.rows] == [-20_00, 80_00]


def test_facts_that_cancel_on_the_same_day_are_shown(teams):
    make_opportunity(teams.ann, "60.00", won_on=MAR_2, name="Sold")
    make_opportunity(teams.ann, "-60.00", won_on=MAR_2, name="Sent back")
    while refresh_changed_days().taken:
        pass
    page = fact_rows(metric_get("sales"), scope=EVERYONE, unit=teams.east, start=MAR_2, end=APR_1)
    assert [(row.title, row.credited) for row in page.rows] == [("Sold", 60_00), ("Sent back", -60_00)]
    query = FactQuery(EVERYONE, JAN_1, APR_1, teams.east)
    assert fact_sum(metric_get("sales"), query, most=100) == FactSum(5, 180_00, is_whole=True)


def test_a_sum_of_too_many_facts_is_not_told(teams):
    query = FactQuery(EVERYONE, JAN_1, APR_1, teams.root)
    assert fact_sum(metric_get("sales"), query, most=4) == FactSum(4, 187_00, is_whole=True)
    assert fact_sum(metric_get("sales"), query, most=3) == FactSum(3, 0, is_whole=False)


def test_all_facts_are_swept_as_they_are_paged(teams):
    halves = [Stay(teams.east.pk, JAN_1, FOREVER, 3_333), Stay(teams.west.pk, JAN_1, FOREVER, 6_667)]
    assignments_set(person=teams.ben, stays=halves, actor=None)
    for amount in ("0.05", "0.05", "-10.01"):
        make_opportunity(teams.ben, amount, won_on=JAN_6)
    while refresh_changed_days().taken:
        pass
    query = FactQuery(EVERYONE, JAN_1, APR_1, teams.east)
    paged = fact_rows(metric_get("sales"), scope=EVERYONE, unit=teams.east, start=JAN_1, end=APR_1).rows
    assert list(fact_sweep(metric_get("sales"), query, most=100)) == paged
    assert list(fact_sweep(metric_get("sales"), query, most=2)) == paged[:2]
    figure = figures("sales", grain="year")[("East", JAN_1)]
    found = fact_sum(metric_get("sales"), query, most=100)
    assert (found.count, found.credited) == (len(paged), figure)
    assert sum(row.credited for row in paged) == figure


def test_facts_lead_to_their_deal(teams):
    deal = make_opportunity(teams.ann, "5.00", won_on=MAR_2)
    paid = make_payment(teams.ann, "5.00", MAR_2, opportunity=deal)
    refresh_changed_days()
    asked = {"scope": EVERYONE, "unit": teams.root, "start": MAR_2, "end": APR_1}
    assert [row.deal_id for row in fact_rows(metric_get("sales"), **asked).rows] == [deal.pk]
    [payment] = fact_rows(metric_get("collections"), **asked).rows
    assert (payment.fact_id, payment.deal_id, payment.external_id) == (paid.pk, deal.pk, paid.external_id)


def test_facts_of_segments_out_of_scope_or_of_nobody(teams):
    premium = {"product_line": actual_segment("premium"), "region": None}
    asked = {"start": JAN_1, "end": APR_1}
    found = fact_rows(metric_get("sales"), scope=EVERYONE, unit=teams.root, segments=premium, **asked)
    assert [row.credited for row in found.rows] == [100_00]
    with pytest.raises(Invalid):
        fact_rows(metric_get("sales"), scope=EVERYONE, segments={"colour": 1}, **asked)
    assert fact_rows(metric_get("sales"), scope=Scope(on=APR_1), **asked).rows == []
    east = fact_rows(metric_get("sales"), scope=teams.east_scope, person=teams.cid, **asked)
    assert east.rows == []


@pytest.mark.parametrize("many", [3, 30])
def test_fact_rows_take_as_many_queries_for_thirty_rows_as_for_three(
    teams, django_assert_max_num_queries, many
):
    for _n in range(many):
        make_opportunity(make_person(unit=teams.east), "1.00", won_on=MAR_2)
    while refresh_changed_days().taken:
        pass
    metric = metric_get("sales")
    with django_assert_max_num_queries(8):
        page = fact_rows(metric, scope=EVERYONE, unit=teams.east, start=JAN_1, end=APR_1)
    assert len(page.rows) == many + 3


def test_lists_and_parts_of_metrics():
    codes = [metric.code for metric in metric_list()]
    assert codes[:4] == ["sales", "new_customer_sales", "repeat_sales", "collections"]
    assert "deals_closed" not in codes
    assert "deals_closed" in {metric.code for metric in metric_list(include_inactive=True)}
    top, bottom = base_metrics(metric_get("win_rate"))
    assert (top.code, bottom.code) == ("deals_won", "deals_closed")
    assert base_metrics(top) == (top, None)
    with pytest.raises(NotFound):
        metric_get("nonsense")


def test_a_preview_counts_what_is_not_saved(teams):
    tried = Metric(
        kind="count", source="opportunities", date_field="closed_on",
        filters=[{"field": "outcome", "op": "exact", "value": "lost"}],
    )  # fmt: skip
    counted = definition_preview(tried, JAN_1, FEB_1)
    assert (counted.facts, counted.value) == (1, 1)
    assert definition_preview(metric_get("sales"), JAN_1, FEB_1).value == 137_00
