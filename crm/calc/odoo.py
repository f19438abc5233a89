"""Odoo's rows as our records: many2one pairs, UTC texts, archived leads, floats of money, HTML notes.

Rows are what ``search_read`` answers in versions 16 to 18. A record names its owner by e-mail where Odoo has
one (people may have been made here by hand), else by the user's id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

from common.money import CURRENCY_EXPONENTS

Row = Mapping[str, Any]
Record = dict[str, Any]
_BLOCKS = {"br", "p", "div", "li", "tr", "ul", "ol", "h1", "h2", "h3", "h4", "table"}
_HIDDEN = {"script", "style", "head", "title"}
POSTED = ("posted", "in_process", "paid")  # version 18 says in_process and paid where 16 and 17 say posted


@dataclass(frozen=True)
class Reading:
    """What a row's meaning depends on: our settings, and small tables of the source."""

    zone: ZoneInfo
    users: Mapping[int, Row] = field(default_factory=dict)
    stages: Mapping[int, str] = field(default_factory=dict)  # crm.stage -> our stage's code
    outcomes: Mapping[str, str] = field(default_factory=dict)  # our code -> open, won, lost
    lost_stage: str = "lost"
    teams: Mapping[int, str] = field(default_factory=dict)  # crm.team -> our unit, where one is chosen
    default_unit: str = "company"
    activity_kinds: Mapping[int, str] = field(default_factory=dict)  # mail.activity.type -> our kind
    region_from: str = ""  # country_id, state_id or nothing
    since: dt.date | None = None
    hidden_accounts: frozenset[int] = frozenset()


def ref(value: Any) -> int | None:
    """The id of a many2one: ``[7, "Name"]``, or False for none.

    >>> ref([7, "Azure Interior"]), ref(False)
    (7, None)
    """
    return int(value[0]) if isinstance(value, (list, tuple)) and value else None


def name_of(value: Any) -> str:
    """The name of a many2one, "" for none."""
    return str(value[1]) if isinstance(value, (list, tuple)) and len(value) > 1 else ""


def said(value: Any) -> str:
    """A text; Odoo says False where there is none."""
    return str(value).replace("\x00", "").strip() if value not in (False, None) else ""


def moment_of(value: Any) -> dt.datetime | None:
    """A UTC text such as ``2026-05-01 09:30:00`` as a moment, None for False.

    >>> moment_of("2026-05-01 09:30:00").isoformat()
    '2026-05-01T09:30:00+00:00'
    """
    return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC) if value else None


def utc_text(moment: dt.datetime) -> str:
    """A moment as Odoo writes it in a domain, to the second."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def day_of(value: Any, zone: ZoneInfo) -> str | None:
    """The day of a UTC text in the company's time zone."""
    at = moment_of(value)
    return at.astimezone(zone).date().isoformat() if at else None


def amount_of(value: Any, currency: str) -> str:
    """A float of money as an exact text, rounded to what the currency has.

    >>> amount_of(1234.5700000000002, "EUR"), amount_of(-0.5, "JPY"), amount_of(False, "EUR")
    ('1234.57', '-1', '0.00')
    """
    step = Decimal(1).scaleb(-CURRENCY_EXPONENTS.get(currency, 2))
    return str(Decimal(str(value or 0)).quantize(step, ROUND_HALF_UP))


class _Text(HTMLParser):
    """Collects the text of HTML; blocks begin new lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def text_of_html(value: Any, most: int = 10_000) -> str:
    """The text of an HTML field, at most so many characters.

    >>> text_of_html("<p>Called&nbsp;<b>Ann</b></p><p>next: <i>quote</i></p><style>p{}</style>")
    'Called Ann\\nnext: quote'
    """
    parser = _Text()
    parser.feed(said(value))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)[:most]


def owner_of(user: Any, reading: Reading) -> str | None:
    """How a record names its owner; None when nobody has it."""
    key = ref(user)
    if key is None:
        return None
    return address_of(reading.users.get(key, {})) or str(key)


def address_of(user: Row) -> str:
    """A user's e-mail address: the sign-in name, where it is one, else the address of the contact."""
    for name in ("login", "email"):
        if "@" in said(user.get(name)):
            return said(user.get(name))
    return ""


def unit(row: Row) -> Record:
    """crm.team"""
    return {"external_id": str(row["id"]), "name": said(row["name"])[:200], "kind": "team", "closed_on": None}


def unit_of(team: Any, reading: Reading) -> str:
    """The unit of a team: the one chosen for it, else its own; of no team the one for everybody else."""
    key = ref(team)
    if key is None:
        return reading.default_unit
    return reading.teams.get(key) or str(key)


def person(row: Row, reading: Reading) -> Record:
    """res.users; who is archived keeps the day on which they left here."""
    record: Record = {
        "external_id": str(row["id"]),
        "name": said(row["name"])[:200] or said(row["login"])[:200],
        "email": address_of(row)[:254],
        "unit": unit_of(row.get("sale_team_id"), reading),
        "starts_on": (reading.since or dt.date(2000, 1, 1)).isoformat(),
        "employee_number": f"odoo-{row['id']}",
    }
    if row["active"]:
        record["left_on"] = None
    return record


def leader(row: Row, reading: Reading) -> Record | None:
    """The leader of a crm.team as manager of its unit; None when it has none among the users."""
    user = reading.users.get(ref(row.get("user_id")) or 0)
    if user is None or not row["active"] or not user["active"]:
        return None
    team = [row["id"], row["name"]]
    return person(user, reading) | {"unit": unit_of(team, reading), "kind": "manager"}


def product(row: Row, currency: str) -> Record:
    """product.product"""
    return {
        "external_id": str(row["id"]),
        "name": (said(row["display_name"]) or said(row["name"]))[:200],
        "product_line": name_of(row.get("categ_id"))[:80] or None,
        "list_price": amount_of(row.get("lst_price"), currency),
        "currency": currency,
    }


def account(row: Row, reading: Reading) -> Record:
    """res.partner, a company or a private customer; contacts of companies are no accounts."""
    parent = ref(row.get("parent_id"))
    return {
        "external_id": str(row["id"]),
        "name": (said(row["name"]) or said(row.get("email")) or f"#{row['id']}")[:200],
        "industry": name_of(row.get("industry_id"))[:100],
        "country": name_of(row.get("country_id"))[:100],
        "region": (name_of(row.get(reading.region_from))[:80] or None) if reading.region_from else None,
        "owner": owner_of(row.get("user_id"), reading),
        "parent": str(parent) if parent and parent not in reading.hidden_accounts else None,
    }


def account_of(partner: Any, companies: Mapping[int, int], reading: Reading) -> str | None:
    """The account of a partner: its company, when it is a contact of one."""
    key = ref(partner)
    if key is None:
        return None
    company = companies.get(key, key)
    return None if company in reading.hidden_accounts else str(company)


def is_lost(row: Row) -> bool:
    """Odoo's lost: archived with a probability of nothing."""
    return not row["active"] and not row["probability"]


def is_archived(row: Row) -> bool:
    """Put away without being lost."""
    return not row["active"] and bool(row["probability"])


def closed_day(row: Row, reading: Reading) -> str | None:
    """The day a lead was won or lost, or else last moved."""
    at = row.get("date_closed") or row.get("date_last_stage_update") or row.get("write_date")
    return day_of(at, reading.zone)


def lead(row: Row, companies: Mapping[int, int], reading: Reading) -> Record:
    """crm.lead that is a lead, or was one before it became an opportunity."""
    created_on = day_of(row["create_date"], reading.zone) or ""
    status, closed_on = ("working" if row.get("date_open") else "new"), None
    if row["type"] == "opportunity":
        status, closed_on = "converted", day_of(row["date_conversion"], reading.zone)
    elif is_lost(row):
        status, closed_on = "disqualified", closed_day(row, reading)
    return {
        "external_id": str(row["id"]),
        "name": (said(row.get("contact_name")) or said(row["name"]) or f"#{row['id']}")[:200],
        "company_name": said(row.get("partner_name"))[:200],
        "channel": (name_of(row.get("source_id")) or name_of(row.get("medium_id")))[:60],
        "priority": "high" if str(row.get("priority")) in ("2", "3") else "normal",
        "status": status,
        "account": account_of(row.get("partner_id"), companies, reading),
        "created_on": created_on,
        "closed_on": max(closed_on, created_on) if closed_on else None,
        "owner": owner_of(row.get("user_id"), reading),
    }


def opportunity(row: Row, companies: Mapping[int, int], reading: Reading) -> Record:
    """crm.lead that is an opportunity; lost when archived without any probability."""
    stage = reading.stages.get(ref(row.get("stage_id")) or 0, "")
    if is_lost(row):
        stage = reading.lost_stage
    currency = name_of(row.get("company_currency"))
    is_closed = reading.outcomes.get(stage) != "open"
    return {
        "external_id": str(row["id"]),
        "name": said(row["name"])[:200],
        "account": account_of(row.get("partner_id"), companies, reading),
        "stage": stage or "?",
        "amount": amount_of(row.get("expected_revenue"), currency),
        "currency": currency or None,
        "opened_on": day_of(row["create_date"], reading.zone),
        "expected_close_on": said(row.get("date_deadline")) or None,
        "closed_on": closed_day(row, reading) if is_closed else None,
        "loss_reason": name_of(row.get("lost_reason_id"))[:200] if is_lost(row) else "",
        "owner": owner_of(row.get("user_id"), reading),
    }


def is_read(row: Row, reading: Reading) -> bool:
    """Whether a row of crm.lead is among what is read: neither closed nor made before the start."""
    if reading.since is None:
        return True
    at = row.get("date_closed") if row["type"] == "opportunity" else row.get("create_date")
    day = day_of(at, reading.zone)
    return day is None or day >= reading.since.isoformat()


def linked(row: Row | None, reading: Reading) -> Record:
    """What an activity on a lead or opportunity refers to; nothing when that is not read."""
    if row is None or is_archived(row) or not is_read(row, reading):
        return {}
    return {"lead" if row["type"] == "lead" else "opportunity": str(row["id"])}


def message(row: Row, link: Record, owner: str | None, reading: Reading) -> Record:
    """mail.message that Odoo leaves when a planned activity is done."""
    kind = reading.activity_kinds.get(ref(row.get("mail_activity_type_id")) or 0, "")
    return {
        "external_id": f"m{row['id']}",
        "kind": kind or "call",
        "is_effective": True,
        "occurred_at": f"{row['date'].replace(' ', 'T')}+00:00",
        "subject": (said(row.get("subject")) or name_of(row.get("mail_activity_type_id")))[:200],
        "note": text_of_html(row.get("body")),
        "owner": owner,
        **link,
    }


def event(row: Row, link: Record, reading: Reading) -> Record:
    """calendar.event that has begun."""
    return {
        "external_id": f"e{row['id']}",
        "kind": "meeting",
        "is_effective": True,
        "occurred_at": f"{row['start'].replace(' ', 'T')}+00:00",
        "subject": said(row.get("name"))[:200],
        "note": text_of_html(row.get("description")),
        "owner": owner_of(row.get("user_id"), reading),
        **link,
    }


def payment(row: Row, companies: Mapping[int, int], reading: Reading) -> Record:
    """account.payment of a customer; what goes back to them is negative."""
    currency = name_of(row["currency_id"])
    amount = amount_of(row["amount"], currency)
    return {
        "external_id": str(row["id"]),
        "account": account_of(row.get("partner_id"), companies, reading),
        "received_on": said(row["date"]),
        "amount": f"-{amount}" if row["payment_type"] == "outbound" else amount,
        "currency": currency,
    }
