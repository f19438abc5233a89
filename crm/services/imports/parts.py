"""What several columns or one full cell say of a deal's parts: its splits and its product lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from common.errors import FieldError, gettext_noop
from common.records import Refused
from crm.calc.columns import SPLIT_PAIRS
from crm.models import Product
from crm.services.tables import among

if TYPE_CHECKING:
    from crm.services.imports.reader import ReadRow

Record = dict[str, Any]
_PAIR_NAMES = frozenset(name for pair in SPLIT_PAIRS for name in pair)


def parts_settle(row: ReadRow, mapped: Mapping[str, int], number_of: Callable[[str], str]) -> None:
    """Put a row's splits together, with people's numbers, and its amount where only its lines tell it."""
    pairs_gather(row, mapped)
    try:
        for split in row.record.get("splits") or ():
            split["person"] = number_of(split["person"])
    except Refused as refused:
        row.errors.append(FieldError("splits", refused.message, refused.code, refused.params))
    amount_of_lines(row, mapped)


def pairs_gather(row: ReadRow, mapped: Mapping[str, int]) -> None:
    """Put the columns "split 1: person", "split 1: share" … together as the deal's splits.

    A file without such columns says nothing of splits; a person without a share, or the other way round, is
    a mistake.
    """
    pairs = [pair for pair in SPLIT_PAIRS if any(name in mapped for name in pair)]
    if not pairs:
        return
    told = {name: row.record.pop(name, None) for name in _PAIR_NAMES}
    if any(error.field in _PAIR_NAMES for error in row.errors):
        return
    splits = []
    for person, share in pairs:
        if (told[person] is None) != (told[share] is None):
            name = share if told[share] is None else person
            row.errors.append(FieldError(name, gettext_noop("A split needs a person and a share."), "pair"))
        elif told[person] is not None:
            splits.append({"person": told[person], "share_bp": told[share]})
    if "splits" not in mapped:
        row.record["splits"] = splits or None


def products_put(source: str, rows: Sequence[ReadRow]) -> None:
    """Put numbers for the products that rows name; deals without a column for it amount to their lines."""
    named = {name for row in rows for name in _products(row.record)}
    if not named:
        return
    mine = Product.objects.filter(source=source, deleted_at=None).order_by("pk")
    known = set(mine.filter(among("external_id", named)).values_list("external_id", flat=True))
    by_name: dict[str, list[str]] = {}
    for name, key in mine.filter(among("name", named)).values_list("name", "external_id"):
        by_name.setdefault(name, []).append(key)

    def number_of(name: str) -> str:
        keys = by_name.get(name, [])
        if name in known or not keys:
            return name  # an unknown one is refused where references are looked up
        if len(keys) > 1:
            message = gettext_noop("Several products are called “%(value)s”; write the number.")
            raise Refused(message, "several", value=name[:60])
        return keys[0]

    for row in rows:
        try:
            if row.record.get("product"):
                row.record["product"] = number_of(row.record["product"])
            for line in row.record.get("lines") or ():
                line["product"] = number_of(line["product"])
        except Refused as refused:
            name = "lines" if row.record.get("lines") else "product"
            row.errors.append(FieldError(name, refused.message, refused.code, refused.params))


def amount_of_lines(row: ReadRow, mapped: Mapping[str, int]) -> None:
    """A deal in a file without amounts amounts to its lines."""
    lines = row.record.get("lines")
    if lines and "amount" not in mapped:
        row.record["amount"] = f"{sum(Decimal(line['amount']) for line in lines):f}"


def _products(record: Record) -> Iterable[str]:
    if record.get("product"):
        yield record["product"]
    yield from (line["product"] for line in record.get("lines") or ())
