"""What a plan's page shows: the tree unfolded around a target, its months, the grid of its children."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats

from common.errors import DomainError
from common.periods import fiscal_months
from metrics.formats import PARTS_PER_MILLION
from metrics.models import Metric, MetricKind
from metrics.templatetags.figures import figure_text
from org.scope import Scope
from targets import policies, selectors, services
from targets.forms import Amounts, SeasonForm, SplitForm
from targets.grid_form import base_text
from targets.grid_page import grid_context, grid_typed, page_total, typed_amount
from targets.models import Plan, PlanMetric, Target

# So many children stand on one page of the grid.
CHILDREN = 200


def plan_context(
    request: HttpRequest, shown: Plan, target: Target | None, typed: dict[str, Any] | None = None
) -> dict[str, Any]:
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    planned = selectors.plan_metrics_of(shown)
    context: dict[str, Any] = {
        "plan": shown,
        "metrics": [each.metric for each in planned],
        "target": target,
        "may_publish": policies.may_create_plans(scope) and shown.status in policies.OPEN,
        "may_copy": policies.may_create_plans(scope),
        **_problems(shown, scope),
    }
    if target is None:
        return context
    typed, editors = grid_typed(request, target, typed)
    amounts = Amounts(target.metric, shown.currency)
    chosen = next((each for each in planned if each.metric_id == target.metric_id), None)
    page, grid, changed_at = _children(request, target, typed)
    sums = _sums(grid, amounts, typed)
    rows = sums.rows if typed is None else sums.rows[page.start_index() - 1 : page.end_index()]
    nodes = selectors.plan_branch(shown, target.metric, target, scope=scope)
    return context | {
        "metric": target.metric,
        "nodes": unfolded(nodes, target),
        "name": selectors.target_name(target),
        "amount_text": amounts.write(target.amount),
        # A page shown again keeps its token: whatever others saved since must still be noticed.
        "seen_at": (typed or {}).get("seen_at") or _token(scope, target, changed_at),
        "grid": grid,
        "sums": sums,
        "rows": [_row(row, amounts, typed) for row in rows],
        "page": page,
        # What the children on other pages have: the live sums count them too.
        "elsewhere": sums.total - page_total(rows, amounts, typed),
        "cushion": (typed or {}).get("cushion") or f"{target.cushion_bp / 100:g}",
        "months": _months(target, amounts, grid, chosen),
        "may_split": policies.may_split(scope, target),
        "may_set": policies.may_set_amount(scope, target),
        "may_calibrate": policies.may_calibrate(scope, shown)
        and policies.may_calibrate_targets(scope, [target]),
        "split_form": SplitForm(),
        "season": _season(target, chosen, policies.may_create_plans(scope) and shown.status in policies.OPEN),
        "scale": _scale(target.metric, shown.currency),
        **grid_context(target, editors, typed, [row.target.pk for row in rows]),
    }


def _row(row: selectors.GridRow, amounts: Amounts, typed: dict[str, Any] | None) -> dict[str, Any]:
    child = row.target
    texts = {
        "weight": f"{child.weight.normalize():f}",
        "min": amounts.write(child.lower_amount),
        "max": amounts.write(child.upper_amount),
        "amount": amounts.write(child.amount),
    }
    if typed is not None:
        texts = {name: typed.get(f"{name}-{child.pk}", text) for name, text in texts.items()}
    # A draft holds the children that were changed only.
    is_typed = typed is not None and any(f"{name}-{child.pk}" in typed for name in texts)
    locked = f"locked-{child.pk}" in (typed or {}) if is_typed else child.is_locked
    return {
        "target": child,
        "name": row.name,
        "share": row.share,
        "locked": locked,
        **texts,
        "shown": _figure(child.amount, child.metric),
        "base": (typed or {}).get(f"base-{child.pk}") or base_text(child, amounts),
        "faults": {name: ((typed or {}).get("faults") or {}).get(f"{name}-{child.pk}", "") for name in texts},
    }


def _sums(grid: selectors.Grid, amounts: Amounts, typed: dict[str, Any] | None) -> selectors.Grid:
    """The grid's totals; of what stands in the cells where the page shows a preview."""
    if typed is None or not grid.target.is_additive:
        return grid
    try:
        cells = [typed_amount(row.target, amounts, typed) for row in grid.rows]
        over = int(Decimal(str(typed.get("cushion") or "0").strip().rstrip("%")) * 100)
        return selectors.grid_of(grid, cells, over)
    except (DomainError, KeyError, ArithmeticError, ValueError):
        return grid


def _season(target: Target, chosen: PlanMetric | None, may_set: bool) -> dict[str, Any] | None:
    """The season and rhythm of a top target's metric."""
    if chosen is None or target.parent_id is not None or not target.is_additive:
        return None
    phases = [*chosen.phases, 1, 1, 1][:3] if chosen.phases else [1, 1, 1]
    form = SeasonForm(initial=dict(zip(("early", "mid", "late"), phases, strict=True)))
    return {
        "form": form if may_set else None,
        "index": [f"{value:.2f}" for value in chosen.season],
        "source": chosen.season_source,
        "phases": phases,
    }


def unfolded(
    nodes: Sequence[selectors.TreeNode], target: Target | None = None, depth: int = 0
) -> list[dict[str, Any]]:
    """The tree as shown: the chosen target and the way to it are open; the first level is ``depth``."""
    path = next((node.ancestor_ids for node in nodes if target and node.target.pk == target.pk), ())
    is_open = {*path, target.pk} if target else set()
    return [
        {
            "node": node,
            "depth": node.depth + depth,
            "level": node.depth + depth + 1,
            "is_chosen": target is not None and node.target.pk == target.pk,
            "is_open": node.has_children and node.target.pk in is_open,
        }
        for node in nodes
    ]


def _children(
    request: HttpRequest, target: Target, typed: dict[str, Any] | None
) -> tuple[Page[Any], selectors.Grid, dt.datetime | None]:
    """The page of children asked for with the sums of all, and when the last that one sees was changed.

    All children where something was typed.
    """
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    sums = selectors.children_sums(target, scope=scope)
    page = Paginator(range(sums.count), CHILDREN).get_page(request.GET.get("page"))
    if typed is not None:
        return page, selectors.children_grid(target, scope=scope), sums.changed_at
    start = max(0, page.start_index() - 1)
    grid = selectors.children_window(target, sums, start, page.end_index(), scope=scope)
    return page, grid, sums.changed_at


def _token(scope: Scope, target: Target, changed_at: dt.datetime | None) -> str:
    """Who sees everything has seen when the last child was changed; for others it has to be asked."""
    return services.seen_text(target, changed_at) if scope.sees_everything else services.seen_token(target)


def _months(
    target: Target, amounts: Amounts, grid: selectors.Grid, chosen: PlanMetric | None
) -> list[dict[str, Any]]:
    """Each month with its amount, its bar (percent of the highest), season index and the children's gap."""
    plan, metric = target.plan, target.metric
    season = chosen.season if chosen is not None else []
    highest = max(1, *target.months)
    gaps = [*grid.month_gaps, *[0] * 12][:12]
    shown = target.is_additive
    return [
        {
            "name": formats.date_format(month.start, "M"),
            "label": month.label,
            "text": amounts.write(value),
            "short": _figure(value, metric, short=True),
            "full": _figure(value, metric),
            "number": str(at),
            "bar": round(100 * max(0, value) / highest),
            "season": f"{season[at]:.2f}" if shown and len(season) > at else "",
            "gap": _figure(gaps[at], metric, short=True) if shown and gaps[at] else "",
        }
        for at, (month, value) in enumerate(
            zip(fiscal_months(plan.fiscal_year, plan.starts_on.month), target.months, strict=True)
        )
    ]


def _figure(value: int, metric: Metric, *, short: bool = False) -> str:
    """A stored amount as text; ratios are stored in parts per million."""
    return figure_text(value / PARTS_PER_MILLION if metric.is_ratio else value, metric, short=short)


def _scale(metric: Metric, currency: str) -> int:
    """How many stored units one typed unit is, for the live sums in the browser."""
    amounts = Amounts(metric, currency)
    return amounts.read("1") if metric.kind != MetricKind.RATIO else 10_000


def _problems(shown: Plan, scope: Scope) -> dict[str, Any]:
    """What stands against publishing, for those who could: the first of them, and how many there are."""
    if shown.status not in policies.OPEN or not policies.may_create_plans(scope):
        return {"problems": [], "problem_count": 0}
    found = selectors.plan_problems(shown)
    problems = [
        {
            "name": f"{problem.metric.label} · {selectors.target_name(problem)}",
            "text": text,
            "url": f"{reverse('targets:plan', args=[shown.pk])}?target={problem.pk}",
        }
        for problem, text in found.first
    ]
    return {"problems": problems, "problem_count": found.count, "problems_more": found.more}
