"""The pages of API usage: whose tokens are there, what their figures are, how many queries they take."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards.templatetags.usage import duration, microseconds
from dashboards.tests.test_charts import as_plotly
from dashboards.usage_page import usage_page
from org.selectors import company_today
from org.services import ApiCall, token_create, usage_flush, usage_note
from org.services.usage import buffer

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def empty_buffer():
    buffer.take()


def make_token(user, name="ERP"):
    return token_create(user=user, name=name, scopes=["crm:read"], actor=None)[0]


def use(token, *, days_ago=0, **more):
    """A request of a token."""
    day = company_today() - dt.timedelta(days=days_ago)
    told = {"endpoint": "GET crm/accounts", "status": 200, "seconds": 0.01, "at": NOW}
    usage_note(ApiCall(token_id=token.pk, day=day, **(told | more)))


def test_sums_days_and_endpoints_are_of_the_same_requests(cast):
    token = make_token(cast.frank)
    for seconds in (0.010, 0.020, 0.030):
        use(token, seconds=seconds, rows_written=1)
    use(token, days_ago=1, endpoint="PUT crm/accounts/{source}/{external_id}", status=400, seconds=2.0)
    use(token, days_ago=40)
    usage_flush()
    page = usage_page(token, days=30)
    assert (page.total.requests, page.total.errors, page.total.rows_written) == (4, 1, 3)
    assert page.total.error_ratio == 0.25
    assert [each.endpoint for each in page.endpoints] == [
        "GET crm/accounts",
        "PUT crm/accounts/{source}/{external_id}",
    ]
    for parts in (page.endpoints, page.days):
        assert sum(each.used.requests for each in parts) == 4
    assert page.endpoints[0].used.p50_ms == pytest.approx(20, rel=0.1)
    assert page.total.p95_ms == page.total.longest_ms == 2000


def test_the_chart_has_every_day_and_says_the_same_as_its_table(cast):
    token = make_token(cast.frank)
    use(token)
    use(token, status=500)
    use(token, days_ago=6, status=404)
    usage_flush()
    chart = usage_page(token, days=7).chart
    assert len(chart.rows) == 7
    assert [cell.value for cell in chart.rows[-1][1:]] == ["1", "0", "1"]
    assert [cell.value for cell in chart.rows[0][1:]] == ["0", "1", "0"]
    assert chart.summary == "Requests on 2 of 7 days."
    assert [list(bar.y) for bar in as_plotly(chart).data][2] == [0, 0, 0, 0, 0, 0, 1]


def test_page_of_an_unused_token_says_what_to_do(cast, client_of):
    answer = client_of(cast.frank).get(f"/usage/{make_token(cast.frank).pk}/")
    assert "No requests in this time" in answer.content.decode()


def test_without_a_token_the_list_leads_to_making_one(cast, client_of):
    page = client_of(cast.alice).get("/usage/").content.decode()
    assert "No token yet" in page
    assert 'href="/org/tokens/"' in page


def test_a_rep_sees_the_own_tokens_and_an_administrator_everybodys(cast, client_of):
    make_token(cast.alice, "mine")
    make_token(cast.dave, "theirs")
    seen = client_of(cast.alice).get("/usage/").content.decode()
    assert "mine" in seen
    assert "theirs" not in seen
    seen = client_of(cast.frank).get("/usage/").content.decode()
    assert "mine" in seen
    assert "theirs" in seen


@pytest.mark.parametrize("days", ["7", "90", "1000000", "x", ""])
def test_any_period_asked_for_is_answered(cast, client_of, days):
    use(make_token(cast.frank))
    assert client_of(cast.frank).get(f"/usage/?days={days}").status_code == 200


def test_pages_take_as_many_queries_for_thirty_rows_as_for_three(cast, client_of):
    client = client_of(cast.frank)
    client.get("/usage/")
    counts = []
    for count in (3, 30):
        token = make_token(cast.frank)
        for at in range(count):
            use(make_token(cast.frank), endpoint=f"GET {at}")
            use(token, endpoint=f"GET {at}", days_ago=at)
        usage_flush()
        with CaptureQueriesContext(connection) as queries:
            client.get("/usage/")
            client.get(f"/usage/{token.pk}/?days=90")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(None, "–"), (0.41, "0.4 ms"), (84.6, "85 ms"), (1234.0, "1.2 s")]
)
def test_durations_read_in_the_unit_that_fits(milliseconds, text):
    assert duration(milliseconds) == text
    assert microseconds(0) == "–"
