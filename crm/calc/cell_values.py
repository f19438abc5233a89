"""The value of a cell as a column of its kind holds it; words that only the database knows stay words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crm.calc.cells import Order, Point, amount_read, day_read, flag_read, moment_read
from crm.calc.columns import Column, Kind
from crm.calc.parts import lines_read, share_read, splits_read

TWO_WAYS = {Kind.AMOUNT: Point, Kind.WHOLE: Point, Kind.DAY: Order, Kind.MOMENT: Order}


def cell_value(
    column: Column, cell: str, *, answer: str = "", home: str = "", zone: dt.tzinfo = dt.UTC
) -> tuple[Any, str]:
    """A cell's value, and the currency an amount names (""). Raises Refused, saying what was found.

    ``answer`` says how a cell that can be read in two ways is meant (a ``Point`` or ``Order``), ``home`` what
    currency a shared sign stands for, ``zone`` where a time without a zone is.

    >>> cell_value(Column("amount", Kind.AMOUNT, ()), "¥1.2万", home="CNY")
    ('12000', 'CNY')
    """
    kind = column.kind
    if kind is Kind.AMOUNT:
        return amount_read(cell, point=Point(answer or Point.DOT), home=home)
    if kind is Kind.WHOLE:
        return amount_read(cell, point=Point(answer or Point.DOT))[0], ""
    if kind is Kind.DAY:
        return day_read(cell, order=Order(answer) if answer else None), ""
    if kind is Kind.MOMENT:
        at = moment_read(cell, order=Order(answer) if answer else None)
        return (at if at.tzinfo else at.replace(tzinfo=zone)), ""
    if kind is Kind.FLAG:
        return flag_read(cell), ""
    if kind is Kind.CHOICE:
        return column.words.get(" ".join(cell.split()).casefold(), cell), ""
    if kind is Kind.SHARE:
        return share_read(cell), ""
    if kind is Kind.SPLITS:
        return [{"person": person, "share_bp": share} for person, share in splits_read(cell)], ""
    if kind is Kind.LINES:
        lines = lines_read(cell, home=home)
        currency = next((line.currency for line in lines if line.currency), "")
        return [{"product": e.product, "quantity": e.quantity, "amount": e.amount} for e in lines], currency
    return (cell.upper() if column.name == "currency" else cell), ""
