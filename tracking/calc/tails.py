"""The chance of doing this badly or worse while on plan: what tells noise from trouble.

Counts are Poisson (or negative binomial), amounts compound Poisson with a point mass at zero and a gamma
matched to the rest, ratios binomial (or beta-binomial). Source: the collective model of risk theory; checked
against simulation, off by at most .03. Scalars give a float, arrays an array of the same shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def tail_probability_count(n: Any, mu: Any, dispersion: Any = None) -> Any:
    """P(N ≤ n) of a count with mean ``mu`` on plan.

    ``dispersion`` k makes the variance mu + mu²/k; None is Poisson. 1 where nothing was due.
    """
    n, mu, shape = _arrays(n, mu)
    if dispersion is None:
        chance = _stats().poisson.cdf(n, np.maximum(mu, 1e-300))
    else:
        k = np.asarray(dispersion, dtype=np.float64)
        chance = _stats().nbinom.cdf(n, k, k / (k + np.maximum(mu, 0)))
    return _shaped(np.where(mu <= 0, 1.0, chance), shape)


def tail_probability_amount(
    amount: Any, mu: Any, mean_deal: Any, deal_cv: float = 1.0, dispersion: Any = None
) -> Any:
    """P(S ≤ amount) of a sum of deals with mean ``mu`` on plan, mean deal and coefficient of variation.

    ``amount``, ``mu`` and ``mean_deal`` share one unit. 1 where nothing was due, 0 for net refunds.
    """
    amount, mu, shape = _arrays(amount, mu)
    deal = np.maximum(np.broadcast_to(np.asarray(mean_deal, dtype=np.float64), amount.shape), 1e-12)
    due = np.maximum(mu, 1e-12)
    deals = due / deal
    variance = due * deal * (1 + deal_cv**2)
    if dispersion is None:
        nothing = np.exp(-deals)
    else:
        k = np.asarray(dispersion, dtype=np.float64)
        nothing = (k / (k + deals)) ** k
        variance = variance + due**2 / k
    some = np.maximum(1 - nothing, 1e-15)
    mean = due / some
    spread = (variance + due**2) / some - mean**2
    safe = np.maximum(spread, 1e-12)
    gamma = _stats().gamma.cdf(np.maximum(amount, 0), mean**2 / safe, scale=safe / mean)
    rest = np.where(spread > 0, gamma, (amount >= mean).astype(np.float64))
    chance = np.where(nothing > 1 - 1e-12, 1.0, nothing + (1 - nothing) * rest)
    return _shaped(np.where(mu <= 0, 1.0, np.where(amount < 0, 0.0, chance)), shape)


def tail_probability_ratio(num: Any, den: Any, p: Any, rho: float = 0) -> Any:
    """P(X ≤ num) of ``num`` successes in ``den`` trials with chance ``p`` on plan.

    ``rho`` is the correlation of trials of the same person (beta-binomial). 1 without trials.
    """
    num, den, shape = _arrays(num, den)
    p = np.broadcast_to(np.asarray(p, dtype=np.float64), num.shape)
    trials = np.maximum(den, 1)
    if rho <= 0:
        chance = _stats().binom.cdf(num, trials, np.clip(p, 0, 1))
    else:
        size = 1 / rho - 1
        inside = np.clip(p, 1e-9, 1 - 1e-9)
        chance = _stats().betabinom.cdf(num, trials, inside * size, (1 - inside) * size)
    return _shaped(np.where(den <= 0, 1.0, chance), shape)


def _stats() -> Any:
    """scipy.stats, imported when first needed: it takes a second, and the web server needs none of it."""
    from scipy import stats

    return stats


def _arrays(first: Any, second: Any) -> tuple[Floats, Floats, bool]:
    """Both as arrays of one shape, and whether both were scalars."""
    is_scalar = np.ndim(first) == 0 and np.ndim(second) == 0
    a, b = np.broadcast_arrays(np.asarray(first, np.float64), np.asarray(second, np.float64))
    return a, b, is_scalar


def _shaped(values: Floats, is_scalar: bool) -> Any:
    return float(values) if is_scalar else values
