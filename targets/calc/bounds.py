"""What is fixed before anything is shared: floors, caps and locks, and why they may not fit the total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import index

from common.errors import Invalid, gettext_noop

Bounds = Sequence[int | None] | None
Locks = Mapping[int, int] | Sequence[int | None] | None

_MESSAGES = {
    "below_floors": gettext_noop("The floors sum to more than there is to distribute."),
    "above_caps": gettext_noop("The caps sum to less than there is to distribute."),
    "locked_exceeds_total": gettext_noop("The locked amounts sum to more than the total."),
    "locked_below_total": gettext_noop("Everything is locked, and the locks sum to less than the total."),
    "no_basis": gettext_noop("There is an amount to distribute but nothing to distribute it by."),
    "crossed_bounds": gettext_noop("A floor is above its cap."),
    "unequal_margins": gettext_noop("The rows and the columns do not sum to the same total."),
}


class Infeasible(Invalid):
    """No distribution satisfies what was asked.

    ``kind`` is one of the keys above (also the ``code``), ``gap`` the minor units by which it fails, > 0.
    """

    def __init__(self, kind: str, gap: int) -> None:
        super().__init__(_MESSAGES[kind], code=kind, params={"gap": gap})
        self.kind = kind
        self.gap = gap


def locked_amounts(locked: Locks, count: int) -> dict[int, int]:
    """Locks as {position: amount}, from such a mapping or from a list with None for the unlocked.

    >>> locked_amounts([None, 500], 2)
    {1: 500}
    """
    if locked is None:
        return {}
    pairs = locked.items() if isinstance(locked, Mapping) else enumerate(_of_length(locked, count))
    fixed = {position: index(amount) for position, amount in pairs if amount is not None}
    if any(not 0 <= position < count for position in fixed):
        raise Invalid(gettext_noop("A lock names a child that does not exist."), code="lock")
    return fixed


def floors(lower: Bounds, count: int) -> list[int]:
    """Lower bounds, 0 where none is given."""
    if lower is None:
        return [0] * count
    return [0 if bound is None else index(bound) for bound in _of_length(lower, count)]


def caps(upper: Bounds, count: int) -> list[int | None]:
    """Upper bounds, None where none is given."""
    if upper is None:
        return [None] * count
    return [None if bound is None else index(bound) for bound in _of_length(upper, count)]


def mirrored(bounds: Bounds) -> list[int | None] | None:
    """Bounds of the amounts with the opposite sign."""
    return None if bounds is None else [None if bound is None else -bound for bound in bounds]


def _of_length(values: Sequence[int | None], count: int) -> Sequence[int | None]:
    if len(values) != count:
        message = gettext_noop("Expected %(count)s values, got %(given)s.")
        raise Invalid(message, code="length", params={"count": count, "given": len(values)})
    return values
