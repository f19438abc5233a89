"""Who may open the lists of REST sources: administrators alone."""

from __future__ import annotations

from typing import Any

from crm.services.connectors import connection_save
from crm.tests.connecting import Memory, memory_connection
from tests.cast import Cast
from tests.matrix import Row

ADMIN = (403, 403, 403, 403, 403)
LIST = {"path": "/deals", "paging": "none", "path_external_id": "id", "path_stage": "state"}


def _source(_cast: Cast) -> dict[str, Any]:
    settings = {"url": "https://8.8.8.8/api", "auth": "none"}
    values = {"name": "Rest", "kind": "rest", "source": "rest", "settings": settings}
    return {"pk": connection_save(values=values, actor=None).pk}


def _list(cast: Cast) -> dict[str, Any]:
    return _source(cast) | {"resource": "opportunities"}


def _no_list(cast: Cast) -> dict[str, Any]:
    return _source(cast) | {"resource": "units"}


def _other_kind(_cast: Cast) -> dict[str, Any]:
    return {"pk": memory_connection(Memory()).pk}


REST_ROUTES: dict[str, Row | list[Row]] = {
    "crm:rest_lists": [Row(*ADMIN, 200, args=_source), Row(*ADMIN, 404, args=_other_kind)],
    "crm:rest_list": [
        Row(*ADMIN, 200, args=_list),
        Row(*ADMIN, 302, method="POST", args=_list, data=LIST | {"save": "yes"}),
        Row(*ADMIN, 422, method="POST", args=_list, data={"save": "yes"}),
        Row(*ADMIN, 302, method="POST", args=_list, data={"remove": "yes"}),
        Row(*ADMIN, 404, args=_no_list),
    ],
    "crm:rest_try": Row(*ADMIN, 200, method="POST", args=_list, data=LIST),
}
