"""Joiners, leavers and movers: named where the plan does not follow; each team keeps its sums."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import Invalid
from org.models import Assignment
from org.scope import Scope
from org.services import assignment_transfer
from org.tests.factories import make_person, make_unit
from targets.models import Calibration
from targets.selectors import people_changes, revised_months
from targets.services import (
    Standing,
    calibration_save,
    lines_of,
    people_asks,
    target_amount_set,
)
from targets.tests.calibration_factories import make_ask, walk
from targets.tests.factories import again, make_child, make_plan, publish, root_of

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 12)
EVERYONE = Scope.everyone(reason="test", on=TODAY)
SINCE = {"starts_on": dt.date(2024, 1, 1), "hired_on": dt.date(2024, 1, 1)}


@pytest.fixture(autouse=True)
def may():
    with time_machine.travel(dt.datetime(2026, 5, 12, 4, tzinfo=dt.UTC), tick=False):
        yield


class Company:
    """Two teams; Ann and Ben (400.00 each) and Cleo (400.00) in the first, Dan (600.00) in the second."""

    def __init__(self):
        plan = make_plan()
        root = target_amount_set(target=root_of(plan), amount=180_000, actor=None)
        self.one, self.two = make_unit("One"), make_unit("Two")
        first, second = make_child(root, self.one, 120_000), make_child(root, self.two, 60_000)
        self.people, self.targets = {}, {}
        for name, unit, parent, amount in (
            ("Ann", self.one, first, 40_000),
            ("Ben", self.one, first, 40_000),
            ("Cleo", self.one, first, 40_000),
            ("Dan", self.two, second, 60_000),
        ):
            self.people[name] = make_person(name, unit, **SINCE)
            self.targets[name] = make_child(again(parent), self.people[name], amount)
        self.plan = publish(plan)
        self.first, self.second = again(first), again(second)
        self.targets = {name: again(target) for name, target in self.targets.items()}

    def changes(self):
        return people_changes(self.plan, scope=EVERYONE, today=TODAY)

    def follow(self, change, until="published"):
        standing = Standing.load(self.plan, [self.first.metric_id])
        asks, joiners = people_asks(standing, change)
        row = calibration_save(
            plan=self.plan,
            ask=make_ask(trigger="people"),
            lines=lines_of(standing, asks, joiners),
            actor=None,
        )
        return walk(row, until)

    def leave(self, name, on):
        Assignment.objects.filter(person=self.people[name]).update(ends_on=on)


@pytest.fixture
def company(db):
    return Company()


def test_nobody_is_named_where_the_plan_follows(company):
    assert company.changes() == []


def test_who_left_is_named_and_the_team_takes_over_month_by_month(company):
    company.leave("Ann", dt.date(2026, 5, 20))
    [change] = company.changes()
    assert (change.person.name, change.kind, change.month) == ("Ann", "leaves", 5)
    company.follow(change)
    ann = revised_months(company.targets["Ann"])
    assert ann == [*company.targets["Ann"].months[:5], *[0] * 7]
    assert revised_months(company.first) == company.first.months
    taken = sum(company.targets["Ann"].months[5:])
    for name in ("Ben", "Cleo"):
        more = sum(revised_months(company.targets[name])) - 40_000
        assert abs(more - taken / 2) <= 1
    assert company.changes() == []


def test_who_leaves_later_keeps_the_months_until_then(company):
    company.leave("Ann", dt.date(2026, 9, 1))
    [change] = company.changes()
    assert change.month == 8
    company.follow(change)
    assert revised_months(company.targets["Ann"]) == [*company.targets["Ann"].months[:8], *[0] * 4]


def test_who_joined_takes_a_share_that_grows_with_the_ramp(company):
    eve = make_person("Eve", company.one, starts_on=dt.date(2026, 5, 4))
    [change] = company.changes()
    assert (change.person, change.kind) == (eve, "joins")
    row = company.follow(change)
    target = row.lines.get(target__person=eve).target
    now = revised_months(target)
    assert now[:5] == [0] * 5
    others = sum(sum(revised_months(company.targets[name])[5:]) for name in ("Ann", "Ben", "Cleo")) / 3
    assert 0.5 * others < sum(now) < others
    assert revised_months(company.first) == company.first.months
    assert company.changes() == []


def test_who_moved_leaves_one_team_and_joins_the_other_and_both_keep_their_sums(company):
    assignment_transfer(person=company.people["Ben"], unit=company.two, on=dt.date(2026, 5, 11), actor=None)
    [change] = company.changes()
    assert (change.kind, change.leaves_unit, change.joins_unit) == ("moves", company.one, company.two)
    row = company.follow(change)
    assert revised_months(company.first) == company.first.months
    assert revised_months(company.second) == company.second.months
    assert sum(revised_months(company.targets["Ben"])[5:]) == 0
    new = row.lines.get(target__person=company.people["Ben"], target__unit=company.two).target
    assert sum(revised_months(new)) > 0
    assert sum(revised_months(company.targets["Dan"])) + sum(revised_months(new)) == 60_000
    assert company.changes() == []


def test_the_last_of_a_team_has_nobody_to_take_over(company):
    company.leave("Dan", dt.date(2026, 5, 20))
    [change] = company.changes()
    with pytest.raises(Invalid, match="Nobody in Two"):
        company.follow(change, "draft")
    assert not Calibration.objects.exists()


def test_the_list_asks_as_many_queries_for_thirty_people_as_for_three(company):
    counts = []
    for count in (3, 27):
        for at in range(count):
            make_person(f"New {count}-{at}", company.one, starts_on=dt.date(2026, 5, 4))
        with CaptureQueriesContext(connection) as queries:
            found = company.changes()
        counts.append(len(queries))
    assert len(found) == 30
    assert counts[0] == counts[1] <= 6


def test_a_director_opens_the_proposal_made_ready_and_saves_it(company, cast, client_of):
    company.leave("Ann", dt.date(2026, 5, 20))
    carol = client_of(cast.carol)
    listed = carol.get(reverse("targets:calibration_people", args=[company.plan.pk])).content.decode()
    assert "Ann" in listed
    url = reverse("targets:calibration_person", args=[company.plan.pk, company.people["Ann"].pk])
    page = carol.get(url)
    assert page.context["form"].initial["title"] == "Ann leaves One"
    assert carol.post(url, {"title": "", "trigger": "people"}).status_code == 422
    carol.post(url, page.context["form"].initial)
    row = Calibration.objects.get()
    assert (row.trigger, row.first_month) == ("people", 5)
    assert carol.get(reverse("targets:calibration_edit", args=[row.pk])).status_code == 302
