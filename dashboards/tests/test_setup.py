"""The first run: what counts as done, what each step shows and saves, and that examples save nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from crm.models import Opportunity
from crm.tests.factories import make_opportunity
from dashboards.setup import setup_progress
from dashboards.setup_examples import deals_example
from metrics.selectors import metric_list
from org.models import ApiToken, Assignment, AuditEntry, Company, Invitation, Person, Role, SetupMark, Unit
from org.scope import scope_for
from org.selectors import company_get, company_today, unit_root
from org.tests.factories import make_person, make_unit, make_user
from targets.models import Plan, Target
from targets.tests.factories import make_plan, publish, root_of

pytestmark = pytest.mark.django_db
COUNTED = (Unit, Person, Assignment, Opportunity, Plan, Target, SetupMark, AuditEntry, ApiToken)
COMPANY = {
    "name": "Northwind",
    "currency": "USD",
    "time_zone": "America/New_York",
    "country": "US",
    "subdivision": "",
    "fiscal_year_start_month": "4",
}


@pytest.fixture
def admin(db):
    """The first administrator of an empty installation, executive too."""
    return make_user("first@firm.example", None, Role.ADMIN, Role.EXECUTIVE)


@pytest.fixture
def browser(admin, client_of):
    return client_of(admin)


def progress_of(user):
    return setup_progress(scope=scope_for(user, on=dt.date(2026, 6, 1)))


def states(progress):
    return ["done" if step.is_done else "skipped" if step.is_skipped else "open" for step in progress.steps]


def url(step):
    return reverse("dashboards:setup_step", args=[step])


def mark(browser, step, **data):
    return browser.post(reverse("dashboards:setup_mark", args=[step]), data)


def counts():
    return [model.objects.count() for model in COUNTED]


def example_of(browser, step):
    """What the example fills into the form of a step, as a browser would send it."""
    form = browser.get(url(step) + "?example=yes").context["form"]
    names = [name for name, field in form.fields.items() if name != "file"]
    return {name: form[name].value() for name in names if form[name].value() is not None}


def test_an_empty_installation_has_five_open_steps_and_leads_to_the_first(admin):
    progress = progress_of(admin)
    assert states(progress) == ["open"] * 5
    assert (progress.leads, progress.is_shown, progress.next_step.step) == (True, True, "company")


def test_a_step_is_done_when_the_data_show_it(admin, browser):
    browser.post(url("company"), COMPANY | {"action": "save"})
    ann = make_person("Ann", make_unit("East"))
    assert states(progress_of(admin)) == ["done", "done", "open", "open", "open"]
    make_opportunity(ann, won_on=dt.date(2026, 5, 4))
    plan = make_plan(2026)
    progress = progress_of(admin)
    assert states(progress) == ["done", "done", "done", "done", "open"]
    assert progress.steps[-1].note == "A draft is waiting to be published."
    Target.objects.filter(pk=root_of(plan).pk).update(amount=12, m01=12)
    publish(plan)
    assert progress_of(admin).is_finished
    assert not progress_of(admin).is_shown


def test_progress_takes_one_query_whatever_there_is_and_none_for_others(
    admin, cast, django_assert_num_queries
):
    scope = scope_for(admin, on=dt.date(2026, 6, 1))
    with django_assert_num_queries(1):
        setup_progress(scope=scope)
    for step in ("people", "facts", "list"):
        SetupMark.objects.create(step=step, state="skipped", marked_by=admin)
    for number in range(30):
        make_person(f"Seller {number}", cast.borealis)
    with django_assert_num_queries(1):
        assert setup_progress(scope=scope).is_hidden
    with django_assert_num_queries(2):
        named = setup_progress(scope=scope, with_names=True)
    assert [step.marked_by for step in named.steps] == ["", str(admin), "", str(admin), ""]
    others = scope_for(cast.carol, on=dt.date(2026, 6, 1))
    with django_assert_num_queries(0):
        assert setup_progress(scope=others) is None


@pytest.mark.parametrize(
    ("today", "deals"), [(dt.date(2026, 1, 1), 6), (dt.date(2026, 7, 1), 11), (dt.date(2026, 12, 31), 23)]
)
def test_the_example_of_deals_fits_the_part_of_the_year_that_has_passed(today, deals):
    _head, *rows = deals_example(["S1", "S2"], dt.date(2026, 1, 1), today).splitlines()
    assert len(rows) == deals
    closed = [dt.date.fromisoformat(row.split(",")[5]) for row in rows if row.split(",")[5]]
    assert max(closed) <= today
    assert {row.split(",")[2] for row in rows} == {"S1", "S2"}


@pytest.mark.parametrize("step", ["company", "people", "metrics", "facts", "plan"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_example_fills_the_form_and_saves_nothing(browser, step, language):
    before, metrics = counts(), [metric.code for metric in metric_list()]
    with translation.override(language):
        answer = browser.get(url(step) + "?example=yes", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert counts() == before
    assert not company_get().is_set_up
    assert [metric.code for metric in metric_list()] == metrics


def test_the_whole_first_run_goes_through_with_the_examples_alone(admin, browser):
    answer = browser.post(url("company"), example_of(browser, "company") | {"action": "save"})
    assert answer.url == url("people")
    answer = browser.post(url("people"), example_of(browser, "people") | {"action": "import"})
    assert answer.url == url("metrics")
    assert (Person.objects.filter(is_placeholder=False).count(), Unit.objects.count()) == (8, 7)
    answer = browser.post(url("metrics"), example_of(browser, "metrics"))
    assert answer.url == url("facts")
    facts = example_of(browser, "facts")
    answer = browser.post(url("facts"), facts | {"action": "import"})
    assert answer.url == url("plan")
    assert Opportunity.objects.count() == len(facts["table"].splitlines()) - 1
    answer = browser.post(url("plan"), example_of(browser, "plan") | {"action": "publish"})
    assert answer.url == reverse("dashboards:setup")
    plan = Plan.objects.get()
    assert (plan.status, plan.targets.filter(metric__code="sales").count()) == ("published", 12)
    assert progress_of(admin).is_finished
    assert "Everything is set up" in browser.get(answer.url).content.decode()


def test_a_company_is_looked_at_before_it_is_saved(browser):
    looked = browser.post(url("company"), COMPANY | {"action": "look"})
    assert not Company.objects.get().is_set_up
    calendar = looked.context["calendar"]
    assert calendar.first.month == 4
    assert (dt.date(calendar.first.year, 7, 4), "Independence Day") in calendar.holidays
    assert "Northwind" in looked.content.decode()


def test_a_place_without_a_calendar_is_told_at_the_form(browser):
    looked = browser.post(url("company"), COMPANY | {"subdivision": "ZZZ", "action": "save"})
    assert "There is no calendar of US ZZZ." in looked.content.decode()
    assert not Company.objects.get().is_set_up


def test_what_figures_rest_on_stays_once_the_company_is_saved(browser):
    browser.post(url("company"), COMPANY | {"action": "save"})
    browser.post(url("company"), COMPANY | {"currency": "EUR", "name": "Northwind Ltd", "action": "save"})
    company = company_get()
    assert (company.currency, company.name, unit_root().name) == ("USD", "Northwind Ltd", "Northwind Ltd")
    entry = AuditEntry.objects.filter(action="org.company.save").latest("pk")
    assert (entry.before["name"], entry.after["name"]) == ("Northwind", "Northwind Ltd")


def test_a_table_of_people_is_checked_first_and_what_was_typed_stays_on_error(browser):
    table = "name,email,unit,start date\nAnn,ann at firm,East,2026-01-01"
    before = counts()
    answer = browser.post(url("people"), {"table": table, "action": "import"})
    text = answer.content.decode()
    assert counts() == before
    assert "Line 2, e-mail:" in text
    assert "is not an e-mail address" in text
    assert "ann at firm,East" in text
    good = table.replace(" at ", "@").replace("firm", "firm.example")
    checked = browser.post(url("people"), {"table": good, "action": "check"})
    assert counts() == before
    assert "Import 1 person" in checked.content.decode()


def test_an_uploaded_file_is_shown_where_one_pastes(browser):
    file = SimpleUploadedFile(
        "people.csv", "姓名,工号,部门,入职日期\n王芳,S1,华东,2026-01-01".encode("gb18030")
    )
    answer = browser.post(url("people"), {"table": "", "file": file, "action": "check"})
    assert "王芳,S1,华东" in answer.content.decode()
    assert answer.context["tried"].new_units == ["华东"]


@pytest.mark.parametrize(
    ("case", "data", "said"),
    [
        ("nothing at all", {"table": " "}, "Paste a table or choose a file first."),
        (
            "a picture",
            {"file": SimpleUploadedFile("x.png", b"\x89PNG\x00\x00\xff\xfe")},
            "This file is no text.",
        ),
        ("no headers", {"table": "Ann,East"}, "The first line lacks the headers: name, unit, start date."),
    ],
)
def test_what_is_no_table_is_told_at_the_field(browser, case, data, said):
    assert said in browser.post(url("people"), data | {"action": "check"}).content.decode(), case


def test_inviting_shows_the_link_once(browser):
    answer = browser.post(
        url("people"), {"action": "invite", "email": "cfo@firm.example", "roles": ["finance"]}
    )
    assert "/org/invitations/accept/" in answer.content.decode()
    assert Invitation.objects.get().roles == ["finance"]
    again = browser.post(url("people"), {"action": "invite", "email": "first@firm.example"})
    assert "This address has an account already." in again.content.decode()


def test_metrics_are_chosen_in_one_go_or_not_at_all(admin, browser):
    refused = browser.post(url("metrics"), {"metrics": ["sales", "leads"]})
    assert "Choose 3 to 5 metrics; these are 2." in refused.content.decode()
    assert not SetupMark.objects.exists()
    browser.post(url("metrics"), {"metrics": ["sales", "leads", "win_rate"]})
    assert {metric.code for metric in metric_list()} == {"sales", "leads", "win_rate"}
    assert states(progress_of(admin))[2] == "done"


def test_a_token_comes_with_a_command_to_this_site(browser, admin, settings):
    settings.SITE_URL = "https://sales.firm.example"
    text = browser.post(url("facts"), {"action": "token", "table": "half,typed"}).content.decode()
    assert "half,typed" in text
    token = ApiToken.objects.get()
    assert (token.user, token.scopes) == (admin, ["crm:read", "crm:write", "org:read", "org:write"])
    assert "curl -X PUT https://sales.firm.example/api/v1/crm/opportunities/mycrm/1001" in text
    assert text.count(token.prefix) == 2


def test_facts_with_a_problem_are_not_loaded(browser):
    before = counts()
    table = "number,owner,stage,amount,closed on\nD1,S9,won,100,2026-05-04"
    answer = browser.post(url("facts"), {"table": table, "action": "import"})
    assert "Line 2, owner:" in answer.content.decode()
    assert counts() == before


def test_the_facts_example_names_the_people_who_are_there(browser):
    make_person("Ann", make_unit("East"), employee_number="S7")
    assert ",S7,won," in example_of(browser, "facts")["table"]


def test_a_plan_is_looked_at_before_it_is_made(browser, admin):
    make_person("Ann", make_unit("East"))
    make_person("Ben", make_unit("West"))
    wanted = {"fiscal_year": 2026, "name": "First", "amount_sales": "1,000,000", "action": "look"}
    before = counts()
    looked = browser.post(url("plan"), wanted)
    assert counts() == before
    shown = [(node.name, node.target.amount) for node in looked.context["started"].nodes]
    assert ("Ann", 50_000_000) in shown
    answer = browser.post(url("plan"), wanted | {"action": "draft"})
    plan = Plan.objects.get()
    assert (plan.status, answer.url) == ("draft", reverse("targets:plan", args=[plan.pk]))
    assert "Open the draft" in browser.get(url("plan")).content.decode()
    assert browser.post(url("plan"), wanted | {"action": "publish"}).url == url("plan")
    assert Plan.objects.get() == plan  # sent twice makes no second plan


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "This field is required."), ("much", "Not an amount"), ("-5", "A target is above zero.")],
)
def test_an_amount_that_cannot_be_is_told_at_its_field(browser, text, said):
    answer = browser.post(
        url("plan"), {"fiscal_year": 2026, "name": "First", "amount_sales": text, "action": "publish"}
    )
    assert said in answer.content.decode()
    assert not Plan.objects.exists()


def test_an_administrator_who_is_no_executive_makes_no_plan(client_of):
    browser = client_of(make_user("it@firm.example", None, Role.ADMIN))
    assert "Executives make plans" in browser.get(url("plan")).content.decode()
    data = {"fiscal_year": 2026, "name": "First", "amount_sales": "5", "action": "publish"}
    assert browser.post(url("plan"), data).status_code == 403
    assert not Plan.objects.exists()


def test_a_skipped_step_is_passed_over_and_taken_up_again(admin, browser):
    assert mark(browser, "company").url == url("people")
    assert states(progress_of(admin))[0] == "skipped"
    assert "Skipped by first@firm.example" in browser.get(reverse("dashboards:setup")).content.decode()
    assert mark(browser, "company", state="open").url == url("company")
    assert states(progress_of(admin))[0] == "open"


def test_home_leads_an_administrator_of_an_empty_installation_to_the_first_run(browser, admin, client_of):
    assert browser.get("/").url == reverse("dashboards:setup")
    boss = client_of(make_user("boss@firm.example", None, Role.EXECUTIVE))
    assert boss.get("/").status_code == 200
    ann = make_person("Ann", make_unit("East"))
    home = browser.get("/").content.decode()
    assert "Set-up: 1 of 5 steps done" in home
    assert url("company") in home
    assert "Set-up:" not in boss.get("/").content.decode()
    make_opportunity(ann, won_on=dt.date(2026, 5, 4))
    assert "Set-up: 2 of 5 steps done" in browser.get("/").content.decode()
    mark(browser, "list")
    assert "Set-up:" not in browser.get("/").content.decode()


@pytest.mark.parametrize(
    ("is_published", "queries"),
    [
        (True, 12),  # as a page may have
        (False, 13),  # a page without a plan looks for metrics elsewhere
    ],
)
def test_home_asks_once_about_the_first_run(browser, is_published, queries, django_assert_max_num_queries):
    team = make_unit("East")
    make_opportunity(make_person("Ann", team), won_on=dt.date(2026, 5, 4))
    if is_published:
        wanted = {"fiscal_year": company_today().year, "name": "First", "amount_sales": "1000000"}
        browser.post(url("plan"), wanted | {"action": "publish"})
    browser.get("/")  # makes the day's figures
    with django_assert_max_num_queries(queries) as asked:
        answer = browser.get("/")
    assert "Set-up:" in answer.content.decode()
    assert sum("org_setupmark" in query["sql"] for query in asked.captured_queries) == 1


def test_the_list_is_put_away_and_shown_again(admin, browser):
    assert mark(browser, "list").url == reverse("dashboards:home")
    assert (progress_of(admin).is_shown, progress_of(admin).leads) == (False, False)
    mark(browser, "list", state="open")
    assert progress_of(admin).is_shown


@pytest.mark.parametrize("step", ["luck", "list"])
def test_there_is_no_page_of_another_step(browser, step):
    assert browser.get(url(step)).status_code == 404


@pytest.mark.parametrize("step", ["people", "facts", "plan"])
def test_pages_take_as_many_queries_for_thirty_people_as_for_three(
    browser, admin, step, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    team = make_unit("East")
    for number in range(3):
        make_person(f"Seller {number}", team)
    browser.get(url(step))
    with CaptureQueriesContext(connection) as few:
        browser.get(url(step) + "?example=yes")
    for number in range(30):
        make_person(f"Another {number}", team)
    with django_assert_max_num_queries(min(len(few), 16)):
        browser.get(url(step) + "?example=yes")
