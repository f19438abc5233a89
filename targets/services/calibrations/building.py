"""What a calibration changes: from the targets chosen to a line for every target touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from common.errors import Invalid
from common.periods import Period, fiscal_months
from org.models import Person
from org.selectors import company_today
from targets.calc.calibration import Branch, calibrate, floor_of, tree_deltas
from targets.calc.weights import exact_fraction
from targets.models import BEFORE_FIELDS, DELTA_FIELDS, MONTH_FIELDS, CalibrationLine, Plan, Target
from targets.selectors.adjustments import plan_adjustments
from targets.services.guards import amount_checked

CAP_UP, CAP_DOWN = "0.10", "0.30"


@dataclass(frozen=True)
class MonthsAsk:
    """A chosen target with the twelve months it should have (stored units)."""

    target: Target
    months: Sequence[int]


@dataclass(frozen=True)
class JoinerAsk:
    """Somebody without a target yet: below which one they get theirs, from when, with which months."""

    parent: Target
    person: Person
    starts_on: dt.date
    months: Sequence[int]


@dataclass(frozen=True)
class Standing:
    """The targets of some metrics of a plan as they count now: published plus all published calibrations."""

    plan: Plan
    targets: dict[int, Target]
    nodes: dict[int, Branch]

    @classmethod
    def load(cls, plan: Plan, metrics: Sequence[int]) -> Standing:
        """Two queries."""
        rows = Target.objects.filter(plan=plan, metric__in=metrics)
        named = ("metric", "unit", "person", "product_line", "region", "customer_type")
        targets = {target.pk: target for target in rows.select_related(*named)}
        more = plan_adjustments(plan)
        nodes = {
            pk: Branch(target.parent_id, _plus(target.months, more.get(pk)), target.is_additive)
            for pk, target in targets.items()
        }
        return cls(plan, targets, nodes)

    def months(self, target: Target) -> list[int]:
        """The months of a target as they count now."""
        return list(self.nodes[target.pk].months)


def _plus(months: Sequence[int], more: Sequence[int] | None) -> tuple[int, ...]:
    if more is None:
        return tuple(months)
    return tuple(have + delta for have, delta in zip(months, more, strict=True))


def plan_months(plan: Plan) -> list[Period]:
    """The twelve months of a plan."""
    return fiscal_months(plan.fiscal_year, plan.starts_on.month)


def first_open_month(plan: Plan, today: dt.date | None = None) -> int:
    """The number of the first month not begun yet; 12 when the year's last one has."""
    today = today or company_today()
    return next((at for at, month in enumerate(plan_months(plan)) if month.start > today), 12)


def months_by_factor(
    target: Target, months: Sequence[int], *, first: int, last: int, factor: str, keep_bp: int | None
) -> list[int]:
    """A target's months after those from ``first`` to ``last`` took a factor; the year keeps ``keep_bp`` of
    what was published (None: it may shrink). Raises Invalid beyond the caps."""
    if not first <= last:
        raise Invalid(_("The last month is before the first."), field="last_month")
    try:
        wanted = exact_fraction(factor)
    except Invalid:
        raise Invalid(_("The factor is a number such as 0.8."), field="factor") from None
    if not 1 - exact_fraction(CAP_DOWN) <= wanted <= 1 + exact_fraction(CAP_UP):
        raise Invalid(_("A calibration changes a month by −30 % to +10 %."), field="change")
    floor = floor_of(sum(target.months), keep_bp) if keep_bp is not None and target.is_additive else None
    return calibrate(months, first, factor, last - first + 1, floor, CAP_UP, CAP_DOWN)


def lines_of(
    standing: Standing, asks: Sequence[MonthsAsk], joiners: Sequence[JoinerAsk] = ()
) -> list[CalibrationLine]:
    """The lines (not saved) of everything touched: chosen targets, what is below them, what is above.

    Raises Invalid for a month that has begun, an amount below zero, or nothing changed.
    """
    nodes = dict(standing.nodes)
    asked: dict[int, list[int]] = {}
    for ask in asks:
        asked[ask.target.pk] = _change(ask.months, nodes[ask.target.pk].months)
    for at, joiner in enumerate(joiners, start=1):
        nodes[-at] = Branch(joiner.parent.pk, (0,) * 12)
        asked[-at] = list(joiner.months)
    asked = {pk: change for pk, change in asked.items() if any(change)}
    _frozen_kept(standing.plan, asked)
    deltas = tree_deltas(nodes, asked)
    if not deltas:
        raise Invalid(_("Nothing changes: choose targets and what becomes of their months."), field="targets")
    _none_negative(standing, nodes, deltas)
    return [
        _line(standing, joiners, pk, deltas[pk], nodes[pk].months, is_chosen=pk in asked)
        for pk in sorted(deltas, key=lambda pk: (pk < 0, abs(pk)))
    ]


def span_of(lines: Sequence[CalibrationLine]) -> tuple[int, int]:
    """The first and last month that lines change."""
    changed = [at for at in range(12) if any(line.deltas[at] for line in lines)]
    return changed[0], changed[-1]


def _change(after: Sequence[int], before: Sequence[int]) -> list[int]:
    if len(after) != 12:
        raise Invalid(_("A year has twelve months."), field="months")
    return [amount_checked(now, "months") - was for now, was in zip(after, before, strict=True)]


def _frozen_kept(plan: Plan, asked: dict[int, list[int]]) -> None:
    opens = first_open_month(plan)
    for change in asked.values():
        if any(change[:opens]):
            raise Invalid(
                _("Months that have begun stay as they are: the first that may change is %(month)s."),
                field="months",
                params={"month": month_name(plan, opens) if opens < 12 else "–"},
            )


def _none_negative(standing: Standing, nodes: dict[int, Branch], deltas: dict[int, list[int]]) -> None:
    for pk, change in deltas.items():
        for at, (have, more) in enumerate(zip(nodes[pk].months, change, strict=True)):
            if more < 0 and have + more < 0:
                target = standing.targets.get(pk)
                raise Invalid(
                    _("%(owner)s has less in %(month)s than is taken away."),
                    field="months",
                    params={
                        "owner": str(target) if target else "–",
                        "month": month_name(standing.plan, at),
                    },
                )


def month_name(plan: Plan, at: int) -> str:
    """A month of the plan by its name."""
    return str(formats.date_format(plan_months(plan)[at].start, "F Y"))


def _line(
    standing: Standing,
    joiners: Sequence[JoinerAsk],
    pk: int,
    change: Sequence[int],
    before: Sequence[int],
    *,
    is_chosen: bool,
) -> CalibrationLine:
    line = CalibrationLine(is_chosen=is_chosen)
    if pk > 0:
        line.target = standing.targets[pk]
        line.is_additive = line.target.is_additive
    else:
        joiner = joiners[-pk - 1]
        line.joins_parent, line.joins_person, line.joins_on = joiner.parent, joiner.person, joiner.starts_on
    for name, delta in zip(DELTA_FIELDS, change, strict=True):
        setattr(line, name, delta)
    for name, amount in zip(BEFORE_FIELDS, before, strict=True):
        setattr(line, name, amount)
    line.amount_delta = sum(change) if line.is_additive else 0
    return line


def joiner_target(line: CalibrationLine, position: int) -> Target:
    """The target of nothing (not saved) that a joiner's adjustment stands on."""
    parent, plan = line.joins_parent, line.calibration.plan
    assert parent is not None, "a line without a target is a joiner's"
    starts_on = line.joins_on if line.joins_on and line.joins_on > plan.starts_on else None
    return Target(
        plan=plan,
        parent=parent,
        metric_id=parent.metric_id,
        unit_id=parent.unit_id,
        person_id=line.joins_person_id,
        product_line_id=parent.product_line_id,
        region_id=parent.region_id,
        customer_type_id=parent.customer_type_id,
        amount=0,
        is_additive=True,
        starts_on=starts_on,
        position=position,
        **dict.fromkeys(MONTH_FIELDS, 0),
    )
