"""Snapshots of everybody, beside DuckDB and pandas grouping and rolling up the same rows in the same run."""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from django.db import connection, transaction
from django.utils import timezone

from bench.company import NOW
from bench.facts import DAYS, METRICS, START
from bench.tables import finish, write
from metrics.models import DailyActual, Metric
from org.models import CreditInterval, Unit, UnitClosure
from targets.calc.rhythm import cumulative_round
from targets.models import MONTH_FIELDS, Plan, PlanMetric, PlanStatus, Target
from tracking.calc.alerting import step_many
from tracking.calc.matching import roll_up
from tracking.calc.rollup import sum_by
from tracking.calc.windows import Window
from tracking.models import Alert, AlertRule, Snapshot, SnapshotRun
from tracking.selectors.candidates import candidates_of
from tracking.selectors.integers import read_integers
from tracking.selectors.plans import PlanSide
from tracking.services import alerts_evaluate, config_of, refresh_snapshots, touched_by

# A Friday late in the second year: the windows hold nearly all facts.
AS_OF = START + dt.timedelta(days=DAYS - 12)
AMOUNT = {
    "sales": 100_000_000,
    "collections": 80_000_000,
    "deals_won": 80,
    "leads": 35,
    "effective_visits": 85,
}
COLUMNS = ("metric_id", "unit_id", "person_id", "day", "value")


def make_bench_plan(fiscal_year: int = AS_OF.year) -> Plan:
    """A published plan: five metrics for every unit that has people and for everybody in their first unit."""
    plan = Plan.objects.create(
        name="Bench",
        fiscal_year=fiscal_year,
        currency="CNY",
        starts_on=dt.date(fiscal_year, 1, 1),
        ends_on=dt.date(fiscal_year + 1, 1, 1),
        status=PlanStatus.PUBLISHED,
        published_at=timezone.now(),
    )
    stays = CreditInterval.objects.filter(person__is_placeholder=False).order_by("-starts_on", "-from_bp")
    home = dict(stays.values_list("person", "unit"))
    people = pd.DataFrame({"person_id": list(home), "unit_id": list(home.values()), "people": 1})
    closure = pd.DataFrame(
        UnitClosure.objects.values_list("ancestor", "descendant"), columns=["unit_id", "below"]
    )
    heads = people.groupby("unit_id")["people"].sum().rename_axis("below").reset_index()
    units = closure.merge(heads, on="below").groupby("unit_id")["people"].sum().reset_index()
    first = (Target.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    for position, metric in enumerate(Metric.objects.filter(code__in=METRICS)):
        PlanMetric.objects.create(plan=plan, metric=metric, phases=[25, 40, 35], position=position)
        owners = pd.concat([units.assign(person_id=pd.NA), people], ignore_index=True)
        first = _write_targets(plan, metric, owners, first)
    finish(Target)
    return plan


def _write_targets(plan: Plan, metric: Metric, owners: pd.DataFrame, first: int) -> int:
    ids = np.arange(first, first + len(owners))
    of_unit = dict(zip(owners["unit_id"][owners["person_id"].isna()], ids, strict=False))
    above = dict(Unit.objects.values_list("pk", "parent"))
    parents = [
        of_unit.get(unit if has_person else above[unit])
        for unit, has_person in zip(owners["unit_id"], owners["person_id"].notna(), strict=True)
    ]
    months = np.array([cumulative_round(AMOUNT[metric.code], [1] * 12)]) * owners[["people"]].to_numpy()
    frame = pd.DataFrame(
        {
            "id": ids,
            "plan_id": plan.pk,
            "metric_id": metric.pk,
            "parent_id": pd.array(parents, dtype="Int64"),
            "unit_id": owners["unit_id"],
            "person_id": owners["person_id"].astype("Int64"),
            "amount": months.sum(axis=1),
            "is_additive": True,
            **{name: months[:, at] for at, name in enumerate(MONTH_FIELDS)},
            "weight": 1,
            "is_locked": False,
            "cushion_bp": 0,
            "locked_months": 0,
            "position": 0,
            "created_at": NOW,
            "updated_at": NOW,
        }
    )
    write(Target, frame)
    return int(ids[-1]) + 1


def measure_snapshots() -> dict[str, Any]:
    """Make all snapshots of a day from nothing and again; let DuckDB and pandas sum the same rows.

    Seconds and ratios. The peers get their rows beforehand, in memory, and keep the result there; the product
    reads the database, lays the sums against the plan and writes a row for each owner, metric and period.
    """
    SnapshotRun.objects.filter(as_of=AS_OF).delete()
    Snapshot.objects.filter(as_of=AS_OF).delete()
    rows, seconds = _timed(lambda: refresh_snapshots(as_of=AS_OF))
    _again, again = _timed(lambda: refresh_snapshots(as_of=AS_OF))
    windows = PlanSide.load(AS_OF).windows
    daily, closure = _daily_frame(windows), _closure_frame()
    by_duck, duck = _timed(lambda: sums_by_duckdb(daily, closure, windows))
    by_pandas, pandas = _timed(lambda: sums_by_pandas(daily, closure, windows))
    ours = _stored_sums()
    assert ours == by_duck == by_pandas, "the peers disagree"
    return {
        "daily_actuals": len(daily),
        "snapshots": rows,
        "snapshot_seconds": round(seconds, 2),
        "again_seconds": round(again, 2),
        "duckdb_seconds": round(duck, 2),
        "pandas_seconds": round(pandas, 2),
        "by_duckdb": round(min(seconds, again) / duck, 2),
        "by_pandas": round(min(seconds, again) / pandas, 2),
    }


def sums_by_duckdb(daily: pd.DataFrame, closure: pd.DataFrame, windows: list[Window]) -> dict[str, int]:
    """The eight sums of every person in a unit and of every unit with its subtree, by metric."""
    database = duckdb.connect()
    database.register("daily", daily)
    database.register("closure", closure)
    spans = [span for window in windows for span in window.spans]
    sums = ", ".join(
        f"SUM(value) FILTER (WHERE day >= {start.toordinal()} AND day < {end.toordinal()}) AS s{at}"
        for at, (start, end) in enumerate(spans)
    )
    database.execute(
        f"CREATE TABLE own AS SELECT metric_id, unit_id, person_id, {sums} FROM daily GROUP BY ALL"
    )
    up = ", ".join(f"SUM(s{at}) AS s{at}" for at in range(len(spans)))
    database.execute(
        f"CREATE TABLE up AS SELECT metric_id, ancestor_id, {up}"
        " FROM own JOIN closure ON descendant_id = unit_id GROUP BY ALL"
    )
    root = int(closure["ancestor_id"].value_counts().idxmax())
    found = database.execute(f"SELECT {up} FROM up WHERE ancestor_id = {root}").fetchall()[0]
    return _named(found)


def sums_by_pandas(daily: pd.DataFrame, closure: pd.DataFrame, windows: list[Window]) -> dict[str, int]:
    """The same by pandas: a column a window, one group-by, a merge with the tree and another."""
    keys = ["metric_id", "unit_id", "person_id"]
    day = daily["day"].to_numpy()
    frame = daily[keys].copy()
    spans = [span for window in windows for span in window.spans]
    for at, (start, end) in enumerate(spans):
        inside = (day >= start.toordinal()) & (day < end.toordinal())
        frame[f"s{at}"] = np.where(inside, daily["value"].to_numpy(), 0)
    own = frame.groupby(keys, sort=False).sum().reset_index()
    up = own.merge(closure, left_on="unit_id", right_on="descendant_id")
    names = [f"s{at}" for at in range(len(spans))]
    up = up.groupby(["metric_id", "ancestor_id"], sort=False)[names].sum().reset_index()
    root = int(closure["ancestor_id"].value_counts().idxmax())
    return _named(up[up["ancestor_id"] == root][names].sum().tolist())


def _named(sums: Any) -> dict[str, int]:
    names = [
        f"{grain} {which}" for grain in ("year", "quarter", "month", "week") for which in ("now", "before")
    ]
    return {name: int(value or 0) for name, value in zip(names, sums, strict=True)}


def _stored_sums() -> dict[str, int]:
    """The same figures out of the stored snapshots of the root."""
    rows = Snapshot.objects.filter(as_of=AS_OF, person=None, unit__parent=None)
    found: dict[str, int] = {}
    for grain, actual, before in rows.values_list("grain", "actual", "previous_actual"):
        for which, value in (("now", actual), ("before", before)):
            found[f"{grain} {which}"] = found.get(f"{grain} {which}", 0) + (value or 0)
    return found


def measure_roll_up() -> dict[str, Any]:
    """Our exact sums by code and their roll-up, beside one bare bincount over the same codes."""
    daily = _daily_frame(PlanSide.load(AS_OF).windows)
    pairs = daily["unit_id"].to_numpy() * (1 << 32) + daily["metric_id"].to_numpy()
    keys, codes = np.unique(pairs, return_inverse=True)
    values = daily["value"].to_numpy()
    units = np.array(Unit.objects.order_by("pk").values_list("pk", "parent"), dtype=object)
    ids = units[:, 0].astype(np.int64)
    parent = np.array([-1 if above is None else np.searchsorted(ids, above) for above in units[:, 1]])

    def ours() -> Any:
        own = sum_by(codes, len(keys), values)
        return roll_up(keys >> 32, [keys & 0xFFFFFFFF], own[:, None], ids, parent)

    bare = min(_timed(lambda: np.bincount(codes, values, minlength=len(keys)))[1] for _ in range(3))
    full = min(_timed(ours)[1] for _ in range(3))
    return {
        "rows": len(values),
        "bincount_seconds": round(bare, 3),
        "roll_up_seconds": round(full, 3),
        "by_bincount": round(full / bare, 2),
    }


def measure_touched(samples: int = 40) -> dict[str, Any]:
    """Milliseconds of refreshing what a person's deal of the day touches: the person and all units above."""
    refresh_snapshots(as_of=AS_OF)
    sales, won = Metric.objects.get(code="sales").pk, Metric.objects.get(code="deals_won").pk
    people = list(CreditInterval.objects.values_list("person", "unit")[:5_000])
    taken = []
    for person, unit in random.Random(1).sample(people, samples):

        def work(person: int = person, unit: int = unit) -> None:
            with transaction.atomic():
                touched = touched_by([(sales, person, unit), (won, person, unit)])
                refresh_snapshots(as_of=AS_OF, touched=touched)

        taken.append(_timed(work)[1] * 1000)
    cuts = statistics.quantiles(taken, n=20)
    return {"touched_p50_ms": round(statistics.median(taken), 1), "touched_p95_ms": round(cuts[-1], 1)}


def measure_alerts() -> dict[str, Any]:
    """A day's evaluation of the shipped rule, beside the one statement that selects who is so far behind."""
    Alert.objects.all().delete()
    rule = AlertRule.objects.filter(is_active=True).first()
    assert rule is not None

    def select() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT metric_id, unit_id, person_id, target_value, plan_to_date, actual, lag_ratio"
                f" FROM {Snapshot._meta.db_table} WHERE as_of = %s AND grain = %s AND lag_ratio >= %s",
                [AS_OF, rule.grain, rule.threshold_ratio],
            )
            return len(cursor.fetchall())

    behind = select()
    statement = min(_timed(select)[1] for _ in range(3))
    config, sizes = config_of(rule), SnapshotRun.objects.get(as_of=AS_OF).fact_sizes

    def scan() -> Any:
        found = candidates_of(rule, AS_OF, config, sizes)
        judged = (found.lag, found.chance, found.workdays_elapsed, found.plan_fraction)
        return step_many(found.states, *judged, config)

    scanned = min(_timed(scan)[1] for _ in range(3))
    AlertRule.objects.update(evaluated_on=None)
    first = _timed(lambda: alerts_evaluate(as_of=AS_OF))[1]
    AlertRule.objects.update(evaluated_on=None)
    changes, second = _timed(lambda: alerts_evaluate(as_of=AS_OF))
    return {
        "behind": behind,
        "alerts": Alert.objects.count(),
        "raised": changes.raised,
        "statement_seconds": round(statement, 3),
        "scan_seconds": round(scanned, 3),
        "scan_by_statement": round(scanned / statement, 2),
        "first_day_seconds": round(first, 3),
        "next_day_seconds": round(second, 3),
    }


def _daily_frame(windows: Any) -> pd.DataFrame:
    """The daily actuals of the windows' days, as integers; days as ordinals."""
    first = min(span[0] for window in windows for span in window.spans)
    last = max(span[1] for window in windows for span in window.spans)
    day = (
        "CAST(day - DATE '0001-01-01' + 1 AS bigint)"
        if connection.vendor == "postgresql"
        else "CAST(julianday(day) - 1721424.5 AS integer)"
    )
    names = ", ".join(name if name != "day" else f"{day} AS day" for name in COLUMNS)
    parts = []
    # Packed into one value a month: more than 1 GB would not fit.
    edges = [*pd.date_range(first, last, freq="MS").date, last]
    for start, end in pairwise(sorted({first, *edges})):
        sql = f"SELECT {names} FROM {DailyActual._meta.db_table} WHERE day >= %s AND day < %s"
        parts.append(read_integers(sql, [start, end], COLUMNS, is_bulk=True))
    return pd.DataFrame(np.concatenate(parts), columns=list(COLUMNS))


def _closure_frame() -> pd.DataFrame:
    return pd.DataFrame(
        UnitClosure.objects.values_list("ancestor_id", "descendant_id"),
        columns=["ancestor_id", "descendant_id"],
    )


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began
