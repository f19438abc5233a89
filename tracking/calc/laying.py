"""Plan and actual laid side by side: the columns of snapshots, for any number of owners at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracking.calc.dues import Bools, Ints, TargetColumns, is_whole
from tracking.calc.matching import key_codes
from tracking.calc.pace import divide, lags
from tracking.calc.rollup import sum_by

Floats = NDArray[np.float64]
PARTS_PER_MILLION = 1_000_000
KEY = ("metric", "unit", "person", "product_line", "region", "customer_type")


@dataclass(frozen=True)
class Laid:
    """What owners should reach in one period: key columns (target row 0: a sum), target, plan to date."""

    keys: TargetColumns
    target: Ints
    plan_to_date: Ints


def with_owner_sums(laid: Laid) -> Laid:
    """Add a row for each owner that has targets by segment only: the sum of their top targets.

    Ratios are left as they are: what is wanted of a ratio does not add up.
    """
    keys = laid.keys
    whole = is_whole(keys)
    codes, _columns = key_codes([keys.metric, keys.unit, keys.person])
    has_whole = np.zeros(int(codes.max(initial=-1)) + 1, np.bool_)
    has_whole[codes[whole]] = True
    parts = np.flatnonzero(keys.is_top & keys.is_additive & ~whole & ~has_whole[codes])
    if not len(parts):
        return laid
    _values, first, of_owner = np.unique(codes[parts], return_index=True, return_inverse=True)
    size = len(first)
    owners = keys.take(parts[first])
    nothing = np.zeros(size, np.int64)
    owners = TargetColumns(
        **{
            **{name: getattr(owners, name) for name in owners.__dataclass_fields__},
            **dict.fromkeys(("ids", "product_line", "region", "customer_type"), nothing),
        }
    )
    return joined(
        [
            laid,
            Laid(
                owners,
                sum_by(of_owner.ravel(), size, laid.target[parts]),
                sum_by(of_owner.ravel(), size, laid.plan_to_date[parts]),
            ),
        ]
    )


def joined(parts: Sequence[Laid]) -> Laid:
    """The rows of all parts after each other."""
    names = parts[0].keys.__dataclass_fields__
    keys = TargetColumns(**{n: np.concatenate([getattr(p.keys, n) for p in parts]) for n in names})
    return Laid(
        keys,
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.plan_to_date for part in parts]),
    )


def merged(parts: Sequence[Laid]) -> Laid:
    """Plans that share a period (a week over the turn of a year): equal keys added, the last row kept."""
    if len(parts) == 1:
        return parts[0]
    rows = joined(parts)
    codes, _columns = key_codes([getattr(rows.keys, name) for name in KEY])
    size = int(codes.max(initial=-1)) + 1
    last = np.zeros(size, np.intp)
    last[codes] = np.arange(len(codes))
    additive = rows.keys.is_additive[last]
    return Laid(
        rows.keys.take(last),
        np.where(additive, sum_by(codes, size, rows.target), rows.target[last]),
        np.where(additive, sum_by(codes, size, rows.plan_to_date), rows.plan_to_date[last]),
    )


@dataclass(frozen=True)
class Measured:
    """Actuals beside their plan; NaN in the ratios and ``has_actual`` False where undefined."""

    actual: Ints
    has_actual: Bools
    completion: Floats
    pace: Floats
    lag: Floats


def measured(laid: Laid, numerator: Ints, denominator: Ints, *, is_ratio: Bools, is_down: Bools) -> Measured:
    """Completion, pace and lag of rows whose actual is ``numerator``; of ratios the quotient in millionths.

    Somebody without any fact has an actual of 0 and everything missing; a ratio without denominator has none.
    """
    quotient = divide(numerator, denominator) * PARTS_PER_MILLION
    has_actual = ~is_ratio | (denominator > 0)
    value = np.where(is_ratio, np.nan_to_num(quotient), numerator.astype(np.float64))
    exact = np.where(is_ratio, np.rint(np.nan_to_num(quotient)).astype(np.int64), numerator)
    hidden = np.where(has_actual, 0.0, np.nan)
    return Measured(
        actual=exact,
        has_actual=has_actual,
        completion=divide(value, laid.target) + hidden,
        pace=divide(value, laid.plan_to_date) + hidden,
        lag=lags(value, laid.plan_to_date, is_down) + hidden,
    )
