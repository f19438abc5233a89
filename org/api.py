"""REST for units and people: by external id one at a time, in bulk, and as filtered lists."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import FieldError, Invalid, NotAllowed, NotFound
from common.records import RecordResult
from org.api_shapes import (
    LIST_QUERY,
    PERSON_BULK_EXAMPLE,
    PERSON_EXAMPLE,
    UNIT_BULK_EXAMPLE,
    UNIT_EXAMPLE,
    PersonBulkShape,
    PersonInShape,
    PersonPageShape,
    PersonShape,
    UnitBulkShape,
    UnitInShape,
    UnitPageShape,
    UnitShape,
    person_json,
    unit_json,
)
from org.forms import RecordFilter
from org.http import (
    BulkAnswerShape,
    IdempotentPost,
    ScopedApiView,
    api_doc,
    body_read,
    bulk_read,
    changed_since,
    if_match,
    result_json,
)
from org.models import Person, Unit
from org.policies import may_administer
from org.selectors import people_list, units_with_parents
from org.services import people_upsert, person_leave, unit_close, units_upsert

Row = TypeVar("Row", Unit, Person)
_SERVER_FIELDS = ("id", "source", "updated_at")


class _RecordsApi(IdempotentPost, ScopedApiView, Generic[Row]):
    """What units and people have in common: who may write, how a row is found, listed and saved."""

    scope_room = "org"

    def rows(self) -> QuerySet[Row]:
        raise NotImplementedError

    def row_json(self, row: Row) -> dict[str, Any]:
        raise NotImplementedError

    def upsert(self, source: str, records: list[Any], *, partial: bool = False) -> list[RecordResult]:
        raise NotImplementedError

    def demand_admin(self) -> None:
        """Only administrators change who is where, by hand or by a token of theirs."""
        if not may_administer(self.row_scope):
            raise NotAllowed(_("Only administrators change units and people."))

    def found(self, source: str, external_id: str) -> Row:
        """The visible row of that name."""
        row = self.rows().filter(source=source, external_id=external_id).first()
        if row is None:
            raise NotFound(_("There is no such record, or it is not yours to see."))
        return row

    def listed(self) -> Response:
        """A page of the visible rows that match the filters."""
        chosen = RecordFilter(self.request.query_params)
        if not chosen.is_valid():
            errors = [FieldError(name, texts[0]) for name, texts in chosen.errors.items()]
            raise Invalid(_("Some filters are not valid."), errors=errors)
        rows = changed_since(self.rows(), self.request.query_params.get("updated_since"))
        if chosen.cleaned_data["source"]:
            rows = rows.filter(source=chosen.cleaned_data["source"])
        return self.paged(rows.order_by("pk"), self.row_json)

    def saved(self, source: str, external_id: str, *, partial: bool = False) -> Response:
        """Save one record and show it: 201 when it is new."""
        self.demand_admin()
        body = {name: v for name, v in body_read(self.request.data).items() if name not in _SERVER_FIELDS}
        record = {**body, "external_id": external_id}
        stored = self.rows().filter(source=source, external_id=external_id)
        with if_match(self.request, stored.all().first, self.row_json):
            [result] = self.upsert(source, [record], partial=partial)
            if result.errors:
                raise Invalid(_("The record is refused."), errors=result.errors)
        row = self.rows().get(pk=result.id or 0)
        return Response(self.row_json(row), 201 if result.status == "created" else 200)

    def saved_all(self) -> Response:
        """Save a batch, once for each Idempotency-Key."""
        self.demand_admin()

        def work() -> Response:
            source, records = bulk_read(self.request.data)
            return Response({"results": [result_json(each) for each in self.upsert(source, records)]})

        return self.run_once(self.request, work)


class _UnitsApi(_RecordsApi[Unit]):
    def rows(self) -> QuerySet[Unit]:
        return units_with_parents(scope=self.row_scope)

    def row_json(self, row: Unit) -> dict[str, Any]:
        return unit_json(row)

    def upsert(self, source: str, records: list[Any], *, partial: bool = False) -> list[RecordResult]:
        return units_upsert(source=source, records=records, actor=self.actor, partial=partial)


class UnitListApi(_UnitsApi):
    """The visible units."""

    @api_doc(
        "List units",
        operation_id="org_units_list",
        responses={200: UnitPageShape},
        problems=[400],
        query=LIST_QUERY,
    )
    def get(self, request: Request) -> Response:
        return self.listed()


class UnitDetailApi(_UnitsApi):
    """One unit by (source, external id)."""

    @api_doc("Read a unit", responses={200: UnitShape}, problems=[404])
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return Response(self.row_json(self.found(source, external_id)))

    @api_doc(
        "Create or replace a unit",
        request=UnitInShape,
        responses={200: UnitShape, 201: UnitShape},
        problems=[404],
        examples=[UNIT_EXAMPLE],
    )
    def put(self, request: Request, source: str, external_id: str) -> Response:
        return self.saved(source, external_id)

    @api_doc("Change a unit", request=UnitInShape, responses={200: UnitShape}, problems=[400, 404])
    def patch(self, request: Request, source: str, external_id: str) -> Response:
        self.found(source, external_id)
        return self.saved(source, external_id, partial=True)

    @api_doc("Close a unit from today on", responses={204: None}, problems=[404, 409])
    def delete(self, request: Request, source: str, external_id: str) -> Response:
        unit = self.found(source, external_id)
        self.demand_admin()
        unit_close(unit=unit, on=self.row_scope.on, actor=self.actor)
        return Response(status=204)


class UnitBulkApi(_UnitsApi):
    """Up to 10,000 units at once."""

    @api_doc(
        "Create or replace units",
        request=UnitBulkShape,
        responses={200: BulkAnswerShape},
        problems=[400, 409, 422],
        examples=[UNIT_BULK_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        return self.saved_all()


class _PeopleApi(_RecordsApi[Person]):
    def rows(self) -> QuerySet[Person]:
        return people_list(scope=self.row_scope)

    def row_json(self, row: Person) -> dict[str, Any]:
        return person_json(row)

    def upsert(self, source: str, records: list[Any], *, partial: bool = False) -> list[RecordResult]:
        return people_upsert(source=source, records=records, actor=self.actor, partial=partial)


class PersonListApi(_PeopleApi):
    """The visible people."""

    @api_doc(
        "List people",
        operation_id="org_people_list",
        responses={200: PersonPageShape},
        problems=[400],
        query=LIST_QUERY,
    )
    def get(self, request: Request) -> Response:
        return self.listed()


class PersonDetailApi(_PeopleApi):
    """One person by (source, external id)."""

    @api_doc("Read a person", responses={200: PersonShape}, problems=[404])
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return Response(self.row_json(self.found(source, external_id)))

    @api_doc(
        "Create or replace a person",
        request=PersonInShape,
        responses={200: PersonShape, 201: PersonShape},
        problems=[404],
        description="“assignments” replaces all of them; “unit” alone moves the person from “starts_on” on.",
        examples=[PERSON_EXAMPLE],
    )
    def put(self, request: Request, source: str, external_id: str) -> Response:
        return self.saved(source, external_id)

    @api_doc("Change a person", request=PersonInShape, responses={200: PersonShape}, problems=[400, 404])
    def patch(self, request: Request, source: str, external_id: str) -> Response:
        self.found(source, external_id)
        return self.saved(source, external_id, partial=True)

    @api_doc("Let a person leave today", responses={204: None}, problems=[404])
    def delete(self, request: Request, source: str, external_id: str) -> Response:
        person = self.found(source, external_id)
        self.demand_admin()
        if person.left_on is None or person.left_on > self.row_scope.on:
            person_leave(person=person, on=self.row_scope.on, actor=self.actor)
        return Response(status=204)


class PersonBulkApi(_PeopleApi):
    """Up to 10,000 people at once."""

    @api_doc(
        "Create or replace people",
        request=PersonBulkShape,
        responses={200: BulkAnswerShape},
        problems=[400, 409, 422],
        examples=[PERSON_BULK_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        return self.saved_all()
