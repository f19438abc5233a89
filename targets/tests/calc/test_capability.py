"""Capability: order, scale, shrinkage; nobody's figures move another's but through the peers' mean."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from targets.calc.capability import (
    CAP,
    DEFAULT_PRIOR_MONTHS,
    FLOOR,
    PRIOR_RANGE,
    capability,
    capability_factor,
    peer_rates,
)

amounts = st.integers(0, 10**6).map(float)


@st.composite
def groups(draw, least=2):
    rows = draw(st.integers(least, 8))
    months = draw(st.integers(1, 24))
    results = draw(arrays(float, (rows, months), elements=amounts))
    presence = draw(arrays(float, (rows, months), elements=st.sampled_from([0.0, 0.5, 1.0])))
    results[presence == 0] = 0
    return results, presence


def test_a_newcomer_without_history_is_one():
    found = capability([[0, 0], [100, 100]], [[0, 0], [1, 1]], [[0, 0], [1, 1]])
    assert np.isnan(found.ratio[0])
    assert found.shrunk[0] == 1.0
    assert capability_factor(found.shrunk)[0] == 1.0


def test_a_month_nobody_sold_in_is_unknown_not_zero():
    with_gap = capability([[200, 0], [100, 0]], np.ones((2, 2)), np.ones((2, 2)))
    without = capability([[200], [100]], np.ones((2, 1)), np.ones((2, 1)))
    assert list(with_gap.shrunk) == list(without.shrunk)
    assert list(with_gap.months) == [1, 1]


def test_who_is_still_ramping_is_measured_by_what_a_ramping_seller_could_do():
    found = capability([[50.0] * 6, [100.0] * 6], [[0.5] * 6, [1.0] * 6], np.ones((2, 6)))
    assert list(found.ratio) == [1.0, 1.0]


@given(groups(), st.floats(0.001, 1000))
def test_the_currency_does_not_matter(group, scale):
    results, presence = group
    one, other = capability(results, presence, presence), capability(results * scale, presence, presence)
    np.testing.assert_allclose(one.shrunk, other.shrunk, rtol=1e-6, atol=1e-9)


@given(groups())
def test_more_sold_in_the_same_time_is_never_less_capable(group):
    results, _presence = group
    full = np.ones_like(results)
    found = capability(results, full, full)
    order = np.argsort(results.sum(axis=1), kind="stable")
    factors = capability_factor(found.shrunk)
    assert (np.diff(found.shrunk[order]) >= -1e-9).all()
    assert (np.diff(factors[order]) >= -1e-9).all()
    assert ((factors >= FLOOR) & (factors <= CAP)).all()


@given(groups(), st.integers(0, 23))
def test_less_history_draws_closer_to_one(group, cut):
    results, presence = group
    assume(cut < results.shape[1])
    rates = np.full(results.shape[1], 1000.0)
    k = DEFAULT_PRIOR_MONTHS
    whole = capability(np.full_like(results, 1500.0) * presence, presence, presence, rates, k)
    shorter = presence.copy()
    shorter[:, :cut] = 0
    less = capability(np.full_like(results, 1500.0) * shorter, shorter, shorter, rates, k)
    assert (less.shrunk <= whole.shrunk + 1e-9).all()
    assert (less.shrunk >= 1 - 1e-9).all()


@given(groups(least=3), st.floats(0, 1))
def test_what_two_others_exchange_does_not_move_a_third(group, part):
    results, _presence = group
    full = np.ones_like(results)
    moved = results.copy()
    gift = moved[1] * part
    moved[1] -= gift
    moved[2] += gift
    before = capability(results, full, full, prior_months=12)
    after = capability(moved, full, full, prior_months=12)
    np.testing.assert_allclose(before.shrunk[0], after.shrunk[0], rtol=1e-9)
    np.testing.assert_allclose(peer_rates(results, full), peer_rates(moved, full), rtol=1e-9, atol=1e-9)


def test_the_shrinkage_of_a_tiny_group_is_the_default():
    assert capability(np.ones((4, 24)), np.ones((4, 24)), np.ones((4, 24))).prior_months == 12
    assert capability(np.ones((9, 5)), np.ones((9, 5)), np.ones((9, 5))).prior_months == 12


def test_people_who_cannot_be_told_apart_are_drawn_together():
    raw, shrunk = [], []
    for seed in range(20):
        noise = np.random.default_rng(seed).gamma(2, 50, (20, 24))
        found = capability(noise, np.ones_like(noise), np.ones_like(noise))
        raw.append(abs(found.ratio - 1).mean())
        shrunk.append(abs(found.shrunk - 1).mean())
        assert PRIOR_RANGE[0] <= found.prior_months <= PRIOR_RANGE[1]
    assert np.mean(shrunk) < 0.4 * np.mean(raw)


def test_real_differences_are_believed_and_stars_land_between_one_and_a_half_and_two():
    """Ability spread by 40 %, a month's sales noisy by 60 %: shrunk is nearer the truth than raw."""
    luck = np.random.default_rng(11)
    true = np.clip(1 + 0.4 * luck.standard_normal(200), 0.2, None)
    true /= true.mean()
    history = luck.integers(1, 25, 200)
    presence = (np.arange(24)[np.newaxis, :] >= 24 - history[:, np.newaxis]).astype(float)
    results = presence * luck.gamma(1 / 0.36, true[:, np.newaxis] * 0.36 * 1000, (200, 24))
    found = capability(results, presence, presence)
    raw, shrunk = abs(found.ratio - true).mean(), abs(found.shrunk - true).mean()
    assert shrunk < 0.95 * raw
    top = np.sort(capability_factor(found.shrunk))[-10:]
    assert (top >= 1.5).all()
    assert (top <= 2.0).all()
    assert 1 < found.prior_months < 6


def test_strength_nothing_ignores_history_and_more_of_it_spreads():
    assert list(capability_factor([0.7, 1.4], strength=0)) == [1, 1]
    assert list(capability_factor([0.9, 1.4], strength=1.5)) == pytest.approx([0.85, 1.6])
