"""What one deal and each page cost: milliseconds, queries and size, in process, without a network."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable
from typing import Any

import time_machine
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from bench.tracking import AS_OF
from crm.services import records_upsert
from metrics.models import Metric
from metrics.services import refresh_changed_days
from org.models import CreditInterval, Person, Role, User
from org.services import role_grant
from targets.models import Plan
from tracking.services import refresh_snapshots, touched_by

ROUNDS = 30
HOST = {"host": "localhost"}


def measure_pages() -> dict[str, Any]:
    """p50 and p95 in ms, queries and size of each page on the last day of the facts, as that day's page.

    And how the team page compares with an empty view.
    """
    stay = CreditInterval.objects.filter(unit__is_placeholder=False, person__is_placeholder=False)
    stay_of_first = stay.select_related("person", "unit").order_by("person")[0]
    team, seller = stay_of_first.unit, stay_of_first.person
    plan = Plan.objects.get()
    people = CreditInterval.objects.filter(unit=team, ends_on__gt=AS_OF).values("person").distinct().count()
    chosen = "metric=sales&period=year"
    pages = {
        "company": f"/?{chosen}",
        "map": f"{reverse('dashboards:company')}?{chosen}",
        "team": f"{reverse('dashboards:unit', args=[team.pk])}?{chosen}",
        "person": f"{reverse('dashboards:person', args=[seller.pk])}?{chosen}",
        "figure": f"{reverse('dashboards:figure')}?unit={team.pk}&{chosen}",
        "plan": reverse("targets:plan", args=[plan.pk]),
        "empty view": "/healthz",
    }
    told: dict[str, Any] = {"people in the team": people}
    noon = dt.datetime.combine(AS_OF, dt.time(4), dt.UTC)
    with override_settings(ALLOWED_HOSTS=["localhost"]), time_machine.travel(noon):
        rep, director = browser_of("rep"), browser_of("director", Role.EXECUTIVE)
        Person.objects.filter(pk=seller.pk).update(user=User.objects.get(username="rep"))
        told["rep's home"] = page_cost(rep, f"/?{chosen}")
        told["board"] = page_cost(rep, f"{reverse('dashboards:board')}?{chosen}")
        for name, url in pages.items():
            told[name] = page_cost(director, url)
    told["team page / empty view, requests a second"] = round(
        told["empty view"]["p50_ms"] / told["team"]["p50_ms"], 3
    )
    return told


def browser_of(name: str, *roles: str) -> Client:
    """Somebody signed in."""
    user = User.objects.create_user(username=name, email=f"{name}@example.org", password=None)
    for role in roles:
        role_grant(user=user, role=role, actor=None)
    client = Client(headers=HOST)
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def measure_deal() -> dict[str, float]:
    """One won deal: upserted, recounted, laid into the snapshots of its owner and all units above."""
    seller = Person.objects.filter(is_placeholder=False).order_by("pk")[0]
    number = iter(range(10**6))

    def once() -> None:
        record = {
            "external_id": f"bench-deal-{next(number)}",
            "stage": "won",
            "amount": "1234.56",
            "closed_on": AS_OF.isoformat(),
            "owner": seller.employee_number,
        }
        records_upsert(resource="opportunities", source="bench", records=[record])
        touched = refresh_changed_days().touched
        changes = [(metric, person, unit) for unit, person in touched for metric in _counted()]
        refresh_snapshots(as_of=AS_OF, touched=touched_by(changes))

    return _spread(once)


def _counted() -> list[int]:
    return list(Metric.objects.exclude(kind="ratio").values_list("pk", flat=True))


def page_cost(client: Client, url: str) -> dict[str, float]:
    """p50 and p95 in ms of a page, its queries and its size."""
    answer = client.get(url)
    assert answer.status_code == 200, f"{url} answers {answer.status_code}"
    asked: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        client.get(url)
    size = len(answer.content) // 1024
    return _spread(lambda: client.get(url)) | {"queries": len(asked), "kilobytes": size}


def _spread(work: Callable[[], Any]) -> dict[str, float]:
    """p50 and p95 of ``ROUNDS`` runs after two that aren't counted, in milliseconds."""
    times = []
    for _ in range(ROUNDS + 2):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    counted = sorted(times[2:])
    return {
        "p50_ms": round(statistics.median(counted), 1),
        "p95_ms": round(counted[int(len(counted) * 0.95)], 1),
    }
