"""Records that go together, by id."""

from __future__ import annotations

from dataclasses import dataclass, fields

NONE: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Records:
    """Ids of what is handed over together; next steps (follow-ups) go to whom takes them from now on."""

    accounts: frozenset[int] = NONE
    opportunities: frozenset[int] = NONE
    leads: frozenset[int] = NONE
    follow_ups: frozenset[int] = NONE

    def __or__(self, other: Records) -> Records:
        return Records(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))

    @property
    def count(self) -> int:
        return sum(len(getattr(self, each.name)) for each in fields(self))
