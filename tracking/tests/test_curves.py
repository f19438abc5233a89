"""The curve of an owner: cumulative, up to the as-of date, against what was due."""

import datetime as dt

import pytest
import time_machine

from crm.tests.factories import make_opportunity
from metrics.models import Metric
from metrics.services import sweep
from org.models import Company
from org.scope import Scope
from org.tests.factories import make_person, make_unit
from tracking.selectors.curves import progress_curve
from tracking.tests.factories import make_plan, make_target

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 17)
EVERYONE = Scope.everyone(reason="test", on=TODAY)


@pytest.fixture(autouse=True)
def today():
    Company.objects.update(country="")
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def team():
    team = make_unit("Team")
    ann = make_person("Ann", team)
    make_target(make_plan(), team, 1_200_000)
    make_opportunity(ann, "10.00", won_on=dt.date(2026, 2, 3))
    make_opportunity(ann, "20.00", won_on=dt.date(2026, 6, 2))
    sweep()
    return team


def curve(team, grain):
    sales = Metric.objects.get(code="sales")
    return progress_curve(scope=EVERYONE, unit=team, person=None, metric=sales, grain=grain, as_of=TODAY)


def test_a_month_has_each_day_and_no_actual_after_the_as_of_date(team):
    month = curve(team, "month")
    assert len(month.days) == 30
    assert (month.actual[0], month.actual[1], month.actual[16], month.actual[17]) == (0, 2_000, 2_000, None)
    assert (month.plan[16], month.plan[-1]) == (59_091, 100_000)


def test_a_year_has_a_point_a_week_the_as_of_date_and_the_end(team):
    year = curve(team, "year")
    assert len(year.days) <= 55
    assert year.days[-1] == dt.date(2026, 12, 31)
    at = year.days.index(TODAY)
    assert (year.actual[at], year.actual[at + 1]) == (3_000, None)
    assert (year.plan[at], year.plan[-1]) == (559_091, 1_200_000)


def test_without_a_target_there_is_no_plan_curve():
    assert curve(make_unit("Other"), "month").plan == []
