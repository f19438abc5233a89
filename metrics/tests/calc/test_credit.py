"""The cut of a figure among bands of basis points."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.calc.credit import FULL_BP, cut, part, running_part, split

amounts = st.integers(-(10**15), 10**15)
edges = st.lists(st.integers(1, FULL_BP - 1), max_size=5, unique=True).map(
    lambda inner: [0, *sorted(inner), FULL_BP]
)


@pytest.mark.parametrize(
    ("case", "amount", "bp", "expected"),
    [
        ("nothing", 0, 5_000, 0),
        ("no share", 12_345, 0, 0),
        ("the whole", 12_345, 10_000, 12_345),
        ("a third rounds down", 100, 3_333, 33),
        ("half a cent rounds up", 5, 1_000, 1),
        ("a refund mirrors a sale", -5, 1_000, -1),
    ],
)
def test_cut_by_hand(case, amount, bp, expected):
    assert cut(amount, bp) == expected


@given(amounts, edges)
def test_bands_that_cover_the_whole_sum_to_the_amount(amount, inner):
    bands = [(n, a, b) for n, (a, b) in enumerate(itertools.pairwise(inner))]
    assert sum(part(amount, a, b) for _n, a, b in bands) == amount
    assert sum(split(amount, bands).values()) == amount
    assert 0 not in split(amount, bands).values()


@given(amounts, edges)
def test_a_refund_reverses_a_sale_exactly(amount, inner):
    for a, b in itertools.pairwise(inner):
        assert part(-amount, a, b) == -part(amount, a, b)


@given(st.lists(amounts, max_size=8), edges)
def test_running_parts_add_up_to_the_part_of_the_sum(values, inner):
    for a, b in itertools.pairwise(inner):
        steps = zip(itertools.accumulate(values), values, strict=True)
        assert sum(running_part(total, value, a, b) for total, value in steps) == part(sum(values), a, b)


def test_split_adds_two_bands_of_one_unit():
    assert split(100, [("east", 0, 2_500), ("west", 2_500, 5_000), ("east", 5_000, 10_000)]) == {
        "east": 75,
        "west": 25,
    }
