"""Which metrics a company works with: those offered on its pages and in its plans."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from metrics.models import Metric, Nature
from metrics.services.definitions import metric_save
from org.models import User

FEWEST, MOST = 3, 5


@transaction.atomic
def metrics_choose(*, codes: Collection[str], actor: User | None) -> list[Metric]:
    """Offer exactly these metrics, in their order; what others counted stays and they can be offered again.

    Raises Invalid unless there are three to five, with at least one result and one process metric among
    them: results say where one stands, the process what to do about it.
    """
    metrics = list(Metric.objects.select_related("numerator", "denominator"))
    chosen = [metric for metric in metrics if metric.code in codes]
    if not FEWEST <= len(chosen) <= MOST or len(chosen) < len(set(codes)):
        message = _("Choose %(fewest)s to %(most)s metrics; these are %(count)s.")
        params = {"fewest": FEWEST, "most": MOST, "count": len(chosen)}
        raise Invalid(message, field="metrics", params=params)
    if {metric.nature for metric in chosen} != {Nature.RESULT, Nature.PROCESS}:
        raise Invalid(_("Choose at least one result metric and one process metric."), field="metrics")
    for metric in metrics:
        if metric.is_active != (metric in chosen):
            metric_save(metric=metric, actor=actor, is_active=metric in chosen)
    return chosen
