"""One writer of snapshots at a time."""

from __future__ import annotations

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict

# Any number, the same in every process of this installation, and another than that of the daily actuals.
SNAPSHOT_LOCK = 0x5A1E560A16
WAIT_SECONDS = 60


def hold_snapshot_lock() -> None:
    """Hold the right to write snapshots until the transaction ends.

    SQLite needs no lock: its IMMEDIATE transactions run one after the other. Raises ``Conflict`` when another
    process keeps it longer than a minute; the transaction is then broken.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(%s),"
                " set_config('lock_timeout', '0', true)",
                [f"{WAIT_SECONDS}s", SNAPSHOT_LOCK],
            )
        except OperationalError as error:
            raise Conflict(_("The figures are being brought up to date by another process.")) from error
