"""One message over the network (``org.services.outbound``), and how its receiver answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from org.models import HookProblem
from org.services import outbound
from org.services.outbound import CALL_ERRORS, Limits, Refused, Target, problem_of

STEP_SECONDS = 5.0  # for the connection and for each byte of the answer
WHOLE_SECONDS = 15.0  # for all of it, however slowly the answer drips
MOST_BYTES = 2_000

__all__ = ["Answer", "Refused", "message_post", "target_of"]


@dataclass(frozen=True)
class Answer:
    """What came back, or why nothing did."""

    status_code: int | None = None
    problem: str = ""
    excerpt: str = ""
    duration_ms: int = 0

    @property
    def is_accepted(self) -> bool:
        return not self.problem


def target_of(url: str) -> Target:
    """Look up and check the address of an endpoint. Raises Refused when it may not be called."""
    return outbound.target_of(url, settings.HOOK_NETWORKS)


def message_post(url: str, body: str, headers: Mapping[str, str]) -> Answer:
    """POST a JSON text; every outcome is an answer, nothing is raised."""
    started = time.monotonic()
    status, excerpt, problem = None, "", ""
    sent = {"Content-Type": "application/json", "User-Agent": "SalesGoals-Webhooks/1", **headers}
    try:
        reply = outbound.call(
            target_of(url), body.encode(), sent, Limits(STEP_SECONDS, WHOLE_SECONDS, MOST_BYTES)
        )
        status, excerpt = reply.status, reply.body.decode("utf-8", "replace").replace("\x00", "")
        problem = _judged(status)
    except CALL_ERRORS as error:
        problem = problem_of(error)
    return Answer(status, str(problem), excerpt, round((time.monotonic() - started) * 1000))


def _judged(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return HookProblem.REDIRECT
    return HookProblem.GONE if status == 410 else HookProblem.STATUS
