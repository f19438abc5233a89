"""Pages: what they do when used, what they say when refused, how many queries they take."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from org.models import (
    ApiToken,
    Assignment,
    AuditEntry,
    CalendarDay,
    Invitation,
    Person,
    RoleGrant,
    Unit,
    User,
)
from org.services import token_find
from org.tests.factories import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast, client_of):
    """The administrator's browser."""
    return client_of(cast.frank)


def page(client, route, /, *args, **data):
    url = reverse(f"org:{route}", args=args)
    answer = client.post(url, data, follow=True) if data else client.get(url)
    return answer, answer.content.decode()


def test_unit_is_made_moved_and_closed(admin, cast):
    page(admin, "unit_create", name="Branch", kind="team", parent=cast.borealis.pk, position=0)
    branch = Unit.objects.get(name="Branch")
    assert branch.parent == cast.borealis
    page(admin, "unit_edit", branch.pk, name="Branch", kind="", parent=cast.west.pk, position=1)
    branch.refresh_from_db()
    assert branch.parent == cast.west
    page(admin, "unit_close", branch.pk, sure="yes")
    branch.refresh_from_db()
    assert branch.closed_on is not None


def test_circle_is_told_on_the_form(admin, cast):
    fields = {"name": "East", "kind": "", "parent": cast.borealis.pk, "position": 0}
    _answer, text = page(admin, "unit_edit", cast.east.pk, **fields)
    assert "below itself" in text
    cast.east.refresh_from_db()
    assert cast.east.parent == cast.root


def test_refused_button_goes_back_and_says_why(admin, cast):
    came_from = reverse("org:unit_list")
    answer = admin.post(
        reverse("org:unit_close", args=[cast.borealis.pk]),
        headers={"Referer": f"http://testserver{came_from}"},
        follow=True,
    )
    assert answer.redirect_chain == [(f"http://testserver{came_from}", 302)]
    assert "still assigned" in answer.content.decode()


def test_refused_button_never_leads_to_a_foreign_site(admin, cast):
    url = reverse("org:unit_close", args=[cast.borealis.pk])
    answer = admin.post(url, headers={"Referer": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_person_is_made_transferred_and_leaves(admin, cast):
    page(admin, "person_create", name="Gina", employee_number="77", email="gina@cast.example")
    gina = Person.objects.get(employee_number="77")
    page(
        admin, "person_transfer", gina.pk, unit=cast.borealis.pk, kind="member", on="2026-01-01", reason="new"
    )
    page(admin, "person_leave", gina.pk, **{"leave-on": "2026-06-01"})
    assert str(Assignment.objects.get(person=gina).ends_on) == "2026-06-01"
    _answer, text = page(admin, "person_detail", gina.pk)
    assert "Borealis team" in text


def test_shares_are_edited_as_a_table_and_refused_when_no_whole(admin, cast):
    person = cast.alice.person
    rows = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 0}
    for at, (unit, share) in enumerate([(cast.borealis, 60), (cast.australis, 30)]):
        row = {"unit": unit.pk, "kind": "member", "share": share, "starts_on": "2026-01-01", "ends_on": ""}
        rows |= {f"form-{at}-{name}": value for name, value in row.items()}
    _answer, text = page(admin, "person_assignments", person.pk, **rows)
    assert "90 %" in text
    assert Assignment.objects.filter(person=person).count() == 1
    page(admin, "person_assignments", person.pk, **(rows | {"form-1-share": 40}))
    assert sorted(Assignment.objects.filter(person=person).values_list("share_bp", flat=True)) == [4000, 6000]


def test_table_of_assignments_shows_and_keeps_what_is_stored(admin, cast):
    answer, _text = page(admin, "person_assignments", cast.alice.person.pk)
    forms = answer.context["forms"]
    rows = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 1}
    rows |= {f"form-0-{name}": value if value is not None else "" for name, value in forms[0].initial.items()}
    rows |= {"form-1-kind": "member", "form-1-share": 100}
    entries = AuditEntry.objects.count()
    page(admin, "person_assignments", cast.alice.person.pk, **rows)
    assert Assignment.objects.filter(person=cast.alice.person).count() == 1
    assert AuditEntry.objects.count() == entries


def test_invitation_shows_its_link_once_and_makes_the_account(admin, cast, client):
    gina = make_person("Gina", cast.borealis, email="gina@cast.example")
    answer, text = page(admin, "person_invite", gina.pk, email="gina@cast.example")
    link = answer.context["link"]
    assert link in text
    assert link not in page(admin, "person_detail", gina.pk)[1]
    path = link.partition("8000")[2]
    refused = client.post(path, {"name": "Gina", "password": "long-enough-odd", "again": "other"})
    assert "differ" in refused.content.decode()
    assert not User.objects.filter(email="gina@cast.example").exists()
    client.post(path, {"name": "Gina", "password": "long-enough-odd", "again": "long-enough-odd"})
    assert User.objects.get(email="gina@cast.example").person == gina
    assert client.get(path).status_code == 404


def test_invitation_is_revoked(admin, cast):
    page(admin, "account_list", email="new@cast.example")
    page(admin, "invitation_revoke", Invitation.objects.get().pk, sure="yes")
    assert Invitation.objects.get().revoked_at is not None


def test_roles_and_person_of_an_account_are_changed(admin, cast):
    gina = make_person("Gina", employee_number="77")
    page(admin, "account_edit", cast.erin.pk, roles=["finance", "executive"], employee_number="77")
    assert set(RoleGrant.objects.filter(user=cast.erin).values_list("role", flat=True)) == {
        "finance",
        "executive",
    }
    gina.refresh_from_db()
    assert gina.user == cast.erin
    _answer, text = page(admin, "account_edit", cast.erin.pk, roles=[], employee_number="nobody")
    assert "Nobody has this" in text


def test_account_is_switched_off(admin, cast):
    page(admin, "account_switch", cast.dave.pk, sure="yes")
    cast.dave.refresh_from_db()
    assert not cast.dave.is_active


def test_company_and_calendar(admin):
    fields = {
        "name": "Acme",
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
        "country": "CN",
        "subdivision": "",
        "fiscal_year_start_month": 1,
    }
    page(admin, "company_edit", **fields)
    assert Unit.objects.get(parent=None).name == "Acme"
    _answer, text = page(admin, "company_edit", **(fields | {"currency": "EUR"}))
    assert "fixed once" in text
    page(admin, "calendar_day_create", day="2026-05-02", is_workday="on", name="shift")
    page(admin, "calendar_day_create", day="2026-05-02", name="off")
    day = CalendarDay.objects.get()
    assert (day.is_workday, day.name) == (False, "off")
    page(admin, "calendar_day_delete", day.pk, sure="yes")
    assert not CalendarDay.objects.exists()


def test_token_is_shown_once(cast, client_of):
    browser = client_of(cast.alice)
    answer, text = page(browser, "token_list", name="sheet", scopes=["crm:read"])
    plain = answer.context["plain"]
    assert plain in text
    assert token_find(plain).user == cast.alice
    assert "no-store" in answer.headers["Cache-Control"]
    assert plain not in page(browser, "token_list")[1]


def test_token_beyond_ones_rights_is_not_offered_and_not_made(cast, client_of):
    answer, text = page(client_of(cast.alice), "token_list", name="x", scopes=["org:write"])
    assert "org:write" not in [value for value, _label in answer.context["form"].fields["scopes"].choices]
    assert "is not one of the available choices" in text
    assert not ApiToken.objects.exists()


def test_audit_log_is_filtered(admin, cast):
    _answer, text = page(admin, "audit_list")
    assert "org.unit.save" in text
    answer = admin.get(reverse("org:audit_list"), {"action": "org.role", "actor": ""})
    assert {entry.action for entry in answer.context["page"]} == {"org.role.grant"}
    assert (
        not admin.get(reverse("org:audit_list"), {"subject": "nothing like it"}).context["page"].object_list
    )


def test_search_by_name_number_unit_and_state(cast, client_of):
    browser = client_of(cast.carol)
    url = reverse("org:person_list")

    def found(**query):
        return {person.name for person in browser.get(url, query).context["page"]}

    assert found(q="alice") == {"Alice Borealis"}
    assert found(q="E4") == {"Dave Australis"}
    assert found(unit=cast.east.pk) == {"Alice Borealis", "Bob Borealis", "Carol Clark"}
    assert found(state="left") == set()
    assert len(found(unit="nonsense")) == 4


def test_people_stand_by_name_or_number_as_the_head_says(cast, client_of):
    browser = client_of(cast.carol)
    url = reverse("org:person_list")

    def numbers(sort):
        return [person.employee_number for person in browser.get(url, {"sort": sort}).context["page"]]

    assert numbers("number") == ["E1", "E2", "E3", "E4"]
    assert numbers("-number") == ["E4", "E3", "E2", "E1"]
    names = [person.name for person in browser.get(url).context["page"]]
    assert names == sorted(names)


def test_accounts_stand_by_last_sign_in_with_strangers_at_the_end(admin, cast):
    User.objects.update(last_login=None)
    User.objects.filter(pk=cast.erin.pk).update(last_login="2026-01-01T00:00:00Z")
    User.objects.filter(pk=cast.dave.pk).update(last_login="2026-02-01T00:00:00Z")
    url = reverse("org:account_list")
    newest = list(admin.get(url, {"sort": "-seen"}).context["page"])
    assert newest[:2] == [cast.dave, cast.erin]
    assert list(admin.get(url, {"sort": "seen"}).context["page"])[-2:] == [cast.erin, cast.dave]


def test_what_is_not_easily_undone_is_asked_before(admin, cast):
    def dialog_of(answer, name):
        return re.search(rf'data-bs-target="#{name}"[^>]*data-dialog-action="([^"]*)"', answer[1])

    switch = dialog_of(page(admin, "account_list"), "deactivate")
    assert switch is not None
    assert 'id="deactivate"' in page(admin, "account_list")[1]
    page(admin, "account_list", email="new@cast.example")
    assert dialog_of(page(admin, "account_list"), "revoke-invitation")[1] == reverse(
        "org:invitation_revoke", args=[Invitation.objects.get().pk]
    )
    page(admin, "token_list", name="sheet", scopes=["crm:read"])
    assert dialog_of(page(admin, "token_list"), "revoke")
    page(admin, "calendar_day_create", day="2026-05-02", name="off")
    assert dialog_of(page(admin, "company_edit"), "remove-day")
    for route, name in (("unit_edit", "close-unit"), ("person_detail", "leave")):
        subject = cast.borealis if route == "unit_edit" else cast.alice.person
        text = page(admin, route, subject.pk)[1]
        assert f'data-bs-target="#{name}"' in text
        assert f'id="{name}"' in text


def test_a_refused_leave_opens_its_question_again(admin, cast):
    person = cast.alice.person
    _answer, text = page(admin, "person_leave", person.pk, **{"leave-on": "", "leave-reason": "x"})
    assert "data-dialog-refused" in text
    assert "This field is required." in text
    assert "data-dialog-refused" not in page(admin, "person_detail", person.pk)[1]


def test_a_day_away_that_was_refused_is_not_shown_as_saved(admin, cast):
    person = cast.alice.person
    Person.objects.filter(pk=person.pk).update(hired_on="2020-01-01")
    _answer, text = page(admin, "person_leave", person.pk, **{"leave-on": "1990-01-01"})
    assert "Nobody leaves before being hired." in text
    assert "Jan. 1, 1990" not in text
    assert "data-dialog-refused" in text


def test_empty_lists_lead_on(admin, cast, client_of):
    missing = admin.get(reverse("org:person_list"), {"q": "nobody like it"}).content.decode()
    assert "Nobody matches" in missing
    assert f'href="{reverse("org:person_list")}"' in missing
    assert "Make one for each program" in page(client_of(cast.alice), "token_list")[1]


def test_pages_take_as_many_queries_for_thirty_rows_as_for_three(
    cast, client_of, django_assert_max_num_queries
):
    browser = client_of(cast.frank)
    for count in (3, 30):
        for number in range(count):
            make_person(unit=make_unit(f"U{count}-{number}", cast.borealis))
        for name, most in {"person_list": 12, "unit_list": 8, "account_list": 10, "audit_list": 9}.items():
            browser.get(reverse(f"org:{name}"))
            with django_assert_max_num_queries(most):
                assert browser.get(reverse(f"org:{name}")).status_code == 200
