"""Who may merge records, and part them again (see tests/matrix.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm.services import Asked, records_merge
from crm.tests.factories import make_account, make_lead
from org.models import Person
from org.scope import scope_for
from org.selectors import company_today
from tests.cast import Cast
from tests.matrix import Row

Build = Callable[[Cast], dict[str, Any]]
# By the records' owner, whoever manages them and administrators; other executives and finance only see.
OF_ALICE = (302, 302, 302, 404, 403, 302)
OF_DAVE = (404, 404, 403, 302, 403, 302)


def _owner(cast: Cast, team: str) -> Person:
    return (cast.alice if team == "Borealis" else cast.dave).person


def _twins(resource: str, team: str, cast: Cast) -> list[Any]:
    owner = _owner(cast, team)
    if resource == "leads":
        return [make_lead(owner, name=f"{team} lead") for _twice in range(2)]
    return [make_account(f"{team} Ltd", owner=owner) for _twice in range(2)]


def _posted(resource: str, team: str) -> Build:
    def of(cast: Cast) -> dict[str, Any]:
        first, second = _twins(resource, team, cast)
        return {"id": [first.pk, second.pk], "into": first.pk}

    return of


def _merged(team: str) -> Build:
    def of(cast: Cast) -> dict[str, Any]:
        first, second = _twins("accounts", team, cast)
        scope = scope_for(cast.frank, on=company_today())
        asked = Asked(first.pk, (second.pk,), {})
        return {"pk": records_merge(resource="accounts", asked=asked, actor=cast.frank, scope=scope).pk}

    return of


def _one(resource: str, team: str) -> Build:
    return lambda cast: {"pk": _twins(resource, team, cast)[0].pk}


def _like(team: str) -> Build:
    return lambda cast: {"like": _twins("accounts", team, cast)[0].pk}


def _by_key(team: str) -> Build:
    def of(cast: Cast) -> dict[str, Any]:
        keys = [
            {"source": row.source, "external_id": row.external_id} for row in _twins("accounts", team, cast)
        ]
        return {"into": keys[0], "from": keys[1:]}

    return of


def _merging(resource: str) -> list[Row]:
    return [
        Row(404, 404, 404, 404, 404, 404),
        Row(*OF_ALICE, method="POST", data=_posted(resource, "Borealis")),
        Row(*OF_DAVE, method="POST", data=_posted(resource, "Australis")),
    ]


def _looking(resource: str) -> list[Row]:
    return [
        Row(200, 200, 200, 404, 403, 200, args=_one(resource, "Borealis")),
        Row(404, 404, 403, 200, 403, 200, args=_one(resource, "Australis")),
    ]


MERGE_ROUTES: dict[str, Row | list[Row]] = {
    "crm:account_merge": _merging("accounts"),
    "crm:lead_merge": _merging("leads"),
    "crm:account_merge_with": _looking("accounts"),
    "crm:lead_merge_with": _looking("leads"),
    "crm:account_merge_exact": [
        Row(*OF_ALICE, method="POST", data=_like("Borealis")),
        Row(*OF_DAVE, method="POST", data=_like("Australis")),
    ],
    "crm:merge_undo": [
        Row(*OF_ALICE, method="POST", args=_merged("Borealis")),
        Row(*OF_DAVE, method="POST", args=_merged("Australis")),
    ],
    "crm_api:account_merge": Row(403, 403, 403, 403, 403, 200, method="POST", data=_by_key("Borealis")),
}
