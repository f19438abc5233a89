"""The floors that calibrations may not break: of the year, of each quarter, of strategy lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from metrics.models import Metric
from metrics.templatetags.figures import figure_text
from targets.calc.calibration import broken_floors
from targets.models import CalibrationLine, Plan, PlanFloors, StrategyStatus, Target
from targets.selectors.adjustments import adjustments
from targets.selectors.strategy import rows_of, strategy_lines


@dataclass(frozen=True)
class FloorBreak:
    """A floor that a calibration would break: what it is called, whose, and by how much (stored units).

    ``is_chosen``: the proposal names this target itself, or it is a strategy line; else it is one above.
    """

    name: str
    owner: str
    metric: Metric
    floor: int
    after: int
    is_chosen: bool = True

    @property
    def missing(self) -> int:
        return self.floor - self.after

    @property
    def text(self) -> str:
        """The whole finding in a sentence."""
        return _("%(name)s of %(owner)s: %(after)s instead of at least %(floor)s, %(missing)s too little") % {
            "name": self.name,
            "owner": self.owner,
            "after": figure_text(self.after, self.metric),
            "floor": figure_text(self.floor, self.metric),
            "missing": figure_text(self.missing, self.metric),
        }


def plan_floors(plan: Plan) -> PlanFloors:
    """A plan's floors; the defaults (not saved) where none were set."""
    return PlanFloors.objects.filter(plan=plan).first() or PlanFloors(plan=plan)


def floors_broken(plan: Plan, lines: Sequence[CalibrationLine]) -> list[FloorBreak]:
    """The floors that these lines would break as things stand now; of units, people's follow from them.

    What calibrations published since have changed counts: the lines' differences are laid over it.
    """
    floors = plan_floors(plan)
    of_units = [line for line in lines if line.target is not None and line.target.person_id is None]
    more = adjustments([line.target_id or 0 for line in of_units])
    found = []
    for line in of_units:
        target = line.target
        if target is None or not line.is_additive:
            continue
        now = _plus(target.months, more.get(target.pk))
        broken = broken_floors(
            target.months,
            now,
            _plus(now, line.deltas),
            year_bp=floors.year_bp,
            quarter_bp=floors.quarter_bp,
        )
        for each in broken:
            name = _("Floor of the year") if each.quarter is None else _quarter(each.quarter)
            of = owner_name(target)
            found.append(FloorBreak(name, of, target.metric, each.floor, each.after, line.is_chosen))
    return found + _strategy_broken(plan, lines)


def _strategy_broken(plan: Plan, lines: Sequence[CalibrationLine]) -> list[FloorBreak]:
    rows = strategy_lines(plan).filter(floor_amount__isnull=False).exclude(status=StrategyStatus.DROPPED)
    floored = list(rows)
    if not floored:
        return []
    deltas = {line.target_id: line.amount_delta for line in lines if line.target_id is not None}
    before = rows_of(floored)
    after = rows_of(floored, more=deltas)
    broken = []
    for was, then in zip(before, after, strict=True):
        line, floor = then.line, then.line.floor_amount or 0
        if then.carried is None or was.carried is None or line.metric is None or not then.linked:
            continue
        if then.carried < floor and then.carried < was.carried:
            broken.append(FloorBreak(_("Floor of the strategy"), line.text, line.metric, floor, then.carried))
    return broken


def owner_name(target: Target) -> str:
    """Whose target: the person or unit, and its segments."""
    segments = (target.product_line, target.region, target.customer_type)
    owner = target.person.name if target.person is not None else target.unit.name
    return " · ".join([owner, *(segment.name for segment in segments if segment is not None)])


def _quarter(number: int) -> str:
    return _("Floor of quarter %(number)s") % {"number": number}


def _plus(months: Iterable[int], more: Sequence[int] | None) -> list[int]:
    return [have + delta for have, delta in zip(months, more or (0,) * 12, strict=True)]
