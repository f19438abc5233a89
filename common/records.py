"""Records from outside: read field by field in plain Python, each wrong value named with its mend.

A batch of ten thousand is validated in one pass without building an object a record, which is what makes
bulk writes several times faster than a serializer a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.errors import FieldError, gettext_noop

Parser = Callable[[Any], Any]
MAX_RECORDS = 10_000


class Refused(ValueError):  # noqa: N818  (reads as what happened to the value)
    """A value can't be read; the message is a template for the catalogue."""

    def __init__(self, message: str, code: str = "invalid", **params: Any) -> None:
        super().__init__(message)
        self.message, self.code, self.params = message, code, params


@dataclass(frozen=True)
class Field:
    """A field of a record: how it is read, whether it must be there, and what stands for it when absent."""

    parse: Parser
    is_required: bool = False
    default: Any = None


@dataclass
class RecordResult:
    """What became of one record of a batch; ``id`` is our row's key, absent when it was refused."""

    external_id: str
    status: str = "error"
    errors: list[FieldError] = field(default_factory=list)
    id: int | None = None


def read_record(
    fields: Mapping[str, Field], record: Mapping[str, Any], *, partial: bool = False
) -> tuple[dict[str, Any], list[FieldError]]:
    """The values of a record by field name, and what is wrong with it.

    A whole record gets the defaults of absent fields; a partial one only what it names. Unknown fields are
    refused, so that a misspelt one is not silently lost.

    >>> read_record({"name": Field(text(10), is_required=True)}, {"name": " Ann "})
    ({'name': 'Ann'}, [])
    """
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, spec in fields.items():
        if name not in record:
            if partial:
                continue
            if spec.is_required:
                errors.append(FieldError(name, gettext_noop("This field is required."), "required"))
            else:
                values[name] = spec.default
            continue
        raw = record[name]
        if raw is None or raw == "":
            if spec.is_required:
                errors.append(FieldError(name, gettext_noop("This field may not be empty."), "required"))
            else:
                values[name] = spec.default
            continue
        try:
            values[name] = spec.parse(raw)
        except Refused as refused:
            errors.append(FieldError(name, refused.message, refused.code, refused.params))
    if len(record) > len(fields) or not record.keys() <= fields.keys():
        errors += [
            FieldError(str(name)[:60], gettext_noop("There is no such field."), "unknown")
            for name in record
            if name not in fields
        ]
    return values, errors


def text(max_length: int) -> Parser:
    """A trimmed text of at most ``max_length`` characters; numbers are taken as written."""

    def parse(raw: Any) -> str:
        if isinstance(raw, bool) or not isinstance(raw, (str, int, float)):
            raise Refused(gettext_noop("This is not a text."), "type")
        value = str(raw).strip()
        if len(value) > max_length:
            message = gettext_noop("At most %(max)s characters, this has %(count)s.")
            raise Refused(message, "too_long", max=max_length, count=len(value))
        if "\x00" in value:
            raise Refused(gettext_noop("Texts may not hold null characters."), "null_character")
        return value

    return parse


def choice(allowed: Iterable[str]) -> Parser:
    """One of the allowed codes."""
    codes = frozenset(allowed)
    listed = ", ".join(sorted(codes))

    def parse(raw: Any) -> str:
        if not isinstance(raw, str) or raw not in codes:
            message = gettext_noop("“%(value)s” is not one of: %(choices)s.")
            raise Refused(message, "choice", value=str(raw)[:60], choices=listed)
        return raw

    return parse


def day(raw: Any) -> dt.date:
    """A day as YYYY-MM-DD."""
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return raw
    if isinstance(raw, str):
        try:
            value = dt.date.fromisoformat(raw.strip())
        except ValueError:
            pass
        else:
            if 1900 <= value.year <= 9998:
                return value
    raise Refused(gettext_noop("“%(value)s” is not a day; write YYYY-MM-DD."), "day", value=str(raw)[:60])


def moment(raw: Any) -> dt.datetime:
    """A moment in ISO 8601 with its offset from UTC, such as 2026-05-01T09:30:00+08:00."""
    value = raw
    if isinstance(raw, str):
        try:
            value = dt.datetime.fromisoformat(raw.strip())
        except ValueError:
            value = None
    if not isinstance(value, dt.datetime) or not 1900 <= value.year <= 9998:
        message = gettext_noop("“%(value)s” is not a moment; write 2026-05-01T09:30:00+08:00.")
        raise Refused(message, "moment", value=str(raw)[:60])
    if value.tzinfo is None:
        raise Refused(gettext_noop("Add the time zone, such as Z or +08:00."), "time_zone")
    return value


def whole(low: int, high: int) -> Parser:
    """A whole number in [low, high]."""

    def parse(raw: Any) -> int:
        value = raw
        if isinstance(raw, str):
            try:
                value = int(raw.strip())
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(gettext_noop("“%(value)s” is not a whole number."), "whole", value=str(raw)[:60])
        if not low <= value <= high:
            message = gettext_noop("Give a number from %(low)s to %(high)s.")
            raise Refused(message, "range", low=low, high=high)
        return value

    return parse


_YES, _NO = {"true", "1", "yes"}, {"false", "0", "no"}


def flag(raw: Any) -> bool:
    """True or false."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise Refused(gettext_noop("“%(value)s” is neither true nor false."), "flag", value=str(raw)[:60])


def duplicates(external_ids: Sequence[str]) -> set[int]:
    """Positions of records whose external id comes again later in the batch: the last one counts."""
    last: dict[str, int] = {external_id: at for at, external_id in enumerate(external_ids)}
    return {at for at, external_id in enumerate(external_ids) if last[external_id] != at}
