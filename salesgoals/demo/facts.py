"""Deals, payments, leads and activities of the demo company, day by day, from one seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from salesgoals.demo.appliances import HISTORY_DAYS, LINES, REGIONS, SEASON, Line, Records, Seller

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
PIPELINE_DAYS = 75
RAMP_DAYS = 180
# What the company reaches of a year's plan, before single people's luck: last years were smaller.
GROWTH = {0: 1.08, 1: 0.95, 2: 0.83}
CHANNELS = ("Trade fair", "Website", "Referral", "Tmall", "Cold call", "Dealer network")
INDUSTRIES = {
    "KA": ("Real estate", "Hotels", "Supermarkets", "Home furnishing"),
    "dealer": ("Appliance retail", "Wholesale", "Kitchen studios"),
    "consumer": ("Online store",),
}
LOSS_REASONS = ("Price", "Competitor", "No budget", "Postponed", "No answer")
_BRANDS = (
    "Jinyu 金宇", "Hengtong 恒通", "Yuexiu 悦秀", "Lanhai 蓝海", "Tianhe 天和", "Ruifeng 瑞丰",
    "Dongsheng 东升", "Huamei 华美", "Kaixuan 凯旋", "Baolong 宝隆", "Xinda 信达", "Furui 福瑞",
)  # fmt: skip
_SUFFIX = {"KA": "Group 集团", "dealer": "Trading 商贸", "consumer": "Online Store 旗舰店"}


@dataclass
class Facts:
    """All records by resource, in the shape of the API's bulk endpoints."""

    products: Records = field(default_factory=list)
    accounts: Records = field(default_factory=list)
    leads: Records = field(default_factory=list)
    opportunities: Records = field(default_factory=list)
    activities: Records = field(default_factory=list)
    payments: Records = field(default_factory=list)


def workdays(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Monday to Friday: the demo's customers don't mind a public holiday now and then."""
    day = first
    while day <= last:
        if day.weekday() < 5:
            yield day
        day += dt.timedelta(days=1)


def ramp(seller: Seller, day: dt.date) -> float:
    """A newcomer starts at a quarter of their later pace and is there after half a year."""
    if day < seller.hired_on or (seller.left_on is not None and day >= seller.left_on):
        return 0.0
    return min(1.0, 0.25 + 0.75 * (day - seller.hired_on).days / RAMP_DAYS)


class FactMaker:
    """Makes the facts of one company; every draw comes from one generator, in a fixed order."""

    def __init__(self, sellers: list[Seller], today: dt.date, rng: np.random.Generator) -> None:
        self.sellers, self.today, self.rng = sellers, today, rng
        self.facts = Facts()
        self.accounts: dict[tuple[str, str], list[str]] = {}
        self.first_day = today - dt.timedelta(days=HISTORY_DAYS)
        self.capacity = self._capacities()

    def make(self) -> Facts:
        """Every fact from two years ago until today, and the pipeline open today."""
        self._products()
        for region, _name, _share, _teams in REGIONS:
            for line, count in zip(LINES, (9, 16, 3), strict=True):
                for _ in range(count):
                    self._account(line, region, self.first_day - dt.timedelta(days=30))
        for day in workdays(self.first_day, self.today + dt.timedelta(days=PIPELINE_DAYS)):
            for seller in self.sellers:
                speed = ramp(seller, min(day, self.today))
                if speed:
                    self._deals(seller, day, speed)
                    if day <= self.today:
                        self._process(seller, day, speed)
        return self.facts

    def _capacities(self) -> dict[tuple[str, str], float]:
        """Yearly sales in yuan of each seller in each line: region × skill × focus, summing to the line."""
        regional = {region: share for region, _name, share, _teams in REGIONS}
        capacity = {}
        for index, line in enumerate(LINES):
            for region, share in regional.items():
                weights = {s.number: s.skill * s.focus[index] for s in self.sellers if s.region == region}
                total = sum(weights.values())
                for number, weight in weights.items():
                    capacity[number, line.code] = line.annual * share * weight / total
        return capacity

    def _products(self) -> None:
        for line in LINES:
            for code, name, price in line.products:
                self.facts.products.append(
                    {
                        "external_id": code,
                        "name": name,
                        "product_line": line.code,
                        "list_price": f"{price}.00",
                        "currency": "CNY",
                    }
                )

    def _account(self, line: Line, region: str, since: dt.date) -> str:
        """A new customer of a line in a region; returns its external id."""
        number = len(self.facts.accounts) + 1
        key = f"A{number:05d}"
        brand = _BRANDS[int(self.rng.integers(len(_BRANDS)))]
        industries = INDUSTRIES[line.customer_type]
        size = {"KA": 900, "dealer": 60, "consumer": 12}[line.customer_type]
        self.facts.accounts.append(
            {
                "external_id": key,
                "name": f"{brand} {number} {_SUFFIX[line.customer_type]}",
                "industry": industries[int(self.rng.integers(len(industries)))],
                "employees": int(size * np.exp(self.rng.normal(0, 0.6))),
                "country": "China",
                "decision_chain_length": int(
                    self.rng.integers(1, {"KA": 6, "dealer": 4, "consumer": 2}[line.customer_type])
                ),
                "region": region,
                "customer_type": line.customer_type,
            }
        )
        self.accounts.setdefault((line.code, region), []).append(key)
        return key

    def _deals(self, seller: Seller, day: dt.date, speed: float) -> None:
        """The deals that close on this day; those of days to come are the open pipeline."""
        years_ago = max(0, self.today.year - day.year)
        for index, line in enumerate(LINES):
            yearly = self.capacity[seller.number, line.code] * GROWTH[min(years_ago, 2)] * speed
            wins = yearly * SEASON[day.month - 1] / 261 / line.mean_deal * _rhythm(day)
            skilled = min(0.85, line.win_rate * (0.75 + 0.25 * seller.skill))
            for _ in range(int(self.rng.poisson(wins / skilled))):
                self._deal(seller, line, day, is_won=bool(self.rng.random() < skilled), index=index)

    def _deal(self, seller: Seller, line: Line, closed_on: dt.date, *, is_won: bool, index: int) -> None:
        rng = self.rng
        cycle = 2 + int(rng.gamma(2.0, line.cycle_days / 2))
        opened_on = closed_on - dt.timedelta(days=cycle)
        is_open = closed_on > self.today
        if is_open and opened_on > self.today:
            return
        pool = self.accounts[line.code, seller.region]
        fresh = rng.random() < (0.07, 0.05, 0.002)[index]
        account = (
            self._account(line, seller.region, opened_on) if fresh else pool[int(rng.integers(len(pool)))]
        )
        amount = round(float(line.mean_deal * np.exp(rng.normal(-(line.sigma**2) / 2, line.sigma))), 2)
        product, product_name, _price = line.products[int(rng.integers(len(line.products)))]
        quote_on = opened_on + dt.timedelta(days=max(1, int(cycle * 0.45)))
        key = f"O{len(self.facts.opportunities) + 1:06d}"
        quoted = quote_on <= self.today and rng.random() < 0.85
        record: dict[str, object] = {
            "external_id": key,
            "name": f"{product_name.split()[0]} {product_name.split()[-2]} · {account}",
            "account": account,
            "owner": seller.number,
            "product": product,
            "product_line": line.code,
            "region": seller.region,
            "customer_type": line.customer_type,
            "amount": f"{amount:.2f}",
            "currency": "CNY",
            "opened_on": opened_on.isoformat(),
            "expected_close_on": (closed_on + dt.timedelta(days=int(rng.normal(0, 6)))).isoformat(),
            "quote_sent_at": _moment(quote_on, 10, rng) if quoted else None,
            "quote_viewed_at": _moment(quote_on, 15, rng) if quoted and rng.random() < 0.7 else None,
        }
        if is_open:
            done = (self.today - opened_on).days / cycle
            record["stage"] = "negotiation" if done > 0.7 else "proposal" if done > 0.4 else "engaging"
        else:
            record["closed_on"] = closed_on.isoformat()
            record["stage"] = "won" if is_won else "lost"
            if not is_won:
                record["loss_reason"] = LOSS_REASONS[int(rng.integers(len(LOSS_REASONS)))]
        if is_won and not is_open and amount > 180_000:
            mate = next(s for s in self.sellers if s.team == seller.team and s.number != seller.number)
            record["splits"] = [
                {"person": seller.number, "share_bp": 7_000},
                {"person": mate.number, "share_bp": 3_000},
            ]
        self.facts.opportunities.append(record)
        if is_won and not is_open:
            self._payments(key, seller, line, closed_on, amount)

    def _payments(self, deal: str, seller: Seller, line: Line, closed_on: dt.date, amount: float) -> None:
        """What comes in: consumers at once, others a deposit and the rest later; some late, some returned."""
        cents = round(amount * 100)
        deposit = cents if line.code == "entry" else round(cents * 0.3)
        delays = [(deposit, 1)]
        if cents > deposit:
            late = 2.2 if self.rng.random() < 0.15 else 1.0
            delays.append((cents - deposit, int((18 + self.rng.gamma(2.0, 9)) * late)))
        if self.rng.random() < 0.012:
            delays.append((-round(cents * 0.2), delays[-1][1] + 20))
        for part, (value, delay) in enumerate(delays):
            received_on = closed_on + dt.timedelta(days=delay)
            if received_on <= self.today:
                self.facts.payments.append(
                    {
                        "external_id": f"{deal}-{part + 1}",
                        "opportunity": deal,
                        "owner": seller.number,
                        "received_on": received_on.isoformat(),
                        "amount": f"{value / 100:.2f}",
                        "currency": "CNY",
                    }
                )

    def _process(self, seller: Seller, day: dt.date, speed: float) -> None:
        """A day's work: visits, calls, inquiries and new leads."""
        rng = self.rng
        pace = (0.6 + 0.4 * seller.skill) * (0.5 + 0.5 * speed)
        for kind, mean in (("visit", 1.9), ("call", 0.5), ("meeting", 0.15), ("inquiry", 0.35)):
            for _ in range(int(rng.poisson(mean * pace))):
                self._activity(seller, kind, day)
        for _ in range(int(rng.poisson(0.5 * pace * SEASON[day.month - 1]))):
            self._lead(seller, day)

    def _activity(self, seller: Seller, kind: str, day: dt.date) -> None:
        line = LINES[int(self.rng.choice(3, p=seller.focus))]
        pool = self.accounts[line.code, seller.region]
        hour = int(self.rng.choice((9, 10, 11, 14, 15, 16, 20), p=(0.1, 0.2, 0.15, 0.15, 0.2, 0.1, 0.1)))
        self.facts.activities.append(
            {
                "external_id": f"T{len(self.facts.activities) + 1:06d}",
                "kind": kind,
                "is_effective": bool(self.rng.random() < 0.62 + 0.12 * seller.skill),
                "occurred_at": _moment(day, hour, self.rng),
                "account": pool[int(self.rng.integers(len(pool)))],
                "owner": seller.number,
                "product_line": line.code,
                "region": seller.region,
                "customer_type": line.customer_type,
            }
        )

    def _lead(self, seller: Seller, day: dt.date) -> None:
        rng = self.rng
        line = LINES[int(rng.choice(3, p=seller.focus))]
        record: dict[str, object] = {
            "external_id": f"L{len(self.facts.leads) + 1:06d}",
            "name": f"{_BRANDS[int(rng.integers(len(_BRANDS)))]} inquiry {len(self.facts.leads) + 1}",
            "channel": CHANNELS[int(rng.integers(len(CHANNELS)))],
            "industry": INDUSTRIES[line.customer_type][0],
            "priority": ("low", "normal", "high")[int(rng.choice(3, p=(0.2, 0.6, 0.2)))],
            "owner": seller.number,
            "product_line": line.code,
            "region": seller.region,
            "customer_type": line.customer_type,
            "created_on": day.isoformat(),
        }
        qualified_on = day + dt.timedelta(days=1 + int(rng.gamma(1.5, 4)))
        closed_on = qualified_on + dt.timedelta(days=2 + int(rng.gamma(2, 10)))
        draw = rng.random()
        good = 0.28 * (0.6 + 0.4 * seller.skill)
        if draw < good + 0.30 and qualified_on <= self.today:
            record["qualified_on"] = qualified_on.isoformat()
            record["status"] = "qualified"
            if closed_on <= self.today:
                record["status"] = "converted" if draw < good else "disqualified"
                record["closed_on"] = closed_on.isoformat()
        elif draw > 0.75 and closed_on <= self.today:
            record.update(status="disqualified", closed_on=closed_on.isoformat())
        else:
            record["status"] = "working" if day < self.today - dt.timedelta(days=3) else "new"
        self.facts.leads.append(record)


def _rhythm(day: dt.date) -> float:
    """Deals close late in the month (25/40/35 over its thirds)."""
    return (0.75, 1.2, 1.05)[min(2, (day.day - 1) // 10)]


def _moment(day: dt.date, hour: int, rng: np.random.Generator) -> str:
    clock = dt.time(hour, int(rng.integers(60)), tzinfo=SHANGHAI)
    return dt.datetime.combine(day, clock).isoformat()
