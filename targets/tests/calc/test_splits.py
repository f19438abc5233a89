"""Splits by a basis: shares, formulas that say where they are wrong, weights that lean."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from targets.calc.bounds import Infeasible
from targets.calc.formula import MAX_LENGTH, formula_parsed
from targets.calc.splits import basis_shares, formula_values, percent_weights

COLUMNS = ("history", "last_plan")
amounts = st.lists(st.integers(-(10**12), 10**15), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("case", "text", "value"),
    [
        ("a column", "history", Fraction(3, 4)),
        ("a mixture", "0.7*history + 0.3*last_plan", Fraction(6, 10)),
        ("as typed in Chinese", "（history＋last_plan）×0.5", Fraction(1, 2)),
        ("quotients are exact", "history / 3", Fraction(1, 4)),
        ("signs and nesting", "-(last_plan - +history) * 2", Fraction(1)),
        ("least and most", "max(min(history, last_plan, 0.5), 0.3)", Fraction(3, 10)),
        ("around it spaces", "  1 + 1  ", Fraction(2)),
    ],
)
def test_a_formula_is_reckoned_exactly(case, text, value):
    row = {"history": Fraction(3, 4), "last_plan": Fraction(1, 4)}
    assert formula_parsed(text, COLUMNS).value(row) == value


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("", "empty", None),
        ("1+" * MAX_LENGTH + "1", "long", None),
        ("0.7*history +", "syntax", 13),
        ("0.7*hstory", "name", 5),
        ("history ** 2", "operation", 1),
        ("1 + history.real", "operation", 5),
        ("__import__('os')", "operation", 1),
        ("[history]", "operation", 1),
        ("history if 1 else 2", "operation", 1),
        ("1 + (lambda: 1)()", "operation", 5),
        ("max(history)", "arguments", 1),
        ("max(*history, 1)", "operation", 5),
        ("2 * True", "operation", 5),
        ("1e400 * history", "number", 1),
        ("'a' * 9", "operation", 1),
        ("历史 * 2", "name", 1),
        ("1 + 历史 + last", "name", 5),
        ("\x00", "syntax", 1),
        ("(" * 150 + "1" + ")" * 40, "syntax", None),
    ],
)
def test_what_is_no_formula_is_refused_with_the_place(text, code, at):
    with pytest.raises(Invalid) as refused:
        formula_parsed(text, COLUMNS)
    assert refused.value.code == code
    assert refused.value.field == "formula"
    if at is not None:
        assert refused.value.params["at"] == at


def test_a_row_that_divides_by_zero_or_falls_below_zero_is_named():
    shares = {"history": [Fraction(1), Fraction(0)], "last_plan": [Fraction(1, 2)] * 2}
    with pytest.raises(Invalid) as refused:
        formula_values(formula_parsed("last_plan / history", COLUMNS), shares)
    assert (refused.value.code, refused.value.params) == ("division", {"row": 2, "at": 13})
    with pytest.raises(Invalid) as refused:
        formula_values(formula_parsed("history - last_plan", COLUMNS), shares)
    assert (refused.value.code, refused.value.params) == ("negative", {"row": 2})


@given(amounts, st.integers(1, 1000))
def test_shares_sum_to_one_and_do_not_care_for_the_scale(values, factor):
    shares = basis_shares(values)
    assert sum(shares) == (1 if any(value > 0 for value in values) else 0)
    assert shares == basis_shares([value * factor for value in values])
    assert all(share >= 0 for share in shares)


@given(amounts)
def test_a_single_column_gives_its_own_shares_in_percent(values):
    shares = basis_shares(values)
    if not any(shares):
        with pytest.raises(Infeasible):
            percent_weights(shares)
        return
    weights = percent_weights(formula_values(formula_parsed("history", COLUMNS), {"history": shares}))
    assert abs(sum(weights) - 100) <= len(values) * Fraction(1, 10**6)
    for weight, share in zip(weights, shares, strict=True):
        assert abs(Fraction(weight) - share * 100) <= Fraction(1, 2 * 10**6)
