"""Season: found where it is, not invented where it is not, and nearer the truth than raw shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from targets.calc.rhythm import cumulative_round
from targets.calc.seasonality import month_weights, seasonal_index

SPRING_PEAK = [0.9, 0.8, 1.5, 1.5, 1.4, 0.95, 0.85, 0.8, 0.85, 0.85, 0.8, 0.8]
WORKDAYS = [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]


def history(index, years, noise=0.0, growth=0.0, seed=0):
    """Amounts of ``years`` in the season of ``index``, with log-normal noise and yearly growth."""
    rng = np.random.default_rng(seed)
    months = np.arange(years * 12)
    level = 1e6 * (1 + growth) ** (months / 12)
    daily = np.tile(index, years) * np.tile(WORKDAYS, years)
    return (level * daily * np.exp(rng.normal(0, noise, months.size) - noise**2 / 2)).reshape(years, 12)


def share_error(index, truth):
    """Total variation between month shares."""
    shares, wanted = (np.multiply(values, WORKDAYS) for values in (index, truth))
    return 0.5 * np.abs(shares / shares.sum() - wanted / wanted.sum()).sum()


@pytest.mark.parametrize("monthly", [None, [], [None] * 12, [[float("nan")] * 12] * 2, [0] * 12, [-5] * 12])
def test_no_history_is_flat_per_workday(monthly):
    index, info = seasonal_index(monthly, WORKDAYS)
    assert index == [1.0] * 12
    assert info["shrinkage"] == 0


def test_no_history_follows_the_template():
    index, _ = seasonal_index(None, None, prior=[2 * value for value in SPRING_PEAK])
    assert index == pytest.approx(SPRING_PEAK)


def test_long_clean_history_is_believed():
    index, info = seasonal_index(history(SPRING_PEAK, 6), WORKDAYS)
    assert index == pytest.approx(SPRING_PEAK, abs=0.02)
    assert info["shrinkage"] > 0.95
    assert (info["months"], info["full_years"]) == (72, 6)


def test_short_history_is_drawn_toward_the_template():
    month = 3
    raw = history(SPRING_PEAK, 1)
    flat, _ = seasonal_index(raw, WORKDAYS)
    template, info = seasonal_index(raw, WORKDAYS, prior=SPRING_PEAK)
    assert 1 < flat[month] < SPRING_PEAK[month]
    assert flat[month] < template[month] == pytest.approx(SPRING_PEAK[month], abs=0.02)
    assert 0 < info["shrinkage"] < 1
    assert info["growth"] == 0


def test_growth_is_not_taken_for_season():
    grown = history([1] * 12, 4, growth=0.4)
    learned, info = seasonal_index(grown, WORKDAYS)
    assert info["growth"] == pytest.approx(0.4, abs=1e-6)
    assert learned == pytest.approx([1] * 12, abs=0.01)
    told, info = seasonal_index(grown[:1], WORKDAYS, growth=0.4)
    assert info["growth"] == 0.4
    assert told == pytest.approx([1] * 12, abs=0.01)
    mistaken, _ = seasonal_index(grown[:1], WORKDAYS)
    assert mistaken[11] - mistaken[0] > 0.05


def test_workdays_are_not_taken_for_season():
    by_workdays, _ = seasonal_index(history([1] * 12, 3), [WORKDAYS] * 3)
    by_months, _ = seasonal_index(history([1] * 12, 3), None)
    assert by_workdays == pytest.approx([1] * 12)
    assert by_months[1] < 0.9


def test_shrinking_beats_raw_shares_and_invents_less_on_flat_sales():
    """Error of month shares over 60 histories of three years, noise of 25 %."""
    errors = {"shrunk": [], "raw": [], "template": [], "invented": [], "invented raw": []}
    for seed in range(60):
        sold = history(SPRING_PEAK, 3, noise=0.25, seed=seed)
        errors["shrunk"].append(share_error(seasonal_index(sold, WORKDAYS)[0], SPRING_PEAK))
        errors["template"].append(share_error(seasonal_index(sold, WORKDAYS, SPRING_PEAK)[0], SPRING_PEAK))
        errors["raw"].append(share_error(sold[-1] / WORKDAYS, SPRING_PEAK))
        flat = history([1] * 12, 3, noise=0.25, seed=seed)
        errors["invented"].append(share_error(seasonal_index(flat, WORKDAYS)[0], [1] * 12))
        errors["invented raw"].append(share_error(flat[-1] / WORKDAYS, [1] * 12))
    mean = {name: float(np.mean(values)) for name, values in errors.items()}
    assert mean["template"] < mean["shrunk"] < 0.65 * mean["raw"]
    assert mean["invented"] < 0.45 * mean["invented raw"]


def test_one_noisy_year_is_worth_what_peers_say():
    sold = history(SPRING_PEAK, 1, noise=0.5, seed=4)
    trusting, own = seasonal_index(sold, WORKDAYS)
    wary, peers = seasonal_index(sold, WORKDAYS, peer_variance=0.25)
    assert peers["residual_variance"] == pytest.approx(0.25)
    assert peers["shrinkage"] < own["shrinkage"]
    assert np.ptp(wary) < np.ptp(trusting)


def test_months_joined_by_a_moving_festival_share_one_rate_while_history_is_short():
    sold = history([1] * 12, 2)
    sold[0, 0], sold[0, 1] = sold[0, 0] * 1.5, sold[0, 1] * 0.5
    apart, _ = seasonal_index(sold, WORKDAYS)
    joined, _ = seasonal_index(sold, WORKDAYS, joint_months=(0, 1))
    assert joined[0] == pytest.approx(joined[1])
    assert apart[0] - apart[1] > 0.1
    long = history([1] * 12, 3)
    long[0] = sold[0]
    assert seasonal_index(long, WORKDAYS, joint_months=(0, 1))[0] == seasonal_index(long, WORKDAYS)[0]


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e9, 1e12)), min_size=12, max_size=48).filter(
        lambda months: len(months) % 12 == 0
    )
    | st.integers(1, 4).flatmap(
        lambda years: st.lists(st.floats(0, 1e9), min_size=12 * years, max_size=12 * years)
    )
)
def test_any_history_gives_twelve_positive_numbers_of_mean_one(monthly):
    index, info = seasonal_index(monthly, WORKDAYS)
    assert len(index) == 12
    assert min(index) > 0
    assert np.mean(index) == pytest.approx(1)
    assert 0 <= info["shrinkage"] <= 1


@pytest.mark.parametrize(
    ("case", "arguments"),
    [
        ("eleven months", {"monthly": [1] * 11, "workdays": WORKDAYS}),
        ("workdays of another length", {"monthly": [[1] * 12] * 3, "workdays": [WORKDAYS] * 2}),
        ("template of eleven", {"monthly": None, "workdays": None, "prior": [1] * 11}),
        ("template with a zero", {"monthly": None, "workdays": None, "prior": [0] * 12}),
        ("all is lost each year", {"monthly": [1] * 12, "workdays": WORKDAYS, "growth": -1.0}),
    ],
)
def test_bad_history_is_refused(case, arguments):
    with pytest.raises(Invalid):
        seasonal_index(**arguments)


def test_month_weights_are_exact():
    assert month_weights([1, 2], [20, 10]) == [20_000_000, 20_000_000]
    assert month_weights([0.1, "0.3333335", 1], [21, 1, 0]) == [2_100_000, 333_334, 0]
    assert month_weights([], WORKDAYS) == [days * 1_000_000 for days in WORKDAYS]
    assert month_weights([1, 2], [0, 0]) == [1_000_000, 2_000_000]


def test_year_by_season_alone():
    weights = month_weights([90, 80, 150, 150, 140, 95, 85, 80, 85, 85, 80, 80], [1] * 12)
    assert cumulative_round(120_000_000, weights) == [
        million * 100_000 for million in [90, 80, 150, 150, 140, 95, 85, 80, 85, 85, 80, 80]
    ]


@pytest.mark.parametrize(("index", "workdays"), [([1] * 11, WORKDAYS), ([-1, 1], [1, 1]), ([1, 1], [1, -1])])
def test_bad_month_weights_are_refused(index, workdays):
    with pytest.raises(Invalid):
        month_weights(index, workdays)
