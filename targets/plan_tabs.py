"""The pages of a plan, in the order of the work: one line a page, shown as tabs by ``{% plan_tabs %}``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.scope import Scope
from targets import policies
from targets.models import Plan

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _everybody(scope: Scope, plan: Plan) -> bool:
    return policies.may_see_plans(scope)


@dataclass(frozen=True)
class PlanTab:
    """A page of a plan: its route (argument ``plan_id``), its word, and who finds it."""

    route: str
    label: _StrPromise
    may_see: Callable[[Scope, Plan], bool] = _everybody


TABS: tuple[PlanTab, ...] = (
    PlanTab("targets:strategy", _("Strategy"), policies.may_see_strategy),
    PlanTab("targets:plan", _("Targets")),
    PlanTab("targets:plan_grid", _("Grid")),
    PlanTab("targets:check", pgettext_lazy("page of a plan", "Check")),
    PlanTab("targets:calibration", _("Calibration"), policies.may_see_calibrations),
    PlanTab("targets:plan_sheet", _("Spreadsheet")),
    PlanTab("targets:plan_diff", _("Versions")),
)


def tabs_of(plan: Plan, scope: Scope) -> list[PlanTab]:
    """The pages of this plan that the scope may open."""
    return [tab for tab in TABS if tab.may_see(scope, plan)]
