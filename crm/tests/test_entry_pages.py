"""Entering and changing records in the browser: what is saved, refused and asked, for whom."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Account, Activity, ChangedDay, Lead, Opportunity, Payment, StageChange
from crm.services import record_patch
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
from org.scope import Scope
from org.tests.factories import make_person, make_unit, make_user

pytestmark = pytest.mark.django_db
JAN = dt.date(2026, 1, 5)
EVERYONE = Scope.everyone(reason="test", on=JAN)
NO_LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}


@pytest.fixture
def ann():
    return make_person("Ann", make_unit("East"))


@pytest.fixture
def rep(client, ann):
    client.force_login(make_user("ann@example.com", ann))
    return client


def opened(client: Client, route: str, *args: Any, query: str = "") -> dict[str, Any]:
    """What a browser would send back if nothing was typed: the form's own values."""
    answer = client.get(reverse(f"crm:{route}", args=args) + query)
    assert answer.status_code == 200
    return standing(answer.context["form"])


def standing(form: Any) -> dict[str, Any]:
    """What a browser would send of what stands in a form."""
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, tuple):
            sent[bound.name], sent[f"{bound.name}_text"] = value
        elif value is not None and value is not False:
            shown = "on" if value is True else getattr(bound.field.widget, "format_value", str)(value)
            sent[bound.name] = "" if shown is None else shown
    return sent | _lines_of(form)


def _lines_of(form: Any) -> dict[str, str]:
    lines = getattr(form, "lines", None)
    if lines is None:
        return {}
    sent = {"lines-TOTAL_FORMS": str(lines.total_form_count()), "lines-INITIAL_FORMS": "0"}
    for line in lines:
        for bound in line:
            value = bound.value()
            name = f"{line.prefix}-{bound.name}"
            sent[name] = value[0] if isinstance(value, tuple) else value or ""
    return sent


def save(client: Client, route: str, *args: Any, expect: int = 302, **fields: Any) -> Any:
    answer = client.post(reverse(f"crm:{route}", args=args), fields)
    told = answer.context["form"].errors if answer.status_code == 422 else ""
    assert answer.status_code == expect, told
    return answer


def new(client: Client, page: str, /, expect: int = 302, **fields: Any) -> Any:
    return save(client, f"{page}_new", expect=expect, **{"key": str(uuid4()), **fields})


DEAL = {"name": "Fridges", "stage": "engaging", "amount": "1,200.50", "currency": "CNY", **NO_LINES}


def test_an_account_is_entered_with_its_contact_and_is_ones_own(rep, ann):
    answer = new(rep, "account", name="Acme", contact_name="Bo", phone="13800138000", website="acme.com")
    account = Account.objects.get()
    assert answer.url == reverse("crm:account_detail", args=[account.pk])
    assert (account.source, account.owner, account.phone_key) == ("local", ann, "13800138000")
    entry = AuditEntry.objects.get(action="crm.record.enter")
    assert entry.after["name"] == "Acme"


def test_a_form_sent_twice_makes_one_record(rep):
    key = str(uuid4())
    for _time in (1, 2):
        new(rep, "account", name="Acme", key=key, anyway="1")
    assert Account.objects.count() == 1


def test_a_deal_is_entered_with_its_history_and_its_days_are_recounted(rep, ann):
    account = make_account("Acme", owner=ann)
    ChangedDay.objects.all().delete()
    new(rep, "opportunity", **DEAL, account=f"account-{account.pk}", opened_on="2026-01-05")
    deal = Opportunity.objects.get()
    assert (deal.amount_minor, deal.account, deal.stage.code) == (120050, account, "engaging")
    assert StageChange.objects.filter(opportunity=deal).count() == 1
    assert set(ChangedDay.objects.values_list("person", "day")) == {(ann.pk, JAN)}


def test_an_account_is_found_by_its_very_name_without_a_choice(rep, ann):
    account = make_account("Acme", owner=ann)
    new(rep, "opportunity", **DEAL, account_text="acme")
    assert Opportunity.objects.get().account == account


@pytest.mark.parametrize("sent", [{"account_text": "Acme"}, {"account": "account-{pk}"}])
def test_an_account_out_of_scope_can_not_be_named(rep, sent):
    hidden = make_account("Acme", owner=make_person("Dave", make_unit("West")))
    sent = {name: value.format(pk=hidden.pk) for name, value in sent.items()}
    answer = new(rep, "opportunity", expect=422, **DEAL, **sent)
    assert list(answer.context["form"].errors) == ["account"]
    assert not Opportunity.objects.exists()


def test_a_deal_brings_its_new_account_along(rep, ann):
    new(rep, "opportunity", **DEAL, new_name="Acme", new_phone="13800138000")
    deal = Opportunity.objects.get()
    assert (deal.account.name, deal.account.phone, deal.account.owner) == ("Acme", "13800138000", ann)


def test_a_refused_deal_leaves_no_account_behind(rep):
    answer = new(rep, "opportunity", expect=422, **{**DEAL, "amount": "1.234"}, new_name="Acme")
    assert "amount" in answer.context["form"].errors
    assert not Account.objects.exists()
    assert not AuditEntry.objects.filter(action="crm.record.enter").exists()


def test_lines_make_up_the_amount(rep):
    fridge = send("products", name="Fridge", product_line="cooling")
    lines = {
        "lines-TOTAL_FORMS": "3",
        "lines-INITIAL_FORMS": "0",
        "lines-0-product": f"product-{fridge.pk}",
        "lines-0-quantity": "2",
        "lines-0-amount": "100",
        "lines-1-quantity": "1",
        "lines-1-amount": "50.5",
        "lines-2-quantity": "1",
    }
    new(rep, "opportunity", **{**DEAL, **lines, "amount": ""})
    deal = Opportunity.objects.get()
    assert deal.amount_minor == 15050
    assert [(line.product, line.quantity, line.amount_minor) for line in deal.lines.all()] == [
        (fridge, 2, 10000),
        (None, 1, 5050),
    ]
    assert deal.product_line.code == "cooling"
    answer = new(rep, "opportunity", expect=422, **{**DEAL, **lines, "amount": "100"})
    assert "The lines sum to 150.50, the amount says 100.00" in str(answer.context["form"].errors)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "much"}, "amount"),
        ({"amount": "$5"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"name": ""}, "name"),
        ({"stage": "nowhere"}, "stage"),
        ({"currency": "XYZ"}, "currency"),
        ({"stage": "won", "closed_on": "2999-01-01"}, "closed_on"),
        ({"expected_close_on": "soon"}, "expected_close_on"),
        ({"new_phone": "1"}, "new_name"),
    ],
)
def test_what_is_wrong_with_a_deal_is_told_at_its_field_and_nothing_typed_is_lost(rep, change, field):
    answer = new(rep, "opportunity", expect=422, **{**DEAL, "loss_reason": "typed before", **change})
    form = answer.context["form"]
    assert list(form.errors) == [field]
    assert form["loss_reason"].value() == "typed before"
    assert not Opportunity.objects.exists()


def test_a_won_deal_closes_today_unless_a_day_is_told(rep):
    new(rep, "opportunity", **{**DEAL, "stage": "won", "loss_reason": "none"})
    deal = Opportunity.objects.get()
    assert (deal.outcome, deal.loss_reason) == ("won", "")
    assert deal.closed_on is not None


def test_editing_changes_only_what_was_typed_over(rep, ann):
    account = make_account(
        "Acme", owner=ann, industry="retail", annual_revenue="5.00", parent=make_account("Mother")
    )
    sent = opened(rep, "account_edit", account.pk)
    save(rep, "account_edit", account.pk, **{**sent, "industry": "trade"})
    account.refresh_from_db()
    assert (account.industry, account.annual_revenue_minor, account.parent.name) == ("trade", 500, "Mother")
    entry = AuditEntry.objects.get(action="crm.record.edit")
    assert (entry.before, entry.after) == ({"industry": "retail"}, {"industry": "trade"})


@pytest.mark.parametrize("kind", ["account", "lead", "opportunity", "activity", "payment"])
def test_saving_an_untouched_form_changes_nothing(rep, ann, kind):
    account = make_account("Acme", owner=ann)
    product = send("products", name="Fridge", product_line="cooling")
    deal = make_opportunity(
        ann,
        "90.00",
        account=account,
        product=product.external_id,
        quote_sent_at="2026-01-05T01:00:00Z",
        won_on=JAN,
    )
    row = {
        "account": lambda: account,
        "lead": lambda: make_lead(ann, status="disqualified", closed_on=JAN, email="a@b.cn", website="-"),
        "opportunity": lambda: deal,
        "activity": lambda: make_activity(ann, opportunity=deal, note="Called"),
        "payment": lambda: make_payment(ann, "1.00", opportunity=deal),
    }[kind]()
    before = type(row).objects.values().get(pk=row.pk)
    ChangedDay.objects.all().delete()
    save(rep, f"{kind}_edit", row.pk, **opened(rep, f"{kind}_edit", row.pk))
    assert type(row).objects.values().get(pk=row.pk) == before
    assert not ChangedDay.objects.exists()
    assert not AuditEntry.objects.filter(action="crm.record.edit").exists()


def test_a_stale_form_is_refused_with_what_changed_and_nothing_typed_is_lost(rep, ann):
    deal = make_opportunity(ann, "100.00", name="Fridges")
    sent = opened(rep, "opportunity_edit", deal.pk)
    record_patch(
        resource="opportunities",
        source=SOURCE,
        external_id=deal.external_id,
        changes={"amount": "120"},
        scope=EVERYONE,
    )
    typed = {**sent, "amount": "150", "name": "Fridges and more"}
    answer = save(rep, "opportunity_edit", deal.pk, expect=422, **typed)
    [told] = answer.context["meanwhile"]
    assert (told.label, told.was, told.now) == ("Amount", "100", "120")
    shown = answer.content.decode()
    assert "Somebody has changed this record" in shown
    assert 'value="150"' in shown
    assert 'value="Fridges and more"' in shown
    deal.refresh_from_db()
    assert deal.amount_minor == 12000
    again = {**typed, "seen": answer.context["form"]["seen"].value()}
    save(rep, "opportunity_edit", deal.pk, **again)
    deal.refresh_from_db()
    assert (deal.amount_minor, deal.name) == (15000, "Fridges and more")


def test_what_somebody_else_changed_is_not_undone_by_saving_a_stale_form_again(rep, ann):
    first, second = make_account("First", owner=ann), make_account("Second", owner=ann)
    deal = make_opportunity(ann, "100.00", name="Fridges", account=first, expected_close_on=JAN)
    sent = opened(rep, "opportunity_edit", deal.pk)
    changes = {
        "account": second.external_id,
        "expected_close_on": "2026-02-02",
        "stage": "proposal",
        "lines": [{"amount": "60"}, {"amount": "40"}],
    }
    asked = {
        "resource": "opportunities",
        "source": SOURCE,
        "external_id": deal.external_id,
        "scope": EVERYONE,
    }
    record_patch(**asked, changes=changes)
    answer = save(rep, "opportunity_edit", deal.pk, expect=422, **{**sent, "name": "Mine"})
    labels = {each.label for each in answer.context["meanwhile"]}
    assert labels == {"Account", "Expected close", "Stage", "Product lines"}
    save(rep, "opportunity_edit", deal.pk, **standing(answer.context["form"]))
    deal.refresh_from_db()
    assert (deal.name, deal.account, deal.stage.code) == ("Mine", second, "proposal")
    assert deal.expected_close_on == dt.date(2026, 2, 2)
    assert [line.amount_minor for line in deal.lines.all()] == [6000, 4000]


def test_what_changed_beside_the_form_does_not_stop_it(rep, ann):
    lead = make_lead(ann, name="Young")
    sent = opened(rep, "lead_edit", lead.pk)
    Lead.objects.filter(pk=lead.pk).update(company_name="", external_id="renamed")
    save(rep, "lead_edit", lead.pk, **{**sent, "phone": "13800138000"})
    lead.refresh_from_db()
    assert lead.phone == "13800138000"


def test_splits_and_other_links_stay_when_a_deal_is_edited(rep, ann):
    ben = make_person("Ben", make_unit("West"))
    hidden = make_account("Hidden", owner=ben)
    splits = [{"person": p.employee_number, "share_bp": 5000} for p in (ann, ben)]
    deal = make_opportunity(ann, "100.00", name="Fridges", splits=splits, account=hidden)
    sent = opened(rep, "opportunity_edit", deal.pk)
    # What the editor may not choose anew is left as it is where nobody touches it.
    save(rep, "opportunity_edit", deal.pk, **{**sent, "amount": "200"})
    deal.refresh_from_db()
    assert (deal.amount_minor, deal.account, deal.splits.count()) == (20000, hidden, 2)
    assert sum(deal.credits.values_list("plan_amount_minor", flat=True)) == 20000


def test_an_amount_follows_into_the_only_line(rep, ann):
    product = send("products", name="Fridge")
    deal = make_opportunity(ann, "90.00", name="Fridges", product=product.external_id)
    sent = opened(rep, "opportunity_edit", deal.pk)
    save(rep, "opportunity_edit", deal.pk, **{**sent, "amount": "80"})
    assert [line.amount_minor for line in deal.lines.all()] == [8000]


def test_a_record_of_another_system_says_so_above_its_form(rep, ann):
    account = make_account("Acme", owner=ann)
    shown = rep.get(reverse("crm:account_edit", args=[account.pk])).content.decode()
    assert f"This record comes from “{SOURCE}”" in shown
    Account.objects.update(source="local")
    assert (
        "This record comes from"
        not in rep.get(reverse("crm:account_edit", args=[account.pk])).content.decode()
    )


def test_the_owner_is_told_and_not_edited(rep, ann):
    account = make_account("Acme", owner=ann)
    ben = make_person("Ben", make_unit("West"))
    sent = opened(rep, "account_edit", account.pk)
    save(rep, "account_edit", account.pk, **{**sent, "owner": f"person-{ben.pk}", "industry": "trade"})
    account.refresh_from_db()
    assert (account.owner, account.industry) == (ann, "trade")


def test_lead_status_brings_its_days(rep, ann):
    lead = make_lead(ann, JAN)
    for status, qualified, closed in (
        ("qualified", True, False),
        ("disqualified", True, True),
        ("working", True, False),
    ):
        save(rep, "lead_edit", lead.pk, **{**opened(rep, "lead_edit", lead.pk), "status": status})
        lead.refresh_from_db()
        assert (lead.status, lead.qualified_on is not None, lead.closed_on is not None) == (
            status,
            qualified,
            closed,
        )


def test_an_activity_is_about_one_record_and_never_in_the_future(rep, ann):
    account = make_account("Acme", owner=ann)
    deal = make_opportunity(ann, account=account)
    other = make_lead(ann)
    new(rep, "activity", about=f"deal-{deal.pk}", kind="call", occurred_at="2026-01-05T10:00")
    activity = Activity.objects.get()
    assert (activity.opportunity, activity.account, activity.owner) == (deal, account, ann)
    sent = opened(rep, "activity_edit", activity.pk)
    save(rep, "activity_edit", activity.pk, **{**sent, "about": f"lead-{other.pk}"})
    activity.refresh_from_db()
    assert (activity.opportunity, activity.account, activity.lead) == (None, None, other)
    answer = save(
        rep, "activity_edit", activity.pk, expect=422, **{**sent, "occurred_at": "2999-01-01T10:00"}
    )
    assert list(answer.context["form"].errors) == ["occurred_at"]


def test_a_payment_counts_for_the_deals_owner_and_follows_its_deal(client):
    east = make_unit("East")
    ann, boss = make_person("Ann", east), make_person("Carol", manages=east)
    client.force_login(make_user("carol@example.com", boss))
    accounts = [make_account(name, owner=ann) for name in ("Acme", "Beta")]
    deals = [make_opportunity(ann, account=account) for account in accounts]
    start = opened(client, "payment_new", query=f"?deal={deals[0].pk}")
    new(client, "payment", **{**start, "amount": "-1.2万", "received_on": "2026-01-05"})
    payment = Payment.objects.get()
    assert (payment.owner, payment.amount_minor, payment.account) == (ann, -1200000, accounts[0])
    sent = opened(client, "payment_edit", payment.pk)
    save(client, "payment_edit", payment.pk, **{**sent, "opportunity": f"deal-{deals[1].pk}"})
    payment.refresh_from_db()
    assert (payment.opportunity, payment.account) == (deals[1], accounts[1])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"received_on": "2999-01-01"}, "received_on"),
        ({"account": ""}, "opportunity"),
    ],
)
def test_what_is_wrong_with_a_payment_is_told(rep, ann, change, field):
    account = make_account("Acme", owner=ann)
    right = {
        "account": f"account-{account.pk}",
        "amount": "5",
        "currency": "CNY",
        "received_on": "2026-01-05",
    }
    answer = new(rep, "payment", expect=422, **{**right, **change})
    assert list(answer.context["form"].errors) == [field]
    assert not Payment.objects.exists()


def test_managers_enter_for_their_people_and_nobody_else(client):
    east = make_unit("East")
    ann, boss = make_person("Ann", east), make_person("Carol", manages=east)
    dave = make_person("Dave", make_unit("West"))
    client.force_login(make_user("carol@example.com", boss))
    new(client, "account", name="Acme", owner=f"person-{ann.pk}")
    assert Account.objects.get().owner == ann
    answer = new(client, "account", expect=422, name="Beta", owner=f"person-{dave.pk}")
    assert list(answer.context["form"].errors) == ["owner"]


def test_a_record_is_deleted_softly_and_its_days_are_recounted(rep, ann):
    new(rep, "opportunity", **{**DEAL, "stage": "won", "closed_on": "2026-01-05"})
    deal = Opportunity.objects.get()
    ChangedDay.objects.all().delete()
    save(rep, "opportunity_delete", deal.pk)
    deal.refresh_from_db()
    assert deal.deleted_at is not None
    assert (ann.pk, JAN) in set(ChangedDay.objects.values_list("person", "day"))
    assert AuditEntry.objects.get(action="crm.record.delete").before["amount"] == "1200.50"


def test_what_others_hang_on_is_not_deleted(rep, ann):
    new(rep, "account", name="Acme")
    account = Account.objects.get()
    elsewhere = make_opportunity(make_person("Ben", make_unit("West")))
    Opportunity.objects.filter(pk=elsewhere.pk).update(account=account)
    answer = rep.post(reverse("crm:account_delete", args=[account.pk]), follow=True)
    assert "Deals or payments hang on this record" in answer.content.decode()
    account.refresh_from_db()
    assert account.deleted_at is None


@pytest.mark.parametrize("kind", ["account", "lead", "opportunity", "activity", "payment"])
def test_pages_of_forms_need_as_many_queries_for_many_records_as_for_few(rep, ann, kind):
    account = make_account("Acme", owner=ann)
    deal = make_opportunity(ann, "1.00", account=account, name="Fridges")
    row = {
        "account": lambda: account,
        "lead": lambda: make_lead(ann),
        "opportunity": lambda: deal,
        "activity": lambda: make_activity(ann, opportunity=deal),
        "payment": lambda: make_payment(ann, opportunity=deal),
    }[kind]()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            rep.get(reverse(f"crm:{kind}_edit", args=[row.pk]))
            rep.get(reverse(f"crm:{kind}_new"))
        return len(queries)

    few = asked()
    for at in range(30):
        make_account(f"Other {at}", owner=ann)
        make_payment(ann, opportunity=deal)
    assert asked() == few
