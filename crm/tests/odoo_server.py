"""An Odoo on loopback: JSON-RPC as versions 16 to 18 speak it, over rows built here.

Domains, ``search_read``, ``search_count`` and ``read_group`` mean what they mean there; errors come with
status 200 and the names of Odoo's exceptions.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

Rows = dict[str, list[dict[str, Any]]]
API_KEY = "k3y-0f-the-0doo-user"
LOGIN, DATABASE, UID = "sync@shop.example", "shop", 2
EUR, CNY = [1, "EUR"], [6, "CNY"]
WRITTEN = "2026-05-01 08:00:00"


def fault(name: str, message: str, code: int = 200) -> dict[str, Any]:
    """An error as Odoo sends it."""
    data = {"name": name, "debug": "Traceback (most recent call last): …", "message": message,
            "arguments": [message], "context": {}}  # fmt: skip
    return {"code": code, "message": "Odoo Server Error", "data": data}


def user(pk: int, name: str, login: str, team: Any = False, **more: Any) -> dict[str, Any]:
    return {"id": pk, "name": name, "login": login, "email": login, "active": True, "share": False,
            "partner_id": [1000 + pk, name], "sale_team_id": team} | more  # fmt: skip


def team(pk: int, name: str, leader: Any = False, **more: Any) -> dict[str, Any]:
    return {"id": pk, "name": name, "active": True, "user_id": leader} | more


def stage(pk: int, name: str, sequence: int, *, is_won: bool = False) -> dict[str, Any]:
    return {"id": pk, "name": name, "is_won": is_won, "sequence": sequence}


def partner(
    pk: int, name: Any, *, is_company: bool = True, parent: Any = False, **more: Any
) -> dict[str, Any]:
    return {
        "id": pk, "name": name, "email": False, "active": True, "is_company": is_company,
        "parent_id": parent, "user_id": False, "industry_id": False, "country_id": False,
        "state_id": False, "commercial_partner_id": parent or [pk, name], "write_date": WRITTEN,
    } | more  # fmt: skip


def lead(pk: int, name: str = "Kitchen", **more: Any) -> dict[str, Any]:
    """A row of crm.lead: an open opportunity unless told otherwise."""
    return {
        "id": pk, "name": name, "type": "opportunity", "active": True, "probability": 20.0,
        "create_date": "2026-03-01 02:00:00", "write_date": WRITTEN, "date_closed": False,
        "date_last_stage_update": "2026-04-01 03:00:00", "user_id": False, "partner_id": False,
        "company_id": [1, "Shop"], "stage_id": [1, "New"], "expected_revenue": 0.0,
        "company_currency": EUR, "date_deadline": False, "lost_reason_id": False, "contact_name": False,
        "partner_name": False, "source_id": False, "medium_id": False, "priority": "0",
        "date_open": False, "date_conversion": False,
    } | more  # fmt: skip


def won(pk: int, amount: float, closed: str, **more: Any) -> dict[str, Any]:
    fields = {"stage_id": [4, "Won"], "probability": 100.0, "date_closed": closed}
    return lead(pk, **(fields | {"expected_revenue": amount} | more))


def lost(pk: int, closed: str, reason: Any = False, **more: Any) -> dict[str, Any]:
    fields = {"active": False, "probability": 0.0, "date_closed": closed, "lost_reason_id": reason}
    return lead(pk, **(fields | more))


def message(pk: int, res_id: int, date: str, **more: Any) -> dict[str, Any]:
    return {
        "id": pk, "date": date, "subject": False, "body": "<p>Called</p>", "res_id": res_id,
        "model": "crm.lead", "author_id": [1007, "Wang Fang"],
        "mail_activity_type_id": [2, "Call"], "write_date": WRITTEN,
    } | more  # fmt: skip


def event(pk: int, of_lead: int, start: str, **more: Any) -> dict[str, Any]:
    return {
        "id": pk, "name": "Demo", "start": start, "active": True, "description": False,
        "user_id": [7, "Wang Fang"], "opportunity_id": [of_lead, "Kitchen"], "write_date": WRITTEN,
    } | more  # fmt: skip


def payment(pk: int, amount: float, date: str, **more: Any) -> dict[str, Any]:
    return {
        "id": pk, "date": date, "amount": amount, "currency_id": EUR, "payment_type": "inbound",
        "partner_type": "customer", "state": "paid", "partner_id": [20, "Azure Interior"],
        "write_date": WRITTEN, "move_id.write_date": WRITTEN,
    } | more  # fmt: skip


def shop() -> Rows:
    """A small shop: two sellers in a team, four stages, one company with a contact."""
    return {
        "res.company": [{"id": 1, "currency_id": EUR, "partner_id": [1, "Shop"]}],
        "res.users": [
            user(UID, "Sync", LOGIN),
            user(7, "Wang Fang", "wang@shop.example", [1, "Web"]),
            user(8, "Old Hand", "old@shop.example", [1, "Web"], active=False),
            user(50, "A customer", "portal@else.example", share=True),
        ],
        "crm.team": [team(1, "Web", [7, "Wang Fang"]), team(2, "Direct")],
        "crm.stage": [
            stage(1, "New", 0),
            stage(2, "Qualified", 1),
            stage(3, "Proposition", 2),
            stage(4, "Won", 3, is_won=True),
        ],
        "mail.activity.type": [
            {"id": 1, "name": "Email", "category": "default"},
            {"id": 2, "name": "Call", "category": "phonecall"},
        ],
        "product.product": [
            {
                "id": 5,
                "name": "Desk",
                "display_name": "[D1] Desk",
                "active": True,
                "categ_id": [3, "Office"],
                "lst_price": 750.0,
                "write_date": WRITTEN,
                "product_tmpl_id.write_date": WRITTEN,
            },
        ],
        "res.partner": [
            partner(1, "Shop"),
            partner(1007, "Wang Fang", is_company=False),
            partner(20, "Azure Interior", user_id=[7, "Wang Fang"], country_id=[75, "France"]),
            partner(21, "Brandon", is_company=False, parent=[20, "Azure Interior"]),
        ],
        "crm.lead": [],
        "mail.message": [],
        "calendar.event": [],
        "account.payment": [],
    }


@dataclass
class Odoo:
    """The server's rows and manners. ``moods`` are answers (status, headers) given before the real ones."""

    rows: Rows = field(default_factory=shop)
    url: str = ""
    key: str = API_KEY
    moods: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, params: dict[str, Any]) -> dict[str, Any]:
        service, method, args = params["service"], params["method"], params["args"]
        if (service, method) == ("common", "version"):
            return {"result": {"server_version": "17.0", "protocol_version": 1}}
        if args[0] != DATABASE:
            return {
                "error": fault("psycopg2.OperationalError", f'FATAL: database "{args[0]}" does not exist')
            }
        if (service, method) == ("common", "authenticate"):
            return {"result": UID if args[1:3] == [LOGIN, self.key] else False}
        if args[1:3] != [UID, self.key]:
            return {"error": fault("odoo.exceptions.AccessDenied", "Access Denied")}
        model, verb, (domain, *_rest), options = args[3:7]
        self.calls.append((model, verb))
        if model in self.faults:
            return {"error": self.faults[model]}
        found = [row for row in self.rows[model] if _meets(row, domain)]
        return {"result": getattr(self, f"_{verb}")(found, options)}

    def _search_read(self, found: list[dict[str, Any]], options: dict[str, Any]) -> Any:
        for name in reversed(options["order"].split(", ")):
            found.sort(key=lambda row: row[name])
        limit = options["limit"] or len(found)
        return [{name: row[name] for name in {"id", *options["fields"]}} for row in found[:limit]]

    def _search_count(self, found: list[dict[str, Any]], _options: dict[str, Any]) -> Any:
        return len(found)

    def _read_group(self, found: list[dict[str, Any]], options: dict[str, Any]) -> Any:
        [field_name] = [name.partition(":")[0] for name in options["fields"]]
        groups: dict[str, dict[str, Any]] = {}
        for row in found:
            key = {name: row[name] for name in options["groupby"]}
            group = groups.setdefault(repr(key), key | {"__count": 0, field_name: 0.0, "__domain": []})
            group["__count"] += 1
            group[field_name] += row[field_name]
        return list(groups.values())


def _meets(row: dict[str, Any], domain: list[Any]) -> bool:
    """Whether a row meets a domain: prefix operators, terms in a row mean "and"."""
    terms = list(domain)

    def one() -> bool:
        head = terms.pop(0)
        if head == "|":
            left, right = one(), one()
            return left or right
        if head == "&":
            left, right = one(), one()
            return left and right
        return _holds(row, *head)

    results = []
    while terms:
        results.append(one())
    return all(results)


def _holds(row: dict[str, Any], name: str, operator: str, wanted: Any) -> bool:
    value = row[name]
    value = value[0] if isinstance(value, list) else value
    if operator in (">", ">=", "<") and (value is False or wanted is False):
        return False
    return {
        "=": lambda: value == wanted,
        "!=": lambda: value != wanted,
        "in": lambda: value in wanted,
        "not in": lambda: value not in wanted,
        ">": lambda: value > wanted,
        ">=": lambda: value >= wanted,
        "<": lambda: value < wanted,
    }[operator]()


@contextmanager
def odoo_server(rows: Rows | None = None) -> Iterator[Odoo]:
    """A server on a free port of loopback, until the block ends."""
    odoo = Odoo(rows if rows is not None else shop())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/jsonrpc":
                self._send(404, {}, b"<html>Not Found</html>")
            elif odoo.moods:
                status, headers = odoo.moods.pop(0)
                self._send(status, headers, b"busy")
            else:
                said = orjson.loads(body)
                answer = {"jsonrpc": "2.0", "id": said["id"]} | odoo.answer(said["params"])
                self._send(200, {"Content-Type": "application/json"}, orjson.dumps(answer))

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    odoo.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield odoo
    finally:
        server.shutdown()
        server.server_close()
