"""Making a connector of a connection's settings and keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from crm.models import Connection, Stage
from crm.services.connectors.base import Connector, Context
from crm.services.connectors.client import JsonClient
from crm.services.connectors.kinds import kind_get
from crm.services.connectors.secrets import credentials_opened
from org.selectors import company_get, company_today


def connector_of(connection: Connection, *, sleep: Callable[[float], None] = time.sleep) -> Connector:
    """The connector of a stored connection. Raises ConnectorError when its keys can't be read."""
    credentials = credentials_opened(connection.credentials)
    return connector_make(
        connection.kind,
        connection.settings,
        credentials,
        source=connection.source,
        rate_per_minute=connection.rate_per_minute,
        sleep=sleep,
    )


def connector_make(
    kind: str,
    settings: Mapping[str, Any],
    credentials: Mapping[str, str],
    *,
    source: str,
    rate_per_minute: int,
    sleep: Callable[[float], None] = time.sleep,
) -> Connector:
    """A connector of settings that need not be stored, as for a test before they are."""
    company = company_get()
    context = Context(
        source=source,
        client=JsonClient(rate_per_minute=rate_per_minute, secrets=tuple(credentials.values()), sleep=sleep),
        zone=ZoneInfo(company.time_zone),
        today=company_today(),
        currency=company.currency,
        stages=dict(Stage.objects.values_list("code", "outcome")),
    )
    return kind_get(kind).make(settings, credentials, context)
