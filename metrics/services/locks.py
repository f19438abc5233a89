"""One writer of daily actuals at a time."""

from __future__ import annotations

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict

# Any number, the same in every process of this installation.
REFRESH_LOCK = 0x5A1E560A15
WAIT_SECONDS = 3
REBUILD_WAIT_SECONDS = 600


def hold_refresh_lock(wait_seconds: int = WAIT_SECONDS) -> None:
    """Hold the right to write daily actuals until the transaction ends.

    SQLite needs no lock: its IMMEDIATE transactions run one after the other. Raises ``Conflict`` when
    somebody else (a rebuild) keeps it longer than ``wait_seconds``; the transaction is then broken.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            # One round trip; the limit holds for this lock only.
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(%s),"
                " set_config('lock_timeout', '0', true)",
                [f"{wait_seconds}s", REFRESH_LOCK],
            )
        except OperationalError as error:
            raise Conflict(_("The figures are being recounted by another process.")) from error
