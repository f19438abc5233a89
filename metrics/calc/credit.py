"""How a person's figure of a day is cut among the units that the person sold for on that day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

FULL_BP = 10_000

Key = TypeVar("Key")


def cut(amount: int, bp: int) -> int:
    """The first ``bp`` basis points of an integer amount, rounded half up in size; odd in ``amount``.

    >>> cut(100, 3333), cut(-100, 3333), cut(5, 1000)
    (33, -33, 1)
    """
    size = (2 * abs(amount) * bp + FULL_BP) // (2 * FULL_BP)
    return size if amount >= 0 else -size


def part(amount: int, from_bp: int, to_bp: int) -> int:
    """What the half-open band [from_bp, to_bp) gets; bands that cover [0, 10 000) sum to the amount.

    >>> part(100, 0, 3333) + part(100, 3333, 6666) + part(100, 6666, 10_000)
    100
    """
    return cut(amount, to_bp) - cut(amount, from_bp)


def running_part(total: int, amount: int, from_bp: int, to_bp: int) -> int:
    """What an amount adds to the band's part of a running sum that it brings to ``total``.

    Amounts one after the other add up to the part of their sum exactly.

    >>> [running_part(total, 5, 0, 5000) for total in (5, 10, 15)], part(15, 0, 5000)
    ([3, 2, 3], 8)
    """
    return part(total, from_bp, to_bp) - part(total - amount, from_bp, to_bp)


def split(amount: int, bands: Sequence[tuple[Key, int, int]]) -> dict[Key, int]:
    """An amount cut into bands ``(key, from_bp, to_bp)``: the sum of each key's parts, without zeros."""
    parts: dict[Key, int] = {}
    for key, from_bp, to_bp in bands:
        parts[key] = parts.get(key, 0) + part(amount, from_bp, to_bp)
    return {key: value for key, value in parts.items() if value}
