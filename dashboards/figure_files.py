"""The rows behind a figure as a file: every row, with what the figure is above them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from common.money import to_decimal
from common.tables import MOST_ROWS, Cell
from dashboards.figures import Figure
from metrics.models import Metric, MetricUnit
from metrics.selectors import FactRow, fact_sum, fact_sweep, metric_formula
from org.selectors import company_get
from tracking.selectors.days import plan_of


@dataclass(frozen=True)
class FigureFile:
    """A table to be written by ``common.tables``; ``rows`` are read while they are written."""

    name: str
    title: str
    notes: list[list[Cell]]
    headers: list[Cell]
    rows: Iterator[list[Cell]]


def figure_file(figure: Figure) -> FigureFile:
    """The newest ``MOST_ROWS`` facts of a figure; raises NotFound for a unit out of scope."""
    metric, currency = figure.fact_metric, company_get().currency
    is_money = metric.unit == MetricUnit.CURRENCY
    found = fact_sweep(metric, figure.facts, most=MOST_ROWS)
    unit = f" ({currency})" if is_money else ""
    # Texts are translated now, not while the rows are being sent.
    return FigureFile(
        name=_file_name(figure),
        title=metric.label,
        notes=_notes(figure, metric),
        headers=[
            _("Day"),
            _("What"),
            _("Source"),
            _("Number in the CRM"),
            _("Account"),
            _("Person"),
            _("Unit"),
            _("Product line"),
            _("Region"),
            _("Customer type"),
            _("The person's whole part") + unit,
            _("Credited") + unit,
        ],
        rows=(_cells(row, currency if is_money else None) for row in found),
    )


def _notes(figure: Figure, metric: Metric) -> list[list[Cell]]:
    """What the rows are: metric, whose, definition, days, plan, and whether they are all."""
    choice, plan = figure.choice, plan_of(figure.choice.as_of)
    notes: list[list[Cell]] = [
        [_("Metric"), metric.label],
        [_("Of"), figure.subject.name],
        [_("Definition"), _(metric.description) if metric.description else metric_formula(metric)],
        [_("Formula"), metric_formula(metric)],
        [_("First day"), figure.period.start],
        [_("As of"), choice.as_of],
        [_("Plan"), str(plan) if plan else _("none published")],
    ]
    if choice.metric.is_ratio:
        notes.insert(1, [_("One side of"), choice.metric.label])
    total = fact_sum(metric, figure.facts, most=MOST_ROWS)
    if not total.is_whole:
        most = formats.number_format(MOST_ROWS, use_l10n=True, force_grouping=True)
        notes.append([_("Not complete"), _("The newest %(most)s rows; there are more.") % {"most": most}])
    return notes


def _cells(row: FactRow, currency: str | None) -> list[Cell]:
    """A row's cells; money in major units."""
    numbers: list[Cell] = [row.amount, row.credited]
    if currency is not None:
        numbers = [to_decimal(row.amount, currency), to_decimal(row.credited, currency)]
    return [
        row.day,
        row.title,
        row.source,
        row.external_id,
        row.account_name,
        row.person_name,
        row.unit_name,
        row.product_line,
        row.region,
        row.customer_type,
        *numbers,
    ]


def _file_name(figure: Figure) -> str:
    """Metric, owner and period, without what a file system refuses; the kind is added by the door."""
    parts = (figure.fact_metric.label, figure.subject.name, figure.period.label)
    named = " ".join(re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "-", part) for part in parts)
    return named if figure.choice.is_today else f"{named} {figure.choice.as_of.isoformat()}"
