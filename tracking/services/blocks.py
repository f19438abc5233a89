"""The columns of snapshots: plan and actual of all owners laid side by side, a block of rows a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.periods import Grain
from tracking.calc.dues import Ints, TargetColumns
from tracking.calc.laying import KEY, Laid, joined, measured, merged, with_owner_sums
from tracking.calc.matching import key_codes
from tracking.calc.windows import Window
from tracking.selectors.plans import PlanColumns, PlanSide
from tracking.services.actuals import actuals_of
from tracking.services.storing import Block, Column

Figures = tuple[Ints, Ints]


@dataclass(frozen=True)
class Touched:
    """Whose figures changed: people, units with all above them; and the metrics, ratios included."""

    metrics: frozenset[int]
    units: frozenset[int]
    people: frozenset[int]


def blocks_of(side: PlanSide, touched: Touched | None) -> tuple[list[Block], dict[int, float]]:
    """The snapshots of a day, all or those of ``touched``, and the mean daily figure of each metric.

    The actuals of all periods are looked up together.
    """
    plans = [_columns(side, at, touched) for at in range(len(side.plans))]
    laid = [(window, _laid(window, plans)) for window in side.windows]
    present = [(window, part) for window, part in laid if part is not None]
    if not present:
        return [], {}
    together = joined([part for _window, part in present])
    codes, _values = key_codes([getattr(together.keys, name) for name in KEY])
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.intp)
    first[codes] = np.arange(len(codes))
    spans = [span for window, _part in present for span in window.spans]
    found = actuals_of(together.keys.take(first), spans, side.kinds, everyone=touched is None)
    blocks = []
    start = 0
    for at, (window, part) in enumerate(present):
        code = codes[start : start + len(part.keys.ids)]
        start += len(part.keys.ids)
        now, before = (
            (found.numerator[code, column], found.denominator[code, column])
            for column in (2 * at, 2 * at + 1)
        )
        blocks.append(_block(side, window, part, now, before))
    return blocks, found.sizes


def _columns(side: PlanSide, at: int, touched: Touched | None) -> PlanColumns:
    if touched is None:
        return side.columns(side.plans[at])
    return side.columns(side.plans[at], metrics=touched.metrics, units=touched.units, people=touched.people)


def _laid(window: Window, plans: Sequence[PlanColumns]) -> Laid | None:
    """The plan side of one period, over all plans that share it; None without any."""
    period = window.period
    parts = [
        _laid_plan(columns, window)
        for columns in plans
        if columns.plan.starts_on < period.end
        and columns.plan.ends_on > period.start
        and len(columns.targets.ids)
    ]
    return merged(parts) if parts else None


def _laid_plan(columns: PlanColumns, window: Window) -> Laid:
    targets, period = columns.targets, window.period
    before = columns.due_before(period.start)
    target = columns.due_before(period.end) - before
    due = columns.due_before(window.until) - before
    last_day = min(window.until, columns.plan.ends_on)
    month = max(at for at, each in enumerate(columns.months) if at == 0 or each.start < last_day)
    wanted = targets.amount if period.grain is Grain.YEAR else targets.months[:, month]
    additive = targets.is_additive
    return with_owner_sums(Laid(targets, np.where(additive, target, wanted), np.where(additive, due, wanted)))


def _block(side: PlanSide, window: Window, part: Laid, now: Figures, before: Figures) -> Block:
    keys, period, kinds = part.keys, window.period, side.kinds
    is_ratio, is_down = _is_in(keys.metric, kinds.ratios), _is_in(keys.metric, kinds.downs)
    live = measured(part, *now, is_ratio=is_ratio, is_down=is_down)
    past = measured(part, *before, is_ratio=is_ratio, is_down=is_down)
    has_past = past.has_actual & (window.before_until > window.before_start)
    columns = (
        *_key_columns(keys),
        Column(keys.ids, keys.ids != 0),
        Column(part.target),
        Column(part.plan_to_date),
        Column(live.actual, live.has_actual),
        Column(now[0]),
        Column(now[1]),
        Column(past.actual, has_past),
        *(Column(values, ~np.isnan(values)) for values in (live.completion, live.pace, live.lag)),
    )
    constants = (
        side.as_of,
        str(period.grain),
        period.start,
        period.end,
        window.workdays_elapsed,
        window.workdays_remaining,
    )
    return Block(constants, columns)


def _key_columns(keys: TargetColumns) -> list[Column]:
    optional = (keys.person, keys.product_line, keys.region, keys.customer_type)
    return [Column(keys.metric), Column(keys.unit), *(Column(ids, ids != 0) for ids in optional)]


def _is_in(values: Ints, wanted: frozenset[int]) -> NDArray[np.bool_]:
    return np.isin(values, np.array(sorted(wanted), np.int64))
