"""Rows of a trial that would make a customer who looks like one that is there: said, not refused."""

from __future__ import annotations

from collections.abc import Sequence

from crm.calc.keys import contact_keys
from crm.selectors.lookalikes import lookalikes_among
from crm.services.imports.reader import ReadRow
from org.scope import Scope
from org.selectors import company_today

_TOLD = ("company_name", "name", "phone", "website", "email")


def alike_mark(resource: str, rows: Sequence[ReadRow]) -> int:
    """Put who looks like them beside the rows that would make a customer; returns how many have any.

    Asked while what the trial wrote is not stored: a row is no look-alike of itself. Two queries.
    """
    made = [row for row in rows if not row.errors and _makes_customer(resource, row)]
    scope = Scope.everyone(reason="import", on=company_today())
    for row, found in zip(made, lookalikes_among([_keys(row) for row in made], scope=scope), strict=True):
        # A lead that names its account belongs to it, and looks like it for that reason.
        belongs = resource == "leads" and row.record.get("account")
        row.alike = [each for each in found if not (belongs and each.is_account)]
    return sum(1 for row in made if row.alike)


def _makes_customer(resource: str, row: ReadRow) -> bool:
    return bool(row.new_customer) or (resource in ("accounts", "leads") and row.status == "created")


def _keys(row: ReadRow) -> dict[str, str]:
    if row.new_customer:
        return contact_keys(row.new_customer, "", "")
    company, name, phone, website, email = (str(row.record.get(each) or "") for each in _TOLD)
    return contact_keys(company or name, phone, website, email)
