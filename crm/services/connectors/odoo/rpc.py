"""Odoo's JSON-RPC: signing in, reading; its errors, which come with status 200, in our words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.services.connectors.client import JsonClient
from crm.services.connectors.problems import ConnectorError, Problem

Domain = list[Any]


class OdooRpc:
    """One database of an Odoo server, read as one user. Archived rows are always among the answers."""

    def __init__(self, client: JsonClient, url: str, database: str, login: str, key: str) -> None:
        self._client, self._url = client, f"{url.rstrip('/')}/jsonrpc"
        self._database, self._login, self._key = database, login, key
        self._calls = 0
        self._uid: int | None = None
        self.version: dict[str, Any] = {}
        self._offset = dt.timedelta(0)

    def __repr__(self) -> str:
        return f"<OdooRpc {self._url} {self._database}>"

    @property
    def uid(self) -> int:
        """The user's id; signs in on first use. Raises ConnectorError when that is refused."""
        if self._uid is None:
            answer = self._call("common", "authenticate", [self._database, self._login, self._key, {}])
            if not isinstance(answer, int) or not answer:
                raise ConnectorError(Problem.CREDENTIALS, _("Odoo refuses the user or the API key."))
            self._uid = answer
        return self._uid

    def now(self) -> dt.datetime:
        """The present moment by the server's clock."""
        return dt.datetime.now(dt.UTC) + self._offset

    def server_version(self) -> str:
        """Such as 17.0. Raises ConnectorError when this is no Odoo."""
        answer = self._call("common", "version", [])
        version = answer.get("server_version") if isinstance(answer, Mapping) else None
        if not isinstance(version, str):
            raise ConnectorError(Problem.ANSWER, _("This address does not answer like Odoo."))
        return version

    def search_read(
        self, model: str, domain: Domain, fields: Sequence[str], *, limit: int = 0, order: str = "id"
    ) -> list[dict[str, Any]]:
        """Rows of a model with some of their fields."""
        options = {"fields": list(fields), "limit": limit or False, "order": order}
        return self._rows(self.execute(model, "search_read", [domain], options))

    def read_group(
        self, model: str, domain: Domain, fields: Sequence[str], groupby: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Sums and counts (``__count``) by group."""
        options = {"fields": list(fields), "groupby": list(groupby), "lazy": False}
        return self._rows(self.execute(model, "read_group", [domain], options))

    def search_count(self, model: str, domain: Domain) -> int:
        """How many rows there are."""
        answer = self.execute(model, "search_count", [domain])
        if not isinstance(answer, int):
            raise _unexpected()
        return answer

    def execute(
        self, model: str, method: str, args: Sequence[Any], options: Mapping[str, Any] | None = None
    ) -> Any:
        """Call a method of a model."""
        said = {"context": {"active_test": False, "lang": "en_US"}, **(options or {})}
        return self._call(
            "object", "execute_kw", [self._database, self.uid, self._key, model, method, list(args), said]
        )

    def _rows(self, answer: Any) -> list[dict[str, Any]]:
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise _unexpected()
        return answer

    def _call(self, service: str, method: str, args: list[Any]) -> Any:
        self._calls += 1
        params = {"service": service, "method": method, "args": args}
        said = {"jsonrpc": "2.0", "method": "call", "params": params, "id": self._calls}
        reply = self._client.post(self._url, said)
        if reply.said_at is not None:
            self._offset = reply.said_at - dt.datetime.now(dt.UTC)
        answer = reply.value
        if not isinstance(answer, Mapping) or not ("result" in answer or "error" in answer):
            raise _unexpected()
        if answer.get("error"):
            raise self._refused(answer["error"])
        return answer.get("result")

    def _refused(self, error: Any) -> ConnectorError:
        """Odoo's error: the class of its exception says what it is, its message goes with it."""
        error = error if isinstance(error, Mapping) else {}
        data = error.get("data") if isinstance(error.get("data"), Mapping) else {}
        kind = str(data.get("name", ""))
        params = {"message": self._client.shown(data.get("message") or error.get("message") or kind)}
        if kind.endswith("AccessDenied") or "SessionExpired" in kind:
            return ConnectorError(Problem.CREDENTIALS, _("Odoo refuses the user or the API key."))
        if kind.endswith("AccessError"):
            return ConnectorError(
                Problem.PERMISSION, _("The Odoo user may not read this: %(message)s"), params
            )
        if "OperationalError" in kind or ("database" in params["message"] and "exist" in params["message"]):
            return ConnectorError(
                Problem.SETTINGS, _("Odoo does not have this database: %(message)s"), params
            )
        return ConnectorError(Problem.ANSWER, _("Odoo answered with an error: %(message)s"), params)


def _unexpected() -> ConnectorError:
    return ConnectorError(Problem.ANSWER, _("This address does not answer like Odoo."))
