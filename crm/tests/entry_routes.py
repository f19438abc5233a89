"""Who may enter, change and delete records in the browser."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from crm.models import LOCAL
from crm.tests.factories import make_account, make_activity, make_lead, make_opportunity, make_payment
from org.models import Person
from tests.cast import Cast
from tests.matrix import Row

DAY = dt.date(2026, 1, 5)
Build = Callable[[Cast], dict[str, Any]]
MAKERS: dict[str, Callable[[Person, str], Any]] = {
    "account": lambda owner, team: make_account(f"{team} account", owner=owner),
    "lead": lambda owner, team: make_lead(owner, name=f"{team} lead"),
    "opportunity": lambda owner, team: make_opportunity(owner, name=f"{team} deal"),
    "activity": lambda owner, team: make_activity(owner, note=f"{team} note"),
    "payment": lambda owner, team: make_payment(owner),
}
LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}
FORMS: dict[str, dict[str, Any]] = {
    "account": {"name": "Quite new"},
    "lead": {"name": "Quite new", "status": "new", "priority": "normal", "created_on": "2026-01-05"},
    "opportunity": {"name": "Quite new", "stage": "engaging", "amount": "5", "currency": "CNY", **LINES},
    "activity": {"kind": "call", "occurred_at": "2026-01-05T10:00"},
    "payment": {"amount": "5", "currency": "CNY", "received_on": "2026-01-05"},
}


def _owner(cast: Cast, team: str) -> Person:
    return (cast.alice if team == "Borealis" else cast.dave).person


def _made(name: str, team: str) -> Build:
    return lambda cast: {"pk": MAKERS[name](_owner(cast, team), team).pk}


def _entered(name: str, team: str) -> Build:
    """A record that was entered here, as deleting by others than administrators wants it."""

    def of(cast: Cast) -> dict[str, Any]:
        row = MAKERS[name](_owner(cast, team), team)
        type(row).objects.filter(pk=row.pk).update(source=LOCAL)
        return {"pk": row.pk}

    return of


def _form(name: str, team: str) -> Build:
    """What a form of this kind sends: about a record of the team, owned by its seller."""

    def of(cast: Cast) -> dict[str, Any]:
        owner = _owner(cast, team)
        about = {}
        if name in ("activity", "payment"):
            account = make_account(f"{team} customer", owner=owner)
            about = {"about" if name == "activity" else "account": f"account-{account.pk}"}
        owned = {"owner": f"person-{owner.pk}"}
        return {**FORMS[name], **about, **owned, "key": str(uuid4()), "seen": json.dumps({})}

    return of


def _rows(name: str) -> dict[str, list[Row]]:
    # A seller's own form has no owner to choose: what dave sends is dave's, unless it is about alice's.
    mine = (302, 302, 302, 422 if name in ("activity", "payment") else 302, 403, 302)
    return {
        f"crm:{name}_new": [
            Row(200, 200, 200, 200, 403, 200),
            Row(*mine, method="POST", data=_form(name, "Borealis")),
        ],
        f"crm:{name}_edit": [
            Row(200, 200, 200, 404, 403, 200, args=_made(name, "Borealis")),
            Row(404, 404, 403, 200, 403, 200, args=_made(name, "Australis")),
            Row(
                302,
                302,
                302,
                404,
                403,
                302,
                method="POST",
                args=_made(name, "Borealis"),
                data=_form(name, "Borealis"),
            ),
        ],
        f"crm:{name}_delete": [
            Row(302, 302, 302, 404, 403, 302, method="POST", args=_entered(name, "Borealis")),
            Row(403, 403, 403, 404, 403, 302, method="POST", args=_made(name, "Borealis")),
        ],
    }


def _kind(kind: str) -> Build:
    return lambda cast: {"kind": kind}


def _conversion(cast: Cast) -> dict[str, Any]:
    plain = {"name": "Deal", "stage": "engaging", "amount": "5", "currency": "CNY"}
    return {**plain, "key": str(uuid4()), "new_name": "Quite new"}


ENTRY_ROUTES: dict[str, Row | list[Row]] = {
    "crm:payment_list": [Row(*[200] * 6), Row(*[200] * 6, query="?received_from=2026-01-01&q=x")],
    "crm:payment_detail": [
        Row(200, 200, 200, 404, 200, 200, args=_made("payment", "Borealis")),
        Row(404, 404, 200, 200, 200, 200, args=_made("payment", "Australis")),
    ],
    "crm:lead_convert": [
        Row(200, 200, 200, 404, 403, 200, args=_made("lead", "Borealis")),
        Row(404, 404, 403, 200, 403, 200, args=_made("lead", "Australis")),
        Row(302, 302, 302, 404, 403, 302, method="POST", args=_made("lead", "Borealis"), data=_conversion),
    ],
    "crm:pick": [
        Row(200, 200, 200, 200, 403, 200, args=_kind(kind), query="?field=f&f_text=a")
        for kind in ("account", "deal", "about", "owner", "product")
    ],
    "crm:alike": Row(200, 200, 200, 200, 403, 200, method="POST", data={"name": "Acme"}),
}
for _name in FORMS:
    ENTRY_ROUTES |= _rows(_name)
