"""Builders for tests: a person's figures of a year as daily actuals, summed up the tree."""

from __future__ import annotations

import datetime as dt

from crm.models import Segment
from metrics.models import DailyActual, Metric, UnitDailyActual
from org.models import Person, Unit, UnitClosure

SEGMENTS = ("product_line", "region", "customer_type")


def make_year(person: Person, unit: Unit, year: int, **figures: int) -> None:
    """The person's figures of a calendar year by metric code, each on its first day."""
    day = dt.date(year, 1, 1)
    nowhere = {kind: Segment.objects.get(kind=kind, is_placeholder=True) for kind in SEGMENTS}
    above = UnitClosure.objects.filter(descendant=unit).values_list("ancestor_id", flat=True)
    for code, value in figures.items():
        metric = Metric.objects.get(code=code)
        DailyActual.objects.create(metric=metric, person=person, unit=unit, day=day, value=value, **nowhere)
        for ancestor in above:
            row, _is_new = UnitDailyActual.objects.get_or_create(
                metric=metric, unit_id=ancestor, day=day, defaults={"value": 0}
            )
            UnitDailyActual.objects.filter(pk=row.pk).update(value=row.value + value)
