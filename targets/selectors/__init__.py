"""Reads: plans, the tree of targets, a target's children with their reconciliation, slices of time."""

from targets.selectors.seasons import season_estimate
from targets.selectors.slices import SliceRow, plan_workdays, slice_rows
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
    plan_problems,
    plan_tree,
    target_get,
    target_name,
)

__all__ = [
    "Grid",
    "GridRow",
    "SliceRow",
    "TreeNode",
    "child_candidates",
    "children_grid",
    "grid_of",
    "plan_get",
    "plan_list",
    "plan_metrics_of",
    "plan_problems",
    "plan_tree",
    "plan_workdays",
    "season_estimate",
    "slice_rows",
    "target_get",
    "target_name",
]
