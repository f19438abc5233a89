"""Who may open each route of the SMART check: rows of the role × URL matrix."""

from __future__ import annotations

from targets.tests.factories import make_child, make_plan, root_of
from tests.matrix import Row


def _team(name):
    def build(cast):
        team = getattr(cast, name)
        return make_child(make_child(root_of(make_plan(2026)), team.parent, 1000), team, 1000)

    return build


def _plan(name):
    return lambda cast: {"plan_id": _team(name)(cast).plan_id}


def _target(name):
    return lambda cast: {"plan_id": (target := _team(name)(cast)).plan_id, "target_id": target.pk}


ROUTES = {
    route: [
        Row(404, 200, 200, 404, 200, 200, args=args("borealis")),
        Row(404, 404, 200, 404, 200, 200, args=args("australis")),
    ]
    for route, args in (
        ("targets:check", _plan),
        ("targets:check_counts", _plan),
        ("targets:check_target", _target),
        ("targets_api:check", _plan),
    )
}
