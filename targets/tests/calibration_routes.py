"""Who may open each route of calibrations: rows of the role × URL matrix."""

from __future__ import annotations

from org.selectors import company_today
from org.tests.factories import make_person
from targets.models import Target
from targets.tests.calibration_factories import make_calibration, published_tree
from targets.tests.factories import make_child, make_plan, root_of
from tests.matrix import Row


def _draft(cast):
    """A plan that is no more than a draft, with a target of bob's team."""
    division = make_child(root_of(make_plan(2026)), cast.east, 1000)
    return {"plan_id": make_child(division, cast.borealis, 1000).plan_id}


def _tree(cast):
    """Of next year: whatever the day, none of its months has begun."""
    return published_tree(cast, fiscal_year=company_today().year + 1)


def _quota(cast):
    return {"target_id": _tree(cast)[3].pk}


def _joiner(cast):
    """Somebody new in bob's team."""
    plan = _tree(cast)[0].plan
    eve = make_person("Eve Borealis", cast.borealis, starts_on=company_today())
    return {"plan_id": plan.pk, "person_id": eve.pk}


def _calibrated(until):
    """A proposal of bob's about his team, taken along to a state."""

    def build(cast):
        *_above, team, _quota = _tree(cast)
        return {"calibration_id": make_calibration(team, until=until, proposer=cast.bob, first=5, last=6).pk}

    return build


def _published(cast):
    return {"plan_id": _tree(cast)[0].plan_id}


def _calibration_step(step, until):
    return lambda cast: {**_calibrated(until)(cast), "step": step}


def _newest(cast):
    """The target of bob's team in the plan that was made last: requests may follow each other."""
    return Target.objects.filter(unit=cast.borealis, person=None).latest("pk")


def _proposal(cast):
    """What the form of a new proposal for bob's team holds."""
    team = _newest(cast)
    return {
        "do": "save",
        "targets": [team.pk],
        "metric": "sales",
        "change": "-20",
        "first": "5",
        "last": "6",
        "keep": "100",
        "title": "T",
        "trigger": "market",
        "evidence": "E",
        "reason": "R",
    }


def _proposal_json(cast):
    team = _newest(cast)
    change = {"id": team.pk, "factor": "0.8", "first": 6, "last": 7}
    return {"title": "T", "trigger": "market", "evidence": "E", "reason": "R", "targets": [change]}


ROUTES = {
    "targets:calibration_people": Row(403, 200, 200, 404, 403, 403, args=_published),
    "targets:calibration_person": [
        Row(403, 200, 200, 404, 403, 403, args=_joiner),
        Row(
            403, 302, 302, 404, 403, 403,
            method="POST",
            args=_joiner,
            data={"title": "T", "trigger": "people", "evidence": "E", "reason": "R"},
        ),
    ],
    "targets:target_history": Row(200, 200, 200, 404, 200, 200, args=_quota),
    "targets:plan_diff": Row(200, 200, 200, 404, 200, 200, args=_published),
    "targets:calibration": [
        Row(403, 200, 200, 404, 200, 200, args=_published),
        Row(404, 403, 403, 404, 403, 403, args=_draft),
    ],
    "targets:calibration_new": [
        Row(403, 200, 200, 404, 403, 403, args=_published),
        Row(403, 302, 302, 404, 403, 403, method="POST", args=_published, data=_proposal),
    ],
    "targets:calibration_floors": Row(
        403, 403, 302, 404, 403, 403, method="POST", args=_published, data={"year": "95", "quarter": "80"}
    ),
    "targets:calibration_detail": [
        Row(404, 200, 200, 404, 200, 200, args=_calibrated("draft")),
        Row(200, 200, 200, 404, 200, 200, args=_calibrated("published")),
    ],
    "targets:calibration_edit": Row(404, 200, 200, 404, 403, 403, args=_calibrated("draft")),
    "targets:calibration_step": [
        Row(404, 302, 302, 404, 403, 403, method="POST", args=_calibration_step("propose", "draft")),
        Row(
            404, 403, 302, 404, 403, 403,
            method="POST", args=_calibration_step("analyse", "proposed"), data={"analysis": "A"},
        ),
        Row(
            404, 403, 302, 404, 403, 403,
            method="POST",
            args=_calibration_step("decide", "analysed"),
            data={"decision": "A", "do": "approve"},
        ),
        Row(404, 403, 302, 404, 403, 403, method="POST", args=_calibration_step("publish", "approved")),
        Row(404, 302, 302, 404, 403, 403, method="POST", args=_calibration_step("withdraw", "approved")),
    ],
    "targets_api:calibration_list": [
        Row(403, 200, 200, 404, 200, 200, args=_published),
        Row(403, 201, 201, 404, 403, 403, method="POST", args=_published, data=_proposal_json),
    ],
    "targets_api:calibration": [
        Row(404, 200, 200, 404, 200, 200, args=_calibrated("draft")),
        Row(200, 200, 200, 404, 200, 200, args=_calibrated("published")),
    ],
    "targets_api:calibration_propose": Row(
        404, 200, 200, 404, 403, 403, method="POST", args=_calibrated("draft"), data={}
    ),
    "targets_api:calibration_analyse": Row(
        404, 403, 200, 404, 403, 403, method="POST", args=_calibrated("proposed"), data={"text": "A"}
    ),
    "targets_api:calibration_decide": Row(
        404, 403, 200, 404, 403, 403,
        method="POST", args=_calibrated("analysed"), data={"text": "A", "approve": True},
    ),
    "targets_api:calibration_publish": Row(
        404, 403, 200, 404, 403, 403, method="POST", args=_calibrated("approved"), data={}
    ),
}  # fmt: skip
