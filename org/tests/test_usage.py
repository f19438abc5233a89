"""What tokens do is counted without a query a request, and two processes add up."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from org.calc.durations import GROWTH, bucket_of, counts_sum, percentile_ms
from org.calc.networks import network_of, program_of
from org.models import ApiToken, ApiUsage, Role
from org.selectors import company_today, token_usage_list
from org.services import ApiCall, token_create, usage_flush, usage_forget, usage_note
from org.services.usage import Tally, UsageBuffer, UsageKey, buffer, usage_write
from org.tests.factories import make_user

UNITS = "/api/v1/org/units"
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def empty_buffer():
    """Other tests' requests are not ours."""
    buffer.take()


@pytest.fixture
def token(db) -> ApiToken:
    return token_create(
        user=make_user("admin@example.com", None, Role.ADMIN), name="ERP", scopes=["*"], actor=None
    )[0]


@pytest.fixture
def api(token):
    """The token at work."""
    text = token_create(user=token.user, name="CRM", scopes=["*"], actor=None)[1]
    return Client(headers={"Authorization": f"Bearer {text}", "User-Agent": "curl/8.5.0 (x86_64)"})


def send(client, method, path, body, **headers):
    call = getattr(client, method)
    return call(path, json.dumps(body), content_type="application/json", headers=headers)


def call_of(token, **more) -> ApiCall:
    told = {"endpoint": "GET org/units", "day": company_today(), "status": 200, "seconds": 0.01, "at": NOW}
    return ApiCall(token_id=token.pk, **(told | more))


def counted() -> dict[str, tuple[int, int, int, int]]:
    """Requests, refused, failed and rows written by endpoint, once written."""
    usage_flush()
    return {
        row.endpoint: (row.requests, row.client_errors, row.server_errors, row.rows_written)
        for row in ApiUsage.objects.all()
    }


# --- Durations


@given(st.integers(101, 900_000_000))
def test_a_bucket_ends_at_most_a_tenth_beyond_what_is_in_it(microseconds):
    told = percentile_ms({bucket_of(microseconds): 1}, 0.5) * 1000
    assert microseconds <= told * (1 + 1e-9) <= microseconds * GROWTH * (1 + 1e-6)


@given(st.lists(st.integers(100, 10_000_000), min_size=1, max_size=200), st.integers(0, 200))
def test_percentiles_of_summed_parts_are_those_of_the_whole(durations, cut):
    def counts(part):
        return counts_sum({bucket_of(each): 1} for each in part)

    whole = counts(durations)
    assert counts_sum([counts(durations[:cut]), counts(durations[cut:])]) == whole
    exact = sorted(durations)[-(-len(durations) * 95 // 100) - 1] / 1000
    assert exact * 0.999 <= percentile_ms(whole, 0.95) <= exact * GROWTH * 1.001


def test_no_request_has_no_percentile():
    assert percentile_ms({}, 0.95) is None


# --- Where from


@pytest.mark.parametrize(
    ("case", "address", "network"),
    [
        ("a house", "198.51.100.23", "198.51.100.0/24"),
        ("the new protocol", "2001:db8:1234:5678::9", "2001:db8:1234::/48"),
        ("the old in the new", "::ffff:198.51.100.23", "198.51.100.0/24"),
        ("a socket", "", ""),
        ("a lie", "<script>", ""),
    ],
)
def test_an_address_is_kept_as_its_network_only(case, address, network):
    assert network_of(address) == network


def test_of_a_user_agent_only_the_program_stays():
    assert program_of("python-requests/2.32.3") == "python-requests/2.32.3"
    assert program_of("\x00<b>") == ""
    assert len(program_of("a" * 500)) == 60


# --- Counting


def test_requests_are_counted_by_endpoint_with_what_they_wrote(api):
    units = [{"external_id": f"u{at}", "name": f"Unit {at}"} for at in range(3)]
    body = {"source": "hr", "records": [*units, {"external_id": "bad"}]}
    assert send(api, "post", f"{UNITS}/bulk", body, **{"Idempotency-Key": "once"}).status_code == 200
    assert (
        send(api, "post", f"{UNITS}/bulk", body, **{"Idempotency-Key": "once"})["Idempotent-Replay"] == "true"
    )
    assert send(api, "put", f"{UNITS}/hr/u9", {"name": "Nine"}).status_code == 201
    assert send(api, "put", f"{UNITS}/hr/u9", {"name": ""}).status_code == 400
    assert api.get(f"{UNITS}/hr/u9").status_code == 200
    assert api.get(f"{UNITS}/hr/u404").status_code == 404
    assert counted() == {
        "POST org/units/bulk": (2, 0, 0, 3),
        "PUT org/units/{source}/{external_id}": (2, 1, 0, 1),
        "GET org/units/{source}/{external_id}": (2, 1, 0, 0),
    }


def test_a_record_sent_again_unchanged_is_no_row_written(api):
    for _time in range(2):
        send(api, "put", "/api/v1/crm/products/erp/p1", {"name": "Fridge"})
    assert counted()["PUT crm/products/{source}/{external_id}"] == (2, 0, 0, 1)


def test_an_error_of_ours_is_counted_as_failed(api, monkeypatch):
    monkeypatch.setattr("org.api.units_upsert", lambda **_more: 1 / 0)
    api.raise_request_exception = False
    assert send(api, "put", f"{UNITS}/hr/u1", {"name": "One"}).status_code == 500
    assert counted() == {"PUT org/units/{source}/{external_id}": (1, 0, 1, 0)}


def test_strangers_and_browsers_are_not_counted(api, client):
    client.force_login(ApiToken.objects.first().user, "allauth.account.auth_backends.AuthenticationBackend")
    client.get(UNITS)
    Client().get(UNITS)
    Client(headers={"Authorization": "Bearer sg_nonsense"}).get(UNITS)
    assert counted() == {}


def test_the_last_request_tells_network_and_program(api, settings):
    settings.PROXIES = 1
    api.get(UNITS, headers={"X-Forwarded-For": "10.9.8.7, 203.0.113.77"})
    usage_flush()
    row = ApiUsage.objects.get()
    assert (row.last_network, row.last_program) == ("203.0.113.0/24", "curl/8.5.0")
    settings.PROXIES = 0
    api.get(UNITS, headers={"X-Forwarded-For": "203.0.113.77"})
    usage_flush()
    row.refresh_from_db()
    assert row.last_network == "127.0.0.0/24"  # nobody in front is trusted: the header is not believed


def test_counting_costs_no_query_a_request(api):
    api.get(UNITS)  # the token's last use is noted once a minute
    with CaptureQueriesContext(connection) as queries:
        api.get(UNITS)
    assert not [each for each in queries if "apiusage" in each["sql"]]
    assert not [each for each in queries if each["sql"].startswith(("INSERT", "UPDATE"))]


def test_writing_takes_as_many_queries_for_thirty_rows_as_for_three(token, django_assert_num_queries):
    for count in (3, 30):
        for at in range(count):
            usage_note(call_of(token, endpoint=f"GET {count} {at}"))
        with django_assert_num_queries(6):  # savepoint and release, tokens, insert, read, update
            usage_flush()
    assert ApiUsage.objects.count() == 33


def test_what_is_written_twice_adds_up(token):
    for seconds in (0.01, 0.02, 0.5):
        usage_note(call_of(token, seconds=seconds, rows_written=2))
        usage_flush()
    row = ApiUsage.objects.get()
    assert (row.requests, row.rows_written, row.longest_us) == (3, 6, 500_000)
    assert sum(row.durations.values()) == 3


def test_an_older_process_does_not_overwrite_who_came_last(token):
    usage_note(call_of(token, at=NOW, network="203.0.113.0/24"))
    usage_flush()
    usage_note(call_of(token, at=NOW - dt.timedelta(minutes=1), network="192.0.2.0/24"))
    usage_flush()
    assert ApiUsage.objects.get().last_network == "203.0.113.0/24"


def test_counts_of_a_deleted_token_are_dropped_and_the_others_stay(token):
    gone = token_create(user=token.user, name="gone", scopes=["org"], actor=None)[0]
    for each in (token, gone):
        usage_note(call_of(each))
    gone.delete()
    usage_flush()
    assert [row.token for row in ApiUsage.objects.all()] == [token]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_processes_that_write_at_once_lose_nothing(token):
    day = company_today()

    def write(_at):
        tallies = {}
        for endpoint in ("GET a", "GET b"):
            tallies[UsageKey(token.pk, day, endpoint)] = tally = Tally()
            tally.add(call_of(token, endpoint=endpoint, rows_written=1))
        try:
            usage_write(tallies)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert {(row.endpoint, row.requests, row.rows_written) for row in ApiUsage.objects.all()} == {
        ("GET a", 12, 12),
        ("GET b", 12, 12),
    }


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_process_writes_by_itself_after_a_while(token, settings):
    settings.API_USAGE_SECONDS = 0.01
    mine = UsageBuffer()
    mine.note(call_of(token))
    mine._timer.join(5)
    assert ApiUsage.objects.get().requests == 1
    assert mine.take() == {}


def test_usage_is_forgotten_after_ninety_days_and_twice_changes_nothing(token):
    for days in (91, 90, 0):
        usage_note(call_of(token, day=company_today() - dt.timedelta(days=days)))
    usage_flush()
    assert (usage_forget(), usage_forget()) == (1, 0)
    assert ApiUsage.objects.count() == 2


def test_the_busiest_token_comes_first_and_an_unused_one_is_on_the_list(token):
    busy = token_create(user=token.user, name="busy", scopes=["org"], actor=None)[0]
    for status in (200, 404, 500):
        usage_note(call_of(busy, status=status, rows_written=1, deprecated_on=dt.date(2026, 1, 1)))
    usage_note(call_of(busy, day=company_today() - dt.timedelta(days=40)))
    usage_flush()
    since = company_today() - dt.timedelta(days=29)
    rows = list(token_usage_list(user=token.user, everyone=False, since=since))
    assert [row.name for row in rows] == ["busy", "ERP"]
    assert (rows[0].asked, rows[0].failed, rows[0].written, rows[0].outdated) == (3, 2, 3, 3)
    assert (rows[1].asked, rows[1].seen_at) == (0, None)
