"""Merging what came back from a spreadsheet with what was changed meanwhile."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.calc.merging import ChildCells, Merged, cells_merged, merged, year_over_months


@pytest.mark.parametrize(
    ("case", "base", "mine", "theirs", "expected"),
    [
        ("nobody changed anything", [1, 2], [1, 2], [1, 2], Merged((1, 2))),
        ("I changed", [1, 2], [1, 5], [1, 2], Merged((1, 5), is_changed=True)),
        ("they changed", [1, 2], [1, 2], [3, 2], Merged((3, 2))),
        ("both changed alike", [1, 2], [1, 5], [1, 5], Merged((1, 5))),
        ("both changed", [1, 2], [1, 5], [3, 2], Merged((1, 5), is_changed=True, is_conflict=True)),
    ],
)
def test_change_of_one_side_is_taken_and_of_both_is_asked_about(case, base, mine, theirs, expected):
    assert merged(base, mine, theirs) == expected


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**9), min_size=12, max_size=12))
def test_year_typed_is_the_sum_of_its_months_in_their_proportions(year, months):
    spread = year_over_months(year, months)
    assert sum(spread) == year
    weights = months if any(months) else [1] * 12
    for part, weight in zip(spread, weights, strict=True):
        assert abs(part - year * weight / sum(weights)) <= 1 + 1e-3


def test_cells_of_both_sides_stand_beside_each_other_and_only_the_same_cell_is_asked_about():
    base = ChildCells(Decimal(1), None, 900, 500)
    mine = ChildCells(Decimal(2), None, 800, 600)
    theirs = ChildCells(Decimal(1), 100, 700, None)
    found, asked = cells_merged(base, mine, theirs)
    assert found == ChildCells(Decimal(2), 100, 800, 600)
    assert asked == ("max", "amount")
    assert cells_merged(base, base, theirs) == (theirs, ())
    assert cells_merged(base, mine, base) == (mine, ())
