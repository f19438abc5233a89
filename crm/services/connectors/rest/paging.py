"""One page of a REST source after the other: by number, offset, cursor, or the address of the next one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from django.utils.translation import gettext_lazy as _

from crm.calc.json_paths import MISSING, path_find
from crm.services.connectors.problems import ConnectorError, Problem
from crm.services.connectors.rest.settings import RestResource

_LINK = re.compile(r"<([^<>]{1,2000})>\s*;([^<>]*)")
_NEXT = re.compile(r"""(?:^|;)\s*rel\s*=\s*["']?(?:[^"';]*\s)?next(?:\s[^"';]*)?["']?\s*(?:;|,|$)""", re.I)
_DAY_BEFORE = dt.timedelta(days=1)


@dataclass(frozen=True)
class Ask:
    """What is asked for next: a page's number, offset or cursor, or a whole address."""

    url: str
    at: str


def ask_first(base: str, resource: RestResource, *, since: dt.datetime | None, at: str = "") -> Ask:
    """The address of a page: the one ``at`` a stored place, or the first."""
    query = dict(resource.query)
    if since is not None and resource.since_param:
        query[resource.since_param] = since_written(since, resource.since_format)
    if resource.size_param:
        query[resource.size_param] = str(resource.size)
    if resource.paging in ("next", "link") and at:
        return Ask(same_place(base, at), at)
    start = {"page": str(resource.first_page), "offset": "0"}.get(resource.paging, "")
    at = at or start
    if resource.paging in ("page", "offset", "cursor") and at:
        query[resource.page_param] = at
    return Ask(_with_query(base + "/" + resource.path.lstrip("/"), query), at)


def ask_next(resource: RestResource, ask: Ask, body: Any, headers: Map[str, str], count: int) -> str:
    """Where the next page is, "" after the last one; pages by number and offset end with an empty one."""
    if resource.paging == "page":
        return str(int(ask.at) + 1) if count else ""
    if resource.paging == "offset":
        return str(int(ask.at) + count) if count else ""
    if resource.paging == "link":
        found: Any = link_next(headers.get("link", ""))
        return urljoin(ask.url, found) if found else ""
    if resource.paging in ("next", "cursor"):
        found = path_find(resource.next_path, body)
        if found is MISSING or found is None or isinstance(found, (bool, dict, list)):
            return ""
        told = str(found).strip()
        return urljoin(ask.url, told) if told and resource.paging == "next" else told
    return ""


def link_next(header: str) -> str:
    """The address of the next page in a Link header.

    >>> link_next('<https://a.example/d?page=3>; rel="next", <https://a.example/d?page=9>; rel="last"')
    'https://a.example/d?page=3'
    """
    for url, params in _LINK.findall(header):
        if _NEXT.search(params.strip().rstrip(",")):
            return str(url)
    return ""


def same_place(base: str, url: str) -> str:
    """The address itself; raises ConnectorError when it leads to another host, which would get our keys."""
    ours, theirs = urlsplit(base), urlsplit(url)
    if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()):
        message = _("The next page is said to be elsewhere (%(host)s); only the address itself is asked.")
        raise ConnectorError(Problem.ADDRESS, message, {"host": (theirs.hostname or "–")[:100]})
    return url


def since_written(since: dt.datetime, form: str) -> str:
    """A moment as the source wants it; a day alone is the one before, whatever zone the source lives in.

    >>> since_written(dt.datetime(2026, 3, 5, 1, tzinfo=dt.UTC), "iso")
    '2026-03-05T01:00:00Z'
    """
    if form == "day":
        return (since - _DAY_BEFORE).date().isoformat()
    if form in ("seconds", "milliseconds"):
        seconds = int(since.timestamp())
        return str(seconds * 1000 if form == "milliseconds" else seconds)
    return since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_query(url: str, query: Map[str, str]) -> str:
    parts = urlsplit(url)
    asked = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **query}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(asked), ""))
