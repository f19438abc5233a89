"""Rows of a file beside what is stored: what they don't tell stays, and many cost no more queries."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.selectors import record_shape, records_list, records_whole
from crm.services.imports.reader import Reader, ReadRow, mapping_of
from crm.tests.factories import make_opportunity
from org.scope import Scope
from tests.cast import Cast

SCOPE = Scope.everyone(reason="test", on=dt.date(2026, 1, 1))


def deals(cast: Cast, count: int) -> list[str]:
    """Deals of alice's, every third shared with dave."""
    shares = [{"person": who.person.employee_number, "share_bp": 5000} for who in (cast.alice, cast.dave)]
    for at in range(count):
        shared = {"splits": shares} if at % 3 == 0 else {}
        make_opportunity(cast.alice.person, "500.00", external_id=f"D-{at}", name=f"Deal {at}", **shared)
    return [f"D-{at}" for at in range(count)]


def read(keys: list[str]) -> list[ReadRow]:
    source = records_list("opportunities", scope=SCOPE).values_list("source", flat=True)[0]
    columns = mapping_of("opportunities", ["external_id", "amount"], {})
    rows = [ReadRow(at, key, [key, "600.00"]) for at, key in enumerate(keys, start=2)]
    Reader("opportunities", source, columns).read(rows)
    return rows


def test_many_deals_read_at_once_show_the_same_as_each_alone(cast: Cast) -> None:
    deals(cast, 6)
    rows = records_list("opportunities", scope=SCOPE).order_by("pk")
    whole = [record_shape(deal) for deal in records_whole(rows)]
    assert whole == [record_shape(deal) for deal in rows]
    assert [bool(shape["splits"]) for shape in whole] == [True, False, False] * 2


def test_changed_rows_keep_the_parts_that_the_file_has_no_column_for(cast: Cast) -> None:
    shared, alone = (row.record for row in read(deals(cast, 2)))
    assert [split["share_bp"] for split in shared["splits"]] == [5000, 5000]
    assert (alone["splits"], alone["name"], alone["amount"]) == ([], "Deal 1", "600.00")


def test_thirty_changed_rows_take_as_many_queries_as_three(cast: Cast) -> None:
    keys = deals(cast, 30)
    counts = []
    for some in (keys[:3], keys):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            read(some)
        counts.append(len(asked))
    assert counts[0] == counts[1]
