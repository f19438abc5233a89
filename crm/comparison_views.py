"""Our totals beside the source's, by month, and the records behind ours."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crm.connection_words import COUNTED, comparison_error, difference_of
from crm.http import wake_comparison
from crm.models import ConnectionTotal
from crm.selectors import connections as selectors
from crm.services.connectors import comparison_request
from org.http import Column, PageRequest, or_404, page_required, paginate
from org.models import Role

TOTALS = (
    Column(gettext_lazy("Month")),
    Column(gettext_lazy("Result")),
    Column(gettext_lazy("There"), is_num=True),
    Column(gettext_lazy("Here"), is_num=True),
    Column(gettext_lazy("Amount there"), is_num=True),
    Column(gettext_lazy("Amount here"), is_num=True),
)
COUNTS = TOTALS[:4]
RECORDS = (
    Column(gettext_lazy("External id")),
    Column(gettext_lazy("Name")),
    Column(gettext_lazy("Owner")),
    Column(gettext_lazy("Day")),
    Column(gettext_lazy("Amount"), is_num=True),
)
_DAYS = {
    "opportunities": "closed_on",
    "payments": "received_on",
    "leads": "created_on",
    "activities": "occurred_on",
}
_PAGES = {"opportunities": "crm:opportunity_detail", "leads": "crm:lead_detail"}


@page_required(Role.ADMIN)
@require_GET
def connection_comparison(request: PageRequest, pk: int) -> HttpResponse:
    """The last comparison, a table a resource."""
    connection = or_404(selectors.connection_get(pk))
    totals = selectors.connection_totals(connection)
    groups = []
    for resource, title in COUNTED.items():
        rows = [_row(total) for total in totals if total.resource == resource]
        if rows:
            has_money = any(row["total"].own_minor is not None for row in rows)
            groups.append(
                {
                    "resource": resource,
                    "title": title,
                    "rows": rows,
                    "has_money": has_money,
                    "columns": TOTALS if has_money else COUNTS,
                    "differing": sum(row["difference"] == "differs" for row in rows),
                }
            )
    context = {"connection": connection, "groups": groups, "error": comparison_error(connection)}
    context["differing"] = sum(group["differing"] for group in groups)
    return render(request, "crm/connection_comparison.html", context)


def _row(total: ConnectionTotal) -> dict[str, Any]:
    return {
        "total": total,
        "difference": difference_of(total),
        "fewer": max((total.source_count or 0) - total.own_count, 0),
        "more": max(total.own_count - (total.source_count or 0), 0),
    }


@page_required(Role.ADMIN)
@require_POST
def connection_compare(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for a comparison now."""
    connection = or_404(selectors.connection_get(pk))
    comparison_request(connection=connection, actor=request.user)
    wake_comparison(connection.pk)
    messages.success(request, _("The comparison is under way; it takes a minute or so."))
    return redirect("crm:connection_comparison", pk)


@page_required(Role.ADMIN)
@require_GET
def connection_records(request: PageRequest, pk: int, resource: str, month: str) -> HttpResponse:
    """Our records of the source behind one total."""
    connection = or_404(selectors.connection_get(pk))
    first = or_404(_month(month))
    currency = request.GET.get("currency", "")[:3]
    found = or_404(selectors.source_records(connection.source, resource, first, currency))
    page = paginate(request, found)
    rows = [
        {
            "record": record,
            "name": getattr(record, "name", "") or getattr(record, "subject", "") or _account(record),
            "day": getattr(record, _DAYS[resource]),
            "minor": getattr(record, "amount_minor", None),
            "currency": getattr(record, "currency", ""),
            "route": _PAGES.get(resource, ""),
        }
        for record in page
    ]
    context = {"connection": connection, "page": page, "rows": rows, "columns": RECORDS, "month": first}
    return render(request, "crm/connection_records.html", context | {"title": COUNTED[resource]})


def _account(record: Any) -> str:
    return record.account.name if record.account else ""


def _month(raw: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(f"{raw}-01")
    except ValueError:
        return None
