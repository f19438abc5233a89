"""Records of units and people from other systems: read, matched, told about, in one shape for both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.errors import FieldError, Invalid, gettext_noop
from common.records import MAX_RECORDS, Field, RecordResult, duplicates, read_record
from org.models import Unit

Records = Sequence[Mapping[str, Any]]
LOCAL = "local"


def batch_check(source: str, records: Records) -> None:
    """Raise Invalid for an unusable source or too many records."""
    if not source or len(source) > 40 or "\x00" in source:
        raise Invalid(gettext_noop("Give a source of 1 to 40 characters."), field="source")
    if len(records) > MAX_RECORDS:
        message = gettext_noop("At most %(max)s records at a time, these are %(count)s.")
        params = {"max": MAX_RECORDS, "count": len(records)}
        raise Invalid(message, field="records", code="too_many", params=params)


def batch_read(
    fields: Mapping[str, Field], records: Records, *, partial: bool
) -> list[tuple[RecordResult, dict[str, Any]]]:
    """A result and the values read for each record; of an external id sent twice the last one counts."""
    keys = [str(record.get("external_id") or "").strip() for record in records]
    again = duplicates(keys)
    read = []
    for at, (key, record) in enumerate(zip(keys, records, strict=True)):
        result = RecordResult(key)
        values: dict[str, Any] = {}
        if not key or len(key) > 120 or "\x00" in key:
            message = gettext_noop("Give an external id of 1 to 120 characters.")
            refuse(result, "external_id", message, "required")
        elif at in again:
            message = gettext_noop(
                "This external id comes again later in the batch; only the last one counts."
            )
            refuse(result, "external_id", message, "duplicate")
        else:
            body = {name: value for name, value in record.items() if name != "external_id"}
            values, result.errors = read_record(fields, body, partial=partial)
        read.append((result, values))
    return read


def refuse(result: RecordResult, field: str, message: str, code: str = "invalid", **params: Any) -> None:
    """Note why a record is refused."""
    result.status = "error"
    result.errors.append(FieldError(field, message, code, params))


def units_known(source: str) -> dict[str, Unit]:
    """Units by external id: those of the source, then those made by hand here; the top unit is everybody's.

    Any unit also by our own key, ``pk:12``: a person of one source may be in a unit of another.
    """
    units = list(Unit.objects.filter(is_placeholder=False).order_by("pk"))
    shared = {unit.external_id: unit for unit in units if unit.source == LOCAL or unit.parent_id is None}
    own = {unit.external_id: unit for unit in units if unit.source == source}
    return {f"pk:{unit.pk}": unit for unit in units} | shared | own
