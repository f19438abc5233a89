"""What sellers write: a visit in three taps, notes on deals and accounts, next steps that come due."""

import datetime as dt
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from common.errors import Conflict, Invalid, NotAllowed, NotFound
from crm.models import Activity, ChangedDay, FollowUp
from crm.selectors import Visitable, waiting
from crm.services import Visit, Words, follow_up_add, follow_up_done, visit_log
from crm.services.deletion import record_delete
from crm.tests.factories import SOURCE, make_account, make_lead, make_opportunity
from org.models import AuditEntry, Role
from org.scope import scope_for
from org.selectors import company_today
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
STEP = {"next_step": "Call the buyer", "next_step_on": dt.date(2026, 3, 2)}


def asker(user):
    return {"actor": user, "scope": scope_for(user, on=company_today())}


@pytest.fixture
def alice(cast):
    return cast.alice


@pytest.fixture
def account(alice):
    return make_account("Acme", owner=alice.person, region="east")


def log(user, record=None, *, key="", next_step="", next_step_on=None, **fields):
    about = Visitable.of(record).key
    visit = Visit(key or str(uuid4()), "visit", is_effective=True, about=about, **fields)
    return visit_log(visit=visit, next_step=next_step, next_step_on=next_step_on, **asker(user))


# --- visits ------------------------------------------------------------------------------------------------


def test_a_visit_counts_for_whoever_held_it_on_the_companys_day(alice, account):
    ChangedDay.objects.all().delete()
    activity = Activity.objects.get(pk=log(alice, account, note="They want two."))
    assert (activity.source, activity.owner, activity.account) == ("local", alice.person, account)
    assert (activity.kind, activity.is_effective, activity.note) == ("visit", True, "They want two.")
    assert activity.region == account.region
    assert [(row.person, row.day) for row in ChangedDay.objects.all()] == [(alice.person, company_today())]
    assert AuditEntry.objects.filter(action="crm.activity.log", actor=alice).count() == 1


def test_a_visit_about_a_deal_of_any_source_carries_its_account(alice, account):
    deal = make_opportunity(alice.person, account=account)
    activity = Activity.objects.get(pk=log(alice, deal))
    assert (activity.opportunity, activity.account) == (deal, account)


def test_a_manager_may_log_an_own_visit_to_a_reps_account(cast, account):
    assert Activity.objects.get(pk=log(cast.bob, account)).owner == cast.bob.person


def test_a_form_sent_twice_logs_one_visit(alice, account):
    key = str(uuid4())
    assert log(alice, account, key=key, **STEP) == log(alice, account, key=key, **STEP)
    assert Activity.objects.count() == FollowUp.objects.count() == 1


@pytest.mark.parametrize(
    ("case", "member", "error"),
    [("out of scope", "dave", NotFound), ("nobody who sells", "erin", NotAllowed)],
)
def test_who_may_not_log_a_visit_leaves_no_trace(cast, account, case, member, error):
    with pytest.raises(error):
        log(getattr(cast, member), account)
    assert not Activity.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="crm.").exists()


def test_a_visit_with_half_a_next_step_is_refused_whole(alice, account):
    with pytest.raises(Invalid):
        log(alice, account, next_step="Call")
    assert not Activity.objects.exists()


def test_the_sheet_takes_three_taps(client, alice, account):
    client.force_login(alice)
    page = client.get(reverse("crm:account_detail", args=[account.pk])).content.decode()
    address = f"{reverse('crm:visit_new')}?about=account-{account.pk}"
    assert page.count(f'hx-get="{address}"') == 1
    sheet = client.get(address, headers={"HX-Request": "true"})
    form = sheet.context["form"]
    assert b"<html" not in sheet.content
    chosen = {"key": form["key"].value(), "about": form["about"].value(), "kind": form["kind"].value()}
    assert (chosen["about"], chosen["kind"]) == (f"account-{account.pk}", "visit")
    saved = client.post(
        reverse("crm:visit_new"), {**chosen, "is_effective": "yes"}, headers={"HX-Request": "true"}
    )
    assert saved.headers["HX-Refresh"] == "true"
    assert Activity.objects.get().account == account


def test_the_sheet_says_what_is_missing_and_keeps_what_was_written(client, alice, account):
    client.force_login(alice)
    told = {"key": str(uuid4()), "kind": "call", "is_effective": "no", "note": "Nobody there"}
    refused = client.post(reverse("crm:visit_new"), told, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "Choose whom you visited." in refused.content.decode()
    assert "Nobody there" in refused.content.decode()
    half = client.post(
        reverse("crm:visit_new"), {**told, "about": f"account-{account.pk}", "next_step": "Call"}
    )
    assert half.status_code == 422
    assert not Activity.objects.exists()


def test_what_the_address_names_stands_first_then_own_open_deals_then_accounts(client, cast, alice, account):
    for n in range(5):
        make_account(f"Shop {n}", owner=alice.person)
    make_opportunity(alice.person, name="Pumps", account=account)
    make_opportunity(alice.person, name="Won", won_on=dt.date(2026, 1, 5))
    make_opportunity(cast.dave.person, name="Not hers")
    client.force_login(alice)
    form = client.get(reverse("crm:visit_new"), {"about": f"account-{account.pk}"}).context["form"]
    names = [label for _key, label in form.fields["about"].choices]
    assert names == ["Acme", "Acme · Pumps", "Shop 4", "Shop 3", "Shop 2"]
    assert [label for _key, label in form.fields["other"].choices][1:] == ["Shop 1", "Shop 0"]


@pytest.mark.parametrize("about", ["account-999999", "deal-x", "nonsense", "account-9999999999999999"])
def test_a_visit_about_nothing_that_can_be_opened_is_not_found(client, alice, about):
    client.force_login(alice)
    assert client.get(reverse("crm:visit_new"), {"about": about}).status_code == 404
    told = {"key": str(uuid4()), "about": about, "kind": "call", "is_effective": "no"}
    assert client.post(reverse("crm:visit_new"), told).status_code == 404


# --- notes -------------------------------------------------------------------------------------------------


def test_a_note_says_need_sticking_point_and_next_step(client, alice, account):
    client.force_login(alice)
    deal = make_opportunity(alice.person, account=account, name="Pumps")
    told = {"need": "A quieter pump", "sticking_point": "Budget", **STEP}
    answer = client.post(reverse("crm:deal_follow_up", args=[deal.pk]), told, follow=True)
    page = answer.content.decode()
    for text in ("A quieter pump", "Budget", "Call the buyer"):
        assert text in page
    note = FollowUp.objects.get()
    assert (note.opportunity, note.account, note.person) == (deal, None, alice.person)
    assert AuditEntry.objects.filter(action="crm.follow_up.add").count() == 1


def test_a_managers_note_gives_the_owner_the_next_step(cast, account):
    note = follow_up_add(record=account, words=Words(**STEP), **asker(cast.bob))
    assert (note.person, note.written_by) == (cast.alice.person, cast.bob)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("nothing", {}),
        ("a step without a day", {"next_step": "Call"}),
        ("a day without a step", {"next_step_on": dt.date(2026, 3, 2)}),
    ],
)
def test_a_note_that_says_nothing_or_half_a_step_is_refused(alice, account, case, words):
    with pytest.raises(Invalid):
        follow_up_add(record=account, words=Words(**words), **asker(alice))
    assert not FollowUp.objects.exists()


def test_the_database_too_wants_one_record_and_whole_steps(alice, account):
    for fields in ({"need": "x"}, {"account": account, "next_step": "Call"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowUp.objects.create(person=alice.person, **fields)


def test_an_executive_works_on_the_records_of_the_own_people_only(cast, account):
    follow_up_add(record=account, words=Words(need="x"), **asker(cast.carol))
    other = make_account("Far", owner=cast.dave.person)
    with pytest.raises(NotAllowed):
        follow_up_add(record=other, words=Words(need="x"), **asker(cast.carol))
    plain = make_user("ceo@cast.example", make_person("Chief", make_unit("Board")), Role.EXECUTIVE)
    with pytest.raises(NotAllowed):
        follow_up_add(record=account, words=Words(need="x"), **asker(plain))
    assert FollowUp.objects.count() == 1


def test_a_step_is_taken_once(alice, account):
    note = follow_up_add(record=account, words=Words(**STEP), **asker(alice))
    follow_up_done(pk=note.pk, **asker(alice))
    taken_at = FollowUp.objects.get().done_at
    follow_up_done(pk=note.pk, **asker(alice))
    assert FollowUp.objects.get().done_at == taken_at is not None
    assert AuditEntry.objects.filter(action="crm.follow_up.done").count() == 1
    thought = follow_up_add(record=account, words=Words(need="x"), **asker(alice))
    with pytest.raises(Conflict):
        follow_up_done(pk=thought.pk, **asker(alice))


# --- what waits --------------------------------------------------------------------------------------------


def due(person, on):
    scope = scope_for(person.user, on=on)
    steps, _leads = waiting(person, scope=scope, leads_before=on)
    return [(step.step, step.name) for step in steps]


def test_a_step_waits_from_its_day_until_it_is_taken(alice, account):
    note = follow_up_add(record=account, words=Words(**STEP), **asker(alice))
    day = STEP["next_step_on"]
    assert due(alice.person, day - dt.timedelta(1)) == []
    assert due(alice.person, day) == due(alice.person, day + dt.timedelta(9)) == [("Call the buyer", "Acme")]
    follow_up_done(pk=note.pk, **asker(alice))
    assert due(alice.person, day) == []


def test_steps_of_deleted_records_and_of_records_out_of_sight_wait_for_nobody(cast, alice, account):
    deal = make_opportunity(alice.person, external_id="D1", name="Pumps")
    for record in (deal, account):
        follow_up_add(record=record, words=Words(**STEP), **asker(alice))
    day = STEP["next_step_on"]
    assert [name for _step, name in due(alice.person, day)] == ["Pumps", "Acme"]
    record_delete(resource="accounts", source=SOURCE, external_id=account.external_id)
    make_opportunity(cast.dave.person, external_id="D1", name="Pumps")
    assert due(alice.person, day) == []


def test_steps_and_leads_come_apart_in_one_query(alice, account, django_assert_num_queries):
    follow_up_add(record=account, words=Words(**STEP), **asker(alice))
    make_lead(alice.person, dt.date(2026, 1, 1), name="Somebody")
    day = STEP["next_step_on"]
    scope = scope_for(alice, on=day)
    with django_assert_num_queries(1):
        steps, leads = waiting(alice.person, scope=scope, leads_before=day)
    assert ([step.account_id for step in steps], [lead.name for lead in leads]) == (
        [account.pk],
        ["Somebody"],
    )
