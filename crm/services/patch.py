"""Change some fields of a record and leave the others as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from common.errors import NotFound, gettext_noop
from common.records import RecordResult
from crm.calc.fields import FIELDS
from crm.selectors import record_get, record_shape
from crm.services.changes import RESOURCES
from crm.services.merged import survivor_key
from crm.services.references import own_key
from crm.services.upsert import records_upsert
from org.models import User
from org.scope import Scope


@transaction.atomic
def record_patch(
    *,
    resource: str,
    source: str,
    external_id: str,
    changes: Mapping[str, Any],
    scope: Scope,
    actor: User | None = None,
) -> RecordResult:
    """Put ``changes`` over the stored record and upsert it, as a whole; a deleted one isn't there.

    Null and "" set a field to its default. What was merged into another changes that one.
    Raises NotFound when no such record is in scope.
    """
    rows = RESOURCES[resource].model._default_manager.filter(source=source, external_id=external_id)
    rows.select_for_update(of=("self",), no_key=True).first()
    row = record_get(resource, source=source, external_id=external_id, scope=scope)
    if row is None:
        into = survivor_key(RESOURCES[resource], source, external_id)
        if into is None:
            raise NotFound(gettext_noop("There is no such record."))
        key = {"source": into[0], "external_id": into[1]}
        return record_patch(resource=resource, changes=changes, scope=scope, actor=actor, **key)
    shape = record_shape(row)
    kept = {name: shape[name] for name in FIELDS[resource] if name != "recorded_at"}
    kept |= _links_of_other_sources(row)
    if "owner_from" in kept and "owner" in changes:
        # Named on purpose, not repeated; and nobody's record is its first owner's from the beginning.
        kept["owner_from"] = None if row.owner.is_placeholder else scope.on.isoformat()
    if resource == "opportunities":
        forget_what_follows(kept, changes)
    record = {**kept, **changes, "external_id": external_id}
    [result] = records_upsert(
        resource=resource, source=source, records=[record], actor=actor, scope=scope, with_deleted=True
    )
    return result


def forget_what_follows(kept: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Leave out what is derived from what changes: the line of a single product follows the deal's amount."""
    if kept["product"] is not None:
        kept["lines"] = None
    if "lines" in changes:
        kept["product"] = kept["product_line"] = None
    if "product" in changes:
        kept["lines"] = kept["product_line"] = None


def _links_of_other_sources(row: Any) -> dict[str, str]:
    """What our own pages linked to a record of another source, where its external id means nothing."""
    linked = {name: getattr(row, name, None) for name in ("account", "opportunity", "lead")}
    return {
        name: own_key(link.pk)
        for name, link in linked.items()
        if link is not None and link.source != row.source
    }
