"""The Odoo connector: pages of what has changed, ids that are gone, totals by month.

A pass reads the rows changed since a moment in the order of their ids, so it needs no order of times that
hundreds of rows may share; what changes meanwhile belongs to the next pass, which begins ``OVERLAP`` before
this one did. The overlap is for transactions: Odoo writes their beginning into ``write_date``, and others see
the row only at their end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from django.utils.translation import gettext as _

from crm.calc.odoo import Reading, name_of, ref, utc_text
from crm.services.connectors.base import Context, Page, Total
from crm.services.connectors.odoo.reading import PARTS, Records, changed_since, wanted
from crm.services.connectors.odoo.rpc import OdooRpc
from crm.services.connectors.odoo.totals import totals_read

OVERLAP = dt.timedelta(minutes=15)


class OdooConnector:
    """Reads one Odoo database (versions 16 to 18)."""

    def __init__(self, settings: Mapping[str, Any], credentials: Mapping[str, str], context: Context) -> None:
        self._settings, self._context = settings, context
        self.rpc = OdooRpc(
            context.client,
            str(settings.get("url", "")),
            str(settings.get("database", "")),
            str(settings.get("login", "")),
            credentials.get("api_key", ""),
        )

    def check(self) -> str:
        """Sign in and read one row of each resource; who we are, to which version."""
        version = self.rpc.server_version()
        [user] = self.rpc.search_read("res.users", [("id", "=", self.rpc.uid)], ["name", "login"])
        for resource in self.resources():
            for part in PARTS[resource]:
                self.rpc.search_read(part.model, [], part.fields, limit=1)
        params = {"name": user["name"], "login": user["login"], "version": version}
        return _("%(name)s (%(login)s), Odoo %(version)s") % params

    def resources(self) -> tuple[str, ...]:
        chosen = self._settings.get("resources", list(PARTS))
        return tuple(each for each in PARTS if each in chosen)

    def changed(self, resource: str, cursor: str) -> Iterator[Page]:
        parts = PARTS[resource]
        at = orjson.loads(cursor) if cursor else {}
        since, position, after = at.get("since", ""), at.get("part", 0), at.get("after", 0)
        until = at.get("until") or utc_text(self._server_now())
        now = self.rpc.now()
        records = Records(self.rpc, self.reading, self._company_currency)
        while position < len(parts):
            part = parts[position]
            domain = [*changed_since(part, since), *wanted(resource, part, self.reading, now)]
            rows = self.rpc.search_read(
                part.model, [*domain, ("id", ">", after)], part.fields, limit=part.page
            )
            made, gone = records.of(resource, part, rows)
            if len(rows) < part.page:
                position, after = position + 1, 0
            else:
                after = rows[-1]["id"]
            is_last = position == len(parts)
            going_on = {"since": since, "until": until, "part": position, "after": after}
            done = {"since": utc_text(dt.datetime.fromisoformat(f"{until}+00:00") - OVERLAP)}
            yield Page(resource, made, _said(done if is_last else going_on), is_last, gone)

    def missing(self, resource: str, external_ids: Sequence[str]) -> set[str] | None:
        found: set[str] = set()
        for part in PARTS[resource]:
            mark = _MARKS.get(part.model, "")
            keys = {key: int(key.removeprefix(mark)) for key in external_ids if _is_of(key, mark)}
            if keys:
                rows = self.rpc.search_read(part.model, [("id", "in", sorted(keys.values()))], ["id"])
                there = {row["id"] for row in rows}
                found |= {key for key, number in keys.items() if number in there}
        return set(external_ids) - found

    def totals(self, resource: str, months: Sequence[dt.date]) -> list[Total] | None:
        return totals_read(self.rpc, resource, months, self.reading, self._companies, self._company_currency)

    @cached_property
    def reading(self) -> Reading:
        """Our settings and the small tables that all rows depend on; users are read once a run."""
        users = {row["id"]: row for row in self._users}
        own = {ref(row["partner_id"]) for row in self._companies.values()}
        staff = {ref(user["partner_id"]) for user in self._users}
        outcomes = self._context.stages
        chosen = {int(key): str(code) for key, code in self._settings.get("stages", {}).items()}
        first = {outcome: code for code, outcome in reversed(list(outcomes.items()))}
        stages = self.rpc.search_read("crm.stage", [], ["id", "name", "is_won"])
        since = self._settings.get("since")
        return Reading(
            zone=self._context.zone,
            users=users,
            stages={
                row["id"]: chosen.get(row["id"]) or first.get("won" if row["is_won"] else "open", "")
                for row in stages
            },
            outcomes=outcomes,
            lost_stage=first.get("lost", "lost"),
            teams={int(key): str(unit) for key, unit in self._settings.get("teams", {}).items() if unit},
            default_unit=str(self._settings.get("default_unit") or "company"),
            activity_kinds={
                int(key): str(kind) for key, kind in self._settings.get("activity_kinds", {}).items()
            },
            region_from=str(self._settings.get("region_from", "")),
            since=dt.date.fromisoformat(since) if since else None,
            hidden_accounts=frozenset(key for key in own | staff if key),
        )

    @cached_property
    def _users(self) -> list[dict[str, Any]]:
        fields = ["id", "name", "login", "email", "active", "partner_id"]
        return self.rpc.search_read("res.users", [("share", "=", False)], fields)

    @cached_property
    def _companies(self) -> dict[int, dict[str, Any]]:
        rows = self.rpc.search_read("res.company", [], ["id", "currency_id", "partner_id"])
        return {row["id"]: row for row in rows}

    @property
    def _company_currency(self) -> str:
        """The currency of the first company, for rows that belong to none."""
        first = min(self._companies, default=0)
        return name_of(self._companies[first]["currency_id"]) if first else self._context.currency

    def _server_now(self) -> dt.datetime:
        _known = self.reading  # has heard the server's clock
        return self.rpc.now()


_MARKS = {"mail.message": "m", "calendar.event": "e"}


def _is_of(key: str, mark: str) -> bool:
    return key.startswith(mark) and key.removeprefix(mark).isdigit()


def _said(cursor: Mapping[str, Any]) -> str:
    return orjson.dumps(cursor).decode()
