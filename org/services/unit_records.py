"""Units from other systems, many at a time, each by its (source, external id)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import gettext_noop
from common.records import Field, RecordResult, day, text, whole
from org.models import Unit, User
from org.selectors import unit_root
from org.services.audit import audit_record
from org.services.records import LOCAL, Records, batch_check, batch_read, refuse, units_known
from org.services.structure import closure_rebuild

ROOT_ID = "company"
UNIT_FIELDS = {
    "name": Field(text(200), is_required=True),
    "kind": Field(text(40), default=""),
    "parent": Field(text(120)),
    "position": Field(whole(0, 1_000_000), default=0),
    "closed_on": Field(day),
}
_COLUMNS = ("name", "kind", "position", "closed_on", "parent_id")

# A stored unit is known by its key, a new one by its external id until it has a key.
Node = int | str


@dataclass
class _UnitWrite:
    """A unit to be saved: what is asked for, and below which node it goes."""

    unit: Unit
    values: dict[str, Any]
    result: RecordResult
    parent: Node | None

    @property
    def node(self) -> Node:
        return self.unit.pk or self.unit.external_id


@transaction.atomic
def units_upsert(
    *, source: str, records: Records, actor: User | None, partial: bool = False
) -> list[RecordResult]:
    """Create or replace units; parents may come in the same batch, in any order.

    A unit without a parent hangs under the top unit; the external id "company" is the top unit itself.
    Parents are looked for in the same source, then among the units made here by hand. Refused records
    (unknown parent, circle) change nothing, the others stand. ``partial`` changes only the fields given.
    """
    batch_check(source, records)
    root = _root_of(source, records)
    known = units_known(source) | {ROOT_ID: root}
    read = batch_read(UNIT_FIELDS, records, partial=partial)
    own = {unit.external_id for unit in known.values() if unit.source == source} | {ROOT_ID}
    fresh = {result.external_id for result, _values in read if not result.errors} - own
    writes: list[_UnitWrite] = []
    for result, values in read:
        if result.errors:
            continue
        if result.external_id in own:
            unit = known[result.external_id]
        else:
            unit = Unit(source=source, external_id=result.external_id)
        if unit.pk is None and partial:
            refuse(result, "external_id", gettext_noop("There is no such record."), "unknown")
            continue
        parent = _parent_of(unit, values, known, fresh, root, result)
        writes.append(_UnitWrite(unit, values, result, parent))
    _refuse_circles(writes)
    changed = _write([write for write in writes if not write.result.errors], root)
    if changed:
        audit_record(
            actor=actor,
            action="org.units.upsert",
            subject=changed[0].unit if len(changed) == 1 else root,
            after={"source": source, "count": len(changed), "first": [_told(w) for w in changed[:20]]},
        )
    return [result for result, _values in read]


def _root_of(source: str, records: Records) -> Unit:
    """The top unit; the first source that sends it by its external id becomes its source."""
    root = unit_root()
    is_sent = any(record.get("external_id") == ROOT_ID for record in records)
    if is_sent and root.source == LOCAL and source != LOCAL:
        root.source = source
        root.save(update_fields=["source"])
    return root


def _parent_of(
    unit: Unit,
    values: dict[str, Any],
    known: dict[str, Unit],
    fresh: set[str],
    root: Unit,
    result: RecordResult,
) -> Node | None:
    """The node a record puts its unit under; notes a parent that nobody knows."""
    wanted = values.get("parent")
    if unit.pk == root.pk:
        if wanted is not None:
            refuse(result, "parent", gettext_noop("The top unit stays at the top."), "circle")
        return None
    if wanted is None:
        return unit.parent_id if unit.pk and "parent" not in values else root.pk
    if wanted in fresh:
        return str(wanted)
    if wanted in known:
        return known[wanted].pk
    message = gettext_noop("There is no unit “%(unit)s” in this source.")
    refuse(result, "parent", message, "unknown", unit=wanted)
    return None


def _refuse_circles(writes: list[_UnitWrite]) -> None:
    """Refuse records that would close a circle or hang below a refused new unit; until none is left.

    Again and again, because a refused unit stays where it is stored, which may close another circle.
    """
    stored: dict[Node, Node | None] = dict(Unit.objects.values_list("pk", "parent_id"))
    while True:
        good = {write.node: write for write in writes if not write.result.errors}
        above = stored | {node: write.parent for node, write in good.items()}
        circling = [write for node, write in good.items() if _comes_back(node, above)]
        orphaned = [w for w in good.values() if w.parent is not None and w.parent not in above]
        for write in circling:
            refuse(write.result, "parent", gettext_noop("The units form a circle."), "circle")
        for write in orphaned:
            refuse(write.result, "parent", gettext_noop("The parent unit was refused."), "refused")
        if not circling and not orphaned:
            return


def _comes_back(start: Node, above: dict[Node, Node | None]) -> bool:
    """Whether going up from a node leads to itself."""
    seen: set[Node] = set()
    at = above.get(start)
    while at is not None and at not in seen:
        if at == start:
            return True
        seen.add(at)
        at = above.get(at)
    return False


def _write(writes: list[_UnitWrite], root: Unit) -> list[_UnitWrite]:
    """Save the units and say what became of each; returns those that changed anything."""
    fresh = [write for write in writes if write.unit.pk is None]
    for write in fresh:
        write.unit.parent = root
        write.unit.name = write.values["name"]
        write.result.status = "created"
    Unit.objects.bulk_create([write.unit for write in fresh], batch_size=2000)
    keys = {write.unit.external_id: write.unit.pk for write in fresh}
    changed = []
    has_moved = bool(fresh)
    for write in writes:
        unit, before = write.unit, {name: getattr(write.unit, name) for name in _COLUMNS}
        after = {name: write.values.get(name, before[name]) for name in _COLUMNS[:-1]}
        after["parent_id"] = keys[write.parent] if isinstance(write.parent, str) else write.parent
        write.result.id = unit.pk
        has_moved |= before["parent_id"] != after["parent_id"]
        for name, value in after.items():
            setattr(unit, name, value)
        unit.updated_at = timezone.now()
        if write.result.status == "created" or before != after:
            changed.append(write)
            write.result.status = "created" if unit.pk in keys.values() else "updated"
        else:
            write.result.status = "unchanged"
    Unit.objects.bulk_update(
        [write.unit for write in changed], [*_COLUMNS[:-1], "parent", "updated_at"], batch_size=500
    )
    if has_moved:
        closure_rebuild()
    return changed


def _told(write: _UnitWrite) -> dict[str, str]:
    return {"external_id": write.unit.external_id, "name": write.unit.name, "status": write.result.status}
