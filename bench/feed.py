"""How facts come in: bulk upsert and file import beside a bare copy and merge of the same rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from bench.bare_merge import measure_bare
from bench.bulk_upsert import deal_columns, deal_records, measure
from bench.file_import import measure_import


def measure_feed(rows: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows a second of each way for ``rows`` deals, and what share of the bare merge's pace it keeps.

    The deals of the file belong to the same people; its customers are new. Needs an empty database.
    """
    upsert = measure(rows)
    yield "bulk upsert", upsert
    records = deal_records(rows)
    bare = measure_bare(deal_columns(records))
    yield "bare copy and merge", bare
    files = measure_import(records)
    yield "file import", files
    yield (
        "share of the bare pace",
        {
            "upsert_insert": upsert["insert_per_s"] / bare["bare_insert_per_s"],
            "upsert_update": upsert["update_per_s"] / bare["bare_update_per_s"],
            "file_new": files["new_whole_per_s"] / bare["bare_insert_per_s"],
            "file_changed": files["changed_whole_per_s"] / bare["bare_update_per_s"],
            "load": os.getloadavg()[0],
        },
    )
