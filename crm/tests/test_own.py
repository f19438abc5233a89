"""What a salesperson has on the table: open deals, new leads, in order and in scope."""

from __future__ import annotations

import datetime as dt

import pytest

from crm.selectors import open_deals, waiting
from crm.services.deletion import record_delete
from crm.tests.factories import SOURCE, make_account, make_lead, make_opportunity
from org.scope import Scope, scope_for
from org.tests.factories import make_person

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 17)
EVERYONE = Scope.everyone(reason="test", on=TODAY)


def june(day: int) -> dt.date:
    return dt.date(2026, 6, day)


def deals(person, scope=EVERYONE) -> list[str]:
    return [deal.name for deal in open_deals(person, scope=scope)]


def leads(person, scope=EVERYONE, before=TODAY) -> list[str]:
    return [lead.name for lead in waiting(person, scope=scope, leads_before=before)[1]]


def delete(resource: str, row) -> None:
    record_delete(resource=resource, source=SOURCE, external_id=row.external_id)


def test_open_deals_come_soonest_first_then_largest_and_undated_ones_last():
    ann = make_person("Ann")
    make_opportunity(ann, "9000.00", name="Some day")
    make_opportunity(ann, "10.00", name="Small on the 20th", expected_close_on=june(20))
    make_opportunity(ann, "20.00", name="Large on the 20th", expected_close_on=june(20))
    make_opportunity(ann, "1.00", name="Overdue", expected_close_on=june(1))
    assert deals(ann) == ["Overdue", "Large on the 20th", "Small on the 20th", "Some day"]


def test_won_lost_and_deleted_deals_and_other_peoples_are_not_on_the_table():
    ann, ben = make_person("Ann"), make_person("Ben")
    make_opportunity(ann, name="Won", won_on=june(1))
    make_opportunity(ann, name="Lost", lost_on=june(1))
    make_opportunity(ben, name="Ben's")
    make_opportunity(None, name="Nobody's")
    delete("opportunities", make_opportunity(ann, name="Deleted"))
    make_opportunity(ann, name="Open")
    assert deals(ann) == ["Open"]


def test_a_deal_sent_again_after_its_deletion_is_back():
    ann = make_person("Ann")
    delete("opportunities", make_opportunity(ann, external_id="D1", name="Back"))
    assert deals(ann) == []
    make_opportunity(ann, external_id="D1", name="Back")
    assert deals(ann) == ["Back"]


def test_account_and_stage_come_with_the_deals_in_one_query(django_assert_num_queries):
    ann = make_person("Ann")
    for _n in range(3):
        make_opportunity(ann, account=make_account(owner=ann))
    with django_assert_num_queries(1):
        assert [(deal.account.name, deal.stage.code) for deal in open_deals(ann, scope=EVERYONE)] == [
            ("Acme", "engaging")
        ] * 3


def test_only_leads_that_nobody_has_touched_wait_the_oldest_first():
    ann = make_person("Ann")
    make_lead(ann, june(10), name="Second")
    make_lead(ann, june(3), name="First")
    make_lead(ann, june(1), name="Working", status="working")
    for status in ("converted", "disqualified"):
        make_lead(ann, june(1), name=status, status=status, closed_on=june(2))
    make_lead(make_person("Ben"), june(1), name="Ben's")
    delete("leads", make_lead(ann, june(1), name="Deleted"))
    assert leads(ann) == ["First", "Second"]


def test_a_lead_waits_from_the_day_after_the_patience_is_over():
    ann = make_person("Ann")
    make_lead(ann, june(15), name="Fifteenth")
    assert leads(ann, before=june(15)) == []
    assert leads(ann, before=june(16)) == ["Fifteenth"]


@pytest.mark.parametrize(
    ("case", "member", "is_seen"),
    [
        ("oneself", "alice", True),
        ("the manager", "bob", True),
        ("finance", "erin", True),
        ("another team's rep", "dave", False),
    ],
)
def test_deals_and_leads_are_seen_by_those_who_see_the_person(cast, case, member, is_seen):
    alice = cast.alice.person
    make_opportunity(alice, name="Deal")
    make_lead(alice, june(1), name="Lead")
    scope = scope_for(getattr(cast, member), on=TODAY)
    assert (deals(alice, scope), leads(alice, scope)) == ((["Deal"], ["Lead"]) if is_seen else ([], []))
