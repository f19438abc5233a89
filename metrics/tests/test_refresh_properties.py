"""Whatever happens to facts and people, in whatever batches it is counted: incremental = anew = by hand."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import Invalid, NotFound
from crm.models import ChangedDay
from crm.services import RESOURCES, Records, Terms, ownership_transfer, record_delete, records_upsert
from crm.tests.factories import SOURCE, make_account
from metrics.models import DailyActual, UnitDailyActual
from metrics.services import follow_unit_tree, recompute_actuals, refresh_changed_days
from metrics.tests.counting import (
    counted_actuals,
    counted_unit_actuals,
    stored_actuals,
    stored_unit_actuals,
)
from org.calc.credit import BEGINNING, FOREVER, Stay
from org.models import ChangedCredit, Role
from org.scope import Scope
from org.selectors import unit_root
from org.services import assignments_set, unit_move
from org.tests.factories import make_person, make_unit

pytestmark = pytest.mark.django_db
PEOPLE, UNITS = 3, 4
FIRST_DAY = dt.date(2026, 1, 30)

people = st.integers(0, PEOPLE - 1)
days = st.integers(0, 4).map(lambda n: (FIRST_DAY + dt.timedelta(days=n)).isoformat())
maybe_days = st.none() | days
amounts = st.integers(-30_000, 30_000).map(lambda cents: f"{cents / 100:.2f}")
keys = st.integers(1, 3).map(str)
lines = st.sampled_from(["premium", "entry"])
splits = st.just([]) | st.integers(1, 9_999)


def _deal(draw) -> dict:
    stage = draw(st.sampled_from(["engaging", "won", "won", "lost"]))
    record = {
        "external_id": draw(keys),
        "owner": draw(people),
        "stage": stage,
        "amount": draw(amounts),
        "opened_on": draw(maybe_days),
        "account": draw(st.sampled_from([None, "A", "B"])),
        "product_line": draw(lines),
        "splits": draw(splits),
        "with_lines": draw(st.booleans()),
        "owner_from": draw(maybe_days),
    }
    if stage != "engaging":
        record["closed_on"] = draw(days)
    if draw(st.booleans()):
        record["quote_sent_at"] = f"{draw(days)}T20:00:00+00:00"
    return record


KINDS = (
    *["opportunities"] * 3,
    *["payments"] * 2,
    "leads",
    "activities",
    "delete",
    *["hand_over"] * 3,
    *["assign"] * 2,
    *["move"] * 2,
    *["refresh"] * 3,
)


@st.composite
def operations(draw):
    kind = draw(st.sampled_from(KINDS))
    if kind == "opportunities":
        return kind, _deal(draw)
    if kind == "payments":
        deal = draw(st.none() | keys)
        return kind, {
            "external_id": draw(keys), "owner": draw(people), "amount": draw(amounts),
            "received_on": draw(days), "opportunity": deal,
        }  # fmt: skip
    if kind == "leads":
        status = draw(st.sampled_from(["new", "qualified", "converted", "disqualified"]))
        closed = draw(days) if status in ("converted", "disqualified") else None
        return kind, {
            "external_id": draw(keys), "owner": draw(people), "name": "Somebody", "status": status,
            "created_on": FIRST_DAY.isoformat(), "qualified_on": draw(maybe_days), "closed_on": closed,
            "owner_from": draw(maybe_days),
        }  # fmt: skip
    if kind == "activities":
        return kind, {
            "external_id": draw(keys), "owner": draw(people), "occurred_at": f"{draw(days)}T04:00:00+00:00",
            "kind": draw(st.sampled_from(["visit", "inquiry", "call"])), "is_effective": draw(st.booleans()),
        }  # fmt: skip
    if kind == "delete":
        return kind, (draw(st.sampled_from(["opportunities", "payments", "leads", "activities"])), draw(keys))
    if kind == "hand_over":
        return kind, (draw(st.sampled_from(["opportunities", "opportunities", "leads"])), draw(keys),
                      draw(people), draw(days))  # fmt: skip
    if kind == "assign":
        return kind, (draw(people), draw(st.lists(st.tuples(st.integers(0, UNITS - 1), days), max_size=2)),
                      draw(st.integers(1, 9_999)))  # fmt: skip
    if kind == "move":
        return kind, (draw(st.integers(0, UNITS - 1)), draw(st.integers(0, UNITS - 1)))
    return kind, draw(st.integers(1, 30))


class World:
    """Three people and four units; carries out operations through the services of their rooms."""

    def __init__(self) -> None:
        self.units = [make_unit(f"Unit {n}") for n in range(UNITS)]
        self.people = [make_person(unit=self.units[n]) for n in range(PEOPLE)]
        thirds = [Stay(self.units[n].pk, BEGINNING, FOREVER, share) for n, share in ((2, 3_333), (3, 6_667))]
        assignments_set(person=self.people[2], stays=thirds, actor=None)
        self.boss = Scope(on=dt.date(2026, 12, 1), roles=frozenset({Role.ADMIN}), unit_ids=None)
        for account in ("A", "B"):
            make_account(external_id=account)

    def do(self, kind: str, what) -> None:
        getattr(self, f"_{kind}", lambda record: self._send(kind, record))(what)

    def _send(self, resource: str, record: dict) -> None:
        owner = self.people[record["owner"]]
        sent = {**record, "owner": owner.employee_number}
        records_upsert(resource=resource, source=SOURCE, records=[sent])  # may be refused: nothing happens

    def _opportunities(self, record: dict) -> None:
        sent = {**record}
        share, with_lines = sent.pop("splits"), sent.pop("with_lines")
        if share:
            partner = self.people[(record["owner"] + 1) % PEOPLE].employee_number
            own = self.people[record["owner"]].employee_number
            sent["splits"] = [
                {"person": own, "share_bp": share}, {"person": partner, "share_bp": 10_000 - share}
            ]  # fmt: skip
        if with_lines:
            sent["lines"] = [
                {"product_line": "premium", "amount": record["amount"]},
                {"product_line": "entry", "amount": "0.00"},
            ]
        self._send("opportunities", sent)

    def _delete(self, what: tuple[str, str]) -> None:
        with suppress(NotFound):
            record_delete(resource=what[0], source=SOURCE, external_id=what[1])

    def _hand_over(self, what: tuple[str, str, int, str]) -> None:
        resource, key, receiver, day = what
        row = RESOURCES[resource].model.objects.filter(external_id=key, deleted_at=None).first()
        if row is None:
            return
        with suppress(Invalid):  # a day before it began, or before its owner got it
            ownership_transfer(
                records=Records(**{resource: frozenset({row.pk})}),
                to=self.people[receiver],
                terms=Terms(dt.date.fromisoformat(day), "Territory"),
                actor=None,
                scope=self.boss,
                subject=row,
            )

    def _assign(self, what) -> None:
        """One unit at a time, one after the other, and on the last days both by shares."""
        person, moves, share = what
        starts = sorted({dt.date.fromisoformat(day): unit for unit, day in moves}.items())
        stays = []
        for at, (start, unit) in enumerate(starts):
            end = starts[at + 1][0] if at + 1 < len(starts) else FIRST_DAY + dt.timedelta(days=3)
            if start < end:
                stays.append(Stay(self.units[unit].pk, start, end))
        both = FIRST_DAY + dt.timedelta(days=3)
        stays = [stay for stay in stays if stay.ends_on <= both]
        stays.append(Stay(self.units[0].pk, both, FOREVER, share))
        stays.append(Stay(self.units[1].pk, both, FOREVER, 10_000 - share))
        assignments_set(person=self.people[person], stays=stays, actor=None)

    def _move(self, what: tuple[int, int]) -> None:
        unit, parent = self.units[what[0]], self.units[what[1]]
        with suppress(Invalid):  # below itself
            unit_move(unit=unit, parent=parent if unit != parent else unit_root(), actor=None)

    def _refresh(self, limit: int) -> None:
        refresh_changed_days(limit)


def drain() -> None:
    while refresh_changed_days(7).taken:
        pass
    follow_unit_tree()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(operations(), min_size=4, max_size=25))
def test_incremental_refresh_equals_a_full_count_row_by_row(happenings):
    with transaction.atomic():
        world = World()
        for kind, what in happenings:
            world.do(kind, what)
        drain()

        incremental, by_unit = stored_actuals(), stored_unit_actuals()
        by_hand = counted_actuals()
        assert incremental == by_hand
        assert by_unit == counted_unit_actuals(by_hand)

        assert recompute_actuals().changed == 0
        DailyActual.objects.all().delete()
        UnitDailyActual.objects.all().delete()
        recompute_actuals()
        assert stored_actuals() == incremental
        assert stored_unit_actuals() == by_unit
        assert not ChangedDay.objects.exists()
        assert not ChangedCredit.objects.exists()
        transaction.set_rollback(True)
