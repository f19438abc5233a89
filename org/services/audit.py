"""The audit log: one entry for each deed that changes rights, structure, targets or pay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.db.models import Model

from org.models import AuditEntry, User


def audit_record(
    *,
    actor: User | None,
    action: str,
    subject: Model,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Record a deed inside the caller's transaction; ``actor`` None is the system itself.

    ``action`` reads ``<room>.<entity>.<deed>``; before and after hold JSON values of what changed.
    """
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return AuditEntry.objects.create(
        actor=actor if actor is not None and actor.pk else None,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk or ""),
        subject_name=str(subject)[:200],
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        reason=reason,
        request_id=str(request_id)[:64],
    )
