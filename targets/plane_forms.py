"""What somebody typed in a two-way grid: the cells and sums that are others than shown, and those locked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from common.errors import Conflict, FieldError, Invalid
from targets.forms import Amounts
from targets.selectors.planes import Plane, PlaneLine

_MOST = 10**17
_MOST_TEXT = 200_000


@dataclass
class GridTyped:
    """The amounts shown, and what is to be kept of cells, rows and columns: typed, or locked as shown."""

    shown: NDArray[np.int64]
    cells: dict[tuple[int, int], int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    columns: dict[int, int] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    # Sums that were typed just now: locked children don't hold against them.
    is_changed: bool = False


def shown_text(plane: Plane, amounts: NDArray[np.int64]) -> str:
    """What a page shows, for it to send back: the lines and the amounts in stored units."""
    return json.dumps({"rows": _keys(plane.rows), "columns": _keys(plane.columns), "cells": amounts.tolist()})


def _keys(lines: Sequence[PlaneLine]) -> list[str]:
    return [f"{line.kind}-{line.pk}" for line in lines]


def typed_read(data: Mapping[str, Any], plane: Plane, amounts: Amounts) -> GridTyped:
    """The posted grid: ``c-0-2`` is a cell, ``r-0`` a row's sum, ``k-2`` a column's, ``lock-…`` their locks.

    A text that is as it was shown is no change; an emptied field lets go. Raises Conflict where somebody
    changed the lines meanwhile; what can't be read is listed in ``errors``.
    """
    shown = _shown(str(data.get("shown", "")), plane)
    typed = GridTyped(shown)
    for i in range(shown.shape[0]):
        for j in range(shown.shape[1]):
            amount = _kept(data, f"c-{i}-{j}", int(shown[i, j]), amounts, typed)
            if amount is not None:
                typed.cells[i, j] = amount
    for name, sums, kept in (
        ("r", shown.sum(axis=1), typed.rows),
        ("k", shown.sum(axis=0), typed.columns),
    ):
        for at, value in enumerate(sums.tolist()):
            amount = _kept(data, f"{name}-{at}", value, amounts, typed)
            if amount is not None:
                kept[at] = amount
    return typed


def _kept(data: Mapping[str, Any], name: str, shown: int, amounts: Amounts, typed: GridTyped) -> int | None:
    """What stays of a field whatever the others do; None where it gives way."""
    raw = str(data.get(name, "") or "").strip()
    is_locked = bool(data.get(f"lock-{name}"))
    if raw == amounts.write(shown):
        return shown if is_locked else None
    if not raw:
        return None
    try:
        amount = amounts.read(raw)
    except Invalid as error:
        typed.errors.append(FieldError(name, error.message, error.code, error.params))
        return None
    if not 0 <= amount <= _MOST:
        typed.errors.append(FieldError(name, _("Amounts of a grid are zero or more."), "sign"))
        return None
    typed.is_changed |= amount != shown
    return amount if is_locked or amount != shown else None


def _shown(text: str, plane: Plane) -> NDArray[np.int64]:
    if not text:
        return plane.amounts.copy()
    changed = Conflict(_("The lines of this grid are others now. Reload and look again."))
    try:
        told = json.loads(text[:_MOST_TEXT])
        cells = np.array(told["cells"], dtype=np.int64).reshape(plane.amounts.shape)
        lines = told["rows"], told["columns"]
    except (ValueError, KeyError, TypeError, OverflowError):
        raise changed from None
    if lines != (_keys(plane.rows), _keys(plane.columns)) or (cells < 0).any() or (cells > _MOST).any():
        raise changed
    return cells
