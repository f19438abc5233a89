"""The REST doors and the administrator's pages of metrics."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from crm.tests.factories import make_opportunity, make_payment
from metrics.models import Metric
from metrics.selectors import metric_get
from metrics.services import refresh_changed_days
from org.models import AuditEntry
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 31)
ACTUALS = "/api/v1/metrics/actuals"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr("metrics.http.current_app.send_task", lambda _name: None)


@pytest.fixture
def sold(client):
    """Ann of East sold for 1234.50 on the last of March, Cid of West for 1.00; collected 617.25."""
    ann = make_person("Ann", make_unit("East", external_id="east"), employee_number="A1")
    cid = make_person("Cid", make_unit("West", external_id="west"), employee_number="C1")
    make_opportunity(ann, "1234.50", won_on=DAY)
    make_opportunity(cid, "1.00", won_on=DAY)
    make_payment(ann, "617.25", DAY)
    while refresh_changed_days().taken:
        pass
    client.force_login(make_user("carol@example.com", None, "executive"))
    return ann


def results(client, **query):
    response = client.get(ACTUALS, {"metric": "sales", "from": "2026-01-01", "to": "2026-12-31"} | query)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_amounts_are_decimal_strings(client, sold):
    row = {row["key"]: row for row in results(client, by="unit")}["east"]
    assert row == {
        "key": "east",
        "name": "East",
        "period_start": "2026-03-01",
        "value": "1234.50",
        "numerator": "1234.50",
        "denominator": None,
    }


@pytest.mark.parametrize(
    ("metric", "value", "numerator", "denominator"),
    [
        ("deals_won", "1", "1", None),
        ("collection_rate", "0.500000", "617.25", "1234.50"),
        ("average_order_value", "1234.50", "1234.50", "1"),
    ],
)
def test_counts_and_ratios_carry_their_parts(client, sold, metric, value, numerator, denominator):
    [row] = [row for row in results(client, metric=metric, by="person") if row["key"] == "A1"]
    assert (row["value"], row["numerator"], row["denominator"]) == (value, numerator, denominator)


def test_an_undefined_ratio_is_null(client, sold):
    make_payment(make_person("Dora", employee_number="D1"), "1.00", DAY)
    while refresh_changed_days().taken:
        pass
    [row] = [row for row in results(client, metric="collection_rate", by="person") if row["key"] == "D1"]
    assert row["value"] is None


def test_the_last_day_is_included(client, sold):
    assert results(client, to="2026-03-31")
    assert results(client, to="2026-03-30") == []


def test_one_unit_s_subtree_can_be_asked_for(client, sold):
    assert {row["key"] for row in results(client, unit="east", by="person")} == {"A1"}
    assert client.get(ACTUALS, {"metric": "sales", "unit": "nowhere"}).status_code == 404


def test_pages_are_followed_by_next(client, sold):
    query = {"metric": "sales", "from": "2026-01-01", "to": "2026-12-31", "by": "person", "page_size": 1}
    first = client.get(ACTUALS, query).json()
    second = client.get(first["next"]).json()
    assert [row["key"] for row in first["results"] + second["results"]] == ["A1", "C1"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "metric"),
        ({"metric": "sales", "grain": "decade"}, "grain"),
        ({"metric": "sales", "by": "owner__password"}, "by"),
        ({"metric": "sales", "from": "soon"}, "from"),
        ({"metric": "sales", "from": "2026-02-01", "to": "2026-01-01"}, "to"),
        ({"metric": "sales", "cursor": "x"}, "cursor"),
        ({"metric": "sales", "cursor": "2026-02-30_1"}, "cursor"),
        ({"metric": "sales", "page_size": "0"}, "page_size"),
    ],
)
def test_a_wrong_parameter_is_named(client, sold, query, field):
    response = client.get(ACTUALS, query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_an_unknown_metric_is_not_found(client, sold):
    assert client.get(ACTUALS, {"metric": "nonsense"}).status_code == 404


def test_a_rep_reads_own_figures_only(client, sold):
    client.force_login(make_user("ann@example.com", sold))
    assert {row["key"] for row in results(client, by="person")} == {"A1"}
    assert results(client, by="unit") == []
    assert {row["value"] for row in results(client, by="region")} == {"1234.50"}


def test_the_list_of_metrics_says_what_they_count(client, sold):
    body = client.get("/api/v1/metrics/").json()
    by_code = {metric["code"]: metric for metric in body["results"]}
    assert body["next"] is None
    assert by_code["sales"]["filters"] == [{"field": "outcome", "op": "exact", "value": "won"}]
    assert (by_code["win_rate"]["numerator"], by_code["win_rate"]["denominator"]) == (
        "deals_won",
        "deals_closed",
    )


@pytest.fixture
def admin(client):
    client.force_login(make_user("frank@example.com", None, "admin"))
    return client


def typed(*filters: tuple[str, str, str], **fields: str) -> dict[str, str]:
    """The form's fields with filter rows."""
    rows = {
        f"filters-{at}-{name}": value
        for at, row in enumerate(filters)
        for name, value in zip(("field", "op", "value"), row, strict=True)
    }
    management = {"filters-TOTAL_FORMS": str(len(filters)), "filters-INITIAL_FORMS": "0"}
    good = {
        "name": "Big deals", "unit": "currency", "direction": "up", "nature": "result",
        "source": "opportunities", "date_field": "closed_on", "position": "50", "is_active": "on",
    }  # fmt: skip
    return {**good, **fields, **management, **rows}


def test_an_admin_makes_a_metric_with_filters(admin, django_capture_on_commit_callbacks):
    form = typed(("outcome", "exact", "won"), ("amount", "gte", "1000.50"), code="big_deals", kind="amount")
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(reverse("metrics:metric_create"), form)
    assert response.status_code == 302
    assert metric_get("big_deals").filters == [
        {"field": "outcome", "op": "exact", "value": "won"},
        {"field": "amount", "op": "gte", "value": 1000_50},
    ]
    assert AuditEntry.objects.filter(action="metrics.metric.save").count() == 1
    assert "1000.50" in admin.get(reverse("metrics:metric_edit", args=["big_deals"])).content.decode()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("kind", "exact", "visit"), "cannot filter here"),
        (("outcome", "gte", "won"), "no operator"),
        (("amount", "gte", "much"), "Not an amount"),
        (("is_first_won", "exact", "maybe"), "yes or no"),
    ],
)
def test_a_wrong_filter_is_told_on_the_page_and_not_saved(admin, row, said):
    response = admin.post(reverse("metrics:metric_create"), typed(row, code="big_deals", kind="amount"))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Metric.objects.filter(code="big_deals").exists()


def test_a_preview_counts_last_month_and_saves_nothing(admin, time_machine):
    make_opportunity(make_person(), "1234.50", won_on=DAY)
    time_machine.move_to(dt.datetime(2026, 4, 10, 12, tzinfo=dt.UTC))
    form = typed(("outcome", "exact", "won"), code="big_deals", kind="amount", preview="1")
    page = admin.post(reverse("metrics:metric_create"), form).content.decode()
    assert "In 2026-03 this counts 1 facts: ¥1,234.50." in page
    assert not Metric.objects.filter(code="big_deals").exists()


def test_the_list_shows_every_metric_with_its_formula(admin):
    page = admin.get(reverse("metrics:metric_list")).content.decode()
    assert "Deals closed" in page
    assert "Deals won ÷ Deals closed" in page


def test_an_edit_keeps_what_was_not_on_the_form(admin):
    won = typed(("outcome", "exact", "won"), name="Turnover")
    assert admin.post(reverse("metrics:metric_edit", args=["sales"]), won).status_code == 302
    sales = metric_get("sales")
    assert (sales.name, sales.kind, sales.recount_requested_at) == ("Turnover", "amount", None)


def test_others_than_admins_may_not_define(client):
    client.force_login(make_user("erin@example.com", None, "finance"))
    assert client.get(reverse("metrics:metric_list")).status_code == 403
    assert client.post(reverse("metrics:metric_edit", args=["sales"]), typed()).status_code == 403
    assert metric_get("sales").name == "Sales"
