"""Who may open the pages that split targets in space and time: rows of the role × URL matrix."""

from __future__ import annotations

from targets.tests.factories import make_child, make_plan, root_of
from tests.matrix import Row


def _target(name):
    """A target of a team of the cast, under its division's."""

    def build(cast):
        team = getattr(cast, name)
        division = make_child(root_of(make_plan(2026, name="Plan of space")), team.parent, 1000)
        return make_child(division, team, 1000)

    return build


def _of(name, **more):
    return lambda cast: {"target_id": _target(name)(cast).pk, **more}


def _plan(name):
    return lambda cast: {"plan_id": _target(name)(cast).plan_id}


ROUTES = {
    "targets:plan_grid": [
        Row(404, 200, 200, 404, 200, 200, args=_plan("borealis")),
        Row(404, 404, 200, 404, 200, 200, args=_plan("australis")),
        Row(404, 422, 200, 404, 403, 403, method="POST", args=_plan("borealis"), data={"c-0-0": "x"}),
    ],
    "targets:target_by": [
        Row(404, 302, 302, 404, 403, 403, args=_of("borealis")),
        Row(404, 404, 302, 404, 403, 403, args=_of("australis")),
        Row(404, 302, 302, 404, 403, 403, method="POST", args=_of("borealis"), data={"apply": "1"}),
    ],
}
