"""Who may open which door of the connections: administrators alone."""

from __future__ import annotations

from typing import Any

from crm.models import ConnectionState
from crm.tests.connecting import Memory, memory_connection, pull
from tests.cast import Cast
from tests.matrix import Row

ADMIN = (403, 403, 403, 403, 403)


def _one(_cast: Cast) -> dict[str, Any]:
    """A connection that has read something."""
    memory = Memory()
    memory.put("opportunities", "Borealis-9", stage="engaging", amount="10.00", owner="E1")
    memory.put("opportunities", "Borealis-10", stage="nonsense", amount="10.00", owner="E1")
    connection = memory_connection(memory)
    pull(connection)
    return {"pk": connection.pk}


def _missing(cast: Cast) -> dict[str, Any]:
    args = _one(cast)
    ConnectionState.objects.update(missing=50)
    return args


def _kind(_cast: Cast) -> dict[str, Any]:
    return {"kind": "odoo"}


def _nobody(_cast: Cast) -> dict[str, Any]:
    return {"pk": 999_999}


def _month(cast: Cast, resource: str = "opportunities", month: str = "2026-01") -> dict[str, Any]:
    return _one(cast) | {"resource": resource, "month": month}


RESOURCE = {"resource": "opportunities"}
CONNECTION_ROUTES: dict[str, Row | list[Row]] = {
    "crm:connection_list": Row(*ADMIN, 200),
    "crm:connection_trouble": Row(*ADMIN, 200),
    "crm:connection_kinds": Row(*ADMIN, 200),
    "crm:connection_new": [
        Row(*ADMIN, 200, args=_kind),
        Row(*ADMIN, 422, method="POST", args=_kind, data={"name": ""}),
        Row(*ADMIN, 404, args=lambda _cast: {"kind": "nonsense"}),
    ],
    "crm:connection_try": [
        Row(*ADMIN, 200, method="POST", args=_kind, data={"name": ""}),
        Row(*ADMIN, 404, method="POST", args=lambda _cast: {"kind": "nonsense"}),
        Row(*ADMIN, 404, method="POST", args=_kind, data={"connection": "999999"}),
    ],
    "crm:connection_detail": [Row(*ADMIN, 200, args=_one), Row(*ADMIN, 404, args=_nobody)],
    # A source in memory has no form and nothing to map.
    "crm:connection_edit": [Row(*ADMIN, 404, args=_one), Row(*ADMIN, 404, args=_nobody)],
    "crm:connection_mapping": [Row(*ADMIN, 404, args=_one), Row(*ADMIN, 404, args=_nobody)],
    "crm:connection_progress": Row(*ADMIN, 200, args=_one),
    "crm:connection_test": Row(*ADMIN, 302, method="POST", args=_one),
    "crm:connection_switch": Row(*ADMIN, 302, method="POST", args=_one, data={"is_active": "no"}),
    "crm:connection_run": Row(*ADMIN, 302, method="POST", args=_one),
    "crm:connection_reset": [
        Row(*ADMIN, 302, method="POST", args=_one, data=RESOURCE),
        Row(*ADMIN, 404, method="POST", args=_one, data={"resource": "nonsense"}),
    ],
    "crm:connection_missing": [
        Row(*ADMIN, 302, method="POST", args=_missing, data=RESOURCE),
        # Nothing is missing: said in a message.
        Row(*ADMIN, 302, method="POST", args=_one, data=RESOURCE),
    ],
    "crm:connection_delete": Row(*ADMIN, 302, method="POST", args=_one),
    "crm:connection_refused": Row(*ADMIN, 200, args=_one),
    "crm:connection_comparison": Row(*ADMIN, 200, args=_one),
    "crm:connection_compare": Row(*ADMIN, 302, method="POST", args=_one),
    "crm:connection_records": [
        Row(*ADMIN, 200, args=_month),
        Row(*ADMIN, 404, args=lambda cast: _month(cast, resource="accounts")),
        Row(*ADMIN, 404, args=lambda cast: _month(cast, month="nonsense")),
    ],
}
