"""Who may open each route of this room: rows of the role × URL matrix."""

from __future__ import annotations

from targets.services import plan_job_ask
from targets.tests import calibration_routes, check_routes, grid_routes, sheet_routes, space_routes
from targets.tests.factories import make_child, make_plan, root_of
from targets.tests.strategy_factories import make_line
from tests.matrix import Row


def _team_target(name):
    """A target of a team of the cast, under its division's."""

    def build(cast):
        plan = make_plan(2026, name="Plan of all")
        team = getattr(cast, name)
        division = make_child(root_of(plan), team.parent, 1000)
        return make_child(division, team, 1000)

    return build


BOREALIS, AUSTRALIS = _team_target("borealis"), _team_target("australis")


def _target(build):
    return lambda cast: {"target_id": build(cast).pk}


def _plan(build):
    return lambda cast: {"plan_id": build(cast).plan_id}


def _branch(build):
    return lambda cast: {"plan_id": (target := build(cast)).plan_id, "target_id": target.pk}


def _step(step):
    return lambda cast: {"plan_id": BOREALIS(cast).plan_id, "step": step}


def _season(cast):
    target = BOREALIS(cast)
    return {"plan_id": target.plan_id, "metric_id": target.metric_id}


def _line(cast):
    return {"line_id": make_line(BOREALIS(cast).plan, metric=None).pk}


def _line_step(step):
    return lambda cast: {**_line(cast), "step": step}


def _job(cast):
    return plan_job_ask(plan=BOREALIS(cast).plan, kind="publish", actor=None)


NEW_PLAN = {"fiscal_year": "2027", "name": "Next", "metrics": ["sales"]}
ROUTES = {
    **calibration_routes.ROUTES,
    **check_routes.ROUTES,
    **grid_routes.ROUTES,
    **sheet_routes.ROUTES,
    **space_routes.ROUTES,
    "targets:plan_list": [
        Row(200, 200, 200, 200, 200, 200),
        Row(403, 403, 302, 403, 403, 403, method="POST", data=NEW_PLAN),
    ],
    "targets:plan": [
        Row(404, 200, 200, 404, 200, 200, args=_plan(BOREALIS)),
        Row(404, 404, 200, 404, 200, 200, args=_plan(AUSTRALIS)),
    ],
    "targets:strategy": [
        Row(404, 200, 200, 404, 200, 200, args=_plan(BOREALIS)),
        Row(404, 404, 200, 404, 200, 200, args=_plan(AUSTRALIS)),
        Row(
            404, 403, 302, 404, 403, 403,
            method="POST", args=_plan(BOREALIS), data={"text": "East first", "kind": "focus"},
        ),
    ],
    "targets:strategy_line": [
        Row(404, 200, 200, 404, 200, 200, args=_line),
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_line, data={"text": "A", "kind": "focus"}),
    ],
    "targets:strategy_links": Row(404, 403, 302, 404, 403, 403, method="POST", args=_line),
    "targets:strategy_tilts": Row(404, 403, 302, 404, 403, 403, method="POST", args=_line),
    "targets:strategy_step": [
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_line_step("up")),
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_line_step("reached")),
    ],
    "targets:plan_step": [
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_step("copy")),
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_step("submit")),
    ],
    "targets:plan_branch": [
        Row(404, 200, 200, 404, 200, 200, args=_branch(BOREALIS)),
        Row(404, 404, 200, 404, 200, 200, args=_branch(AUSTRALIS)),
    ],
    "targets:plan_job": Row(
        404, 302, 302, 404, 302, 302,
        args=lambda cast: {"plan_id": (job := _job(cast)).plan_id, "job_id": job.pk},
    ),
    "targets:season_set": Row(
        404, 403, 302, 404, 403, 403,
        method="POST", args=_season, data={"season": "flat", "early": "1", "mid": "2", "late": "3"},
    ),
    "targets:target_allocate": [
        Row(404, 422, 422, 404, 403, 403, method="POST", args=_target(BOREALIS)),
        Row(404, 404, 422, 404, 403, 403, method="POST", args=_target(AUSTRALIS)),
    ],
    "targets:target_set": [
        # A team's amount is set from above: not by its own manager.
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_target(BOREALIS), data={"amount": "7"}),
        Row(404, 404, 302, 404, 403, 403, method="POST", args=_target(AUSTRALIS), data={"amount": "7"}),
    ],
    "targets:target_split": [
        Row(404, 302, 302, 404, 403, 403, method="POST", args=_target(BOREALIS), data={"by": "person"}),
        Row(404, 404, 302, 404, 403, 403, method="POST", args=_target(AUSTRALIS), data={"by": "person"}),
    ],
    "targets:target_delete": [
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_target(BOREALIS)),
        Row(404, 404, 302, 404, 403, 403, method="POST", args=_target(AUSTRALIS)),
    ],
    "targets_api:plan_list": [
        Row(200, 200, 200, 200, 200, 200),
        Row(
            403, 403, 201, 403, 403, 403,
            method="POST",
            data={"fiscal_year": 2027, "name": "Next", "metrics": ["sales"]},
        ),
    ],
    "targets_api:plan_targets": [
        Row(404, 200, 200, 404, 200, 200, args=_plan(BOREALIS)),
        Row(404, 404, 200, 404, 200, 200, args=_plan(AUSTRALIS)),
        Row(
            404, 400, 200, 404, 403, 403,
            method="POST",
            args=_plan(BOREALIS),
            data={"metric": "sales", "amount": "10.00"},
        ),
    ],
    "targets_api:strategy": [
        Row(404, 200, 200, 404, 200, 200, args=_plan(BOREALIS)),
        Row(404, 404, 200, 404, 200, 200, args=_plan(AUSTRALIS)),
    ],
    "targets_api:plan_publish": Row(404, 403, 409, 404, 403, 403, method="POST", args=_plan(BOREALIS)),
    "targets_api:job": Row(404, 200, 200, 404, 200, 200, args=lambda cast: {"job_id": _job(cast).pk}),
    "targets_api:allocate": [
        Row(404, 400, 400, 404, 403, 403, method="POST", args=_target(BOREALIS), data={"children": []}),
        Row(404, 404, 400, 404, 403, 403, method="POST", args=_target(AUSTRALIS), data={"children": []}),
    ],
    "targets_api:slices": [
        Row(404, 200, 200, 404, 200, 200, args=_target(BOREALIS)),
        Row(404, 404, 200, 404, 200, 200, args=_target(AUSTRALIS)),
    ],
}  # fmt: skip
