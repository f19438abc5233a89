"""The pages of this room in a browser's eyes: filters, the form of a rule, what finance may not press."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Segment
from org.models import Role
from org.tests.factories import make_person, make_user
from tracking.models import Alert, AlertRule
from tracking.tests.routes import NEW_RULE, make_alert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wednesday", "plain_calendar")]


@pytest.fixture
def rep(ann):
    return make_user("ann@example.com", ann)


@pytest.fixture
def admin():
    return make_user("admin@example.com", None, Role.ADMIN)


def test_rep_sees_the_own_open_alert_and_confirms_it(client, rep):
    alert = make_alert(rep)
    client.force_login(rep)
    page = client.get("/tracking/alerts/").content.decode()
    assert "Ann" in page
    assert "30 %" in page
    assert "I have seen it" in page
    client.post(f"/tracking/alerts/{alert.pk}/seen/")
    alert.refresh_from_db()
    assert alert.acknowledged_by == rep
    assert "I have seen it" not in client.get("/tracking/alerts/").content.decode()


def test_an_alert_leads_to_the_page_and_the_figure_it_was_judged_by(client, rep, ann):
    alert = make_alert(rep)
    client.force_login(rep)
    page = client.get("/tracking/alerts/").content.decode()
    assert f'href="/people/{ann.pk}/?metric=sales&amp;period=month"' in page
    query = f"unit={alert.unit_id}&person={ann.pk}&metric=sales&period=month&as_of=2026-06-17"
    assert f'href="/figures/?{query.replace("&", "&amp;")}"' in page
    assert "June 2026" in page
    assert client.get(f"/figures/?{query}").status_code == 200
    assert client.get(f"/people/{ann.pk}/?metric=sales&period=month").status_code == 200


def test_a_unit_behind_in_a_segment_leads_to_that_part_of_its_figure(client, rep, admin):
    alert = make_alert(rep)
    line = Segment.objects.filter(kind="product_line")[0]
    Alert.objects.filter(pk=alert.pk).update(person=None, product_line=line)
    client.force_login(admin)
    page = client.get("/tracking/alerts/").content.decode()
    assert f'href="/units/{alert.unit_id}/?metric=sales&amp;period=month"' in page
    assert f"/figures/?unit={alert.unit_id}&amp;product_line={line.pk}&amp;metric=sales" in page


def test_no_alert_leads_on_to_the_progress_or_back_to_all(client, rep):
    client.force_login(rep)
    assert "See the progress" in client.get("/tracking/alerts/").content.decode()
    assert "No alert matches" in client.get("/tracking/alerts/?level=critical").content.decode()


def test_thirty_alerts_take_as_many_queries_as_three(client, admin, ann):
    def raise_alerts(count):
        for _number in range(count):
            person = make_person(unit=ann.assignments.get().unit)
            make_alert(make_user(f"{person.employee_number}@example.com", person))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/tracking/alerts/").status_code == 200
        return len(captured)

    client.force_login(admin)
    raise_alerts(3)
    few = queries()
    raise_alerts(27)
    assert queries() == few


def test_last_months_alert_is_no_longer_open(client, rep):
    alert = make_alert(rep)
    Alert.objects.filter(pk=alert.pk).update(period_start="2026-05-01")
    client.force_login(rep)
    assert "Nobody is further behind" in client.get("/tracking/alerts/").content.decode()
    assert "30 %" in client.get("/tracking/alerts/?state=all").content.decode()


def test_rule_is_shown_in_percent_and_saved_as_share(client, admin):
    rule = AlertRule.objects.get()
    client.force_login(admin)
    page = client.get(f"/tracking/rules/{rule.pk}/").content.decode()
    assert 'name="threshold_ratio" value="20.0"' in page
    assert 'name="escalate_workdays" value="3, 6"' in page
    client.post(f"/tracking/rules/{rule.pk}/", NEW_RULE | {"threshold_ratio": "12.5"})
    rule.refresh_from_db()
    assert (rule.threshold_ratio, rule.grain, rule.escalate_workdays) == (0.125, "week", [3, 6])


def test_refused_rule_says_why_and_saves_nothing(client, admin):
    client.force_login(admin)
    answer = client.post("/tracking/rules/new/", NEW_RULE | {"clear_ratio": "30"})
    assert answer.status_code == 422
    assert "An alert must clear below the lag that raises it." in answer.content.decode()
    assert AlertRule.objects.count() == 1
