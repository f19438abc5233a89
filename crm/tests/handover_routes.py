"""Who may hand records over (see tests/matrix.py): managers among their own people, administrators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from crm.tests.factories import make_account, make_lead, make_opportunity
from org.models import Person
from org.selectors import company_today
from tests.cast import Cast
from tests.matrix import Row

JAN = dt.date(2026, 1, 5)
OF_ALICE = (403, 200, 200, 404, 403, 200)
OF_DAVE = (404, 404, 403, 403, 403, 200)
GIVEN_BY_ALICE = (403, 302, 302, 404, 403, 302)
GIVEN_BY_DAVE = (404, 404, 403, 403, 403, 302)
MAKERS: dict[str, Callable[[Person, str], Any]] = {
    "deal": lambda owner, team: make_opportunity(owner, name=f"{team} deal", opened_on=JAN),
    "lead": lambda owner, team: make_lead(owner, JAN, name=f"{team} lead"),
    "account": lambda owner, team: make_account(f"{team} account", owner=owner),
    "book": lambda owner, team: make_account(f"{team} account", owner=owner).owner,
}


def _of(kind: str, team: str) -> Callable[[Cast], dict[str, Any]]:
    def of(cast: Cast) -> dict[str, Any]:
        owner = (cast.alice if team == "Borealis" else cast.dave).person
        return {"pk": MAKERS[kind](owner, team).pk}

    return of


def _to(name: str) -> Callable[[Cast], dict[str, Any]]:
    def of(cast: Cast) -> dict[str, Any]:
        to = getattr(cast, name).person.pk
        told = {"kinds": ["accounts"], "reason": "Territory", "apply": "1"}
        return {"to": to, "from_on": company_today().isoformat(), **told}

    return of


def _rows(kind: str) -> list[Row]:
    mine, theirs = _of(kind, "Borealis"), _of(kind, "Australis")
    return [
        Row(*OF_ALICE, args=mine),
        Row(*OF_DAVE, args=theirs),
        Row(*GIVEN_BY_ALICE, method="POST", args=mine, data=_to("bob")),
        Row(*GIVEN_BY_DAVE, method="POST", args=theirs, data=_to("alice")),
    ]


HANDOVER_ROUTES: dict[str, list[Row]] = {f"crm:hand_over_{kind}": _rows(kind) for kind in MAKERS}
