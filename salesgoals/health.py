"""Probes: `/healthz` says the process answers, `/readyz` says it can do its work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection

from crm.models import ChangedDay

_log = structlog.get_logger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process does; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, broker and outbox are well, else 503; the body says which is not."""
    checks = {
        name: _run(name, check)
        for name, check in (("database", _database), ("broker", _broker), ("outbox", _outbox))
    }
    ready = all(check["ok"] for check in checks.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": checks}, status=200 if ready else 503
    )


def _run(name: str, check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        result = {"ok": True, **check()}
    except Exception as error:  # any failure of a dependency is the answer, not an accident of ours
        _log.warning("not ready", check=name, error=str(error))
        result = {"ok": False, "error": type(error).__name__}  # the text may hold addresses: logs only
    return {**result, "milliseconds": round((time.perf_counter() - started) * 1000, 1)}


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"vendor": connection.vendor}


def _broker() -> dict[str, Any]:
    options = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    with Connection(  # type: ignore[no-untyped-call]
        settings.CELERY_BROKER_URL, transport_options=options, connect_timeout=2
    ) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
        broker.default_channel.queue_declare(settings.CELERY_TASK_DEFAULT_QUEUE, passive=False)
    return {"transport": "redis" if settings.REDIS_URL else "filesystem"}


def _outbox() -> dict[str, Any]:
    oldest = ChangedDay.objects.order_by("created_at").values_list("created_at", flat=True).first()
    age = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    limit = settings.READY_OUTBOX_SECONDS
    return {"ok": age <= limit, "oldest_seconds": round(age, 1), "limit_seconds": limit}
