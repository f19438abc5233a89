"""Writes: plans and their versions, the tree of targets, allocation, months, publishing."""

from targets.services.allocating import AllocationPreview, ChildAsk, target_allocate
from targets.services.amounts import target_amount_set, target_month_set
from targets.services.guards import MAX_AMOUNT, seen_token
from targets.services.job_kinds import plan_job_work
from targets.services.jobs import is_large, plan_job_ask, plan_jobs_due
from targets.services.plans import (
    plan_copy,
    plan_create,
    plan_delete,
    plan_metric_set,
    plan_publish,
    plan_submit,
    season_learn,
)
from targets.services.strategy import (
    StrategyAsk,
    TiltAsk,
    strategy_line_delete,
    strategy_line_move,
    strategy_line_save,
    strategy_links_set,
    strategy_status_set,
    strategy_tilts_set,
)
from targets.services.trees import target_children_add, target_delete

__all__ = [
    "MAX_AMOUNT",
    "AllocationPreview",
    "ChildAsk",
    "StrategyAsk",
    "TiltAsk",
    "is_large",
    "plan_copy",
    "plan_create",
    "plan_delete",
    "plan_job_ask",
    "plan_job_work",
    "plan_jobs_due",
    "plan_metric_set",
    "plan_publish",
    "plan_submit",
    "season_learn",
    "seen_token",
    "strategy_line_delete",
    "strategy_line_move",
    "strategy_line_save",
    "strategy_links_set",
    "strategy_status_set",
    "strategy_tilts_set",
    "target_allocate",
    "target_amount_set",
    "target_children_add",
    "target_delete",
    "target_month_set",
]
