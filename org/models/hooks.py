"""Webhooks: who wants to be told of what, what there was to tell, and how the telling went."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TEST_KIND = "test"


def new_seed() -> str:
    """What the secret of an endpoint is made from, together with the installation's secret key."""
    return uuid.uuid4().hex


def new_uid() -> str:
    """The id of an event, the same in every try, so that a receiver knows it again."""
    return f"msg_{uuid.uuid4().hex}"


class HookEndpoint(models.Model):
    """An address of another system that wants to be told of events of these kinds.

    It can be turned on once a test has reached ``url``; ``failing_since`` is the first failure after which
    nothing has got through. The signing secret itself is not stored (``org.services.hooks.secrets``).
    """

    name = models.CharField(_("name"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    kinds = models.JSONField(_("events"), default=list)
    seed = models.CharField(max_length=32, default=new_seed)
    former_seed = models.CharField(max_length=32, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(_("on"), default=False)
    tested_at = models.DateTimeField(_("tested"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("turned off by itself"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class HookEvent(models.Model):
    """Something to tell, written in the transaction in which it happened; never changed."""

    uid = models.CharField(max_length=40, unique=True, default=new_uid)
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("delivered")
    FAILED = "failed", _("given up")


class HookProblem(models.TextChoices):
    """Why a try failed."""

    ADDRESS = "address", _("The address is private or cannot be called.")
    NAME = "name", _("The host name is not known.")
    CONNECTION = "connection", _("No connection.")
    TIMEOUT = "timeout", _("No answer in time.")
    CERTIFICATE = "certificate", _("The certificate is not valid.")
    REDIRECT = "redirect", _("It redirects elsewhere; redirects are not followed.")
    GONE = "gone", _("It said that the address is gone for good.")
    STATUS = "status", _("It answered with an error.")


class HookDelivery(models.Model):
    """An event on its way to an endpoint, and the outcome of the last try.

    Whoever takes it puts ``next_attempt_at`` ahead before calling, so that a worker that dies meanwhile
    leaves it to the next one.
    """

    event = models.ForeignKey(HookEvent, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(HookEndpoint, models.CASCADE, related_name="deliveries", db_index=False)
    state = models.CharField(
        _("state"), max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"), default=timezone.now)
    attempted_at = models.DateTimeField(_("last try"), null=True)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    problem = models.CharField(max_length=12, choices=HookProblem.choices, blank=True)
    excerpt = models.TextField(_("beginning of the answer"), blank=True)
    duration_ms = models.PositiveIntegerField(_("took"), null=True)
    replayed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = _("hook deliveries")
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="hookdelivery_once")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state="waiting"), name="hookdelivery_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"
