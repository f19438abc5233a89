"""Loading CRM files: the real data set's shape with its quirks, generic files, and the job's report."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from common.errors import Invalid
from crm.models import Account, ChangedDay, ImportJob, Opportunity, Payment, StageChange
from crm.services import plan_rate_set
from crm.services.imports import import_run
from org.models import Assignment, Company, Person, Unit
from org.selectors import company_get

pytestmark = pytest.mark.django_db

HEADS = (
    "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value,"
    "engage_quarter,close_quarter"
)
PIPELINE = {
    "accounts.csv": """account,sector,year_established,revenue,employees,office_location,subsidiary_of
Cancity,retail,2001,718.62,2448,Philipines,Isdom
Isdom,technolgy,2002,3178.24,4540,United States,
""",
    "products.csv": """product,series,sales_price
GTX Basic,GTX,550
GTX Pro,GTX,4821
MG Special,MG,55
""",
    "sales_teams.csv": """sales_agent,manager,regional_office
Ann Lee,Mia Ray,Central
Ben Fox,Mia Ray,Central
Cid Orr,Noa Kim,West
""",
    "sales_pipeline.csv": HEADS
    + """
A1,Ann Lee,GTXPro,Cancity,Won,20-10-16,01-03-17,4514,Q4 2016,Q1 2017
A2,Ann Lee,GTX Basic,Isdom,Won,25-10-16,11-03-17,550,Q4 2016,Q1 2017
A3,Cid Orr,MG Special,Isdom,Won,25-10-16,11-03-17,55,Q4 2016,Q1 2017
A4,Cid Orr,MG Special,Isdom,Lost,25-10-16,11-03-17,0,Q4 2016,Q1 2017
A5,Cid Orr,MG Special,,Engaging,25-10-16,,,Q4 2016,
A6,Cid Orr,MG Special,Isdom,Prospecting,,,,,
""",
}


@pytest.fixture
def folder(tmp_path):
    """Writes files by name and returns their folder."""

    def write(files):
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def load(path, format="crm_opportunities", **more):
    return import_run(path=path, format=format, **more).report


def test_the_pipeline_makes_units_people_segments_and_deals(folder):
    report = load(folder(PIPELINE))
    assert report["counts"] == {
        "units": {"created": 4},
        "people": {"created": 5},
        "products": {"created": 3},
        "accounts": {"created": 2},
        "opportunities": {"created": 6},
    }
    assert report["won"]["by_region"] == {"Central": "5064.00", "West": "55.00"}
    assert report["won"]["total"] == "5119.00"
    team = Unit.objects.get(name="Team Mia Ray")
    assert (team.parent.name, team.kind) == ("Central", "team")
    stays = set(Assignment.objects.filter(unit=team).values_list("person__name", "kind", "starts_on"))
    first = dt.date(2016, 10, 20)
    assert stays == {
        ("Ann Lee", "member", first),
        ("Ben Fox", "member", first),
        ("Mia Ray", "manager", first),
    }
    assert company_get().currency == "USD"
    deal = Opportunity.objects.get(external_id="A1")
    assert (deal.product_line.code, deal.region.code, deal.owner.name) == ("GTX", "Central", "Ann Lee")
    assert (deal.opened_on, deal.closed_on) == (first, dt.date(2017, 3, 1))
    assert Opportunity.objects.get(external_id="A6").opened_on is None
    assert Account.objects.get(name="Cancity").parent.name == "Isdom"


def test_quirks_are_mended_and_reported(folder):
    report = load(folder(PIPELINE))
    assert report["mends"] == {
        "GTXPro → GTX Pro": 1,
        "technolgy → technology": 1,
        "Philipines → Philippines": 1,
    }
    assert report["notes"]["agent without deals: Ben Fox"] == 1
    assert report["notes"]["deals without an account"] == 1
    assert report["notes"]["prospecting deals without an engage date"] == 1
    assert Account.objects.get(name="Cancity").country == "Philippines"


def test_loading_again_changes_nothing(folder):
    path = folder(PIPELINE)
    load(path)
    ChangedDay.objects.all().delete()
    history = StageChange.objects.count()
    report = load(path)
    assert {status for counts in report["counts"].values() for status in counts} == {"unchanged"}
    assert not ChangedDay.objects.exists()
    assert StageChange.objects.count() == history


def test_another_plan_currency_needs_a_rate_and_says_which(folder):
    Company.objects.update(is_set_up=True, currency="CNY")
    path = folder(PIPELINE)
    report = load(path)
    assert report["counts"]["opportunities"]["error"] == 3
    message = report["errors"][0]["message"]
    assert "USD" in message
    assert "2017" in message
    plan_rate_set(fiscal_year=2017, currency="USD", rate=7, actor=None)
    report = load(path)
    assert report["refused"] == 0
    assert report["won"]["total"] == "35833.00"


def test_generic_files_are_loaded_in_the_order_of_their_references(folder):
    report = load(
        folder(
            {
                "units.csv": "external_id,name,kind\nE,East,team\n",
                "people.csv": "external_id,name,unit,hired_on\n7,Ann,E,2025-01-01\n",
                "accounts.csv": "external_id,name,parent,owner\nB,Branch,A,7\nA,Acme,,7\n",
                "opportunities.csv": "external_id,name,account,stage,amount,closed_on,splits\n"
                'D,Deal,A,won,10.50,2026-01-05,"[{""person"": ""7"", ""share_bp"": 10000}]"\n',
                "payments.csv": "external_id,opportunity,received_on,amount\nP,D,2026-01-06,10.50\n",
            }
        ),
        "generic",
        source="files",
    )
    assert report["refused"] == 0
    payment = Payment.objects.get()
    assert (payment.owner.name, payment.account.name, payment.source) == ("Ann", "Acme", "files")


def test_a_single_file_is_loaded_by_its_name(folder):
    path = folder({"accounts.csv": "external_id,name\n1,Acme\n2,\n"})
    report = load(path / "accounts.csv", "generic")
    assert report["counts"] == {"accounts": {"created": 1, "error": 1}}
    assert report["errors"] == [
        {
            "resource": "accounts",
            "external_id": "2",
            "field": "name",
            "message": "This field is required.",
        }
    ]


@pytest.mark.parametrize(
    ("case", "files", "name"),
    [
        ("no file of that kind", {"things.csv": "a\n"}, "things.csv"),
        ("no external id", {"accounts.csv": "name\nAcme\n"}, "accounts.csv"),
        ("too many cells", {"accounts.csv": "external_id,name\n1,Acme,x\n"}, "accounts.csv"),
        ("not there", {}, "accounts.csv"),
    ],
)
def test_files_that_cannot_be_used_fail_the_job_and_leave_nothing(folder, case, files, name):
    with pytest.raises(Invalid):
        load(folder(files) / name, "generic")
    assert ImportJob.objects.get().state == "failed"
    assert not Account.objects.exists()


def test_the_command_prints_the_report_and_fails_when_records_were_refused(folder, capsys):
    path = folder({"accounts.csv": "external_id,name\n1,Acme\n2,\n"})
    with pytest.raises(CommandError, match="1 records were refused"):
        call_command("load_crm", path, format="generic")
    printed = capsys.readouterr()
    assert "1 created, 1 error" in printed.out
    assert "Refused: accounts 2, name" in printed.err
    assert Person.objects.filter(is_placeholder=False).count() == 0
