"""Accounts and leads that are one: what moves, what stays, who may, what comes later under the old key."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from common.errors import Conflict, Invalid, NotAllowed, NotFound
from crm.calc.merging import MERGE_FIELDS
from crm.models import Account, ChangedDay, FollowUp, Lead, Opportunity, RecordMerge
from crm.selectors import account_timeline, record_get, record_shape
from crm.selectors.merging import HANGING, MODELS, columns_of
from crm.services import Asked, merge_undo, record_delete, record_patch, records_merge, records_upsert
from crm.tests.factories import (
    SOURCE,
    make_account,
    make_activity,
    make_lead,
    make_opportunity,
    make_payment,
    send,
)
from org.models import AuditEntry
from org.scope import Scope, scope_for
from org.selectors import company_today

pytestmark = pytest.mark.django_db
JAN, FEB, MAR = (dt.date(2026, month, 5) for month in (1, 2, 3))


def scope(user):
    return scope_for(user, on=company_today())


def merge(user, into, *others, resource="accounts", seen_at=None, **chosen):
    told = {name: row.pk for name, row in chosen.items()}
    asked = Asked(into.pk, tuple(row.pk for row in others), told, seen_at)
    return records_merge(resource=resource, asked=asked, actor=user, scope=scope(user))


def undo(user, made):
    return merge_undo(pk=made.pk, actor=user, scope=scope(user))


def sent(resource, *records, source=SOURCE, **more):
    return records_upsert(resource=resource, source=source, records=list(records), **more)


def outbox():
    pairs = set(ChangedDay.objects.values_list("person__name", "day"))
    ChangedDay.objects.all().delete()
    return pairs


def facts():
    """Everything that counts: by kind the (key, owner, account's name, plan amount) of what isn't deleted."""
    deals = Opportunity.objects.filter(deleted_at=None).order_by("pk")
    return list(deals.values_list("external_id", "owner__name", "account__name", "is_first_won"))


@pytest.fixture
def alice(cast):
    return cast.alice.person


@pytest.fixture
def twins(alice):
    """An account and its double, each with something of everything."""
    rows = []
    for name, day in (("Acme", FEB), ("ACME Ltd", JAN)):
        account = make_account(name, owner=alice)
        deal = make_opportunity(alice, account=account, won_on=day, name=f"Deal of {name}")
        make_activity(alice, account=account, note=f"Visit at {name}")
        make_payment(alice, account=account, opportunity=deal)
        make_lead(alice, account=account)
        make_account(f"Branch of {name}", owner=alice, parent=account)
        FollowUp.objects.create(account=account, person=alice, need=f"Need of {name}")
        rows.append(account)
    ChangedDay.objects.all().delete()
    return rows


def test_every_relation_to_a_record_is_moved():
    for resource, model in MODELS.items():
        named = {(table, column) for table, column in HANGING[resource].values()}
        related = {(relation.related_model, relation.field.name) for relation in model._meta.related_objects}
        # Former owners' days stay with the record that they are about.
        assert {each for each in related if each[0].__name__ != "Tenure"} == named, resource


def test_every_column_is_chosen_or_stays_on_purpose():
    stays = {
        "accounts": {"name_key", "phone_key", "domain_key", "owner_since"},
        "leads": {
            *("name_key", "phone_key", "domain_key", "owner_id", "product_line_id", "region_id"),
            *("customer_type_id", "status", "created_on", "qualified_on", "closed_on", "owner_since"),
        },
    }
    for resource, model in MODELS.items():
        chosen = {column for field in MERGE_FIELDS[resource] for column in field.columns}
        assert columns_of(resource, model()).keys() - chosen <= stays[resource]


def test_what_hangs_on_the_loser_hangs_on_the_survivor(cast, twins):
    acme, double = twins
    made = merge(cast.alice, acme, double)
    for name, (model, column) in HANGING["accounts"].items():
        if name != "merged":
            assert model.objects.filter(**{column: acme}).count() == 2, name
            assert not model.objects.filter(**{column: double}).exists(), name
            assert len(made.moved[name][str(double.pk)]) == 1, name
    double.refresh_from_db()
    assert double.deleted_at is not None
    assert double.merged_into == acme


def test_notes_and_moments_of_the_loser_stand_in_the_survivors_timeline(cast, twins):
    acme, double = twins
    merge(cast.alice, acme, double)
    moments, _more = account_timeline(acme, scope=scope(cast.alice))
    told = {str(getattr(moment.row, "note", "") or getattr(moment.row, "need", "")) for moment in moments}
    assert {"Visit at Acme", "Visit at ACME Ltd", "Need of Acme", "Need of ACME Ltd"} <= told


def test_of_two_first_won_deals_the_earlier_stays_and_both_days_are_recounted(cast, twins):
    acme, double = twins
    merge(cast.alice, acme, double)
    first = Opportunity.objects.filter(account=acme, is_first_won=True)
    assert list(first.values_list("name", flat=True)) == ["Deal of ACME Ltd"]
    assert outbox() == {("Alice Borealis", JAN), ("Alice Borealis", FEB)}


def test_undoing_makes_everything_as_it_was_and_recounts_the_same_days(cast, twins):
    acme, double = twins
    before = facts()
    shapes = [record_shape(row) for row in Account.objects.order_by("pk")]
    made = merge(cast.alice, acme, double, name=double)
    outbox()
    undo(cast.alice, made)
    assert facts() == before
    assert outbox() == {("Alice Borealis", JAN), ("Alice Borealis", FEB)}
    again = [record_shape(row) for row in Account.objects.order_by("pk")]
    assert [shape | {"updated_at": ""} for shape in again] == [s | {"updated_at": ""} for s in shapes]
    for name, (model, column) in HANGING["accounts"].items():
        if name != "merged":
            assert model.objects.filter(**{column: double}).count() == 1, name
    with pytest.raises(Conflict, match="undone already"):
        undo(cast.alice, made)


def test_the_survivor_takes_what_it_lacks_and_what_is_chosen(cast, alice):
    acme = make_account("Acme", owner=alice, industry="retail", country="China")
    double = make_account(
        "ACME Widgets",
        owner=alice,
        industry="tools",
        phone="021-6552 9988",
        annual_revenue="5",
        currency="USD",
    )
    merge(cast.alice, acme, double, name=double)
    acme.refresh_from_db()
    assert (acme.name, acme.industry, acme.country, acme.phone) == (
        "ACME Widgets",
        "retail",
        "China",
        "021-6552 9988",
    )
    assert (acme.annual_revenue_minor, acme.currency) == (500, "USD")
    assert (acme.name_key, acme.phone_key) == ("acmewidgets", "2165529988")


def test_what_the_key_of_the_loser_repeats_changes_nothing_and_never_brings_it_back(cast, alice):
    acme = make_account("Acme", owner=alice, external_id="A")
    double = make_account("ACME Ltd", owner=alice, external_id="B", industry="tools")
    merge(cast.alice, acme, double)
    record = {"external_id": "B", "name": "ACME Ltd", "industry": "tools", "owner": alice.employee_number}
    [result] = sent("accounts", record)
    assert (result.status, result.id, result.errors) == ("unchanged", acme.pk, [])
    acme.refresh_from_db()
    double.refresh_from_db()
    assert acme.name == "Acme"
    assert double.deleted_at is not None
    assert Account.objects.filter(deleted_at=None).count() == 1


def test_what_the_key_of_the_loser_says_anew_goes_to_the_survivor(cast, alice):
    acme = make_account("Acme", owner=alice, external_id="A", country="China")
    double = make_account("ACME Ltd", owner=alice, external_id="B")
    merge(cast.alice, acme, double)
    record = {"external_id": "B", "name": "Acme China", "industry": "tools", "owner": alice.employee_number}
    assert [r.status for r in sent("accounts", record)] == ["updated"]
    assert [r.status for r in sent("accounts", record)] == ["unchanged"]
    acme.refresh_from_db()
    assert (acme.name, acme.industry, acme.country, acme.name_key) == (
        "Acme China",
        "tools",
        "China",
        "acmechina",
    )
    assert acme.external_id == "A"


def test_a_batch_with_survivor_and_losers_answers_each_with_the_survivor(cast, alice):
    acme = make_account("Acme", owner=alice, external_id="A")
    doubles = [make_account("ACME", owner=alice, external_id=key) for key in ("B", "C")]
    merge(cast.alice, acme, *doubles)
    number = {"owner": alice.employee_number}
    results = sent(
        "accounts",
        {"external_id": "B", "name": "ACME", "industry": "tools", **number},
        {"external_id": "D", "name": "New", **number},
        {"external_id": "C", "name": "ACME", "country": "China", **number},
        {"external_id": "A", "name": "Acme", **number},
    )
    assert [(r.external_id, r.status) for r in results] == [
        ("B", "updated"),
        ("D", "created"),
        ("C", "updated"),
        ("A", "updated"),
    ]
    assert {results[0].id, results[2].id, results[3].id} == {acme.pk}
    acme.refresh_from_db()
    assert (acme.industry, acme.country) == ("tools", "China")


def test_references_to_the_loser_lead_to_the_survivor_of_whatever_source(cast, alice):
    acme = send("accounts", name="Acme", owner=alice)
    [made] = sent(
        "accounts", {"external_id": "B", "name": "ACME", "owner": alice.employee_number}, source="crm"
    )
    double = Account.objects.get(pk=made.id)
    merge(cast.alice, acme, double)
    deal = {"external_id": "1", "stage": "engaging", "account": "B", "owner": alice.employee_number}
    assert [r.errors for r in sent("opportunities", deal, source="crm")] == [[]]
    assert Opportunity.objects.get(external_id="1").account == acme
    assert [r.status for r in sent("opportunities", deal, source="crm")] == ["unchanged"]
    branch = {"external_id": "X", "name": "Branch", "parent": "B"}
    sent("accounts", branch, source="crm")
    assert Account.objects.get(external_id="X").parent == acme


def test_a_partial_change_under_the_losers_key_changes_the_survivor(cast, alice):
    acme = make_account("Acme", owner=alice, external_id="A", country="China")
    merge(cast.alice, acme, make_account("ACME", owner=alice, external_id="B"))
    everyone = Scope.everyone(reason="test", on=JAN)
    result = record_patch(
        resource="accounts", source=SOURCE, external_id="B", changes={"industry": "tools"}, scope=everyone
    )
    assert (result.status, result.id) == ("updated", acme.pk)
    assert Account.objects.get(pk=acme.pk).industry == "tools"


def test_deleting_the_loser_leaves_the_survivor_and_its_deletion_ends_with_the_next_word(cast, alice):
    acme = make_account("Acme", owner=alice, external_id="A")
    merge(cast.alice, acme, make_account("ACME", owner=alice, external_id="B"))
    assert not record_delete(resource="accounts", source=SOURCE, external_id="B")
    assert Account.objects.get(pk=acme.pk).deleted_at is None
    record_delete(resource="accounts", source=SOURCE, external_id="A")
    [result] = sent("accounts", {"external_id": "B", "name": "ACME", "owner": alice.employee_number})
    assert (result.status, result.id) == ("updated", acme.pk)
    assert Account.objects.get(pk=acme.pk).deleted_at is None


def test_a_merged_record_is_read_only_when_asked_for_and_says_where_it_went(cast, alice):
    acme = make_account("Acme", owner=alice, external_id="A")
    merge(cast.alice, acme, make_account("ACME", owner=alice, external_id="B"))
    asked = {"source": SOURCE, "external_id": "B", "scope": scope(cast.alice)}
    assert record_get("accounts", **asked) is None
    shape = record_shape(record_get("accounts", include_deleted=True, **asked))
    assert shape["merged_into"] == {"source": SOURCE, "external_id": "A"}


def test_chains_lead_to_the_last_survivor(cast, alice):
    rows = [make_account(f"Acme {key}", owner=alice, external_id=key) for key in "ABC"]
    first = merge(cast.alice, rows[1], rows[2])
    second = merge(cast.alice, rows[0], rows[1])
    assert set(Account.objects.filter(merged_into=rows[0])) == {rows[1], rows[2]}
    deal = {"external_id": "1", "stage": "engaging", "account": "C"}
    sent("opportunities", deal)
    assert Opportunity.objects.get().account == rows[0]
    with pytest.raises(Conflict):
        undo(cast.alice, first)
    undo(cast.alice, second)
    assert Account.objects.get(pk=rows[2].pk).merged_into == rows[1]


def test_a_merged_lead_counts_once_and_its_days_are_recounted(cast, alice):
    lead = make_lead(alice, JAN, name="Li Wei")
    double = make_lead(alice, FEB, name="Li Wei", status="converted", closed_on=MAR, email="li@acme.cn")
    make_activity(alice, lead=double)
    outbox()
    made = merge(cast.alice, lead, double, resource="leads")
    lead.refresh_from_db()
    assert (lead.created_on, lead.status, lead.email, lead.domain_key) == (
        JAN,
        "new",
        "li@acme.cn",
        "acme.cn",
    )
    assert lead.activities.count() == 1
    assert outbox() == {("Alice Borealis", day) for day in (JAN, FEB, MAR)}
    undo(cast.alice, made)
    assert outbox() == {("Alice Borealis", day) for day in (JAN, FEB, MAR)}
    assert Lead.objects.filter(deleted_at=None).count() == 2
    assert double.activities.count() == 1


def test_an_account_below_its_double_goes_up_and_one_further_below_is_refused(cast, alice):
    top = make_account("Holding", owner=alice)
    acme = make_account("Acme", owner=alice, parent=top)
    double = make_account("ACME", owner=alice, parent=acme)
    merge(cast.alice, double, acme)
    double.refresh_from_db()
    assert double.parent == top
    middle = make_account("Middle", owner=alice, parent=double)
    below = make_account("Acme below", owner=alice, parent=middle)
    with pytest.raises(Invalid, match="Middle"):
        merge(cast.alice, below, double, parent=below)
    assert Account.objects.get(pk=double.pk).deleted_at is None
    merge(cast.alice, double, below)
    middle.refresh_from_db()
    double.refresh_from_db()
    assert (middle.parent, double.parent) == (double, top)


def test_guards(cast, alice):
    acme, double = (make_account(name, owner=alice) for name in ("Acme", "ACME"))
    theirs = make_account("Acme", owner=cast.dave.person)
    gone = make_account("Gone", owner=alice)
    record_delete(resource="accounts", source=gone.source, external_id=gone.external_id)
    cases = [
        ("itself", cast.alice, (acme, acme), Invalid),
        ("the same twice", cast.alice, (acme, double, double), Invalid),
        ("nothing", cast.alice, (acme,), Invalid),
        ("out of scope", cast.alice, (acme, theirs), NotFound),
        ("deleted", cast.alice, (acme, gone), NotFound),
        ("seen, but nobody's to work on", cast.carol, (acme, theirs), NotAllowed),
        ("seen by finance", cast.erin, (acme, double), NotAllowed),
    ]
    for case, user, rows, error in cases:
        with pytest.raises(error):
            merge(user, *rows)
        assert not RecordMerge.objects.exists(), case
    assert not AuditEntry.objects.filter(action="crm.account.merge").exists()
    with pytest.raises(Invalid):
        merge(cast.alice, acme, double, name=theirs)
    with pytest.raises(Conflict):
        merge(cast.alice, acme, double, seen_at=timezone.now() - dt.timedelta(hours=1))
    merge(cast.frank, acme, theirs)
    merge(cast.bob, acme, double)


def test_a_merge_and_its_undoing_are_in_the_audit_log(cast, twins):
    acme, double = twins
    made = merge(cast.alice, acme, double, name=double)
    entry = AuditEntry.objects.get(action="crm.account.merge")
    assert entry.before["name"] == "Acme"
    assert entry.after["name"] == "ACME Ltd"
    assert entry.after["moved"]["deals"] == 1
    assert len(entry.before["records"]) == 2
    undo(cast.alice, made)
    assert AuditEntry.objects.get(action="crm.account.unmerge").after == {"parted": ["ACME Ltd"]}


def test_what_has_changed_since_or_is_too_old_stays_merged(cast, twins):
    acme, double = twins
    made = merge(cast.alice, acme, double)
    send("accounts", acme.external_id, name="Renamed", owner=acme.owner)
    with pytest.raises(Conflict, match="Renamed"):
        undo(cast.alice, made)
    other, its_double = make_account("Other", owner=acme.owner), make_account("Other", owner=acme.owner)
    made = merge(cast.alice, other, its_double)
    with (
        time_machine.travel(timezone.now() + dt.timedelta(days=31), tick=False),
        pytest.raises(Conflict, match="30 days"),
    ):
        undo(cast.alice, made)
    with pytest.raises(NotFound):
        undo(cast.dave, made)


def test_undoing_takes_back_what_moved_and_leaves_what_came_since(cast, twins, alice):
    acme, double = twins
    made = merge(cast.alice, acme, double)
    moved = Opportunity.objects.get(name="Deal of ACME Ltd")
    send("opportunities", moved.external_id, name="Deal of ACME Ltd", stage="won", closed_on=JAN,
         account=acme, owner=alice, amount="777")  # fmt: skip
    make_opportunity(alice, name="Since", account=acme)
    undo(cast.alice, made)
    moved.refresh_from_db()
    assert (moved.account, moved.amount_minor, moved.is_first_won) == (double, 77_700, True)
    assert Opportunity.objects.get(name="Since").account == acme
