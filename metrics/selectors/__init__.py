"""Reads: metric definitions, figures in any cut, and the facts behind them."""

from metrics.selectors.actuals import (
    BY,
    ActualRow,
    actual_rows,
    daily_series,
    period_sums,
    visible_actuals,
)
from metrics.selectors.definitions import (
    adds_up_won_deals,
    base_metrics,
    metric_formula,
    metric_get,
    metric_list,
)
from metrics.selectors.drilldown import (
    FactPage,
    FactQuery,
    FactRow,
    FactSum,
    fact_rows,
    fact_sum,
    fact_sweep,
)
from metrics.selectors.owners import OwnerDays, owner_days, owner_sums, person_parts
from metrics.selectors.preview import Preview, definition_preview

__all__ = [
    "BY",
    "ActualRow",
    "FactPage",
    "FactQuery",
    "FactRow",
    "FactSum",
    "OwnerDays",
    "Preview",
    "actual_rows",
    "adds_up_won_deals",
    "base_metrics",
    "daily_series",
    "definition_preview",
    "fact_rows",
    "fact_sum",
    "fact_sweep",
    "metric_formula",
    "metric_get",
    "metric_list",
    "owner_days",
    "owner_sums",
    "period_sums",
    "person_parts",
    "visible_actuals",
]
