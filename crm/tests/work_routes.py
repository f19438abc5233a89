"""Who may open the doors that sellers write through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from crm.models import FollowUp
from crm.tests.factories import make_account, make_opportunity
from org.models import Person
from tests.cast import Cast
from tests.matrix import Row

DAY = dt.date(2026, 1, 5)
NOTE = {"need": "A quieter pump"}
Build = Callable[[Cast], dict[str, Any]]


def _owner(cast: Cast, team: str) -> Person:
    return (cast.alice if team == "Borealis" else cast.dave).person


def _deal(team: str) -> Build:
    return lambda cast: {"pk": make_opportunity(_owner(cast, team), name=f"{team} deal").pk}


def _account(team: str) -> Build:
    return lambda cast: {"pk": make_account(f"{team} account", owner=_owner(cast, team)).pk}


def _note(team: str) -> Build:
    def of(cast: Cast) -> dict[str, Any]:
        deal = make_opportunity(_owner(cast, team), name=f"{team} deal")
        step = {"next_step": f"{team} call", "next_step_on": DAY}
        return {"pk": FollowUp.objects.create(opportunity=deal, person=deal.owner, **step).pk}

    return of


def _visit(team: str) -> Build:
    def of(cast: Cast) -> dict[str, Any]:
        account = _account(team)(cast)["pk"]
        return {"key": str(uuid4()), "about": f"account-{account}", "kind": "visit", "is_effective": "yes"}

    return of


def _worked(args: Callable[[str], Build], data: dict[str, Any] | None = None) -> list[Row]:
    """Done to a record of each team: by its owner, their managers and administrators."""
    return [
        Row(302, 302, 302, 404, 403, 302, method="POST", args=args("Borealis"), data=data),
        Row(404, 404, 403, 302, 403, 302, method="POST", args=args("Australis"), data=data),
    ]


WORK_ROUTES: dict[str, Row | list[Row]] = {
    "crm:visit_new": [
        Row(200, 200, 200, 200, 403, 403),
        Row(302, 302, 302, 404, 403, 403, method="POST", data=_visit("Borealis")),
        Row(404, 404, 302, 302, 403, 403, method="POST", data=_visit("Australis")),
    ],
    "crm:board": Row(200, 200, 200, 200, 200, 200),
    "crm:account_timeline": [
        Row(200, 200, 200, 404, 200, 200, args=_account("Borealis")),
        Row(404, 404, 200, 200, 200, 200, args=_account("Australis")),
    ],
    "crm:deal_move": _worked(_deal, {"stage": "won"}),
    "crm:deal_follow_up": _worked(_deal, NOTE),
    "crm:account_follow_up": _worked(_account, NOTE),
    "crm:follow_up_take": _worked(_note),
}
