"""The weight of a person in a split: the factors, how each is found from its evidence, and what is fair.

weight = base × capability × ramp × territory potential × strategy tilt × availability; 1 is an average full
seller of whom nothing is known.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.errors import Invalid, gettext_noop
from targets.calc.capability import CAP, FLOOR
from targets.calc.weights import ramp_factor

FACTORS = ("base", "capability", "ramp", "potential", "tilt", "availability")
BASES = ("accounts", "equal", "history")
DAYS_A_MONTH = 365.25 / 12
# Customers in a CRM are a rough measure of work: nobody counts for less than half, or more than twice.
LOAD_RANGE = (0.5, 2.0)
POTENTIAL_RANGE = (0.7, 1.5)
LEAST_KNOWN_ACCOUNTS = 3
OUTLIER = 0.15


@dataclass(frozen=True)
class SplitSettings:
    """What the sliders say: on what the split stands, how strongly ability counts, how long a ramp lasts."""

    base: str = "accounts"
    strength: float = 1.0
    ramp_months: int = 6
    cap: float = CAP
    floor: float = FLOOR
    with_potential: bool = False

    def __post_init__(self) -> None:
        if self.base not in BASES:
            raise Invalid(gettext_noop("Choose one of the bases."), field="base")
        checks = (
            ("strength", 0 <= self.strength <= 1.5, gettext_noop("The strength is between 0 and 1.5.")),
            ("ramp_months", 0 <= self.ramp_months <= 24, gettext_noop("A ramp lasts 0 to 24 months.")),
            ("cap", 1 <= self.cap <= 3, gettext_noop("The top factor is between 1 and 3.")),
            ("floor", 0.5 <= self.floor <= 1, gettext_noop("The lowest factor is between 0.5 and 1.")),
        )
        for field, is_right, message in checks:
            if not is_right:
                raise Invalid(message, field=field)


def factors_product(factors: Mapping[str, float]) -> Decimal:
    """The weight to 1e-6 of all six factors.

    >>> factors_product({"base": 1.2, "capability": 1.5, "ramp": 0.5})
    Decimal('0.900000')
    """
    exact = math.prod((Decimal(str(round(value, 6))) for value in factors.values()), start=Decimal(1))
    return exact.quantize(Decimal("0.000001"))


def relative(values: Sequence[float], bounds: tuple[float, float] | None = None) -> list[float]:
    """Each value against the average of the positive ones, within bounds; 1 for all where there are none.

    >>> relative([2, 4, 6, 0], (0.5, 2.0))
    [0.5, 1.0, 1.5, 0.5]
    """
    positive = [value for value in values if value > 0]
    if not positive:
        return [1.0] * len(values)
    mean = sum(positive) / len(positive)
    low, high = bounds or (0.0, math.inf)
    return [min(high, max(low, value / mean)) for value in values]


def potential_factors(logs: Sequence[float | None], known: Sequence[int]) -> list[float]:
    """A territory's potential: the geometric mean of what its customers turn over, against the people's.

    ``logs`` are the means of the logarithms, ``known`` of how many customers. The square root of the
    quotient is taken and held within 0.7 and 1.5: a customer twice as large does not buy twice as much. 1
    below three known customers.

    >>> [round(x, 3) for x in potential_factors([0.0, math.log(4), None], [3, 3, 0])]
    [0.707, 1.414, 1.0]
    """
    usable = [
        log
        for log, count in zip(logs, known, strict=True)
        if log is not None and count >= LEAST_KNOWN_ACCOUNTS
    ]
    if len(usable) < 2:
        return [1.0] * len(logs)
    mean = sum(usable) / len(usable)
    low, high = POTENTIAL_RANGE
    return [
        min(high, max(low, math.exp((log - mean) / 2)))
        if log is not None and count >= LEAST_KNOWN_ACCOUNTS
        else 1.0
        for log, count in zip(logs, known, strict=True)
    ]


def tilt_of_mix(mix: Mapping[tuple[int, ...], int], tilts: Mapping[int, float]) -> float:
    """The tilt of somebody's customers: the average over them of the product of their segments' tilts.

    >>> tilt_of_mix({(1, 8): 3, (2, 8): 1}, {1: 1.2})
    1.15
    """
    count = sum(mix.values())
    if not count:
        return 1.0
    leant = sum(
        number * math.prod(float(tilts.get(segment, 1)) for segment in segments)
        for segments, number in mix.items()
    )
    return round(leant / count, 6)


def ramp_of_stay(hired: dt.date, first: dt.date, last: dt.date, ramp_months: int) -> float:
    """The average ramp over the months of a stay [first, last), for who was hired on ``hired``.

    >>> ramp_of_stay(dt.date(2026, 1, 1), dt.date(2026, 1, 1), dt.date(2026, 4, 1), 6)
    0.4375
    """
    months = max(1, round((last - first).days / DAYS_A_MONTH))
    tenure = max(0, (first - hired).days) / DAYS_A_MONTH
    return float(ramp_factor(round(tenure, 4), months, ramp_months))


@dataclass(frozen=True)
class Fairness:
    """A person's amount against what the weights expect: 1 is fair, None where nothing is expected."""

    expected: float
    ratio: float | None

    @property
    def is_outlier(self) -> bool:
        return self.ratio is not None and abs(self.ratio - 1) > OUTLIER


def fairness(amounts: Sequence[int], weights: Sequence[float]) -> list[Fairness]:
    """Each amount against its part by weight of what all of them together have.

    >>> [each.ratio for each in fairness([100, 100], [1.5, 0.5])]
    [0.6666666666666666, 2.0]
    """
    total, whole = sum(amounts), sum(weights)
    expected = [total * weight / whole if whole else 0.0 for weight in weights]
    return [
        Fairness(wanted, amount / wanted if wanted else None)
        for amount, wanted in zip(amounts, expected, strict=True)
    ]


def is_blind_split(amounts: Sequence[int], weights: Sequence[float]) -> bool:
    """Everybody has the same although the weights are a fifth apart or more: nobody has looked.

    >>> is_blind_split([100, 100, 101], [1.6, 1.0, 0.4]), is_blind_split([160, 100], [1.6, 1.0])
    (True, False)
    """
    if len(amounts) < 2 or min(amounts) <= 0 or min(weights) < 0:
        return False
    alike = max(amounts) - min(amounts) <= max(1, min(amounts) // 100)
    return alike and max(weights) >= 1.2 * min(weights)
