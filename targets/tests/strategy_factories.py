"""Builders of strategy lines, made through the services."""

from __future__ import annotations

from typing import Any

from metrics.models import Metric
from targets.models import Plan, StrategyLine, Target
from targets.services import StrategyAsk, strategy_line_save, strategy_links_set


def make_line(
    plan: Plan, text: str = "Grow", *targets: Target, metric: str | None = "sales", **fields: Any
) -> StrategyLine:
    """A line of a metric (none for a focus in words) that these targets carry."""
    fields.setdefault("kind", "amount" if fields.get("amount") is not None else "focus")
    of = Metric.objects.get(code=metric) if metric else None
    line = strategy_line_save(plan=plan, ask=StrategyAsk(text=text, metric=of, **fields), actor=None)
    if targets:
        strategy_links_set(line=line, targets=targets, actor=None)
    line.refresh_from_db()
    return line
