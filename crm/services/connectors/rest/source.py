"""The REST connector: pages of what has changed, mapped to our records.

What is read begins ``OVERLAP`` before the last reading did, by the source's own clock: what was being written
just then is not missed, and what comes twice changes nothing.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from common.records import Refused
from crm.calc.columns import KEY
from crm.calc.json_paths import records_in
from crm.calc.mapping import ACCOUNT_NAME, Mapped, record_map
from crm.services.connectors.base import RESOURCES, Context, Page, Record, Total
from crm.services.connectors.client import JsonReply
from crm.services.connectors.problems import ConnectorError, Problem
from crm.services.connectors.rest.paging import ask_first, ask_next
from crm.services.connectors.rest.settings import RestResource, RestSettings, rest_read
from crm.services.imports.reader import ReadRow
from crm.services.mapped import MappedReader

OVERLAP = dt.timedelta(minutes=15)
MOST_PAGES = 100_000


class RestConnector:
    """Reads one system by the settings of its form."""

    def __init__(self, settings: Mapping[str, Any], credentials: Mapping[str, str], context: Context) -> None:
        self._told, self._credentials, self._context = settings, credentials, context

    def check(self) -> str:
        """Ask for the first page of each kind of record and map it; whom we asked, and for what."""
        names = self.resources()
        for name in names:
            resource = self.settings.resources[name]
            self._records(resource, self.first(resource).value)
        host = urlsplit(self.settings.url).netloc
        if not names:
            _signed_in = self._headers  # of OAuth 2 the client's secret is tried at least
            return gettext("%(host)s, nothing asked yet: it has no lists") % {"host": host}
        count = ngettext("%(count)s kind of records", "%(count)s kinds of records", len(names))
        return f"{host}: {count % {'count': len(names)}}"

    def resources(self) -> tuple[str, ...]:
        return tuple(name for name in RESOURCES if name in self.settings.resources)

    def changed(self, resource: str, cursor: str) -> Iterator[Page]:
        asked = self.settings.resources[resource]
        place = orjson.loads(cursor) if cursor else {}
        since, until, at = place.get("since", ""), place.get("until", ""), place.get("at", "")
        reader = MappedReader(asked.mapping, self._context.source)
        former: list[str] = []
        for _page in range(MOST_PAGES):
            moment = dt.datetime.fromisoformat(since) if since else None
            ask = ask_first(self.settings.url, asked, since=moment, at=at)
            reply = self._get(ask.url)
            until = until or (reply.said_at or timezone.now()).isoformat()
            found = self._records(asked, reply.value)
            following = ask_next(asked, ask, reply.value, reply.headers, len(found))
            mapped = [self._mapped(asked, record) for record in found]
            keys = [each.key for each in mapped]
            # A source that answers the same page for ever, or names it as its own next one, has no more.
            is_last = not following or following == ask.at or bool(keys and keys == former)
            former, at = keys, following
            going_on = {"since": since, "until": until, "at": at}
            yield Page(
                resource,
                [self._record(reader, each) for each in mapped if not each.is_deleted],
                _said(self._done(asked, until) if is_last else going_on),
                is_last,
                [each.key for each in mapped if each.is_deleted and each.key],
            )
            if is_last:
                return
        raise ConnectorError(Problem.ANSWER, _("The pages have no end; look at how they follow each other."))

    def missing(self, resource: str, external_ids: Sequence[str]) -> set[str] | None:
        return None

    def totals(self, resource: str, months: Sequence[dt.date]) -> list[Total] | None:
        return None

    def first(self, resource: RestResource) -> JsonReply:
        """The first page of everything, as the setup shows it. Raises ConnectorError."""
        return self._get(ask_first(self.settings.url, resource, since=None).url)

    @cached_property
    def settings(self) -> RestSettings:
        try:
            return rest_read(self._told)
        except Invalid as error:
            told = "; ".join(f"{each.field}: {each.text(gettext)}" for each in error.errors)
            raise ConnectorError(
                Problem.SETTINGS, _("The settings can't be used: %(why)s"), {"why": told}
            ) from None

    def _get(self, url: str) -> JsonReply:
        return self._context.client.get(url, self._headers)

    @cached_property
    def _headers(self) -> dict[str, str]:
        """What signs us in; a token of OAuth 2 is fetched once a run."""
        auth, keys = self.settings.auth, self._credentials
        if auth == "bearer":
            return {"Authorization": f"Bearer {keys.get('key', '')}"}
        if auth == "basic":
            pair = f"{self.settings.login}:{keys.get('key', '')}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        if auth == "header":
            return {self.settings.header: keys.get("key", "")}
        if auth == "oauth2":
            return {"Authorization": f"Bearer {self._token()}"}
        return {}

    def _token(self) -> str:
        """An access token by the client's own credentials (RFC 6749, 4.4)."""
        secret = self._credentials.get("key", "")
        pair = f"{quote(self.settings.login, safe='')}:{quote(secret, safe='')}".encode()
        fields = {"grant_type": "client_credentials", "scope": self.settings.scope}
        reply = self._context.client.post_form(
            self.settings.token_url,
            {name: value for name, value in fields.items() if value},
            {"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
        )
        token = reply.value.get("access_token") if isinstance(reply.value, dict) else None
        if not isinstance(token, str) or not token:
            raise ConnectorError(Problem.CREDENTIALS, _("The answer of the token's address has no token."))
        self._context.client.hide(token)
        return token

    def _records(self, resource: RestResource, body: Any) -> list[Any]:
        try:
            return records_in(body, resource.records_path)
        except Refused as refused:
            raise ConnectorError(Problem.SETTINGS, refused.message, refused.params) from None

    def _mapped(self, resource: RestResource, record: Any) -> Mapped:
        return record_map(resource.mapping, record, zone=self._context.zone, home=self._context.currency)

    def _record(self, reader: MappedReader, mapped: Mapped) -> Record:
        """A record as it is written; what can't be read stands in it as it came, to be refused by name."""
        row = ReadRow(line=0, key=mapped.key, cells=[], record=dict(mapped.values))
        reader.words(row)
        row.record.pop(ACCOUNT_NAME, None)
        for error in mapped.errors:
            row.record.setdefault(error.field, str(error.params.get("value") or "?"))
        return {**row.record, KEY: mapped.key}

    def _done(self, resource: RestResource, until: str) -> dict[str, str]:
        """Where the next run begins; everything again where the source can't be asked for changes."""
        if not resource.since_param:
            return {}
        return {"since": (dt.datetime.fromisoformat(until) - OVERLAP).isoformat()}


def _said(cursor: Mapping[str, str]) -> str:
    return orjson.dumps(cursor).decode() if cursor else ""
