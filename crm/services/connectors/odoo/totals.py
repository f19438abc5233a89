"""Count and sum by month in Odoo, of exactly the rows that we read, to compare with ours."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm.calc.odoo import POSTED, Reading, amount_of, name_of, ref, utc_text
from crm.services.connectors.base import Total, month_after
from crm.services.connectors.odoo.reading import PARTS, wanted
from crm.services.connectors.odoo.rpc import Domain, OdooRpc


def totals_read(
    rpc: OdooRpc,
    resource: str,
    months: Sequence[dt.date],
    reading: Reading,
    companies: Mapping[int, Mapping[str, Any]],
    currency: str,
) -> list[Total] | None:
    """Won opportunities and payments with their sums a currency, leads and activities by number."""
    found: list[Total] = []
    for month in months:
        if resource == "opportunities":
            found += _won(rpc, month, reading, companies, currency)
        elif resource == "payments":
            found += _paid(rpc, month, reading)
        elif resource in ("leads", "activities"):
            found.append(Total(month, _count(rpc, resource, month, reading)))
        else:
            return None
    return found


def _won(
    rpc: OdooRpc,
    month: dt.date,
    reading: Reading,
    companies: Mapping[int, Mapping[str, Any]],
    currency: str,
) -> list[Total]:
    stages = [key for key, code in reading.stages.items() if reading.outcomes.get(code) == "won"]
    domain = _wanted("opportunities", 0, reading, rpc)
    domain += [("active", "=", True), ("stage_id", "in", stages), *_between("date_closed", month, reading)]
    rows = rpc.read_group("crm.lead", domain, ["expected_revenue:sum"], ["company_id"])
    counts: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for row in rows:
        company = companies.get(ref(row["company_id"]) or 0)
        code = name_of(company["currency_id"]) if company else currency
        counts[code] += row["__count"]
        amount = Decimal(amount_of(row["expected_revenue"], code))
        sums[code] = sums.get(code, Decimal(0)) + amount
    return [Total(month, counts[code], sums[code], code) for code in sums]


def _paid(rpc: OdooRpc, month: dt.date, reading: Reading) -> list[Total]:
    domain = _wanted("payments", 0, reading, rpc)
    after = month_after(month)
    domain += [
        ("state", "in", list(POSTED)),
        ("date", ">=", month.isoformat()),
        ("date", "<", after.isoformat()),
    ]
    rows = rpc.read_group("account.payment", domain, ["amount:sum"], ["currency_id", "payment_type"])
    counts: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for row in rows:
        code = name_of(row["currency_id"])
        amount = Decimal(amount_of(row["amount"], code))
        counts[code] += row["__count"]
        sums[code] = sums.get(code, Decimal(0)) + (-amount if row["payment_type"] == "outbound" else amount)
    return [Total(month, counts[code], sums[code], code) for code in sums]


def _count(rpc: OdooRpc, resource: str, month: dt.date, reading: Reading) -> int:
    if resource == "leads":
        domain = [*_wanted(resource, 0, reading, rpc), *_between("create_date", month, reading)]
        return rpc.search_count("crm.lead", [*domain, "|", ("active", "=", True), ("probability", "=", 0)])
    messages = [*_wanted(resource, 0, reading, rpc), *_between("date", month, reading)]
    events = [*_wanted(resource, 1, reading, rpc), *_between("start", month, reading)]
    return rpc.search_count("mail.message", messages) + rpc.search_count(
        "calendar.event", [*events, ("active", "=", True)]
    )


def _wanted(resource: str, part: int, reading: Reading, rpc: OdooRpc) -> Domain:
    return [*wanted(resource, PARTS[resource][part], reading, rpc.now())]


def _between(field: str, month: dt.date, reading: Reading) -> Domain:
    """A moment inside a month of the company's time zone."""
    first = dt.datetime.combine(month, dt.time(), tzinfo=reading.zone)
    after = dt.datetime.combine(month_after(month), dt.time(), tzinfo=reading.zone)
    return [(field, ">=", utc_text(first)), (field, "<", utc_text(after))]
