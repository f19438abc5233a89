"""The door for systems that push: who proves to know an endpoint's secret has its message stored, no more."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotFound, gettext_noop
from crm.http import wake_incoming
from crm.selectors.incoming import incoming_at
from crm.services.incoming import MOST_BYTES, Full, Sent, Unproven, message_receive
from org.http import TokenThrottle, api_doc, shape_of

TakenShape = shape_of(
    "IncomingTaken", {"id": serializers.CharField(help_text="What the log calls this message.")}
)

_RECORD = {"type": "object", "additionalProperties": True}
_BODY = {"anyOf": [_RECORD, {"type": "array", "items": _RECORD}]}


def _told(operation: str, summary: str) -> Any:
    """What the document says of both doors."""
    return api_doc(
        summary,
        request={"application/json": _BODY},
        responses={202: TakenShape},
        problems=[404],
        operation_id=operation,
        auth=[],
    )


class AnyJsonParser(JSONParser):
    """``application/json`` under its vendors' names too; the body itself is read as bytes."""

    media_type = "application/*"


class IncomingThrottle(TokenThrottle):
    """So many messages a minute from one address to one endpoint, before anything else is looked at."""

    scope = "incoming"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        asked = str(view.kwargs["public_id"])
        name = asked if asked.isascii() and asked.isalnum() else "-"  # a cache has rules for its keys
        return f"incoming-rate-{name[:32]}-{self.get_ident(request)}"


class IncomingApi(APIView):
    """Messages to one endpoint, from a system that nobody signs in for: each proves itself."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (IncomingThrottle,)
    parser_classes: tuple[type[BaseParser], ...] = (AnyJsonParser,)

    @_told("hooks_in", "Push records of another system, with a proof in the headers")
    def post(self, request: Request, public_id: str) -> Response:
        return self.take(request, public_id, "")

    def take(self, request: Request, public_id: str, token: str) -> Response:
        """Store the message of a proven sender, and wake whoever applies it."""
        endpoint = incoming_at(public_id)
        if endpoint is None:
            raise NotFound(gettext_noop("There is no such address, or it is turned off."))
        _demand_json(request)
        sent = Sent(request.headers, request.body, token, timezone.now())
        try:
            message = message_receive(endpoint=endpoint, sent=sent)
        except Unproven:
            raise exceptions.AuthenticationFailed(
                gettext("The proof is missing, wrong or too old.")
            ) from None
        except Full:
            raise exceptions.Throttled(wait=60) from None
        wake_incoming()
        return Response({"id": message.uid}, 202)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Signature realm="SalesGoals"'


class IncomingTokenApi(IncomingApi):
    """The same for systems that can only call an address: the secret is its last part."""

    @_told("hooks_in_address", "Push records of another system, with the secret in the address")
    def post(self, request: Request, public_id: str, token: str) -> Response:
        return self.take(request, public_id, token)


class _TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self) -> None:
        super().__init__(gettext("Send at most %(most)s MB at a time.") % {"most": MOST_BYTES // 1_000_000})


def _demand_json(request: Request) -> None:
    """Raise 415 for other things than JSON and 413 for too much, before the body is read."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise exceptions.UnsupportedMediaType(kind or "-")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise _TooLarge
