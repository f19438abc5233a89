"""A calibrated target is told on its owner's page and named where its figure is explained."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from org.models import Company
from targets.tests.calibration_factories import make_calibration, published_tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(cast):
    """Decided on 12 May for June and July: a fifth less, made up for later."""
    Company.objects.update(country="")
    with time_machine.travel(dt.datetime(2026, 5, 12, 4, tzinfo=dt.UTC), tick=False):
        tree = published_tree(cast)
        make_calibration(tree[1], reason="A rival cut prices")
        yield tree


def figure(unit, grain="year", **query):
    names = {"unit": unit.pk, "metric": "sales", "period": grain} | query
    return reverse("dashboards:figure") + "?" + "&".join(f"{key}={value}" for key, value in names.items())


def test_a_representative_reads_what_changed_and_why_at_home(tree, cast, client_of):
    page = client_of(cast.alice).get("/", follow=True).content.decode()
    assert "Your target of Sales for June, July changed: Jun" in page
    assert "Because: A rival cut prices" in page


def test_before_its_day_nothing_is_said(tree, cast, client_of):
    page = client_of(cast.alice).get("/?as_of=2026-05-11", follow=True).content.decode()
    assert "A rival cut prices" not in page


def test_somebody_else_is_told_nothing(tree, cast, client_of):
    assert "A rival cut prices" not in client_of(cast.dave).get("/", follow=True).content.decode()


def test_once_the_months_are_over_the_line_goes(tree, cast, client_of):
    with time_machine.travel(dt.datetime(2027, 1, 1, 4, tzinfo=dt.UTC), tick=False):
        assert "A rival cut prices" not in client_of(cast.alice).get("/", follow=True).content.decode()


def test_the_figure_names_the_calibration_in_its_target(tree, cast, client_of):
    june = tree[1].months[5]
    page = client_of(cast.carol).get(figure(cast.east, "quarter"))
    steps = {step.label: step for step in page.context["page"].steps}
    change = steps["Calibration: Rival cut prices"]
    assert "A rival cut prices" in change.words
    delta = int(june * 0.8 + 0.5) - june
    assert change.result.endswith(f"{abs(delta) / 100:,.2f}")
    assert steps["Published target"].result != steps["Target"].result


def test_a_figure_of_a_month_untouched_names_none(tree, cast, client_of):
    page = client_of(cast.carol).get(figure(cast.east, "month"))
    assert [step.label for step in page.context["page"].steps if "Calibration" in step.label] == []
