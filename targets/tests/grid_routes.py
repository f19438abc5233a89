"""Who may keep and discard drafts of a grid: rows of the role × URL matrix."""

from __future__ import annotations

from targets.tests.factories import make_child, make_plan, root_of
from tests.matrix import Row


def _team(name):
    def build(cast):
        team = getattr(cast, name)
        division = make_child(root_of(make_plan(2026, name="Plan of grids")), team.parent, 1000)
        return {"target_id": make_child(division, team, 1000).pk}

    return build


ROUTES = {
    "targets:grid_draft": [
        Row(404, 200, 200, 404, 403, 403, method="POST", args=_team("borealis")),
        Row(404, 404, 200, 404, 403, 403, method="POST", args=_team("australis")),
    ],
    "targets:grid_draft_discard": [
        Row(404, 302, 302, 404, 302, 302, method="POST", args=_team("borealis")),
        Row(404, 404, 302, 404, 302, 302, method="POST", args=_team("australis")),
    ],
}
