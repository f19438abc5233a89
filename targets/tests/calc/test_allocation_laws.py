"""The laws of allocation, over random trees: sums, bounds, order, scale, sign, and an independent oracle."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from targets.calc.allocation import Infeasible, allocate, reallocate

totals = st.integers(0, 10**13)
weight_lists = st.lists(st.integers(0, 10**6), min_size=1, max_size=12)


@st.composite
def bounded_cases(draw):
    """(total, weights, lower, upper) that can be allocated."""
    weights = draw(weight_lists)
    lower = [draw(st.integers(-50, 10_000)) for _ in weights]
    room = [draw(st.one_of(st.none(), st.integers(0, 20_000))) for _ in weights]
    upper = [None if more is None else low + more for low, more in zip(lower, room, strict=True)]
    most = [
        low + (0 if not weight else 40_000 if more is None else more)
        for low, weight, more in zip(lower, weights, room, strict=True)
    ]
    total = draw(st.integers(sum(lower), sum(most)))
    assume(total >= 0)
    return total, weights, lower, upper


def exact_level(total, weights, lower, upper):
    """The shares as fractions, by walking the sorted breakpoints of Σ clip(λ·w, lower, upper)."""
    bounds = [total + 10**6 if high is None else high for high in upper]

    def shares(level):
        return [
            min(max(level * weight, low), high) if weight else Fraction(low)
            for weight, low, high in zip(weights, lower, bounds, strict=True)
        ]

    points = sorted(
        {
            Fraction(bound, weight)
            for weight, low, high in zip(weights, lower, bounds, strict=True)
            for bound in (low, high)
            if weight
        }
    )
    if not points or sum(shares(points[0])) >= total:
        return shares(points[0]) if points else [Fraction(low) for low in lower]
    for before, after in pairwise(points):
        start, end = sum(shares(before)), sum(shares(after))
        if end >= total:
            return shares(before + (after - before) * (total - start) / (end - start))
    raise AssertionError("infeasible")


@given(bounded_cases())
def test_shares_sum_keep_their_bounds_and_stay_within_a_unit_of_exact(case):
    total, weights, lower, upper = case
    amounts = allocate(total, weights, lower, upper)
    assert sum(amounts) == total
    for amount, exact, low, high in zip(
        amounts, exact_level(total, weights, lower, upper), lower, upper, strict=True
    ):
        assert abs(amount - exact) < 1
        assert amount >= low
        assert high is None or amount <= high


@given(bounded_cases(), st.integers(2, 500))
def test_quanta_change_neither_sum_nor_bounds(case, quantum):
    total, weights, lower, upper = case
    amounts = allocate(total, weights, lower, upper, quantum=quantum)
    assert sum(amounts) == total
    for amount, weight, low, high in zip(amounts, weights, lower, upper, strict=True):
        assert amount >= low
        assert high is None or amount <= high
        assert weight or amount == low


@given(totals, weight_lists, st.integers(2, 10**4))
def test_amounts_without_bounds_are_quanta_but_one(total, weights, quantum):
    assume(any(weights))
    amounts = allocate(total, weights, quantum=quantum)
    assert sum(amounts) == total
    assert sum(amount % quantum != 0 for amount in amounts) <= 1


@given(totals, weight_lists, st.integers(0, 3000))
def test_children_sum_to_the_total_and_its_cushion(total, weights, cushion_bp):
    assume(any(weights))
    wanted = round(Fraction(total * (10_000 + cushion_bp), 10_000))
    assert sum(allocate(total, weights, cushion_bp=cushion_bp)) == wanted


@given(totals, weight_lists, st.integers(1, 1000))
def test_the_scale_of_weights_does_not_matter(total, weights, scale):
    assume(any(weights))
    assert allocate(total, weights) == allocate(total, [weight * scale for weight in weights])


@given(totals, weight_lists, st.randoms(use_true_random=False))
def test_the_order_of_children_does_not_matter(total, weights, chance):
    assume(any(weights))
    shuffled = list(weights)
    chance.shuffle(shuffled)
    before = sorted(zip(weights, allocate(total, weights), strict=True))
    assert before == sorted(zip(shuffled, allocate(total, shuffled), strict=True))


@given(totals, weight_lists)
def test_more_weight_never_means_less(total, weights):
    assume(any(weights))
    amounts = sorted(zip(weights, allocate(total, weights), strict=True))
    assert all(small[1] <= large[1] for small, large in pairwise(amounts) if small[0] < large[0])


@given(bounded_cases(), st.integers(0, 5000))
def test_a_larger_total_takes_a_unit_at_most_from_anyone(case, more):
    """Largest remainders may shift one unit (the Alabama paradox); the exact shares never fall."""
    total, weights, lower, _ = case
    assume(any(weights))
    before, after = (allocate(amount, weights, lower) for amount in (total, total + more))
    assert all(now >= then - 1 for then, now in zip(before, after, strict=True))


@given(bounded_cases())
def test_a_negative_total_is_the_mirror_image(case):
    total, weights, lower, upper = case
    assume(any(weights))  # without a weight all stand at their floors, which the mirror turns into caps
    mirror = allocate(
        -total, weights, [None if b is None else -b for b in upper], [-bound for bound in lower]
    )
    assert mirror == [-amount for amount in allocate(total, weights, lower, upper)]


@given(bounded_cases(), st.data())
def test_locking_children_at_their_amounts_changes_nobody_by_more_than_a_unit(case, data):
    total, weights, lower, upper = case
    amounts = allocate(total, weights, lower, upper)
    locked = {i: amounts[i] for i in data.draw(st.sets(st.integers(0, len(weights) - 1)))}
    again = allocate(total, weights, lower, upper, locked)
    assert sum(again) == total
    assert all(again[i] == amount for i, amount in locked.items())
    # Each locked child has taken up to a unit of the others' exact shares with it.
    assert all(abs(a - b) <= 1 + len(locked) for a, b in zip(again, amounts, strict=True))


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 100)), min_size=1, max_size=8),
    st.integers(0, 10**8),
)
def test_reallocation_keeps_the_past_and_the_total(children, total):
    consumed, weights = [done for done, _ in children], [weight for _, weight in children]
    if not any(weights) and sum(consumed) < total:
        with pytest.raises(Infeasible, match="nothing to distribute it by"):
            reallocate(total, consumed, weights)
        return
    future, whole, surplus = reallocate(total, consumed, weights)
    assert [more + done for more, done in zip(future, consumed, strict=True)] == whole
    assert all(more >= 0 for more in future)
    assert sum(whole) - surplus == total
    assert surplus == max(0, sum(consumed) - total)
    assert all(not more for more, weight in zip(future, weights, strict=True) if not weight)


@settings(max_examples=30)
@given(st.integers(2, 60), st.integers(2, 6))
def test_floors_and_caps_in_geometric_steps_are_still_exact(count, base):
    """The shape that needs most rounds of fixing."""
    upper = [base**i for i in range(count)]
    amounts = allocate(sum(upper) - 1, [1] * count, upper=upper)
    assert amounts == [*upper[:-1], upper[-1] - 1]
