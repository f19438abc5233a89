"""Season: how the twelve months differ per workday, learned from history and shrunk toward a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from common.errors import Invalid, gettext_noop
from common.periods import MONTHS_A_YEAR
from targets.calc.weights import Number, scaled_weight

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# With one year of history noise and season cannot be told apart: what they are worth at first.
_NOISE_VARIANCE = 0.15**2
_SEASON_VARIANCE = 0.20**2
_NOISE_PRIOR_MONTHS = 6
_SEASON_PRIOR_YEARS = 3
# Months without sales (or with more refunds than sales) count as this share of a mean month.
_SMALLEST_SHARE = 0.02
_GROWTH_RANGE = (-0.5, 1.0)
_FIT_ROUNDS = 50
LONG_HISTORY_YEARS = 3


class SeasonInfo(TypedDict):
    """How an index came about: months and full years of history, the growth taken out (a year), how far
    the months are their own (``shrinkage`` 0: the template alone, 1: history alone), both variances."""

    months: int
    full_years: int
    growth: float
    shrinkage: float
    residual_variance: float
    month_variance: float


def seasonal_index(
    monthly: ArrayLike | None,
    workdays: ArrayLike | None,
    prior: Sequence[float] | None = None,
    growth: float | None = None,
    *,
    peer_variance: float | None = None,
    joint_months: Sequence[int] = (),
) -> tuple[list[float], SeasonInfo]:
    """Twelve indices PER WORKDAY with mean 1, and how they came about.

    ``monthly``: amounts, shape (years, 12) or flat, oldest first, None or NaN where unknown; ``workdays``
    likewise, or 12 for every year. ``prior``: the template's or parent's index (None: flat). ``growth``: a
    year's, as a ratio (None: from full years if there are two, else 0). ``peer_variance``: residual variance
    of peers, for histories of one year. ``joint_months``: positions estimated as one while history is
    short (China: the months the Spring Festival moves between). Without history the prior is the answer.
    """
    template, amounts = _template(prior), _years(monthly)
    is_known = np.isfinite(amounts)
    noise = _NOISE_VARIANCE if peer_variance is None else peer_variance
    if not (amounts[is_known] > 0).any():
        return template.tolist(), _info(is_known, growth or 0.0, np.zeros(1), noise, 0.0)
    yearly_growth = _growth(amounts, is_known) if growth is None else growth
    if yearly_growth <= -1:
        raise Invalid(gettext_noop("Growth is a ratio above -1."), code="growth")
    joint = joint_months if is_known.all(axis=1).sum() < LONG_HISTORY_YEARS else ()
    rates = _log_rates(amounts, _workdays(workdays, amounts.shape), template, joint)
    fit = _two_way_fit(rates - np.log1p(yearly_growth) * _positions(joint), is_known)
    residual, season, kept = _shrinkage(fit, is_known, noise)
    index = template * np.exp(kept * fit.months)
    return (index / index.mean()).tolist(), _info(is_known, yearly_growth, kept, residual, season)


def month_weights(index: Sequence[Number], workdays: Sequence[int]) -> list[int]:
    """Exact integer weights of months for ``cumulative_round``: index (to 1e-6, half even) × workdays.

    An empty index is flat per workday; months that are closed altogether weigh nothing, unless all are:
    then the index alone counts. ``month_weights([1, 2], [20, 10])`` is [20000000, 20000000].
    """
    exact = [scaled_weight(value) for value in index] if len(index) else [scaled_weight(1)] * len(workdays)
    if len(exact) != len(workdays):
        raise Invalid(gettext_noop("A seasonal index has one number a month."), code="length")
    if min(exact, default=0) < 0 or min(workdays, default=0) < 0:
        raise Invalid(gettext_noop("A seasonal index and workdays are zero or more."), code="weight")
    weights = [value * int(days) for value, days in zip(exact, workdays, strict=True)]
    return weights if any(weights) else exact


def _info(is_known: Flags, growth: float, kept: Floats, residual: float, season: float) -> SeasonInfo:
    return SeasonInfo(
        months=int(is_known.sum()),
        full_years=int(is_known.all(axis=1).sum()),
        growth=float(growth),
        shrinkage=float(kept.mean()),
        residual_variance=residual,
        month_variance=season,
    )


@dataclass(frozen=True, eq=False)
class _Fit:
    """A two-way fit of log rates: month effects (mean 0 over observed months) and what is left over."""

    months: Floats
    residuals: Floats


def _two_way_fit(values: Floats, is_known: Flags) -> _Fit:
    """Year effects + month effects by alternating means, which settles with missing cells too."""
    observed = np.where(is_known, values, 0.0)
    by_month, by_year = is_known.sum(axis=0), is_known.sum(axis=1)
    months, years = np.zeros(values.shape[1]), np.zeros(values.shape[0])
    for _ in range(_FIT_ROUNDS):
        years = np.where(is_known, observed - months, 0.0).sum(axis=1) / np.maximum(by_year, 1)
        months = np.where(is_known, observed - years[:, None], 0.0).sum(axis=0) / np.maximum(by_month, 1)
        months = np.where(by_month > 0, months - months[by_month > 0].mean(), 0.0)
    return _Fit(months, np.where(is_known, observed - years[:, None] - months, 0.0))


def _shrinkage(fit: _Fit, is_known: Flags, noise: float) -> tuple[float, float, Floats]:
    """Residual variance, variance of the months, and how much of each month's effect is kept.

    Empirical Bayes: both variances lean on defaults worth 6 months and 3 years; a month seen n times keeps
    season / (season + residual / n), an unseen one nothing.
    """
    by_month = is_known.sum(axis=0)
    seen = by_month > 0
    freedom = int(is_known.sum()) - (int(is_known.any(axis=1).sum()) + int(seen.sum()) - 1)
    weight = max(freedom, 0) + _NOISE_PRIOR_MONTHS
    residual = float(((fit.residuals**2).sum() + _NOISE_PRIOR_MONTHS * noise) / weight)
    season = _SEASON_VARIANCE
    if seen.sum() > 2:
        raw = max(0.0, float(fit.months[seen].var(ddof=1)) - residual / float(by_month[seen].mean()))
        share = MONTHS_A_YEAR - 1
        season = (share * raw + _SEASON_PRIOR_YEARS * _SEASON_VARIANCE) / (share + _SEASON_PRIOR_YEARS)
    kept = season / (season + residual / np.maximum(by_month, 1))
    return residual, season, np.where(seen, kept, 0.0)


def _log_rates(amounts: Floats, workdays: Floats, template: Floats, joint: Sequence[int]) -> Floats:
    """log of amount per workday, relative to the template; NaN where unknown."""
    smallest = _SMALLEST_SHARE * amounts[amounts > 0].mean()
    sold, expected = np.maximum(amounts, smallest), np.maximum(workdays, 1.0) * template
    rates: Floats = np.log(sold) - np.log(expected)
    if len(joint):
        months = list(joint)
        together = np.log(sold[:, months].sum(axis=1)) - np.log(expected[:, months].sum(axis=1))
        is_complete = np.isfinite(together)
        rates[np.ix_(is_complete, months)] = together[is_complete, None]
    return rates


def _positions(joint: Sequence[int]) -> Floats:
    """Where in the year each month lies, in years from its middle; joint months lie in theirs."""
    positions = (np.arange(MONTHS_A_YEAR) - (MONTHS_A_YEAR - 1) / 2) / MONTHS_A_YEAR
    if len(joint):
        positions[list(joint)] = positions[list(joint)].mean()
    return positions


def _growth(amounts: Floats, is_known: Flags) -> float:
    """Yearly growth by a line through the logs of full years' totals; 0 with fewer than two."""
    totals = np.where(is_known, amounts, 0.0).sum(axis=1)
    usable = np.flatnonzero(is_known.all(axis=1) & (totals > 0))
    if usable.size < 2:
        return 0.0
    slope = np.polyfit(usable, np.log(totals[usable]), 1)[0]
    return float(np.clip(np.expm1(slope), *_GROWTH_RANGE))


def _template(prior: Sequence[float] | None) -> Floats:
    if prior is None or not len(prior):
        return np.ones(MONTHS_A_YEAR)
    template = np.array([float(value) for value in prior], dtype=np.float64)
    if template.shape != (MONTHS_A_YEAR,) or not np.isfinite(template).all() or (template <= 0).any():
        raise Invalid(gettext_noop("A seasonal template has twelve numbers above zero."), code="prior")
    scaled: Floats = template / template.mean()
    return scaled


def _years(values: ArrayLike | None) -> Floats:
    array = np.array([] if values is None else values, dtype=np.float64)
    if array.size % MONTHS_A_YEAR:
        raise Invalid(gettext_noop("A history has twelve months a year."), code="length")
    return array.reshape(-1, MONTHS_A_YEAR)


def _workdays(values: ArrayLike | None, shape: tuple[int, ...]) -> Floats:
    """Workdays in the shape of the amounts; without any, every month is as long as the others."""
    days = np.ones((1, MONTHS_A_YEAR)) if values is None else _years(values)
    if not np.isfinite(days).all() or days.shape[0] not in (1, shape[0]):
        raise Invalid(gettext_noop("Workdays are given for one year, or for each year."), code="workdays")
    return np.broadcast_to(days, shape)
