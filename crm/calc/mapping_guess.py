"""A mapping proposed from a few sample records, by the names of their places and what stands there."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from collections.abc import Mapping as Map
from decimal import Decimal
from typing import Any

from crm.calc.columns import Column, Kind, columns_guess, header_plain
from crm.calc.json_paths import Step, leaves, path_of
from crm.calc.mapping import ACCOUNT_NAME, MAPPED, Gone, Mapping, Rule

# Names that say nothing of themselves: what they are inside of says it.
_BARE = frozenset(
    ("id", "value", "name", "label", "code", "text", "email", "key", "title", "number", "displayvalue")
)
# Wrappings that every record of some system has around its fields.
_WRAPS = frozenset(
    ("data", "properties", "fields", "attributes", "record", "payload", "object", "current", "body", "result")
)
# Which of several places inside one thing is the best for a field.
_BEST = {
    "owner": ("email", "number", "id"),
    "stage": ("name", "label", "value", "id"),
    "account": ("id", "code"),
}
_GONE = frozenset(("isdeleted", "deleted", "deletedat", "archived", "isarchived", "已删除", "是否删除"))
_AT_TOP = 1
_ID_BEHIND = re.compile(r"(?<=.)_id$|(?<=[a-z])Id$")


def mapping_guess(resource: str, samples: Sequence[Any], *, stages: Map[str, str]) -> Mapping:
    """Rules for the fields that samples seem to hold; ``stages`` are the words for stages.

    >>> found = mapping_guess("payments", [{"id": 1, "Received_On": "2026-03-05"}], stages={})
    >>> found.rules["received_on"].paths
    ('Received_On',)
    """
    columns = MAPPED[resource]
    places: dict[tuple[Step, ...], list[str]] = {}
    for at, sample in enumerate(samples):
        for steps, value in leaves(sample):
            places.setdefault(steps, [""] * len(samples))[at] = _text(value)
    listed = sorted(places, key=_rank)
    rows = [[places[steps][at] for steps in listed] for at in range(len(samples))]
    words = {header_plain(word) for column in columns for word in column.headers}
    headers = [_header(steps, words) for steps in listed]
    names = columns_guess(resource, headers, rows, remembered={}, stages=stages, columns=columns)
    rules: dict[str, Rule] = {}
    for name, steps in zip(names, listed, strict=True):
        if name and name not in rules:
            rules[name] = Rule((path_of(steps),))
    _account_name(rules, columns, listed)
    order = [column.name for column in columns]
    sorted_rules = {name: rules[name] for name in order if name in rules}
    gone = next((path_of(s) for s in listed if header_plain(str(s[-1]) if s else "") in _GONE), "")
    return Mapping(resource, sorted_rules, Gone(gone))


def _header(steps: tuple[Step, ...], words: Container[str]) -> str:
    """What a place is called: its own name, or that of what it is inside of where its own says nothing.

    "account_id" and "AccountId" name an account, unless a field is called just that.
    """
    names = [str(step) for step in steps if isinstance(step, str)]
    if not names:
        return ""
    inside = [name for name in names[:-1] if header_plain(name) not in _WRAPS]
    if header_plain(names[-1]) in _BARE and inside:
        return inside[-1]
    return names[-1] if header_plain(names[-1]) in words else _ID_BEHIND.sub("", names[-1])


def _rank(steps: tuple[Step, ...]) -> tuple[int, int]:
    """The best places first: those at the top, and of one thing the one by which we know it."""
    names = [header_plain(str(step)) for step in steps if isinstance(step, str)]
    depth = len([name for name in names if name not in _WRAPS])
    if depth <= _AT_TOP:
        return (0, 0)
    best = _BEST.get(header_plain(_header(steps, ())), ("id", "name", "value"))
    own = names[-1]
    return (depth, best.index(own) if own in best else len(best))


def _account_name(
    rules: dict[str, Rule], columns: Sequence[Column], listed: Sequence[tuple[Step, ...]]
) -> None:
    """Where a customer's number is mapped, its name may stand beside it: Account.Name, org_name."""
    account = rules.get("account")
    if account is None:
        return
    words = {header_plain(w) for c in columns if c.kind is Kind.ACCOUNT for w in c.headers}
    called = {header_plain(w) for c in columns if c.name == ACCOUNT_NAME for w in c.headers}
    for steps in listed:
        names = [header_plain(str(step)) for step in steps if isinstance(step, str)] or [""]
        is_inside = len(names) > 1 and names[-1] in ("name", "title", "label") and names[-2] in words
        if (is_inside or names[-1] in called) and path_of(steps) not in account.paths:
            rules[ACCOUNT_NAME] = Rule((path_of(steps),))
            return


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        f"{value:f}"[:200] if isinstance(value, Decimal) and abs(value.adjusted()) < 30 else str(value)[:200]
    )
