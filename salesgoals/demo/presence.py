"""Who is credited in which unit in a plan's year, and for which part of each month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.periods import Period, fiscal_months
from org.models import CreditInterval
from salesgoals.demo.shape import RAMP_FROM, Seller, ramp
from targets.models import Plan
from targets.selectors.slices import plan_workdays

Key = tuple[int, int]


@dataclass(frozen=True)
class Presence:
    """The part of each month's days a person is in a unit, by (person, unit), and the year's workdays."""

    shares: dict[Key, list[float]]
    numbers: dict[int, str]
    workdays: Sequence[int]
    year: Sequence[Period]

    @classmethod
    def load(cls, plan: Plan) -> Presence:
        """From the credit of the plan's year; one query and the calendar's."""
        months = fiscal_months(plan.fiscal_year, plan.starts_on.month)
        spans = CreditInterval.objects.filter(
            starts_on__lt=plan.ends_on,
            ends_on__gt=plan.starts_on,
            unit__is_placeholder=False,
            person__is_placeholder=False,
        ).select_related("person")
        shares: dict[Key, list[float]] = {}
        numbers: dict[int, str] = {}
        for span in spans:
            numbers[span.person_id] = span.person.employee_number
            row = shares.setdefault((span.person_id, span.unit_id), [0.0] * 12)
            for at, month in enumerate(months):
                row[at] += _part(span, month)
        return cls(shares, numbers, plan_workdays(plan), months)

    def members(self, unit_id: int) -> list[tuple[int, str]]:
        """The people of a unit with their employee numbers."""
        return [(person, self.numbers[person]) for person, unit in self.shares if unit == unit_id]

    def of_year(self, person_id: int, unit_id: int, seller: Seller) -> float:
        """The part of a year's work a seller does in a unit: the days there, less while still ramping up."""
        shares = self.shares.get((person_id, unit_id), [0.0] * 12)
        parts = (
            share * max(RAMP_FROM, ramp(seller, month.start + dt.timedelta(days=15)))
            for share, month in zip(shares, self.year, strict=True)
        )
        return sum(parts) / 12

    def months(self, person_id: int, unit_id: int, weekly: Decimal) -> list[int]:
        """A person's months at so many a week of five workdays, while they are in the unit."""
        shares = self.shares.get((person_id, unit_id), [0.0] * 12)
        return [
            round(float(weekly) / 5 * days * share) for days, share in zip(self.workdays, shares, strict=True)
        ]


def _part(span: CreditInterval, month: Period) -> float:
    days = (min(month.end, span.ends_on) - max(month.start, span.starts_on)).days
    return max(0, days) / month.days * (span.to_bp - span.from_bp) / 10_000
