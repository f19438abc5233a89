"""Everything a batch refers to, found in one query a kind: people, accounts, deals, products, stages …"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from common.errors import FieldError, gettext_noop
from common.money import convert_minor
from common.periods import fiscal_year_of
from crm.calc.ownership import Ownership
from crm.models import Account, Lead, Opportunity, PlanRate, Product, Segment, SegmentKind, Stage
from crm.services.owners import ownerships_stored
from crm.services.tables import among
from org.calc.credit import BEGINNING
from org.models import Company, Person
from org.scope import Scope
from org.selectors import company_get

Errors = list[FieldError]
# Plain texts: an enumeration's members cost ten times as much in the loop over a batch.
KINDS = tuple(str(kind) for kind in SegmentKind.values)
_CREATED_ON_SIGHT = ("product_line", "region")
MERGEABLE = (Account, Lead)
_OWN_KEY = re.compile(r"pk:([0-9]{1,15})")


def own_key(pk: int) -> str:
    """How our own pages refer to a record of whatever source: by our id.

    >>> own_key(12)
    'pk:12'
    """
    return f"pk:{pk}"


@dataclass(frozen=True, slots=True)
class Linked:
    """A record referred to: its account, and the columns (owner and segments) its children inherit.

    ``ownership`` of one that was handed over: a child of a former owner's days is that owner's.
    """

    id: int
    given: Mapping[str, int]
    account: int | None = None
    ownership: Ownership | None = None

    def given_on(self, day: dt.date | None) -> Mapping[str, int]:
        """What a child that counts on a day inherits."""
        if self.ownership is None or day is None:
            return self.given
        return {**self.given, "owner_id": self.ownership.owner_on(day)}


@dataclass
class References:
    """The lookups of one batch of one source. A reference not found adds an error, never a guess.

    With a ``scope``, only what it sees is found, and what names no owner falls to the scope's own person.
    ``with_deleted`` also finds deleted records: a partial change keeps the references that are there.
    """

    source: str
    scope: Scope | None = None
    with_deleted: bool = False
    people: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, Linked] = field(default_factory=dict)
    opportunities: dict[str, Linked] = field(default_factory=dict)
    leads: dict[str, Linked] = field(default_factory=dict)
    products: dict[str, Linked] = field(default_factory=dict)

    def find(self, values: Sequence[Mapping[str, Any]]) -> None:
        """Look up what the read values of a batch name."""
        self.people = self._people(_named(values, "owner") | _named_in(values, "splits", "person"))
        self.accounts = self._linked(Account, _named(values, "account") | _named(values, "parent"))
        self.opportunities = self._linked(Opportunity, _named(values, "opportunity"))
        self.leads = self._linked(Lead, _named(values, "lead"))
        self.products = self._linked(
            Product, _named(values, "product") | _named_in(values, "lines", "product")
        )

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
    def default_owner(self) -> int:
        """Who gets what names no owner: oneself, for somebody who doesn't see everything."""
        if self.scope is None or self.scope.sees_everything or self.scope.person_id is None:
            return self.nobody
        return self.scope.person_id

    @cached_property
    def segments(self) -> dict[tuple[str, str], int]:
        rows = Segment.objects.order_by().values_list("kind", "code", "pk")
        return {(kind, code): pk for kind, code, pk in rows}

    @cached_property
    def unspecified(self) -> dict[str, int]:
        rows = Segment.objects.filter(is_placeholder=True).order_by()
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
        self, values: Mapping[str, Any], errors: Errors, *parents: Linked | None, on: dt.date | None = None
    ) -> dict[str, int]:
        """Owner and three segments of a fact: its own, else its parents' in order, else the placeholders.

        ``on`` is the one day that the fact counts on: whose its parent was then inherits it.
        """
        named = values.get("owner")
        since = values.get("owner_from")
        if since is not None and since > self.today:
            message = gettext_noop("The day from which the owner has it lies ahead; today is the latest.")
            errors.append(FieldError("owner_from", message, "ahead"))
        owner = None if named is None else self.person(named, "owner", errors)
        row = {"owner_id": owner, "product_line_id": None, "region_id": None, "customer_type_id": None}
        for kind in KINDS:
            code = values.get(kind)
            if code is not None:
                row[f"{kind}_id"] = self.segment(kind, code, errors)
        for parent in parents:
            if parent is not None:
                for name, inherited in parent.given_on(on).items():
                    if row[name] is None:
                        row[name] = inherited
        for name, default in self._defaults.items():
            if row[name] is None:
                row[name] = default
        return row  # type: ignore[return-value]  # every None has been replaced

    @cached_property
    def _defaults(self) -> dict[str, int]:
        segments = {f"{kind}_id": pk for kind, pk in self.unspecified.items()}
        return {"owner_id": self.default_owner, **segments}

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

    def _people(self, keys: set[str]) -> dict[str, int]:
        """People by employee number, else by external id of this source."""
        if not keys:
            return {}
        people = Person.objects.filter(is_placeholder=False).order_by()
        if self.scope is not None:
            people = self.scope.restrict(people)
        columns = ("pk", "employee_number", "source", "external_id")
        by_number = people.filter(among("employee_number", keys)).values_list(*columns)
        by_id = people.filter(among("external_id", keys), source=self.source).values_list(*columns)
        found: dict[str, int] = {}
        for pk, number, source, external_id in by_id.union(by_number):
            if source == self.source and external_id in keys:
                found.setdefault(external_id, pk)
            if number in keys:
                found[number] = pk
        return found

    def _linked(self, model: Any, keys: set[str]) -> dict[str, Linked]:
        """Records of this source by external id, or of any by ``own_key``.

        Placeholders among their columns are not inherited.
        """
        if not keys:
            return {}
        named = model.objects.filter(among("external_id", keys), source=self.source)
        own = {int(match[1]) for match in map(_OWN_KEY.fullmatch, keys) if match}
        found: dict[str, Linked] = {}
        if own:
            found = self._linked_rows(model.objects.filter(pk__in=own), by_pk=True)
        found |= self._linked_rows(named)
        if model in MERGEABLE and (missing := keys - found.keys()):
            found |= self._survivors(model, missing, own)
        return found

    def _survivors(self, model: Any, keys: set[str], own: set[int]) -> dict[str, Linked]:
        """What merged records went into, by the keys of those."""
        named = model.objects.filter(among("external_id", keys), source=self.source)
        merged = model.objects.filter(Q(pk__in=named.values("pk")) | Q(pk__in=own), merged_into__isnull=False)
        went = list(merged.values_list("pk", "source", "external_id", "merged_into"))
        if not went:
            return {}
        rows = model.objects.filter(among("pk", {into for *_key, into in went}))
        linked = {link.id: link for link in self._linked_rows(rows, by_pk=True).values()}
        found: dict[str, Linked] = {}
        for pk, source, external_id, into in went:
            for key in (external_id if source == self.source else "", own_key(pk)):
                if key in keys and into in linked:
                    found[key] = linked[into]
        return found

    def _linked_rows(self, rows: QuerySet[Any], *, by_pk: bool = False) -> dict[str, Linked]:
        """Rows as links by their external id, or by ``own_key``."""
        names = {f.attname for f in rows.model._meta.concrete_fields}
        inherited = [name for name in self._defaults if name in names]
        account = "account_id" if "account_id" in names else "pk"
        if not self.with_deleted:
            rows = rows.filter(deleted_at=None)
        elif rows.model in MERGEABLE:
            rows = rows.filter(merged_into=None)
        if self.scope is not None and "owner_id" in names:
            rows = self.scope.restrict(rows, "owner")
        empty = {"owner_id": self.nobody, **{f"{k}_id": pk for k, pk in self.unspecified.items()}}
        since = "owner_since" if "owner_since" in names else "pk"
        read = list(rows.values_list("external_id", "pk", account, since, *inherited))
        owners = {row[1]: row[4] for row in read if since != "pk" and row[3] > BEGINNING}
        former = ownerships_stored(str(rows.model._meta.model_name), owners)
        found: dict[str, Linked] = {}
        for key, pk, of_account, _since, *rest in read:
            given = {name: value for name, value in zip(inherited, rest, strict=True) if value != empty[name]}
            of = of_account if account != "pk" else None
            found[own_key(pk) if by_pk else key] = Linked(pk, given, of, former.get(pk))
        return found


def _named(values: Sequence[Mapping[str, Any]], name: str) -> set[str]:
    return {each[name] for each in values if each.get(name) is not None}


def _named_in(values: Sequence[Mapping[str, Any]], parts: str, name: str) -> set[str]:
    """External ids inside the lines or splits; wrong types are refused where the parts are read."""
    listed = (part.get(name) for each in values for part in each.get(parts) or ())
    return {str(key).strip() for key in listed if isinstance(key, (str, int)) and str(key).strip()}
