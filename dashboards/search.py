"""Global search: people, units, accounts, deals and targets in scope, a fixed number of queries for all.

Every word must be found in one of the columns of a row, anywhere in it (Chinese has no spaces to cut at).
A kind's page is read one row further than shown instead of being counted, so that a long list costs no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crm.models import Account, Opportunity
from crm.selectors import account_list, opportunity_list
from crm.selectors.words import rows_with_words
from metrics.formats import compact_count_text, compact_money_text, plain_text
from metrics.selectors import metric_list
from org.models import Person, SavedFilter, Unit
from org.scope import Scope
from org.selectors import people_list, saved_filters_list, units_with_parents
from org.services import filtered_lists
from targets.models import PlanStatus, Target
from targets.selectors.trees import targets_visible

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

IN_PALETTE, ON_PAGE = 5, 25
SEGMENTS = ("product_line", "region", "customer_type")
_PLAN_ORDER = Case(
    When(plan__status=PlanStatus.PUBLISHED, then=Value(0)),
    When(plan__status=PlanStatus.CLOSED, then=Value(2)),
    default=Value(1),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Hit:
    """A row found: what it is called, what tells it from its namesakes, where it leads."""

    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Group:
    """A page of the hits of one kind; ``url`` leads to all of them."""

    kind: str
    label: str
    icon: str
    hits: list[Hit]
    has_more: bool
    number: int = 1
    url: str = ""


@dataclass(frozen=True)
class Source:
    """One kind of thing that can be found: which rows, and what of a row is shown."""

    label: _StrPromise
    icon: str
    rows: Callable[[Scope, str], QuerySet[Any]]
    hit: Callable[[Any, Scope], Hit]


def search_all(*, scope: Scope, query: str) -> list[Group]:
    """The first hits of each kind that has any."""
    groups = (search_kind(scope=scope, query=query, kind=kind, per_page=IN_PALETTE) for kind in SOURCES)
    return [group for group in groups if group.hits]


def search_kind(*, scope: Scope, query: str, kind: str, number: int = 1, per_page: int = ON_PAGE) -> Group:
    """A page of the hits of one kind (of ``SOURCES``)."""
    source = SOURCES[kind]
    start = (number - 1) * per_page
    found = list(source.rows(scope, query)[start : start + per_page + 1]) if query.strip() else []
    return Group(
        kind=kind,
        label=str(source.label),
        icon=source.icon,
        hits=[source.hit(row, scope) for row in found[:per_page]],
        has_more=len(found) > per_page,
        number=number,
        url=f"{reverse('dashboards:search')}?{urlencode({'q': query, 'kind': kind})}",
    )


def _nearest_first(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Names that begin with what was typed come before names that hold it; then by name."""
    begins = When(name__istartswith=query.strip(), then=Value(0))
    return rows.alias(is_inside=Case(begins, default=Value(1), output_field=IntegerField())).order_by(
        "is_inside", "name", "pk"
    )


def _joined(parts: Iterable[object]) -> str:
    return " · ".join(str(part) for part in parts if part)


def _people(scope: Scope, query: str) -> QuerySet[Person]:
    return _nearest_first(
        rows_with_words(people_list(scope=scope), query, "name", "employee_number", "email"), query
    )


def _person_hit(person: Person, scope: Scope) -> Hit:
    # A unit beside the visible ones is not named, though the person may be in both.
    units = [
        stay.unit.name
        for stay in person.assignments.all()
        if stay.starts_on <= scope.on < stay.ends_on
        and (scope.sees_unit(stay.unit_id) or stay.unit_id in scope.board_unit_ids)
    ]
    detail = _joined([*units[:2], person.title, person.employee_number])
    return Hit(person.name, detail, reverse("dashboards:person", args=[person.pk]))


def _units(scope: Scope, query: str) -> QuerySet[Unit]:
    return _nearest_first(rows_with_words(units_with_parents(scope=scope), query, "name"), query)


def _unit_hit(unit: Unit, scope: Scope) -> Hit:
    above = unit.parent if unit.parent_id and scope.sees_unit(unit.parent_id) else None
    return Hit(unit.name, _joined([above, unit.kind]), reverse("dashboards:unit", args=[unit.pk]))


def _accounts(scope: Scope, query: str) -> QuerySet[Account]:
    return _nearest_first(rows_with_words(account_list(scope=scope), query, "name", "external_id"), query)


def _account_hit(account: Account, _scope: Scope) -> Hit:
    known = [each for each in (account.owner, account.region) if not each.is_placeholder]
    detail = _joined([*known, account.industry])
    return Hit(account.name, detail, reverse("crm:account_detail", args=[account.pk]))


def _deals(scope: Scope, query: str) -> QuerySet[Opportunity]:
    # In the order of an index, so that the first hits are there before all deals are read.
    return rows_with_words(opportunity_list(scope=scope), query, "name", "external_id", "account__name")


def _deal_hit(deal: Opportunity, _scope: Scope) -> Hit:
    amount = compact_money_text(deal.amount_minor, deal.currency, get_language() or "en")
    account = deal.account if deal.account and deal.account.name not in deal.name else None
    owner = None if deal.owner.is_placeholder else deal.owner
    detail = _joined([account, deal.stage, amount, owner])
    return Hit(deal.name or deal.external_id, detail, reverse("crm:opportunity_detail", args=[deal.pk]))


def _targets(scope: Scope, query: str) -> QuerySet[Target]:
    """Targets by owner, segment, plan, year and metric; the published plan's first, the top of a tree first.

    A metric is found by its name in the reader's language, which the database doesn't know.
    """
    metrics = metric_list(include_inactive=True)
    rows = targets_visible(scope=scope)
    columns = ("unit__name", "person__name", "plan__name", *(f"{name}__name" for name in SEGMENTS))
    for word in query.split():
        named = Q(metric__in=[each.pk for each in metrics if word.casefold() in each.label.casefold()])
        if word.isascii() and word.isdigit() and len(word) == 4:
            named |= Q(plan__fiscal_year=int(word))
        rows = rows.filter(reduce(or_, (Q(**{f"{column}__icontains": word}) for column in columns), named))
    top_first = (F("person__name").asc(nulls_first=True), F("parent_id").asc(nulls_first=True))
    newest_first = (_PLAN_ORDER, "-plan__fiscal_year", "-plan__number")
    return rows.order_by(*newest_first, *top_first, "metric__position", "pk")


def _target_hit(target: Target, _scope: Scope) -> Hit:
    segments = [getattr(target, name) for name in SEGMENTS]
    title = _joined([target.person or target.unit, *segments, target.metric.label])
    detail = _joined([_target_amount(target), target.plan, target.plan.get_status_display()])
    url = reverse("targets:plan", args=[target.plan_id])
    return Hit(title, detail, f"{url}?{urlencode({'target': target.pk})}")


def _target_amount(target: Target) -> str:
    """The wanted amount of the year, short."""
    metric, currency, language = target.metric, target.plan.currency, get_language() or "en"
    if metric.is_ratio:
        text = plain_text(target.amount, unit=metric.unit, is_ratio=True, currency=currency, percent=True)
        return f"{text} %" if metric.unit == "percent" else text
    if metric.unit == "currency":
        return compact_money_text(target.amount, currency, language)
    return compact_count_text(target.amount, language)


def _saved(scope: Scope, query: str) -> QuerySet[SavedFilter]:
    """One's own saved filters of lists that are still there."""
    return _nearest_first(
        rows_with_words(saved_filters_list(user_id=scope.user_id, pages=filtered_lists()), query, "name"),
        query,
    )


def _saved_hit(saved: SavedFilter, _scope: Scope) -> Hit:
    detail = _joined([filtered_lists()[saved.page]])
    return Hit(saved.name, detail, f"{reverse(saved.page)}?{saved.query}")


SOURCES: dict[str, Source] = {
    "filters": Source(_("Saved filters"), "bookmark", _saved, _saved_hit),
    "people": Source(_("People"), "user", _people, _person_hit),
    "units": Source(_("Units"), "sitemap", _units, _unit_hit),
    "accounts": Source(_("Accounts"), "building-store", _accounts, _account_hit),
    "deals": Source(_("Deals"), "businessplan", _deals, _deal_hit),
    "targets": Source(_("Targets"), "target-arrow", _targets, _target_hit),
}
