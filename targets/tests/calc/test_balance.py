"""Editing a two-way grid: what is fixed stays, both margins are exact, the rest gives way."""

import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from common.errors import Invalid
from targets.calc.balance import GridInfeasible, balanced_grid

ALL = [(0, 0), (0, 1), (1, 0), (1, 1)]


@st.composite
def grids(draw):
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cells = draw(
        st.lists(
            st.lists(st.integers(0, 10**9), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
    return np.array(cells, dtype=np.int64)


@given(grids())
def test_a_grid_that_sums_is_its_own_answer(cells):
    assume(cells.sum() > 0)
    assert (balanced_grid(cells, int(cells.sum())) == cells).all()


@given(grids(), st.data())
def test_what_is_locked_stays_and_both_margins_are_exact(cells, data):
    total = int(cells.sum())
    place = data.draw(st.integers(0, cells.shape[0] - 1)), data.draw(st.integers(0, cells.shape[1] - 1))
    amount = data.draw(st.integers(0, total))
    row = data.draw(st.integers(0, cells.shape[0] - 1))
    wanted = data.draw(st.integers(0, total))
    try:
        grid = balanced_grid(cells, total, {place: amount}, {row: wanted})
    except GridInfeasible:
        # Told with where and by how much: the table below.
        event("infeasible")
        return
    assert grid[place] == amount
    assert grid[row].sum() == wanted
    assert grid.sum() == total
    assert (grid >= 0).all()


@given(grids(), st.integers(0, 10**12))
def test_a_new_total_is_met_to_the_unit(cells, total):
    assert balanced_grid(cells, total).sum() == total


def test_a_typed_cell_moves_its_row_and_column_only_by_what_it_took():
    grid = balanced_grid([[40, 20, 10], [20, 20, 10], [10, 10, 60]], 200, {(0, 0): 45})
    assert grid.sum(axis=1).tolist() == [70, 50, 80]
    assert grid.sum(axis=0).tolist() == [70, 50, 80]
    assert grid[0, 0] == 45


def test_a_typed_margin_is_met_and_the_others_share_the_rest():
    grid = balanced_grid([[40, 20], [20, 20]], 100, rows={0: 80})
    assert grid.sum(axis=1).tolist() == [80, 20]
    assert grid.sum(axis=0).tolist() == [60, 40]
    grid = balanced_grid([[40, 20], [20, 20]], 100, columns={1: 10}, rows={1: 40})
    assert (grid.sum(axis=1).tolist(), grid.sum(axis=0).tolist()) == ([60, 40], [90, 10])


def test_a_cell_beyond_its_row_makes_room_by_raising_the_row():
    grid = balanced_grid([[40, 20], [20, 20]], 100, {(1, 1): 70})
    assert grid[1, 1] == 70
    assert grid.sum() == 100


def test_zeros_stay_unless_nothing_else_sums():
    assert balanced_grid([[50, 0], [30, 20]], 100, rows={0: 60})[0, 1] == 0
    assert balanced_grid([[50, 0], [0, 50]], 100, columns={0: 70})[0, 1] == 0
    assert balanced_grid([[50, 0], [0, 50]], 100, columns={0: 70}, rows={0: 50}).tolist() == [
        [50, 0],
        [20, 30],
    ]
    assert balanced_grid([[50, 50], [0, 0]], 100, rows={1: 40}).tolist() == [[30, 30], [20, 20]]
    assert balanced_grid([[0, 0], [0, 0]], 101).sum() == 101


@pytest.mark.parametrize(
    ("case", "asked", "kind", "gap", "where"),
    [
        ("beyond a row", ({(0, 0): 50, (0, 1): 20}, {0: 60}, {}), "locked_exceeds_total", 10, (0, None)),
        ("beyond a column", ({(0, 1): 50, (1, 1): 20}, {}, {1: 60}), "locked_exceeds_total", 10, (None, 1)),
        ("a locked row below", ({(0, 0): 5, (0, 1): 5}, {0: 60}, {}), "locked_below_total", 50, (0, None)),
        ("cells beyond the total", ({(0, 0): 90, (1, 1): 20}, {}, {}), "below_floors", 10, (None, None)),
        ("margins beyond the total", ({}, {0: 90, 1: 20}, {}), "locked_exceeds_total", 10, (None, None)),
        ("margins below it", ({}, {0: 40, 1: 20}, {}), "locked_below_total", 40, (None, None)),
        ("all locked below it", (dict.fromkeys(ALL, 5), {}, {}), "above_caps", 80, (None, None)),
    ],
)  # fmt: skip
def test_what_cannot_be_says_where_and_by_how_much(case, asked, kind, gap, where):
    with pytest.raises(GridInfeasible) as refused:
        balanced_grid([[40, 20], [20, 20]], 100, *asked)
    assert (refused.value.kind, refused.value.gap) == (kind, gap)
    assert (refused.value.row, refused.value.column) == where


@pytest.mark.parametrize("asked", [([[-1, 2]], 1), ([[1, 2]], -3), ([[1, 2]], 3, {(0, 0): -1})])
def test_less_than_zero_is_refused(asked):
    with pytest.raises(Invalid):
        balanced_grid(*asked)
