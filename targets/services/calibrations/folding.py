"""A new version of a calibrated plan begins with what is in force: published plus adjustments."""

from __future__ import annotations

from targets.models import MONTH_FIELDS, Plan, PlanFloors, Target
from targets.selectors.adjustments import plan_adjustments
from targets.selectors.trees import SEGMENTS
from targets.services.cascade import save

_KEY = ("metric_id", "unit_id", "person_id", *(f"{kind}_id" for kind in SEGMENTS))


def adjustments_fold(plan: Plan, copy: Plan) -> None:
    """Write what calibrations added to ``plan`` into the copied draft, and its floors."""
    floors = PlanFloors.objects.filter(plan=plan).first()
    if floors is not None:
        PlanFloors.objects.create(plan=copy, year_bp=floors.year_bp, quarter_bp=floors.quarter_bp)
    more = plan_adjustments(plan)
    if not more:
        return
    adjusted = Target.objects.filter(plan=plan, pk__in=more).values_list("pk", *_KEY)
    deltas = {key: more[pk] for pk, *key_parts in adjusted for key in [tuple(key_parts)]}
    changed = []
    for target in Target.objects.filter(plan=copy):
        added = deltas.get(tuple(getattr(target, name) for name in _KEY))
        if added is None:
            continue
        for name, delta in zip(MONTH_FIELDS, added, strict=True):
            setattr(target, name, getattr(target, name) + delta)
        if target.is_additive:
            target.amount += sum(added)
        changed.append(target)
    save(changed)
