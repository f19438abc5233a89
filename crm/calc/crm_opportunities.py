"""The tables of a B2B pipeline as API records: agents, managers and offices become people, teams and regions.

Four tables: accounts (account, sector, year_established, revenue in millions, employees, office_location,
subsidiary_of), products (product, series, sales_price), sales_teams (sales_agent, manager, regional_office)
and sales_pipeline (opportunity_id, sales_agent, product, account, deal_stage, engage_date, close_date,
close_value; days as dd-mm-yy). All amounts are US dollars.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, str]
Record = dict[str, Any]
CURRENCY = "USD"
COLUMNS = {
    "accounts": ("account", "sector", "year_established", "revenue", "employees", "office_location"),
    "products": ("product", "series", "sales_price"),
    "sales_teams": ("sales_agent", "manager", "regional_office"),
    "sales_pipeline": ("opportunity_id", "sales_agent", "product", "account", "deal_stage", "close_value"),
}
SPELLINGS = {"technolgy": "technology", "Philipines": "Philippines"}
_CLOSED = ("won", "lost")


@dataclass
class Loaded:
    """The records of each kind in the order they must be sent, and what was mended or noticed on the way."""

    units: list[Record] = field(default_factory=list)
    people: list[Record] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    product_lines: list[str] = field(default_factory=list)
    products: list[Record] = field(default_factory=list)
    accounts: list[Record] = field(default_factory=list)
    opportunities: list[Record] = field(default_factory=list)
    mends: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


def records_of(tables: Mapping[str, Sequence[Row]]) -> Loaded:
    """The tables' rows as API records; amounts and days that can't be read stay as they are, to be refused.

    People are in their units from the first day on which anything happened.
    """
    loaded = Loaded()
    products = _products(tables["products"], loaded)
    offices = _teams(tables["sales_teams"], _first_day(tables["sales_pipeline"]), loaded)
    _accounts(tables["accounts"], tables["sales_pipeline"], loaded)
    for row in tables["sales_pipeline"]:
        loaded.opportunities.append(_opportunity(row, products, offices, loaded))
    sellers = {row["sales_agent"] for row in tables["sales_pipeline"]}
    for agent in sorted(offices.keys() - sellers):
        loaded.notes[f"agent without deals: {agent}"] += 1
    return loaded


def _products(rows: Sequence[Row], loaded: Loaded) -> dict[str, str]:
    """The products as records; returns their names by a spelling without spaces and capitals."""
    for row in rows:
        if row["series"] not in loaded.product_lines:
            loaded.product_lines.append(row["series"])
        loaded.products.append(
            {
                "external_id": row["product"],
                "name": row["product"],
                "product_line": row["series"],
                "list_price": row["sales_price"],
                "currency": CURRENCY,
            }
        )
    return {_plain(row["product"]): row["product"] for row in rows}


def _teams(rows: Sequence[Row], first_day: dt.date | None, loaded: Loaded) -> dict[str, str]:
    """Offices, teams, managers and agents as units and people; returns the office of each agent."""
    starts_on = first_day.isoformat() if first_day else None
    loaded.regions = sorted({row["regional_office"] for row in rows})
    loaded.units = [
        {"external_id": office, "name": office, "kind": "region", "position": at}
        for at, office in enumerate(loaded.regions)
    ]
    managers = {row["manager"]: row["regional_office"] for row in rows}
    for manager, office in sorted(managers.items()):
        team = {"external_id": _team(manager), "name": _team(manager), "kind": "team", "parent": office}
        loaded.units.append(team)
        loaded.people.append(_person(manager, manager, "manager", starts_on))
    for row in rows:
        loaded.people.append(_person(row["sales_agent"], row["manager"], "member", starts_on))
    return {row["sales_agent"]: row["regional_office"] for row in rows}


def _team(manager: str) -> str:
    return f"Team {manager}"


def _person(name: str, manager: str, kind: str, starts_on: str | None) -> Record:
    stay = {"unit": _team(manager), "kind": kind, "starts_on": starts_on}
    return {"external_id": name, "employee_number": name, "name": name, "assignments": [stay]}


def _accounts(rows: Sequence[Row], pipeline: Sequence[Row], loaded: Loaded) -> None:
    """Accounts, parents before their subsidiaries; those named only in the pipeline by their name alone."""
    for row in rows:
        loaded.accounts.append(
            {
                "external_id": row["account"],
                "name": row["account"],
                "industry": _spelt(row["sector"], loaded),
                "founded_year": row["year_established"],
                "annual_revenue": _millions(row["revenue"]),
                "currency": CURRENCY,
                "employees": row["employees"],
                "country": _spelt(row["office_location"], loaded),
                "parent": row.get("subsidiary_of") or None,
            }
        )
    loaded.accounts = parents_first(loaded.accounts)
    known = {row["account"] for row in rows}
    for name in sorted({row["account"] for row in pipeline} - known - {""}):
        loaded.accounts.append({"external_id": name, "name": name})
        loaded.notes[f"account named only in the pipeline: {name}"] += 1


def parents_first(records: Iterable[Record]) -> list[Record]:
    """The records in an order in which no parent comes after its child; circles keep their order at the end.

    >>> [r["external_id"] for r in parents_first([{"external_id": "b", "parent": "a"}, {"external_id": "a"}])]
    ['a', 'b']
    """
    waiting = list(records)
    ordered: list[Record] = []
    while waiting:
        keys = {record["external_id"] for record in waiting}
        ready = [record for record in waiting if record.get("parent") not in keys]
        if not ready:
            return ordered + waiting
        ordered += ready
        waiting = [record for record in waiting if record.get("parent") in keys]
    return ordered


def _opportunity(row: Row, products: dict[str, str], offices: dict[str, str], loaded: Loaded) -> Record:
    stage = row["deal_stage"].lower()
    product = row["product"]
    spelt = products.get(_plain(product), product)
    if spelt != product:
        loaded.mends[f"{product} → {spelt}"] += 1
    opened_on = day_of(row.get("engage_date", ""))
    if not row["account"]:
        loaded.notes["deals without an account"] += 1
    if opened_on is None:
        loaded.notes[f"{stage} deals without an engage date"] += 1
    if stage not in _CLOSED:
        loaded.notes["open deals without a value, counted as 0"] += not row["close_value"]
    return {
        "external_id": row["opportunity_id"],
        "name": f"{spelt} · {row['account']}" if row["account"] else spelt,
        "owner": row["sales_agent"],
        "account": row["account"] or None,
        "stage": stage,
        "amount": row["close_value"] or "0",
        "currency": CURRENCY,
        "product": spelt,
        "region": offices.get(row["sales_agent"]),
        "opened_on": opened_on,
        "closed_on": day_of(row.get("close_date", "")) if stage in _CLOSED else None,
    }


def day_of(text: str) -> str | None:
    """A day as dd-mm-yy in ISO; None for none; anything else as it is, to be refused.

    >>> day_of("01-03-17")
    '2017-03-01'
    """
    if not text:
        return None
    parts = text.split("-")
    if len(parts) == 3 and all(part.isdigit() and len(part) == 2 for part in parts):
        return f"20{parts[2]}-{parts[1]}-{parts[0]}"
    return text


def _first_day(pipeline: Sequence[Row]) -> dt.date | None:
    days = []
    for row in pipeline:
        for name in ("engage_date", "close_date"):
            try:
                days.append(dt.date.fromisoformat(day_of(row.get(name, "")) or ""))
            except ValueError:
                continue
    return min(days, default=None)


def _millions(text: str) -> str | None:
    """Millions as an exact amount in units: "1100.04" is "1100040000.00"."""
    if not text:
        return None
    try:
        return f"{Decimal(text) * 1_000_000:.2f}"
    except InvalidOperation:
        return text


def _spelt(word: str, loaded: Loaded) -> str:
    right = SPELLINGS.get(word, word)
    if right != word:
        loaded.mends[f"{word} → {right}"] += 1
    return right


def _plain(name: str) -> str:
    return name.replace(" ", "").lower()
