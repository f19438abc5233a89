"""Writes: counting facts into daily actuals, and the definitions they are counted by."""

from metrics.services.definitions import metric_check, metric_save
from metrics.services.mending import Mended
from metrics.services.rebuild import RebuildResult, recompute_actuals
from metrics.services.refresh import RefreshResult, refresh_changed_days
from metrics.services.rollup import follow_unit_tree
from metrics.services.sweep import SweepResult, recount_requested, sweep

__all__ = [
    "Mended",
    "RebuildResult",
    "RefreshResult",
    "SweepResult",
    "follow_unit_tree",
    "metric_check",
    "metric_save",
    "recompute_actuals",
    "recount_requested",
    "refresh_changed_days",
    "sweep",
]
