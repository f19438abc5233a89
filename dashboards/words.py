"""How far somebody is, in a sentence that says what would bring them back."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metrics.models import Direction
from metrics.templatetags.figures import figure_text, percent, rate_text
from tracking.selectors.progress import ProgressRow

ROUND = 0.005


def pace_words(row: ProgressRow | None) -> str:
    """The first half of the sentence: "12 % behind", "36 % ahead of the plan", "on plan"."""
    if row is None or row.target is None:
        return _("No target in this period")
    if row.actual is None:
        return _("Nothing counted yet")
    if row.completion is not None and row.completion >= 1 and row.metric.direction != Direction.DOWN:
        return _("Target reached: %(done)s done") % {"done": percent(row.completion)}
    if row.lag is None:
        return _("Nothing is due yet")
    if abs(row.lag) < ROUND:
        return _("Exactly on plan")
    if row.lag > 0:
        return _("%(lag)s behind") % {"lag": percent(row.lag)}
    return _("%(lead)s ahead of the plan") % {"lead": percent(-row.lag)}


def way_back_words(row: ProgressRow | None, typical: float | None) -> str:
    """The second half: what brings back to plan, or what is left to the target; empty without a plan.

    ``typical`` is the average won deal in the metric's units, where the metric adds up won deals.
    """
    if row is None or row.target is None or row.actual is None or row.metric.direction == Direction.DOWN:
        return ""
    metric = row.metric
    due = row.plan_to_date or 0
    if metric.is_ratio:
        wanted = {"wanted": figure_text(row.target, metric), "now": figure_text(row.actual, metric)}
        return _("%(now)s of the %(wanted)s wanted") % wanted
    missing, left = due - row.actual, row.target - row.actual
    if left == 0:
        return ""
    if left < 0:
        return _("%(more)s above the target") % {"more": figure_text(-left, metric, short=True)}
    if missing <= 0:
        return _("%(left)s more reaches the target") % {"left": figure_text(left, metric, short=True)}
    return _back_words(row, missing, typical)


def _back_words(row: ProgressRow, missing: float, typical: float | None) -> str:
    metric = row.metric
    amount = figure_text(missing, metric, short=True)
    if typical is not None and typical > 0:  # returns can outweigh what was sold
        deals = math.ceil(missing / typical)
        text = ngettext(
            "one deal like your average (%(typical)s) brings you back",
            "%(deals)s deals like your average (%(typical)s) bring you back",
            deals,
        )
        return text % {"deals": deals, "typical": figure_text(typical, metric, short=True)}
    if row.needed_per_day:
        parts = {"amount": amount, "rate": rate_text(row.needed_per_day, metric)}
        return _("%(amount)s more brings you back; %(rate)s a workday reaches the target") % parts
    return _("%(amount)s more brings you back") % {"amount": amount}
