"""What each resource reads in Odoo: model, fields, which rows; and how a page of rows becomes records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.calc import odoo as calc
from crm.calc.odoo import Reading, Record, ref, utc_text
from crm.services.connectors.odoo.rpc import Domain, OdooRpc

Rows = Sequence[dict[str, Any]]
PAGE = 1_000
_LEAD = (
    *("id", "name", "type", "active", "probability", "create_date", "write_date", "date_closed"),
    *("date_last_stage_update", "user_id", "partner_id"),
)
ANY: Domain = [("id", ">", 0)]


@dataclass(frozen=True)
class Part:
    """Rows of one model; ``paths`` are the write dates that count: its own, and of what it inherits."""

    model: str
    fields: tuple[str, ...]
    page: int = PAGE
    is_whole: bool = False  # small tables are read whole each time: what they show is kept elsewhere
    paths: tuple[str, ...] = ("write_date",)


PARTS: dict[str, tuple[Part, ...]] = {
    "units": (Part("crm.team", ("id", "name", "active", "user_id"), is_whole=True),),
    "people": (
        Part(
            "res.users",
            ("id", "name", "login", "email", "active", "partner_id", "sale_team_id"),
            is_whole=True,
        ),
        Part("crm.team", ("id", "name", "active", "user_id"), is_whole=True),
    ),
    "products": (
        Part(
            "product.product",
            ("id", "name", "display_name", "active", "categ_id", "lst_price"),
            paths=("write_date", "product_tmpl_id.write_date"),
        ),
    ),
    "accounts": (
        Part(
            "res.partner",
            (
                *("id", "name", "email", "active", "parent_id", "user_id"),
                *("industry_id", "country_id", "state_id"),
            ),
        ),
    ),
    "leads": (
        Part(
            "crm.lead",
            (
                *_LEAD,
                *("contact_name", "partner_name", "source_id", "medium_id", "priority"),
                *("date_open", "date_conversion"),
            ),
        ),
    ),
    "opportunities": (
        Part(
            "crm.lead",
            (*_LEAD, "stage_id", "expected_revenue", "company_currency", "date_deadline", "lost_reason_id"),
        ),
    ),
    "activities": (
        Part(
            "mail.message",
            ("id", "date", "subject", "body", "res_id", "author_id", "mail_activity_type_id"),
            page=250,
        ),
        Part(
            "calendar.event",
            ("id", "name", "start", "active", "description", "user_id", "opportunity_id"),
            page=250,
        ),
    ),
    "payments": (
        Part(
            "account.payment",
            ("id", "date", "amount", "currency_id", "payment_type", "state", "partner_id"),
            # State and day are the journal entry's: posting it leaves the payment's own row as it was.
            paths=("write_date", "move_id.write_date"),
        ),
    ),
}


def either(conditions: Sequence[Domain]) -> Domain:
    """A domain that one of the conditions has to meet, in Odoo's prefix notation.

    >>> either([[("a", "=", 1)], [("b", "=", 2)]])
    ['|', ('a', '=', 1), ('b', '=', 2)]
    """
    return ["|"] * (len(conditions) - 1) + [term for each in conditions for term in each]


def changed_since(part: Part, since: str) -> Domain:
    """Rows changed at or after a moment; all without one. Meetings also count once they have begun."""
    if not since or part.is_whole:
        return []
    conditions: list[Domain] = [[(path, ">=", since)] for path in part.paths]
    if part.model == "calendar.event":
        conditions.append([("start", ">=", since)])
    return either(conditions)


def wanted(resource: str, part: Part, reading: Reading, now: dt.datetime) -> Domain:
    """Which rows of a model are read at all."""
    start = _start(reading)
    if part.model == "res.users":
        return [("share", "=", False)]
    if part.model == "res.partner":
        hidden = sorted(reading.hidden_accounts)
        return ["|", ("is_company", "=", True), ("parent_id", "=", False), ("id", "not in", hidden)]
    if resource == "leads":
        domain: Domain = ["|", ("type", "=", "lead"), ("date_conversion", "!=", False)]
        return [*domain, ("create_date", ">=", start)] if start else domain
    if resource == "opportunities":
        domain = [("type", "=", "opportunity")]
        return [*domain, "|", ("date_closed", "=", False), ("date_closed", ">=", start)] if start else domain
    if part.model == "mail.message":
        kinds = [key for key, kind in reading.activity_kinds.items() if kind]
        domain = [("model", "=", "crm.lead"), ("mail_activity_type_id", "in", kinds)]
        return [*domain, ("date", ">=", start)] if start else domain
    if part.model == "calendar.event":
        domain = [("opportunity_id", "!=", False), ("start", "<", utc_text(now))]
        return [*domain, ("start", ">=", start)] if start else domain
    if part.model == "account.payment":
        domain = [("partner_type", "=", "customer")]
        return [*domain, ("date", ">=", reading.since.isoformat())] if reading.since else domain
    return []


def _start(reading: Reading) -> str:
    """The beginning of the first day, as a UTC text."""
    if reading.since is None:
        return ""
    return utc_text(dt.datetime.combine(reading.since, dt.time(), tzinfo=reading.zone))


class Records:
    """Turns rows into records; looks up what they refer to, once for a page."""

    def __init__(self, rpc: OdooRpc, reading: Reading, currency: str) -> None:
        self._rpc, self._reading, self._currency = rpc, reading, currency
        self._companies: dict[int, int] = {}

    def of(self, resource: str, part: Part, rows: Rows) -> tuple[list[Record], list[str]]:
        """The records of a page, and the external ids of what is archived or no longer counts."""
        return getattr(self, f"_{resource}")(rows, part)  # type: ignore[no-any-return]

    def _units(self, rows: Rows, _part: Part) -> tuple[list[Record], list[str]]:
        own = [row for row in rows if not self._reading.teams.get(row["id"])]
        return [calc.unit(row) for row in own], _archived(own)

    def _people(self, rows: Rows, part: Part) -> tuple[list[Record], list[str]]:
        if part.model == "crm.team":
            leaders: dict[str, Record] = {}
            for row in rows:
                record = calc.leader(row, self._reading)
                if record is not None:
                    leaders.setdefault(record["external_id"], record)
            return list(leaders.values()), []
        return [calc.person(row, self._reading) for row in rows], _archived(rows)

    def _products(self, rows: Rows, _part: Part) -> tuple[list[Record], list[str]]:
        return [calc.product(row, self._currency) for row in rows], _archived(rows)

    def _accounts(self, rows: Rows, _part: Part) -> tuple[list[Record], list[str]]:
        companies = self._companies_of(row.get("parent_id") for row in rows)
        records = []
        for row in rows:
            record = calc.account(row, self._reading)
            if record["parent"]:
                record["parent"] = calc.account_of(row["parent_id"], companies, self._reading)
            records.append(record)
        return records, _archived(rows)

    def _leads(self, rows: Rows, _part: Part) -> tuple[list[Record], list[str]]:
        companies = self._companies_of(row.get("partner_id") for row in rows)
        gone = [str(row["id"]) for row in rows if calc.is_archived(row)]
        return [calc.lead(row, companies, self._reading) for row in rows], gone

    def _opportunities(self, rows: Rows, _part: Part) -> tuple[list[Record], list[str]]:
        companies = self._companies_of(row.get("partner_id") for row in rows)
        gone = [str(row["id"]) for row in rows if calc.is_archived(row)]
        return [calc.opportunity(row, companies, self._reading) for row in rows], gone

    def _activities(self, rows: Rows, part: Part) -> tuple[list[Record], list[str]]:
        is_message = part.model == "mail.message"
        leads = self._leads_of(row["res_id"] if is_message else ref(row["opportunity_id"]) for row in rows)
        if is_message:
            by_partner = {ref(user.get("partner_id")): [key, ""] for key, user in self._reading.users.items()}
            return [
                calc.message(
                    row,
                    calc.linked(leads.get(row["res_id"]), self._reading),
                    calc.owner_of(by_partner.get(ref(row.get("author_id"))), self._reading),
                    self._reading,
                )
                for row in rows
            ], []
        records = [
            calc.event(
                row,
                calc.linked(leads.get(ref(row["opportunity_id"]) or 0), self._reading),
                self._reading,
            )
            for row in rows
        ]
        return records, [f"e{key}" for key in _archived(rows)]

    def _payments(self, rows: Rows, _part: Part) -> tuple[list[Record], list[str]]:
        companies = self._companies_of(row.get("partner_id") for row in rows)
        posted = [row for row in rows if row["state"] in calc.POSTED]
        gone = [str(row["id"]) for row in rows if row["state"] not in calc.POSTED]
        return [calc.payment(row, companies, self._reading) for row in posted], gone

    def _companies_of(self, partners: Iterable[Any]) -> Mapping[int, int]:
        """The company of each partner, itself if it is none's contact."""
        fresh = {key for key in map(ref, partners) if key} - self._companies.keys()
        if fresh:
            domain: Domain = [("id", "in", sorted(fresh))]
            found = self._rpc.search_read("res.partner", domain, ["id", "commercial_partner_id"])
            for row in found:
                self._companies[row["id"]] = ref(row["commercial_partner_id"]) or row["id"]
        return self._companies

    def _leads_of(self, keys: Iterable[int | None]) -> dict[int, dict[str, Any]]:
        wanted_keys = sorted({key for key in keys if key})
        if not wanted_keys:
            return {}
        fields = ["id", "type", "active", "probability", "create_date", "date_closed"]
        rows = self._rpc.search_read("crm.lead", [("id", "in", wanted_keys)], fields)
        return {row["id"]: row for row in rows}


def _archived(rows: Rows) -> list[str]:
    return [str(row["id"]) for row in rows if not row["active"]]
