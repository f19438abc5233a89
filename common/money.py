"""Money as integer minor units: the one place that converts, rounds and splits amounts.

A minor unit is the smallest unit of a currency (cent, fen; the yen itself). Every amount fits the
database's 64-bit integer; nothing here passes through a float.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction

from common.errors import Invalid, gettext_noop

MAX_MINOR = 2**63 - 1
WHOLE_BP = 10_000
_TEXT_LENGTH = 64
# Wide enough for any amount that fits 64 bits at any number of decimals; beyond it quantize refuses.
_EXACT = Context(prec=60)

_TWO_DECIMALS = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR
SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU
UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: _TWO_DECIMALS,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCY_EXPONENTS: dict[str, int] = {
    code: exponent for exponent, codes in _EXPONENTS.items() for code in codes.split()
}
# The yen is told from the yuan, which stands beside it in one list.
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥"}


class MoneyError(Invalid):
    """An amount, rate, share or currency is refused; ``code`` says why."""


def currency_exponent(currency: str) -> int:
    """Decimals of an ISO 4217 currency; raises ``MoneyError`` (code ``currency``) for an unknown one."""
    try:
        return CURRENCY_EXPONENTS[currency]
    except (KeyError, TypeError):
        message = gettext_noop("Unknown currency: %(currency)s.")
        raise MoneyError(message, code="currency", params={"currency": str(currency)[:8]}) from None


def to_minor(amount: Decimal | str | int, currency: str, rounding: str | None = None) -> int:
    """An amount in major units as minor units: ``to_minor("12.5", "USD")`` is 1250.

    Without ``rounding`` (a constant of ``decimal``) more decimals than the currency has are refused.
    Raises ``MoneyError``: ``not_a_number`` (also floats, NaN, infinities), ``decimals``, ``too_large``.
    """
    exponent = currency_exponent(currency)
    exact = _decimal(amount)
    try:
        rounded = exact.quantize(Decimal(1).scaleb(-exponent), rounding or ROUND_HALF_EVEN, _EXACT)
    except InvalidOperation:
        raise _too_large() from None
    if rounding is None and rounded != exact:
        message = gettext_noop("%(currency)s has %(decimals)s decimals.")
        raise MoneyError(message, code="decimals", params={"currency": currency, "decimals": exponent})
    return _storable(int(rounded.scaleb(exponent, _EXACT)))


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an amount in major units with the currency's decimals: 1250 USD is 12.50."""
    return Decimal(decimal_string(minor, currency))


def decimal_string(minor: int, currency: str) -> str:
    """Minor units as the plain text APIs and files use: ``decimal_string(-5, "USD")`` is "-0.05"."""
    exponent = currency_exponent(currency)
    sign = "-" if minor < 0 else ""
    if not exponent:
        return f"{sign}{abs(minor)}"
    whole, part = divmod(abs(minor), 10**exponent)
    return f"{sign}{whole}.{part:0{exponent}d}"


def currency_sign(currency: str) -> str:
    """The sign written before an amount; a currency without one is written by its code.

    >>> currency_sign("CNY"), currency_sign("CHF")
    ('¥', 'CHF ')
    """
    return _SIGNS.get(currency, f"{currency} ")


def money_text(minor: int, currency: str, *, decimals: bool = True) -> str:
    """An amount as people read it, with separators: ``money_text(-123456, "USD")`` is "−$1,234.56".

    Without ``decimals`` it is rounded half to even to whole units.
    """
    amount = to_decimal(abs(minor), currency)
    places = currency_exponent(currency) if decimals else 0
    return f"{'−' if minor < 0 else ''}{currency_sign(currency)}{amount:,.{places}f}"


def convert_minor(minor: int, currency: str, rate: Decimal | str | int, to_currency: str) -> int:
    """Minor units of one currency in minor units of another, half to even, computed exactly.

    ``rate`` is the price of one major unit of ``currency`` in major units of ``to_currency``:
    ``convert_minor(100_00, "USD", Decimal("7.1"), "CNY")`` is 710_00. Raises ``MoneyError`` (code
    ``rate``) unless it is positive, and 1 from a currency to itself.
    """
    exact = _decimal(rate)
    is_refused = exact <= 0 or abs(exact.adjusted()) > 30 or (currency == to_currency and exact != 1)
    if is_refused:
        message = gettext_noop("Not an exchange rate from %(currency)s to %(to_currency)s: %(rate)s.")
        params = {"currency": currency, "to_currency": to_currency, "rate": str(rate)}
        raise MoneyError(message, code="rate", params=params)
    shift = currency_exponent(to_currency) - currency_exponent(currency)
    return _storable(round(minor * Fraction(exact) * Fraction(10) ** shift))


def split_minor(amount: int, shares_bp: Sequence[int]) -> list[int]:
    """Split an amount by shares in basis points, to the last minor unit (largest remainder).

    Leftover units go to the largest remainders, then the larger share, then the earlier position; a
    negative amount splits as the mirror of the positive one: ``split_minor(-100, [3333, 3333, 3334])``
    is [-33, -33, -34]. Raises ``MoneyError`` (code ``shares``) unless shares are ≥ 0 and sum to 10000.
    """
    if any(share < 0 for share in shares_bp) or sum(shares_bp) != WHOLE_BP:
        message = gettext_noop("Shares must not be negative and must sum to 100 %%: %(total)s basis points.")
        raise MoneyError(message, code="shares", params={"total": sum(shares_bp)})
    sign = -1 if amount < 0 else 1
    cut = [divmod(abs(amount) * share, WHOLE_BP) for share in shares_bp]
    parts = [whole for whole, _ in cut]
    order = sorted(range(len(cut)), key=lambda i: (-cut[i][1], -shares_bp[i], i))
    for i in order[: abs(amount) - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def _decimal(value: Decimal | str | int) -> Decimal:
    """A finite decimal; floats are refused because 0.1 is not a tenth there."""
    if isinstance(value, str) and len(value) <= _TEXT_LENGTH and "_" not in value:
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise _not_a_number(value) from None
    if isinstance(value, int) and not isinstance(value, bool):
        # The text of an int of any size could be long to make: bound it first.
        value = Decimal(_storable(value))
    if not isinstance(value, Decimal) or not value.is_finite():
        raise _not_a_number(value)
    return value


def _storable(minor: int) -> int:
    if abs(minor) > MAX_MINOR:
        raise _too_large()
    return minor


def _too_large() -> MoneyError:
    return MoneyError(gettext_noop("The amount is too large."), code="too_large")


def _not_a_number(value: object) -> MoneyError:
    message = gettext_noop("Not an amount: %(value)s.")
    return MoneyError(message, code="not_a_number", params={"value": str(value)[:_TEXT_LENGTH]})
