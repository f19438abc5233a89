"""What sellers of a demo company do all day: visits, calls, meetings, inquiries, and leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from salesgoals.demo.facts import Stage, arrivals
from salesgoals.demo.names import short_name
from salesgoals.demo.shape import Line, Seller

EVENNESS = 4.0
HOURS = (9, 10, 10, 11, 14, 14, 15, 15, 16, 17)
# So far back activities know the deal they were for.
LINKED_DAYS = 150
# Besides the effective visits there are others: nobody there, nothing new.
IDLE_VISITS = 0.3


class WorkMaker:
    """Makes activities and leads; needs the stage's accounts and opportunities."""

    def __init__(self, stage: Stage, pools: dict[tuple[str, str], list[str]]) -> None:
        self.stage, self.business, self.rng, self.pools = stage, stage.business, stage.rng, pools
        self.prospects: dict[tuple[str, str], Iterator[str]] = {}
        self.linked_since = (stage.today - dt.timedelta(days=LINKED_DAYS)).isoformat()
        self.deals: dict[str, list[tuple[str, str, dict[str, object]]]] = {}
        for deal in stage.facts.opportunities:
            until = str(deal.get("closed_on") or stage.today.isoformat())
            if until >= self.linked_since:
                self.deals.setdefault(str(deal["owner"]), []).append((str(deal["opened_on"]), until, deal))

    def make(self) -> None:
        """Fill activities and leads of the stage's facts, in the order of time."""
        activities: list[tuple[str, dict[str, object]]] = []
        leads: list[tuple[dt.date, Seller]] = []
        for seller in self.stage.sellers:
            speeds = self.stage.speeds(seller)[: self.stage.past]
            pace = np.where(speeds > 0, 0.5 + 0.5 * speeds, 0.0) * seller.diligence / 5
            work = self.business.work
            for kind, is_effective, weekly in (
                ("visit", True, work.visits),
                ("visit", False, work.visits * IDLE_VISITS),
                ("call", True, work.calls),
                ("meeting", True, work.meetings),
                ("inquiry", False, work.inquiries),
            ):
                found = arrivals(pace * weekly, EVENNESS, self.rng)
                lots = self.rng.random((len(found), 4)).tolist()
                for at, lot in zip(found.tolist(), lots, strict=True):
                    record = self._activity(seller, kind, self.stage.days[at], lot)
                    record["is_effective"] = is_effective
                    activities.append((str(record["occurred_at"]), record))
            season = np.array([self.business.season[d.month - 1] for d in self.stage.days[: self.stage.past]])
            found = arrivals(pace * work.leads * (0.5 + 0.5 * season), 2.0, self.rng)
            leads += [(self.stage.days[at], seller) for at in found.tolist()]
        activities.sort(key=lambda each: each[0])
        for number, (_at, record) in enumerate(activities, start=1):
            record["external_id"] = f"T{number:06d}"
        self.stage.facts.activities += [record for _at, record in activities]
        leads.sort(key=lambda each: each[0])
        for day, seller in leads:
            self._lead(seller, day)

    def _activity(self, seller: Seller, kind: str, day: dt.date, lots: list[float]) -> dict[str, object]:
        """One activity by four numbers drawn from [0, 1); of late with the deal it was for."""
        subjects = self.business.words.subjects[kind]
        hour, minute, which, lot = lots
        record: dict[str, object] = {
            "kind": kind,
            "occurred_at": self.stage.moment(day, HOURS[int(hour * len(HOURS))], int(minute * 60)),
            "subject": subjects[int(which * len(subjects))],
            "owner": seller.number,
        }
        deal = self._deal_of(seller, day, lot)
        if deal is not None:
            record |= {"opportunity": deal["external_id"]}
            record |= {name: deal[name] for name in ("account", "product_line", "region", "customer_type")}
            return record
        line = self._line(seller, lot)
        pool = self.pools[line.code, seller.region]
        record["account"] = pool[int(which * 7919 * len(pool)) % len(pool)]
        record |= {"product_line": line.code, "region": seller.region, "customer_type": line.customer_type}
        return record

    def _deal_of(self, seller: Seller, day: dt.date, lot: float) -> dict[str, object] | None:
        """A deal of the seller that was open on a recent day; None where there was none."""
        on = day.isoformat()
        if on < self.linked_since:
            return None
        candidates = [
            deal for opened, until, deal in self.deals.get(seller.number, ()) if opened <= on <= until
        ]
        return candidates[int(lot * len(candidates))] if candidates else None

    def _line(self, seller: Seller, lot: float) -> Line:
        rest = lot * sum(seller.focus)
        for line, part in zip(self.business.lines, seller.focus, strict=True):
            rest -= part
            if rest < 0:
                return line
        return self.business.lines[-1]

    def _prospect(self, line: Line, region: str) -> str:
        """The name of somebody who may become a customer of a line."""
        if (line.code, region) not in self.prospects:
            names = self.business.account_names(region, line, self.rng)
            self.prospects[line.code, region] = names
        return next(self.prospects[line.code, region])

    def _lead(self, seller: Seller, day: dt.date) -> None:
        """A lead, qualified after days, converted or given up after weeks."""
        rng, leads, today, words = self.rng, self.stage.facts.leads, self.stage.today, self.business.words
        line = self._line(seller, float(rng.random()))
        channels, industries = words.channels, words.industries[line.customer_type]
        company = self._prospect(line, seller.region)
        record: dict[str, object] = {
            "external_id": f"L{len(leads) + 1:06d}",
            "name": f"{words.inquiry} · {short_name(company)}",
            "company_name": company,
            "channel": channels[int(rng.integers(len(channels)))],
            "industry": industries[int(rng.integers(len(industries)))],
            "priority": ("low", "normal", "normal", "normal", "high")[int(rng.integers(5))],
            "owner": seller.number,
            "product_line": line.code,
            "region": seller.region,
            "customer_type": line.customer_type,
            "created_on": day.isoformat(),
            "status": "new" if day > today - dt.timedelta(days=4) else "working",
        }
        leads.append(record)
        qualified_on = day + dt.timedelta(days=1 + int(rng.gamma(1.5, 3)))
        closed_on = qualified_on + dt.timedelta(days=2 + int(rng.gamma(2, 6)))
        good = self.business.work.conversion * (0.6 + 0.4 * seller.skill)
        good *= self.business.conversion(line.customer_type, (today - closed_on).days)
        draw = float(rng.random())
        if draw < 0.62 and qualified_on <= today:
            record |= {"status": "qualified", "qualified_on": qualified_on.isoformat()}
        if closed_on <= today:
            # What comes to nothing without being qualified mostly stays lying about for a while.
            is_given_up = draw < 0.62 or draw > 0.72
            if draw < good:
                record |= {"status": "converted", "closed_on": closed_on.isoformat()}
            elif is_given_up:
                record |= {"status": "disqualified", "closed_on": closed_on.isoformat()}
