"""All facts of a demo company, made from one seed; and the tools its makers share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from salesgoals.demo.shape import Business, Records, Seller, Size, ramp, selling_days

PIPELINE_DAYS = 75
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Facts:
    """All records by resource, in the shape of the API's bulk endpoints."""

    products: Records = field(default_factory=list)
    accounts: Records = field(default_factory=list)
    leads: Records = field(default_factory=list)
    opportunities: Records = field(default_factory=list)
    activities: Records = field(default_factory=list)
    payments: Records = field(default_factory=list)


@dataclass
class Stage:
    """Where the facts play: the company, its sellers, the days, and the one generator all draws come from.

    ``days`` end ``PIPELINE_DAYS`` after today: what would close then is open today.
    """

    business: Business
    sellers: list[Seller]
    today: dt.date
    size: Size
    rng: np.random.Generator
    facts: Facts = field(default_factory=Facts)

    def __post_init__(self) -> None:
        self.first_day = self.today - dt.timedelta(days=self.size.history_days)
        last = self.today + dt.timedelta(days=PIPELINE_DAYS)
        self.days = selling_days(self.first_day, last, self.today)
        self.past = sum(day <= self.today for day in self.days)
        self.zone = ZoneInfo(self.business.time_zone)
        self.offsets: dict[dt.date, str] = {}

    def speeds(self, seller: Seller) -> Floats:
        """How fast a seller works on each day; days to come as today."""
        return np.array([ramp(seller, min(day, self.today)) for day in self.days])

    def moment(self, day: dt.date, hour: int, minute: int) -> str:
        """A time of a day in the company's zone; today nothing has happened after nine in the morning."""
        hour = min(hour, 8) if day == self.today else hour
        if day not in self.offsets:
            noon = dt.datetime.combine(day, dt.time(12), tzinfo=self.zone)
            self.offsets[day] = noon.isoformat()[-6:]
        return f"{day.isoformat()}T{hour:02}:{minute:02}:00{self.offsets[day]}"


def arrivals(rates: Floats, evenness: float, rng: np.random.Generator) -> Ints:
    """The days on which something happens at these rates a day, as rising indices.

    ``evenness`` 1 is pure chance (Poisson); people steer towards their targets, so above 1 events keep
    distance (the variance of counts is about mean / evenness).
    """
    due = np.cumsum(rates)
    if not len(due) or due[-1] <= 0:
        return np.empty(0, np.int64)
    count = int(due[-1] + 8 * np.sqrt(due[-1]) + 20)
    at = np.cumsum(rng.gamma(evenness, 1 / evenness, count)) - rng.random()
    at = at[(at >= 0) & (at < due[-1])]
    days: Ints = np.searchsorted(due, at, side="right").astype(np.int64)
    return days
