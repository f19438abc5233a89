"""A connection to any REST source from end to end, over HTTP on loopback."""

from __future__ import annotations

import datetime as dt

import pytest

from common.errors import Invalid
from crm.models import ConnectionRowError, ConnectionState, Opportunity
from crm.services.connectors import (
    ConnectorError,
    Problem,
    connection_check,
    connection_save,
    connection_tested,
    connector_make,
)
from crm.services.connectors.rest import resource_read, rest_read
from crm.services.connectors.rest.paging import link_next, since_written
from crm.tests.connecting import pull
from crm.tests.rest_server import KEY, rest_server

MAPPING = {
    "fields": {
        "external_id": {"paths": ["id"]},
        "name": {"paths": ["title"]},
        "stage": {"paths": ["state"], "table": {"Closed Won": "won", "Open": "engaging"}},
        "amount": {"paths": ["value"]},
        "closed_on": {"paths": ["closed"]},
        "owner": {"paths": ["owner"]},
    },
    "deleted": {"path": "is_deleted"},
}
PAGINGS = {
    "none": {"path": "/none"},
    "page": {"path": "page", "paging": "page", "page_param": "page", "records_path": "data.deals"},
    "offset": {"path": "/offset", "paging": "offset", "page_param": "skip"},
    "cursor": {
        "path": "/cursor",
        "paging": "cursor",
        "page_param": "after",
        "next_path": "paging.next.after",
        "records_path": "results",
    },
    "next": {"path": "/next", "paging": "next", "next_path": "next", "records_path": "results"},
    "link": {"path": "/link", "paging": "link"},
}


@pytest.fixture(autouse=True)
def _loopback(cast, settings):
    settings.CONNECTOR_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def server():
    with rest_server() as running:
        running.rows += [deal(at) for at in range(1, 6)]
        yield running


def deal(at, **fields):
    told = {"id": at, "title": f"Deal {at}", "state": "Closed Won", "value": 10.1 * at, "owner": "E1"}
    return told | {"closed": "2026-03-05", "changed": "2026-03-05T00:00:00Z"} | fields


def told(server, paging="none", **more):
    resource = PAGINGS[paging] | {"mapping": MAPPING} | more.pop("resource", {})
    return {"url": server.url, "auth": "none", "resources": {"opportunities": resource}} | more


def connected(server, paging="none", **more):
    settings = told(server, paging, **more)
    values = {
        "name": "Rest",
        "kind": "rest",
        "source": "rest",
        "settings": settings,
        "rate_per_minute": 60_000,
    }
    connection = connection_save(values=values, credentials={"key": KEY}, actor=None)
    connection_tested(connection=connection, connected_as="us")
    return connection


def made(settings):
    return connector_make(
        "rest", settings, {"key": KEY}, source="rest", rate_per_minute=60_000, sleep=lambda _s: None
    )


@pytest.mark.parametrize("paging", PAGINGS)
def test_every_record_is_read_whatever_way_the_pages_go(paging, server):
    run = pull(connected(server, paging))
    assert (run.state, run.counts["opportunities"]["created"]) == ("done", 5), run.error
    sums = list(Opportunity.objects.order_by("external_id").values_list("amount_minor", flat=True))
    assert sums == [1010, 2020, 3030, 4040, 5050]
    assert {o.owner.employee_number for o in Opportunity.objects.all()} == {"E1"}


@pytest.mark.parametrize("paging", PAGINGS)
def test_source_without_records_is_read_in_peace(paging, server):
    server.rows.clear()
    assert pull(connected(server, paging)).state == "done"
    assert not Opportunity.objects.exists()


def test_second_run_asks_for_what_has_changed_a_little_before_the_first(server):
    connection = connected(server, resource={"since_param": "since"})
    pull(connection)
    assert "since" not in server.asked[-1]
    server.rows[0] |= {"value": 99, "changed": "2999-01-01T00:00:00Z"}
    run = pull(connection)
    asked = dt.datetime.fromisoformat(server.asked[-1]["since"])
    assert dt.timedelta(minutes=14) < dt.datetime.now(dt.UTC) - asked < dt.timedelta(minutes=17)
    assert (run.counts["opportunities"]["updated"], sum(run.counts["opportunities"].values())) == (1, 1)
    assert Opportunity.objects.get(external_id="1").amount_minor == 9900


def test_source_that_cannot_be_asked_for_changes_is_read_whole_each_time(server):
    connection = connected(server, "page")
    pull(connection)
    assert ConnectionState.objects.get().cursor == ""
    assert pull(connection).counts["opportunities"]["unchanged"] == 5


def test_records_that_the_source_deleted_are_deleted(server):
    connection = connected(server)
    pull(connection)
    server.rows[0]["is_deleted"] = True
    assert pull(connection).counts["opportunities"]["deleted"] == 1
    assert Opportunity.objects.filter(deleted_at=None).count() == 4


def test_record_that_cannot_be_read_is_kept_with_its_reason_and_the_others_stand(server):
    server.rows[1]["value"] = "a lot"
    server.rows[2]["closed"] = "soon"
    run = pull(connected(server))
    assert run.counts["opportunities"] == {"created": 3, "error": 2}
    refused = {row.external_id: row.errors[0] for row in ConnectionRowError.objects.all()}
    assert {key: error["field"] for key, error in refused.items()} == {"2": "amount", "3": "closed_on"}
    assert "a lot" in str(refused["2"]["params"])


def test_page_that_comes_for_ever_ends_the_run(server):
    server.repeats = True
    run = pull(connected(server, "page"))
    assert (run.state, Opportunity.objects.count()) == ("done", 2)


AUTHS = {
    "bearer": {},
    "basic": {"login": "user"},
    "header": {"header": "X-Key"},
    "oauth2": {"login": "client"},
}


@pytest.mark.parametrize("auth", AUTHS)
def test_sign_in(auth, server):
    more = AUTHS[auth] | {"token_url": f"{server.url}/token"}
    settings = told(server, auth=auth, resource={"path": f"/{auth}/none"}, **more)
    assert made(settings).check() == f"{server.url.removeprefix('http://')}: 1 kind of records"
    wrong = connector_make(
        "rest", settings, {"key": "wrong"}, source="r", rate_per_minute=6_000, sleep=lambda _: None
    )
    with pytest.raises(ConnectorError) as refused:
        wrong.check()
    assert refused.value.kind == Problem.CREDENTIALS
    assert "wrong" not in str(refused.value).replace("•••", "")


def test_busy_source_is_asked_again(server):
    server.fails += [503, 500]
    assert "1 kind" in made(told(server)).check()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1:1/next",
        "http://evil.example/next",
        "//evil.example",
    ],
)
def test_next_page_on_another_host_gets_none_of_our_keys(elsewhere, server):
    server.elsewhere = elsewhere
    run = pull(connected(server, "next", auth="bearer", resource={"path": "/bearer/next"}))
    assert (run.state, run.problem) == ("failed", "address")


@pytest.mark.parametrize(
    "url", ["http://10.0.0.7/api", "http://169.254.169.254", "https://127.0.0.1:1", "http://[::1]:1"]
)
def test_private_address_is_not_called(url, server, settings):
    settings.CONNECTOR_NETWORKS = []
    with pytest.raises(ConnectorError) as refused:
        made(told(server) | {"url": url}).check()
    assert refused.value.kind == Problem.ADDRESS


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>", Problem.ANSWER),
        (b'"text"', Problem.SETTINGS),
        (b"[" * 100_000, Problem.ANSWER),
        (b'{"data": null}', Problem.SETTINGS),
    ],
    ids=["no JSON", "a text", "nested", "null"],
)
def test_answer_without_records_says_what_is_wrong(body, problem, server):
    server.body = body
    paging = "page" if b"data" in body else "none"
    with pytest.raises(ConnectorError) as refused:
        made(told(server, paging)).check()
    assert refused.value.kind == problem


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"url": "ftp://x"}, "url"),
        ({"url": "https://user:pass@x.example"}, "url"),
        ({"url": "https://x.example/a?b=c"}, "url"),
        ({"url": "https://x.example:port"}, "url"),
        ({"auth": "magic"}, "auth"),
        ({"auth": "header", "header": "X Key"}, "header"),
        ({"auth": "basic"}, "login"),
        ({"auth": "oauth2", "login": "c", "token_url": "no"}, "token_url"),
    ],
)
def test_source_that_cannot_be_asked_is_refused_with_its_field(more, field):
    with pytest.raises(Invalid) as refused:
        rest_read({"url": "https://x.example", "auth": "none"} | more)
    assert field in [error.field for error in refused.value.errors]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"path": ""}, "path"),
        ({"path": "https://evil.example/"}, "path"),
        ({"path": "//evil.example/"}, "path"),
        ({"path": "/a b"}, "path"),
        ({"paging": "magic"}, "paging"),
        ({"paging": "page"}, "page_param"),
        ({"paging": "cursor", "page_param": "after"}, "next_path"),
        ({"paging": "next", "next_path": "a["}, "next_path"),
        ({"records_path": "length(@)"}, "records_path"),
        ({"size": "many"}, "size"),
        ({"since_param": "a&b"}, "since_param"),
        ({"query": ["a"]}, "query"),
    ],
)
def test_list_that_cannot_be_read_is_refused_with_its_field(more, field):
    with pytest.raises(Invalid) as refused:
        resource_read("opportunities", {"path": "/deals", "mapping": MAPPING} | more)
    assert field in [error.field for error in refused.value.errors]


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ('<https://a.example/?p=2>; rel="next"', "https://a.example/?p=2"),
        ("<https://a.example/?p=2>; rel=next", "https://a.example/?p=2"),
        ('<https://a.example/?p=1>; rel="prev", </b?p=3>; title="x"; rel="last next"', "/b?p=3"),
        ('<https://a.example/?p=1>; rel="prev"', ""),
        ("", ""),
    ],
)
def test_link_header(header, url):
    assert link_next(header) == url


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("iso", "2026-03-05T17:00:00Z"),
        ("day", "2026-03-04"),
        ("seconds", "1772730000"),
        ("milliseconds", "1772730000000"),
    ],
)
def test_moment_as_the_source_wants_it(form, written):
    assert since_written(dt.datetime(2026, 3, 5, 17, tzinfo=dt.UTC), form) == written


def test_check_before_anything_is_stored(server):
    values = {"kind": "rest", "settings": told(server), "source": "new", "rate_per_minute": 6_000}
    assert connection_check(values=values, credentials={"key": KEY}).endswith("1 kind of records")
