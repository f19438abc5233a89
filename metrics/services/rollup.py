# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""Sum daily actuals up the tree of units, one level after the other, from the deepest to the root.

Each level adds its own people's figures to those of the units right below, so that a figure is read once a
level instead of once an ancestor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from metrics.models import ChangedActual, RollupState
from metrics.services.locks import REBUILD_WAIT_SECONDS, hold_refresh_lock
from metrics.services.mending import Mended, mend, size_for_bulk
from metrics.services.statements import CLOSURE, DAILY, UNIT_DAILY
from org.models import Unit, UnitClosure


def mend_unit_actuals(where: str, params: Sequence[Any]) -> Mended:
    """Bring the units' figures in line with the daily actuals under ``where`` (which speaks of alias ``a``).

    Runs inside the caller's transaction, which holds the refresh lock.
    """
    return mend(UNIT_DAILY, ("unit_id", "metric_id", "day"), lambda: _count(where, params), where, params)


def follow_unit_tree() -> bool:
    """Sum everything anew if units have moved since the last time; returns whether they had.

    A move changes whose subtree every past figure belongs to, without any fact or credit changing.
    """
    if RollupState.objects.filter(tree_hash=_tree_hash()).exists():
        return False
    with transaction.atomic():
        hold_refresh_lock(REBUILD_WAIT_SECONDS)
        size_for_bulk()
        current = _tree_hash()
        is_known = RollupState.objects.exists()
        mended = mend_unit_actuals("1 = 1", [])
        RollupState.objects.update_or_create(
            pk=1, defaults={"tree_hash": current, "computed_at": timezone.now()}
        )
        if is_known and mended.changed:
            ChangedActual.objects.create()
    return mended.changed > 0


def _count(where: str, params: Sequence[Any]) -> None:
    """Fill the temporary table ``counted`` with the figures of all units."""
    deepest = UnitClosure.objects.aggregate(deepest=Max("depth"))["deepest"] or 0
    level = f"SELECT descendant_id AS unit_id, MAX(depth) AS level FROM {CLOSURE} GROUP BY descendant_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE own AS SELECT l.level, a.unit_id, a.metric_id, a.day,"
            f" CAST(SUM(a.value) AS bigint) AS value FROM {DAILY} a JOIN ({level}) l ON l.unit_id = a.unit_id"
            f" WHERE {where} GROUP BY l.level, a.unit_id, a.metric_id, a.day",
            params,
        )
        for depth in range(deepest, -1, -1):
            cursor.execute(
                f"INSERT INTO counted (unit_id, metric_id, day, value)"
                f" SELECT unit_id, metric_id, day, CAST(SUM(value) AS bigint) FROM ("
                f"SELECT unit_id, metric_id, day, value FROM own WHERE level = %s"
                f" UNION ALL SELECT u.parent_id, c.metric_id, c.day, c.value FROM counted c"
                f" JOIN ({level}) l ON l.unit_id = c.unit_id AND l.level = %s"
                f" JOIN {Unit._meta.db_table} u ON u.id = c.unit_id"
                f") parts GROUP BY unit_id, metric_id, day HAVING SUM(value) <> 0",
                [depth, depth + 1],
            )
        cursor.execute("DROP TABLE own")


def _tree_hash() -> str:
    pairs = UnitClosure.objects.order_by("ancestor", "descendant").values_list("ancestor", "descendant")
    return hashlib.sha256(repr(list(pairs)).encode()).hexdigest()
