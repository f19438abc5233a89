"""What a demo company is made of: lines, regions, teams and people as values, its story as functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

Records = list[dict[str, object]]
RAMP_DAYS, RAMP_FROM = 180, 0.25
Season = tuple[float, ...]


@dataclass(frozen=True)
class Size:
    """How much of a company is made: all of it, or less for a test."""

    history_days: int = 730
    people: float = 1.0


FULL = Size()


@dataclass(frozen=True)
class Line:
    """A product line: a year's sales in whole currency units, and how its deals look.

    ``accounts`` customers a region start with; a deal is a new customer's with chance ``fresh``.
    ``products`` are (code, name, list price).
    """

    code: str
    name: str
    customer_type: str
    annual: int
    mean_deal: int
    sigma: float
    win_rate: float
    cycle_days: int
    deposit: float
    accounts: int
    fresh: float
    products: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Team:
    """A team and how many people it starts with, its lead among them."""

    code: str
    name: str
    size: int


@dataclass(frozen=True)
class Region:
    """A sales region: its share of the company's sales, its teams, and where its customers are."""

    code: str
    name: str
    share: float
    teams: tuple[Team, ...]
    cities: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """The company's own words in its records."""

    titles: tuple[str, str, str, str]
    channels: tuple[str, ...]
    loss_reasons: tuple[str, ...]
    industries: Mapping[str, tuple[str, ...]]
    subjects: Mapping[str, tuple[str, ...]]
    country: str
    inquiry: str
    season: str


@dataclass(frozen=True)
class Work:
    """A week's work of a seller, and the share of leads that become deals."""

    visits: float
    calls: float
    meetings: float
    inquiries: float
    leads: float
    conversion: float


@dataclass(frozen=True)
class Goals:
    """What the plan asks for: amounts in whole currency units, a week's counts a seller, ratios.

    ``shares`` are parts of the sales; ``split`` names the dimension a metric is cut by at the top. With
    ``quarters`` (a quarter's months in hundredths) every quarter is asked the same; without, the months
    follow the company's season.
    """

    sales: int
    shares: Mapping[str, Decimal]
    weekly: Mapping[str, Decimal]
    ratios: Mapping[str, Decimal]
    order: tuple[str, ...]
    split: Mapping[str, str] = field(default_factory=dict)
    quarters: tuple[int, int, int] | None = None
    is_equal_by_team: bool = False


@dataclass
class Seller:
    """A person of the demo and what drives the facts made for them.

    ``skill`` multiplies sales, ``diligence`` activities, ``focus`` says which part goes into which line.
    ``stays`` are (unit, share in basis points, from, until) in the order of time.
    """

    number: str
    name: str
    team: str
    region: str
    skill: float
    diligence: float
    focus: tuple[float, ...]
    hired_on: dt.date
    left_on: dt.date | None = None
    is_lead: bool = False
    stays: list[tuple[str, int, dt.date, dt.date | None]] = field(default_factory=list)


Teams = dict[str, list[Seller]]
NO_FACTOR: Callable[..., float] = lambda *_args: 1.0  # noqa: E731


@dataclass(frozen=True)
class Business:
    """A demo company: who it is, how it sells, what it wants, and the story to find in its figures.

    ``tell`` changes sellers, ``mood(seller, line, days ago)`` multiplies what they win, ``conversion(customer
    type, days ago)`` the share of their leads that become deals; ``finish`` has the last word on the deals.
    ``rhythm`` is what closes in a month's first and second ten days and its rest, in hundredths.
    """

    code: str
    name: str
    currency: str
    country: str
    time_zone: str
    lines: tuple[Line, ...]
    customer_types: tuple[tuple[str, str], ...]
    regions: tuple[Region, ...]
    season: Season
    rhythm: tuple[int, int, int]
    reach: float
    focuses: tuple[tuple[tuple[float, ...], float], ...]
    words: Words
    work: Work
    goals: Goals
    sign_ins: Mapping[str, str]
    people_names: Callable[[int, np.random.Generator], list[str]]
    account_names: Callable[[str, Line, np.random.Generator], Iterator[str]]
    tell: Callable[[Teams, dt.date], None]
    mood: Callable[[Seller, Line, int], float] = NO_FACTOR
    conversion: Callable[[str, int], float] = NO_FACTOR
    finish: Callable[[Any], None] | None = None

    @property
    def teams(self) -> tuple[Team, ...]:
        return tuple(team for region in self.regions for team in region.teams)


def selling_days(first: dt.date, last: dt.date, today: dt.date) -> list[dt.date]:
    """Monday to Friday, and today whatever it is: a month that begins on a Sunday isn't empty."""
    days = (first + dt.timedelta(days=at) for at in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 or day == today]


def ramp(seller: Seller, day: dt.date) -> float:
    """A newcomer starts at a quarter of their later pace and is there after half a year."""
    if day < seller.hired_on or (seller.left_on is not None and day >= seller.left_on):
        return 0.0
    return min(1.0, RAMP_FROM + (1 - RAMP_FROM) * (day - seller.hired_on).days / RAMP_DAYS)


def pulse(business: Business, day: dt.date) -> float:
    """How much closes on a day against the month's mean, by the company's rhythm."""
    return business.rhythm[min(2, (day.day - 1) // 10)] * 3 / sum(business.rhythm)
