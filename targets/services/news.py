"""What webhooks tell of plans: that a version was published, and which targets it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from metrics.formats import plain_text
from metrics.models import Metric
from org.models import Person, Unit
from org.selectors import hook_kinds_wanted
from org.services import Event, events_record
from targets.models import Plan, Target

PUBLISHED, CHANGED = "plan.published", "target.changed"
# So many changes stand in the message, the largest first; a link leads to all of them.
MOST_TOLD = 100
# Whose target it is: metric, unit, person, three segments.
_OWNER = ("metric_id", "unit_id", "person_id", "product_line_id", "region_id", "customer_type_id")
Key = tuple[int, int, int | None, int | None, int | None, int | None]


def plan_announce(*, plan: Plan, replaced: Plan | None) -> None:
    """Tell of a plan just published, and against the version it replaces of its changed targets.

    Called inside the transaction that publishes. All changes are one event, however many they are.
    """
    wanted = hook_kinds_wanted(PUBLISHED, CHANGED)
    events = [Event(PUBLISHED, _plan_told(plan))] if PUBLISHED in wanted else []
    if CHANGED in wanted and replaced is not None:
        told = _changes_told(plan, replaced)
        events += [Event(CHANGED, told)] if told["count"] else []
    if events:
        events_record(events)


def _plan_told(plan: Plan) -> dict[str, Any]:
    days = {"starts_on": plan.starts_on.isoformat(), "ends_on": plan.ends_on.isoformat()}
    names = {"id": plan.pk, "name": plan.name, "fiscal_year": plan.fiscal_year, "version": plan.number}
    return {**names, **days, "currency": plan.currency}


def _changes_told(plan: Plan, replaced: Plan) -> dict[str, Any]:
    """How many targets are others than in the version before, and the largest changes themselves."""
    before, after = _amounts(replaced), _amounts(plan)
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    # Amounts of different metrics don't compare: each is measured by its own former amount.
    changed.sort(key=lambda key: (-_share(before.get(key), after.get(key)), str(key)))
    return {
        "plan": _plan_told(plan),
        "replaces": {"id": replaced.pk, "version": replaced.number},
        "count": len(changed),
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "changes": _told(changed[:MOST_TOLD], before, after, plan.currency),
        "url": f"{settings.SITE_URL}/api/v1/targets/plans/{plan.pk}/targets",
    }


def _amounts(plan: Plan) -> dict[Key, int]:
    rows = Target.objects.filter(plan=plan).values_list(*_OWNER, "amount")
    return {row[:6]: row[6] for row in rows.iterator(chunk_size=5_000)}


def _share(before: int | None, after: int | None) -> float:
    """By how much of the former amount a target changed; for sorting alone."""
    if not before or after is None:
        return float("inf")
    return abs(after - before) / abs(before)


def _told(
    keys: list[Key], before: Mapping[Key, int], after: Mapping[Key, int], currency: str
) -> list[dict[str, Any]]:
    metrics = Metric.objects.in_bulk({key[0] for key in keys})
    units = Unit.objects.in_bulk({key[1] for key in keys})
    people = Person.objects.in_bulk({key[2] for key in keys if key[2] is not None})

    def written(metric: Metric, amount: int | None) -> str | None:
        if amount is None:
            return None
        return plain_text(amount, unit=metric.unit, is_ratio=metric.is_ratio, currency=currency)

    told = []
    for key in keys:
        metric, unit = metrics[key[0]], units[key[1]]
        person = people.get(key[2]) if key[2] is not None else None
        told.append(
            {
                "metric": metric.code,
                "unit": {"source": unit.source, "external_id": unit.external_id, "name": unit.name},
                "person": person and {"employee_number": person.employee_number, "name": person.name},
                "has_segment": any(key[3:]),
                "before": written(metric, before.get(key)),
                "after": written(metric, after.get(key)),
            }
        )
    return told
