# ruff: noqa: S608 (every name in these texts comes from the models; values are always parameters)
"""Bring the snapshots of a few owners in line with changed facts: their plan side stays as it was laid.

The same sums and the same laying as for all of them; only fewer owners, and rows that are there already.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from crm.services.tables import update_rows
from tracking.calc.dues import Ints, TargetColumns
from tracking.calc.laying import KEY, Laid
from tracking.calc.matching import key_codes
from tracking.calc.windows import GRAINS
from tracking.models import Snapshot
from tracking.selectors.integers import read_integers
from tracking.selectors.plans import PlanSide
from tracking.services.actuals import actuals_of
from tracking.services.blocks import FIGURES, figure_columns

TABLE = Snapshot._meta.db_table
_IDS = ("metric_id", "unit_id", "person_id", "product_line_id", "region_id", "customer_type_id")
_NAMES = ("id", "grain", *_IDS, "target_value", "plan_to_date")


@dataclass(frozen=True)
class Touched:
    """Whose figures changed: people, units with all above them; and the metrics, ratios included."""

    metrics: frozenset[int]
    units: frozenset[int]
    people: frozenset[int]


def update_touched(side: PlanSide, touched: Touched) -> int:
    """Sum and lay the touched snapshots of a day anew; returns how many. Inside the caller's transaction."""
    table = _read(side.as_of, touched)
    if not len(table):
        return 0
    grain, columns = table[:, 1], [table[:, 2 + at] for at in range(len(_IDS))]
    owners = _owners(columns)
    codes, _values = key_codes([getattr(owners, name) for name in KEY])
    first = np.zeros(int(codes.max()) + 1, np.intp)
    first[codes] = np.arange(len(codes))
    spans = [span for window in side.windows for span in window.spans]
    found = actuals_of(owners.take(first), spans, side.kinds, everyone=False)
    rows: list[tuple[object, ...]] = []
    for at, window in enumerate(side.windows):
        here = np.flatnonzero(grain == at)
        part = Laid(owners.take(here), table[here, -2], table[here, -1])
        now, before = (
            (found.numerator[codes[here], column], found.denominator[codes[here], column])
            for column in (2 * at, 2 * at + 1)
        )
        figures = figure_columns(side.kinds, window, part, now, before)
        rows += zip(*(column.listed() for column in figures), table[here, 0].tolist(), strict=True)
    update_rows(Snapshot, FIGURES, rows)
    return len(rows)


def _read(as_of: dt.date, touched: Touched) -> Ints:
    """The touched rows: id, number of the grain, key, target and plan to date; 0 for none. One query."""
    grains = " ".join(f"WHEN '{grain}' THEN {at}" for at, grain in enumerate(GRAINS))
    texts = {"grain": f"CAST(CASE grain {grains} END AS bigint)"}
    picked = ", ".join(f"COALESCE({texts.get(name, name)}, 0) AS {name}" for name in _NAMES)
    metrics, metric_ids = _among("metric_id", touched.metrics)
    people, person_ids = _among("person_id", touched.people)
    units, unit_ids = _among("unit_id", touched.units)
    head = f"SELECT {picked} FROM {TABLE} WHERE as_of = %s"
    every_grain = f"grain IN ({', '.join(['%s'] * len(GRAINS))})"
    sql = (
        f"{head} AND {people} AND {metrics} UNION ALL"
        f" {head} AND {every_grain} AND {units} AND COALESCE(person_id, 0) = 0 AND {metrics}"
    )
    params = [as_of, *person_ids, *metric_ids, as_of, *map(str, GRAINS), *unit_ids, *metric_ids]
    return read_integers(sql, params, _NAMES, is_bulk=False)


def _among(column: str, values: frozenset[int]) -> tuple[str, list[int]]:
    return f"{column} IN ({', '.join(['%s'] * len(values)) or 'NULL'})", sorted(values)


def _owners(columns: list[Ints]) -> TargetColumns:
    """Keys without anything of the plan."""
    count = len(columns[0])
    nothing, no = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    keys = dict(zip(KEY, columns, strict=True))
    months = np.zeros((count, 12), np.int64)
    return TargetColumns(
        ids=nothing, is_top=no, is_additive=no, amount=nothing, months=months, starts=nothing, ends=nothing,
        **keys,
    )  # fmt: skip
