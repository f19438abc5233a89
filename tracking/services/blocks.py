"""The columns of snapshots: plan and actual of all owners laid side by side, a block of rows a period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from common.periods import Grain
from tracking.calc.dues import Ints, TargetColumns
from tracking.calc.laying import KEY, Laid, joined, measured, merged, with_owner_sums
from tracking.calc.matching import key_codes
from tracking.calc.windows import Window
from tracking.selectors.plans import MetricKinds, PlanColumns, PlanSide
from tracking.services.actuals import actuals_of
from tracking.services.storing import Block, Column

Figures = tuple[Ints, Ints]
FIGURES = (
    "actual", "numerator", "denominator", "previous_actual", "completion_ratio", "pace_ratio", "lag_ratio",
)  # fmt: skip


def blocks_of(side: PlanSide) -> list[Block]:
    """All snapshots of a day, in the order of their key; actuals are looked up for all periods at once."""
    plans = [side.columns(plan) for plan in side.plans]
    laid = [(window, _laid(window, plans)) for window in side.windows]
    present = [(window, part) for window, part in laid if part is not None]
    if not present:
        return []
    together = joined([part for _window, part in present])
    codes, _values = key_codes([getattr(together.keys, name) for name in KEY])
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.intp)
    first[codes] = np.arange(len(codes))
    spans = [span for window, _part in present for span in window.spans]
    found = actuals_of(together.keys.take(first), spans, side.kinds, everyone=True)
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
    return blocks


def _laid(window: Window, plans: Sequence[PlanColumns]) -> Laid | None:
    """The plan side of one period, over all plans that share it, in the key's order; None without any."""
    period = window.period
    parts = [
        _laid_plan(columns, window)
        for columns in plans
        if columns.plan.starts_on < period.end
        and columns.plan.ends_on > period.start
        and len(columns.targets.ids)
    ]
    if not parts:
        return None
    laid = merged(parts)
    keys = laid.keys
    order = np.lexsort(
        (keys.customer_type, keys.region, keys.product_line, keys.metric, keys.person, keys.unit)
    )
    return Laid(keys.take(order), laid.target[order], laid.plan_to_date[order])


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
    keys, period = part.keys, window.period
    columns = (
        *_key_columns(keys),
        Column(keys.ids, keys.ids != 0),
        Column(part.target),
        Column(part.plan_to_date),
        *figure_columns(side.kinds, window, part, now, before),
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


def figure_columns(
    kinds: MetricKinds, window: Window, part: Laid, now: Figures, before: Figures
) -> tuple[Column, ...]:
    """What changes with the facts, in the order of ``FIGURES``."""
    is_ratio, is_down = _is_in(part.keys.metric, kinds.ratios), _is_in(part.keys.metric, kinds.downs)
    live = measured(part, *now, is_ratio=is_ratio, is_down=is_down)
    past = measured(part, *before, is_ratio=is_ratio, is_down=is_down)
    return (
        Column(live.actual, live.has_actual),
        Column(now[0]),
        Column(now[1]),
        Column(past.actual, past.has_actual & (window.before_until > window.before_start)),
        *(Column(values, ~np.isnan(values)) for values in (live.completion, live.pace, live.lag)),
    )


def _key_columns(keys: TargetColumns) -> list[Column]:
    optional = (keys.person, keys.product_line, keys.region, keys.customer_type)
    return [Column(keys.metric), Column(keys.unit), *(Column(ids, ids != 0) for ids in optional)]


def _is_in(values: Ints, wanted: frozenset[int]) -> NDArray[np.bool_]:
    return np.isin(values, np.array(sorted(wanted), np.int64))
