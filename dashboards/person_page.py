"""A person's page: the sentence, figures, curve, what is due today, the deals that can close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.periods import Period
from crm.models import Opportunity
from crm.selectors import DueStep, WaitingLead, open_deals, waiting
from dashboards.parts import ChartCard
from dashboards.selectors import (
    BoardRow,
    Choice,
    ShownRow,
    crumbs_of,
    curve_card,
    nothing_planned,
    ranked,
    shown,
)
from dashboards.target_changes import TargetChange, target_changes
from dashboards.words import pace_words, way_back_words
from metrics.templatetags.figures import money_short, percent
from org.models import Person, Unit
from org.scope import Scope
from org.selectors import company_get, company_zone
from org.templatetags.moments import short_day
from tracking.models import Alert
from tracking.selectors.alerts import alert_list
from tracking.selectors.days import plan_of
from tracking.selectors.person import person_overview

CLOSING, TODOS, NEIGHBOURS = 8, 7, 2
# However many metrics are behind: they must not push the deals to call off the list.
ALERTS = 2
FRESH_VIEW = dt.timedelta(days=3)
LEAD_PATIENCE = dt.timedelta(days=2)


@dataclass(frozen=True)
class Todo:
    """Something to do today, and where."""

    icon: str
    tone: Literal["red", "orange", "blue"]
    text: str
    detail: str
    url: str


@dataclass(frozen=True)
class Closing:
    """Open deals expected to close by the period's end; the sum in minor units of the plan currency."""

    deals: list[Opportunity]
    count: int
    total_text: str


@dataclass(frozen=True)
class PersonPage:
    """Everything a person's page shows."""

    person: Person
    unit: Unit
    is_me: bool
    period: Period
    plan_name: str
    crumbs: list[tuple[str, str]]
    words: str
    way_back: str
    cards: list[ShownRow]
    chosen: ShownRow | None
    curve: ChartCard
    closing: Closing
    segments: list[ShownRow]
    todos: list[Todo] = field(default_factory=list)
    more_todos: int = 0
    board: list[BoardRow] = field(default_factory=list)
    board_size: int = 0
    empty: dict[str, str] = field(default_factory=dict)
    changes: list[TargetChange] = field(default_factory=list)


def person_page(*, scope: Scope, person: Person, unit: Unit, choice: Choice) -> PersonPage:
    """The page of a person in scope and of the unit their credit is in; what is due today only to oneself."""
    found = person_overview(
        scope=scope,
        person=person,
        unit=unit,
        metric=choice.metric,
        grain=choice.grain,
        as_of=choice.as_of,
    )
    cards = [shown(row, choice) for row in found.cards[:5]]
    chosen = next((card for card in cards if card.row.metric.pk == choice.metric.pk), None)
    deals = open_deals(person, scope=scope)
    plan = plan_of(choice.as_of)
    is_me = person.pk == scope.person_id
    todos = list(_todos(person, scope, deals)) if is_me and choice.is_today else []
    board = ranked(found.team, scope) if is_me else []
    return PersonPage(
        person=person,
        unit=unit,
        is_me=is_me,
        period=found.period,
        plan_name=str(plan) if plan else "",
        crumbs=crumbs_of([unit] if scope.sees_unit(unit.pk) else [], choice),
        words=pace_words(chosen.row if chosen else None),
        way_back=way_back_words(chosen.row if chosen else None, found.typical),
        cards=cards,
        chosen=chosen,
        curve=curve_card(found.curve, choice, chosen.row if chosen else None, person.name),
        closing=_closing(deals, found.period, scope.on),
        segments=[shown(row, choice) for row in found.segments],
        todos=todos[:TODOS],
        more_todos=max(0, len(todos) - TODOS),
        board=_around_me(board),
        board_size=len(board),
        empty=nothing_planned(scope),
        changes=target_changes(person, scope=scope, as_of=choice.as_of),
    )


def _closing(deals: Sequence[Opportunity], period: Period, today: dt.date) -> Closing:
    """The open deals expected between today and the period's end, the largest first."""
    can = [
        deal
        for deal in deals
        if deal.expected_close_on is not None and today <= deal.expected_close_on < period.end
    ]
    can.sort(key=lambda deal: (-deal.plan_amount_minor, deal.expected_close_on))
    company = company_get()
    return Closing(
        can[:CLOSING], len(can), money_short(sum(deal.plan_amount_minor for deal in can), company.currency)
    )


def _todos(person: Person, scope: Scope, deals: Sequence[Opportunity]) -> Iterator[Todo]:
    """What is due today, the most pressing first, each deal once; two queries."""
    for alert in alert_list(scope=scope, person_id=person.pk)[:ALERTS]:
        yield _alert_todo(alert)
    steps, leads = waiting(person, scope=scope, leads_before=scope.on - LEAD_PATIENCE)
    for step in steps:
        yield _step_todo(step, scope.on)
    since = dt.datetime.combine(scope.on - FRESH_VIEW, dt.time(), company_zone())
    viewed = {deal: deal.quote_viewed_at for deal in deals if deal.quote_viewed_at is not None}
    fresh = {deal: at for deal, at in viewed.items() if at >= since}
    for deal in sorted(fresh, key=lambda each: fresh[each], reverse=True):
        yield _deal_todo(deal, "eye", "blue", _("Quote was just viewed: call now"))
    for deal in deals:
        due = deal.expected_close_on
        if deal in fresh:
            continue
        if due is not None and due < scope.on:
            late = _("Should have closed on %(day)s: win it, lose it or move it") % {"day": short_day(due)}
            yield _deal_todo(deal, "calendar-exclamation", "orange", late)
        elif due == scope.on:
            yield _deal_todo(deal, "calendar-check", "blue", _("Expected to close today"))
    if leads:
        yield _leads_todo(leads, scope.on)


def _alert_todo(alert: Alert) -> Todo:
    raised_on = alert.raised_at.astimezone(company_zone()).date() if alert.raised_at else None
    detail = _("%(metric)s, %(lag)s behind since %(day)s") % {
        "metric": alert.metric.label,
        "lag": percent(alert.lag_ratio),
        "day": short_day(raised_on) if raised_on else "–",
    }
    tone: Literal["red", "orange"] = "red" if alert.level == "critical" else "orange"
    return Todo(
        "bell-ringing", tone, _("You are behind: look at what to do"), detail, reverse("tracking:alert_list")
    )


def _deal_todo(deal: Opportunity, icon: str, tone: Literal["orange", "blue"], text: str) -> Todo:
    amount = money_short(deal.amount_minor, deal.currency)
    name = deal.account.name if deal.account else deal.name or deal.external_id
    url = reverse("crm:opportunity_detail", args=[deal.pk])
    return Todo(icon, tone, text, f"{name} · {amount}", url)


def _step_todo(step: DueStep, today: dt.date) -> Todo:
    """A next step that was promised for today or before, with whom."""
    route = "crm:opportunity_detail" if step.opportunity_id else "crm:account_detail"
    url = reverse(route, args=[step.opportunity_id or step.account_id]) + "#follow-up"
    if step.on == today:
        return Todo("checkbox", "blue", step.step, step.name, url)
    detail = _("%(name)s, since %(day)s") % {"name": step.name, "day": short_day(step.on)}
    return Todo("checkbox", "orange", step.step, detail, url)


def _leads_todo(leads: Sequence[WaitingLead], today: dt.date) -> Todo:
    oldest = (today - leads[0].on).days
    text = ngettext(
        "%(count)s new lead waits for a first call", "%(count)s new leads wait for a first call", len(leads)
    ) % {"count": len(leads)}
    detail = _("%(name)s waits longest: %(days)s days") % {
        "name": leads[0].name,
        "days": oldest,
    }
    return Todo("phone-outgoing", "orange" if oldest > 7 else "blue", text, detail, "")


def _around_me(board: Sequence[BoardRow]) -> list[BoardRow]:
    """The leader, and oneself between the next ones."""
    me = next((at for at, row in enumerate(board) if row.is_me), None)
    if me is None:
        return list(board[: 2 * NEIGHBOURS + 1])
    low = max(0, min(me - NEIGHBOURS, len(board) - (2 * NEIGHBOURS + 1)))
    near = list(board[low : low + 2 * NEIGHBOURS + 1])
    return near if low == 0 else [board[0], *near]
