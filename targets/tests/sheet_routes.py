"""Who may open each route of a plan's spreadsheets: rows of the role × URL matrix."""

from __future__ import annotations

from targets.models import PlanSheet
from targets.tests.factories import make_child, make_plan, root_of
from tests.matrix import Row


def _plan(cast):
    plan = make_plan(2026, name="Plan of sheets")
    make_child(make_child(root_of(plan), cast.east, 1000), cast.borealis, 1000)
    return plan


def _plan_args(cast):
    return {"plan_id": _plan(cast).pk}


def _sheet_args(*, step=""):
    def build(cast):
        plan = _plan(cast)
        sheet = PlanSheet.objects.create(plan=plan, file_name="x.xlsx", uploaded_by=cast.bob)
        return {"sheet_id": sheet.pk} | ({"step": step} if step else {})

    return build


ROUTES = {
    "targets:plan_sheet": [
        Row(404, 200, 200, 404, 200, 200, args=_plan_args),
        Row(404, 200, 200, 404, 403, 403, method="POST", args=_plan_args),
    ],
    "targets:plan_sheet_file": Row(404, 200, 200, 404, 200, 200, args=_plan_args),
    "targets:sheet_trial": Row(404, 200, 200, 404, 404, 404, args=_sheet_args()),
    "targets:sheet_decide": [
        Row(404, 302, 302, 404, 404, 404, method="POST", args=_sheet_args(step="discard")),
        Row(404, 302, 302, 404, 404, 404, method="POST", args=_sheet_args(step="apply")),
    ],
}
