"""A figure opened: the same number as on the progress page, the rows that add up to it, as files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook

from common.errors import NotFound
from crm.models import Segment
from crm.tests.factories import make_account, make_opportunity
from dashboards import figure_files
from dashboards.figures import Figure, Subject, figure_page
from dashboards.selectors import Choice
from metrics.selectors import metric_get
from metrics.services import refresh_changed_days
from org.calc.credit import FOREVER, Stay
from org.models import Role
from org.scope import Scope, scope_for
from org.services import assignments_set
from org.tests.factories import make_person, make_unit, make_user
from tracking.services import snapshots_drain, snapshots_ensure
from tracking.tests.conftest import TODAY
from tracking.tests.factories import make_plan, make_target

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]
EVERYONE = Scope.everyone(reason="test", on=TODAY)
JUNE_2, JUNE_3 = dt.date(2026, 6, 2), dt.date(2026, 6, 3)
HTMX = {"HX-Request": "true"}


def settle() -> None:
    while refresh_changed_days().taken:
        pass
    snapshots_ensure(TODAY)
    snapshots_drain()


def opened(unit, person=None, *, metric="sales", part="numerator", scope=EVERYONE, segments=None, **more):
    choice = Choice(metric_get(metric), "month", TODAY, is_today=True)
    return figure_page(Figure(scope, Subject(unit, person, segments or {}), choice, part), **more)


def address(unit, person=None, *, path="", **more) -> str:
    query = {"unit": unit.pk, "metric": "sales", "period": "month"} | more
    if person is not None:
        query["person"] = person.pk
    return f"/figures/{path}?" + "&".join(f"{name}={value}" for name, value in query.items())


@pytest.fixture
def boss(client):
    client.force_login(make_user("boss@example.com", None, Role.EXECUTIVE))
    return client


def test_the_rows_add_up_to_the_figure_of_the_progress_page(team, ann, ben):
    make_target(make_plan(), team, 1_200_000)
    for person, amount in ((ann, "10.01"), (ann, "-3.00"), (ben, "0.99")):
        make_opportunity(person, amount, won_on=JUNE_2)
    settle()
    page = opened(team)
    assert (page.value, page.row.actual) == (8_00, 8_00)
    assert sum(row.credited for row in page.facts.page.rows) == 8_00
    assert (page.facts.check.sum.count, page.facts.check.agrees) == (3, True)
    assert (page.plan.name, page.last_day) == ("Plan 2026", TODAY)


def test_a_sale_and_its_return_on_one_day_are_both_on_the_list(team, ann):
    make_opportunity(ann, "60.00", won_on=JUNE_2, name="Sold")
    make_opportunity(ann, "-60.00", won_on=JUNE_2, name="Sent back")
    settle()
    page = opened(team, ann)
    assert [row.title for row in page.facts.page.rows] == ["Sold", "Sent back"]
    assert (page.value, page.facts.check.agrees) == (0, True)


def test_credit_shared_with_another_unit_counts_its_part_only(boss, team, ann):
    other = make_unit("Other")
    stays = [
        Stay(team.pk, dt.date(2026, 1, 1), FOREVER, 3_333),
        Stay(other.pk, dt.date(2026, 1, 1), FOREVER, 6_667),
    ]
    assignments_set(person=ann, stays=stays, actor=None)
    for amount in ("0.05", "33.33", "0.05"):
        make_opportunity(ann, amount, won_on=JUNE_2)
    settle()
    checks = [opened(unit, ann).facts.check for unit in (team, other)]
    assert [check.agrees for check in checks] == [True, True]
    assert sum(check.figure for check in checks) == 33_43
    assert "part of ¥33.33" in boss.get(address(team)).content.decode()


def test_both_sides_of_a_ratio_have_their_own_rows(team, ann):
    make_opportunity(ann, "10.00", won_on=JUNE_2)
    for _n in range(3):
        make_opportunity(ann, "10.00", lost_on=JUNE_2)
    settle()
    above, below = (opened(team, metric="win_rate", part=part).facts for part in ("numerator", "denominator"))
    assert (above.metric.code, above.check.sum.count) == ("deals_won", 1)
    assert (below.metric.code, below.check.sum.count) == ("deals_closed", 4)
    assert above.check.agrees
    assert below.check.agrees


def test_a_figure_still_being_counted_says_how_far_apart_it_is(boss, team, ann):
    make_opportunity(ann, "10.00", won_on=JUNE_2)
    settle()
    make_opportunity(ann, "5.00", won_on=JUNE_3)
    check = opened(team).facts.check
    assert (check.agrees, check.difference) == (False, -5_00)
    assert "−¥5.00 apart" in boss.get(address(team)).content.decode()


def test_a_figure_of_a_segment_holds_the_segments_rows_only(team, ann):
    make_opportunity(ann, "10.00", won_on=JUNE_2, product_line="premium")
    make_opportunity(ann, "20.00", won_on=JUNE_2, product_line="entry")
    settle()
    premium = Segment.objects.get(kind="product_line", code="premium")
    page = opened(team, segments={"product_line": premium.pk})
    assert (page.value, page.facts.check.sum.count, page.facts.check.agrees) == (10_00, 1, True)


def test_pages_of_rows_hold_every_row_once(team, ann):
    for number in range(120):
        make_opportunity(ann, "1.00", won_on=JUNE_2, name=f"Deal {number}")
    settle()
    seen, offset, sizes = set(), 0, []
    while offset is not None:
        facts = opened(team, offset=offset).facts
        seen |= {row.fact_id for row in facts.page.rows}
        sizes.append((facts.first, facts.last, facts.newer))
        offset = facts.page.next
    assert sizes == [(1, 50, None), (51, 100, 0), (101, 120, 50)]
    assert len(seen) == 120


@pytest.mark.parametrize("many", [3, 30])
def test_a_figure_takes_as_many_queries_for_thirty_rows_as_for_three(
    boss, team, django_assert_max_num_queries, many
):
    make_target(make_plan(), team, 1_200_000)
    for _n in range(many):
        person = make_person(unit=team)
        make_opportunity(person, "1.00", won_on=JUNE_2, account=make_account(owner=person))
    settle()
    boss.get(address(team))
    with django_assert_max_num_queries(23):
        text = boss.get(address(team), headers=HTMX).content.decode()
    assert text.count("/crm/accounts/") == many


def test_htmx_gets_the_panel_or_only_the_rows_and_everybody_else_the_page(boss, team, ann):
    make_opportunity(ann, "10.00", won_on=JUNE_2)
    settle()
    page, panel = boss.get(address(team)), boss.get(address(team), headers=HTMX)
    rows = boss.get(address(team), headers=HTMX | {"HX-Target": "panel-facts"})
    assert b"<html" in page.content
    assert 'id="page-facts"' in page.content.decode()
    assert b"<html" not in panel.content
    assert "Open as a page" in panel.content.decode()
    assert rows.content.decode().strip().startswith("<section")
    assert "HX-Request" in panel.headers["Vary"]


def test_a_row_leads_to_its_deal_and_account_only_where_they_may_be_opened(client, team, ann):
    account = make_account(owner=ann)
    deal = make_opportunity(ann, "10.00", won_on=JUNE_2, account=account)
    other = make_person("Cid", make_unit("Other"))
    hidden = make_account(owner=other)
    shared = [
        {"person": ann.employee_number, "share_bp": 5_000},
        {"person": other.employee_number, "share_bp": 5_000},
    ]
    mine_too = make_opportunity(other, "10.00", won_on=JUNE_2, account=hidden, splits=shared)
    settle()
    client.force_login(make_user("ann@example.com", ann))
    text = client.get(address(team, ann)).content.decode()
    for linked in (deal, mine_too):
        assert f'href="/crm/opportunities/{linked.pk}/"' in text
    assert f'href="/crm/accounts/{account.pk}/"' in text
    assert f'href="/crm/accounts/{hidden.pk}/"' not in text


@pytest.mark.parametrize("path", ["", "rows.csv", "rows.xlsx"])
def test_a_rep_opens_the_own_figure_and_nobody_elses(client, team, ann, ben, path):
    for person in (ann, ben):
        make_opportunity(person, "10.00", won_on=JUNE_2, name=f"Deal of {person.name}")
    settle()
    client.force_login(make_user("ann@example.com", ann))
    assert client.get(address(team, ann, path=path)).status_code == 200
    for wrong in (
        address(team, ben, path=path),
        address(team, path=path),
        address(make_unit("X"), ben, path=path),
    ):
        assert client.get(wrong).status_code == 404


def test_a_manager_opens_the_own_subtree_and_finance_everything(client, east, team, ann):
    boss = make_person("Bob", manages=team)
    settle()
    for user, wanted in (
        (make_user("bob@example.com", boss), {team: 200, east: 404}),
        (make_user("erin@example.com", None, Role.FINANCE), {team: 200, east: 200}),
    ):
        client.force_login(user)
        assert {unit: client.get(address(unit)).status_code for unit in wanted} == wanted


def test_a_figure_out_of_scope_is_not_found(team, ann):
    rep = make_user("ann@example.com", ann)
    with pytest.raises(NotFound):
        opened(team, scope=scope_for(rep, on=TODAY))


def test_the_csv_holds_every_row_with_what_the_figure_is_above_them(boss, team, ann):
    make_target(make_plan(), team, 1_200_000)
    account = make_account("=HYPERLINK(1)", owner=ann)
    for number in range(60):
        make_opportunity(ann, "-1.05", won_on=JUNE_2, name=f"+Deal {number}", account=account)
    settle()
    answer = boss.get(address(team, path="rows.csv"))
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))
    at = rows.index([]) + 1
    notes, headers, facts = dict(rows[: at - 1]), rows[at], rows[at + 1 :]
    assert notes["Metric"] == "Sales"
    assert notes["As of"] == "2026-06-17"
    assert notes["Plan"] == "Plan 2026 v1"
    assert "won" in notes["Definition"]
    assert headers[-1] == "Credited (CNY)"
    assert len(facts) == 60
    assert sum(Decimal(row[-1]) for row in facts) == Decimal("-63.00")
    assert {row[4] for row in facts} == {"'=HYPERLINK(1)"}
    assert all(row[1].startswith("'+Deal") for row in facts)
    assert 'filename="Sales Team 2026-06.csv"' in answer.headers["Content-Disposition"]


def test_the_workbook_holds_numbers_and_dates(boss, team, ann):
    make_opportunity(ann, "10.01", won_on=JUNE_2)
    settle()
    answer = boss.get(address(team, path="rows.xlsx"))
    sheet = load_workbook(io.BytesIO(answer.getvalue())).active
    last = [cell.value for cell in sheet[sheet.max_row]]
    assert last[0] == dt.datetime(2026, 6, 2)  # noqa: DTZ001 (a day of a sheet)
    assert last[-1] == pytest.approx(10.01)
    assert sheet.title == "Sales"


def test_a_file_that_cannot_hold_all_rows_says_so(boss, team, ann, monkeypatch):
    monkeypatch.setattr(figure_files, "MOST_ROWS", 2)
    for day in (JUNE_2, JUNE_3, JUNE_3):
        make_opportunity(ann, "1.00", won_on=day)
    settle()
    text = boss.get(address(team, path="rows.csv")).getvalue().decode()
    assert "The newest 2 rows; there are more." in text
    assert text.count("2026-06-03,") == 2
    assert "2026-06-02," not in text


def test_a_file_is_named_by_metric_owner_and_period_in_any_language(boss):
    team = make_unit("华东/大区")
    answer = boss.get(address(team, path="rows.csv"))
    assert "Sales 华东-大区 2026-06.csv" in unquote(answer.headers["Content-Disposition"])
