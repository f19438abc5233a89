"""The board of deals: a column a stage, the first cards of each; three queries whatever their number."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from crm.models import Opportunity, Outcome, Stage
from org.scope import Scope

EACH = 20
CLOSED_FOR = dt.timedelta(days=30)


@dataclass
class BoardColumn:
    """A stage with its first cards; the sum is in minor units of the plan currency."""

    stage: Stage
    count: int = 0
    plan_minor: int = 0
    deals: list[Opportunity] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many deals of the stage are not on the board."""
        return self.count - len(self.deals)


def deal_board(*, scope: Scope, owner_id: int | None = None) -> list[BoardColumn]:
    """The visible open deals by stage, the soonest expected first, and what closed in the last 30 days."""
    columns = {stage.pk: BoardColumn(stage) for stage in Stage.objects.all()}
    shown = Q(outcome=Outcome.OPEN) | Q(closed_on__gt=scope.on - CLOSED_FOR)
    deals = scope.restrict(Opportunity.objects.filter(shown, deleted_at=None), "owner")
    if owner_id is not None:
        deals = deals.filter(owner=owner_id)
    sums = deals.order_by().values_list("stage").annotate(Count("pk"), Sum("plan_amount_minor"))
    for stage, count, plan_minor in sums:
        columns[stage].count, columns[stage].plan_minor = count, plan_minor
    order: list[Any] = [
        Coalesce("closed_on", "expected_close_on").asc(nulls_last=True),
        F("plan_amount_minor").desc(),
        F("pk"),
    ]
    place = Window(RowNumber(), partition_by=F("stage"), order_by=order)
    first = deals.annotate(place=place).filter(place__lte=EACH).select_related("account", "owner")
    for deal in first.order_by("place"):
        columns[deal.stage_id].deals.append(deal)
    return list(columns.values())
