"""The company page: one address for what is seen, the same few queries and a small page whatever the size."""

from __future__ import annotations

import datetime as dt
import json
import re
from types import SimpleNamespace

import plotly.graph_objects as go
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Segment
from crm.tests.factories import make_opportunity
from metrics.models import Metric
from metrics.services import sweep
from org.models import Assignment, Company, Person, Role
from org.selectors import unit_root
from org.tests.factories import make_person, make_unit, make_user
from tracking.models import Snapshot
from tracking.services import refresh_snapshots, snapshots_ensure
from tracking.tests.factories import make_plan, make_target

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 17)
JUNE = dt.date(2026, 6, 2)
MOST_QUERIES, MOST_BYTES = 12, 150_000
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def today():
    """17 June 2026, noon in China; Monday to Friday are worked."""
    Company.objects.update(country="")
    with time_machine.travel(dt.datetime(2026, 6, 17, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def director(client):
    user = make_user("director@example.com", None, Role.EXECUTIVE)
    client.force_login(user)
    return user


@pytest.fixture
def company():
    """East with Ann, on track, and West with Ben, who sold nothing; 100.00 a month each."""
    root, east, west = unit_root(), make_unit("East"), make_unit("West")
    ann, ben = make_person("Ann", east), make_person("Ben", west)
    plan = make_plan()
    for owner, amount in ((root, 240_000), (east, 120_000), (west, 120_000)):
        make_target(plan, owner, amount)
    make_target(plan, east, 120_000, person=ann)
    make_target(plan, west, 120_000, person=ben)
    make_opportunity(ann, "90.00", won_on=JUNE, region="north")
    sweep()
    snapshots_ensure(TODAY)
    return SimpleNamespace(**locals())


def text_of(client, query="", **headers):
    answer = client.get(f"/company/{query}", headers=headers)
    assert answer.status_code == 200, query
    return answer.content.decode()


def drawn(page):
    """The drawn tree as Plotly takes it."""
    [text] = re.findall(r'<script id="company-tree" type="application/json">(.*?)</script>', page, re.DOTALL)
    figure = json.loads(re.sub(r"var\(--pace-[a-z-]+\)", "#123456", text))
    [trace] = go.Figure(figure).data
    return trace


def test_the_page_says_who_is_behind_draws_the_tree_and_the_curve(client, director, company):
    page = text_of(client)
    assert "1 of 2 units are behind, together −¥59." in page
    assert "1 of 2 people are behind, together −¥59." in page
    trace = drawn(page)
    assert trace.ids[0] == f"unit:{company.root.pk}"
    assert set(trace.labels) == {company.root.name, "East", "West", "Ann", "Ben"}
    assert 'data-chart="progress-curve"' in page
    assert "vendor/plotly.min.js" in page


def test_each_row_leads_to_its_page_into_itself_and_to_its_figure(client, director, company):
    page = text_of(client, "?period=quarter")
    chosen = "metric=sales&amp;period=quarter"
    assert f'href="/units/{company.east.pk}/?{chosen}"' in page
    assert f"/company/?{chosen}&amp;node=unit%3A{company.east.pk}" in page
    assert f'data-figure href="/figures/?unit={company.east.pk}&amp;{chosen}"' in page
    people = text_of(client, f"?node=unit:{company.east.pk}")
    assert f'href="/people/{company.ann.pk}/?metric=sales&amp;period=month"' in people
    assert f"/figures/?unit={company.east.pk}&amp;person={company.ann.pk}&amp;" in people


@pytest.mark.parametrize("by", ["unit", "product_line", "region", "customer_type", "product_line_unit"])
@pytest.mark.parametrize("view", ["treemap", "sunburst", "table"])
def test_every_cut_can_be_seen_in_every_way(client, director, company, by, view):
    page = text_of(client, f"?by={by}&view={view}&area=missing")
    assert ('data-chart="company-tree"' in page) == (view != "table")
    if view != "table":
        assert drawn(page).type == view
    assert by == "unit" or "no targets by this" in page


def test_what_is_missing_can_be_the_area(client, director, company):
    trace = drawn(text_of(client, "?area=missing"))
    assert dict(zip(trace.labels, trace["values"], strict=True))["Ben"] == 10_000
    assert dict(zip(trace.labels, trace["values"], strict=True))["Ann"] == 1_000


def test_a_name_cannot_end_the_script_it_stands_in(client, director, company):
    Person.objects.filter(pk=company.ann.pk).update(name="</script><b>&\u2028")
    page = text_of(client)
    assert "</script><b>" not in page
    assert "&lt;/script&gt;&lt;b&gt;&amp;\u2028" in drawn(page).labels


def test_nonsense_in_the_address_shows_the_usual_page(client, director, company):
    assert 'data-chart="company-tree"' in text_of(client, "?by=moon&view=cube&area=7&page=x&metric=?")


def test_htmx_gets_the_part_and_back_gets_the_page(client, director, company):
    part = text_of(client, **HTMX)
    assert part.lstrip().startswith("<title>")
    assert "<html" not in part
    back = text_of(client, **HTMX, **{"HX-History-Restore-Request": "true"})
    assert "<html" in back
    assert "HX-Request" in client.get("/company/")["Vary"]


def test_the_switches_keep_the_place_and_the_way_it_is_looked_at(client, director, company):
    page = text_of(client, f"?node=unit:{company.east.pk}&by=region&view=sunburst")
    for name, value in (("node", f"unit:{company.east.pk}"), ("by", "region"), ("view", "sunburst")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


def test_the_file_holds_whole_numbers_that_sum(client, director, company):
    answer = client.get("/company/?export=csv")
    assert answer["Content-Type"].startswith("text/csv")
    lines = [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines()]
    amounts = {line[2]: line[3:6] for line in lines[1:]}
    assert amounts["Ann"] == ["100.00", "59.09", "90.00"]
    assert float(amounts["East"][0]) + float(amounts["West"][0]) == float(amounts[company.root.name][0])


def test_manager_sees_the_own_units_only(client, company):
    client.force_login(make_user("m@example.com", make_person("Mia", manages=company.east)))
    for query in ("", "?view=table", "?by=region", "?export=csv"):
        page = text_of(client, query)
        assert "East" in page
        assert "West" not in page
        assert "Ben" not in page
    assert client.get(f"/company/?node=unit:{company.west.pk}").status_code == 404
    assert client.get(f"/company/?node=unit:{company.root.pk}").status_code == 404


def test_manager_of_several_units_goes_from_one_to_the_other(client, company):
    mia = make_person("Mia", manages=company.west)
    Assignment.objects.create(person=mia, unit=company.east, kind="manager", starts_on="2024-01-01")
    client.force_login(make_user("m@example.com", mia))
    page = text_of(client)
    [group] = re.findall(r'aria-label="Units you manage".*?</div>', page, re.DOTALL)
    assert f"node=unit%3A{company.east.pk}" in group
    assert f"node=unit%3A{company.west.pk}" in group


def test_an_empty_company_is_told_what_to_do(client, director):
    page = text_of(client)
    assert "No published targets here" in page
    assert "Nothing has an area here" in page


def test_rep_has_no_company_page(client, company):
    client.force_login(make_user("ann@example.com", company.ann))
    assert client.get("/company/").status_code == 403


def queries(client, query):
    text_of(client, query)
    with CaptureQueriesContext(connection) as asked:
        text_of(client, query)
    return len(asked)


QUERIES = ("", "?view=table", "?by=region", "?by=product_line_unit", "?metric=sales&period=year&area=missing")


@pytest.mark.parametrize("who", ["director", "manager", "manager of two"])
def test_thirty_units_take_as_many_queries_as_three_and_few(client, company, who):
    _sign_in(client, company, who)
    line = Segment.objects.filter(kind="product_line", is_placeholder=False).first()
    line = line or Segment.objects.create(kind="product_line", code="a", name="A")
    for unit in (company.root, company.east):
        make_target(company.plan, unit, 120_000, product_line=line)
    north = Segment.objects.get(kind="region", code="north")
    east = f"?node=unit:{company.east.pk}"
    asked = [*QUERIES, east, f"{east}|segment:{line.pk}", f"{east}|segment:{north.pk}"]
    _grow(company, 1)
    few = [queries(client, query) for query in asked]
    _grow(company, 30)
    assert [queries(client, query) for query in asked] == few
    assert max(few) <= MOST_QUERIES


def _sign_in(client, company, who):
    """A director, or who manages the east and perhaps the west."""
    if who == "director":
        return client.force_login(make_user("director@example.com", None, Role.EXECUTIVE))
    person = make_person("Mia", manages=company.east)
    if who == "manager of two":
        Assignment.objects.create(person=person, unit=company.west, kind="manager", starts_on="2024-01-01")
    return client.force_login(make_user("m@example.com", person))


def _grow(company, count):
    """More units with a target, one person each, and one without."""
    for at in range(count):
        unit = make_unit(f"Team {count}.{at}", company.east)
        make_target(company.plan, unit, 12_000)
        make_target(company.plan, unit, 12_000, person=make_person(f"Seller {count}.{at}", unit))
        make_unit(f"New {count}.{at}", company.west)
    company.plan.published_at = dt.datetime.now(dt.UTC)
    company.plan.save()
    refresh_snapshots(as_of=TODAY)


@pytest.mark.parametrize("query", ["", "?view=sunburst", "?view=table", "?view=table&page=3"])
def test_a_team_of_a_thousand_stays_a_small_page(client, director, company, query):
    _crowd(company, 1_000)
    place = f"node=unit:{company.east.pk}"
    page = text_of(client, f"{query}&{place}" if query else f"?{place}")
    assert "table" in query or "703 others" in drawn(page).labels[-1]
    assert len(page.encode()) <= MOST_BYTES
    assert "There are too many to show all" in page
    whole = text_of(client, query)
    assert "too many people" in whole
    assert len(whole.encode()) <= MOST_BYTES


def _crowd(company, count):
    """People with snapshots in one team, made in bulk."""
    people = Person.objects.bulk_create(
        Person(name=f"Somebody With A Long Name {at}", employee_number=f"C{at}", external_id=f"C{at}")
        for at in range(count)
    )
    pattern = Snapshot.objects.get(as_of=TODAY, grain="month", person=company.ann, metric__code="sales")
    fields = {
        field.attname: getattr(pattern, field.attname)
        for field in Snapshot._meta.concrete_fields
        if field.attname not in ("id", "person_id", "target_id")
    }
    Snapshot.objects.bulk_create(Snapshot(person=person, **fields) for person in people)


def test_ratios_are_judged_but_not_added_up(client, director, company):
    make_target(company.plan, company.east, 500_000, metric="win_rate")
    make_target(company.plan, company.root, 500_000, metric="win_rate")
    Snapshot.objects.all().delete()
    refresh_snapshots(as_of=TODAY)
    assert Metric.objects.get(code="win_rate").is_ratio
    page = text_of(client, "?metric=win_rate")
    assert "together" not in page
