"""Who may open the doors of incoming webhooks: administrators; the push itself, whoever proves itself."""

from __future__ import annotations

from typing import Any

from crm.models import IncomingMessage, IncomingRecord
from crm.services.incoming import secret_of
from crm.tests.factories import make_incoming
from crm.tests.incoming import deal
from tests.cast import Cast
from tests.matrix import Row

ADMIN = (403, 403, 403, 403, 403)
ENDPOINT = {"name": "Old CRM", "source": "old", "resource": "opportunities", "auth": "standard"}
FIELDS = {"save": "yes", "path_external_id": "id", "path_stage": "stage.name"}


def _endpoint(_cast: Cast) -> dict[str, Any]:
    return {"pk": make_incoming().pk}


def _message(_cast: Cast, state: str = "refused") -> dict[str, Any]:
    message = IncomingMessage.objects.create(endpoint=make_incoming(), body='{"id": 7}', state=state)
    IncomingRecord.objects.create(message=message, position=0, external_id="7", status="error")
    return {"pk": message.pk}


def _address(_cast: Cast) -> dict[str, Any]:
    endpoint = make_incoming(auth="address")
    return {"public_id": endpoint.public_id, "token": secret_of(endpoint)}


def _public(_cast: Cast) -> dict[str, Any]:
    return {"public_id": make_incoming().public_id}


TAKEN, UNPROVEN = (202,) * 6, (401,) * 6
INCOMING_ROUTES: dict[str, Row | list[Row]] = {
    "crm:incoming_list": Row(*ADMIN, 200),
    "crm:incoming_create": [Row(*ADMIN, 200), Row(*ADMIN, 302, method="POST", data=ENDPOINT)],
    "crm:incoming_detail": Row(*ADMIN, 200, args=_endpoint),
    "crm:incoming_edit": [
        Row(*ADMIN, 200, args=_endpoint),
        Row(*ADMIN, 302, method="POST", args=_endpoint, data=ENDPOINT),
    ],
    "crm:incoming_fields": [
        Row(*ADMIN, 200, args=_endpoint),
        Row(*ADMIN, 302, method="POST", args=_endpoint, data=FIELDS),
    ],
    "crm:incoming_try": Row(*ADMIN, 200, method="POST", args=_endpoint, data=FIELDS),
    "crm:incoming_switch": Row(*ADMIN, 302, method="POST", args=_endpoint),
    "crm:incoming_secret": Row(*ADMIN, 302, method="POST", args=_endpoint),
    "crm:incoming_delete": Row(*ADMIN, 302, method="POST", args=_endpoint),
    "crm:incoming_retry_all": Row(*ADMIN, 302, method="POST", args=_endpoint),
    "crm:incoming_message": [
        Row(*ADMIN, 200, args=_message),
        Row(*ADMIN, 404, args=lambda cast: {"pk": 999_999}),
    ],
    "crm:incoming_retry": Row(*ADMIN, 302, method="POST", args=_message),
    # Nobody's sign-in counts here, only the proof.
    "hooks_api:in": Row(*UNPROVEN, method="POST", args=_public, data=deal(), is_public=True),
    "hooks_api:in_token": Row(*TAKEN, method="POST", args=_address, data=deal(), is_public=True),
}
