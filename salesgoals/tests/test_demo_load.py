"""Each demo company, made small: it loads through the services, and every page of every role opens."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Sum
from django.test import Client

from common.errors import Conflict
from crm.models import ChangedDay, Opportunity
from metrics.models import ChangedActual, DailyActual
from org.models import ApiToken, Assignment, Company, Person, Unit, User
from org.selectors import company_today
from salesgoals.demo.load import BUSINESSES, SIGN_INS, load_company
from salesgoals.demo.shape import Size
from salesgoals.management.commands.up import sandbox_words
from targets.models import Plan, PlanStatus, Target
from tracking.models import Snapshot, SnapshotRun

NOW = dt.datetime(2026, 10, 15, 2, 0, tzinfo=dt.UTC)
SMALL = Size(history_days=45, people=0.25)


@pytest.fixture(autouse=True)
def on_a_thursday():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def load(db: None) -> Callable[[str], None]:
    """Call with a company's code to load it, small."""
    return lambda code: load_company(code, seed=7, say=lambda _text: None, size=SMALL)


def menu_of(client: Client) -> list[str]:
    """The addresses in the main menu of who is signed in."""
    page = client.get("/", follow=True).content.decode()
    menu = page[page.index('id="navbar-menu"') :]
    return sorted(set(re.findall(r'href="(/[^"#?]*)"', menu[: menu.index("</header>")])))


def check_pages(email: str) -> None:
    """Every page of the menu opens, and each names no page that is missing."""
    client = Client()
    client.force_login(User.objects.get(email=email), "allauth.account.auth_backends.AuthenticationBackend")
    found = menu_of(client)
    assert "/" in found
    assert {path: client.get(path, follow=True).status_code for path in found} == dict.fromkeys(found, 200)


def check_counts() -> None:
    """The figures of the running month are those of its deals, and nothing waits to be counted."""
    today = company_today()
    assert SnapshotRun.objects.get(as_of=today).rows == Snapshot.objects.filter(as_of=today).count() > 0
    assert not ChangedDay.objects.exists()
    assert not ChangedActual.objects.exists()
    deals = Opportunity.objects.filter(outcome="won", closed_on__gte=today.replace(day=1))
    actuals = DailyActual.objects.filter(metric__code="sales", day__gte=today.replace(day=1))
    won = deals.aggregate(total=Sum("plan_amount_minor"))["total"]
    assert won > 0
    assert actuals.aggregate(total=Sum("value"))["total"] == won


def check_plan() -> None:
    """This year's plan is published and gives everybody who sells three to five metrics to follow."""
    assert Plan.objects.get(fiscal_year=2026).status == PlanStatus.PUBLISHED
    sellers = Person.objects.filter(assignments__kind="member", assignments__ends_on__gt=company_today())
    for person in sellers.distinct():
        assert 3 <= Target.objects.filter(person=person).values("metric").distinct().count() <= 5


def check_appliances() -> None:
    """The year is 100 M: 40 M premium, 50 M mid-range, 10 M entry."""
    sales = Target.objects.filter(metric__code="sales", unit__parent=None, person=None)
    assert sales.get(parent=None).amount == 100_000_000_00
    by_line = dict(sales.exclude(parent=None).values_list("product_line__code", "amount"))
    assert by_line == {"premium": 40_000_000_00, "mid": 50_000_000_00, "entry": 10_000_000_00}


def check_saas() -> None:
    """Each team is asked for 500 k every quarter, everybody for eight visits in a week of five workdays."""
    assert Company.objects.get().currency == "USD"
    teams = Target.objects.filter(metric__code="sales", unit__kind="team", person=None)
    quarters = {
        target.unit.name: [sum(target.months[at : at + 3]) for at in (0, 3, 6, 9)] for target in teams
    }
    assert quarters == {unit.name: [500_000_00] * 4 for unit in Unit.objects.filter(kind="team")}
    assert len(quarters) == 4
    stays = Assignment.objects.filter(
        kind="member", starts_on__lt=dt.date(2026, 9, 1), ends_on__gt=NOW.date()
    )
    visits = Target.objects.filter(metric__code="effective_visits", person__in=stays.values("person"))
    weekly = Snapshot.objects.filter(grain="week", target__in=visits, as_of=company_today())
    assert weekly.count() == visits.count() > 0
    workdays = {row.workdays_elapsed + row.workdays_remaining for row in weekly}
    assert {round(row.target_value / min(workdays) * 5) for row in weekly} <= {7, 8, 9}


def check_sandbox() -> None:
    """The sandbox's token is printed with a call that it answers, and writes too."""
    words = sandbox_words("http://testserver")
    [address] = re.findall(r"curl http://testserver(\S+)", words)
    [text] = re.findall(r"Bearer (sg_\S+)'", words)
    bearer = Client(headers={"Authorization": f"Bearer {text}"})
    assert len(bearer.get(address).json()["results"]) == 3
    account = {"name": "My first account"}
    put = bearer.put("/api/v1/crm/accounts/tryout/a-1", account, content_type="application/json")
    assert put.status_code == 201


CHECKS = {"appliances": (check_appliances,), "building": (), "saas": (check_saas,)}


@pytest.mark.parametrize("code", sorted(BUSINESSES))
def test_company_is_as_it_says_and_every_page_of_every_role_opens(code, load, subtests):
    load(code)
    for check in (check_counts, check_plan, *CHECKS[code], check_sandbox):
        with subtests.test(check.__name__):
            check()
    for email, _label, _who in SIGN_INS:
        with subtests.test(email):
            check_pages(email)


def test_demo_refuses_an_installation_that_has_a_company(load):
    Company.objects.update(is_set_up=True, name="Acme")
    with pytest.raises(Conflict, match="already set up"):
        load("saas")
    with pytest.raises(CommandError, match=r"already set up here \(Acme\)"):
        call_command("demo", company="building", stdout=StringIO())
    assert Company.objects.get().name == "Acme"
    assert not Person.objects.filter(is_placeholder=False).exists()
    assert not ApiToken.objects.exists()
    assert sandbox_words("http://testserver") == ""


def test_demo_knows_three_companies():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("demo", "--company", "bakery", stdout=StringIO(), stderr=StringIO())
    assert sorted(BUSINESSES) == ["appliances", "building", "saas"]
