"""Credit bands: every day and every basis point of a person goes to exactly one unit."""

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from org.calc.credit import BEGINNING, FOREVER, Stay, changed_spans, credit_bands, shares_off

NOWHERE = 0
JAN, MAR, JUN, DEC = (dt.date(2026, month, 1) for month in (1, 3, 6, 12))

days = st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31))


@st.composite
def a_stay(draw):
    start, end = sorted((draw(days), draw(days)))
    end = end if end > start else start + dt.timedelta(days=1)
    return Stay(
        draw(st.integers(1, 4)), start, end, draw(st.integers(1, 10_000)), is_manager=draw(st.booleans())
    )


def at(bands, day):
    return sorted((b.from_bp, b.to_bp, b.unit) for b in bands if b.starts_on <= day < b.ends_on)


@given(st.lists(a_stay(), max_size=5), st.lists(days, min_size=1, max_size=5))
def test_bands_cover_every_day_and_every_basis_point_once(stays, sampled):
    bands = credit_bands(stays, NOWHERE)
    for day in [BEGINNING, FOREVER - dt.timedelta(days=1), *sampled, *(stay.starts_on for stay in stays)]:
        covering = at(bands, day)
        assert covering[0][0] == 0
        assert covering[-1][1] == 10_000
        assert all(low[1] == high[0] for low, high in itertools.pairwise(covering))


@given(st.lists(a_stay(), max_size=4), st.lists(a_stay(), max_size=4), days)
def test_changed_spans_hold_exactly_the_days_credited_differently(old, new, day):
    before, after = credit_bands(old, NOWHERE), credit_bands(new, NOWHERE)
    is_changed = any(start <= day < end for start, end in changed_spans(before, after))
    assert is_changed == (at(before, day) != at(after, day))


def test_somebody_without_a_unit_is_credited_nowhere():
    assert at(credit_bands([], NOWHERE), JAN) == [(0, 10_000, NOWHERE)]


def test_a_mover_is_credited_to_the_old_unit_until_the_day_before_the_move():
    bands = credit_bands([Stay(1, JAN, JUN), Stay(2, JUN)], NOWHERE)
    assert at(bands, JUN - dt.timedelta(days=1)) == [(0, 10_000, 1)]
    assert at(bands, JUN) == [(0, 10_000, 2)]


def test_two_teams_at_once_share_by_basis_points():
    bands = credit_bands([Stay(1, JAN, share_bp=6000), Stay(2, JAN, share_bp=4000)], NOWHERE)
    assert at(bands, MAR) == [(0, 6000, 1), (6000, 10_000, 2)]


def test_a_member_stay_wins_over_managing_and_managing_over_nothing():
    stays = [Stay(1, JAN, is_manager=True), Stay(2, MAR, JUN)]
    bands = credit_bands(stays, NOWHERE)
    assert at(bands, JAN) == [(0, 10_000, 1)]
    assert at(bands, MAR) == [(0, 10_000, 2)]
    assert at(bands, DEC) == [(0, 10_000, 1)]


def test_managers_of_two_units_are_halved():
    bands = credit_bands([Stay(1, JAN, is_manager=True), Stay(2, JAN, is_manager=True)], NOWHERE)
    assert at(bands, MAR) == [(0, 5000, 1), (5000, 10_000, 2)]


def test_member_shares_that_are_no_whole_are_found_with_their_day():
    off = shares_off([Stay(1, JAN, share_bp=6000), Stay(2, MAR, share_bp=4000)])
    assert (off.day, off.total_bp) == (JAN, 6000)
    assert shares_off([Stay(1, JAN, JUN), Stay(2, JUN)]) is None
