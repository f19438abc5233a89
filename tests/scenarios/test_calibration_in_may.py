"""A rival cuts prices in May: from the manager's proposal to what a representative reads at home."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from org.models import Company, Role
from org.tests.factories import make_user
from targets.models import Calibration
from targets.selectors import revised_months
from targets.tests.calibration_factories import published_tree
from targets.tests.factories import again

pytestmark = pytest.mark.django_db


def at(moment: dt.datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def progress(client, as_of: str, grain: str = "quarter") -> dict:
    path = f"/api/v1/tracking/progress?metric=sales&period={grain}&as_of={as_of}"
    rows = client.get(path).json()["results"]
    return {row["owner"]["name"]: row for row in rows}


def test_a_fifth_less_in_june_and_july_decided_in_may(cast, client_of):
    Company.objects.update(country="")
    boss = make_user("boss@cast.example", None, Role.EXECUTIVE)
    alice, bob, carol = (client_of(user) for user in (cast.alice, cast.bob, cast.carol))
    with at(dt.datetime(2026, 4, 20, 4, tzinfo=dt.UTC)):
        _root, _division, team, quota = published_tree(cast)
        april = alice.get("/api/v1/tracking/progress?metric=sales&period=quarter").json()
    with at(dt.datetime(2026, 5, 12, 4, tzinfo=dt.UTC)):
        typed = {
            "title": "Price war",
            "trigger": "market",
            "evidence": "A rival sells 30 % cheaper since 4 May",
            "reason": "A rival cut prices by 30 %",
            "links": "",
            "metric": "sales",
            "targets": [team.pk],
            "change": "-20",
            "first": "5",
            "last": "6",
            "keep": "100",
            "do": "save",
        }
        bob.post(reverse("targets:calibration_new", args=[team.plan_id]), typed)
        row = Calibration.objects.get()

        def step(client, name, **said):
            url = reverse("targets:calibration_step", args=[row.pk, name])
            return client.post(url, said).status_code

        assert step(bob, "propose") == 302
        assert step(bob, "analyse", analysis="Mine") == 403
        assert step(carol, "analyse", analysis="We see the same") == 302
        assert step(client_of(boss), "decide", decision="Agreed", do="approve") == 302
        assert "A rival cut prices" not in alice.get("/", follow=True).content.decode()
    with at(dt.datetime(2026, 5, 12, 5, tzinfo=dt.UTC)):
        assert step(client_of(boss), "publish", effective_on="") == 302
    with at(dt.datetime(2026, 5, 12, 6, tzinfo=dt.UTC)):
        home = alice.get("/", follow=True).content.decode()
        assert "Your target of Sales for June, July changed" in home
        assert "A rival cut prices by 30 %" in home
        assert revised_months(again(quota))[5] == int(quota.months[5] * 0.8 + 0.5)
        assert again(quota).months == quota.months
        assert (
            alice.get("/api/v1/tracking/progress?metric=sales&period=quarter&as_of=2026-04-20").json()
            == april
        )
        before, after = (progress(bob, f"2026-05-{day}") for day in (11, 12))
        for name in ("Alice Borealis", "Borealis team"):
            assert before[name]["plan_to_date"] != after[name]["plan_to_date"]
            lost = quota.months[5] - revised_months(quota)[5]
            cents = [round(float(each[name]["target"]) * 100) for each in (before, after)]
            assert cents[0] - cents[1] == lost
    with at(dt.datetime(2026, 6, 30, 4, tzinfo=dt.UTC)):
        done = progress(bob, "2026-06-30", "month")["Alice Borealis"]
        assert round(float(done["plan_to_date"]) * 100) == revised_months(quota)[5]
