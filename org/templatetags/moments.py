"""``{{ moment|exact }}``, ``{{ period|period_name }}``: times and periods in the reader's language."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils import formats, timezone
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.periods import Grain, Period

register = template.Library()


@register.filter
def exact(moment: dt.datetime) -> str:
    """A moment to the minute in the company's time zone, with the zone's name.

    The zone is the request's (``org.http.scope_of``).
    """
    here = timezone.localtime(moment)
    return f"{formats.date_format(here, 'DATETIME_FORMAT')} {here.tzname()}"


@register.filter
def ago(moment: dt.datetime) -> str:
    """How far a moment is from now, in its largest unit: "3 days ago", "in 2 hours", "just now"."""
    now = timezone.now()
    if abs(now - moment) < dt.timedelta(minutes=1):
        return _("just now")
    if moment > now:
        return _("in %(time)s") % {"time": timeuntil(moment, now, depth=1)}
    return _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}


@register.filter
def period_name(period: Period) -> str:
    """A period as people say it: "November 2026", "Q4 2026", "Week 48 of 2026"; years as labelled."""
    if period.grain is Grain.MONTH:
        return formats.date_format(period.start, "YEAR_MONTH_FORMAT")
    if period.grain is Grain.QUARTER:
        year, quarter = period.label.rsplit("-Q", 1)
        return _("Q%(quarter)s %(year)s") % {"quarter": quarter, "year": year}
    if period.grain is Grain.WEEK:
        year, week = period.label.split("-W")
        return _("Week %(week)s of %(year)s") % {"week": int(week), "year": year}
    if period.grain is Grain.YEAR:
        return _("Year %(year)s") % {"year": period.label}
    return formats.date_format(period.start, "DATE_FORMAT")


@register.filter
def short_day(day: dt.date) -> str:
    """A day without its year: "Nov 2", "11月2日"."""
    return formats.date_format(day, pgettext("a day without its year, as Django's date format", "M j"))
