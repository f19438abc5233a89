"""Calibration in figures: near months flex, the year keeps its floor, the past and the sums never break."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from targets.calc.calibration import Branch, broken_floors, calibrate, floor_of, tree_deltas

HUNDRED = [100] * 12
MONTHS = st.lists(st.integers(0, 10**12), min_size=12, max_size=12)
FACTORS = st.fractions(0, 2, max_denominator=1000)


@pytest.mark.parametrize(
    ("case", "asked", "months"),
    [
        ("a cut is made up later", (3, "0.82", 2, 1200), [100] * 3 + [82, 82, 106] + [105] * 6),
        ("a lower floor asks for less", (3, "0.5", 3, 1140), [100] * 3 + [70] * 3 + [105] * 6),
        ("without a floor the year shrinks", (5, "0.8", 2, None), [100] * 5 + [80, 80] + [100] * 5),
        ("more is asked for, up to a tenth", (10, "1.5", 2, 1200), [100] * 10 + [110, 110]),
        ("no month is left: the floor wins", (10, "0.8", 2, 1200), HUNDRED),
        ("half a unit rounds up", (11, "0.995", 1, None), [100] * 11 + [100]),
    ],
)
def test_examples_added_in_the_head(case, asked, months):
    current, factor, horizon, floor = asked
    assert calibrate(HUNDRED, current, factor, horizon, floor) == months


@pytest.mark.parametrize(("current", "horizon"), [(-1, 2), (12, 1), (3, 0)])
def test_months_outside_the_year_are_refused(current, horizon):
    with pytest.raises(Invalid):
        calibrate(HUNDRED, current, "0.8", horizon, None)


@given(MONTHS, st.integers(0, 11), FACTORS, st.integers(1, 12), st.integers(0, 100))
def test_the_past_is_untouched_the_floor_held_and_the_caps_kept(months, current, factor, horizon, percent):
    floor = sum(months) * percent // 100
    after = calibrate(months, current, factor, horizon, floor)
    assert after[:current] == months[:current]
    assert sum(after) >= floor
    end = min(12, current + horizon)
    made_up = sum(after) == floor and end == 12
    for was, now in zip(months[current:end], after[current:end], strict=True):
        assert now >= Fraction(7, 10) * was - 1
        assert made_up or now <= Fraction(11, 10) * was + 1
    assert all(now >= was for was, now in zip(months[end:], after[end:], strict=True))


@given(MONTHS, st.integers(0, 11), st.integers(1, 12))
def test_a_factor_of_one_changes_nothing(months, current, horizon):
    assert calibrate(months, current, 1, horizon, sum(months)) == months


@given(MONTHS, st.integers(0, 11), FACTORS, FACTORS, st.integers(1, 12))
def test_a_larger_factor_never_asks_for_less_in_the_near_months(months, current, one, other, horizon):
    low, high = sorted((one, other))
    less, more = (calibrate(months, current, factor, horizon, None) for factor in (low, high))
    assert all(a <= b for a, b in zip(less, more, strict=True))


@st.composite
def trees(draw):
    """A tree of up to twelve targets whose children sum to their parent in each of three months."""
    leaves = st.tuples(*[st.integers(0, 1000)] * 3)
    nodes, children = {}, {}
    for pk in range(1, draw(st.integers(2, 12)) + 1):
        parent = draw(st.sampled_from(range(1, pk))) if pk > 1 else None
        children.setdefault(parent, []).append(pk)
        nodes[pk] = (parent, draw(leaves))
    whole = {}
    for pk in reversed(nodes):
        below = [whole[child] for child in children.get(pk, [])]
        whole[pk] = tuple(sum(column) for column in zip(*below, strict=True)) if below else nodes[pk][1]
    return {pk: Branch(nodes[pk][0], whole[pk]) for pk in nodes}, children


@given(trees(), st.data())
def test_parents_and_children_stay_reconciled_and_nothing_falls_below_zero(tree, data):
    nodes, children = tree
    pk = data.draw(st.sampled_from(sorted(nodes)))
    change = [data.draw(st.integers(-month, 500)) for month in nodes[pk].months]
    deltas = tree_deltas(nodes, {pk: change})
    after = {
        each: [have + more for have, more in zip(node.months, deltas.get(each, [0] * 3), strict=True)]
        for each, node in nodes.items()
    }
    for parent, below in children.items():
        if parent is not None:
            assert [sum(column) for column in zip(*(after[child] for child in below), strict=True)] == after[
                parent
            ]
    assert min(value for months in after.values() for value in months) >= 0


def test_two_chosen_branches_add_up_at_the_top():
    nodes = {1: Branch(None, (30,)), 2: Branch(1, (20,)), 3: Branch(1, (10,)), 4: Branch(2, (20,))}
    assert tree_deltas(nodes, {2: [-5], 3: [4]}) == {2: [-5], 4: [-5], 3: [4], 1: [-1]}


def test_what_two_people_exchange_leaves_the_target_above_as_it_was():
    nodes = {1: Branch(None, (30,)), 2: Branch(1, (20,)), 3: Branch(1, (10,))}
    assert tree_deltas(nodes, {2: [-5], 3: [5]}) == {2: [-5], 3: [5]}


def test_a_target_below_a_chosen_one_is_not_chosen_too():
    nodes = {1: Branch(None, (30,)), 2: Branch(1, (20,)), 3: Branch(1, (10,))}
    with pytest.raises(Invalid):
        tree_deltas(nodes, {1: [-3], 3: [1]})


def test_a_ratio_goes_down_in_proportion_and_never_up():
    nodes = {
        1: Branch(None, (400_000,), is_additive=False),
        2: Branch(1, (300_000,), is_additive=False),
        3: Branch(2, (150_000,), is_additive=False),
    }
    assert tree_deltas(nodes, {2: [-30_000]}) == {2: [-30_000], 3: [-15_000]}


@pytest.mark.parametrize(
    ("planned", "floor_bp", "floor"), [(1000, 10_000, 1000), (101, 8_500, 86), (0, 9_000, 0)]
)
def test_a_floor_is_rounded_up(planned, floor_bp, floor):
    assert floor_of(planned, floor_bp) == floor


def test_broken_floors_are_named_with_what_is_missing():
    after = [100] * 5 + [50, 80] + [100] * 5
    year, quarter = broken_floors(HUNDRED, HUNDRED, after, year_bp=10_000, quarter_bp=8_500)
    assert (year.quarter, year.missing) == (None, 70)
    assert (quarter.quarter, quarter.floor, quarter.missing) == (2, 255, 5)


def test_a_floor_broken_before_is_no_reason_to_refuse_an_improvement():
    before = [50] * 3 + [100] * 9
    after = [60] * 3 + [100] * 9
    assert broken_floors(HUNDRED, before, after, year_bp=10_000, quarter_bp=8_500) == []
