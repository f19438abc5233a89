"""Facts in any number, seeded, straight into the tables: the ground of every measurement.

Ten million facts are two a workday for 10,000 people over two years: opportunities, payments, visits and
leads, in the order in which they arrive, with some shared deals. Five metrics count them.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from bench.company import NOW, TEAM_SIZE, CompanyRows, make_company
from bench.tables import finish, write
from crm.models import (
    Account,
    Activity,
    ChangedDay,
    Lead,
    Opportunity,
    OpportunityCredit,
    OpportunitySplit,
    Payment,
    Stage,
)
from metrics.models import Metric

START = dt.date(2024, 1, 1)
DAYS = 730
METRICS = ("sales", "deals_won", "collections", "effective_visits", "leads")
SHARES = {"opportunities": 0.35, "payments": 0.25, "activities": 0.30, "leads": 0.10}
SHARED_DEALS = 0.02
CHUNK = 1_000_000


def generate(facts: int, people: int = 10_000, seed: int = 1, team_size: int = TEAM_SIZE) -> None:
    """Fill an empty, migrated database with a company and ``facts`` facts, counted by five metrics."""
    rng = np.random.default_rng(seed)
    Metric.objects.filter(kind="ratio").exclude(
        numerator__code__in=METRICS, denominator__code__in=METRICS
    ).delete()
    Metric.objects.exclude(kind="ratio").exclude(code__in=METRICS).delete()
    company = make_company(people, START + dt.timedelta(days=DAYS // 2), rng, team_size)
    accounts = _accounts(company, rng)
    for name, share in SHARES.items():
        size = round(facts * share)
        for at in range(0, size, CHUNK):
            chunk = _Chunk(company, accounts, at, min(CHUNK, size - at), size, rng)
            getattr(chunk, name)()
    finish(Account, Opportunity, OpportunityCredit, OpportunitySplit, Payment, Activity, Lead)
    ChangedDay.objects.all().delete()


def _accounts(company: CompanyRows, rng: np.random.Generator) -> np.ndarray:
    size = len(company.people) * 2
    ids = np.arange(1, size + 1)
    owner = rng.integers(0, len(company.people), size)
    types = company.segments["customer_type"]
    frame = pd.DataFrame(
        {
            "id": ids,
            **_record("A", ids),
            "name": "Account " + pd.Series(ids).astype(str),
            "industry": "",
            "currency": "",
            "country": "",
            "region_id": company.regions[owner],
            "customer_type_id": types[rng.integers(0, len(types), size)],
            "owner_id": company.people[owner],
        }
    )
    write(Account, frame)
    return ids


def _record(prefix: str, ids: np.ndarray) -> dict[str, object]:
    return {
        "source": "bench",
        "external_id": prefix + pd.Series(ids).astype(str),
        "recorded_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
    }


class _Chunk:
    """The next rows of one table: owners, segments and days are drawn alike for all."""

    def __init__(
        self,
        company: CompanyRows,
        accounts: np.ndarray,
        first: int,
        size: int,
        of: int,
        rng: np.random.Generator,
    ) -> None:
        self.company, self.accounts, self.rng, self.size = company, accounts, rng, size
        self.ids = np.arange(first + 1, first + size + 1)
        # Facts arrive in the order of their days, five on a workday for one on a weekend.
        days = pd.date_range(START, periods=DAYS)
        weight = np.where(days.day_of_week < 5, 5.0, 1.0).cumsum()
        at = np.searchsorted(weight / weight[-1], (self.ids - 0.5) / of)
        self.days = days.to_numpy().astype("datetime64[D]")[at]
        self.at = rng.integers(0, len(company.people), size)

    def _frame(self, prefix: str) -> pd.DataFrame:
        lines, types = self.company.segments["product_line"], self.company.segments["customer_type"]
        return pd.DataFrame(
            {
                "id": self.ids,
                **_record(prefix, self.ids),
                "owner_id": self.company.people[self.at],
                "region_id": self.company.regions[self.at],
                "product_line_id": lines[self.rng.integers(0, len(lines), self.size)],
                "customer_type_id": types[self.rng.integers(0, len(types), self.size)],
                "account_id": self.accounts[self.rng.integers(0, len(self.accounts), self.size)],
            }
        )

    def _amounts(self) -> np.ndarray:
        return np.exp(self.rng.normal(12, 1, self.size)).astype("int64") + 1

    def opportunities(self) -> None:
        stages = {outcome: pk for pk, outcome in Stage.objects.values_list("pk", "outcome")}
        outcome = np.array(["won", "lost", "open"])[self.rng.choice(3, self.size, p=[0.7, 0.2, 0.1])]
        amount = self._amounts()
        frame = self._frame("O").assign(
            name="Deal " + pd.Series(self.ids).astype(str),
            stage_id=pd.Series(outcome).map(stages),
            outcome=outcome,
            amount_minor=amount,
            plan_amount_minor=amount,
            currency="CNY",
            opened_on=_text(self.days - np.timedelta64(30, "D")),
            closed_on=pd.Series(_text(self.days)).where(outcome != "open", None),
            loss_reason="",
            is_first_won=False,
            is_shared=self.rng.random(self.size) < SHARED_DEALS,
        )
        write(Opportunity, frame)
        self._credits(frame[frame["is_shared"]])

    def _credits(self, shared: pd.DataFrame) -> None:
        """Two people halve a shared deal: its owner, and the next person of the company."""
        people = self.company.people
        partner = people[(shared["owner_id"].to_numpy() - people[0] + 1) % len(people)]
        half = shared["plan_amount_minor"] // 2
        common = {"opportunity_id": shared["id"]}
        credit = {**common, "product_line_id": shared["product_line_id"]}
        own = pd.DataFrame({**credit, "person_id": shared["owner_id"], "plan_amount_minor": half})
        rest = shared["plan_amount_minor"] - half
        other = pd.DataFrame({**credit, "person_id": partner, "plan_amount_minor": rest})
        write(OpportunityCredit, pd.concat([own, other]))
        for person in (shared["owner_id"], partner):
            write(OpportunitySplit, pd.DataFrame({**common, "person_id": person, "share_bp": 5_000}))

    def payments(self) -> None:
        amount = self._amounts() * np.where(self.rng.random(self.size) < 0.03, -1, 1)
        write(
            Payment,
            self._frame("M").assign(
                received_on=_text(self.days),
                amount_minor=amount,
                plan_amount_minor=amount,
                currency="CNY",
                is_shared=False,
            ),
        )

    def activities(self) -> None:
        write(
            Activity,
            self._frame("V").assign(
                kind="visit",
                is_effective=self.rng.random(self.size) < 0.8,
                occurred_at=pd.Series(_text(self.days)) + " 04:00:00+00:00",
                occurred_on=_text(self.days),
                subject="",
                note="",
            ),
        )

    def leads(self) -> None:
        write(
            Lead,
            self._frame("L").assign(
                name="Lead " + pd.Series(self.ids).astype(str),
                company_name="",
                channel="",
                industry="",
                priority="normal",
                status="new",
                created_on=_text(self.days),
            ),
        )


def _text(days: np.ndarray) -> np.ndarray:
    return np.datetime_as_string(days, unit="D").astype(object)
