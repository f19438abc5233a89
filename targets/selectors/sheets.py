"""Spreadsheets of a plan that came back, as far as one may see them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.errors import NotFound
from org.models import Role
from org.scope import Scope
from targets.models import Plan, PlanSheet


def plan_sheets(plan: Plan, *, scope: Scope) -> QuerySet[PlanSheet]:
    """The own ones; executives, who decide on the whole plan, see everybody's."""
    sheets = PlanSheet.objects.filter(plan=plan).select_related("uploaded_by")
    return sheets if scope.has(Role.EXECUTIVE) else sheets.filter(uploaded_by=scope.user_id)


def plan_sheet_get(sheet_id: int, *, scope: Scope) -> PlanSheet:
    """One that the scope may see; raises NotFound."""
    sheet = PlanSheet.objects.select_related("plan", "uploaded_by").filter(pk=sheet_id).first()
    if sheet is None or not plan_sheets(sheet.plan, scope=scope).filter(pk=sheet_id).exists():
        raise NotFound(_("There is no such spreadsheet."))
    return sheet
