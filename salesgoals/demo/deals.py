"""Customers, deals and payments of a demo company."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from salesgoals.demo.facts import Floats, Stage, arrivals
from salesgoals.demo.names import short_name
from salesgoals.demo.shape import Line, Seller, pulse

EVENNESS_WON, EVENNESS_LOST = 5.0, 1.0
YEARLY_DAYS = 261
# How far a deal is from which part of its time on.
STAGES = (
    (0.7, "negotiation"),
    (0.45, "proposal"),
    (0.3, "qualified"),
    (0.12, "engaging"),
    (0.0, "prospecting"),
)
# Each year before was smaller by this factor.
GROWTH = 0.88


@dataclass(frozen=True)
class _Draft:
    """A deal before it has a number, a customer and a price."""

    opened_on: dt.date
    closed_on: dt.date
    seller: Seller
    line: int
    is_won: bool


class DealMaker:
    """Makes products, customers, deals and payments, in the order in which deals were opened."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.business, self.rng = stage, stage.business, stage.rng
        self.pools: dict[tuple[str, str], list[str]] = {}
        self.names: dict[str, str] = {}
        self.fresh_names: dict[tuple[str, str], Iterator[str]] = {}
        self.by_team: dict[str, list[Seller]] = {}
        for seller in stage.sellers:
            self.by_team.setdefault(seller.team, []).append(seller)

    def make(self) -> None:
        """Fill products, accounts, opportunities and payments of the stage's facts."""
        self._products()
        for region in self.business.regions:
            for line in self.business.lines:
                self.fresh_names[line.code, region.code] = self.business.account_names(
                    region.code, line, self.rng
                )
                for _ in range(max(2, round(line.accounts * self.stage.size.people))):
                    self._account(line, region.code)
        drafts = self._drafts()
        drafts.sort(key=lambda draft: draft.opened_on)
        for draft in drafts:
            self._deal(draft)
        self._fill_month()
        self._look_after()

    def _products(self) -> None:
        for line in self.business.lines:
            for code, name, price in line.products:
                self.stage.facts.products.append(
                    {
                        "external_id": code,
                        "name": name,
                        "product_line": line.code,
                        "list_price": f"{price}.00",
                        "currency": self.business.currency,
                    }
                )

    def _account(self, line: Line, region: str) -> str:
        """A new customer of a line in a region; returns its external id."""
        accounts, industries = self.stage.facts.accounts, self.business.words.industries[line.customer_type]
        key = f"A{len(accounts) + 1:05d}"
        name = next(self.fresh_names[line.code, region])
        people = max(3.0, line.mean_deal / 60)
        accounts.append(
            {
                "external_id": key,
                "name": name,
                "industry": industries[int(self.rng.integers(len(industries)))],
                "employees": int(people * np.exp(self.rng.normal(0, 0.6))),
                "country": self.business.words.country,
                "decision_chain_length": int(self.rng.integers(1, 3 + line.cycle_days // 12)),
                "region": region,
                "customer_type": line.customer_type,
            }
        )
        self.pools.setdefault((line.code, region), []).append(key)
        self.names[key] = short_name(name)
        return key

    def capacities(self) -> dict[tuple[str, str], float]:
        """A year's sales of each seller in each line: share × skill × focus, summing to the line's.

        The share is the region's, or where all teams are asked for the same, the team's part of it.
        """
        is_by_team = self.business.goals.is_equal_by_team
        capacity = {}
        for region in self.business.regions:
            inside = (
                [[team.code] for team in region.teams] if is_by_team else [[t.code for t in region.teams]]
            )
            for teams in inside:
                sellers = [seller for seller in self.stage.sellers if seller.team in teams]
                for index, line in enumerate(self.business.lines):
                    yearly = line.annual * region.share / len(inside)
                    total = sum(s.skill * s.focus[index] for s in sellers if s.left_on is None)
                    for seller in sellers:
                        capacity[seller.number, line.code] = (
                            yearly * seller.skill * seller.focus[index] / total
                        )
        return capacity

    def _drafts(self) -> list[_Draft]:
        """What closes on which day, won and lost, of everybody; days to come are the open pipeline."""
        stage, capacity = self.stage, self.capacities()
        ago = [max(0, (stage.today - day).days) for day in stage.days]
        usual = np.array(
            [
                self.business.season[day.month - 1]
                * pulse(self.business, day)
                * GROWTH ** max(0, stage.today.year - day.year)
                for day in stage.days
            ]
        )
        drafts: list[_Draft] = []
        for seller in stage.sellers:
            rates = usual * stage.speeds(seller) * self.business.reach / YEARLY_DAYS
            for index, line in enumerate(self.business.lines):
                mood = np.array([self.business.mood(seller, line, days) for days in ago])
                yearly = capacity[seller.number, line.code] / line.mean_deal
                won = min(0.85, line.win_rate * (0.75 + 0.25 * seller.skill))
                drafts += self._closings(seller, index, rates * yearly * mood, is_won=True)
                lost = rates * yearly * (1 - won) / won
                drafts += self._closings(seller, index, lost, is_won=False)
        return drafts

    def _closings(self, seller: Seller, index: int, rates: Floats, *, is_won: bool) -> Iterator[_Draft]:
        line = self.business.lines[index]
        at = arrivals(rates, EVENNESS_WON if is_won else EVENNESS_LOST, self.rng)
        cycles = 2 + self.rng.gamma(2.0, line.cycle_days / 2, len(at)).astype(int)
        for day, cycle in zip(at.tolist(), cycles.tolist(), strict=True):
            closed_on = self.stage.days[day]
            opened_on = closed_on - dt.timedelta(days=cycle)
            if opened_on <= self.stage.today:
                yield _Draft(opened_on, closed_on, seller, index, is_won)

    def _deal(self, draft: _Draft) -> None:
        """A deal with its customer, price and stage, and the payments if it is won."""
        rng, today, seller = self.rng, self.stage.today, draft.seller
        line = self.business.lines[draft.line]
        account = self._customer(line, seller.region)
        product, quantity, cents = self._order(line)
        cycle = (draft.closed_on - draft.opened_on).days
        quote_on = draft.opened_on + dt.timedelta(days=max(1, int(cycle * 0.45)))
        is_quoted = quote_on <= today and rng.random() < 0.85
        key = f"O{len(self.stage.facts.opportunities) + 1:06d}"
        late = int(rng.normal(0, 6))
        record: dict[str, object] = {
            "external_id": key,
            "name": f"{product} × {quantity} · {self.names[account]}",
            "account": account,
            "owner": seller.number,
            "product": product,
            "product_line": line.code,
            "region": seller.region,
            "customer_type": line.customer_type,
            "amount": f"{cents / 100:.2f}",
            "currency": self.business.currency,
            "opened_on": draft.opened_on.isoformat(),
            "expected_close_on": (draft.closed_on + dt.timedelta(days=late)).isoformat(),
            "quote_sent_at": self.stage.moment(quote_on, 10, 20) if is_quoted else None,
            "quote_viewed_at": self.stage.moment(quote_on, 15, 5) if is_quoted and late % 3 else None,
        }
        self.stage.facts.opportunities.append(record)
        if draft.closed_on > today:
            done = (today - draft.opened_on).days / cycle
            record["stage"] = next(stage for since, stage in STAGES if done >= since)
        elif draft.is_won:
            self._win(record, line, draft.closed_on, seller)
        else:
            reasons = self.business.words.loss_reasons
            record |= {"stage": "lost", "closed_on": draft.closed_on.isoformat()}
            record["loss_reason"] = reasons[int(rng.integers(len(reasons)))]

    def _order(self, line: Line) -> tuple[str, int, int]:
        """A product, how many of it, and the price of all in cents, up to 8 % below the list."""
        product, _name, price = line.products[int(self.rng.integers(len(line.products)))]
        wanted = line.mean_deal * np.exp(self.rng.normal(-(line.sigma**2) / 2, line.sigma))
        quantity = max(1, round(float(wanted) / price))
        return product, quantity, round(quantity * price * (100 - int(self.rng.integers(0, 9))))

    def _customer(self, line: Line, region: str) -> str:
        """A new customer now and then, else one of those known."""
        if self.rng.random() < line.fresh:
            return self._account(line, region)
        pool = self.pools[line.code, region]
        return pool[int(self.rng.integers(len(pool)))]

    def _win(self, record: dict[str, object], line: Line, day: dt.date, seller: Seller) -> None:
        """Close a deal; a very large one was won by two, and its money comes in."""
        record |= {"stage": "won", "closed_on": day.isoformat()}
        cents = round(float(str(record["amount"])) * 100)
        if cents > line.mean_deal * 100 * 3.2:
            mate = next(s for s in self.by_team[seller.team] if s.number != seller.number)
            record["splits"] = [
                {"person": seller.number, "share_bp": 7_000},
                {"person": mate.number, "share_bp": 3_000},
            ]
        deposit = round(cents * line.deposit)
        delays = [(deposit, 1)] if deposit else []
        if cents > deposit:
            late = 2.2 if self.rng.random() < 0.15 else 1.0
            delays.append((cents - deposit, int((18 + self.rng.gamma(2.0, 9)) * late)))
        if self.rng.random() < 0.012:
            delays.append((-round(cents * 0.2), delays[-1][1] + 20))
        for part, (value, delay) in enumerate(delays, start=1):
            received_on = day + dt.timedelta(days=delay)
            if received_on <= self.stage.today:
                self.stage.facts.payments.append(
                    {
                        "external_id": f"{record['external_id']}-{part}",
                        "opportunity": record["external_id"],
                        "owner": seller.number,
                        "received_on": received_on.isoformat(),
                        "amount": f"{value / 100:.2f}",
                        "currency": self.business.currency,
                    }
                )

    def _look_after(self) -> None:
        """Each customer is looked after by whoever sold there last and is still here; it can be reached."""
        here = {seller.number for seller in self.stage.sellers if seller.left_on is None}
        last = {d["account"]: d["owner"] for d in self.stage.facts.opportunities if d["owner"] in here}
        for number, account in enumerate(self.stage.facts.accounts, start=1):
            account["owner"] = last.get(account["external_id"])
            account["phone"] = f"555-{number // 10_000:03d}-{number % 10_000:04d}"
            account["website"] = f"www.customer-{number}.example"

    def _fill_month(self) -> None:
        """A month that has just begun has a deal won all the same: the open one that would close next."""
        deals, month = self.stage.facts.opportunities, self.stage.today.isoformat()[:7]
        if any(deal["stage"] == "won" and str(deal["closed_on"]).startswith(month) for deal in deals):
            return
        candidates = [deal for deal in deals if "closed_on" not in deal]
        if not candidates:
            return
        record = min(candidates, key=lambda deal: str(deal["expected_close_on"]))
        line = next(line for line in self.business.lines if line.code == record["product_line"])
        seller = next(seller for seller in self.stage.sellers if seller.number == record["owner"])
        self._win(record, line, self.stage.today, seller)
