"""A pasted table of deals: tried without a trace, loaded all of it or nothing."""

from __future__ import annotations

import pytest

from crm.models import Account, ChangedDay, ImportJob, Opportunity
from crm.services.imports.deal_table import deal_table_import
from org.tests.factories import make_person

pytestmark = pytest.mark.django_db

TABLE = """number,customer,owner,stage,amount,closed on,product line,region
D1,Acme,S1,won,"12,500.00",2026/5/4,Kitchen,East
D2,Acme,S1,Lost,800,2026-05-06,Kitchen,East
D3,Bolt,ann@firm.example,proposal,4000,,Laundry,West
"""


@pytest.fixture(autouse=True)
def ann(db):
    return make_person("Ann", employee_number="S1", email="Ann@firm.example")


def run(text, apply=True):
    return deal_table_import(text=text, actor=None, apply=apply)


def told(found):
    return [(p.line, p.column, p.error.text()) for p in found.problems]


def counts():
    return [model.objects.count() for model in (Opportunity, Account, ChangedDay, ImportJob)]


def test_a_table_loads_deals_with_their_customers_and_keeps_a_job(ann, frank):
    loaded = deal_table_import(text=TABLE, actor=frank, apply=True)
    assert (told(loaded), loaded.count("created")) == ([], 3)
    assert (loaded.won_count, loaded.won_minor) == (1, 1_250_000)
    deal = Opportunity.objects.select_related("account", "stage", "product_line", "region").get(
        external_id="D1"
    )
    assert (deal.account.name, deal.owner, deal.stage.code) == ("Acme", ann, "won")
    assert (deal.amount_minor, str(deal.closed_on)) == (1_250_000, "2026-05-04")
    assert (deal.product_line.code, deal.region.code) == ("Kitchen", "East")
    assert Opportunity.objects.get(external_id="D3").owner == ann
    assert Account.objects.count() == 2
    job = ImportJob.objects.get()
    assert (job.started_by, job.report["counts"]["opportunities"]) == (frank, {"created": 3})


def test_a_trial_tells_the_same_and_leaves_nothing():
    before = counts()
    tried = run(TABLE, apply=False)
    assert counts() == before
    assert tried == run(TABLE)


def test_loading_again_changes_nothing_and_a_changed_row_is_one_deal():
    run(TABLE)
    deals = Opportunity.objects.count()
    assert run(TABLE).count("unchanged") == 3
    changed = run(TABLE.replace("12,500.00", "13,000.00"))
    assert (changed.count("updated"), changed.won_minor, Opportunity.objects.count()) == (1, 1_300_000, deals)


def test_each_problem_names_its_row_and_column_and_nothing_is_loaded():
    before = counts()
    found = run(
        """number,customer,owner,stage,amount,closed on
D1,Acme,S1,won,100,2026-05-04
D2,Acme,S9,won,100,2026-05-04
D3,Acme,S1,dreaming,100,
D4,Acme,S1,won,"12,5",2026-05-04
D5,Acme,S1,won,100,
D6,Acme,,won,,2026-05-04
,Acme,S1,won,100,2026-05-04
"""
    )
    assert counts() == before
    assert [(line, column) for line, column, _text in told(found)] == [
        (3, "owner"),
        (4, "stage"),
        (5, "amount"),
        (6, "closed_on"),
        (7, "owner"),
        (7, "amount"),
        (8, "number"),
    ]
    assert told(found)[0][2] == "Nobody has the number or external id “S9”."
    assert found.count("error") == 6


def test_an_address_of_two_people_names_neither():
    make_person("Ann too", employee_number="S2", email="ann@firm.example")
    assert told(run(TABLE))[0][:2] == (4, "owner")


def test_chinese_headers_and_stages_are_understood():
    loaded = run(
        "编号,客户,负责人,阶段,金额,成交日期\nD1,海天,S1,赢单,12500,2026年5月4日\nD2,海天,S1,方案,800,"
    )
    assert (told(loaded), loaded.won_minor) == ([], 1_250_000)
    assert Opportunity.objects.get(external_id="D2").stage.code == "proposal"


def test_thirty_rows_take_as_many_queries_as_three(django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def table(count, tag):
        rows = [f"{tag}{n},Acme {n},S1,won,100,2026-05-04" for n in range(count)]
        return "\n".join(["number,customer,owner,stage,amount,closed on", *rows])

    with CaptureQueriesContext(connection) as few:
        run(table(3, "A"))
    with django_assert_num_queries(len(few)):
        run(table(30, "B"))
