"""Rows of a file as records: words, people and customers looked up, what can't be read said cell by cell."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext, override

from common.errors import FieldError, gettext_noop
from common.records import Refused
from crm.calc.cell_values import cell_value
from crm.calc.columns import COLUMNS, KEY, Column, Kind
from crm.models import Account, Segment
from crm.selectors import record_shape, records_list, records_whole
from crm.selectors.lookalikes import Lookalike
from crm.services.imports.deal_table import stage_codes
from crm.services.imports.parts import parts_settle, products_put
from crm.services.patch import forget_what_follows
from crm.services.tables import among
from org.models import Person
from org.scope import Scope
from org.selectors import company_get, company_today

Record = dict[str, Any]
_MUST_BE_TOLD = {"opportunities": ("owner", "amount"), "payments": ("owner",), "activities": ("owner",)}
_SEVERAL = ""
LOOKED_UP = (Kind.STAGE, Kind.SEGMENT, Kind.OWNER)
_OF_PEOPLE = (Kind.OWNER, Kind.SPLITS)
# The fields that a currency written into their cells is the currency of.
_AMOUNTS = ("amount", "annual_revenue", "list_price")


@dataclass
class ReadRow:
    """A row on its way: its line, key and cells, the record made of it, and what is wrong with it.

    ``new_customer`` is the name of the customer that would be made for a deal, ``alike`` who looks like the
    customer that the row would make.
    """

    line: int
    key: str
    cells: list[str]
    record: Record = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)
    status: str = "error"
    new_customer: str = ""
    alike: list[Lookalike] = field(default_factory=list)


@dataclass
class FileColumns:
    """The columns of a file that hold anything: (position, what it holds, how its cells are meant)."""

    columns: tuple[tuple[int, Column, str], ...]

    @cached_property
    def places(self) -> dict[str, int]:
        return {column.name: at for at, column, _answer in self.columns}

    def answer(self, position: int, answer: str) -> None:
        """Settle how the cells of a column are meant."""
        self.columns = tuple(
            (at, column, answer if at == position else told) for at, column, told in self.columns
        )

    def position(self, name: str) -> int | None:
        return self.places.get(name)


def mapping_of(resource: str, fields: Sequence[str], answers: Mapping[str, str]) -> FileColumns:
    """The mapping of a job: ``fields`` by column, ``answers`` by the column's position as text."""
    known = {column.name: column for column in COLUMNS[resource]}
    return FileColumns(
        tuple((at, known[name], answers.get(str(at), "")) for at, name in enumerate(fields) if name in known)
    )


class Keys:
    """The key of each row as it comes: its own, an account's or product's name, else a print of its cells."""

    def __init__(self, resource: str, mapping: FileColumns) -> None:
        self.resource, self.mapping = resource, mapping
        self.seen: Counter[str] = Counter()

    def __call__(self, cells: Sequence[str]) -> str:
        at = self.mapping.position(KEY)
        if at is not None:
            return cells[at][:121]
        if self.resource in ("accounts", "products"):
            name = self.mapping.position("name")
            return account_key(cells[name]) if name is not None else ""
        told = "\x1f".join(f"{column.name}={cells[at]}" for at, column, _answer in self.mapping.columns)
        mark = hashlib.sha256(told.encode()).hexdigest()[:32]
        self.seen[mark] += 1  # the same row twice in a file is two records
        return f"row-{mark}-{self.seen[mark]}"


def account_key(name: str) -> str:
    """Customers and products known by name only have one key, whatever its case."""
    return " ".join(name.split()).casefold()[:120].strip()


class Reader:
    """Reads the rows of one job; looks up once what all of them may name."""

    def __init__(self, resource: str, source: str, mapping: FileColumns) -> None:
        self.resource, self.source, self.mapping = resource, source, mapping
        company = company_get()
        self.home, self.zone = company.currency, ZoneInfo(company.time_zone)
        self.known = {column.name for column in COLUMNS.get(resource, ())}
        self.has_currency = any(column.name == "currency" for _at, column, _answer in mapping.columns)
        self.takes_currency = "currency" in self.known
        self.stages = stage_words() if resource == "opportunities" else {}
        names_people = any(column.kind in _OF_PEOPLE for _at, column, _answer in mapping.columns)
        self.people = _people() if names_people else {}
        self.segments = _segments()

    def read(self, rows: Sequence[ReadRow]) -> list[Record]:
        """Make the records of a chunk of rows; returns the customers to be made for it first."""
        for row in rows:
            for at, column, answer in self.mapping.columns:
                try:
                    row.record[column.name] = self._value(column, row.cells[at], answer, row)
                except Refused as refused:
                    row.errors.append(FieldError(column.name, refused.message, refused.code, refused.params))
        return self.settle(rows)

    def settle(self, rows: Sequence[ReadRow]) -> list[Record]:
        """Find what rows name, and keep of stored records what they don't tell; returns the new customers."""
        if self.resource == "opportunities":
            for row in rows:
                parts_settle(row, self.mapping.places, self.person)
            products_put(self.source, rows)
        fresh = self.accounts(rows)
        self._keep_the_rest(rows)
        for row in rows:
            row.record[KEY] = row.key
            self._must_be_told(row)
        return fresh

    def _value(self, column: Column, cell: str, answer: str, row: ReadRow) -> Any:
        if cell == "":
            return None
        value, currency = cell_value(column, cell, answer=answer, home=self.home, zone=self.zone)
        if currency and self.takes_currency and not self.has_currency:
            row.record["currency"] = currency
        return self._word(column, value) if column.kind in LOOKED_UP else value

    def look_up(self, row: ReadRow, column: Column, told: str) -> None:
        """Put the code that a word of people stands for; what can't be told apart is an error of the row."""
        try:
            row.record[column.name] = self._word(column, told)
        except Refused as refused:
            row.errors.append(FieldError(column.name, refused.message, refused.code, refused.params))

    def _word(self, column: Column, cell: str) -> str:
        """The code that a word of people stands for; a word nobody knows stays, to be refused by its name."""
        word = " ".join(cell.split()).casefold()
        if column.kind is Kind.STAGE:
            return self.stages.get(word, cell)
        if column.kind is Kind.SEGMENT:
            return self.segments.get((column.name, word)) or column.words.get(word, cell)
        if column.kind is Kind.OWNER:
            return self.person(cell)
        return cell

    def person(self, cell: str) -> str:
        """The employee number of somebody as they are called; the words themselves if nobody is."""
        number = self.people.get(" ".join(cell.split()).casefold())
        if number == _SEVERAL:
            message = gettext_noop("Several people are called “%(value)s”; write the employee number.")
            raise Refused(message, "several", value=cell[:60])
        return number or cell

    def accounts(self, rows: Sequence[ReadRow]) -> list[Record]:
        """Put keys for the customers that rows name; deals bring those along that are not there yet."""
        named = {row.record["account"] for row in rows if row.record.get("account")}
        if not named:
            return []
        keys = {account_key(name): name for name in named}
        mine = Account.objects.filter(source=self.source, deleted_at=None).order_by("pk")
        by_key = set(
            mine.filter(among("external_id", named | set(keys))).values_list("external_id", flat=True)
        )
        by_name: dict[str, str] = {}
        for called, known in mine.filter(among("name", named)).values_list("name", "external_id"):
            by_name[called] = _SEVERAL if called in by_name else known
        fresh: dict[str, str] = {}
        for row in rows:
            name = row.record.get("account")
            if not name:
                continue
            key = account_key(name)
            if name in by_key or by_name.get(name):
                row.record["account"] = name if name in by_key else by_name[name]
            elif by_name.get(name) == _SEVERAL and name in by_name:
                message = gettext_noop("Several customers are called “%(value)s”; write the number.")
                row.errors.append(FieldError("account", message, "several", {"value": name[:60]}))
            elif key in by_key or self.resource == "opportunities":
                row.record["account"] = key
                if key not in by_key and not row.errors:
                    fresh[key] = row.new_customer = name[:200]
        return [{KEY: key, "name": name} for key, name in fresh.items()]

    def _keep_the_rest(self, rows: Sequence[ReadRow]) -> None:
        """What the file has no column for stays as it is stored."""
        scope = Scope.everyone(reason="import", on=company_today())
        mine = records_list(self.resource, scope=scope).filter(source=self.source)
        named = mine.filter(among(KEY, {row.key for row in rows}))
        stored = {each.external_id: each for each in records_whole(named)}
        for row in rows:
            there = stored.get(row.key)
            if there is None:
                row.record = {name: value for name, value in row.record.items() if value is not None}
                continue
            shape = record_shape(there)
            kept = {name: value for name, value in shape.items() if name in self.known or name in _BESIDE}
            if self.resource == "opportunities":
                forget_what_follows(kept, row.record)
            if "owner" in row.record:
                kept.pop("owner_from", None)  # it was the day of the owner there
            if not self.has_currency and all(row.record.get(name) is None for name in _AMOUNTS):
                row.record.pop("currency", None)
            row.record = kept | row.record

    def _must_be_told(self, row: ReadRow) -> None:
        """A deal, payment or activity that counts for nobody, or a deal without amount, is a mistake."""
        for name in _MUST_BE_TOLD.get(self.resource, ()):
            is_mapped = self.mapping.position(name) is not None
            if is_mapped and row.record.get(name) is None and all(e.field != name for e in row.errors):
                message = gettext_noop("This field may not be empty.")
                row.errors.append(FieldError(name, message, "required"))


# Fields that no column holds, kept when a record is changed.
_BESIDE = (
    *("parent", "founded_year", "decision_chain_length", "quote_sent_at", "quote_viewed_at"),
    *("product", "lines", "splits"),
)


def _people() -> dict[str, str]:
    """Employee numbers by number, e-mail address and name; "" where several people share one."""
    rows = Person.objects.filter(is_placeholder=False).order_by()
    listed = list(rows.values_list("employee_number", "email", "name"))
    found: dict[str, str] = {}
    for words in ([(row[0], row[2]) for row in listed], [(row[0], row[1]) for row in listed]):
        for number, word in words:
            if word:
                plain = " ".join(word.split()).casefold()
                found[plain] = _SEVERAL if found.get(plain, number) != number else number
    # A number is a person's own: no name or address of somebody else comes before it.
    return found | {number.casefold(): number for number, _email, _name in listed}


def stage_words() -> dict[str, str]:
    """Stage codes by what people write for them in any of our languages."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= stage_codes()
    return found


def _segments() -> dict[tuple[str, str], str]:
    """Codes by kind and by what people write for them: code, name, name in any of our languages."""
    found: dict[tuple[str, str], str] = {}
    rows = Segment.objects.filter(is_placeholder=False)
    for kind, code, name in rows.values_list("kind", "code", "name"):
        for language, _name in settings.LANGUAGES:
            with override(language):
                found[kind, gettext(name).casefold()] = code
        for word in (name, code):
            found[kind, word.casefold()] = code
    return found
