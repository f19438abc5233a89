"""Who may see what is wrong with the records (see tests/matrix.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from crm.tests.factories import make_account, make_lead, make_opportunity, make_payment
from tests.cast import Cast
from tests.matrix import Row

# Managers in their own subtree, executives and administrators.
CHECKERS = (403, 200, 200, 403, 403, 200)
LONG_AGO = dt.date(2025, 1, 6)
CHECKED: dict[str, Callable[[Any, str], Any]] = {
    "overdue": lambda owner, team: make_opportunity(owner, name=f"{team} deal", expected_close_on=LONG_AGO),
    "payment-without-deal": lambda owner, team: make_payment(owner, external_id=f"{team} payment"),
    "duplicate-account": lambda owner, team: [
        make_account(f"{team} Ltd", owner=owner) for _twice in range(2)
    ],
    "untouched-lead": lambda owner, team: make_lead(owner, LONG_AGO, name=f"{team} lead"),
}


def _found(check: str, team: str) -> Row:
    """A check's list, with a record of a team for it to find."""

    def of(cast: Cast) -> dict[str, Any]:
        owner = (cast.alice if team == "Borealis" else cast.dave).person
        CHECKED[check](owner, team)
        return {"check": check}

    return Row(*CHECKERS, args=of)


QUALITY_ROUTES: dict[str, Row | list[Row]] = {
    "crm:quality": [Row(*CHECKERS), Row(*CHECKERS, query="?stale_days=14&untouched_days=nonsense")],
    "crm_api:quality": [Row(*CHECKERS), Row(403, 400, 400, 403, 403, 400, query="?stale_days=2")],
    "crm:quality_rows": [
        *[_found(check, team) for check in CHECKED for team in ("Borealis", "Australis")],
        Row(403, 404, 200, 403, 403, 200, args=lambda cast: {"check": "no-owner"}),
        Row(403, 404, 404, 403, 403, 404, args=lambda cast: {"check": "nonsense"}),
    ],
}
