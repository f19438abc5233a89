"""What each person of a team did in the year before a plan: activities, deals, amounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Sum

from metrics.models import DailyActual, Metric
from targets.calc.history import Span
from targets.selectors.histories import units_above

DEALS, VISITS, LEADS = "deals_won", "effective_visits", "leads"
STEPS = (DEALS, VISITS, LEADS)


@dataclass
class TeamYear:
    """Totals of a year by metric code, of each person of a unit (its subtree); stored units."""

    people: dict[int, dict[str, int]] = field(default_factory=dict)

    def of(self, person: int, code: str) -> int:
        """What a person has of a metric; 0 for nothing."""
        return self.people.get(person, {}).get(code, 0)

    def each(self, code: str) -> list[int]:
        """What those have of a metric who have any."""
        return [value for person in self.people if (value := self.of(person, code))]

    def total(self, code: str) -> int:
        return sum(self.each(code))

    def mean(self, code: str) -> float | None:
        """Of those who have any."""
        known = self.each(code)
        return sum(known) / len(known) if known else None


def team_years(units: Collection[int], codes: Collection[str], window: Span) -> dict[int, TeamYear]:
    """The year of every person of each unit; two queries, and one for the metrics' ids.

    The caller has seen to it that only what follows from these figures is shown of people out of scope.
    """
    teams = {unit: TeamYear() for unit in units}
    if not teams:
        return teams
    above = units_above(teams)
    names = dict(Metric.objects.filter(code__in=codes).values_list("pk", "code"))
    rows = DailyActual.objects.filter(
        unit__in=above, metric__in=names, day__gte=window[0], day__lt=window[1], person__is_placeholder=False
    )
    columns = ("unit_id", "person_id", "metric_id")
    for unit, person, metric, total in (
        rows.order_by().values(*columns).annotate(total=Sum("value")).values_list(*columns, "total")
    ):
        for ancestor in above[unit]:
            of_person = teams[ancestor].people.setdefault(person, {})
            code = names[metric]
            of_person[code] = of_person.get(code, 0) + total
    return teams
