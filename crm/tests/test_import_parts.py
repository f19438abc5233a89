"""Products, splits and product lines come by file like everything else, and go again when it is undone."""

from __future__ import annotations

import pytest

from crm.calc.columns import COLUMNS
from crm.import_words import FIELDS, row_problems
from crm.models import Opportunity, Product
from crm.services import segment_ensure
from crm.tests.test_imports import applied, checked, shapes, undone
from tests.cast import Cast

PRODUCTS = """产品编号,产品名称,产品线,标价
F-1,冰箱,高端,"￥6,000"
W-1,洗衣机,高端,3千
"""


@pytest.fixture(autouse=True)
def company(cast: Cast) -> Cast:
    return cast


@pytest.fixture
def line(db):
    return segment_ensure("product_line", "premium", "高端")


@pytest.fixture
def products(line):
    return applied(PRODUCTS, "products")


def problems(job) -> list[str]:
    return [text for row in job.rows.filter(status="error") for text in row_problems(row)]


def splits(key: str) -> dict[str, int]:
    return {each["person"]: each["share_bp"] for each in shapes()[key]["splits"]}


def test_products_are_created_changed_and_undone(line):
    job = applied(PRODUCTS, "products")
    assert job.report["counts"] == {"created": 2}
    told = shapes("products")
    assert (told["F-1"]["name"], told["F-1"]["list_price"], told["F-1"]["product_line"]) == (
        "冰箱",
        "6000.00",
        "premium",
    )
    again = applied(PRODUCTS.replace("6,000", "6,500"), "products")
    assert again.report["counts"] == {"updated": 1, "unchanged": 1}
    assert undone(again).state == "undone"
    assert shapes("products")["F-1"]["list_price"] == "6000.00"


def test_new_products_go_again_when_their_file_is_undone(products):
    assert undone(products).state == "undone"
    assert not Product.objects.filter(deleted_at=None).exists()


def test_products_without_numbers_are_known_by_their_name(line):
    text = "Product,List price\nFridge,6000\n"
    assert applied(text, "products").report["counts"] == {"created": 1}
    assert applied(text.replace("Fridge", "FRIDGE"), "products").report["counts"] == {"updated": 1}
    assert Product.objects.get().external_id == "fridge"


def test_a_product_that_a_deal_has_now_is_not_undone(products):
    applied("编号,负责人,阶段,金额,产品\nD-1,E1,谈判,6000,冰箱\n")
    job = undone(products)
    assert (job.state, job.report["undo_refused"]) == ("done", ["F-1"])
    assert Product.objects.filter(deleted_at=None).count() == 2


@pytest.mark.parametrize("product", ["F-1", "冰箱"])
def test_a_deals_product_is_found_by_number_or_name(products, product):
    applied(f"编号,负责人,阶段,金额,产品\nD-1,E1,谈判,6000,{product}\n")
    assert (shapes()["D-1"]["product"], shapes()["D-1"]["product_line"]) == ("F-1", "premium")


def test_several_products_stand_in_one_cell_and_sum_to_the_deal(products):
    applied('编号,负责人,阶段,产品明细\nD-1,E1,谈判,"冰箱 × 2: 12,000; W-1: 3千"\n')
    deal = shapes()["D-1"]
    assert deal["amount"] == "15000.00"
    assert [(each["product"], each["quantity"], each["amount"]) for each in deal["lines"]] == [
        ("F-1", "2", "12000.00"),
        ("W-1", "1", "3000.00"),
    ]


def test_lines_that_do_not_sum_to_the_amount_or_name_nothing_known_are_refused(products):
    job = checked(
        '编号,负责人,阶段,金额,产品明细\nD-1,E1,谈判,100,"冰箱: 60; W-1: 30"\nD-2,E1,谈判,50,彩电: 50\n'
        "D-3,E1,谈判,50,冰箱\n"
    )
    assert job.report["counts"] == {"error": 3}
    first, second, third = problems(job)
    assert "9000" in first
    assert "彩电" in second
    assert "冰箱" in third


def test_splits_stand_in_one_cell(products):
    job = applied('编号,负责人,阶段,金额,业绩分成\nD-1,E1,谈判,100,"Alice Borealis 60%; E4 40%"\n')
    assert splits("D-1") == {"E1": 6000, "E4": 4000}
    assert Opportunity.objects.get().is_shared
    undone(job)
    assert not Opportunity.objects.filter(deleted_at=None).exists()


def test_splits_stand_in_columns_of_their_own(products):
    applied(
        "编号,负责人,阶段,金额,Split 1 person,Split 1 share,Split 2 person,Split 2 share\n"
        "D-1,E1,谈判,100,E1,70%,Dave Australis,30\nD-2,E1,谈判,100,,,,\n"
    )
    assert splits("D-1") == {"E1": 7000, "E4": 3000}
    assert splits("D-2") == {}


def test_a_file_without_splits_leaves_them_and_an_empty_cell_takes_them_away(products):
    applied('编号,负责人,阶段,金额,业绩分成\nD-1,E1,谈判,100,"E1 60%; E4 40%"\n')
    applied("编号,阶段,金额\nD-1,谈判,200\n")
    assert splits("D-1") == {"E1": 6000, "E4": 4000}
    applied("编号,阶段,金额,业绩分成\nD-1,谈判,200,\n")
    assert splits("D-1") == {}


@pytest.mark.parametrize(
    ("case", "headers", "cells", "word"),
    [
        ("too little", "业绩分成", "E1 60%", "6000"),
        ("nobody", "业绩分成", "E1 60%; E99 40%", "E99"),
        ("no share", "业绩分成", "Alice", "Alice"),
        ("a person without a share", "Split 1 person,Split 1 share", "E1,", "share"),
        ("a share without a person", "Split 1 person,Split 1 share", ",40%", "person"),
        ("no number", "Split 1 person,Split 1 share", "E1,half", "half"),
    ],
)
def test_a_wrong_split_refuses_its_row_with_the_reason(case, headers, cells, word):
    job = checked(f"编号,负责人,阶段,金额,{headers}\nD-1,E1,谈判,100,{cells}\n")
    assert job.report["counts"] == {"error": 1}
    [text] = problems(job)
    assert word in text


def test_currency_in_a_cell_of_revenue_stays_when_a_customer_is_changed():
    applied("编号,客户,年营收\nC-1,Acme,￥100\n", "accounts")
    applied("编号,客户,年营收\nC-1,Acme,300 英镑\n", "accounts")
    told = shapes("accounts")["C-1"]
    assert (told["annual_revenue"], told["currency"]) == ("300.00", "GBP")


def test_every_column_has_a_word_on_the_page():
    assert {column.name for columns in COLUMNS.values() for column in columns} <= set(FIELDS)
