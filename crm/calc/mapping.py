"""From a foreign JSON record to a record of ours: where each field stands, and what their words mean.

A ``Mapping`` is plain data, kept as JSON (``mapping_json``, ``mapping_read``). What a field's rule finds is
read as the cells of files are (``crm.calc.cells``); what can't be read is said with field, path and value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

from common.errors import FieldError, Invalid, gettext_noop
from common.records import Refused
from crm.calc.cell_values import TWO_WAYS, cell_value
from crm.calc.columns import COLUMNS, KEY, Column, Kind
from crm.calc.fields import FIELDS
from crm.calc.json_paths import MISSING, path_check, path_find

ACCOUNT_NAME = "account_name"
DELETED = "deleted"
# The word of a table that stands for all others.
ANY = "*"
MOST_PATHS, MOST_WORDS, LONGEST_WORD = 5, 200, 200
_LONGEST_TEXT = 10_000
_EXACT = Context(prec=15)
_WIDEST = 30  # digits before or after the point: far above any amount of money
_EPOCH = re.compile(r"-?\d{9,10}(?:\.\d+)?|-?\d{12,13}")
_GONE_NOT = frozenset(("", "false", "0", "no", "n", "f", "否"))
_MARKED = re.compile(r"[\x00\ud800-\udfff]")


def _with_account_name(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Beside the customer its name: a customer that is not there yet is made with it."""
    at = next((at for at, column in enumerate(columns) if column.kind is Kind.ACCOUNT), None)
    if at is None:
        return columns
    name = Column(
        ACCOUNT_NAME,
        Kind.TEXT,
        ("account name", "customer name", "company name", "org name", "客户名称", "公司名称"),
    )
    return (*columns[: at + 1], name, *columns[at + 1 :])


def _plain_columns(resource: str) -> tuple[Column, ...]:
    """The columns that hold one value of a record; what files say in ways of their own stays theirs."""
    plain = FIELDS[resource].keys() - {"lines", "splits"} | {KEY}
    return tuple(column for column in COLUMNS[resource] if column.name in plain)


# What can be mapped; the columns of files, and products.
MAPPED: dict[str, tuple[Column, ...]] = {
    **{resource: _with_account_name(_plain_columns(resource)) for resource in COLUMNS},
    "products": (
        Column(KEY, Kind.TEXT, ("id", "number", "code", "sku", "product id", "编号", "产品编号", "产品编码")),
        Column("name", Kind.TEXT, ("name", "title", "product name", "名称", "产品名称")),
        Column(
            "product_line", Kind.SEGMENT, ("product line", "line", "category", "产品线", "产品类别", "品类")
        ),
        Column("list_price", Kind.AMOUNT, ("list price", "price", "unit price", "价格", "单价", "标价")),
        Column("currency", Kind.TEXT, ("currency", "币种", "货币")),
    ),
}
# Fields without which no record of a resource can be made.
NEEDED = {
    "products": ("name",),
    "accounts": ("name",),
    "leads": ("name", "created_on"),
    "opportunities": ("stage",),
    "activities": ("kind", "occurred_at"),
    "payments": ("received_on", "amount"),
}


@dataclass(frozen=True)
class Rule:
    """How a field is found: the first of ``paths`` that holds anything, else ``constant``.

    ``table`` translates what is found ("*" all other words); ``answer`` says how amounts and days that can be
    read in two ways are meant (a ``Point`` or an ``Order``).
    """

    paths: tuple[str, ...] = ()
    constant: str = ""
    table: Map[str, str] = field(default_factory=dict)
    answer: str = ""


@dataclass(frozen=True)
class Gone:
    """What marks a record as deleted in its source: a path, and its words for it (none: anything but no)."""

    path: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """The rules of a resource's fields, and what marks a deleted record."""

    resource: str
    rules: Map[str, Rule]
    gone: Gone = Gone()


@dataclass
class Mapped:
    """A record of ours: its fields (absent ones are not told), its errors, whether the source deleted it.

    Errors carry in ``params`` the ``path`` at which the refused value stands.
    """

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    is_deleted: bool = False


def record_map(mapping: Mapping, record: Any, *, zone: dt.tzinfo = dt.UTC, home: str = "") -> Mapped:
    """Make our record of a foreign one. ``zone`` is where days are cut, ``home`` the company's currency.

    >>> rules = {"external_id": Rule(("id",)), "stage": Rule(("state",), table={"Closed": "won"})}
    >>> record_map(Mapping("opportunities", rules), {"id": 7, "state": "closed"}).values
    {'external_id': '7', 'stage': 'won'}
    """
    mapped = Mapped("")
    if not isinstance(record, Map):
        mapped.errors.append(FieldError(KEY, gettext_noop("A record has to be a JSON object."), "type"))
        return mapped
    for column in MAPPED[mapping.resource]:
        rule = mapping.rules.get(column.name)
        if rule is None:
            continue
        path, raw = _found(rule, record)
        if raw is MISSING:
            continue
        try:
            _put(mapped, mapping, column, raw, zone=zone, home=home)
        except Refused as refused:
            params = {**refused.params, "path": path}
            mapped.errors.append(FieldError(column.name, refused.message, refused.code, params))
    mapped.key = str(mapped.values.get(KEY) or "")
    mapped.is_deleted = _is_gone(mapping.gone, record)
    return mapped


def mapping_json(mapping: Mapping) -> dict[str, Any]:
    """A mapping as JSON; ``mapping_read`` makes the same one of it."""
    fields: dict[str, Any] = {}
    for name, rule in mapping.rules.items():
        told = {
            "paths": list(rule.paths),
            "constant": rule.constant,
            "table": dict(rule.table),
            "answer": rule.answer,
        }
        fields[name] = {key: value for key, value in told.items() if value}
    gone = {"path": mapping.gone.path, "words": list(mapping.gone.words)} if mapping.gone.path else {}
    return {"fields": fields, **({DELETED: gone} if gone else {})}


def mapping_read(resource: str, told: Any) -> Mapping:
    """The mapping that JSON tells of; raises Invalid with all that is wrong, field by field."""
    errors: list[FieldError] = []
    fields = told.get("fields") if isinstance(told, Map) else None
    if resource not in MAPPED or not isinstance(fields, Map):
        raise Invalid(gettext_noop("This is not a mapping."), field="mapping")
    columns = {column.name: column for column in MAPPED[resource]}
    rules: dict[str, Rule] = {}
    for name, rule in fields.items():
        if name not in columns or not isinstance(rule, Map):
            errors.append(FieldError(str(name)[:60], gettext_noop("There is no such field."), "unknown"))
            continue
        try:
            rules[name] = _rule_read(columns[name], rule)
        except Refused as refused:
            errors.append(FieldError(name, refused.message, refused.code, refused.params))
    gone = Gone()
    try:
        gone = _gone_read(told.get(DELETED) or {})
    except Refused as refused:
        errors.append(FieldError(DELETED, refused.message, refused.code, refused.params))
    for name in (KEY, *(() if errors else NEEDED[resource])):
        if name not in fields:
            message = gettext_noop("Say where this field stands, or what it always is.")
            errors.append(FieldError(name, message, "required"))
    if errors:
        raise Invalid(gettext_noop("The mapping can't be used."), errors=errors)
    return Mapping(resource, rules, gone)


def _rule_read(column: Column, told: Map[str, Any]) -> Rule:
    paths = _texts(told.get("paths", ()), MOST_PATHS)
    for path in paths:
        path_check(path)
    table = told.get("table", {})
    if not isinstance(table, Map) or len(table) > MOST_WORDS:
        raise Refused(gettext_noop("A table has at most %(max)s words."), "table", max=MOST_WORDS)
    _texts([*table.keys(), *table.values()], 2 * MOST_WORDS)
    [constant] = _texts([told.get("constant", "")], 1)
    answer = told.get("answer", "")
    meanings = TWO_WAYS.get(column.kind)
    if answer and (meanings is None or answer not in [each.value for each in meanings]):
        raise Refused(gettext_noop("This is not a way to read the field."), "answer")
    if not paths and not constant:
        raise Refused(gettext_noop("Say where this field stands, or what it always is."), "required")
    return Rule(tuple(paths), constant, dict(table), answer)


def _gone_read(told: Any) -> Gone:
    if not isinstance(told, Map):
        raise Refused(gettext_noop("This is not a mapping."), "type")
    [path] = _texts([told.get("path", "")], 1)
    if not path:
        return Gone()
    return Gone(path_check(path), tuple(_texts(told.get("words", ()), MOST_WORDS)))


def _texts(told: Any, most: int) -> list[str]:
    is_list = isinstance(told, Sequence) and not isinstance(told, str) and len(told) <= most
    if not is_list or not all(isinstance(each, str) and len(each) <= LONGEST_WORD for each in told):
        message = gettext_noop("Give at most %(count)s texts of at most %(max)s characters.")
        raise Refused(message, "texts", count=most, max=LONGEST_WORD)
    if any(_MARKED.search(each) for each in told):
        raise Refused(gettext_noop("Texts may not hold null characters."), "null_character")
    return list(told)


def _found(rule: Rule, record: Map[str, Any]) -> tuple[str, Any]:
    """The path that holds something and what it holds; null only where every other place is missing."""
    empty: tuple[str, Any] = ("", MISSING)
    for path in rule.paths:
        value = path_find(path, record)
        if value is not MISSING and value is not None and value != "":
            return path, value
        if value is not MISSING:
            empty = (path, None)
    return ("", rule.constant) if rule.constant else empty


def _put(mapped: Mapped, mapping: Mapping, column: Column, raw: Any, *, zone: dt.tzinfo, home: str) -> None:
    rule = mapping.rules[column.name]
    if raw is None:
        mapped.values[column.name] = None
        return
    cell = _cell(raw)
    table = {_plain(word): ours for word, ours in rule.table.items()}
    cell = table.get(_plain(cell), table.get(ANY, cell))
    if cell == "":
        mapped.values[column.name] = None
        return
    if column.kind in (Kind.DAY, Kind.MOMENT):
        mapped.values[column.name] = _time(column, cell, rule, zone)
        return
    value, currency = cell_value(column, cell, answer=rule.answer, home=home, zone=zone)
    mapped.values[column.name] = value
    takes_currency = any(each.name == "currency" for each in MAPPED[mapping.resource])
    if currency and takes_currency and "currency" not in mapping.rules:
        mapped.values["currency"] = currency


def _time(column: Column, cell: str, rule: Rule, zone: dt.tzinfo) -> dt.date | dt.datetime:
    """A day or a moment; also as seconds or milliseconds since 1970.

    A moment stands for its day in ``zone``, midnight in UTC for the day it names: so dates are often sent.
    """
    since = cell.strip()
    if _EPOCH.fullmatch(since):
        seconds = Decimal(since)
        at = dt.datetime.fromtimestamp(int(seconds / 1000 if len(since.lstrip("-")) > 11 and "." not in since
                                           else seconds), dt.UTC)  # fmt: skip
    elif column.kind is Kind.DAY and not _has_zone(column, cell, rule, zone):
        day: dt.date = cell_value(column, cell, answer=rule.answer)[0]
        return day
    else:
        moment = Column(column.name, Kind.MOMENT, ())
        at = cell_value(moment, cell, answer=rule.answer, zone=zone)[0]
    if column.kind is Kind.MOMENT:
        return at
    is_named = at.utcoffset() == dt.timedelta(0) and at.time() == dt.time()
    return at.date() if is_named else at.astimezone(zone).date()


def _has_zone(column: Column, cell: str, rule: Rule, zone: dt.tzinfo) -> bool:
    """Whether a cell says in which zone its time is: it then reads the same wherever we are."""
    moment = Column(column.name, Kind.MOMENT, ())
    other = dt.timezone(dt.timedelta(hours=1, minutes=1))
    read = [cell_value(moment, cell, answer=rule.answer, zone=each)[0].tzinfo for each in (zone, other)]
    return bool(read[1] is not other)


def _cell(raw: Any) -> str:
    """A single JSON value as a text; raises Refused for several and for what no text can hold."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, (dict, list)):
        kind = "{…}" if isinstance(raw, dict) else "[…]"
        message = gettext_noop("%(value)s stands here, not a single value; choose a place inside it.")
        raise Refused(message, "several", value=kind)
    if isinstance(raw, float):
        raw = Decimal(repr(raw))
    if isinstance(raw, Decimal):
        if not raw.is_finite() or abs(raw.adjusted()) > _WIDEST:
            raise Refused(gettext_noop("“%(value)s” is too large."), "range", value=str(raw)[:60])
        # Many systems reckon in binary: after 15 digits comes noise (30.299999999999997 is 30.3).
        return (
            f"{raw:f}" if len(raw.as_tuple().digits) <= 15 else f"{_EXACT.create_decimal(raw).normalize():f}"
        )
    text = str(raw)
    if len(text) > _LONGEST_TEXT:
        message = gettext_noop("At most %(max)s characters, this has %(count)s.")
        raise Refused(message, "too_long", max=_LONGEST_TEXT, count=len(text))
    if _MARKED.search(text):
        raise Refused(gettext_noop("Texts may not hold null characters."), "null_character")
    return text.strip()


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()


def _is_gone(gone: Gone, record: Map[str, Any]) -> bool:
    found = path_find(gone.path, record) if gone.path else MISSING
    if found is MISSING or found is None:
        return False
    if isinstance(found, (dict, list)):
        return bool(found) and not gone.words
    word = _plain(_cell(found)) if not isinstance(found, str) else _plain(found)
    if gone.words:
        return word in {_plain(each) for each in gone.words}
    return word not in _GONE_NOT
