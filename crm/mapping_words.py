"""What pages call the records and fields of a mapping, and how they say what is wrong with a record."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.import_words import RESOURCES as OF_FILES
from crm.import_words import field_label, told

RESOURCES: dict[str, Any] = {**OF_FILES, "products": _("Products")}


def problem_told(error: dict[str, Any]) -> str:
    """An error of a record: "Amount ← deal.sum: “1x” is not an amount."."""
    place = f" ← {error['path']}" if error.get("path") else ""
    return f"{field_label(error['field'])}{place}: {told(error['message'], error.get('params', {}))}"
