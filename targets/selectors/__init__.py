"""Reads: plans, the tree of targets, a target's children with their reconciliation, slices of time."""

from targets.selectors.jobs import JOBS_OPEN, job_get, job_shown, job_text
from targets.selectors.problems import PlanProblems, plan_problems
from targets.selectors.seasons import season_estimate
from targets.selectors.slices import SliceRow, plan_workdays, slice_rows
from targets.selectors.strategy import (
    Carried,
    StrategyRow,
    Tilts,
    strategy_candidates,
    strategy_line_get,
    strategy_lines,
    strategy_lines_serving,
    strategy_rows,
    strategy_targets,
    strategy_tilts,
    strategy_unlinked,
)
from targets.selectors.trees import (
    Grid,
    GridRow,
    TreeNode,
    child_candidates,
    children_grid,
    grid_of,
    plan_get,
    plan_list,
    plan_metrics_of,
    plan_tree,
    target_get,
    target_name,
)

__all__ = [
    "JOBS_OPEN",
    "Carried",
    "Grid",
    "GridRow",
    "PlanProblems",
    "SliceRow",
    "StrategyRow",
    "Tilts",
    "TreeNode",
    "child_candidates",
    "children_grid",
    "grid_of",
    "job_get",
    "job_shown",
    "job_text",
    "plan_get",
    "plan_list",
    "plan_metrics_of",
    "plan_problems",
    "plan_tree",
    "plan_workdays",
    "season_estimate",
    "slice_rows",
    "strategy_candidates",
    "strategy_line_get",
    "strategy_lines",
    "strategy_lines_serving",
    "strategy_rows",
    "strategy_targets",
    "strategy_tilts",
    "strategy_unlinked",
    "target_get",
    "target_name",
]
