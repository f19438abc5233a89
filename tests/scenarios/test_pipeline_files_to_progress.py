"""The whole line over files of an old year: load, plan, distribute, publish, see progress as of a day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command

from metrics.models import Metric
from metrics.services import sweep
from org.models import Role, Unit
from org.tests.factories import make_user
from targets.models import Plan, Target

pytestmark = pytest.mark.django_db
FILES = {
    "sales_teams.csv": (
        "sales_agent,manager,regional_office\n"
        "Ann Lee,Mo Diaz,Central\nBen Fox,Mo Diaz,Central\nCy Ray,Jo Kim,West\n"
    ),
    "products.csv": "product,series,sales_price\nGTX Basic,GTX,550\nGTX Pro,GTX,4821\n",
    "accounts.csv": (
        "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
        "Acme,technolgy,1996,1100.04,2822,United States,\n"
    ),
    "sales_pipeline.csv": (
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value,"
        "engage_quarter,close_quarter\n"
        "A1,Ann Lee,GTX Basic,Acme,Won,20-10-16,01-03-17,1000,Q4 2016,Q1 2017\n"
        "A2,Ann Lee,GTXPro,Acme,Won,20-10-16,05-09-17,4000,Q4 2016,Q3 2017\n"
        "A3,Ben Fox,GTX Basic,Acme,Lost,20-10-16,01-04-17,0,Q4 2016,Q2 2017\n"
        "A4,Cy Ray,GTX Basic,Acme,Won,20-10-16,01-10-17,500,Q4 2016,Q4 2017\n"
        "A5,Cy Ray,GTX Basic,,Prospecting,,,,,\n"
    ),
}  # fmt: skip


@pytest.fixture
def director(client, tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    call_command("load_crm", str(tmp_path), "--format", "crm_opportunities", verbosity=0)
    sweep()
    client.force_login(make_user("boss@example.com", None, Role.EXECUTIVE))
    return client


def post(client, url, **data):
    answer = client.post(url, data, follow=True)
    assert answer.status_code == 200, answer.content[:500]
    return answer


def split(client, target, by):
    post(client, f"/targets/{target.pk}/split/", by=by)
    post(client, f"/targets/{target.pk}/allocate/", apply="1")
    return list(Target.objects.filter(parent=target).order_by("position"))


def test_a_plan_for_2017_over_loaded_deals_shows_progress_as_of_any_day(director):
    post(director, "/targets/", fiscal_year="2017", name="Sales 2017", metrics=["sales", "win_rate"])
    plan = Plan.objects.get(fiscal_year=2017)
    root = Target.objects.get(plan=plan, metric__code="sales")
    post(director, f"/targets/{root.pk}/set/", amount="12000")
    win_rate = Target.objects.get(plan=plan, metric__code="win_rate")
    post(director, f"/targets/{win_rate.pk}/set/", amount="50")
    for office in split(director, root, "unit"):
        for team in split(director, office, "unit"):
            split(director, team, "person")
    post(director, f"/targets/plans/{plan.pk}/do/publish/")
    answer = director.get("/", {"period": "year", "metric": "sales", "as_of": "2017-09-30"})
    page = answer.context["page"]
    sales, rate = page.cards
    assert (sales.row.target, sales.row.actual) == (1_200_000, 500_000)
    assert rate.row.actual == pytest.approx(2 / 3)
    assert sum(row.row.target for row in page.groups[0].page) == 1_200_000
    central = Unit.objects.get(name="Central")
    figures = director.get(
        "/figures/", {"unit": central.pk, "period": "year", "metric": "sales", "as_of": "2017-09-30"}
    )
    assert [row.credited for row in figures.context["page"].facts.page.rows] == [400_000, 100_000]
    assert sorted(row.day for row in figures.context["page"].facts.page.rows)[0] == dt.date(2017, 3, 1)
    assert Metric.objects.get(code="sales").label in figures.content.decode()
