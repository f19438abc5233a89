"""What the page of an API token's usage shows: sums, days, endpoints, and what is on its way out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from dashboards.charts import Labels
from dashboards.parts import ChartCard, chart_card
from dashboards.usage_charts import answer_bars
from org.calc.durations import counts_sum, percentile_ms
from org.models import ApiToken, ApiUsage
from org.selectors import company_today, token_usage

MEDIAN, TAIL = 0.5, 0.95
ENDPOINTS = 20


@dataclass(frozen=True)
class Used:
    """Some rows of usage as one; durations in milliseconds, None without a request."""

    requests: int
    client_errors: int
    server_errors: int
    rows_written: int
    p50_ms: float | None
    p95_ms: float | None
    longest_ms: float | None

    @property
    def errors(self) -> int:
        return self.client_errors + self.server_errors

    @property
    def error_ratio(self) -> float | None:
        return self.errors / self.requests if self.requests else None


@dataclass(frozen=True)
class EndpointUsed:
    """An endpoint with its use, and when it may be gone if it is deprecated."""

    endpoint: str
    used: Used
    deprecated_on: dt.date | None
    sunset_on: dt.date | None


@dataclass(frozen=True)
class DayUsed:
    """A day with its use."""

    day: dt.date
    used: Used


@dataclass(frozen=True)
class UsagePage:
    """The use of one token in the last ``days`` days; ``latest`` is the row of its last request."""

    token: ApiToken
    total: Used
    latest: ApiUsage | None
    endpoints: list[EndpointUsed]
    endpoint_count: int
    outdated: list[EndpointUsed]
    days: list[DayUsed]
    chart: ChartCard | None


def since_of(days: int) -> dt.date:
    """The first of the last so many days."""
    return company_today() - dt.timedelta(days=days - 1)


def usage_page(token: ApiToken, *, days: int) -> UsagePage:
    """The page of a token; one query."""
    since = since_of(days)
    rows = token_usage(token, since)
    endpoints = [_endpoint(part) for part in _grouped(rows, lambda row: row.endpoint)]
    endpoints.sort(key=lambda each: (-each.used.requests, each.endpoint))
    by_day = [DayUsed(part[0].day, used_of(part)) for part in _grouped(rows, lambda row: row.day)]
    return UsagePage(
        token=token,
        total=used_of(rows),
        latest=max(rows, key=lambda row: (row.last_at is not None, row.last_at), default=None),
        endpoints=endpoints[:ENDPOINTS],
        endpoint_count=len(endpoints),
        outdated=[each for each in endpoints if each.deprecated_on is not None],
        days=by_day,
        chart=_chart(token, since, by_day) if rows else None,
    )


def used_of(rows: Sequence[ApiUsage]) -> Used:
    """Rows of usage as one."""
    durations = counts_sum(row.durations for row in rows)
    longest = max((row.longest_us for row in rows), default=None)
    return Used(
        requests=sum(row.requests for row in rows),
        client_errors=sum(row.client_errors for row in rows),
        server_errors=sum(row.server_errors for row in rows),
        rows_written=sum(row.rows_written for row in rows),
        p50_ms=_at_most(percentile_ms(durations, MEDIAN), longest),
        p95_ms=_at_most(percentile_ms(durations, TAIL), longest),
        longest_ms=None if longest is None else longest / 1000,
    )


def _at_most(percentile: float | None, longest_us: int | None) -> float | None:
    """A percentile is told by the end of its bucket, which may lie beyond the longest request."""
    if percentile is None or longest_us is None:
        return percentile
    return min(percentile, longest_us / 1000)


def _endpoint(rows: Sequence[ApiUsage]) -> EndpointUsed:
    latest = rows[0]  # rows come by day, the latest first
    return EndpointUsed(latest.endpoint, used_of(rows), latest.deprecated_on, latest.sunset_on)


def _grouped(rows: Sequence[ApiUsage], key: Callable[[ApiUsage], Hashable]) -> list[list[ApiUsage]]:
    groups: dict[Hashable, list[ApiUsage]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


def _chart(token: ApiToken, since: dt.date, by_day: Sequence[DayUsed]) -> ChartCard:
    """Requests a day, the refused and failed ones told apart; days without any are there too."""
    known = {each.day: each.used for each in by_day}
    count = (company_today() - since).days + 1
    days = [since + dt.timedelta(days=at) for at in range(count)]
    used = [known.get(day) for day in days]
    labels = Labels(
        title=_("Requests a day"),
        unit="",
        actual=_("Requests"),
        plan="",
        today="",
        day=_("Day"),
        number=lambda value: formats.number_format(round(value), use_l10n=True, force_grouping=True),
        dates=pgettext("a day on an axis, as d3 writes it", "%b %-d"),
    )
    series = [
        (_("Answered"), [each.requests - each.errors if each else 0 for each in used]),
        (_("Refused (4xx)"), [each.client_errors if each else 0 for each in used]),
        (_("Failed (5xx)"), [each.server_errors if each else 0 for each in used]),
    ]
    busy = len(by_day)
    summary = ngettext(
        "Requests on %(busy)s of %(days)s days.", "Requests on %(busy)s of %(days)s days.", busy
    ) % {"busy": busy, "days": count}
    return chart_card(
        answer_bars(days, series, labels),
        id="usage",
        title=labels.title,
        summary=summary,
        file_name=f"api-usage-{token.prefix}",
    )
