"""Several things in one cell: splits, shares and product lines; what can't be read is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.records import Refused
from crm.calc.parts import MOST_PARTS, lines_read, share_read, splits_read


@pytest.mark.parametrize(
    ("case", "cell", "splits"),
    [
        ("as people write", "张三 60%; 李四 40%", [("张三", 6000), ("李四", 4000)]),
        ("without a blank", "张三60%；李四40%", [("张三", 6000), ("李四", 4000)]),
        ("full width", "Ａnn　３３．３３％、Bo ６６.６７％", [("Ann", 3333), ("Bo", 6667)]),
        ("numbers of people", "E1: 70, E2: 30", [("E1", 7000), ("E2", 3000)]),
        ("in brackets", "Ann Lee (50%)\nBo Chan (50%)", [("Ann Lee", 5000), ("Bo Chan", 5000)]),
        ("a sign at the end", "E1 100%;", [("E1", 10000)]),
        ("a dash between", "Ann Lee - 60%; Bo - 40%", [("Ann Lee", 6000), ("Bo", 4000)]),
        ("one alone", "Ann=100", [("Ann", 10000)]),
    ],
)
def test_splits_are_read_as_people_write_them(case, cell, splits):
    assert splits_read(cell) == splits


@pytest.mark.parametrize("cell", ["Ann", "60%", "Ann 0%", "Ann 101%", "Ann -5%", "Ann half", "E1"])
def test_what_names_no_person_with_a_share_is_refused(cell):
    with pytest.raises(Refused):
        splits_read(cell)


@pytest.mark.parametrize(
    ("cell", "basis_points"),
    [("60%", 6000), ("60", 6000), ("33.33 %", 3333), ("１００％", 10000), ("0.5", 50)],
)
def test_a_share_is_percent_with_or_without_its_sign(cell, basis_points):
    assert share_read(cell) == basis_points


@pytest.mark.parametrize("cell", ["", "0", "101", "-5", "1.234", "a half", "50%%"])
def test_no_share_is_refused(cell):
    with pytest.raises(Refused):
        share_read(cell)


@pytest.mark.parametrize(
    ("case", "cell", "lines"),
    [
        ("names", "Fridge: 6,000; Washer: 3,000.50", [("Fridge", "1", "6000"), ("Washer", "1", "3000.50")]),
        ("quantities", "F-1 × 2: 6000 | F-2 x 3: 9千", [("F-1", "2", "6000"), ("F-2", "3", "9000")]),
        ("Chinese signs", "冰箱×2：1.2万；洗衣机＝3000", [("冰箱", "2", "12000"), ("洗衣机", "1", "3000")]),
        ("an x in a name", "Box 2: 5", [("Box 2", "1", "5")]),
        ("a return", "Fridge: (300)", [("Fridge", "1", "-300")]),
        ("half a piece", "Tiles * 1.5: 30", [("Tiles", "1.5", "30")]),
    ],
)
def test_lines_are_read_as_people_write_them(case, cell, lines):
    assert [(line.product, line.quantity, line.amount) for line in lines_read(cell)] == lines


@pytest.mark.parametrize("cell", ["Fridge", "Fridge 6000", ": 6000", "Fridge: lots", "Fridge: 1; Washer"])
def test_what_names_no_product_with_an_amount_is_refused(cell):
    with pytest.raises(Refused):
        lines_read(cell)


def test_a_cell_of_endless_parts_is_refused():
    with pytest.raises(Refused):
        splits_read("E1 1%;" * (MOST_PARTS + 1))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    for read in (splits_read, lines_read, share_read):
        with contextlib.suppress(Refused):
            assert read(text) is not None
