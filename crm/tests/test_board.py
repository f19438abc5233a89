"""Moving deals from stage to stage: in one click on their page, by dragging or by a button on the board."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import Conflict, Invalid, NotAllowed, NotFound
from crm.models import Activity, ChangedDay, Opportunity, Stage
from crm.selectors import deal_board
from crm.selectors.board import EACH
from crm.services import Visit, deal_stage_set, record_patch, visit_log
from crm.tests.factories import make_account, make_opportunity
from org.models import AuditEntry
from org.scope import Scope, scope_for
from org.selectors import company_today

pytestmark = pytest.mark.django_db


def asker(user):
    return {"actor": user, "scope": scope_for(user, on=company_today())}


@pytest.fixture
def alice(cast):
    return cast.alice


@pytest.fixture
def deal(cast):
    """A deal of alice with a part of it bob's, whose account is out of her sight."""
    account = make_account("Far", owner=cast.dave.person)
    opened = dt.date(2026, 1, 5)
    return make_opportunity(
        cast.alice.person, "100.00", name="Pumps", account=account, opened_on=opened,
        splits=[{"person": "E1", "share_bp": 6000}, {"person": "E2", "share_bp": 4000}],
    )  # fmt: skip


def open_stages():
    return [stage.code for stage in Stage.objects.filter(outcome="open")]


# --- the move ----------------------------------------------------------------------------------------------


def test_a_won_deal_closes_today_and_counts_for_everybody_credited(cast, alice, deal):
    ChangedDay.objects.all().delete()
    moved = deal_stage_set(pk=deal.pk, stage="won", **asker(alice))
    today = company_today()
    assert (moved.stage.code, moved.outcome, moved.closed_on, moved.is_first_won) == (
        "won",
        "won",
        today,
        True,
    )
    assert (moved.account, moved.amount_minor, moved.splits.count()) == (deal.account, 10_000, 2)
    touched = set(ChangedDay.objects.filter(day=today).values_list("person", flat=True))
    assert touched == {cast.alice.person.pk, cast.bob.person.pk}
    assert [change.to_stage.code for change in moved.stage_changes.all()] == ["engaging", "won"]
    entry = AuditEntry.objects.get(action="crm.opportunity.stage")
    assert (entry.actor, entry.before["stage"], entry.after["stage"]) == (alice, "engaging", "won")


def test_a_lost_deal_says_when_and_why_and_opens_again_without(alice, deal):
    day = company_today() - dt.timedelta(3)
    lost = deal_stage_set(pk=deal.pk, stage="lost", closed_on=day, loss_reason="Price", **asker(alice))
    assert (lost.closed_on, lost.loss_reason) == (day, "Price")
    again = deal_stage_set(pk=deal.pk, stage="engaging", **asker(alice))
    assert (again.outcome, again.closed_on, again.loss_reason) == ("open", None, "")


def test_a_move_to_where_it_is_changes_nothing(alice, deal):
    deal_stage_set(pk=deal.pk, stage="engaging", **asker(alice))
    assert deal.stage_changes.count() == 1
    assert not AuditEntry.objects.filter(action="crm.opportunity.stage").exists()


@pytest.mark.parametrize(
    ("case", "member", "fields", "error"),
    [
        ("another team's deal", "dave", {}, NotFound),
        ("finance reads only", "erin", {}, NotAllowed),
        ("no such stage", "alice", {"stage": "nonsense"}, Invalid),
        ("closed tomorrow", "alice", {"closed_on": dt.date(2999, 1, 1)}, Invalid),
        ("moved meanwhile", "alice", {"from_stage": "won"}, Conflict),
    ],
)
def test_a_refused_move_leaves_the_deal_where_it_is(cast, deal, case, member, fields, error):
    with pytest.raises(error):
        deal_stage_set(**{"pk": deal.pk, "stage": "lost", **fields, **asker(getattr(cast, member))})
    assert Opportunity.objects.get(pk=deal.pk).stage.code == "engaging"
    assert not AuditEntry.objects.filter(action="crm.opportunity.stage").exists()


def test_who_has_only_a_part_in_a_deal_may_not_move_it(cast, deal):
    splits = [{"person": "E1", "share_bp": 6000}, {"person": "E4", "share_bp": 4000}]
    shared = make_opportunity(cast.alice.person, splits=splits)
    with pytest.raises(NotAllowed):
        deal_stage_set(pk=shared.pk, stage="won", **asker(cast.dave))


def test_a_partial_change_by_api_keeps_what_our_pages_linked_across_sources(alice, deal):
    visit = Visit("3f1d6f0e-0000-4000-8000-000000000000", "visit", is_effective=True, about=f"deal-{deal.pk}")
    pk = visit_log(visit=visit, next_step="", next_step_on=None, **asker(alice))
    everyone = Scope.everyone(reason="test", on=company_today())
    result = record_patch(
        resource="activities", source="local", external_id=visit.key, changes={"note": "x"}, scope=everyone
    )
    activity = Activity.objects.get(pk=pk)
    assert (result.errors, activity.note, activity.opportunity, activity.account) == (
        [],
        "x",
        deal,
        deal.account,
    )


# --- pages -------------------------------------------------------------------------------------------------


def test_a_click_on_the_deals_page_moves_it(client, alice, deal):
    client.force_login(alice)
    page = client.get(reverse("crm:opportunity_detail", args=[deal.pk])).content.decode()
    assert 'name="stage" value="won"' in page
    told = {"stage": "won", "from_stage": "engaging"}
    answer = client.post(reverse("crm:deal_move", args=[deal.pk]), told, follow=True)
    assert "“Pumps” is in “Won” now." in answer.content.decode()
    stale = client.post(
        reverse("crm:deal_move", args=[deal.pk]), {"stage": "lost", "from_stage": "engaging"}, follow=True
    )
    assert "This deal is in “Won” by now" in stale.content.decode()


def test_who_only_reads_sees_no_buttons(client, cast, deal):
    client.force_login(cast.erin)
    page = client.get(reverse("crm:opportunity_detail", args=[deal.pk])).content.decode()
    assert 'name="stage"' not in page
    board = client.get(reverse("crm:board")).content.decode()
    assert "Pumps" in board
    assert 'draggable="true"' not in board


def test_the_board_moves_a_deal_and_stays_on_the_board(client, alice, deal):
    client.force_login(alice)
    page = client.get(reverse("crm:board")).content.decode()
    assert page.count('draggable="true"') == 1
    address = f"{reverse('crm:deal_move', args=[deal.pk])}?back=board"
    assert page.count(address) == 2
    answer = client.post(address, {"stage": "won"})
    assert answer.headers["Location"] == reverse("crm:board")


def test_the_board_of_a_person_is_theirs_alone_and_only_for_who_sees_them(client, cast, deal):
    make_opportunity(cast.bob.person, name="Bob's own")
    client.force_login(cast.bob)
    whole = client.get(reverse("crm:board")).content.decode()
    assert "Pumps" in whole
    assert "Bob&#x27;s own" in whole
    one = client.get(reverse("crm:board"), {"owner": cast.alice.person.pk}).content.decode()
    assert "Bob&#x27;s own" not in one
    assert client.get(reverse("crm:board"), {"owner": cast.dave.person.pk}).status_code == 404


def test_columns_hold_twenty_of_all_that_are_counted_the_soonest_first(cast, alice):
    for n in range(EACH + 2):
        make_opportunity(alice.person, "10.00", expected_close_on=dt.date(2026, 5, 31) - dt.timedelta(n))
    make_opportunity(alice.person, "10.00", name="Some day")
    make_opportunity(cast.dave.person, "10.00")
    today = company_today()
    make_opportunity(alice.person, "70.00", won_on=today)
    make_opportunity(alice.person, "70.00", won_on=today - dt.timedelta(30))
    columns = {c.stage.code: c for c in deal_board(scope=scope_for(alice, on=today))}
    engaging = columns["engaging"]
    assert (engaging.count, engaging.plan_minor, len(engaging.deals), engaging.more) == (23, 23_000, 20, 3)
    assert engaging.deals[0].expected_close_on == min(d.expected_close_on for d in engaging.deals)
    assert (columns["won"].count, columns["won"].plan_minor) == (1, 7_000)
    assert list(columns) == [stage.code for stage in Stage.objects.all()]


@pytest.mark.parametrize("member", ["alice", "carol"])
def test_a_board_of_thirty_takes_as_many_queries_as_one_of_three(client, cast, member):
    client.force_login(getattr(cast, member))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("crm:board")).status_code == 200
        return len(captured)

    def make(count):
        for n in range(count):
            owner = (cast.alice, cast.bob, cast.dave)[n % 3].person
            stage = open_stages()[n % 2]
            make_opportunity(owner, stage=stage, account=make_account(owner=owner))

    make(3)
    few = queries()
    make(27)
    assert queries() == few <= 12
