"""What webhooks hear of plans: that one was published, once it is."""

from __future__ import annotations

import pytest

from common.errors import Conflict
from org.models import HookEvent
from org.tests.factories import make_hook
from targets.models import Target
from targets.services import plan_copy, plan_publish, target_amount_set
from targets.tests.factories import again, make_child, make_plan, publish, root_of

pytestmark = pytest.mark.django_db


def test_published_plan_is_told_with_its_version():
    make_hook("https://8.8.8.8/", "plan.published", is_active=True)
    plan = make_plan(2026, name="Growth")
    target_amount_set(target=root_of(plan), amount=100, actor=None)
    publish(plan)
    [event] = HookEvent.objects.all()
    said = event.payload
    assert (event.kind, said["id"], said["name"], said["version"]) == ("plan.published", plan.pk, "Growth", 1)
    assert (said["fiscal_year"], said["starts_on"], said["ends_on"]) == (2026, "2026-01-01", "2027-01-01")


def test_plan_that_could_not_be_published_is_told_to_nobody():
    make_hook("https://8.8.8.8/", "plan.published", is_active=True)
    with pytest.raises(Conflict):
        plan_publish(plan=make_plan(), actor=None)
    assert not HookEvent.objects.exists()


def second_version(plan, amount, **children):
    """A new version of a published plan with another amount for the company, not yet published."""
    copy = plan_copy(plan=plan, actor=None)
    target_amount_set(target=root_of(copy), amount=amount, actor=None)
    return copy


def test_targets_that_a_new_version_changes_are_told_in_one_message():
    make_hook("https://8.8.8.8/", "target.changed", is_active=True)
    plan = make_plan(2026, name="Growth")
    target_amount_set(target=root_of(plan), amount=100_00, actor=None)
    publish(plan)
    assert not HookEvent.objects.exists(), "a first version changes nothing"
    publish(second_version(plan, 250_00))
    [event] = HookEvent.objects.all()
    said = event.payload
    assert (event.kind, said["count"], said["added"], said["removed"]) == ("target.changed", 1, 0, 0)
    assert said["replaces"] == {"id": plan.pk, "version": 1}
    [change] = said["changes"]
    assert (change["metric"], change["before"], change["after"]) == ("sales", "100.00", "250.00")
    assert change["person"] is None
    assert said["url"].endswith(f"/api/v1/targets/plans/{said['plan']['id']}/targets")


def test_version_with_the_same_amounts_tells_of_no_change():
    make_hook("https://8.8.8.8/", "target.changed", is_active=True)
    plan = make_plan(2026)
    target_amount_set(target=root_of(plan), amount=100, actor=None)
    publish(plan)
    publish(second_version(plan, 100))
    assert not HookEvent.objects.exists()


def test_targets_of_people_who_come_and_go_are_told(cast):
    make_hook("https://8.8.8.8/", "target.changed", is_active=True)
    plan = make_plan(2026)
    target_amount_set(target=root_of(plan), amount=100, actor=None)
    child = make_child(root_of(plan), cast.east, 100)
    publish(plan)
    copy = plan_copy(plan=plan, actor=None)
    Target.objects.get(plan=copy, unit=child.unit).delete()
    make_child(root_of(copy), cast.west, 100)
    publish(copy)
    [event] = HookEvent.objects.all()
    assert (event.payload["count"], event.payload["added"], event.payload["removed"]) == (2, 1, 1)
    assert {(c["unit"]["name"], c["before"], c["after"]) for c in event.payload["changes"]} == {
        (cast.west.name, None, "1.00"),
        (cast.east.name, "1.00", None),
    }


def test_message_holds_the_largest_changes_and_the_number_of_all(cast, monkeypatch):
    monkeypatch.setattr("targets.services.news.MOST_TOLD", 1)
    make_hook("https://8.8.8.8/", "target.changed", is_active=True)
    plan = make_plan(2026)
    target_amount_set(target=root_of(plan), amount=300, actor=None)
    make_child(root_of(plan), cast.east, 100)
    make_child(root_of(plan), cast.west, 200)
    publish(plan)
    copy = plan_copy(plan=plan, actor=None)
    for unit, amount in ((cast.east, 200), (cast.west, 100)):
        target_amount_set(target=again(Target.objects.get(plan=copy, unit=unit)), amount=amount, actor=None)
    publish(copy)
    [event] = HookEvent.objects.all()
    assert event.payload["count"] == 2
    assert [change["unit"]["name"] for change in event.payload["changes"]] == [cast.east.name]
