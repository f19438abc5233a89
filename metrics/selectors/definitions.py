"""Metrics by code, the parts of ratios, and what a metric counts, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.errors import NotFound
from metrics.models import FactSource, Metric, MetricKind
from metrics.selectors.filters import filter_text
from metrics.selectors.sources import SOURCES
from metrics.shipped import WON


def metric_list(*, include_inactive: bool = False) -> list[Metric]:
    """Metrics in the order of the screen, with the parts of ratios, in one query."""
    metrics = Metric.objects.select_related("numerator", "denominator")
    return list(metrics if include_inactive else metrics.filter(is_active=True))


def metric_get(code: str) -> Metric:
    """A metric by its code, active or not; raises NotFound."""
    metric = Metric.objects.select_related("numerator", "denominator").filter(code=code).first()
    if metric is None:
        raise NotFound(_("There is no metric “%(code)s”."), params={"code": code})
    return metric


def base_metrics(metric: Metric) -> tuple[Metric, Metric | None]:
    """The numerator and denominator of a ratio; of any other metric itself and None."""
    if not metric.is_ratio:
        return metric, None
    assert metric.numerator is not None
    return metric.numerator, metric.denominator


def adds_up_won_deals(metric: Metric) -> bool:
    """Whether a metric is the amount of all won deals, so that ``deals_won`` counts the very same ones."""
    is_amount = metric.kind == MetricKind.AMOUNT and metric.source == FactSource.OPPORTUNITIES
    return is_amount and metric.date_field == "closed_on" and metric.filters == [WON]


def metric_formula(metric: Metric) -> str:
    """How a figure of this metric is counted: “why this number?” in one sentence."""
    numerator, denominator = base_metrics(metric)
    if denominator is not None:
        return _("%(numerator)s ÷ %(denominator)s, each summed first.") % {
            "numerator": numerator.label,
            "denominator": denominator.label,
        }
    source = SOURCES[metric.source]
    said = _("Sum of amounts") if metric.kind == MetricKind.AMOUNT else _("Number of facts")
    parts = {
        "said": said,
        "source": metric.get_source_display(),
        "date": source.dates[metric.date_field],
        "filters": "; ".join(filter_text(metric.source, entry) for entry in metric.filters),
    }
    if metric.filters:
        return _("%(said)s: %(source)s, counted on “%(date)s”, where %(filters)s.") % parts
    return _("%(said)s: %(source)s, counted on “%(date)s”.") % parts
