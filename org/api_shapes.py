"""Units and people as the API shows them, and what its document says of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from org.calc.credit import FOREVER
from org.http import bulk_shape, page_shape, shape_of
from org.models import Person, Unit

LIST_QUERY = {
    "source": "only records of this source",
    "updated_since": "only rows changed at or after this moment, such as 2026-05-01T00:00:00Z",
    "cursor": "from the address in “next”",
    "page_size": "rows a page, up to 1,000",
}
_UNIT_IN = {
    "name": serializers.CharField(max_length=200),
    "kind": serializers.CharField(max_length=40, required=False, help_text="company, region, team …"),
    "parent": serializers.CharField(
        allow_null=True, required=False, help_text="external id; null: below the top unit"
    ),
    "position": serializers.IntegerField(required=False, min_value=0),
    "closed_on": serializers.DateField(allow_null=True, required=False),
}
_FOUND = {
    "id": serializers.IntegerField(),
    "source": serializers.CharField(),
    "external_id": serializers.CharField(),
    "updated_at": serializers.DateTimeField(),
}
_EXTERNAL_ID = {"external_id": serializers.CharField(max_length=120)}
_PERSON_IN = {
    "name": serializers.CharField(max_length=200),
    "employee_number": serializers.CharField(
        max_length=40, required=False, help_text="the external id, if absent"
    ),
    "email": serializers.EmailField(required=False, allow_blank=True),
    "title": serializers.CharField(max_length=100, required=False, allow_blank=True),
    "hired_on": serializers.DateField(allow_null=True, required=False),
    "left_on": serializers.DateField(allow_null=True, required=False, help_text="first day away"),
}
_KIND = serializers.ChoiceField(choices=["member", "manager"], required=False)
AssignmentShape = shape_of(
    "Assignment",
    {
        "unit": serializers.CharField(help_text="external id of a unit"),
        "kind": _KIND,
        "share_bp": serializers.IntegerField(min_value=1, max_value=10_000, required=False),
        "starts_on": serializers.DateField(),
        "ends_on": serializers.DateField(allow_null=True, required=False, help_text="first day no longer"),
    },
)
_WHERE = {
    "unit": serializers.CharField(required=False, help_text="where the person is from starts_on on"),
    "kind": _KIND,
    "starts_on": serializers.DateField(allow_null=True, required=False),
    "assignments": AssignmentShape(many=True, required=False),
}
UnitInShape = shape_of("UnitRecord", _UNIT_IN)
UnitShape = shape_of("Unit", {**_FOUND, **_UNIT_IN})
UnitPageShape = page_shape(UnitShape)
UnitBulkShape = bulk_shape(shape_of("UnitWithId", {**_EXTERNAL_ID, **_UNIT_IN}))
PersonInShape = shape_of("PersonRecord", {**_PERSON_IN, **_WHERE})
PersonShape = shape_of("Person", {**_FOUND, **_PERSON_IN, "assignments": AssignmentShape(many=True)})
PersonPageShape = page_shape(PersonShape)
PersonBulkShape = bulk_shape(shape_of("PersonWithId", {**_EXTERNAL_ID, **_PERSON_IN, **_WHERE}))

_TEAM = {"name": "Shanghai", "kind": "team", "parent": "east"}
_SELLER = {
    "name": "Li Wei",
    "employee_number": "0042",
    "hired_on": "2024-03-01",
    "assignments": [
        {"unit": "hangzhou", "starts_on": "2024-03-01", "ends_on": "2026-07-01"},
        {"unit": "shanghai", "starts_on": "2026-07-01"},
    ],
}
UNIT_EXAMPLE = OpenApiExample("A team", _TEAM, request_only=True)
UNIT_BULK_EXAMPLE = OpenApiExample(
    "Teams", {"source": "hr", "records": [{"external_id": "shanghai", **_TEAM}]}, request_only=True
)
PERSON_EXAMPLE = OpenApiExample("A seller who moved", _SELLER, request_only=True)
PERSON_BULK_EXAMPLE = OpenApiExample(
    "Sellers",
    {
        "source": "hr",
        "records": [
            {"external_id": "0042", **_SELLER},
            {
                "external_id": "0043",
                "name": "Wang Fang",
                "hired_on": "2026-02-01",
                "unit": "shanghai",
                "kind": "manager",
            },
        ],
    },
    request_only=True,
)


def unit_json(unit: Unit) -> dict[str, Any]:
    """A unit as the API shows it."""
    return {
        "id": unit.pk,
        "source": unit.source,
        "external_id": unit.external_id,
        "name": unit.name,
        "kind": unit.kind,
        "parent": unit.parent.external_id if unit.parent else None,
        "position": unit.position,
        "closed_on": unit.closed_on.isoformat() if unit.closed_on else None,
        "updated_at": unit.updated_at.isoformat(),
    }


def person_json(person: Person) -> dict[str, Any]:
    """A person as the API shows it; an open end is null."""
    return {
        "id": person.pk,
        "source": person.source,
        "external_id": person.external_id,
        "name": person.name,
        "employee_number": person.employee_number,
        "email": person.email,
        "title": person.title,
        "hired_on": person.hired_on.isoformat() if person.hired_on else None,
        "left_on": person.left_on.isoformat() if person.left_on else None,
        "assignments": [
            {
                "unit": stay.unit.external_id,
                "kind": stay.kind,
                "share_bp": stay.share_bp,
                "starts_on": stay.starts_on.isoformat(),
                "ends_on": None if stay.ends_on == FOREVER else stay.ends_on.isoformat(),
            }
            for stay in person.assignments.all()
        ],
        "updated_at": person.updated_at.isoformat(),
    }
