"""Sums by code are exact to the cent however large, and a tree's sums are its leaves'."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.calc.rollup import dense_codes, roll_up_tree, sum_by

amounts = st.one_of(st.integers(-(10**6), 10**6), st.integers(-(2**57), 2**57))


@given(st.lists(st.tuples(st.integers(0, 4), amounts), max_size=40))
def test_sums_by_code_are_exact(rows):
    codes = np.array([code for code, _value in rows], dtype=np.int64)
    values = np.array([value for _code, value in rows], dtype=np.int64)
    expected = [sum(value for code, value in rows if code == wanted) for wanted in range(5)]
    assert sum_by(codes, 5, values).tolist() == expected


@given(st.lists(st.integers(-1, 20), min_size=1, max_size=20), st.data())
def test_a_subtree_sums_to_its_own_rows(raw, data):
    parent = np.array([min(above, at - 1) for at, above in enumerate(raw)], dtype=np.int64)
    own = np.array(data.draw(st.lists(amounts, min_size=len(raw), max_size=len(raw))), dtype=np.int64)
    totals = roll_up_tree(own[:, None], parent)[:, 0]
    for node in range(len(raw)):
        below = {node}
        for child in range(len(raw)):
            if parent[child] in below:
                below.add(child)
        assert totals[node] == sum(int(own[child]) for child in below)


def test_a_circle_is_refused():
    with pytest.raises(ValueError, match="circle"):
        roll_up_tree(np.zeros((2, 1), np.int64), np.array([1, 0]))


def test_dense_codes_point_back_at_their_values():
    codes, uniques = dense_codes(np.array([30, 10, 30, 20]))
    assert uniques[codes].tolist() == [30, 10, 30, 20]


def test_no_rows_sum_to_zero():
    nothing = np.array([], dtype=np.int64)
    assert sum_by(nothing, 3, nothing).tolist() == [0, 0, 0]
