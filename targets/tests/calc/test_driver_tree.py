"""Driver trees: what is given stands, what follows is exact, what is free grows alike, faults are refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from targets.calc.driver_tree import Contradiction, Node, Operation, Origin, Undetermined, solve, tree_of

PRODUCT, SUM = Operation.PRODUCT, Operation.SUM
REVENUE = [
    Node("revenue", PRODUCT, ("customers", "orders", "value")),
    Node("customers", SUM, ("kept", "new")),
    *(Node(key) for key in ("orders", "value", "kept", "new")),
]
PRESENT = {"kept": Fraction(80), "new": Fraction(20), "orders": Fraction(2), "value": Fraction(500)}


@pytest.mark.parametrize(
    ("case", "given_values", "key", "value", "origin"),
    [
        (
            "the result follows",
            {"kept": 80, "new": 40, "orders": 2, "value": 500},
            "revenue",
            120_000,
            "follows",
        ),
        (
            "the last driver follows",
            {"revenue": 120_000, "kept": 80, "new": 20, "orders": 2},
            "value",
            600,
            "follows",
        ),
        (
            "a driver deep below follows",
            {"revenue": 120_000, "kept": 80, "orders": 2, "value": 500},
            "new",
            40,
            "follows",
        ),
        ("what is given stands", {"revenue": 120_000, "value": 500}, "value", 500, "given"),
        ("what nothing asks for is kept", {"value": 600, "orders": 2}, "kept", 80, "kept"),
        ("parts of a sum grow alike", {"customers": 150, "orders": 2, "value": 500}, "kept", 120, "grown"),
    ],
)
def test_rest_of_the_tree_is_solved(case, given_values, key, value, origin):
    solution = solve(REVENUE, {k: Fraction(v) for k, v in given_values.items()}, PRESENT)
    assert solution.values[key] == value
    assert solution.origins[key] == origin
    assert set(solution.values) == {node.key for node in REVENUE}


def test_free_drivers_grow_by_one_factor_and_the_last_closes_exactly():
    solution = solve(REVENUE, {"revenue": Fraction(133_100)}, PRESENT)
    assert solution.values["customers"] == Fraction(110)
    assert solution.values["orders"] == Fraction("2.2")
    assert solution.values["value"] == Fraction(133_100) / (Fraction(110) * Fraction("2.2"))
    assert [solution.origins[key] for key in ("customers", "orders", "value")] == [
        Origin.GROWN,
        Origin.GROWN,
        Origin.FOLLOWS,
    ]


@given(st.dictionaries(st.sampled_from(["revenue", "orders", "value", "kept", "new"]), st.integers(1, 10**6)))
def test_every_solution_fits_together_and_keeps_what_was_given(asked):
    asked = {key: Fraction(value) for key, value in asked.items()}
    try:
        values = solve(REVENUE, asked, PRESENT).values
    except Contradiction:
        assert {"revenue", "orders", "value", "kept", "new"} <= asked.keys()
        return
    assert values["revenue"] == values["customers"] * values["orders"] * values["value"]
    assert values["customers"] == values["kept"] + values["new"]
    assert all(values[key] == value for key, value in asked.items())


def test_what_does_not_fit_names_the_figure_and_both_values():
    asked = {
        "revenue": Fraction(1),
        "kept": Fraction(1),
        "new": Fraction(1),
        "orders": Fraction(1),
        "value": Fraction(1),
    }
    with pytest.raises(Contradiction) as refused:
        solve(REVENUE, asked)
    assert (refused.value.node, refused.value.expected, refused.value.given) == ("revenue", 2, 1)


def test_nothing_times_something_is_no_target():
    with pytest.raises(Contradiction):
        solve(
            REVENUE,
            {"revenue": Fraction(5), "value": Fraction(0), "orders": Fraction(1), "kept": Fraction(1)},
        )


def test_too_little_names_what_is_missing():
    with pytest.raises(Undetermined) as refused:
        solve(REVENUE, {"revenue": Fraction(100), "value": Fraction(5)})
    assert set(refused.value.free) == {"orders", "kept", "new"}


@pytest.mark.parametrize(
    ("case", "nodes", "code", "field"),
    [
        ("a circle", [Node("a", SUM, ("b",)), Node("b", SUM, ("a",))], "circular", "a"),
        ("itself", [Node("a", SUM, ("a",))], "circular", "a"),
        ("a part that is not there", [Node("a", SUM, ("b",))], "missing", "b"),
        ("a part of two", [Node("a", SUM, ("c",)), Node("b", SUM, ("c",)), Node("c")], "shared", "c"),
        ("a sum of nothing", [Node("a", SUM)], "parts", "a"),
        ("a leaf with parts", [Node("a", Operation.LEAF, ("b",)), Node("b")], "parts", "a"),
    ],
)
def test_tree_that_is_none_is_refused_with_the_figure_at_fault(case, nodes, code, field):
    with pytest.raises(Invalid) as refused:
        tree_of(nodes)
    assert (refused.value.code, refused.value.field) == (code, field)
