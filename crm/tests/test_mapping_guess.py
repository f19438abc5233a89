"""Mappings proposed for records as well-known systems send them."""

from __future__ import annotations

import pytest

from crm.calc.mapping_guess import mapping_guess

HUBSPOT = {
    "id": "51",
    "properties": {
        "amount": "1500.00",
        "closedate": "2019-12-07T16:50:06.678Z",
        "dealname": "Kitchen",
        "dealstage": "closedwon",
        "hubspot_owner_id": "910901",
        "hs_lastmodifieddate": "2019-12-07T16:50:06.678Z",
    },
    "archived": False,
}
SALESFORCE = {
    "attributes": {"type": "Opportunity", "url": "/x"},
    "Id": "006",
    "Name": "Kitchen",
    "StageName": "Prospecting",
    "Amount": 100.5,
    "CloseDate": "2026-03-05",
    "OwnerId": "005",
    "AccountId": "001",
    "Account": {"Name": "Acme"},
    "IsDeleted": False,
    "CurrencyIsoCode": "USD",
}
CHINESE = {
    "data": {
        "商机编号": "A1",
        "商机名称": "厨房",
        "负责人": {"id": 3, "name": "王"},
        "客户": {"id": 7, "name": "海尔"},
        "金额": "1.2万",
        "阶段": "赢单",
        "成交日期": "2026年3月5日",
    }
}
PIPEDRIVE = {
    "current": {
        "id": 1,
        "title": "Kitchen",
        "value": 100,
        "currency": "USD",
        "status": "won",
        "org_id": 9,
        "org_name": "Acme",
        "owner": {"id": 4, "email": "a@b.example"},
    }
}
CASES = {
    "HubSpot": (
        HUBSPOT,
        {
            "external_id": "id",
            "name": "properties.dealname",
            "stage": "properties.dealstage",
            "amount": "properties.amount",
            "closed_on": "properties.closedate",
            "owner": "properties.hubspot_owner_id",
        },
        "archived",
    ),
    "Salesforce": (
        SALESFORCE,
        {
            "external_id": "Id",
            "name": "Name",
            "account": "AccountId",
            "account_name": "Account.Name",
            "stage": "StageName",
            "amount": "Amount",
            "currency": "CurrencyIsoCode",
            "closed_on": "CloseDate",
            "owner": "OwnerId",
        },
        "IsDeleted",
    ),
    "Chinese": (
        CHINESE,
        {
            "external_id": 'data."商机编号"',
            "name": 'data."商机名称"',
            "account": 'data."客户".id',
            "account_name": 'data."客户".name',
            "stage": 'data."阶段"',
            "amount": 'data."金额"',
            "closed_on": 'data."成交日期"',
            "owner": 'data."负责人".id',
        },
        "",
    ),
    "Pipedrive": (
        PIPEDRIVE,
        {
            "external_id": "current.id",
            "name": "current.title",
            "account": "current.org_id",
            "account_name": "current.org_name",
            "stage": "current.status",
            "amount": "current.value",
            "currency": "current.currency",
            "owner": "current.owner.email",
        },
        "",
    ),
}


@pytest.mark.parametrize(("sample", "paths", "gone"), CASES.values(), ids=CASES.keys())
def test_deal_is_recognised(sample, paths, gone):
    mapping = mapping_guess("opportunities", [sample], stages={"won": "won"})
    assert {name: rule.paths[0] for name, rule in mapping.rules.items()} == paths
    assert mapping.gone.path == gone


def test_field_without_a_name_we_know_is_found_by_what_it_holds():
    samples = [{"id": at, "f1": "5,000.00", "f2": f"2026-03-0{at}"} for at in (1, 2, 3)]
    rules = mapping_guess("payments", samples, stages={}).rules
    assert (rules["amount"].paths, rules["received_on"].paths) == (("f1",), ("f2",))


def test_products_are_guessed_too():
    rules = mapping_guess("products", [{"sku": "F-1", "title": "Fridge", "price": "900"}], stages={}).rules
    assert {name: rule.paths[0] for name, rule in rules.items()} == {
        "external_id": "sku",
        "name": "title",
        "list_price": "price",
    }
