"""Endpoints: made, tested, turned on and off, given a new secret, deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict, Invalid
from org.models import DeliveryState, HookDelivery, HookEndpoint, HookEvent, HookProblem, User
from org.models.hooks import TEST_KIND, new_seed
from org.services.audit import audit_record
from org.services.hooks.deliveries import LEASE, delivery_try
from org.services.hooks.events import kind_names
from org.services.hooks.sending import Refused, target_of

MOST_ENDPOINTS = 20
FORMER_SECRET = dt.timedelta(days=1)


@transaction.atomic
def endpoint_save(
    *, endpoint: HookEndpoint | None = None, name: str, url: str, kinds: Sequence[str], actor: User | None
) -> HookEndpoint:
    """Make or change an endpoint. One with another address is off until a test has reached it.

    Raises Invalid for a private or impossible address, no or unknown events, or one endpoint too many.
    """
    _check(endpoint, name, url, kinds)
    saved = endpoint or HookEndpoint()
    before = None if endpoint is None else _said(endpoint)
    if saved.url != url:
        saved.is_active, saved.tested_at, saved.failing_since, saved.stopped_at = False, None, None, None
    saved.name, saved.url, saved.kinds = name.strip(), url, sorted(set(kinds))
    saved.save()
    audit_record(actor=actor, action="org.hook.save", subject=saved, before=before, after=_said(saved))
    return saved


def endpoint_test(*, endpoint: HookEndpoint, actor: User | None) -> HookDelivery:
    """Send a test message now and return how it went; one that arrives allows turning the endpoint on."""
    now = timezone.now()
    with transaction.atomic():
        event = HookEvent.objects.create(kind=TEST_KIND, payload={"message": "It works."}, occurred_at=now)
        # Taken from the start: no sweep sends it as well.
        delivery = HookDelivery.objects.create(
            event=event, endpoint=endpoint, attempts=1, attempted_at=now, next_attempt_at=now + LEASE
        )
        audit_record(actor=actor, action="org.hook.test", subject=endpoint, after={"url": endpoint.url})
    if delivery_try(delivery).is_accepted:
        HookEndpoint.objects.filter(pk=endpoint.pk, url=endpoint.url).update(tested_at=timezone.now())
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def endpoint_switch(*, endpoint: HookEndpoint, is_active: bool, actor: User | None) -> None:
    """Turn an endpoint on or off; what waits for one that is off goes out once it is on again.

    Raises Conflict when no test has reached its address yet.
    """
    current = HookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    if is_active and current.tested_at is None:
        raise Conflict(_("Send a test first: it must arrive before the endpoint can be turned on."))
    if current.is_active == is_active:
        return
    current.is_active = is_active
    if is_active:
        current.failing_since = current.stopped_at = None
    current.save(update_fields=["is_active", "failing_since", "stopped_at"])
    audit_record(actor=actor, action="org.hook.switch", subject=current, after={"is_active": is_active})


@transaction.atomic
def endpoint_secret_renew(*, endpoint: HookEndpoint, actor: User | None) -> None:
    """Give an endpoint a new secret; for a day messages are signed with the former one as well."""
    current = HookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    current.former_seed, current.former_until = current.seed, timezone.now() + FORMER_SECRET
    current.seed = new_seed()
    current.save(update_fields=["seed", "former_seed", "former_until"])
    audit_record(actor=actor, action="org.hook.secret", subject=current)


@transaction.atomic
def endpoint_delete(*, endpoint: HookEndpoint, actor: User | None) -> None:
    """Delete an endpoint with its log; what waits for it is not sent."""
    waiting = endpoint.deliveries.filter(state=DeliveryState.WAITING).count()
    before = _said(endpoint) | {"waiting": waiting}
    audit_record(actor=actor, action="org.hook.delete", subject=endpoint, before=before)
    endpoint.delete()


def _check(endpoint: HookEndpoint | None, name: str, url: str, kinds: Sequence[str]) -> None:
    if not name.strip():
        raise Invalid(_("Give it a name."), field="name")
    if not kinds or set(kinds) - kind_names().keys():
        raise Invalid(_("Choose at least one event."), field="kinds")
    if endpoint is None and HookEndpoint.objects.count() >= MOST_ENDPOINTS:
        raise Invalid(_("There are %(most)s endpoints already."), params={"most": MOST_ENDPOINTS})
    try:
        target_of(url)
    except Refused as refused:
        # A name that is not known today may be known tomorrow; the test will tell.
        if refused.problem == HookProblem.ADDRESS:
            message = _("Give a public address that begins with https://; private ones are not called.")
            raise Invalid(message, field="url") from None


def _said(endpoint: HookEndpoint) -> dict[str, object]:
    return {"name": endpoint.name, "url": endpoint.url, "kinds": endpoint.kinds}
