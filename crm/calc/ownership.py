"""Who owned a record on which day, and who has which part of a deal's credit on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from org.calc.credit import BEGINNING, FOREVER

Shares = tuple[tuple[int, int], ...]  # (person, basis points), summing to 10 000; none: all is the owner's
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Stint:
    """A former owner's days [starts_on, ends_on), and what is kept of how they were handed on.

    ``shares`` are the deal's splits of that time, where they can't be told from its splits of today.
    """

    person: int
    starts_on: dt.date
    ends_on: dt.date
    shares: Shares = ()
    is_local: bool = False
    reason: str = ""
    handed_by: int | None = None
    handed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Handing:
    """How a record is handed on: from the day on, here or by its source, why and by whom."""

    on: dt.date
    at: dt.datetime
    is_local: bool = False
    reason: str = ""
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of today and the former ones, oldest first, without a gap from the beginning of time."""

    owner: int
    former: tuple[Stint, ...] = ()

    @property
    def since(self) -> dt.date:
        """From which day on the owner of today owns it."""
        return self.former[-1].ends_on if self.former else BEGINNING

    @property
    def people(self) -> set[int]:
        """Everybody who owns it or did."""
        return {self.owner, *(stint.person for stint in self.former)}

    @property
    def spans(self) -> list[Span]:
        """The days of each owner, oldest first."""
        return [(stint.starts_on, stint.ends_on) for stint in self.former] + [(self.since, FOREVER)]

    def stint_on(self, day: dt.date) -> Stint | None:
        """The former owner's stint that a day lies in; None on the days of the owner of today."""
        return next((stint for stint in self.former if day < stint.ends_on), None)

    def owner_on(self, day: dt.date) -> int:
        """Who owns it on a day.

        >>> before = Stint(1, BEGINNING, dt.date(2026, 5, 1))
        >>> [Ownership(2, (before,)).owner_on(dt.date(2026, month, 30)) for month in (4, 5)]
        [1, 2]
        """
        stint = self.stint_on(day)
        return self.owner if stint is None else stint.person

    def handed(self, to: int, how: Handing) -> Ownership:
        """The same in the hands of ``to`` from a day on; what came after that day is no more.

        Handing it back to who had it right before leaves no trace of the stay between.

        >>> how = Handing(dt.date(2026, 5, 1), dt.datetime(2026, 5, 1))
        >>> Ownership(1).handed(2, how).handed(1, how) == Ownership(1)
        True
        """
        on = how.on
        kept = [stint for stint in self.former if stint.starts_on < on]
        if self.since < on:
            kept.append(Stint(self.owner, self.since, on))
        if kept:
            kept[-1] = replace(
                kept[-1],
                ends_on=on,
                is_local=how.is_local,
                reason=how.reason,
                handed_by=how.by,
                handed_at=how.at,
            )
        if kept and kept[-1].person == to:
            kept.pop()
        return Ownership(to, tuple(kept))

    def repeated(self) -> set[int]:
        """Whom its source may go on naming as owner although it was handed over here."""
        people: set[int] = set()
        for stint in reversed(self.former):
            if not stint.is_local:
                break
            people.add(stint.person)
        return people

    def shares_on(self, day: dt.date, shares: Shares) -> Shares:
        """Who has which part of a deal's credit on a day, by its splits of today; none: all is the owner's.

        The part of the owner of today is, on the days of a former one, the former one's.

        >>> before = Stint(1, BEGINNING, dt.date(2026, 5, 1))
        >>> Ownership(2, (before,)).shares_on(dt.date(2026, 4, 30), ((2, 6000), (3, 4000)))
        ((1, 6000), (3, 4000))
        """
        stint = self.stint_on(day)
        if stint is None:
            return shares
        return stint.shares or passed(shares, self.owner, stint.person)


def passed(shares: Iterable[tuple[int, int]], giver: int, to: int) -> Shares:
    """The shares with one person's part in the hands of another, who may have one already.

    >>> passed([(1, 6000), (2, 4000)], 1, 2)
    ((2, 10000),)
    """
    parts: dict[int, int] = {}
    for person, bp in shares:
        holder = to if person == giver else person
        parts[holder] = parts.get(holder, 0) + bp
    return tuple(parts.items())


def shares_handed(
    before: Ownership, after: Ownership, shares: Shares, on: dt.date
) -> tuple[Ownership, Shares]:
    """A deal's splits once it was handed over from a day on, and the ownership that keeps the former ones.

    Who gets it takes the former owner's part. Back in the hands of who had it right before, the splits are
    those of before.

    >>> how = Handing(dt.date(2026, 5, 1), dt.datetime(2026, 5, 1))
    >>> shares_handed(Ownership(1), Ownership(1).handed(2, how), ((1, 6000), (3, 4000)), how.on)[1]
    ((2, 6000), (3, 4000))
    """
    if after.since < on:
        handed = before.shares_on(after.since, shares)
    else:
        handed = passed(before.shares_on(on, shares), before.owner_on(on), after.owner)
    return shares_kept(before, after, shares, handed), handed


def shares_kept(before: Ownership, after: Ownership, shares: Shares, handed: Shares) -> Ownership:
    """``after`` with the shares of each former stint frozen that the splits ``handed`` can no longer tell."""
    former = []
    for stint in after.former:
        then = before.shares_on(stint.starts_on, shares)
        is_told = sorted(passed(handed, after.owner, stint.person)) == sorted(then)
        former.append(replace(stint, shares=() if is_told else then))
    return Ownership(after.owner, tuple(former))


def is_cut(ownership: Ownership) -> bool:
    """Whether former days of a deal are shared otherwise than its splits of today tell."""
    return any(stint.shares for stint in ownership.former)


def fair_shares(weights: Sequence[int], receivers: int) -> list[int]:
    """To which of several receivers (0, 1 …) each of some parts goes, so that their sums are about even.

    The heaviest part first, each to who has least so far, then to who has fewest, then to the first.

    >>> fair_shares([50, 30, 20, 0], 2)
    [0, 1, 1, 0]
    """
    loads = [(0, 0)] * receivers
    to = [0] * len(weights)
    for at in sorted(range(len(weights)), key=lambda at: (-weights[at], at)):
        to[at] = min(range(receivers), key=lambda each: (*loads[each], each))
        load, count = loads[to[at]]
        loads[to[at]] = load + weights[at], count + 1
    return to
