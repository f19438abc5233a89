"""A trial says which rows would make a customer who looks like one that is there; none is refused for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.calc.keys import contact_keys
from crm.models import Account, ImportJob, ImportRow
from crm.selectors.lookalikes import lookalikes, lookalikes_among
from crm.services.imports import import_apply, import_map, import_receive, import_work
from crm.tests.factories import SOURCE, make_account, make_lead
from org.scope import Scope
from tests.cast import Cast

LEADS = """编号,姓名,公司,邮箱,创建日期
L-1,Bo,Acme 有限公司,,2026-01-05
L-2,Cy,Bright,cy@acme.com,2026-01-05
L-3,Di,Dark,,2026-01-05
"""


@pytest.fixture
def acme(cast: Cast) -> Account:
    return make_account("ACME Ltd", owner=cast.dave.person, phone="138 0013 8000", website="www.acme.com")


def tried(text: str, resource: str) -> ImportJob:
    job = import_receive(
        content=text.encode(), file_name="f.csv", resource=resource, source=SOURCE, actor=None
    )
    import_map(job=job, fields=job.mapping["fields"], answers={})
    assert import_work(job.pk)
    job.refresh_from_db()
    assert job.state == "checked", job.report
    return job


def alike(job: ImportJob) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Who looks like which row, and by what."""
    rows = ImportRow.objects.filter(job=job, alike__isnull=False)
    return {row.external_id: [(e["key"], tuple(e["shared"])) for e in row.alike] for row in rows}


@pytest.mark.parametrize(
    ("case", "cells", "shared"),
    [
        ("by name", "Acme Inc.,,", ("name_key",)),
        ("by phone", "Other,+86 138-0013-8000,", ("phone_key",)),
        ("by domain", "Other,,https://shop.acme.com/x", ("domain_key",)),
        ("by two", "acme,,acme.com", ("name_key", "domain_key")),
    ],
)
def test_new_account_that_looks_like_one_is_marked(acme: Account, case: str, cells: str, shared: Any) -> None:
    job = tried(f"编号,名称,电话,网站\nA-1,{cells}\nA-2,Zeta,,\n", "accounts")
    assert alike(job) == {"A-1": [(f"account-{acme.pk}", shared)]}
    assert (job.report["alike"], job.report["counts"]) == (1, {"created": 2})


def test_leads_are_compared_by_company_phone_and_mail(cast: Cast, acme: Account) -> None:
    lead = make_lead(cast.alice.person, name="Di", company_name="Dark GmbH")
    assert alike(tried(LEADS, "leads")) == {
        "L-1": [(f"account-{acme.pk}", ("name_key",))],
        "L-2": [(f"account-{acme.pk}", ("domain_key",))],
        "L-3": [(f"lead-{lead.pk}", ("name_key",))],
    }


def test_a_lead_of_an_account_looks_like_it_without_a_word(cast: Cast) -> None:
    make_account("Acme", owner=cast.alice.person, external_id="A-1")
    assert alike(
        tried("编号,姓名,公司,客户,创建日期\nL-1,Bo,Acme,A-1,2026-01-05\nL-2,Cy,Acme,,2026-01-05\n", "leads")
    ).keys() == {"L-2"}


def test_a_deal_says_so_of_the_customer_it_would_make(acme: Account) -> None:
    make_account("Known", owner=acme.owner, external_id="known")
    job = tried(
        "编号,客户,金额,阶段\nD-1,Acme 公司,5,谈判\nD-2,Known,5,谈判\nD-3,Zeta,5,谈判\n", "opportunities"
    )
    assert alike(job) == {"D-1": [(f"account-{acme.pk}", ("name_key",))]}


def test_a_row_that_changes_an_account_makes_none(acme: Account) -> None:
    make_account("Acme", owner=acme.owner, external_id="A-1")
    job = tried("编号,名称\nA-1,Acme KG\n", "accounts")
    assert (job.report["counts"], alike(job)) == ({"updated": 1}, {})


def test_what_is_marked_can_be_imported_all_the_same(acme: Account) -> None:
    job = tried("编号,名称\nA-1,Acme\n", "accounts")
    import_apply(job=job, is_all_or_nothing=True, actor=None)
    assert import_work(job.pk)
    assert Account.objects.filter(source=SOURCE, external_id="A-1").exists()


def test_the_page_counts_them_and_leads_to_them(
    acme: Account, frank: Any, client_of: Callable[..., Client]
) -> None:
    rows = "".join(f"A-{at},Firm {at}\n" for at in range(5))
    job = tried(f"编号,名称\n{rows}A-9,Acme\n", "accounts")
    url, client = reverse("crm:import_detail", args=[job.pk]), client_of(frank)
    body = client.get(url).content.decode()
    assert "1 row would make a customer who looks like one that is there" in body
    assert body.count(reverse("crm:account_detail", args=[acme.pk])) == 1
    only = client.get(url, {"only": "alike"}).content.decode()
    assert "A-9" in only
    assert "Firm 3" not in only
    assert "Firm 3" in client.get(url, {"only": "nonsense"}).content.decode()


def test_many_are_compared_as_each_alone_in_two_queries(cast: Cast, acme: Account) -> None:
    make_lead(cast.alice.person, name="Bo", company_name="Acme", phone="13800138000")
    make_account("Beta", owner=cast.alice.person)
    scope = Scope.everyone(reason="test", on=acme.owner_since)
    names = [("Acme", "", ""), ("Beta", "13800138000", ""), ("", "", ""), ("Nobody", "", "acme.com")]
    asked = [contact_keys(*each) for each in names]
    with CaptureQueriesContext(connection) as queries:
        found = lookalikes_among(asked, scope=scope)
    assert len(queries) == 2
    assert found == [lookalikes(keys, scope=scope) for keys in asked]
    assert [len(each) for each in found] == [2, 3, 0, 1]
