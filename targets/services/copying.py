# ruff: noqa: S608 (every name in these texts comes from the model; values are always parameters)
"""The targets of a plan copied into another, in one statement whatever their number."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from targets.models import Plan, Target

_OWN = ("id", "plan_id", "parent_id", "created_at", "updated_at")


def targets_copy(plan: Plan, copy: Plan) -> None:
    """Give ``copy``, which has no targets yet, the same tree of targets, with ids of their own.

    Runs inside the caller's transaction, which also keeps SQLite's ids from being taken by somebody else.
    """
    table = f'"{Target._meta.db_table}"'
    taken_over = [f'"{f.column}"' for f in Target._meta.concrete_fields if f.column not in _OWN]
    columns = ", ".join((*(f'"{name}"' for name in _OWN), *taken_over))
    values = ", ".join(f"old.{name}" for name in taken_over)
    now = timezone.now()
    moment = now if connection.vendor == "postgresql" else str(now.replace(tzinfo=None))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH fresh AS MATERIALIZED (SELECT id AS old_id, {_new_id(table)} AS new_id FROM"
            f" (SELECT id FROM {table} WHERE plan_id = %s ORDER BY id) AS listed)"
            f" INSERT INTO {table} ({columns})"
            f" SELECT fresh.new_id, %s, above.new_id, %s, %s, {values} FROM {table} AS old"
            " JOIN fresh ON fresh.old_id = old.id LEFT JOIN fresh AS above ON above.old_id = old.parent_id"
            " ORDER BY old.id",
            [plan.pk, copy.pk, moment, moment],
        )


def _new_id(table: str) -> str:
    """The expression of a new id beside ``id``: the sequence's next, or on SQLite beyond the last given."""
    if connection.vendor == "postgresql":
        return f"nextval(pg_get_serial_sequence('{table}', 'id'))"
    last = f"(SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = '{Target._meta.db_table}')"
    return f"id + {last}"
