"""REST: say that accounts are one, for whoever knows it from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import FieldError, Invalid, NotAllowed, NotFound, gettext_noop
from crm.api_docs import AccountShape, KeyShape
from crm.http import wake_refresh
from crm.policies import may_integrate
from crm.selectors import record_get, record_shape
from crm.services import Asked, records_merge
from crm.services.merging import MOST
from org.http import IdempotentPost, ScopedApiView, api_doc, body_read


class MergeShape(s.Serializer[Any]):
    """Which accounts are one: `from` go into `into`."""

    into = KeyShape()

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {
            "from": s.ListField(child=KeyShape(), min_length=1, max_length=MOST - 1)
        }


class MovedShape(s.Serializer[Any]):
    """How many records hang on another account now."""

    deals = s.IntegerField(required=False)
    leads = s.IntegerField(required=False)
    activities = s.IntegerField(required=False)
    payments = s.IntegerField(required=False)
    notes = s.IntegerField(required=False)
    subsidiaries = s.IntegerField(required=False)
    merged = s.IntegerField(required=False)


class MergeAnswerShape(s.Serializer[Any]):
    """What became of it."""

    id = s.IntegerField()
    into = AccountShape()
    moved = MovedShape()


_KEYS = {
    "into": {"source": "crm", "external_id": "42"},
    "from": [{"source": "erp", "external_id": "C-1007"}],
}


class AccountMergeApi(IdempotentPost, ScopedApiView):
    """Merge accounts; the survivor keeps what it says and takes from the others what it lacks."""

    scope_room = "crm"

    @api_doc(
        "Merge accounts",
        request=MergeShape,
        responses={200: MergeAnswerShape},
        problems=[400, 404, 409, 422],
        examples=[OpenApiExample("Two accounts are one", _KEYS, request_only=True)],
        description=(
            "Deals, leads, activities, payments, notes and subsidiaries move to `into`; the others are "
            "deleted and their keys lead to it from then on. People can undo it on its page for 30 days."
        ),
        operation_id="crm_account_merge",
    )
    def post(self, request: Request) -> Response:
        if not may_integrate(self.row_scope):
            raise NotAllowed(gettext_noop("Only administrators and their tokens write CRM records."))
        body = body_read(request.data)
        into, others = _keys(body)

        def work() -> Response:
            asked = Asked(self._id(into), tuple(self._id(key) for key in others), {})
            actor: Any = self.actor
            made = records_merge(resource="accounts", asked=asked, actor=actor, scope=self.row_scope)
            wake_refresh()
            survivor = record_get(
                "accounts", source=into["source"], external_id=into["external_id"], scope=self.row_scope
            )
            moved = {name: sum(map(len, ids.values())) for name, ids in made.moved.items()}
            shape = record_shape(survivor) if survivor is not None else None
            return Response({"id": made.pk, "into": shape, "moved": moved})

        return self.run_once(request, work)

    def _id(self, key: Mapping[str, str]) -> int:
        row = record_get(
            "accounts", source=key["source"], external_id=key["external_id"], scope=self.row_scope
        )
        if row is None:
            message = gettext_noop("There is no account %(source)s/%(external_id)s, or it is merged already.")
            raise NotFound(message, params=key)
        pk: int = row.pk
        return pk


def _keys(body: Mapping[str, Any]) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The keys of a request; raises Invalid naming each part that can't be used."""
    errors: list[FieldError] = []
    into = _key(body.get("into"), "into", errors)
    listed = body.get("from")
    if not isinstance(listed, list) or not 1 <= len(listed) < MOST:
        message = gettext_noop("List 1 to %(max)s accounts.")
        errors.append(FieldError("from", message, "type", {"max": MOST - 1}))
        listed = []
    others = [_key(each, f"from[{at}]", errors) for at, each in enumerate(listed)]
    unknown = [name for name in body if name not in ("into", "from")]
    message = gettext_noop("There is no such field.")
    errors += [FieldError(str(name)[:60], message, "unknown") for name in unknown]
    if errors:
        raise Invalid(gettext_noop("These accounts can't be merged."), errors=errors)
    return into, others


def _key(value: Any, name: str, errors: list[FieldError]) -> dict[str, str]:
    names = ("source", "external_id")
    if isinstance(value, dict) and all(_is_text(value.get(each)) for each in names):
        return {each: value[each].strip() for each in names}
    message = gettext_noop("Give an object with a source and an external id.")
    errors.append(FieldError(name, message, "type"))
    return {"source": "", "external_id": ""}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 120 and "\x00" not in value
