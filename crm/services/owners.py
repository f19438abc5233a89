"""Whose records are on which day, read for many at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from crm.calc.ownership import Ownership, Stint
from crm.models import Tenure
from crm.services.tables import among

_TOLD = ("starts_on", "ends_on", "is_local", "reason", "handed_by", "handed_at")


def ownerships_stored(link: str, owners: Mapping[int, int]) -> dict[int, Ownership]:
    """The ownership of records by id, given their owners of today; one query, none for no records.

    ``link`` is the column of ``Tenure``: opportunity, lead or account.
    """
    former: dict[int, list[Stint]] = {pk: [] for pk in owners}
    if owners:
        rows = Tenure.objects.filter(among(link, owners)).order_by("starts_on")
        for pk, person, shares, *told in rows.values_list(link, "person", "shares", *_TOLD):
            pairs = tuple((each, bp) for each, bp in shares)
            former[pk].append(Stint(person, shares=pairs, **dict(zip(_TOLD, told, strict=True))))
    return {pk: Ownership(owner, tuple(former[pk])) for pk, owner in owners.items()}


def former_owners(link: str, records: Collection[int]) -> list[tuple[int, int]]:
    """(record, person) of everybody who owned one of these records before it was handed over."""
    if not records:
        return []
    return list(Tenure.objects.filter(among(link, records)).order_by().values_list(link, "person"))
