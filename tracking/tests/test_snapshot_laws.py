"""Over random plans, facts and moves: touching what changed gives the rows of making everything anew."""

from __future__ import annotations

import datetime as dt

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.periods import ONE_DAY
from crm.models import Segment
from crm.tests.factories import make_lead, make_opportunity
from metrics.models import UnitDailyActual
from metrics.services import refresh_changed_days
from org.models import Company
from org.services import assignment_transfer
from org.tests.factories import make_person, make_unit
from tracking.models import Snapshot
from tracking.services import refresh_snapshots, snapshots_drain
from tracking.tests.factories import make_plan, make_target

TODAY = dt.date(2026, 1, 6)  # a Tuesday: its week, month, quarter and year are young, those before full
FIRST = dt.date(2025, 1, 1)
DAYS = st.integers(0, (TODAY - FIRST).days + 2).map(lambda at: FIRST + at * ONE_DAY)
LATE_DAYS = st.integers(0, 40).map(lambda back: TODAY - back * ONE_DAY)
AMOUNTS = st.integers(-99_999, 999_999).map(lambda minor: f"{minor / 100:.2f}")
LINES = st.sampled_from(["premium", "entry", ""])
PEOPLE = st.integers(0, 2)
CHANGES = st.one_of(
    st.tuples(st.just("deal"), PEOPLE, st.one_of(DAYS, LATE_DAYS), AMOUNTS, LINES, st.integers(0, 3)),
    st.tuples(st.just("lead"), PEOPLE, LATE_DAYS, st.booleans()),
    st.tuples(st.just("move"), PEOPLE, LATE_DAYS, st.integers(0, 1)),
)
METRICS = ("sales", "deals_won", "lead_conversion_rate", "average_order_value")
TARGETS = st.lists(
    st.tuples(
        st.sampled_from([2025, 2026]),
        st.sampled_from(METRICS),
        st.integers(0, 3),
        st.sampled_from([None, 0, 1, 2]),
        LINES,
        st.integers(1, 10**9),
        st.sampled_from([None, dt.date(2026, 1, 5)]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda target: target[:5],
)


class SnapshotLaws(TestCase):
    """A company of two teams, three people and two product lines."""

    def setUp(self) -> None:
        Company.objects.update(country="")
        east = make_unit("East")
        self.teams = [make_unit("One", east), make_unit("Two", east)]
        self.units = [east.parent, east, *self.teams]
        self.people = [make_person(f"P{at}", self.teams[at % 2]) for at in range(3)]
        self.lines = {
            code: Segment.objects.create(kind="product_line", code=code, name=code)
            for code in ("premium", "entry")
        }

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TARGETS, st.lists(CHANGES, max_size=5), st.lists(CHANGES, min_size=1, max_size=4))
    def test_touched_rows_are_the_rows_made_anew(self, targets, before, after) -> None:
        with time_machine.travel(dt.datetime(2026, 1, 6, 4, tzinfo=dt.UTC), tick=False):
            self.plan(targets)
            self.happen(before)
            self.happen(after)
            touched = rows()
            refresh_snapshots()
            assert rows() == touched
            refresh_snapshots()
            assert rows() == touched
            assert snapshots_drain() is False
            self.check_units()

    def plan(self, targets) -> None:
        plans = {year: make_plan(year) for year in (2025, 2026)}
        for year, metric, unit, person, line, amount, starts_on in targets:
            make_target(
                plans[year],
                self.units[unit],
                amount,
                metric=metric,
                person=None if person is None else self.people[person],
                product_line=self.lines.get(line),
                starts_on=starts_on if year == 2026 else None,
            )

    def happen(self, changes) -> None:
        for kind, at, day, *more in changes:
            person = self.people[at]
            if kind == "deal":
                amount, line, number = more
                won = {"won_on": day} if number else {"lost_on": day}
                # A few external ids only: deals are edited, moved to other days and people, lost again.
                make_opportunity(person, amount, external_id=f"D{number}", product_line=line or None, **won)
            elif kind == "lead":
                status = "converted" if more[0] else "disqualified"
                make_lead(person, created_on=day, status=status, closed_on=day)
            else:
                assignment_transfer(person=person, unit=self.teams[more[0]], on=day, actor=None)
        while refresh_changed_days().taken:
            pass
        snapshots_drain()

    def check_units(self) -> None:
        """A unit's sales are those of its own rows a day, whichever way they were summed."""
        for row in Snapshot.objects.filter(person=None, product_line=None, metric__code="sales"):
            days = UnitDailyActual.objects.filter(
                unit=row.unit_id, metric=row.metric_id, day__gte=row.period_start, day__lte=TODAY
            )
            assert row.actual == sum(days.values_list("value", flat=True))


def rows() -> list[tuple[object, ...]]:
    columns = [field.attname for field in Snapshot._meta.concrete_fields if field.name != "id"]
    return sorted(Snapshot.objects.values_list(*columns), key=repr)
