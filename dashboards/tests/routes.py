"""Who may open each route of this room: rows of the role × URL matrix."""

from __future__ import annotations

from tests.matrix import Row


def _unit(name):
    return lambda cast: {"unit_id": getattr(cast, name).pk}


def _person(name):
    return lambda cast: {"person_id": getattr(cast, name).person.pk}


ROUTES = {
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
    "dashboards:figure": Row(404, 404, 404, 404, 404, 404),
    "dashboards:figure_rows": [
        Row(404, 404, 404, 404, 404, 404, args=lambda _cast: {"kind": "csv"}),
        Row(404, 404, 404, 404, 404, 404, args=lambda _cast: {"kind": "xlsx"}),
    ],
}
