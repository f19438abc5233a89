"""A connection to Odoo from end to end, over HTTP on loopback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from crm.models import (
    Account,
    Activity,
    Connection,
    ConnectionRowError,
    ConnectionRun,
    ConnectionState,
    Lead,
    Opportunity,
    Payment,
    Product,
)
from crm.services.connectors import (
    ConnectorError,
    Problem,
    connection_reset,
    connection_save,
    connection_tested,
    connector_make,
    connector_of,
)
from crm.services.connectors.odoo import odoo_choices
from crm.tests import odoo_server as odoo
from crm.tests.connecting import pull
from crm.tests.odoo_server import API_KEY, DATABASE, LOGIN, Odoo
from org.models import Assignment, Person, Unit
from org.services import company_save
from tests.cast import Cast

NOW = dt.datetime(2026, 5, 20, 4, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _company(cast: Cast, settings: Any) -> Iterator[None]:
    settings.CONNECTOR_NETWORKS = ["127.0.0.0/8"]
    company_save(actor=None, currency="EUR", country="CN", time_zone="Asia/Shanghai")
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def server() -> Iterator[Odoo]:
    with odoo.odoo_server() as running:
        yield running


def settings_of(server: Odoo, **more: Any) -> dict[str, Any]:
    return {
        "url": server.url, "database": DATABASE, "login": LOGIN, "stages": {}, "teams": {},
        "activity_kinds": {"2": "call"}, "region_from": "country_id",
    } | more  # fmt: skip


def connected(server: Odoo, **more: Any) -> Connection:
    values = {
        "name": "Odoo", "kind": "odoo", "source": "odoo", "settings": settings_of(server, **more),
        "rate_per_minute": 6_000,
    }  # fmt: skip
    connection = connection_save(values=values, credentials={"api_key": API_KEY}, actor=None)
    connection_tested(connection=connection, connected_as="Sync")
    return connection


def test_first_load_brings_teams_people_customers_deals_activities_and_payments(server: Odoo) -> None:
    server.rows["crm.lead"] += [
        odoo.won(100, 1234.57, "2026-04-30 16:30:00", user_id=[7, "Wang Fang"], partner_id=[21, "Brandon"]),
        odoo.lead(101, date_deadline="2026-06-30", stage_id=[3, "Proposition"], expected_revenue=99.9),
        odoo.lost(102, "2026-05-02 01:00:00", [3, "Too expensive"]),
        odoo.lead(103, "Put away", active=False),
        odoo.lead(104, "From the fair", type="lead", partner_name="Ready Mat", source_id=[2, "Fair"]),
        odoo.lead(105, "Turned", date_conversion="2026-03-05 02:00:00"),
    ]
    server.rows["mail.message"].append(
        odoo.message(300, 100, "2026-04-02 03:00:00", body="<p>Called <b>Brandon</b></p><p>wants two</p>")
    )
    server.rows["calendar.event"] += [
        odoo.event(9, 101, "2026-05-19 06:00:00"),
        odoo.event(10, 101, "2026-07-01 06:00:00"),
    ]
    server.rows["account.payment"] += [
        odoo.payment(1, 500.0, "2026-05-03"),
        odoo.payment(2, 20.5, "2026-05-04", payment_type="outbound"),
        odoo.payment(3, 70.0, "2026-05-05", state="draft"),
    ]
    run = pull(connected(server))
    assert (run.state, run.error) == ("done", "")
    assert not ConnectionRowError.objects.exists()

    wang = Person.objects.get(email="wang@shop.example")
    stays = wang.assignments.order_by("kind").values_list("kind", "unit__name", "starts_on")
    assert [(kind, unit) for kind, unit, _on in stays] == [("manager", "Web"), ("member", "Web")]
    assert Person.objects.get(name="Old Hand").left_on == dt.date(2026, 5, 20)
    assert not Person.objects.filter(name="A customer").exists()
    assert list(Account.objects.values_list("name", "region__code")) == [("Azure Interior", "France")]
    assert Product.objects.get().product_line.name == "Office"

    deal = Opportunity.objects.get(external_id="100")
    assert (deal.amount_minor, deal.currency, deal.outcome) == (123457, "EUR", "won")
    assert deal.closed_on == dt.date(2026, 5, 1)  # half past midnight in Shanghai
    assert (deal.owner, deal.account.name) == (wang, "Azure Interior")
    opened = Opportunity.objects.get(external_id="101")
    assert (opened.outcome, opened.expected_close_on) == ("open", dt.date(2026, 6, 30))
    gone = Opportunity.objects.get(external_id="102")
    assert (gone.outcome, gone.loss_reason, gone.closed_on) == ("lost", "Too expensive", dt.date(2026, 5, 2))
    assert Opportunity.objects.get(external_id="103").deleted_at is not None
    fair = Lead.objects.get(external_id="104")
    assert (fair.status, fair.channel, fair.company_name) == ("new", "Fair", "Ready Mat")
    assert Lead.objects.get(external_id="105").status == "converted"
    assert Opportunity.objects.filter(external_id="105", deleted_at=None).exists()

    call = Activity.objects.get(external_id="m300")
    assert (call.kind, call.note, call.owner, call.opportunity) == (
        "call", "Called Brandon\nwants two", wang, deal
    )  # fmt: skip
    assert list(Activity.objects.filter(kind="meeting").values_list("external_id", flat=True)) == ["e9"]
    assert list(Payment.objects.order_by("pk").values_list("amount_minor", flat=True)) == [50000, -2050]


def test_second_run_asks_for_what_has_changed_since_and_changes_only_that(server: Odoo) -> None:
    server.rows["crm.lead"] += [odoo.lead(key, write_date="2026-01-01 00:00:00") for key in range(1, 6)]
    connection = connected(server, resources=["opportunities"])
    assert pull(connection).counts["opportunities"] == {"created": 5}
    server.rows["crm.lead"][2] |= {"expected_revenue": 70.0, "write_date": "2026-05-20 04:10:00"}
    assert pull(connection).counts["opportunities"] == {"updated": 1}
    assert Opportunity.objects.get(external_id="3").amount_minor == 7000


def test_rows_of_a_transaction_that_ended_after_the_reading_are_not_missed(server: Odoo) -> None:
    """Its write_date is when it began: before our first reading, which could not see it yet."""
    connection = connected(server, resources=["opportunities"])
    pull(connection)
    server.rows["crm.lead"].append(odoo.lead(1, write_date="2026-05-20 03:50:00"))
    assert pull(connection).counts["opportunities"] == {"created": 1}


def test_thousands_of_rows_written_in_one_second_are_all_read(server: Odoo) -> None:
    server.rows["crm.lead"] += [odoo.lead(key) for key in range(1, 2_501)]
    run = pull(connected(server, resources=["opportunities"]))
    assert run.counts["opportunities"] == {"created": 2_500}


def test_meeting_counts_once_it_has_begun_without_being_changed(server: Odoo) -> None:
    server.rows["calendar.event"].append(odoo.event(1, 1, "2026-05-20 05:00:00", user_id=False))
    connection = connected(server, resources=["activities"])
    pull(connection)
    assert not Activity.objects.exists()
    with time_machine.travel(NOW + dt.timedelta(hours=2), tick=True):
        pull(connection)
    assert Activity.objects.get().external_id == "e1"


def test_posting_a_payment_changes_only_its_entry_and_is_seen(server: Odoo) -> None:
    server.rows["account.payment"].append(
        odoo.payment(1, 10.0, "2026-05-01", state="draft", partner_id=False)
    )
    connection = connected(server, resources=["payments"])
    pull(connection)
    server.rows["account.payment"][0] |= {"state": "posted", "move_id.write_date": "2026-05-20 04:30:00"}
    pull(connection)
    assert Payment.objects.get().amount_minor == 1000
    server.rows["account.payment"][0] |= {"state": "cancel", "move_id.write_date": "2026-05-20 04:40:00"}
    pull(connection)
    assert Payment.objects.get().deleted_at is not None


def test_row_deleted_in_odoo_is_deleted_here_the_next_day(server: Odoo) -> None:
    server.rows["crm.lead"] += [odoo.lead(1), odoo.lead(2)]
    connection = connected(server, resources=["opportunities"])
    pull(connection)
    del server.rows["crm.lead"][0]
    pull(connection)
    assert Opportunity.objects.filter(deleted_at=None).count() == 2
    ConnectionState.objects.update(checked_at=NOW - dt.timedelta(days=2))
    assert pull(connection).counts["opportunities"]["deleted"] == 1


def test_archived_customer_keeps_its_deals_and_reading_anew_changes_nothing(server: Odoo) -> None:
    server.rows["res.partner"][2]["active"] = False
    server.rows["crm.lead"].append(odoo.lead(1, partner_id=[20, "Azure Interior"]))
    connection = connected(server)
    pull(connection)
    deal = Opportunity.objects.get()
    assert deal.account is not None
    assert deal.account.deleted_at is not None
    before = list(Account.objects.values()) + list(Assignment.objects.values())
    for resource in ("people", "accounts"):
        connection_reset(connection=connection, resource=resource, actor=None)
    counts = pull(connection).counts
    assert set(counts["accounts"]) == set(counts["people"]) == {"unchanged"}
    assert list(Account.objects.values()) + list(Assignment.objects.values()) == before


def test_team_that_is_a_unit_here_brings_its_people_there(server: Odoo, cast: Cast) -> None:
    # Whoever made the units: the top one and any other are found.
    Unit.objects.filter(is_placeholder=False).update(source="hr")
    connection = connected(server, teams={"1": f"pk:{cast.borealis.pk}"}, resources=["units", "people"])
    pull(connection)
    wang = Person.objects.get(email="wang@shop.example")
    assert {stay.unit for stay in wang.assignments.all()} == {cast.borealis}
    assert Person.objects.get(name="Sync").assignments.get().unit == cast.root


def test_deals_closed_before_the_start_are_left_out(server: Odoo) -> None:
    server.rows["crm.lead"] += [
        odoo.won(1, 5.0, "2025-12-31 15:59:59"),
        odoo.won(2, 6.0, "2025-12-31 16:00:00"),
        odoo.lead(3, create_date="2024-01-01 00:00:00"),
    ]
    pull(connected(server, since="2026-01-01", resources=["opportunities"]))
    assert set(Opportunity.objects.values_list("external_id", flat=True)) == {"2", "3"}


def test_totals_are_of_exactly_the_rows_that_are_read(server: Odoo) -> None:
    server.rows["crm.lead"] += [
        odoo.won(1, 100.0, "2026-04-30 15:59:59"),
        odoo.won(2, 50.5, "2026-04-30 16:00:00"),
        odoo.won(3, 9.0, "2026-05-02 00:00:00", active=False),
        odoo.lead(4, type="lead", create_date="2026-05-02 00:00:00"),
    ]
    server.rows["account.payment"] += [
        odoo.payment(1, 10.0, "2026-05-01"),
        odoo.payment(2, 4.0, "2026-05-01", payment_type="outbound"),
        odoo.payment(3, 7.0, "2026-05-01", currency_id=odoo.CNY),
    ]
    server.rows["mail.message"].append(odoo.message(1, 1, "2026-05-01 00:00:00"))
    source = connector_of(connected(server))
    may = [dt.date(2026, 5, 1)]

    def told(resource: str) -> list[tuple[int, str, str]]:
        totals = source.totals(resource, may)
        assert totals is not None
        return [(total.count, str(total.amount), total.currency) for total in totals]

    assert told("opportunities") == [(1, "50.50", "EUR")]
    assert told("payments") == [(2, "6.00", "EUR"), (1, "7.00", "CNY")]
    assert (told("leads"), told("activities")) == ([(1, "None", "")], [(1, "None", "")])
    assert source.totals("accounts", may) is None


def test_test_of_a_connection_says_who_and_which_version(server: Odoo) -> None:
    assert connector_of(connected(server)).check() == "Sync (sync@shop.example), Odoo 17.0"


@pytest.mark.parametrize(
    ("case", "changes", "key", "kind"),
    [
        ("wrong key", {}, "wrong", Problem.CREDENTIALS),
        ("wrong database", {"database": "other"}, API_KEY, Problem.SETTINGS),
        ("another path", {"url": "{url}/odoo"}, API_KEY, Problem.ADDRESS),
        ("private address", {"url": "https://10.0.0.1"}, API_KEY, Problem.ADDRESS),
        ("nobody there", {"url": "http://127.0.0.1:9"}, API_KEY, Problem.CONNECTION),
    ],
)
def test_what_is_wrong_is_named(
    server: Odoo, case: str, changes: dict[str, str], key: str, kind: Problem
) -> None:
    told = settings_of(server) | {name: text.format(url=server.url) for name, text in changes.items()}
    source = connector_make(
        "odoo", told, {"api_key": key}, source="odoo", rate_per_minute=600, sleep=lambda _seconds: None
    )
    with pytest.raises(ConnectorError) as refused:
        source.check()
    assert refused.value.kind == kind, case
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("odoo.exceptions.AccessError", Problem.PERMISSION),
        ("odoo.http.SessionExpiredException", Problem.CREDENTIALS),
        ("odoo.exceptions.AccessDenied", Problem.CREDENTIALS),
        ("builtins.ValueError", Problem.ANSWER),
    ],
)
def test_error_of_odoo_ends_the_run_with_its_words_but_never_the_key(
    server: Odoo, name: str, kind: Problem
) -> None:
    server.faults["crm.lead"] = odoo.fault(name, f"Sorry, you with {API_KEY} are not allowed")
    run = pull(connected(server, resources=["opportunities"]))
    assert (run.state, run.problem) == ("failed", kind)
    assert API_KEY not in f"{run.error} {run.error_params}"
    if kind == Problem.PERMISSION:
        assert run.error_params["message"] == "Sorry, you with ••• are not allowed"


def test_busy_server_is_given_the_time_it_asks_for(server: Odoo) -> None:
    slept: list[float] = []
    server.moods = [(429, {"Retry-After": "7"}), (503, {})]
    source = connector_make(
        "odoo",
        settings_of(server),
        {"api_key": API_KEY},
        source="odoo",
        rate_per_minute=600,
        sleep=slept.append,
    )
    assert source.check().startswith("Sync")
    assert slept == [7.0, 4.0]


def test_server_that_wants_a_long_rest_ends_the_run_and_gets_it(server: Odoo) -> None:
    server.moods = [(503, {"Retry-After": "5400"})]
    connection = connected(server)
    run = pull(connection)
    connection.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "limit")
    assert connection.next_run_at - run.finished_at >= dt.timedelta(seconds=5400)
    assert pull(connection).state == "done"


def test_calls_keep_to_the_rate(server: Odoo) -> None:
    slept: list[float] = []
    source = connector_make(
        "odoo",
        settings_of(server),
        {"api_key": API_KEY},
        source="odoo",
        rate_per_minute=6,
        sleep=slept.append,
    )
    source.check()
    # One at once, then one each ten seconds (the clock of the bucket is real: a sleep that is none owes it).
    assert len(slept) >= 10
    assert all(wait > 9 for wait in slept[:1])


def test_setup_proposes_a_stage_for_each_stage_and_a_kind_for_each_activity(server: Odoo) -> None:
    choices = odoo_choices(connector_of(connected(server)))
    assert [(c.name, c.proposed) for c in choices.stages] == [
        ("New", "prospecting"), ("Qualified", "qualified"), ("Proposition", "negotiation"), ("Won", "won"),
    ]  # fmt: skip
    assert [(c.name, c.proposed) for c in choices.activity_kinds] == [("Email", ""), ("Call", "call")]
    assert [choice.name for choice in choices.teams] == ["Web", "Direct"]


def test_key_is_nowhere_in_clear(server: Odoo) -> None:
    connection = connected(server)
    source = connector_of(connection)
    texts = [repr(connection), repr(vars(connection)), repr(source), repr(source.rpc)]  # type: ignore[attr-defined]
    texts += [repr(run) for run in ConnectionRun.objects.values()]
    assert all(API_KEY not in text for text in texts)
