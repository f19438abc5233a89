"""What the grid of a target's children shows beside its cells: drafts, questions, who else is at it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from common.errors import Invalid
from org.scope import Scope
from targets import policies, selectors
from targets.forms import Amounts
from targets.models import GridDraft, Target
from targets.services.drafts import ROW_FIELDS

Typed = dict[str, Any] | None


def grid_typed(request: HttpRequest, target: Target, typed: Typed) -> tuple[Typed, selectors.GridEditors]:
    """What the grid's cells show: what was posted, else the draft if it is asked for; and who is at it."""
    scope: Scope = request.row_scope  # type: ignore[attr-defined]
    if not policies.may_split_once_open(scope, target):
        return typed, selectors.GridEditors()
    user: Any = request.user
    editors = selectors.grid_editors(target, user=user, scope=scope)
    draft = editors.draft
    is_asked = typed is None and request.GET.get("draft") == "1"
    if is_asked and draft is not None and policies.may_split(scope, target):
        typed = {**draft.cells, "restored": "1"}
    return typed, editors


def grid_context(
    target: Target, editors: selectors.GridEditors, typed: Typed, shown: Collection[int]
) -> dict[str, Any]:
    """The grid's bars and hidden fields; ``shown`` are the children on this page of it."""
    asked = typed or {}
    return {
        "editors": editors,
        "draft": editors.draft if typed is None else None,
        "draft_rows": _draft_rows(editors.draft) if typed is None and editors.draft else [],
        "is_restored": bool(asked.get("restored")),
        "is_typed": typed is not None,
        "is_frozen": target.plan.status not in policies.OPEN,
        "questions": asked.get("questions", []),
        "carried": _carried(asked, set(shown)),
        "base_cushion": asked.get("base-cushion") or target.cushion_bp,
        "base_target": asked.get("base-target") or target.amount,
        "cushion_fault": (asked.get("faults") or {}).get("cushion", ""),
    }


def typed_amount(child: Target, amounts: Amounts, typed: Mapping[str, Any]) -> int:
    """A child's amount as typed, as stored where nothing was; raises Invalid."""
    text = typed.get(f"amount-{child.pk}")
    return child.amount if text is None else amounts.read(str(text))


def page_total(rows: Sequence[selectors.GridRow], amounts: Amounts, typed: Typed) -> int:
    """What the children on this page of the grid sum to; what can't be read counts as what is stored."""
    total = 0
    for row in rows:
        try:
            total += typed_amount(row.target, amounts, typed or {})
        except Invalid:
            total += row.target.amount
    return total


def _carried(typed: Mapping[str, Any], shown: set[int]) -> list[tuple[str, str]]:
    """Cells typed on other pages of the grid: they travel along, so that they are distributed too."""
    found = []
    for name, text in typed.items():
        field, _dash, child = name.partition("-")
        is_elsewhere = field in ROW_FIELDS and child.isdecimal() and int(child) not in shown
        if is_elsewhere and f"base-{child}" in typed:
            found.append((name, str(text)))
    return found


def _draft_rows(draft: GridDraft) -> list[dict[str, str]]:
    """The draft in words, for whoever can't restore it any more: each child's cells as typed."""
    rows: dict[int, dict[str, str]] = {}
    for name, text in draft.cells.items():
        field, _dash, child = name.partition("-")
        if field in ROW_FIELDS and child.isdecimal():
            rows.setdefault(int(child), {})[field] = text
    named = Target.objects.filter(pk__in=rows).select_related(
        "parent", "unit", "person", "product_line", "region", "customer_type"
    )
    # In the grid's order: what the database gives back of a JSON object has none.
    return [{**rows[child.pk], "name": selectors.target_name(child)} for child in named]
