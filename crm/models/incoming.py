"""Webhooks that come in: who may push records here, what was pushed, and what became of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_public_id() -> str:
    """The part of an endpoint's address that nobody guesses; also what its secret is made from."""
    return uuid.uuid4().hex


def new_message_id() -> str:
    """What the sender is told as the id of its message."""
    return f"in_{uuid.uuid4().hex}"


class IncomingAuth(models.TextChoices):
    """How a sender proves that it knows the secret, the safest first."""

    STANDARD = "standard", _("Standard Webhooks signature")
    HMAC = "hmac", _("HMAC signature in a header")
    TOKEN = "token", _("secret in a header")
    ADDRESS = "address", _("secret in the address")


class IncomingEndpoint(models.Model):
    """An address to which another system pushes records of one kind as JSON.

    Without a mapping messages wait. The secret itself is not stored (``crm.services.incoming.secrets``).
    """

    name = models.CharField(_("name"), max_length=100)
    public_id = models.CharField(max_length=32, unique=True, default=new_public_id)
    source = models.CharField(_("source"), max_length=40)
    resource = models.CharField(_("records"), max_length=20)
    records_path = models.CharField(_("records stand at"), max_length=200, blank=True)
    mapping = models.JSONField(default=dict)
    auth = models.CharField(
        _("proof"), max_length=10, choices=IncomingAuth.choices, default=IncomingAuth.STANDARD
    )
    header = models.CharField(_("header"), max_length=100, blank=True)
    algorithm = models.CharField(_("algorithm"), max_length=10, default="sha256")
    time_header = models.CharField(_("header of the time"), max_length=100, blank=True)
    seed = models.CharField(max_length=32, default=new_public_id)
    former_seed = models.CharField(max_length=32, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(_("on"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class MessageState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")


class IncomingMessage(models.Model):
    """A body as it arrived; the row is the truth, a Celery message only wakes a worker.

    ``sender_key`` is by what a repetition is known ("" where nothing tells one). ``problem`` (a template,
    with its parameters) says why the message as a whole could not be read.
    """

    endpoint = models.ForeignKey(IncomingEndpoint, models.CASCADE, related_name="messages", db_index=False)
    uid = models.CharField(max_length=40, unique=True, default=new_message_id)
    sender_key = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    body = models.TextField()
    state = models.CharField(
        _("state"), max_length=8, choices=MessageState.choices, default=MessageState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    applied_at = models.DateTimeField(_("applied"), null=True)
    counts = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    problem_params = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "sender_key"],
                condition=~Q(sender_key=""),
                name="incomingmessage_once",
            )
        ]
        indexes = [
            models.Index(fields=["endpoint", "id"], name="incomingmessage_log"),
            models.Index(
                fields=["endpoint", "id"], condition=Q(state="waiting"), name="incomingmessage_waiting"
            ),
        ]

    def __str__(self) -> str:
        return self.uid


class IncomingRecord(models.Model):
    """What became of one record of a message."""

    message = models.ForeignKey(IncomingMessage, models.CASCADE, related_name="records")
    position = models.PositiveIntegerField()
    external_id = models.CharField(max_length=120)
    status = models.CharField(max_length=10)
    errors = models.JSONField(default=list)

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["external_id", "message"], name="incomingrecord_key")]

    def __str__(self) -> str:
        return f"{self.message_id}:{self.position}"
