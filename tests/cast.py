"""The cast of every story: two teams, a director over one of them, finance, an administrator.

    Company
    ├── Borealis division (carol manages it)
    │   └── Borealis team (bob manages it, alice sells)
    └── Australis division
        └── Australis team (dave sells)

Names of what belongs to a team hold its word, so that a test can search an answer for what must not be there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from org.models import Role, Unit, User
from org.selectors import unit_root
from org.tests.factories import make_person, make_unit, make_user

SINCE = dt.date(2024, 1, 1)
BOREALIS, AUSTRALIS = "Borealis", "Australis"


@dataclass(frozen=True)
class Cast:
    """Everybody, and the units they are in."""

    alice: User
    bob: User
    carol: User
    dave: User
    erin: User
    frank: User
    root: Unit
    east: Unit
    west: Unit
    borealis: Unit
    australis: Unit


@pytest.fixture
def cast(db: None) -> Cast:
    """alice rep, bob her manager, carol director, dave rep of the other team, erin finance, frank admin."""
    east, west = make_unit(f"{BOREALIS} division"), make_unit(f"{AUSTRALIS} division")
    borealis = make_unit(f"{BOREALIS} team", east, kind="team")
    australis = make_unit(f"{AUSTRALIS} team", west, kind="team")
    since = {"starts_on": SINCE, "hired_on": SINCE}
    alice = make_person(f"Alice {BOREALIS}", borealis, employee_number="E1", **since)
    bob = make_person(f"Bob {BOREALIS}", manages=borealis, employee_number="E2", **since)
    carol = make_person("Carol Clark", manages=east, employee_number="E3", **since)
    dave = make_person(f"Dave {AUSTRALIS}", australis, employee_number="E4", **since)
    return Cast(
        alice=make_user("alice@cast.example", alice),
        bob=make_user("bob@cast.example", bob),
        carol=make_user("carol@cast.example", carol, Role.EXECUTIVE),
        dave=make_user("dave@cast.example", dave),
        erin=make_user("erin@cast.example", None, Role.FINANCE),
        frank=make_user("frank@cast.example", None, Role.ADMIN),
        root=unit_root(),
        east=east,
        west=west,
        borealis=borealis,
        australis=australis,
    )


@pytest.fixture
def alice(cast: Cast) -> User:
    return cast.alice


@pytest.fixture
def bob(cast: Cast) -> User:
    return cast.bob


@pytest.fixture
def carol(cast: Cast) -> User:
    return cast.carol


@pytest.fixture
def dave(cast: Cast) -> User:
    return cast.dave


@pytest.fixture
def erin(cast: Cast) -> User:
    return cast.erin


@pytest.fixture
def frank(cast: Cast) -> User:
    return cast.frank


@pytest.fixture
def client_of() -> Callable[[User | None], Client]:
    """Call with a user to get their browser, signed in; with None for a stranger's."""

    def browser(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return browser
