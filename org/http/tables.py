"""The heads of tables: what a column is called, how it stands, how it sorts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Column:
    """A column of ``components/data_table.html``.

    ``key`` makes it sortable by ``?sort=key`` or ``?sort=-key``; ``sorted`` is "ascending" or "descending" in
    the column that the rows stand by, ``url`` where its head leads. ``is_hidden`` keeps the label for screen
    readers only.
    """

    label: Any
    key: str = ""
    is_num: bool = False
    is_hidden: bool = False
    hint: Any = ""
    css_class: str = ""
    sorted: str = ""
    url: str = ""


def sort_asked(request: HttpRequest, columns: Iterable[Column], default: str) -> str:
    """The sort of the query, if it names a column; else ``default``. A leading minus means descending."""
    asked = request.GET.get("sort", "")
    known = {column.key for column in columns if column.key}
    return asked if asked.removeprefix("-") in known else default


def sortable(request: HttpRequest, columns: Iterable[Column], order: str) -> list[Column]:
    """The columns with where a click on each head leads, for rows that stand in ``order``."""
    return [_headed(request, column, order) for column in columns]


def _headed(request: HttpRequest, column: Column, order: str) -> Column:
    if not column.key:
        return column
    is_here = order.removeprefix("-") == column.key
    is_down = order.startswith("-")
    # Figures are first wanted from the top, names from A.
    turned = column.key if (is_down if is_here else not column.is_num) else f"-{column.key}"
    query = request.GET.copy()
    query["sort"] = turned
    query.pop("page", None)
    direction = ("descending" if is_down else "ascending") if is_here else ""
    return replace(column, sorted=direction, url=f"?{query.urlencode()}")
