"""Snapshots: for each as-of date and owner the plan to date beside the actual, in year, quarter, month, week.

One piece of code serves all of them or only some ("touched"): a test compares the rows. Today's run is kept
up to date; those of other days are a cache that a late fact throws away.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from metrics.models import ChangedActual, Metric, MetricKind
from org.models import UnitClosure
from org.reading import forget
from org.selectors import company_today
from tracking.models import Snapshot, SnapshotRun
from tracking.selectors.days import run_of, side_of
from tracking.selectors.plans import PlanSide
from tracking.selectors.sums import fact_sizes
from tracking.services.blocks import blocks_of
from tracking.services.locks import hold_snapshot_lock
from tracking.services.storing import store
from tracking.services.touching import Touched, update_touched

DRAIN = 5_000
# Past days that somebody looked at are kept for a while; any of them can be made again.
KEPT_RUNS = 40


def refresh_snapshots(*, as_of: dt.date | None = None, touched: Touched | None = None) -> int:
    """Make the snapshots of an as-of date (default today) anew, all or those of ``touched``; returns rows.

    In one transaction, one at a time; running it twice changes nothing. Raises Invalid for a day to come,
    Conflict when another refresh lasts very long.
    """
    today = company_today()
    as_of = as_of or today
    if as_of > today:
        raise Invalid(_("Figures of days to come do not exist."), field="as_of")
    with transaction.atomic():
        hold_snapshot_lock()
        return _refresh(as_of, touched)


def _refresh(as_of: dt.date, touched: Touched | None) -> int:
    """Inside the caller's transaction, which holds the lock; what can't be touched is made anew."""
    if touched is not None:
        basis = SnapshotRun.objects.filter(as_of=as_of).values_list("basis", flat=True).first()
        side = side_of(as_of, basis) if basis else None
        if side is not None:
            return update_touched(side, touched)
    return _make(as_of)


def _make(as_of: dt.date) -> int:
    """All snapshots of a day."""
    started = time.monotonic()
    side = PlanSide.load(as_of)
    blocks = blocks_of(side)
    Snapshot.objects.filter(as_of=as_of)._raw_delete(DEFAULT_DB_ALIAS)
    rows = store(blocks)
    sizes = fact_sizes(as_of, metrics=side.kinds.numerator.keys())
    SnapshotRun.objects.update_or_create(
        as_of=as_of,
        defaults={
            "computed_at": timezone.now(),
            "basis": side.basis,
            "rows": rows,
            "seconds": round(time.monotonic() - started, 3),
            "fact_sizes": {str(metric): size for metric, size in sizes.items()},
        },
    )
    return rows


def snapshots_ensure(as_of: dt.date) -> None:
    """Make the run of a day unless it is there; the date picker of every page calls this. One query then.

    A plan published since makes it anew at once. Raises Invalid for a day to come.
    """
    if run_of(as_of) is None:
        refresh_snapshots(as_of=as_of)
        forget()


def snapshots_drain() -> bool:
    """Bring today's run in line with all that changed; returns whether anything was to do.

    A new day, another plan or calendar, or a change of everything makes all of it anew; otherwise only what
    the changed actuals touch. Older runs that counted a changed day are dropped.
    """
    today = company_today()
    with transaction.atomic():
        hold_snapshot_lock()
        rows = list(
            ChangedActual.objects.order_by("pk").values_list("pk", "metric", "person", "unit", "day")[:DRAIN]
        )
        if not rows and run_of(today) is not None:
            basis = SnapshotRun.objects.values_list("basis", flat=True).get(as_of=today)
            if PlanSide.load(today).basis == basis:
                return False
        has_everything = not rows or any(row[1] is None or row[3] is None for row in rows)
        _drop_older(today, None if has_everything else min(row[4] or dt.date.min for row in rows))
        if has_everything or len(rows) == DRAIN or run_of(today) is None:
            _make(today)
        elif counted := [row[1:4] for row in rows if row[4] is None or row[4] <= today]:
            _refresh(today, touched_by(counted))
        for at in range(0, len(rows), 5000):
            ChangedActual.objects.filter(pk__in=[row[0] for row in rows[at : at + 5000]]).delete()
    return True


def _drop_older(today: dt.date, changed_on: dt.date | None) -> None:
    """Drop runs of other days that counted a changed day (None: all that is stale), and the oldest ones."""
    others = SnapshotRun.objects.exclude(as_of=today)
    dropped = others if changed_on is None else others.filter(as_of__gte=changed_on)
    days = set(dropped.values_list("as_of", flat=True))
    days |= set(others.order_by("-computed_at").values_list("as_of", flat=True)[KEPT_RUNS:])
    if days:
        Snapshot.objects.filter(as_of__in=days)._raw_delete(DEFAULT_DB_ALIAS)
        SnapshotRun.objects.filter(as_of__in=days).delete()


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
