"""Which unit a person's credit goes to on each day: bands of basis points that cover every day."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from common.money import WHOLE_BP

BEGINNING = dt.date(1, 1, 1)
FOREVER = dt.date(9999, 12, 31)


@dataclass(frozen=True)
class Stay:
    """A person in a unit on the days [starts_on, ends_on)."""

    unit: int
    starts_on: dt.date
    ends_on: dt.date = FOREVER
    share_bp: int = WHOLE_BP
    is_manager: bool = False


@dataclass(frozen=True, order=True)
class Band:
    """On the days [starts_on, ends_on) the unit gets the part [from_bp, to_bp) of each figure."""

    starts_on: dt.date
    from_bp: int
    ends_on: dt.date
    to_bp: int
    unit: int


@dataclass(frozen=True)
class SharesOff:
    """The member shares of the day ``day`` (and until they change) sum to ``total_bp``, not to 10 000."""

    day: dt.date
    total_bp: int


def shares_off(stays: Sequence[Stay]) -> SharesOff | None:
    """The first day on which a person's member shares don't sum to the whole; None when all do.

    >>> shares_off([Stay(1, dt.date(2026, 1, 1), share_bp=6000)])
    SharesOff(day=datetime.date(2026, 1, 1), total_bp=6000)
    """
    for start, _end, active in _pieces(stays):
        members = [stay for stay in active if not stay.is_manager]
        total = sum(stay.share_bp for stay in members)
        if members and total != WHOLE_BP:
            return SharesOff(start, total)
    return None


def credit_bands(stays: Sequence[Stay], nowhere: int) -> list[Band]:
    """Bands that cover, on every day of the calendar, all of [0, 10 000).

    Members' shares count; on days without any the units managed share evenly by their shares; on days
    without any stay the whole goes to the unit ``nowhere``.
    """
    bands: list[Band] = []
    last: list[tuple[int, int, int]] = []
    for start, end, active in _pieces(stays):
        parts = _parts(active, nowhere)
        if parts == last:
            at = len(bands) - len(parts)
            bands[at:] = [Band(b.starts_on, b.from_bp, end, b.to_bp, b.unit) for b in bands[at:]]
        else:
            bands += [Band(start, low, end, high, unit) for unit, low, high in parts]
            last = parts
    return bands


def changed_spans(before: Iterable[Band], after: Iterable[Band]) -> list[tuple[dt.date, dt.date]]:
    """The days [start, end) on which the two coverings credit differently, adjoining spans joined."""
    old, new = list(before), list(after)
    edges = sorted({edge for band in (*old, *new) for edge in (band.starts_on, band.ends_on)})
    spans: list[tuple[dt.date, dt.date]] = []
    for start, end in itertools.pairwise(edges):
        if _on(old, start) != _on(new, start):
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return spans


def moved(stays: Sequence[Stay], unit: int, on: dt.date, *, is_manager: bool = False) -> list[Stay]:
    """The stays after a move to ``unit`` on a day: stays of the same kind end there, one begins.

    What was before that day stays as it was; what was planned from it on gives way.

    >>> jan, mar = dt.date(2026, 1, 1), dt.date(2026, 3, 1)
    >>> [(stay.unit, stay.starts_on) for stay in moved([Stay(1, jan)], 2, mar)]
    [(1, datetime.date(2026, 1, 1)), (2, datetime.date(2026, 3, 1))]
    """
    others = [stay for stay in stays if stay.is_manager != is_manager]
    earlier = until([stay for stay in stays if stay.is_manager == is_manager], on)
    return [*others, *_joined([*earlier, Stay(unit, on, is_manager=is_manager)])]


def until(stays: Iterable[Stay], day: dt.date) -> list[Stay]:
    """The stays cut off at a day, which is the first one no longer covered."""
    return [replace(stay, ends_on=min(stay.ends_on, day)) for stay in stays if stay.starts_on < day]


def _joined(stays: Sequence[Stay]) -> list[Stay]:
    """Adjoining stays in the same unit with the same share as one."""
    joined: list[Stay] = []
    for stay in sorted(stays, key=lambda each: (each.unit, each.is_manager, each.share_bp, each.starts_on)):
        last = joined[-1] if joined else None
        if (
            last
            and replace(stay, starts_on=last.starts_on) == replace(last, ends_on=stay.ends_on)
            and (last.ends_on == stay.starts_on)
        ):
            joined[-1] = replace(last, ends_on=stay.ends_on)
        else:
            joined.append(stay)
    return sorted(joined, key=lambda each: (each.starts_on, each.unit))


def _on(bands: list[Band], day: dt.date) -> set[tuple[int, int, int]]:
    return {(b.unit, b.from_bp, b.to_bp) for b in bands if b.starts_on <= day < b.ends_on}


def _pieces(stays: Sequence[Stay]) -> Iterable[tuple[dt.date, dt.date, list[Stay]]]:
    """The calendar cut where anything changes, with the stays of each piece."""
    edges = {BEGINNING, FOREVER}
    for stay in stays:
        edges |= {max(stay.starts_on, BEGINNING), min(stay.ends_on, FOREVER)}
    ordered = sorted(edges)
    for start, end in itertools.pairwise(ordered):
        yield start, end, [stay for stay in stays if stay.starts_on <= start and end <= stay.ends_on]


def _parts(active: list[Stay], nowhere: int) -> list[tuple[int, int, int]]:
    """(unit, from, to) of one piece, units in order, covering the whole."""
    counted = [stay for stay in active if not stay.is_manager] or active
    shares: dict[int, int] = {}
    for stay in counted:
        shares[stay.unit] = shares.get(stay.unit, 0) + stay.share_bp
    if not shares:
        return [(nowhere, 0, WHOLE_BP)]
    units = sorted(shares)
    parts, low = [], 0
    for unit, width in zip(units, _whole([shares[unit] for unit in units]), strict=True):
        if width:
            parts.append((unit, low, low + width))
            low += width
    return parts


def _whole(shares: list[int]) -> list[int]:
    """The shares scaled to sum to 10 000 (managers of two units have a whole each)."""
    total = sum(shares)
    if total == WHOLE_BP:
        return shares
    scaled = [share * WHOLE_BP // total for share in shares]
    scaled[0] += WHOLE_BP - sum(scaled)
    return scaled
