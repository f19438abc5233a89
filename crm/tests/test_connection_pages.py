"""The pages of connections: set up, tested, run, mended, compared; no key is ever shown."""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Connection, ConnectionRowError, ConnectionRun, ConnectionTotal, Opportunity
from crm.services.connectors import (
    ConnectorError,
    Problem,
    Total,
    comparison_request,
    comparison_work,
    comparisons_due,
    connection_run_request,
    connections_forget,
    connector_of,
    run_work,
)
from crm.services.connectors.secrets import credentials_opened
from crm.tests import odoo_server as odoo
from crm.tests.connecting import SECRET, Memory, memory_connection, pull
from crm.tests.odoo_server import API_KEY, DATABASE, LOGIN, Odoo
from org.models import AuditEntry
from org.selectors import company_today
from tests.cast import Cast

CLOSED = "2026-05-02"
NOON = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def admin(client: Client, cast: Cast) -> Client:
    client.force_login(cast.frank)
    return client


@pytest.fixture
def server(settings: Any) -> Iterator[Odoo]:
    settings.CONNECTOR_NETWORKS = ["127.0.0.0/8"]
    with odoo.odoo_server() as running:
        yield running


def filled(server: Odoo, **more: Any) -> dict[str, Any]:
    return {
        "name": "Odoo", "source": "odoo", "url": server.url, "database": DATABASE, "login": LOGIN,
        "api_key": API_KEY, "resources": ["units", "people", "opportunities"], "default_unit": "company",
        "schedule_minutes": "15", "rate_per_minute": "6000",
    } | more  # fmt: skip


def won(memory: Memory, key: str, amount: str = "100.00", day: str = CLOSED) -> None:
    memory.put(
        "opportunities", key, stage="won", amount=amount, closed_on=day, owner="E1", name=f"Deal {key}"
    )


def test_empty_list_says_what_to_do(admin: Client) -> None:
    page = admin.get(reverse("crm:connection_list")).content.decode()
    assert "Nothing is connected yet" in page
    assert reverse("crm:connection_kinds") in page


def test_administrator_connects_odoo_maps_its_stages_and_reads_it(admin: Client, server: Odoo) -> None:
    server.rows["crm.lead"].append(odoo.lead(1, stage_id=[2, "Qualified"]))
    answer = admin.post(reverse("crm:connection_new", args=["odoo"]), filled(server), follow=True)
    page = answer.content.decode()
    assert "Connected as Sync (sync@shop.example), Odoo 17.0." in page
    connection = Connection.objects.get()
    mapping = reverse("crm:connection_mapping", args=[connection.pk])
    assert answer.redirect_chain[-1][0] == mapping
    form = answer.context["form"]
    chosen = {field.name: field.value() or "" for field in form}
    assert chosen["stages_2"] == "qualified"

    answer = admin.post(mapping, chosen | {"stages_2": "proposal"}, follow=True)
    assert "Saved." in answer.content.decode()
    admin.post(reverse("crm:connection_switch", args=[connection.pk]), {"is_active": "yes"})
    admin.post(reverse("crm:connection_run", args=[connection.pk]))
    assert run_work(ConnectionRun.objects.get().pk)
    assert Opportunity.objects.get().stage.code == "proposal"
    page = admin.get(reverse("crm:connection_detail", args=[connection.pk])).content.decode()
    assert "Up to date as of" in page
    assert AuditEntry.objects.filter(action="crm.connection.run").exists()


def test_settings_are_tried_before_they_are_saved(admin: Client, server: Odoo) -> None:
    url = reverse("crm:connection_try", args=["odoo"])
    assert "Connected as Sync" in admin.post(url, filled(server)).content.decode()
    assert "refuses the user or the API key" in admin.post(url, filled(server, api_key="no")).content.decode()
    told = admin.post(url, filled(server, url="")).content.decode()
    assert "Fill in the form first" in told
    assert "Address" in told
    assert not Connection.objects.exists()


def test_refused_form_keeps_what_was_typed_but_the_key(admin: Client, server: Odoo) -> None:
    answer = admin.post(reverse("crm:connection_new", args=["odoo"]), filled(server, name=""))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert server.url in page
    assert API_KEY not in page
    assert not Connection.objects.exists()


def test_stored_key_stays_when_left_empty_but_goes_to_no_other_address(admin: Client, server: Odoo) -> None:
    admin.post(reverse("crm:connection_new", args=["odoo"]), filled(server))
    connection = Connection.objects.get()
    edit = reverse("crm:connection_edit", args=[connection.pk])
    answer = admin.post(edit, filled(server, api_key="", name="Shop"))
    assert answer.status_code == 302
    connection.refresh_from_db()
    assert (connection.name, credentials_opened(connection.credentials)) == ("Shop", {"api_key": API_KEY})

    elsewhere = filled(server, api_key="", url="https://elsewhere.example")
    answer = admin.post(edit, elsewhere)
    assert answer.status_code == 422
    assert "The address has changed" in answer.content.decode()
    tried = admin.post(
        reverse("crm:connection_try", args=["odoo"]), elsewhere | {"connection": connection.pk}
    )
    assert "The address has changed" in tried.content.decode()
    connection.refresh_from_db()
    assert connection.settings["url"] == server.url


def test_source_belongs_to_one_connection(admin: Client, server: Odoo) -> None:
    admin.post(reverse("crm:connection_new", args=["odoo"]), filled(server))
    answer = admin.post(reverse("crm:connection_new", args=["odoo"]), filled(server))
    assert "Another connection has this source." in answer.content.decode()
    assert Connection.objects.count() == 1


def test_key_is_in_no_page_log_audit_or_table(admin: Client, server: Odoo) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    try:
        admin.post(reverse("crm:connection_new", args=["odoo"]), filled(server))
        connection = Connection.objects.get()
        server.faults["crm.lead"] = odoo.fault("odoo.exceptions.AccessError", f"{API_KEY} may not")
        pull(connection)
    finally:
        logging.getLogger().removeHandler(handler)
    pages = [
        admin.get(reverse(name, args=args)).content.decode()
        for name, args in (
            ("crm:connection_list", []),
            ("crm:connection_detail", [connection.pk]),
            ("crm:connection_edit", [connection.pk]),
            ("crm:connection_mapping", [connection.pk]),
            ("org:audit_list", []),
        )
    ]
    rows = [repr(list(model.objects.values())) for model in (Connection, ConnectionRun, AuditEntry)]
    assert all(API_KEY not in text for text in (*pages, *rows, written.getvalue(), repr(connection)))


def test_other_secret_key_asks_for_the_key_anew(admin: Client, settings: Any) -> None:
    connection = memory_connection(Memory())
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another secret key of this installation"
    with pytest.raises(ConnectorError) as refused:
        connector_of(connection)
    assert refused.value.kind == Problem.CREDENTIALS
    settings.SECRET_KEY_FALLBACKS = [old]
    assert credentials_opened(connection.credentials) == {"key": SECRET}


def test_refused_records_are_listed_with_their_reason_and_leave_as_csv(admin: Client) -> None:
    memory = Memory()
    memory.put("opportunities", "D1", stage="nonsense")
    connection = memory_connection(memory)
    pull(connection)
    page = admin.get(reverse("crm:connection_detail", args=[connection.pk])).content.decode()
    assert "D1" in page
    assert "“nonsense” is not one of" in page
    answer = admin.get(reverse("crm:connection_refused", args=[connection.pk]))
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert "D1" in lines[1]
    assert "nonsense" in lines[1]


def test_failing_connection_is_told_to_administrators_at_home(
    admin: Client, client: Client, cast: Cast
) -> None:
    memory = Memory(fails_with=ConnectorError(Problem.CREDENTIALS, "Key refused"))
    won(memory, "D1")
    connection = memory_connection(memory)
    home, trouble = reverse("dashboards:home"), reverse("crm:connection_trouble")
    assert trouble in admin.get(home).content.decode()
    pull(connection)
    assert "these connections fail" not in admin.get(trouble).content.decode()
    pull(connection)
    assert "these connections fail" in admin.get(trouble).content.decode()
    page = admin.get(reverse("crm:connection_detail", args=[connection.pk])).content.decode()
    assert "Sign-in refused: Key refused" in page
    client.force_login(cast.carol)
    assert trouble not in client.get(home).content.decode()


def test_progress_is_shown_while_a_run_is_open_and_then_the_page_is_loaded_anew(admin: Client) -> None:
    connection = memory_connection(Memory())
    run = connection_run_request(connection=connection, actor=None)
    url = reverse("crm:connection_progress", args=[connection.pk])
    assert "Waiting for a worker" in admin.get(url).content.decode()
    run_work(run.pk)
    assert admin.get(url).headers["HX-Refresh"] == "true"


def compared(connection: Connection) -> list[tuple[str, str, int | None, int, int | None, int | None]]:
    comparison_request(connection=connection, actor=None)
    assert comparisons_due() == [connection.pk]
    assert comparison_work(connection.pk)
    return [
        (t.resource, t.currency, t.source_count, t.own_count, t.source_minor, t.own_minor)
        for t in ConnectionTotal.objects.all()
    ]


@pytest.mark.usefixtures("cast")
@time_machine.travel(NOON)
def test_comparison_finds_the_month_that_differs(admin: Client) -> None:
    memory = Memory()
    won(memory, "D1")
    won(memory, "D2", "50.00", "2026-04-30")
    may, april, march = (dt.date(2026, month, 1) for month in (5, 4, 3))
    memory.sums = [
        Total(may, 2, Decimal("150.00"), "CNY"),
        Total(april, 1, Decimal("50.00"), "CNY"),
        Total(march, 1, Decimal("7.00"), "CNY"),
    ]
    connection = memory_connection(memory)
    pull(connection)
    assert compared(connection) == [
        ("opportunities", "CNY", 2, 1, 15000, 10000),
        ("opportunities", "CNY", 1, 1, 5000, 5000),
        ("opportunities", "CNY", 1, 0, 700, 0),
    ]
    page = admin.get(reverse("crm:connection_comparison", args=[connection.pk])).content.decode()
    assert page.count("1 missing here") == 2
    assert "agrees" in page
    assert "2 months differ." in page
    records = reverse("crm:connection_records", args=[connection.pk, "opportunities", "2026-05"])
    assert f"{records}?currency=CNY" in page
    opened = admin.get(f"{records}?currency=CNY").content.decode()
    assert "Deal D1" in opened
    assert "Deal D2" not in opened


@pytest.mark.usefixtures("cast")
@time_machine.travel(NOON)
def test_source_without_totals_says_so(admin: Client) -> None:
    memory = Memory()
    won(memory, "D1")
    connection = memory_connection(memory)
    pull(connection)
    assert compared(connection) == [("opportunities", "CNY", None, 1, None, 10000)]
    page = admin.get(reverse("crm:connection_comparison", args=[connection.pk])).content.decode()
    assert "the source can&#x27;t tell" in page or "the source can't tell" in page


@pytest.mark.usefixtures("cast")
def test_comparison_that_fails_keeps_the_last_one_and_says_why(admin: Client) -> None:
    memory = Memory()
    won(memory, "D1", day=company_today().isoformat())
    connection = memory_connection(memory)
    pull(connection)
    before = compared(connection)
    Connection.objects.update(credentials="nonsense")
    comparison_request(connection=connection, actor=None)
    assert comparison_work(connection.pk)
    assert not comparison_work(connection.pk)
    assert ConnectionTotal.objects.count() == len(before) == 1
    page = admin.get(reverse("crm:connection_comparison", args=[connection.pk])).content.decode()
    assert "The last comparison failed" in page


@pytest.mark.django_db
def test_old_runs_and_refusals_are_let_go_of_but_not_the_last_run() -> None:
    memory = Memory()
    memory.put("opportunities", "D1", stage="nonsense")
    connection = memory_connection(memory)
    pull(connection)
    last = pull(connection)
    old = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    ConnectionRun.objects.update(finished_at=old)
    ConnectionRowError.objects.update(first_at=old)
    connections_forget()
    assert list(ConnectionRun.objects.all()) == [last]
    assert not ConnectionRowError.objects.exists()


@pytest.mark.parametrize("page", ["crm:connection_list", "crm:connection_detail", "crm:connection_records"])
def test_page_asks_as_much_for_thirty_rows_as_for_three(admin: Client, page: str) -> None:
    memory = Memory(per_page=50)
    made = memory_connection(memory)
    month = company_today().replace(day=1)
    args = {"crm:connection_list": [], "crm:connection_detail": [made.pk]}.get(
        page, [made.pk, "opportunities", f"{month:%Y-%m}"]
    )
    url = reverse(page, args=args) + "?currency=CNY"
    asked = []
    for count in (3, 30):
        for number in range(count):
            won(memory, f"D{number}", day=month.isoformat())
            memory.put("accounts", f"A{count}-{number}", name="x", owner="nobody")
        pull(made)
        for number in range(count if page == "crm:connection_list" else 0):
            Connection.objects.get_or_create(name=f"C{number}", kind="memory", source=f"c{number}")
        admin.get(url)
        with CaptureQueriesContext(database) as found:
            admin.get(url)
        asked.append(len(found))
    assert asked[0] == asked[1]
