"""Cutting credit exactly, reading fields, and the shape of a B2B pipeline's cells."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import split_minor
from common.records import read_record
from crm.calc.credit import credit_parts, proportional
from crm.calc.crm_opportunities import day_of, parents_first
from crm.calc.fields import FIELDS

amounts = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("case", "amount", "weights", "parts"),
    [
        ("even", 100, [1, 1], [50, 50]),
        ("the first gets the odd cent of equals", 101, [1, 1], [51, 50]),
        ("largest remainder first", 100, [2, 1], [67, 33]),
        ("a refund mirrors the sale", -100, [2, 1], [-67, -33]),
        ("a discount line stays itself", 90, [100, -10], [100, -10]),
        ("half a sum with a discount line", 45, [100, -10], [50, -5]),
        ("lines that cancel out stay themselves", 0, [100, -100], [100, -100]),
        ("weights that say nothing", 3, [0, 0], [2, 1]),
        ("all negative lines", -90, [-60, -30], [-60, -30]),
        ("nothing", 0, [1, 2], [0, 0]),
    ],
)
def test_an_amount_is_cut_in_proportion(case, amount, weights, parts):
    assert proportional(amount, weights) == parts


@given(amounts, st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=6))
def test_parts_sum_to_the_amount_and_are_within_a_unit_of_exact(amount, weights):
    parts = proportional(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    if total:
        exact = [Decimal(amount) * weight / total for weight in weights]
        assert all(abs(part - want) < 1 for part, want in zip(parts, exact, strict=True))


@given(
    amounts,
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 10**9)), min_size=1, max_size=4),
    st.lists(st.integers(1, 9_998), unique=True, max_size=3),
)
def test_credit_sums_to_the_whole_and_each_persons_part_to_their_share(amount, lines, cuts):
    edges = [0, *sorted(cuts), 10_000]
    shares = [(at, high - low) for at, (low, high) in enumerate(itertools.pairwise(edges))]
    credits = credit_parts(amount, lines, shares)
    assert sum(credits.values()) == amount
    for (person, _bp), part in zip(shares, split_minor(amount, [bp for _p, bp in shares]), strict=True):
        assert sum(cut for (who, _line), cut in credits.items() if who == person) == part


WHOLE = {
    "products": {"name": "P"},
    "accounts": {"name": "A"},
    "leads": {"name": "L", "created_on": "2026-01-05"},
    "opportunities": {"stage": "won"},
    "activities": {"kind": "visit", "occurred_at": "2026-01-05T10:00:00Z"},
    "payments": {"received_on": "2026-01-05", "amount": "1"},
}


@pytest.mark.parametrize("resource", sorted(WHOLE))
def test_the_required_fields_of_a_resource_suffice_and_each_is_needed(resource):
    values, errors = read_record(FIELDS[resource], WHOLE[resource])
    assert errors == []
    assert values.keys() == FIELDS[resource].keys()
    for name in WHOLE[resource]:
        rest = {key: value for key, value in WHOLE[resource].items() if key != name}
        _values, errors = read_record(FIELDS[resource], rest)
        assert [(error.field, error.code) for error in errors] == [(name, "required")]


@pytest.mark.parametrize(
    ("resource", "field", "value", "code"),
    [
        ("accounts", "name", "x" * 201, "too_long"),
        ("accounts", "name", {"a": 1}, "type"),
        ("accounts", "name", "a\x00b", "null_character"),
        ("accounts", "employees", -1, "range"),
        ("accounts", "employees", "many", "whole"),
        ("accounts", "employees", True, "whole"),
        ("accounts", "founded_year", 12, "range"),
        ("accounts", "annual_revenue", 1.5, "type"),
        ("leads", "created_on", "05.01.2026", "day"),
        ("leads", "created_on", "2026-02-30", "day"),
        ("leads", "priority", "urgent", "choice"),
        ("leads", "status", "NEW", "choice"),
        ("opportunities", "quote_sent_at", "2026-01-05T10:00:00", "time_zone"),
        ("opportunities", "quote_sent_at", "soon", "moment"),
        ("opportunities", "lines", "x", "type"),
        ("opportunities", "splits", [1], "type"),
        ("opportunities", "amount", True, "type"),
        ("activities", "is_effective", "perhaps", "flag"),
        ("activities", "kind", "lunch", "choice"),
        ("payments", "received_on", 20260105, "day"),
    ],
)
def test_a_value_that_cannot_be_read_names_its_field_and_why(resource, field, value, code):
    values, errors = read_record(FIELDS[resource], WHOLE[resource] | {field: value})
    assert [(error.field, error.code) for error in errors] == [(field, code)]
    assert field not in values
    assert errors[0].text()


@pytest.mark.parametrize(
    ("text", "day"),
    [("01-03-17", "2017-03-01"), ("", None), ("2017-03-01", "2017-03-01"), ("soon", "soon")],
)
def test_days_of_the_pipeline(text, day):
    assert day_of(text) == day


def test_parents_come_first_and_a_circle_ends_the_list():
    records = [{"external_id": key, "parent": parent} for key, parent in ("ab", "bc", "c-", "xy", "yx")]
    assert [record["external_id"] for record in parents_first(records)] == ["c", "b", "a", "x", "y"]
