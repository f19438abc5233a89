"""Probes: alive is not ready, and ready names what is missing."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import ChangedDay
from org.models import Person
from salesgoals import health


def answer_of(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, json.loads(answer.content)


def changed_day(*, seconds_ago: float) -> None:
    person = Person.objects.create(name="Ann", source="t", external_id="1", hired_on=dt.date(2020, 1, 1))
    at = timezone.now() - dt.timedelta(seconds=seconds_ago)
    ChangedDay.objects.create(person=person, day=dt.date(2026, 1, 5), created_at=at)


def test_healthz_answers_without_a_database(client):
    assert client.get("/healthz").content == b"ok\n"  # pytest-django forbids the database here


@pytest.mark.django_db
def test_ready_when_database_broker_and_outbox_are_well(client):
    status, body = answer_of(client)
    assert status == 200
    assert {name: check["ok"] for name, check in body["checks"].items()} == {
        "database": True,
        "broker": True,
        "outbox": True,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds_ago", "status"), [(299, 200), (301, 503)])
def test_outbox_older_than_the_limit_is_not_ready(client, settings, seconds_ago, status):
    settings.READY_OUTBOX_SECONDS = 300
    changed_day(seconds_ago=seconds_ago)
    got, body = answer_of(client)
    assert got == status
    assert body["checks"]["outbox"]["oldest_seconds"] == pytest.approx(seconds_ago, abs=5)


@pytest.mark.django_db
def test_broker_that_cannot_be_reached_is_told_without_its_address(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    status, body = answer_of(client)
    assert status == 503
    assert body["checks"]["broker"]["ok"] is False
    assert "127.0.0.1" not in json.dumps(body)
    assert body["checks"]["database"]["ok"] is True


def test_database_that_fails_is_told(client, monkeypatch):
    def broken() -> dict[str, Any]:
        raise OSError("no route to db.internal")

    monkeypatch.setattr(health, "_database", broken)
    monkeypatch.setattr(health, "_outbox", broken)
    status, body = answer_of(client)
    assert status == 503
    assert body["checks"]["database"] == {
        "ok": False,
        "error": "OSError",
        "milliseconds": body["checks"]["database"]["milliseconds"],
    }
