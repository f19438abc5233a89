"""Who may open each route of this room: rows of the role × URL matrix."""

from __future__ import annotations

from dashboards.setup import ORDER
from org.tests.routes import pk_of_token_of
from tests.matrix import Row


def _unit(name):
    return lambda cast: {"unit_id": getattr(cast, name).pk}


def _person(name):
    return lambda cast: {"person_id": getattr(cast, name).person.pk}


def _step(step):
    return lambda _cast: {"step": str(step)}


PEOPLE_TABLE = {"table": "name,number,unit,start date\nAnn,N1,New unit,2026-01-01", "action": "import"}

ROUTES = {
    "dashboards:styleguide": Row(403, 403, 403, 403, 403, 200),
    "dashboards:home": Row(200, 200, 200, 200, 200, 200),
    "dashboards:unit": [
        Row(404, 404, 200, 404, 200, 200, args=_unit("root")),
        Row(404, 200, 200, 404, 200, 200, args=_unit("borealis")),
        Row(404, 404, 200, 404, 200, 200, args=_unit("australis")),
    ],
    "dashboards:person": [
        Row(200, 200, 200, 404, 200, 200, args=_person("alice")),
        Row(404, 404, 200, 200, 200, 200, args=_person("dave")),
    ],
    "dashboards:search": [
        Row(200, 200, 200, 200, 200, 200, query="?q=a"),
        Row(200, 200, 200, 200, 200, 200, query="?q=a&kind=deals&page=2"),
    ],
    "dashboards:company": [
        Row(403, 200, 200, 403, 200, 200),
        Row(403, 200, 200, 403, 200, 200, query="?by=region"),
        Row(403, 200, 200, 403, 200, 200, query="?view=table"),
        Row(403, 200, 200, 403, 200, 200, query="?export=csv"),
        Row(403, 404, 404, 403, 404, 404, query="?node=unit:999999"),
        Row(403, 404, 404, 403, 404, 404, query="?node=person:1"),
    ],
    "dashboards:board": Row(200, 200, 200, 200, 403, 403),
    "dashboards:usage_list": Row(200, 200, 200, 200, 200, 200),
    "dashboards:usage_detail": [
        Row(200, 404, 404, 404, 404, 200, args=pk_of_token_of("alice")),
        Row(404, 404, 404, 404, 404, 200, args=pk_of_token_of("frank")),
    ],
    "dashboards:figure": Row(404, 404, 404, 404, 404, 404),
    "dashboards:figure_rows": [
        Row(404, 404, 404, 404, 404, 404, args=lambda _cast: {"kind": "csv"}),
        Row(404, 404, 404, 404, 404, 404, args=lambda _cast: {"kind": "xlsx"}),
    ],
    "dashboards:setup": Row(403, 403, 403, 403, 403, 200),
    "dashboards:setup_step": [
        *(Row(403, 403, 403, 403, 403, 200, args=_step(step)) for step in ORDER),
        Row(403, 403, 403, 403, 403, 200, args=_step("people"), query="?example=yes"),
        Row(403, 403, 403, 403, 403, 302, method="POST", args=_step("people"), data=PEOPLE_TABLE),
        # Administrators lay the ground, executives make the plan.
        Row(403, 403, 403, 403, 403, 403, method="POST", args=_step("plan"), data={"action": "publish"}),
        Row(403, 403, 403, 403, 403, 404, args=_step("luck")),
    ],
    "dashboards:setup_mark": [
        Row(403, 403, 403, 403, 403, 302, method="POST", args=_step("list")),
        Row(403, 403, 403, 403, 403, 302, method="POST", args=_step("facts"), data={"state": "open"}),
    ],
}
