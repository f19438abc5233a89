"""Snapshots: for each as-of date and owner the plan to date beside the actual, in year, quarter, month and week.

One piece of code serves all of them or only some ("touched"): a test compares the rows. The newest run is
kept up to date; older ones are a cache that a late fact throws away.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from common.errors import Invalid
from crm.services.tables import insert_rows
from metrics.models import ChangedActual, Direction, Metric, MetricKind
from org.models import UnitClosure
from org.selectors import company_get, company_today
from targets.models import Plan, PlanStatus
from tracking.calc.dues import Ints, TargetColumns
from tracking.calc.laying import KEY, Laid, joined, measured, merged, with_owner_sums
from tracking.calc.matching import key_codes
from tracking.calc.windows import Window, windows_of
from tracking.models import Snapshot, SnapshotRun
from tracking.selectors.plans import PlanColumns, WorkCalendar, plan_columns, plans_covering
from tracking.services.actuals import Bases, actuals_of

DRAIN = 20_000
_COLUMNS = (
    "as_of", "grain", "period_start", "period_end", "metric_id", "unit_id", "person_id", "product_line_id",
    "region_id", "customer_type_id", "target_id", "target_value", "plan_to_date", "actual", "numerator",
    "denominator", "previous_actual", "workdays_elapsed", "workdays_remaining", "completion_ratio",
    "pace_ratio", "lag_ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Touched:
    """Whose figures changed: people, units with all above them; and the metrics, ratios included."""

    metrics: frozenset[int]
    units: frozenset[int]
    people: frozenset[int]


def refresh_snapshots(*, as_of: dt.date | None = None, touched: Touched | None = None) -> int:
    """Make the snapshots of an as-of date (default today) anew, all or those of ``touched``; returns rows.

    In one transaction; running it twice changes nothing. Raises Invalid for a day to come.
    """
    started = time.monotonic()
    today = company_today()
    as_of = as_of or today
    if as_of > today:
        raise Invalid(_("Figures of days to come do not exist."), field="as_of")
    company = company_get()
    calendar = WorkCalendar(as_of - dt.timedelta(days=800), as_of + dt.timedelta(days=400), company)
    windows = windows_of(as_of, company.fiscal_year_start_month, calendar.flags)
    laid = [_laid(window, as_of, calendar, touched) for window in windows]
    rows = _rows(as_of, windows, laid, everyone=touched is None)
    with transaction.atomic():
        _delete(as_of, touched)
        insert_rows(Snapshot, _COLUMNS, rows)
        run: dict[str, object] = {"computed_at": timezone.now()}
        if touched is None:
            run |= {"rows": len(rows), "seconds": round(time.monotonic() - started, 3)}
        SnapshotRun.objects.update_or_create(as_of=as_of, defaults=run)
    return len(rows)


def snapshots_ensure(as_of: dt.date) -> None:
    """Make the run of a day if there is none; the date picker of every page calls this."""
    if not SnapshotRun.objects.filter(as_of=as_of).exists():
        refresh_snapshots(as_of=as_of)


@transaction.atomic
def snapshots_drain() -> bool:
    """Bring today's run in line with all that changed; returns whether anything was to do.

    A new day, a plan published since, or a change of everything makes all of it anew; otherwise only what the
    changed actuals touch. Older runs that counted a changed day are dropped.
    """
    today = company_today()
    run = SnapshotRun.objects.filter(as_of=today).first()
    rows = list(
        ChangedActual.objects.select_for_update(skip_locked=True)
        .order_by("pk")
        .values_list("pk", "metric", "person", "unit", "day")[:DRAIN]
    )
    published = Plan.objects.filter(status=PlanStatus.PUBLISHED).order_by("-published_at").first()
    is_stale = run is None or (
        published is not None
        and published.published_at is not None
        and published.published_at > run.computed_at
    )
    if not rows and not is_stale:
        return False
    has_everything = any(row[1] is None or row[3] is None for row in rows)
    if rows:
        first = min((row[4] for row in rows if row[4] is not None), default=dt.date.min)
        older = SnapshotRun.objects.exclude(as_of=today)
        dropped = older if has_everything or is_stale else older.filter(as_of__gte=first)
        days = list(dropped.values_list("as_of", flat=True))
        Snapshot.objects.filter(as_of__in=days).delete()
        dropped.filter(as_of__in=days).delete()
    if is_stale or has_everything:
        refresh_snapshots(as_of=today)
    else:
        refresh_snapshots(as_of=today, touched=touched_by((row[1], row[2], row[3]) for row in rows))
    for at in range(0, len(rows), 5000):
        ChangedActual.objects.filter(pk__in=[row[0] for row in rows[at : at + 5000]]).delete()
    return True


def touched_by(changes: Iterable[tuple[int, int, int]]) -> Touched:
    """What changed actuals (metric, person, unit) touch: ratios over the metrics, and the units above."""
    listed = list(changes)
    metrics = {metric for metric, _person, _unit in listed}
    ratios = Metric.objects.filter(kind=MetricKind.RATIO)
    ratios = ratios.filter(Q(numerator__in=metrics) | Q(denominator__in=metrics))
    units = {unit for _metric, _person, unit in listed}
    above = UnitClosure.objects.filter(descendant__in=units).values_list("ancestor", flat=True)
    return Touched(
        frozenset(metrics | set(ratios.values_list("pk", flat=True))),
        frozenset(above),
        frozenset(person for _metric, person, _unit in listed),
    )


def _delete(as_of: dt.date, touched: Touched | None) -> None:
    rows = Snapshot.objects.filter(as_of=as_of)
    if touched is not None:
        owned = Q(person__in=touched.people) | Q(person=None, unit__in=touched.units)
        rows = rows.filter(owned, metric__in=touched.metrics)
    rows._raw_delete(rows.db)


def _laid(window: Window, as_of: dt.date, calendar: WorkCalendar, touched: Touched | None) -> Laid | None:
    """The plan side of one period, over all plans that share it; None without any."""
    parts = []
    for plan in plans_covering(window.period.start, window.period.end):
        columns = plan_columns(
            plan,
            calendar,
            metrics=touched.metrics if touched else None,
            units=touched.units if touched else None,
            people=touched.people if touched else None,
        )
        if len(columns.targets.ids):
            parts.append(_laid_plan(columns, window, as_of))
    return merged(parts) if parts else None


def _laid_plan(columns: PlanColumns, window: Window, as_of: dt.date) -> Laid:
    targets = columns.targets
    before = columns.due_before(window.period.start)
    target = columns.due_before(window.period.end) - before
    due = columns.due_before(window.until) - before
    month = next((at for at, each in enumerate(columns.months) if each.contains(as_of)), 11)
    wanted = targets.amount if window.period.grain == "year" else targets.months[:, month]
    additive = targets.is_additive
    return with_owner_sums(Laid(targets, np.where(additive, target, wanted), np.where(additive, due, wanted)))


def _rows(
    as_of: dt.date, windows: Sequence[Window], laid: Sequence[Laid | None], *, everyone: bool
) -> list[tuple[object, ...]]:
    """The rows of all grains; the actuals of all are looked up together."""
    present = [(at, part) for at, part in enumerate(laid) if part is not None]
    if not present:
        return []
    together = joined([part for _at, part in present])
    codes, _columns = key_codes([getattr(together.keys, name) for name in KEY])
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.intp)
    first[codes] = np.arange(len(codes))
    spans = [(w.period.start, w.until) for w in windows] + [(w.before_start, w.before_until) for w in windows]
    top, bottom = actuals_of(together.keys.take(first), spans, Bases.load(), everyone=everyone)
    kinds = _MetricKinds.load()
    rows: list[tuple[object, ...]] = []
    start = 0
    for at, part in present:
        code = codes[start : start + len(part.keys.ids)]
        start += len(part.keys.ids)
        now, before = (top[code, at], bottom[code, at]), (top[code, at + 4], bottom[code, at + 4])
        rows += _grain_rows(as_of, windows[at], part, now, before, kinds)
    return rows


@dataclass(frozen=True)
class _MetricKinds:
    ratios: frozenset[int]
    downs: frozenset[int]

    @classmethod
    def load(cls) -> _MetricKinds:
        rows = list(Metric.objects.values_list("pk", "kind", "direction"))
        return cls(
            frozenset(pk for pk, kind, _d in rows if kind == MetricKind.RATIO),
            frozenset(pk for pk, _k, direction in rows if direction == Direction.DOWN),
        )


def _grain_rows(
    as_of: dt.date,
    window: Window,
    part: Laid,
    now: tuple[Ints, Ints],
    before: tuple[Ints, Ints],
    kinds: _MetricKinds,
) -> list[tuple[object, ...]]:
    keys = part.keys
    is_ratio, is_down = _is_in(keys.metric, kinds.ratios), _is_in(keys.metric, kinds.downs)
    live = measured(part, *now, is_ratio=is_ratio, is_down=is_down)
    past = measured(part, *before, is_ratio=is_ratio, is_down=is_down)
    has_past = past.has_actual & (window.before_until > window.before_start)
    count = len(keys.ids)
    period = window.period
    columns = (
        [as_of] * count,
        [str(period.grain)] * count,
        [period.start] * count,
        [period.end] * count,
        *_key_lists(keys),
        _or_none(keys.ids, keys.ids != 0),
        part.target.tolist(),
        part.plan_to_date.tolist(),
        _or_none(live.actual, live.has_actual),
        now[0].tolist(),
        now[1].tolist(),
        _or_none(past.actual, has_past),
        [window.workdays_elapsed] * count,
        [window.workdays_remaining] * count,
        *(_or_none(values, ~np.isnan(values)) for values in (live.completion, live.pace, live.lag)),
    )
    return list(zip(*columns, strict=True))


def _key_lists(keys: TargetColumns) -> list[list[object]]:
    optional = (keys.person, keys.product_line, keys.region, keys.customer_type)
    return [keys.metric.tolist(), keys.unit.tolist(), *(_or_none(ids, ids != 0) for ids in optional)]


def _is_in(values: Ints, wanted: frozenset[int]) -> NDArray[np.bool_]:
    return np.isin(values, np.array(sorted(wanted), np.int64))


def _or_none(values: NDArray[np.generic], present: NDArray[np.bool_]) -> list[object]:
    listed = values.tolist()
    if present.all():
        return listed
    return [value if is_present else None for value, is_present in zip(listed, present.tolist(), strict=True)]
