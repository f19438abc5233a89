"""A fixed Wednesday, a plain calendar, one team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from org.models import Company, Person, Unit
from org.tests.factories import make_person, make_unit

TODAY = dt.date(2026, 6, 17)


@pytest.fixture
def wednesday() -> Iterator[None]:
    """17 June 2026, noon in China; Monday to Friday are worked."""
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def plain_calendar(db: None) -> None:
    Company.objects.update(country="")


@pytest.fixture
def east(db: None) -> Unit:
    return make_unit("East")


@pytest.fixture
def team(east: Unit) -> Unit:
    return make_unit("Team", east)


@pytest.fixture
def ann(team: Unit) -> Person:
    return make_person("Ann", team)


@pytest.fixture
def ben(team: Unit) -> Person:
    return make_person("Ben", team)
