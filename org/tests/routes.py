"""Who may open each route of this room: rows of the role × URL matrix (`tests/matrix.py` says how)."""

from __future__ import annotations

import datetime as dt

from org.models import CalendarDay
from org.services import invitation_create, saved_filter_keep, token_create
from org.tests.factories import make_delivery, make_hook, make_person, make_unit
from tests.matrix import Row

BULK_UNITS = {"source": "hr", "records": [{"external_id": "u1", "name": "New unit"}]}
BULK_PEOPLE = {"source": "hr", "records": [{"external_id": "p1", "name": "New person"}]}


def unit_of(name):
    """The address of a unit of the cast in the API."""
    return lambda cast: {"source": "local", "external_id": getattr(cast, name).external_id}


def person_of(name):
    """The address of a person of the cast in the API."""
    return lambda cast: {"source": "local", "external_id": getattr(cast, name).person.external_id}


def pk_of_unit(name):
    """The address of a unit of the cast."""
    return lambda cast: {"pk": getattr(cast, name).pk}


def pk_of_empty_unit(cast):
    return {"pk": make_unit("Australis branch", cast.west).pk}


def pk_of_person(name):
    """The address of a person of the cast."""
    return lambda cast: {"pk": getattr(cast, name).person.pk}


def pk_of_new_person(cast):
    return {"pk": make_person("Somebody Australis", cast.australis).pk}


def pk_of_account(name):
    """The address of an account of the cast."""
    return lambda cast: {"pk": getattr(cast, name).pk}


def pk_of_token_of(name):
    """The address of a new token of somebody."""

    def build(cast):
        token, _plain = token_create(user=getattr(cast, name), name="x", scopes=["crm:read"], actor=None)
        return {"pk": token.pk}

    return build


def pk_of_alices_filter(cast):
    saved = saved_filter_keep(user=cast.alice, page="org:person_list", name="Mine", query="q=x")
    return {"pk": saved.pk}


def pk_of_invitation(_cast):
    return {"pk": invitation_create(email="new@cast.example", actor=None)[0].pk}


def link_of_invitation(_cast):
    """The token of an invitation, as its link carries it."""
    return {
        "token": invitation_create(email="new@cast.example", actor=None)[1].rstrip("/").rpartition("/")[2]
    }


def pk_of_hook(_cast):
    return {"pk": make_hook("https://8.8.8.8/hooks").pk}


def pk_of_tested_hook(_cast):
    return {"pk": make_hook("https://8.8.8.8/hooks", is_tested=True).pk}


def pk_of_refused_hook(_cast):
    """An endpoint whose test reaches nobody, without a look at the network: its address is private."""
    return {"pk": make_hook("https://127.0.0.1/hooks").pk}


def pk_of_message(_cast):
    return {"pk": make_delivery(make_hook("https://8.8.8.8/hooks", is_active=True)).pk}


def pk_of_message_endpoint(_cast):
    endpoint = make_hook("https://8.8.8.8/hooks", is_active=True)
    make_delivery(endpoint)
    return {"pk": endpoint.pk}


def pk_of_day(_cast):
    return {"pk": CalendarDay.objects.create(day=dt.date(2026, 5, 1), is_workday=False).pk}


def transfer(cast):
    """A move of somebody to the other team."""
    return {"unit": cast.west.pk, "kind": "member", "on": "2026-07-01", "reason": ""}


HOOK = {"name": "ERP", "url": "https://8.8.8.8/hooks", "kinds": ["deal.won"]}
PASSWORD = "long-enough-and-odd"
ACCEPT = {"name": "New", "password": PASSWORD, "again": PASSWORD}
ADMIN_ONLY = (403, 403, 403, 403, 403)

# alice bob carol dave erin frank
PREFERENCES = {"theme": "dark", "language": "en", "density": "compact", "period": "year"}
ROUTES = {
    "org:unit_list": Row(403, 200, 200, 403, 200, 200),
    "org:unit_create": [
        Row(*ADMIN_ONLY, 200),
        Row(
            *ADMIN_ONLY,
            302,
            method="POST",
            data=lambda cast: {"name": "N", "parent": cast.east.pk, "position": 0},
        ),
    ],
    "org:unit_edit": [
        Row(*ADMIN_ONLY, 200, args=pk_of_unit("australis")),
        Row(
            *ADMIN_ONLY,
            302,
            method="POST",
            args=pk_of_unit("borealis"),
            data=lambda cast: {"name": "N", "parent": cast.east.pk, "position": 0},
        ),
    ],
    "org:unit_close": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_empty_unit),
    "org:person_list": Row(403, 200, 200, 403, 200, 200),
    "org:person_create": [
        Row(*ADMIN_ONLY, 200),
        Row(*ADMIN_ONLY, 302, method="POST", data={"name": "N", "employee_number": "new"}),
    ],
    "org:person_detail": [
        Row(200, 200, 200, 404, 200, 200, args=pk_of_person("alice")),
        Row(404, 200, 200, 404, 200, 200, args=pk_of_person("bob")),
        Row(404, 404, 200, 200, 200, 200, args=pk_of_person("dave")),
    ],
    "org:person_edit": [
        Row(*ADMIN_ONLY, 200, args=pk_of_person("dave")),
        Row(
            *ADMIN_ONLY,
            302,
            method="POST",
            args=pk_of_person("dave"),
            data={"name": "N", "employee_number": "new"},
        ),
    ],
    "org:person_transfer": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_person("dave"), data=transfer),
    "org:person_leave": Row(
        *ADMIN_ONLY, 302, method="POST", args=pk_of_person("dave"), data={"leave-on": "2026-07-01"}
    ),
    "org:person_assignments": [
        Row(*ADMIN_ONLY, 200, args=pk_of_person("dave")),
        Row(
            *ADMIN_ONLY,
            302,
            method="POST",
            args=pk_of_person("dave"),
            data={"form-TOTAL_FORMS": 0, "form-INITIAL_FORMS": 0},
        ),
    ],
    "org:person_invite": Row(
        *ADMIN_ONLY, 200, method="POST", args=pk_of_new_person, data={"email": "d@cast.example"}
    ),
    "org:account_list": [
        Row(*ADMIN_ONLY, 200),
        Row(*ADMIN_ONLY, 200, method="POST", data={"email": "new@cast.example"}),
    ],
    "org:account_edit": [
        Row(*ADMIN_ONLY, 200, args=pk_of_account("dave")),
        Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_account("erin"), data={"roles": ["finance"]}),
    ],
    "org:account_switch": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_account("dave")),
    "org:invitation_revoke": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_invitation),
    "org:invitation_accept": [
        Row(200, 200, 200, 200, 200, 200, args=link_of_invitation, is_public=True),
        Row(
            302, 302, 302, 302, 302, 302, method="POST", args=link_of_invitation, data=ACCEPT, is_public=True
        ),
        Row(404, 404, 404, 404, 404, 404, args=lambda _cast: {"token": "made-up"}, is_public=True),
    ],
    "org:company_edit": Row(*ADMIN_ONLY, 200),
    "org:calendar_day_create": Row(*ADMIN_ONLY, 302, method="POST", data={"day": "2026-05-02"}),
    "org:calendar_day_delete": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_day),
    "org:token_list": [
        Row(200, 200, 200, 200, 200, 200),
        Row(200, 200, 200, 200, 200, 200, method="POST", data={"name": "x", "scopes": ["crm:read"]}),
    ],
    "org:token_revoke": [
        Row(302, 404, 404, 404, 404, 302, method="POST", args=pk_of_token_of("alice")),
        Row(404, 404, 404, 302, 404, 302, method="POST", args=pk_of_token_of("dave")),
    ],
    "org:hook_list": Row(*ADMIN_ONLY, 200),
    "org:hook_create": [Row(*ADMIN_ONLY, 200), Row(*ADMIN_ONLY, 302, method="POST", data=HOOK)],
    "org:hook_detail": Row(*ADMIN_ONLY, 200, args=pk_of_message_endpoint),
    "org:hook_edit": [
        Row(*ADMIN_ONLY, 200, args=pk_of_hook),
        Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_hook, data=HOOK),
    ],
    "org:hook_test": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_refused_hook),
    "org:hook_switch": Row(
        *ADMIN_ONLY, 302, method="POST", args=pk_of_tested_hook, data={"is_active": "yes"}
    ),
    "org:hook_secret": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_hook),
    "org:hook_delete": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_hook),
    "org:hook_message": Row(*ADMIN_ONLY, 200, args=pk_of_message),
    "org:hook_replay": Row(*ADMIN_ONLY, 302, method="POST", args=pk_of_message),
    "org:audit_list": Row(*ADMIN_ONLY, 200),
    "org:profile": [
        Row(200, 200, 200, 200, 200, 200),
        Row(302, 302, 302, 302, 302, 302, method="POST", data={"first_name": "New"}),
    ],
    "org:preferences": [
        Row(200, 200, 200, 200, 200, 200),
        Row(302, 302, 302, 302, 302, 302, method="POST", data=PREFERENCES),
    ],
    "org:theme_keep": [
        Row(204, 204, 204, 204, 204, 204, method="POST", data={"theme": "dark"}),
        Row(400, 400, 400, 400, 400, 400, method="POST", data={"theme": "neon"}),
    ],
    # There are accounts in the cast, so nobody makes a first one.
    "org:first_admin": [
        Row(404, 404, 404, 404, 404, 404, args=lambda _cast: {"token": "x"}, is_public=True),
        Row(404, 404, 404, 404, 404, 404, "POST", lambda _cast: {"token": "x"}, data=ACCEPT, is_public=True),
    ],
    "org:filter_keep": Row(
        *(302, 302, 302, 302, 302, 302),
        method="POST",
        data={"page": "org:person_list", "query": "q=x", "name": "Mine"},
    ),
    "org:filter_rename": Row(
        *(302, 404, 404, 404, 404, 404), method="POST", args=pk_of_alices_filter, data={"name": "Other"}
    ),
    "org:filter_default": Row(
        *(302, 404, 404, 404, 404, 404), method="POST", args=pk_of_alices_filter, data={"is_default": "1"}
    ),
    "org:filter_delete": Row(*(302, 404, 404, 404, 404, 404), method="POST", args=pk_of_alices_filter),
    "org_api:unit_list": Row(200, 200, 200, 200, 200, 200),
    "org_api:unit_bulk": Row(403, 403, 403, 403, 403, 200, method="POST", data=BULK_UNITS),
    "org_api:unit_detail": [
        Row(404, 200, 200, 404, 200, 200, args=unit_of("borealis")),
        Row(404, 404, 200, 404, 200, 200, args=unit_of("australis")),
        Row(
            403,
            403,
            403,
            403,
            403,
            201,
            method="PUT",
            args=lambda _cast: {"source": "hr", "external_id": "u"},
            data={"name": "New unit"},
        ),
        Row(404, 404, 403, 404, 403, 200, method="PATCH", args=unit_of("australis"), data={"kind": "team"}),
        Row(404, 404, 403, 404, 403, 409, method="DELETE", args=unit_of("australis")),
    ],
    "org_api:person_list": Row(200, 200, 200, 200, 200, 200),
    "org_api:person_bulk": Row(403, 403, 403, 403, 403, 200, method="POST", data=BULK_PEOPLE),
    "org_api:person_detail": [
        Row(200, 200, 200, 404, 200, 200, args=person_of("alice")),
        Row(404, 404, 200, 200, 200, 200, args=person_of("dave")),
        Row(
            403,
            403,
            403,
            403,
            403,
            201,
            method="PUT",
            args=lambda _cast: {"source": "hr", "external_id": "p"},
            data={"name": "New person"},
        ),
        Row(404, 404, 403, 403, 403, 200, method="PATCH", args=person_of("dave"), data={"title": "Rep"}),
        Row(404, 404, 403, 403, 403, 204, method="DELETE", args=person_of("dave")),
    ],
}
