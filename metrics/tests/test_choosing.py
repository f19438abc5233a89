"""Choosing the metrics a company works with."""

from __future__ import annotations

import pytest

from common.errors import Invalid
from metrics.models import Metric
from metrics.selectors import metric_list
from metrics.services.choosing import metrics_choose
from org.models import AuditEntry

pytestmark = pytest.mark.django_db
FOUR = ("leads", "sales", "collections", "effective_visits")


def test_exactly_the_chosen_metrics_are_offered_and_nothing_is_recounted():
    metrics_choose(codes=FOUR, actor=None)
    assert {metric.code for metric in metric_list()} == set(FOUR)
    assert not Metric.objects.exclude(recount_requested_at=None).exists()


def test_choosing_again_is_recorded_only_where_something_changes():
    metrics_choose(codes=FOUR, actor=None)
    before = AuditEntry.objects.count()
    metrics_choose(codes=FOUR, actor=None)
    assert AuditEntry.objects.count() == before
    metrics_choose(codes=(*FOUR, "win_rate"), actor=None)
    entry = AuditEntry.objects.latest("pk")
    assert (AuditEntry.objects.count(), entry.after["code"], entry.after["is_active"]) == (
        before + 1,
        "win_rate",
        True,
    )


@pytest.mark.parametrize(
    ("case", "codes"),
    [
        ("two are too few", ["sales", "leads"]),
        ("six are too many", [*FOUR, "win_rate", "deals_won"]),
        ("results only", ["sales", "collections", "deals_won"]),
        ("one that isn't there", ["sales", "leads", "collections", "luck"]),
    ],
)
def test_a_choice_that_cannot_steer_is_refused_and_changes_nothing(case, codes):
    before = {metric.code for metric in metric_list()}
    with pytest.raises(Invalid):
        metrics_choose(codes=codes, actor=None)
    assert {metric.code for metric in metric_list()} == before, case
