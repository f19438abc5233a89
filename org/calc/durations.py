"""Durations counted in buckets that grow by a tenth: percentiles of any sum of days from a few numbers.

Counts of two days, or of two processes, add up; percentiles never do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

GROWTH = 1.1
# From 100 µs, below which nothing over HTTP is, to a quarter of an hour.
_SMALLEST_US, _MOST = 100, 169


def bucket_of(duration_us: int) -> str:
    """The bucket that a duration in microseconds falls into; a text, as the keys of JSON are.

    >>> bucket_of(50), bucket_of(100), bucket_of(1_000)
    ('0', '0', '25')
    """
    if duration_us <= _SMALLEST_US:
        return "0"
    at = math.ceil(math.log(duration_us / _SMALLEST_US) / math.log(GROWTH) - 1e-9)
    return str(min(at, _MOST))


def counts_sum(many: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counts of several days or endpoints as one.

    >>> counts_sum([{"3": 1}, {"3": 2, "9": 1}])
    {'3': 3, '9': 1}
    """
    total: dict[str, int] = {}
    for counts in many:
        for bucket, count in counts.items():
            total[bucket] = total.get(bucket, 0) + count
    return total


def percentile_ms(counts: Mapping[str, int], share: float) -> float | None:
    """The duration in milliseconds that ``share`` of the requests don't exceed; None without any.

    At most a tenth too long: it is the upper end of the bucket.

    >>> percentile_ms({"0": 19, "25": 1}, 0.95), round(percentile_ms({"25": 1}, 0.5), 2)
    (0.1, 1.08)
    """
    wanted = share * sum(counts.values())
    passed = 0
    for at in sorted(map(int, counts)):
        passed += counts[str(at)]
        if passed >= wanted > 0:
            return _SMALLEST_US * GROWTH**at / 1000
    return None
