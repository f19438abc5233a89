"""The season of a metric in the company's own history, as a plan can take it over."""

from __future__ import annotations

import datetime as dt

import numpy as np

from common.periods import Period, fiscal_months
from metrics.models import Metric
from metrics.selectors import daily_series
from org.scope import Scope
from org.selectors import company_get, company_today, unit_root
from targets.calc.seasonality import SeasonInfo, seasonal_index
from targets.models import Plan
from targets.selectors.slices import workdays_of

HISTORY_YEARS = 5
# A first fact later in a month means that the month was not recorded from its beginning.
GRACE = dt.timedelta(days=7)


def season_estimate(plan: Plan, metric: Metric) -> tuple[list[float], SeasonInfo]:
    """Twelve indices per workday (mean 1) from up to five years before the plan, and how sure.

    Months before the company's first fact, and months not over yet, are unknown, not zero. In China January
    and February are estimated together while history is short: the Spring Festival moves between them.
    """
    start_month = plan.starts_on.month
    years = range(plan.fiscal_year - HISTORY_YEARS, plan.fiscal_year)
    months = [month for year in years for month in fiscal_months(year, start_month)]
    amounts = _monthly(metric, months)
    company = company_get()
    joint = [at for at in range(12) if (start_month - 1 + at) % 12 < 2] if company.country == "CN" else []
    days = [float(count) for count in workdays_of(months)]
    return seasonal_index(
        np.array(amounts).reshape(-1, 12), np.array(days).reshape(-1, 12), joint_months=joint
    )


def _monthly(metric: Metric, months: list[Period]) -> list[float]:
    """The company's figure of each month; NaN where it is not known."""
    today = company_today()
    scope = Scope.everyone(reason="season of the company", on=today)
    start, end = months[0].start, months[-1].end
    series = daily_series(metric, scope=scope, start=start, end=end, unit=unit_root())
    values = series["numerator"].to_numpy(dtype=np.float64)
    known = np.flatnonzero(values)
    first = start + dt.timedelta(days=int(known[0])) if known.size else end
    return [
        float(values[(month.start - start).days : (month.end - start).days].sum())
        if first <= month.start + GRACE and month.end <= today
        else float("nan")
        for month in months
    ]
