"""How the pages of connections say what they show: resources, counts, problems, differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.import_words import RESOURCES as FACTS
from crm.import_words import field_label, told
from crm.models import Connection, ConnectionRowError, ConnectionRun, ConnectionTotal
from crm.services.connectors import KINDS, Problem

RESOURCES: dict[str, Any] = {
    "units": gettext_lazy("Units"),
    "people": gettext_lazy("People"),
    "products": gettext_lazy("Products"),
    **FACTS,
}
COUNTED: dict[str, Any] = {
    "opportunities": gettext_lazy("Won deals by month of closing"),
    "payments": gettext_lazy("Payments by month"),
    "leads": gettext_lazy("Leads by month of creation"),
    "activities": gettext_lazy("Activities by month"),
}


def resource_name(resource: str) -> str:
    """What a resource is called."""
    return str(RESOURCES.get(resource, resource))


def kind_name(kind: str) -> str:
    """What a kind of connection is called; a kind that this version no longer has by its code."""
    return str(KINDS[kind].name) if kind in KINDS else kind


def counts_words(counts: Mapping[str, Mapping[str, int]] | None) -> str:
    """What became of the records of a run: "12 new, 3 changed"; "no change" when nothing else."""
    total: Counter[str] = Counter()
    for each in (counts or {}).values():
        total.update(each)
    words = {
        "created": _("%(n)s new"),
        "updated": _("%(n)s changed"),
        "deleted": _("%(n)s deleted"),
        "error": _("%(n)s refused"),
    }
    said = [text % {"n": total[name]} for name, text in words.items() if total[name] > 0]
    return ", ".join(said) or _("no change")


def run_error(run: ConnectionRun) -> str:
    """Why a run failed: where to look, and the text."""
    if not run.error:
        return ""
    label = dict(Problem.choices).get(run.problem, "")
    text = told(run.error, run.error_params)
    return f"{label}: {text}" if label else text


def comparison_error(connection: Connection) -> str:
    """Why the last comparison failed."""
    return told(connection.compare_error, connection.compare_error_params)


def refused_reasons(row: ConnectionRowError) -> str:
    """Why a record is refused, a reason a sentence."""
    own = {"unit": _("Unit"), "email": _("Email"), "employee_number": _("Employee number")}
    return " ".join(
        f"{own.get(error['field']) or field_label(error['field'])}: {told(error['message'], error['params'])}"
        for error in row.errors
    )


def difference_of(total: ConnectionTotal) -> str:
    """How a month compares: "agrees", "differs", or "unknown" where the source cannot tell."""
    if total.source_count is None:
        return "unknown"
    agrees = (total.source_count, total.source_minor) == (total.own_count, total.own_minor)
    return "agrees" if agrees else "differs"
