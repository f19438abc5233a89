"""When a record can't be right or has been forgotten: each check as a condition on the rows of its kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractMonth, ExtractYear

from common.periods import Span
from crm.calc.stages import Moves, Step, stage_jumps, stage_reopenings
from crm.models import (
    Activity,
    LeadStatus,
    OpportunitySplit,
    Outcome,
    PlanRate,
    Stage,
    StageChange,
)

_IN_DOUBT = Q(pk__in=[])


@dataclass(frozen=True)
class QualityBasis:
    """What the checks measure by: the company's day, its fiscal year, and how many days are too long."""

    on: dt.date
    year: Span
    first_month: int
    currency: str
    zone: ZoneInfo
    stale_days: int = 30
    untouched_days: int = 7

    @property
    def quiet_since(self) -> dt.date:
        return self.on - dt.timedelta(days=self.stale_days)

    @property
    def new_before(self) -> dt.date:
        return self.on - dt.timedelta(days=self.untouched_days)


def deal_faults(basis: QualityBasis, steps: Collection[Step]) -> dict[str, Q]:
    """The conditions on deals that carry ``rate_year``; ``steps`` are the stages in pipeline order."""
    is_open = Q(outcome=Outcome.OPEN)
    is_closed = Q(closed_on__isnull=False)
    has_splits = Exists(OpportunitySplit.objects.filter(opportunity=OuterRef("pk")))
    began = StageChange.objects.filter(
        from_stage=None, changed_on__gt=F("opportunity__closed_on"), opportunity__closed_on__isnull=False
    )
    order = list(steps)
    return {
        # Splits name who is credited: such a deal counts for somebody, whoever owns it.
        "no-owner": Q(Q(owner__is_placeholder=True) & ~has_splits),
        "owner-left": is_open & Q(owner__left_on__lte=basis.on),
        "overdue": is_open & Q(expected_close_on__lt=basis.on),
        "stale": is_open & _quiet(basis),
        "negative-age": is_closed
        & (Q(closed_on__lt=F("opened_on")) | Q(pk__in=began.order_by().values("opportunity"))),
        "closed-ahead": Q(closed_on__gt=basis.on),
        "stage-jump": _moved(stage_jumps(order)),
        "reopened": _moved(stage_reopenings(order)),
        "no-rate": without_rate(basis),
    }


def payment_faults(basis: QualityBasis) -> dict[str, Q]:
    """The conditions on payments that carry ``rate_year``."""
    return {"payment-without-deal": Q(opportunity=None), "payment-no-rate": without_rate(basis)}


def untouched(basis: QualityBasis) -> Q:
    """The leads that are still new after so many days, and no activity names them."""
    done = Activity.objects.filter(lead=OuterRef("pk"), deleted_at=None)
    return Q(Q(status=LeadStatus.NEW, created_on__lt=basis.new_before) & ~Exists(done))


def without_rate(basis: QualityBasis) -> Q:
    """The amounts in another currency whose fiscal year has no plan rate for it; needs ``rate_year``."""
    rates = PlanRate.objects.filter(currency=OuterRef("currency"), fiscal_year=OuterRef("rate_year"))
    return Q(~Q(currency=basis.currency) & ~Q(amount_minor=0) & ~Exists(rates))


def with_rate_year(rows: QuerySet[Any], basis: QualityBasis, *days: str) -> QuerySet[Any]:
    """The rows with ``rate_year``, the fiscal year of the first of their days that is known, else today's."""
    today = Value(basis.on, output_field=DateField())
    day = Coalesce(*days, today)
    before_start = Case(
        When(rate_month__lt=basis.first_month, then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    year = ExpressionWrapper(ExtractYear(day) - before_start, output_field=IntegerField())
    dated: QuerySet[Any] = rows.alias(rate_month=ExtractMonth(day)).alias(rate_year=year)
    return dated


def stage_steps() -> list[Step]:
    """The stages in pipeline order; one query."""
    return [Step(stage.pk, stage.outcome) for stage in Stage.objects.all()]


def _quiet(basis: QualityBasis) -> Q:
    """Neither changed nor worked on since a day. That a record was loaded is no sign of life."""
    since = dt.datetime.combine(basis.quiet_since, dt.time(), basis.zone)
    was_loaded_only = Q(updated_at=F("created_at"))
    is_old = Q(opened_on__lt=basis.quiet_since) | (Q(opened_on=None) & Q(created_at__lt=since))
    recent = Activity.objects.filter(
        opportunity=OuterRef("pk"), deleted_at=None, occurred_on__gte=basis.quiet_since
    )
    quiet = (was_loaded_only & is_old) | (~was_loaded_only & Q(updated_at__lt=since))
    return Q(quiet & ~Exists(recent))


def _moved(moves: Moves) -> Q:
    """The deals that made one of the moves at some time."""
    if not moves:
        return _IN_DOUBT
    made = reduce(or_, (Q(from_stage=here, to_stage__in=there) for here, there in moves.items()))
    return Q(pk__in=StageChange.objects.filter(made).order_by().values("opportunity"))
