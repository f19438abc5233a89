"""Pace, lag, chance and alert states: the worked examples and the laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.calc.alerting import LEVELS, AlertStates, step_many
from tracking.calc.pace import (
    AlertConfig,
    AlertState,
    completion,
    lag,
    lag_points,
    lags,
    needed_run_rate,
    pace,
    ratio,
    status_badge,
    step,
    tail_probability_amount,
    tail_probability_count,
    tail_probability_ratio,
)


@pytest.mark.parametrize(
    ("case", "actual", "plan", "direction", "expected"),
    [
        ("20 % behind", 40, 50, "up", 0.2),
        ("lower is better", 12, 10, "down", 0.2),
        ("net refunds lag more than everything", -10, 50, "up", 1.2),
        ("nothing was due", 5, 0, "up", None),
        ("no plan", 5, None, "up", None),
        ("nothing sold is everything missing", 0, 50, "up", 1.0),
    ],
)
def test_lag_is_the_share_of_the_plan_to_date_that_is_missing(case, actual, plan, direction, expected):
    assert lag(actual, plan, direction) == pytest.approx(expected)


def test_the_percentage_point_reading_is_another_number():
    assert lag_points(40, 50, 100) == pytest.approx(0.1)
    assert lag_points(40, 50, 0) is None


def test_completion_and_pace_are_not_capped():
    assert completion(142, 100) == 1.42
    assert pace(142, 50) == 2.84
    assert completion(5, 0) is None


def test_a_ratio_rolls_up_as_sum_over_sum():
    assert ratio(1 + 90, 10 + 100) == pytest.approx(0.8272727272727273)
    assert ratio(0, 0) is None


def test_the_needed_run_rate_and_its_multiple_of_the_planned_one():
    rate = needed_run_rate(100, 40, 50, 10)
    assert (rate.gap, rate.per_day, rate.multiple) == (60, 6.0, 1.2)
    assert needed_run_rate(100, 120, 50, 10).multiple == 0
    assert needed_run_rate(100, 40, 100, 0).per_day is None
    assert needed_run_rate(100, 40, 100, 0).multiple is None


@pytest.mark.parametrize(
    ("lag_ratio", "status"),
    [
        (None, "undefined"),
        (-0.3, "on_track"),
        (0.1, "watch"),
        (1 - 0.8, "behind"),
        (0.35, "critical"),
        (1.2, "critical"),
    ],
)
def test_the_badge_always_shows_the_lag(lag_ratio, status):
    assert status_badge(lag_ratio) == status


def test_chances_of_the_worked_examples():
    assert tail_probability_count(4, 8) == pytest.approx(0.09963240048704596, abs=1e-9)
    assert tail_probability_count(4, 8, 4) == pytest.approx(0.25864959609815574, abs=1e-9)
    assert tail_probability_ratio(5, 50, 0.2) == pytest.approx(0.04802721937073366, abs=1e-9)
    assert tail_probability_amount(4, 10, 2) == pytest.approx(0.15064717929987878, abs=1e-7)


def test_nothing_due_is_no_evidence_and_net_refunds_are_the_strongest():
    assert tail_probability_count(0, 0) == 1
    assert tail_probability_amount(0, 0, 5) == 1
    assert tail_probability_ratio(0, 0, 0.5) == 1
    assert tail_probability_amount(-1, 10, 2) == 0


@given(st.floats(0, 1e6), st.floats(1, 1e6), st.floats(1, 1e5), st.floats(0, 1e5))
def test_a_larger_amount_is_never_less_likely_to_be_exceeded_by_chance(amount, mu, deal, more):
    low = tail_probability_amount(amount, mu, deal)
    high = tail_probability_amount(amount + more, mu, deal)
    assert 0 <= low <= high + 1e-9 <= 1 + 2e-9


def test_arrays_give_what_scalars_give():
    amounts, mus = np.array([4.0, 0.0, -1.0, 50.0]), np.array([10.0, 10.0, 10.0, 0.0])
    together = tail_probability_amount(amounts, mus, 2.0)
    assert together == pytest.approx(
        [tail_probability_amount(a, m, 2.0) for a, m in zip(amounts, mus, strict=True)]
    )
    assert lags(np.array([40, 5]), np.array([50, 0]))[0] == pytest.approx(0.2)
    assert np.isnan(lags(np.array([40, 5]), np.array([50, 0]))[1])


def test_an_alert_is_confirmed_worsens_escalates_and_clears_with_hysteresis():
    observations = [
        (0.5, 0.01), (0.5, 0.01), (0.25, 0.04), (0.25, 0.04), (0.3, 0.03), (0.4, 0.01), (0.15, 0.2),
        (0.09, 0.5), (0.05, 0.6),
    ]  # fmt: skip
    state, trace = AlertState(), []
    for day, (behind, chance) in enumerate(observations, start=1):
        state, events = step(state, behind, chance, day, 0.5, AlertConfig())
        trace.append((day, state.level, events))
    assert trace == [
        (1, "ok", []),
        (2, "ok", []),
        (3, "ok", []),
        (4, "alert", [("raise", "alert")]),
        (5, "alert", []),
        (6, "critical", [("worsen", "critical")]),
        (7, "critical", [("escalate", 1)]),
        (8, "critical", []),
        (9, "ok", [("clear", "critical")]),
    ]


def test_the_literal_rule_fires_at_once_and_only_from_its_threshold():
    config = AlertConfig.literal()
    assert step(AlertState(), 0.2, 1.0, 1, 0.01, config)[1] == [("raise", "alert")]
    assert step(AlertState(), 0.199, 0.0, 1, 0.01, config)[1] == []


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.sampled_from((0.05, 0.1, 0.2, 0.25, 0.35, 0.9))),
            st.sampled_from((0.01, 0.1, 0.5)),
            st.integers(0, 6),
            st.sampled_from((0.05, 0.5)),
        ),
        max_size=25,
    ),
    st.booleans(),
)
def test_many_at_once_step_as_each_alone(observations, is_literal):
    config = AlertConfig.literal() if is_literal else AlertConfig()
    state, states = AlertState(), AlertStates.fresh(1)
    for behind, chance, day, fraction in observations:
        state, _events = step(state, behind, chance, day, fraction, config)
        states = step_many(
            states,
            np.array([np.nan if behind is None else behind]),
            np.array([chance]),
            np.array([day]),
            np.array([fraction]),
            config,
        )
        together = (
            LEVELS[states.level[0]],
            states.hot[0],
            states.cool[0],
            states.open_days[0],
            states.escalation[0],
        )
        assert together == (state.level, state.hot, state.cool, state.open_days, state.escalation)
