"""What somebody has typed into a target's grid and not distributed, and who else is at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from org.models import Person, User
from org.scope import Scope
from targets.models import GridDraft, Target

KEPT_DAYS = 30
# Open pages tell that they are there every minute; who has not for so long has gone.
PRESENT_SECONDS = 150


@dataclass(frozen=True)
class OtherEditor:
    """Somebody else at the same grid; ``name`` is empty for a person outside the scope.

    ``is_here`` while the page is open; ``at`` is since when it is, else when the draft was kept.
    """

    name: str
    is_here: bool
    has_draft: bool
    at: dt.datetime


@dataclass(frozen=True)
class GridEditors:
    """The user's own draft, if there is one, and the others at the same grid, first who came first."""

    draft: GridDraft | None = None
    others: Sequence[OtherEditor] = field(default_factory=tuple)


def grid_editors(target: Target, *, user: User, scope: Scope) -> GridEditors:
    """Who is at a target's grid, and what the user left there. One query, two with others."""
    oldest = timezone.now() - dt.timedelta(days=KEPT_DAYS)
    rows = list(
        GridDraft.objects.filter(target=target, seen_at__gt=oldest)
        .select_related("user")
        .order_by("opened_at", "pk")
    )
    draft = next((row for row in rows if row.user_id == user.pk and row.saved_at is not None), None)
    others = [row for row in rows if row.user_id != user.pk and (row.saved_at is not None or _is_here(row))]
    return GridEditors(draft, _named(others, scope) if others else ())


def _is_here(row: GridDraft) -> bool:
    return (timezone.now() - row.seen_at).total_seconds() < PRESENT_SECONDS


def _named(rows: Sequence[GridDraft], scope: Scope) -> list[OtherEditor]:
    people = scope.restrict(Person.objects.all()).filter(user__in=[row.user_id for row in rows])
    names = dict(people.values_list("user", "name"))
    return [
        OtherEditor(
            name=names.get(row.user_id) or (str(row.user) if scope.sees_everything else ""),
            is_here=_is_here(row),
            has_draft=row.saved_at is not None,
            at=row.opened_at if _is_here(row) or row.saved_at is None else row.saved_at,
        )
        for row in rows
    ]
