"""Only what stands on the white list can filter, and a refusal says what can."""

from __future__ import annotations

import pytest

from common.errors import Invalid
from metrics.models import Metric
from metrics.selectors import metric_formula, metric_get
from metrics.selectors.facts import definitions, streams
from metrics.selectors.filters import filter_problems, filter_q

WON = {"field": "outcome", "op": "exact", "value": "won"}


@pytest.mark.parametrize(
    ("case", "source", "filters", "said"),
    [
        ("unknown source", "people", [], "not a source"),
        ("not a list", "leads", {"field": "status"}, "list"),
        ("a lookup of one's own", "opportunities", [{**WON, "field": "owner__user"}], "cannot filter"),
        ("a field of another source", "payments", [WON], "cannot filter"),
        ("an operator that makes no sense", "opportunities", [{**WON, "op": "regex"}], "no operator"),
        ("a value that is no choice", "opportunities", [{**WON, "value": "maybe"}], "none of"),
        ("an empty list", "opportunities", [{**WON, "op": "in", "value": []}], "at least one"),
        ("a flag is no text", "activities", [{"field": "is_effective", "op": "exact", "value": "y"}], "true"),
        ("a float amount", "payments", [{"field": "amount", "op": "gte", "value": 1.5}], "minor units"),
        ("a flag as amount", "payments", [{"field": "amount", "op": "gte", "value": True}], "minor units"),
        ("no date", "leads", [{"field": "created_on", "op": "gte", "value": "2026-02-30"}], "not a date"),
        ("more keys", "leads", [{**WON, "negate": True}], "exactly"),
        ("text is a number", "leads", [{"field": "channel", "op": "exact", "value": 5}], "text"),
    ],
)  # fmt: skip
def test_a_wrong_filter_is_refused_with_its_reason(case, source, filters, said):
    problems = filter_problems(source, filters)
    assert len(problems) == 1
    assert said in problems[0]


def test_a_wrong_filter_never_reaches_the_orm():
    with pytest.raises(Invalid):
        filter_q("opportunities", [{"field": "owner__user__password", "op": "exact", "value": "x"}])


def test_a_credit_row_filters_by_its_own_product_line_and_the_deal_s_outcome():
    line = {"field": "product_line", "op": "exact", "value": "premium"}
    said = str(filter_q("opportunities", [WON, line], link="opportunity"))
    assert "('opportunity__outcome__exact', 'won')" in said
    assert "('product_line__code__exact', 'premium')" in said


@pytest.mark.django_db
def test_each_source_and_date_is_read_once_for_all_its_metrics():
    counted = streams(definitions())
    read = [(s.definitions[0].source, s.definitions[0].date_field) for s in counted]
    assert len(read) == len(set(read))
    assert sum(len(s.definitions) for s in counted) == Metric.objects.exclude(kind="ratio").count()


@pytest.mark.django_db
def test_contradicting_filters_count_nothing_and_break_nothing():
    empty = [{"field": "created_on", "op": "isnull", "value": True}]
    Metric.objects.filter(code="leads").update(filters=empty)
    streams(definitions(Metric.objects.filter(code="leads").values_list("pk", flat=True)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sales", "Sum of amounts: opportunities, counted on “closed on”, where outcome = won."),
        ("leads", "Number of facts: leads, counted on “created on”."),
        ("win_rate", "Deals won ÷ Deals closed, each summed first."),
        ("effective_visits", "where kind = visit; effective: yes."),
    ],
)
def test_a_metric_says_how_it_is_counted(code, said):
    assert said in metric_formula(metric_get(code))


@pytest.mark.django_db
def test_every_shipped_metric_has_a_formula():
    assert all(metric_formula(metric) for metric in Metric.objects.select_related("numerator", "denominator"))
