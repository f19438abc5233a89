# ruff: noqa: S608 (names are constants of this code; values are always parameters)
"""What a definition would count, before it is saved."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from metrics.models import Metric
from metrics.selectors.dialect import run
from metrics.selectors.facts import definition_of, fact_stream


@dataclass(frozen=True)
class Preview:
    """How many facts of [start, end) a definition counts, and their sum in minor units or as a count."""

    start: dt.date
    end: dt.date
    facts: int
    value: int


def definition_preview(metric: Metric, start: dt.date, end: dt.date) -> Preview:
    """Count the facts of the days [start, end) by an amount or count metric that need not be stored.

    Raises Invalid for wrong filters.
    """
    definition = definition_of(metric)
    facts = value = 0
    # A fact is in one branch only: its own row, or its credit rows if it is shared.
    for sql, params in fact_stream(definition).branches:
        text = (
            f"SELECT COUNT(DISTINCT f.k_fact_id), SUM(f.{definition.column}) FROM ({sql}) f"
            f" WHERE f.k_day >= %s AND f.k_day < %s AND f.{definition.column} <> 0"
        )
        [(count, total)] = run((text, [*params, start, end]))
        facts += count
        value += int(total or 0)
    return Preview(start, end, facts, value)
