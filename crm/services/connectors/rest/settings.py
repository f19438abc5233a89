"""What is said of a REST source: its address, how to sign in, and where each kind of record is listed."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from common.errors import FieldError, Invalid
from common.records import Refused
from crm.calc.json_paths import path_check
from crm.calc.mapping import MAPPED, Mapping, mapping_read

AUTHS = ("none", "bearer", "basic", "header", "oauth2")
PAGINGS = ("none", "page", "offset", "cursor", "next", "link")
SINCE_FORMATS = ("iso", "day", "seconds", "milliseconds")
MOST_SIZE = 10_000
_NAME = re.compile(r"[^\s\x00-\x1f&=#]{0,100}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class RestResource:
    """Where records of one kind are listed, what is asked for, and how the pages follow each other.

    ``since_param`` asks for what has changed since a moment written as ``since_format``; without one
    everything is read each time. ``next_path`` is where the body says the next cursor or address.
    """

    path: str
    mapping: Mapping
    records_path: str = ""
    query: Map[str, str] = field(default_factory=dict)
    since_param: str = ""
    since_format: str = "iso"
    paging: str = "none"
    page_param: str = ""
    size_param: str = ""
    size: int = 100
    first_page: int = 1
    next_path: str = ""


@dataclass(frozen=True)
class RestSettings:
    """A REST source. Keys are not here: token, password, key or client_secret are credentials."""

    url: str
    auth: str = "none"
    login: str = ""
    header: str = ""
    token_url: str = ""
    scope: str = ""
    resources: Map[str, RestResource] = field(default_factory=dict)


def rest_read(told: Map[str, Any]) -> RestSettings:
    """The settings that JSON tells of; raises Invalid with all that is wrong, field by field."""
    errors: list[FieldError] = []
    auth = str(told.get("auth") or "none")
    url, token_url = str(told.get("url") or "").rstrip("/"), str(told.get("token_url") or "")
    if auth not in AUTHS:
        errors.append(FieldError("auth", _("Choose how to sign in.")))
    if not _is_address(url) or urlsplit(url).query:
        errors.append(FieldError("url", _("Give an address such as https://crm.example.com/api.")))
    if auth == "oauth2" and not _is_address(token_url):
        errors.append(FieldError("token_url", _("Give an address such as https://crm.example.com/api.")))
    header = str(told.get("header") or "")
    if auth == "header" and not _HEADER.fullmatch(header):
        errors.append(FieldError("header", _("Give the header's name, such as X-Signature.")))
    login = str(told.get("login") or "")
    if auth in ("basic", "oauth2") and not login:
        errors.append(FieldError("login", _("Give the user's name or the client's id.")))
    if errors:
        raise Invalid(_("Some fields are not valid."), errors=errors)
    listed = told.get("resources") or {}
    resources = {name: resource_read(name, each) for name, each in listed.items() if name in MAPPED}
    return RestSettings(url, auth, login, header, token_url, str(told.get("scope") or ""), resources)


def resource_read(resource: str, told: Map[str, Any], *, with_mapping: bool = True) -> RestResource:
    """What is said of one kind of record; raises Invalid. Without a mapping it can be asked for a sample."""
    errors: list[FieldError] = []

    def text(name: str, most: int = 200) -> str:
        value = str(told.get(name) or "").strip()
        if len(value) > most or "\x00" in value:
            errors.append(FieldError(name, _("Give at most %(max)s characters."), params={"max": most}))
        return value

    def choice(name: str, choices: tuple[str, ...]) -> str:
        value = text(name) or choices[0]
        if value not in choices:
            errors.append(FieldError(name, _("Choose one of the list.")))
        return value

    path = text("path", 500)
    if not path or _CONTROL.search(path) or "://" in path or path.startswith("//"):
        errors.append(FieldError("path", _("Give the path below the address, such as /deals.")))
    paging = choice("paging", PAGINGS)
    names = {name: text(name, 100) for name in ("since_param", "page_param", "size_param")}
    errors += [
        FieldError(name, _("Give the parameter's name."))
        for name, v in names.items()
        if not _NAME.fullmatch(v)
    ]
    if paging in ("page", "offset", "cursor") and not names["page_param"]:
        errors.append(FieldError("page_param", _("Give the parameter's name.")))
    paths = {name: text(name) for name in ("records_path", "next_path")}
    if paging in ("cursor", "next") and not paths["next_path"]:
        errors.append(FieldError("next_path", _("Say where the answer has the next cursor or address.")))
    for name, value in paths.items():
        try:
            path_check(value or "@")
        except Refused as refused:
            errors.append(FieldError(name, refused.message, refused.code, refused.params))
    numbers = {name: _whole(told.get(name), default) for name, default in (("size", 100), ("first_page", 1))}
    if not 1 <= numbers["size"] <= MOST_SIZE:
        errors.append(FieldError("size", _("Give a number from 1 to %(max)s."), params={"max": MOST_SIZE}))
    query = told.get("query") or {}
    if not isinstance(query, Map) or len(query) > 30:
        errors.append(FieldError("query", _("Write one parameter a line, such as include=owner.")))
        query = {}
    if errors:
        raise Invalid(_("Some fields are not valid."), errors=errors)
    mapping = mapping_read(resource, told.get("mapping")) if with_mapping else Mapping(resource, {})
    return RestResource(
        path=path,
        mapping=mapping,
        query={str(name): str(value) for name, value in query.items()},
        since_format=choice("since_format", SINCE_FORMATS),
        paging=paging,
        since_param=names["since_param"],
        page_param=names["page_param"],
        size_param=names["size_param"],
        records_path=paths["records_path"],
        next_path=paths["next_path"],
        size=numbers["size"],
        first_page=numbers["first_page"],
    )


def _whole(raw: Any, default: int) -> int:
    try:
        return default if raw in (None, "") else int(raw)
    except (TypeError, ValueError):
        return -1


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return False
    is_plain = not (parts.fragment or parts.username or parts.password or _CONTROL.search(url))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain and len(url) <= 500
