"""REST for the six kinds of records: one by its key, lists, and up to ten thousand at once.

The views of a resource are made by ``doors``: they differ in nothing but its name and its description.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import FieldError, Invalid, NotAllowed, NotFound, gettext_noop
from common.records import RecordResult
from crm.api_docs import DOCS, Doc
from crm.forms import FILTERS
from crm.http import wake_refresh
from crm.policies import may_integrate
from crm.selectors import record_get, record_shape, records_list
from crm.services import record_delete, record_patch, records_upsert
from org.http import (
    BulkAnswerShape,
    IdempotentPost,
    ScopedApiView,
    api_doc,
    bulk_read,
    bulk_shape,
    field_error_json,
    if_match,
    page_shape,
)

V = TypeVar("V", bound="CrmApi")
PAGING = {"cursor": "Where the page starts, as “next” says.", "page_size": "Up to 1000, 100 if left out."}


class CrmApi(ScopedApiView):
    """What all views of records share."""

    scope_room = "crm"
    resource = ""

    def demand_writer(self) -> None:
        """Raise 403 unless this caller may write records."""
        if not may_integrate(self.row_scope):
            raise NotAllowed(gettext_noop("Only administrators and their tokens write CRM records."))


class RecordListApi(CrmApi):
    """The records in scope, filtered, page by page."""

    def get(self, request: Request) -> Response:
        form = FILTERS[self.resource](request.query_params)
        unknown = [name for name in request.query_params if name not in form.fields and name not in PAGING]
        if unknown or not form.is_valid():
            raise Invalid(gettext_noop("These filters can't be used."), errors=_filter_errors(form, unknown))
        rows = records_list(
            self.resource, scope=self.row_scope, include_deleted=form.cleaned_data["include_deleted"]
        )
        return self.paged(form.narrow(rows), record_shape)


class RecordBulkApi(IdempotentPost, CrmApi):
    """Create or replace many records; refused ones change nothing, the others stand."""

    def post(self, request: Request) -> Response:
        self.demand_writer()
        source, records = bulk_read(request.data)

        def work() -> Response:
            results = records_upsert(
                resource=self.resource,
                source=source,
                records=records,
                actor=self.actor,
                scope=self.row_scope,
            )
            wake_refresh()
            return Response({"results": [_result(result) for result in results]})

        return self.run_once(request, work)


class RecordDetailApi(CrmApi):
    """One record by its source and external id."""

    def get(self, request: Request, source: str, external_id: str) -> Response:
        with_deleted = request.query_params.get("include_deleted") == "1"
        row = self._found(source, external_id, include_deleted=with_deleted)
        if row is None:
            raise NotFound(gettext_noop("There is no such record, or it is not yours to see."))
        return Response(record_shape(row))

    def put(self, request: Request, source: str, external_id: str) -> Response:
        self.demand_writer()
        record = {**_body(request, external_id), "external_id": external_id}
        with if_match(request, lambda: self._found(source, external_id), record_shape):
            [result] = records_upsert(
                resource=self.resource,
                source=source,
                records=[record],
                actor=self.actor,
                scope=self.row_scope,
            )
            return self._answer(result)

    def patch(self, request: Request, source: str, external_id: str) -> Response:
        self.demand_writer()
        with if_match(request, lambda: self._found(source, external_id), record_shape):
            result = record_patch(
                resource=self.resource,
                source=source,
                external_id=external_id,
                changes=_body(request, external_id),
                scope=self.row_scope,
                actor=self.actor,
            )
            return self._answer(result)

    def delete(self, request: Request, source: str, external_id: str) -> HttpResponse:
        self.demand_writer()
        record_delete(
            resource=self.resource,
            source=source,
            external_id=external_id,
            actor=self.actor,
            scope=self.row_scope,
        )
        wake_refresh()
        return Response(status=204)

    def _found(self, source: str, external_id: str, *, include_deleted: bool = False) -> Any | None:
        return record_get(
            self.resource,
            source=source,
            external_id=external_id,
            scope=self.row_scope,
            include_deleted=include_deleted,
        )

    def _answer(self, result: RecordResult) -> Response:
        if result.errors:
            raise Invalid(gettext_noop("The record is refused."), errors=result.errors)
        if result.status != "unchanged":
            wake_refresh()
        # By its id: the key is stored without blanks around it.
        row = records_list(self.resource, scope=self.row_scope).filter(pk=result.id).first()
        if row is None:
            raise NotFound(gettext_noop("There is no such record, or it is not yours to see."))
        answer = Response(record_shape(row), 201 if result.status == "created" else 200)
        answer.rows_written = int(result.status != "unchanged")  # type: ignore[attr-defined]
        return answer


def doors(resource: str) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """The views of a resource with their description: list, bulk, detail."""
    doc = DOCS[resource]
    return (
        _described_list(resource, doc).as_view(resource=resource),
        _described_bulk(resource, doc).as_view(resource=resource),
        _described_detail(resource, doc).as_view(resource=resource),
    )


def _described_list(resource: str, doc: Doc) -> type[RecordListApi]:
    fields = FILTERS[resource].base_fields
    query = {name: str(field.help_text or field.label) for name, field in fields.items()} | PAGING
    get = api_doc(
        f"List {resource}",
        responses={200: page_shape(doc.shape)},
        problems=[400],
        query=query,
        operation_id=f"crm_{resource}_list",
    )
    return _described(RecordListApi, get=get)


def _described_bulk(resource: str, doc: Doc) -> type[RecordBulkApi]:
    post = api_doc(
        f"Create or replace up to 10,000 {resource}",
        request=bulk_shape(doc.shape),
        responses={200: BulkAnswerShape},
        problems=[400, 409, 413, 422],
        examples=[doc.bulk_example, doc.answer_example],
        operation_id=f"crm_{resource}_bulk",
    )
    return _described(RecordBulkApi, post=post)


def _described_detail(resource: str, doc: Doc) -> type[RecordDetailApi]:
    one = doc.singular
    return _described(
        RecordDetailApi,
        get=api_doc(
            f"Read one {one}",
            responses={200: doc.shape},
            problems=[404],
            query={"include_deleted": "1: also if it was deleted."},
            operation_id=f"crm_{one}_read",
        ),
        put=api_doc(
            f"Create or replace one {one}",
            request=doc.shape,
            responses={200: doc.shape, 201: doc.shape},
            problems=[404],
            examples=[doc.single_example],
            operation_id=f"crm_{one}_put",
        ),
        patch=api_doc(
            f"Change some fields of one {one}",
            request=doc.shape(partial=True),
            responses={200: doc.shape},
            problems=[400, 404],
            operation_id=f"crm_{one}_patch",
        ),
        delete=api_doc(
            f"Delete one {one} (softly: sending it again brings it back)",
            responses={204: None},
            problems=[404],
            operation_id=f"crm_{one}_delete",
        ),
    )


def _described(view: type[V], **methods: Any) -> type[V]:
    """A class of its own for one resource, so that its description is its own too."""
    return extend_schema_view(**methods)(type(view.__name__, (view,), {"__doc__": view.__doc__}))


def _body(request: Request, external_id: str) -> dict[str, Any]:
    """The record sent; the address says its external id."""
    data = request.data
    if not isinstance(data, dict):
        raise Invalid(gettext_noop("Send an object."), field="body", code="type")
    if str(data.get("external_id", external_id)) != external_id:
        message = gettext_noop("The address names another external id.")
        raise Invalid(message, field="external_id", code="mismatch")
    return {name: value for name, value in data.items() if name != "external_id"}


def _result(result: RecordResult) -> dict[str, Any]:
    status = "error" if result.errors else result.status
    errors = [field_error_json(error) for error in result.errors]
    return {"external_id": result.external_id, "status": status, "id": result.id, "errors": errors}


def _filter_errors(form: Any, unknown: list[str]) -> list[FieldError]:
    errors = [
        FieldError(name, str(message), "invalid")
        for name, messages in form.errors.items()
        for message in messages
    ]
    message = gettext_noop("There is no such filter.")
    return errors + [FieldError(name[:60], message, "unknown") for name in unknown]
