"""What people write into one cell for several things: who shares a deal, and which products it is made of.

"张三 60%; 李四 40%" and "Fridge × 2: 6,000; Washer: 3,000", with semicolons, bars or line breaks between.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from common.errors import gettext_noop
from common.records import Refused
from crm.calc.cells import Point, amount_read

MOST_PARTS = 50
_BETWEEN = re.compile(r"[;；|\n]+")
# Shares hold no thousands, so that commas stand between them too.
_BETWEEN_SHARES = re.compile(r"[;；|\n、,，]+")
_SHARE = re.compile(
    r"(?P<person>\S(?:.*?[^\s+\-])?)(?:\s*[:=(]\s*|\s+-\s+|\s+)(?P<share>\d{1,3}(?:\.\d{1,2})?)\s*%?\s*\)?"
    r"|(?P<close>\S*?[^\s\d.+\-])(?P<closeshare>\d{1,3}(?:\.\d{1,2})?)\s*%"
)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*%?")
_LINE = re.compile(
    r"(?P<product>.+?)(?:(?:\s*[×✕*]|\s+[xX])\s*(?P<quantity>\d+(?:\.\d{1,3})?))?\s*[:=]\s*(?P<amount>.+)"
)


@dataclass(frozen=True)
class LinePart:
    """A product of a deal as it was written: its number or name, how many, for how much in all."""

    product: str
    quantity: str
    amount: str
    currency: str


def share_read(cell: str) -> int:
    """A share in basis points; a bare number is percent. Raises Refused for anything else.

    >>> share_read("60 %"), share_read("３３.３３％"), share_read("40")
    (6000, 3333, 4000)
    """
    found = _PERCENT.fullmatch(_plain(cell))
    if found is None or not 0 < Decimal(found[1]) <= 100:
        raise Refused(
            gettext_noop("“%(value)s” is not a share; write it as 60 %%."), "share", value=cell[:60]
        )
    return int(Decimal(found[1]) * 100)


def splits_read(cell: str) -> list[tuple[str, int]]:
    """Who shares a deal, with their shares in basis points; raises Refused for what can't be read.

    >>> splits_read("张三 60%; 李四 40%"), splits_read("E1：70%，E2：30%")
    ([('张三', 6000), ('李四', 4000)], [('E1', 7000), ('E2', 3000)])
    """
    splits = []
    for part in _parts(_BETWEEN_SHARES, cell):
        found = _SHARE.fullmatch(part)
        if found is None:
            message = gettext_noop(
                "“%(value)s” is not a person with a share; write it as “E1 60 %%; E2 40 %%”."
            )
            raise Refused(message, "splits", value=part[:60])
        person, share = found["person"] or found["close"], found["share"] or found["closeshare"]
        splits.append((person.strip(), share_read(share)))
    return splits


def lines_read(cell: str, *, point: Point = Point.DOT, home: str = "") -> list[LinePart]:
    """The products of a deal with quantity and amount; raises Refused for what can't be read.

    >>> [(line.product, line.quantity, line.amount) for line in lines_read("Fridge × 2: 6,000; 洗衣机：3千")]
    [('Fridge', '2', '6000'), ('洗衣机', '1', '3000')]
    """
    lines = []
    for part in _parts(_BETWEEN, cell):
        found = _LINE.fullmatch(part)
        if found is None:
            message = gettext_noop(
                "“%(value)s” is not a product with an amount; write it as “Fridge × 2: 6,000; Washer: 3,000”."
            )
            raise Refused(message, "lines", value=part[:60])
        amount, currency = amount_read(found["amount"], point=point, home=home)
        lines.append(LinePart(found["product"].strip(), found["quantity"] or "1", amount, currency))
    return lines


def _parts(between: re.Pattern[str], cell: str) -> list[str]:
    """The parts of a cell without blanks around them; a sign at the end makes no empty one."""
    parts = [part.strip() for part in between.split(_plain(cell)) if part.strip()]
    if len(parts) > MOST_PARTS:
        message = gettext_noop("At most %(max)s parts may stand in one cell.")
        raise Refused(message, "many", max=MOST_PARTS)
    return parts


def _plain(cell: str) -> str:
    """Full-width signs and digits as ours."""
    return unicodedata.normalize("NFKC", cell).strip()
