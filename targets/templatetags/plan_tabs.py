"""``{% plan_tabs plan "targets:plan" %}``: the pages of a plan beside each other, the named one chosen."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from targets.models import Plan
from targets.plan_tabs import tabs_of

register = template.Library()


@register.inclusion_tag("targets/_plan_tabs.html", takes_context=True)
def plan_tabs(context: dict[str, Any], plan: Plan, here: str) -> dict[str, Any]:
    """The tabs that the one who asks may open; a single one is none."""
    tabs = tabs_of(plan, context["request"].row_scope)
    shown = [(reverse(tab.route, args=[plan.pk]), tab.label, tab.route == here) for tab in tabs]
    return {"tabs": shown if len(shown) > 1 else []}
