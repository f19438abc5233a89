"""Money: exact conversion, refusals, splits."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import (
    _EXPONENTS,
    CURRENCY_EXPONENTS,
    MAX_MINOR,
    MoneyError,
    convert_minor,
    currency_exponent,
    decimal_string,
    money_text,
    split_minor,
    to_decimal,
    to_minor,
)

minors = st.integers(-MAX_MINOR, MAX_MINOR)
currencies = st.sampled_from(["CNY", "USD", "EUR", "JPY", "KRW", "KWD", "CLF"])


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("CNY", 2), ("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("VND", 0), ("KWD", 3), ("CLF", 4)],
)
def test_currency_has_its_iso_decimals(currency, decimals):
    assert currency_exponent(currency) == decimals


def test_no_currency_is_listed_twice():
    listed = [code for codes in _EXPONENTS.values() for code in codes.split()]
    assert sorted(listed) == sorted(CURRENCY_EXPONENTS)
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in listed)


@pytest.mark.parametrize(
    ("case", "amount", "currency", "minor"),
    [
        ("text", "1234.5", "USD", 123450),
        ("decimal with trailing zeros", Decimal("1.500"), "CNY", 150),
        ("whole number is major units", 12, "EUR", 1200),
        ("no decimals", "980", "JPY", 980),
        ("three decimals", "-0.125", "KWD", -125),
        ("exponent", "1.2E+3", "USD", 120000),
        ("negative zero", "-0.00", "USD", 0),
        ("largest", "92233720368547758.07", "USD", MAX_MINOR),
        ("smallest", "-92233720368547758.07", "USD", -MAX_MINOR),
        ("more digits than decimal's default precision", "0.10000000000000000000000000000000000", "USD", 10),
    ],
)
def test_major_units_become_minor_units(case, amount, currency, minor):
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("case", "amount", "currency", "code"),
    [
        ("a float", 0.1, "USD", "not_a_number"),
        ("a bool", True, "USD", "not_a_number"),
        ("none", None, "USD", "not_a_number"),
        ("not a number", "NaN", "USD", "not_a_number"),
        ("signalling", Decimal("sNaN"), "USD", "not_a_number"),
        ("infinite", "Infinity", "USD", "not_a_number"),
        ("words", "12 USD", "USD", "not_a_number"),
        ("empty", "", "USD", "not_a_number"),
        ("underscores", "1_000", "USD", "not_a_number"),
        ("endless text", "1" * 65, "USD", "not_a_number"),
        ("half a cent", "0.005", "USD", "decimals"),
        ("tenth of a yen", "0.1", "JPY", "decimals"),
        ("vanishing", "1e-999999", "USD", "decimals"),
        ("one too large", "92233720368547758.08", "USD", "too_large"),
        ("huge exponent", "1e999999", "USD", "too_large"),
        ("huge int", 10**30, "USD", "too_large"),
        ("unknown currency", "1", "XXX", "currency"),
        ("no currency", "1", None, "currency"),
        ("lower case", "1", "usd", "currency"),
    ],
)
def test_doubtful_amounts_are_refused(case, amount, currency, code):
    with pytest.raises(MoneyError) as refused:
        to_minor(amount, currency)
    assert refused.value.code == code
    assert "%(" not in str(refused.value)


def test_surplus_decimals_are_rounded_only_when_asked():
    assert to_minor("0.005", "USD", rounding=ROUND_HALF_UP) == 1
    assert to_minor("0.009", "USD", rounding=ROUND_DOWN) == 0
    assert to_minor("-0.005", "USD", rounding=ROUND_HALF_UP) == -1


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "USD", "1234.50"),
        (-5, "USD", "-0.05"),
        (0, "EUR", "0.00"),
        (980, "JPY", "980"),
        (-980, "JPY", "-980"),
        (1, "KWD", "0.001"),
        (MAX_MINOR, "CNY", "92233720368547758.07"),
    ],
)
def test_minor_units_are_written_with_the_currencys_decimals(minor, currency, text):
    assert decimal_string(minor, currency) == text
    assert str(to_decimal(minor, currency)) == text


@given(minors, currencies)
def test_writing_and_reading_gives_the_amount_back(minor, currency):
    assert to_minor(decimal_string(minor, currency), currency) == minor
    assert to_minor(to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("case", "minor", "currency", "rate", "to_currency", "converted"),
    [
        ("dollars to yuan", 100_00, "USD", Decimal("7.1"), "CNY", 710_00),
        ("yen to yuan: fewer decimals to more", 1_000, "JPY", Decimal("0.0485"), "CNY", 48_50),
        ("yuan to yen: more decimals to fewer", 48_50, "CNY", "20.6", "JPY", 999),
        ("dinar to dollars", 1_000, "KWD", "3.25", "USD", 325),
        ("half goes to even: down", 1, "USD", Decimal("0.5"), "CNY", 0),
        ("half goes to even: up", 3, "USD", Decimal("0.5"), "CNY", 2),
        ("negative mirrors", -3, "USD", Decimal("0.5"), "CNY", -2),
        ("same currency", 777, "CNY", 1, "CNY", 777),
    ],
)
def test_conversion_is_exact(case, minor, currency, rate, to_currency, converted):
    assert convert_minor(minor, currency, rate, to_currency) == converted


@pytest.mark.parametrize(
    ("case", "rate", "to_currency", "code"),
    [
        ("zero", 0, "CNY", "rate"),
        ("negative", "-7", "CNY", "rate"),
        ("a float", 7.1, "CNY", "not_a_number"),
        ("absurdly small", "1e-40", "CNY", "rate"),
        ("a currency in itself is 1", "7.1", "USD", "rate"),
        ("unknown currency", "7.1", "ZZZ", "currency"),
        ("out of range", "1e20", "CNY", "too_large"),
    ],
)
def test_doubtful_rates_are_refused(case, rate, to_currency, code):
    with pytest.raises(MoneyError) as refused:
        convert_minor(100_00, "USD", rate, to_currency)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("case", "amount", "shares", "parts"),
    [
        ("even", 100, [5000, 5000], [50, 50]),
        ("odd cent to the first of equals", 101, [5000, 5000], [51, 50]),
        ("largest remainder", 100, [3333, 3333, 3334], [33, 33, 34]),
        ("larger share wins a tie of remainders", 5, [3000, 7000], [1, 4]),
        ("refund mirrors", -101, [5000, 5000], [-51, -50]),
        ("one takes all", 999, [10000], [999]),
        ("a share of nothing", 999, [0, 10000], [0, 999]),
    ],
)
def test_amount_is_split_by_shares(case, amount, shares, parts):
    assert split_minor(amount, shares) == parts


@given(minors, st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_split_sums_stays_within_a_unit_and_mirrors(amount, raw):
    shares = [10000 * part // sum(raw) for part in raw]
    shares[0] += 10000 - sum(shares)
    parts = split_minor(amount, shares)
    assert sum(parts) == amount
    assert split_minor(-amount, shares) == [-part for part in parts]
    assert all(
        abs(part - Fraction(amount * share, 10000)) < 1 for part, share in zip(parts, shares, strict=True)
    )


@pytest.mark.parametrize("shares", [[5000, 4999], [10001, -1], []])
def test_shares_must_make_a_whole(shares):
    with pytest.raises(MoneyError) as refused:
        split_minor(100, shares)
    assert refused.value.code == "shares"
    assert "100 %:" in str(refused.value)


@pytest.mark.parametrize(
    ("case", "minor", "currency", "text"),
    [
        ("cents are shown", 123456, "USD", "$1,234.56"),
        ("a refund has a minus before the sign", -123456, "USD", "−$1,234.56"),
        ("a currency without minor units", 5000, "JPY", "JP¥5,000"),
        ("a currency without a sign of its own", 100, "CHF", "CHF 1.00"),
    ],
)
def test_money_is_written_to_the_minor_unit(case, minor, currency, text):
    assert money_text(minor, currency) == text
