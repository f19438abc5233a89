"""What stands behind the question mark of a list's address, in one form for the same filters."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

# Where one is in a list, and that one wants all of it, are no filters.
NOT_KEPT = frozenset({"page", "show"})
MOST_FIELDS = 60


def filter_query(text: str) -> str:
    """The filters and the order of a query, without empty ones, sorted by name.

    Raises ValueError for more than 60 fields.

    >>> filter_query("?stage=won&q=&page=3&sort=-amount")
    'sort=-amount&stage=won'
    """
    pairs = parse_qsl(text.removeprefix("?"), max_num_fields=MOST_FIELDS, errors="replace")
    kept = ((name, value.strip()) for name, value in pairs if name not in NOT_KEPT)
    return urlencode(sorted((name, value) for name, value in kept if value))
