"""Who stands in the way of a distribution is named, and what they ask for adds up to the gap."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.calc.allocation import Infeasible, allocate
from targets.calc.culprits import Claim, Culprit, culprits

ONE = Decimal(1)
AMOUNTS = st.integers(0, 10**9)
CLAIMS = st.lists(
    st.builds(
        Claim,
        weight=st.integers(0, 9).map(Decimal),
        lower=st.none() | AMOUNTS,
        upper=st.none() | AMOUNTS,
        locked=st.none() | AMOUNTS,
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize(
    ("case", "kind", "claims", "wanted"),
    [
        (
            "floors, the largest first",
            "below_floors",
            [Claim(ONE, lower=5), Claim(ONE), Claim(ONE, lower=7), Claim(ONE, lower=9, locked=9)],
            [Culprit(2, "min", 7), Culprit(0, "min", 5)],
        ),
        (
            "caps, the smallest first, then who has no weight",
            "above_caps",
            [Claim(ONE, upper=9), Claim(Decimal(0)), Claim(ONE, upper=3)],
            [Culprit(2, "max", 3), Culprit(0, "max", 9), Culprit(1, "weight", 0)],
        ),
        ("locks", "locked_exceeds_total", [Claim(ONE), Claim(ONE, locked=4)], [Culprit(1, "amount", 4)]),
        (
            "floor above cap",
            "crossed_bounds",
            [Claim(ONE, lower=4, upper=3), Claim(ONE)],
            [Culprit(0, "min", 4)],
        ),
        ("nobody has a weight", "no_basis", [Claim(Decimal(0))], [Culprit(0, "weight", 0)]),
    ],
)
def test_culprits_of_each_kind(case, kind, claims, wanted):
    assert culprits(kind, claims) == wanted, case


@given(total=AMOUNTS, claims=CLAIMS)
def test_whenever_nothing_fits_somebody_is_named_and_the_amounts_make_the_gap(total, claims):
    error = _refusal(total, claims)
    if error is None:
        return
    found = culprits(error.kind, claims)
    rest = total - sum(claim.locked or 0 for claim in claims)
    summed = sum(each.amount for each in found)
    if error.kind == "below_floors":
        assert summed - rest == error.gap
    elif error.kind == "above_caps":
        assert rest - summed == error.gap
    elif error.kind.startswith("locked"):
        assert abs(summed - total) == error.gap
    assert found or error.kind == "locked_below_total"


def _refusal(total, claims):
    try:
        allocate(
            total,
            [f"{claim.weight}" for claim in claims],
            [claim.lower for claim in claims],
            [claim.upper for claim in claims],
            [claim.locked for claim in claims],
        )
    except Infeasible as error:
        return error
    return None
