"""Everything a batch refers to, found in one query a kind: people, accounts, deals, products, segments, stages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from common.errors import FieldError, gettext_noop
from common.money import convert_minor
from common.periods import fiscal_year_of
from crm.models import Account, Lead, Opportunity, PlanRate, Product, Segment, SegmentKind, Stage
from crm.services.tables import chunks
from org.models import Company, Person
from org.selectors import company_get

Errors = list[FieldError]
_CREATED_ON_SIGHT = (SegmentKind.PRODUCT_LINE, SegmentKind.REGION)


@dataclass(frozen=True)
class Linked:
    """A record referred to, with what its children inherit."""

    id: int
    owner: int | None = None
    product_line: int | None = None
    region: int | None = None
    customer_type: int | None = None
    account: int | None = None


@dataclass
class References:
    """The lookups of one batch of one source. A reference not found adds an error, never a guess."""

    source: str
    people: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, Linked] = field(default_factory=dict)
    opportunities: dict[str, Linked] = field(default_factory=dict)
    leads: dict[str, Linked] = field(default_factory=dict)
    products: dict[str, Linked] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str, values: Sequence[Mapping[str, Any]]) -> References:
        """Look up what the read values of a batch name."""
        refs = cls(source)
        refs.people = _people(source, _named(values, "owner") | _named_in(values, "splits", "person"))
        refs.accounts = refs._linked(Account, _named(values, "account") | _named(values, "parent"))
        refs.opportunities = refs._linked(Opportunity, _named(values, "opportunity"))
        refs.leads = refs._linked(Lead, _named(values, "lead"))
        refs.products = refs._linked(
            Product, _named(values, "product") | _named_in(values, "lines", "product")
        )
        return refs

    @cached_property
    def company(self) -> Company:
        return company_get()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.time_zone)

    @cached_property
    def now(self) -> dt.datetime:
        return timezone.now()

    @cached_property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def nobody(self) -> int:
        return Person.objects.values_list("pk", flat=True).get(is_placeholder=True)

    @cached_property
    def segments(self) -> dict[tuple[str, str], int]:
        rows = Segment.objects.values_list("kind", "code", "pk")
        return {(kind, code): pk for kind, code, pk in rows}

    @cached_property
    def unspecified(self) -> dict[str, int]:
        rows = Segment.objects.filter(is_placeholder=True)
        return dict(rows.values_list("kind", "pk"))

    @cached_property
    def stages(self) -> dict[str, Stage]:
        return {stage.code: stage for stage in Stage.objects.all()}

    @cached_property
    def rates(self) -> dict[tuple[int, str], Decimal]:
        rows = PlanRate.objects.values_list("fiscal_year", "currency", "rate")
        return {(year, currency): rate for year, currency, rate in rows}

    def person(self, key: str | None, name: str, errors: Errors) -> int | None:
        """The person of an employee number or external id; None when none is named."""
        if key is None:
            return None
        found = self.people.get(key)
        if found is None:
            message = gettext_noop("Nobody has the number or external id “%(key)s”.")
            errors.append(FieldError(name, message, "unknown", {"key": key}))
        return found

    def link(self, kind: str, key: str | None, name: str, errors: Errors) -> Linked | None:
        """The account, opportunity, lead or product of an external id of this source."""
        if key is None:
            return None
        found: Linked | None = getattr(self, kind).get(key)
        if found is None:
            message = gettext_noop("There is no “%(key)s” among the %(kind)s of this source; send it first.")
            errors.append(FieldError(name, message, "unknown", {"key": key, "kind": kind}))
        return found

    def segment(self, kind: str, code: str | None, errors: Errors) -> int | None:
        """The segment of a code; product lines and regions are made when first named."""
        if code is None:
            return None
        found = self.segments.get((kind, code))
        if found is None and kind in _CREATED_ON_SIGHT:
            made, _created = Segment.objects.get_or_create(kind=kind, code=code, defaults={"name": code})
            found = self.segments[kind, code] = made.pk
        if found is None:
            known = ", ".join(sorted(c for k, c in self.segments if k == kind and c != "-"))
            message = gettext_noop("“%(code)s” is not one of: %(known)s.")
            errors.append(FieldError(kind, message, "choice", {"code": code, "known": known}))
        return found

    def owner_and_segments(
        self, values: Mapping[str, Any], errors: Errors, *parents: Linked | None
    ) -> dict[str, int]:
        """Owner and three segments of a fact: its own, else its parents' in order, else the placeholders."""
        row = {"owner_id": self.person(values.get("owner"), "owner", errors) or 0}
        row["owner_id"] = row["owner_id"] or _first(parents, "owner") or self.nobody
        for kind in SegmentKind.values:
            own = self.segment(kind, values.get(kind), errors)
            row[f"{kind}_id"] = own or _first(parents, kind) or self.unspecified[kind]
        return row

    def plan_minor(self, amount: int, currency: str, on: dt.date, errors: Errors) -> int:
        """An amount at the plan rate of the fiscal year of a day."""
        if currency == self.company.currency or not amount:
            return amount
        year = fiscal_year_of(on, self.company.fiscal_year_start_month)
        rate = self.rates.get((year, currency))
        if rate is None:
            message = gettext_noop(
                "There is no plan rate for %(currency)s in %(year)s; an administrator sets it."
            )
            errors.append(FieldError("currency", message, "no_rate", {"currency": currency, "year": year}))
            return 0
        return convert_minor(amount, currency, rate, self.company.currency)

    def _linked(self, model: Any, keys: set[str]) -> dict[str, Linked]:
        """Live records of this source by external id, in one query a chunk."""
        names = {f.attname for f in model._meta.concrete_fields}
        wanted = ["owner_id", "product_line_id", "region_id", "customer_type_id", "account_id"]
        present = [name for name in wanted if name in names]
        found: dict[str, Linked] = {}
        for chunk in chunks(keys):
            rows = model.objects.filter(source=self.source, external_id__in=chunk, deleted_at=None)
            for key, pk, *rest in rows.values_list("external_id", "pk", *present):
                inherited = dict(zip((name[:-3] for name in present), rest, strict=True))
                found[key] = Linked(pk, **inherited)
        if found:
            self._forget_placeholders(found)
        return found

    def _forget_placeholders(self, found: dict[str, Linked]) -> None:
        """What stands for "unknown" on a parent is not inherited before a further parent was asked."""
        empty = {self.nobody, *self.unspecified.values()}
        segments = set(self.unspecified.values())
        for key, link in found.items():
            if link.owner == self.nobody or empty & {link.product_line, link.region, link.customer_type}:
                found[key] = Linked(
                    link.id,
                    None if link.owner == self.nobody else link.owner,
                    None if link.product_line in segments else link.product_line,
                    None if link.region in segments else link.region,
                    None if link.customer_type in segments else link.customer_type,
                    link.account,
                )


def _first(parents: Iterable[Linked | None], name: str) -> int | None:
    found = (getattr(parent, name) for parent in parents if parent is not None)
    return next((value for value in found if value is not None), None)


def _named(values: Sequence[Mapping[str, Any]], name: str) -> set[str]:
    return {each[name] for each in values if each.get(name) is not None}


def _named_in(values: Sequence[Mapping[str, Any]], parts: str, name: str) -> set[str]:
    """External ids inside the lines or splits; wrong types are refused where the parts are read."""
    listed = (part.get(name) for each in values for part in each.get(parts) or ())
    return {str(key).strip() for key in listed if isinstance(key, (str, int)) and str(key).strip()}


def _people(source: str, keys: set[str]) -> dict[str, int]:
    """People by employee number, else by external id of this source."""
    by_number: dict[str, int] = {}
    by_id: dict[str, int] = {}
    for chunk in chunks(keys):
        rows = Person.objects.filter(
            Q(employee_number__in=chunk) | Q(source=source, external_id__in=chunk), is_placeholder=False
        )
        for pk, number, of_source, external_id in rows.values_list(
            "pk", "employee_number", "source", "external_id"
        ):
            by_number[number] = pk
            if of_source == source:
                by_id[external_id] = pk
    return {**by_id, **by_number}
