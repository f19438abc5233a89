"""Drafts of a target's grid: kept while one types, gone once distributed or discarded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils import timezone

from org.models import User
from targets.models import GridDraft, Target
from targets.selectors.drafts import KEPT_DAYS, PRESENT_SECONDS
from targets.services.guards import plan_open

ROW_FIELDS = ("base", "weight", "min", "max", "locked", "amount")


@transaction.atomic
def grid_draft_save(
    *,
    target: Target,
    user: User,
    changed: Mapping[int, Mapping[str, str]],
    shown: Collection[int] = (),
    rest: Mapping[str, str] | None = None,
) -> GridDraft:
    """Keep what a user typed into a target's grid, child by child (``ROW_FIELDS``), and say that he is there.

    A child in ``shown`` without a change is let go of: its cells were put back. All other children stay as
    they were kept. ``rest`` holds the fields of the grid as a whole, None leaves them as they are. Raises
    Conflict for a frozen plan.
    """
    plan_open(target.plan)
    now = timezone.now()
    draft, _made = GridDraft.objects.select_for_update().get_or_create(
        user=user, target=target, defaults={"opened_at": now, "seen_at": now}
    )
    replaced = {*shown, *changed} | (set() if rest is None else {None})
    cells = {name: text for name, text in draft.cells.items() if _child(name) not in replaced}
    for child, row in changed.items():
        cells |= {f"{name}-{child}": row[name] for name in ROW_FIELDS if name in row}
    cells |= rest or {}
    if cells != draft.cells:
        draft.saved_at = now if cells else None
    if (now - draft.seen_at).total_seconds() > PRESENT_SECONDS:
        draft.opened_at = now
    draft.cells, draft.seen_at = cells, now
    draft.save()
    return draft


def grid_draft_discard(*, target: Target, user: User, children: Collection[int] | None = None) -> None:
    """Forget what a user typed into a target's grid; of these children only, if any are named."""
    draft = GridDraft.objects.filter(target=target, user=user).first()
    if draft is None:
        return
    kept = draft.cells if children is not None else {}
    left = {name: text for name, text in kept.items() if _child(name) not in {*(children or ()), None}}
    if left:
        draft.cells = left
        draft.save(update_fields=["cells"])
    else:
        draft.delete()


def grid_drafts_forget() -> int:
    """Delete drafts that nobody touched for thirty days, and open pages of yesterday; how many that were."""
    now = timezone.now()
    old = GridDraft.objects.filter(seen_at__lt=now - dt.timedelta(days=KEPT_DAYS))
    gone = GridDraft.objects.filter(saved_at=None, seen_at__lt=now - dt.timedelta(days=1))
    return old.delete()[0] + gone.delete()[0]


def _child(name: str) -> int | None:
    """The child a cell's name belongs to; None for a field of the grid as a whole."""
    field, _dash, child = name.partition("-")
    return int(child) if field in ROW_FIELDS and child.isascii() and child.isdigit() else None
