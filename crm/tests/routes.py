"""Who may open which door of this room (see tests/matrix.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from crm.tests.connection_routes import CONNECTION_ROUTES
from crm.tests.entry_routes import ENTRY_ROUTES
from crm.tests.factories import (
    make_account,
    make_activity,
    make_lead,
    make_opportunity,
    make_payment,
    send,
)
from crm.tests.handover_routes import HANDOVER_ROUTES
from crm.tests.import_routes import IMPORT_ROUTES
from crm.tests.incoming_routes import INCOMING_ROUTES
from crm.tests.merge_routes import MERGE_ROUTES
from crm.tests.quality_routes import QUALITY_ROUTES
from crm.tests.rest_routes import REST_ROUTES
from crm.tests.work_routes import WORK_ROUTES
from tests.cast import Cast
from tests.matrix import Row

DAY = dt.date(2026, 1, 5)
EVERYBODY = (200, 200, 200, 200, 200, 200)
OF_ALICE = (200, 200, 200, 404, 200, 200)
OF_DAVE = (404, 404, 200, 200, 200, 200)
WRITERS = (403, 403, 403, 403, 403)


def _made(resource: str, cast: Cast, team: str) -> Any:
    """A record of a resource that belongs to alice or to dave, named after their team."""
    owner = (cast.alice if team == "Borealis" else cast.dave).person
    makers: dict[str, Callable[[], Any]] = {
        "products": lambda: send("products", name="Fridge"),
        "accounts": lambda: make_account(f"{team} account", owner=owner),
        "leads": lambda: make_lead(owner, name=f"{team} lead"),
        "opportunities": lambda: make_opportunity(owner, name=f"{team} deal", won_on=DAY),
        "activities": lambda: make_activity(owner, note=f"{team} note"),
        "payments": lambda: make_payment(owner),
    }
    return makers[resource]()


def _page(resource: str, team: str) -> Callable[[Cast], dict[str, Any]]:
    return lambda cast: {"pk": _made(resource, cast, team).pk}


def _key(resource: str, team: str) -> Callable[[Cast], dict[str, Any]]:
    def of(cast: Cast) -> dict[str, Any]:
        row = _made(resource, cast, team)
        return {"source": row.source, "external_id": row.external_id}

    return of


BODIES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "products": ("product", {"name": "Washer"}, {"name": "Dryer"}),
    "accounts": ("account", {"name": "Shop"}, {"industry": "retail"}),
    "leads": ("lead", {"name": "Somebody", "created_on": "2026-01-05"}, {"channel": "web"}),
    "opportunities": ("opportunity", {"stage": "engaging", "amount": "5"}, {"amount": "7"}),
    "activities": (
        "activity",
        {"kind": "call", "occurred_at": "2026-01-05T10:00:00Z"},
        {"is_effective": False},
    ),
    "payments": ("payment", {"received_on": "2026-01-05", "amount": "5"}, {"amount": "7"}),
}


def _api_rows(resource: str) -> dict[str, list[Row]]:
    name, whole, part = BODIES[resource]
    mine, theirs = _key(resource, "Borealis"), _key(resource, "Australis")
    new = {"source": "erp", "external_id": "new"}
    bulk = {"source": "erp", "records": [{"external_id": "1", **whole}]}
    reads = [Row(*EVERYBODY, args=mine)]
    if resource != "products":
        reads = [Row(*OF_ALICE, args=mine), Row(*OF_DAVE, args=theirs)]
    return {
        f"crm_api:{name}_list": [Row(*EVERYBODY)],
        f"crm_api:{name}_bulk": [Row(*WRITERS, 200, method="POST", data=bulk)],
        f"crm_api:{name}_detail": [
            *reads,
            Row(*WRITERS, 201, method="PUT", args=lambda cast: new, data=whole),
            Row(*WRITERS, 200, method="PATCH", args=mine, data=part),
            Row(*WRITERS, 204, method="DELETE", args=mine),
        ],
    }


ROUTES: dict[str, Row | list[Row]] = {
    "crm:opportunity_list": [Row(*EVERYBODY), Row(*EVERYBODY, query="?outcome=won&q=deal")],
    "crm:opportunity_detail": [
        Row(*OF_ALICE, args=_page("opportunities", "Borealis")),
        Row(*OF_DAVE, args=_page("opportunities", "Australis")),
    ],
    "crm:account_list": Row(*EVERYBODY),
    "crm:account_detail": [
        Row(*OF_ALICE, args=_page("accounts", "Borealis")),
        Row(*OF_DAVE, args=_page("accounts", "Australis")),
    ],
    "crm:lead_list": [Row(*EVERYBODY), Row(*EVERYBODY, query="?status=new&q=lead")],
    "crm:lead_detail": [
        Row(*OF_ALICE, args=_page("leads", "Borealis")),
        Row(*OF_DAVE, args=_page("leads", "Australis")),
    ],
    "crm:activity_list": [Row(*EVERYBODY), Row(*EVERYBODY, query="?kind=visit&is_effective=True")],
}
ROUTES |= CONNECTION_ROUTES
ROUTES |= IMPORT_ROUTES
ROUTES |= INCOMING_ROUTES
ROUTES |= MERGE_ROUTES
ROUTES |= REST_ROUTES
ROUTES |= QUALITY_ROUTES
ROUTES |= WORK_ROUTES
ROUTES |= ENTRY_ROUTES
ROUTES |= HANDOVER_ROUTES
for _resource in BODIES:
    ROUTES |= _api_rows(_resource)
