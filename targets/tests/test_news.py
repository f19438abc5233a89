"""What webhooks hear of plans: that one was published, once it is."""

from __future__ import annotations

import pytest

from common.errors import Conflict
from org.models import HookEvent
from org.tests.factories import make_hook
from targets.services import plan_publish, target_amount_set
from targets.tests.factories import make_plan, publish, root_of

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
