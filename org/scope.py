"""Who may see whom: the only maker of a scope, and the only place a queryset meets one.

Rows and rights are two things. A scope says which people and units are visible (out of scope answers
404); ``policies.py`` of each room says what a role may do with what it sees (wrong role answers 403).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet

from org.models import Assignment, AssignmentKind, Person, Role, Unit, UnitClosure, User

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Scope:
    """What somebody may see on a day.

    ``unit_ids`` None means every unit and person; otherwise the people of these units are visible, and
    always one's own person. ``board_unit_ids`` are the own teams, whose shared
    board (names and completion only) may be read.
    """

    on: dt.date
    user_id: int | None = None
    person_id: int | None = None
    roles: frozenset[str] = frozenset()
    unit_ids: frozenset[int] | None = frozenset()
    board_unit_ids: frozenset[int] = frozenset()
    reason: str = field(default="", compare=False)

    @classmethod
    def everyone(cls, *, reason: str, on: dt.date) -> Scope:
        """The scope of a job that acts for nobody; ``reason`` says which job."""
        return cls(on=on, unit_ids=None, reason=reason)

    @property
    def sees_everything(self) -> bool:
        return self.unit_ids is None

    def has(self, *roles: str) -> bool:
        return any(role in self.roles for role in roles)

    def sees_unit(self, unit_id: int) -> bool:
        return self.unit_ids is None or unit_id in self.unit_ids

    def restrict(self, queryset: QuerySet[M], path: str = "") -> QuerySet[M]:
        """The rows of ``queryset`` whose person or unit at ``path`` is visible.

        ``path`` is a lookup to a Person or Unit (``"owner"``, ``"opportunity__owner"``); empty when the
        rows themselves are people or units.
        """
        if self.unit_ids is None:
            return queryset
        lookup = f"{path}__in" if path else "pk__in"
        if _model_at(queryset.model, path) is Unit:
            return queryset.filter(**{lookup: self.unit_ids})
        return queryset.filter(**{lookup: self._visible_people()})

    def restrict_nodes(
        self, queryset: QuerySet[M], *, unit: str = "unit", person: str = "person"
    ) -> QuerySet[M]:
        """The rows of a table keyed by unit and (optional) person: targets, snapshots, alerts.

        A unit's own row needs the unit in scope; a person's row needs the unit in scope or to be one's own.
        """
        if self.unit_ids is None:
            return queryset
        visible = Q(**{f"{unit}__in": self.unit_ids})
        if self.person_id is not None:
            visible |= Q(**{person: self.person_id})
        return queryset.filter(visible)

    def _visible_people(self) -> QuerySet[Person, Any]:
        """People now in the units, joiners still to come, leavers whose last unit it was; and oneself.

        Someone who moved on to another unit is that unit's to see; what they were credited for here stays
        visible as the unit's figure and the facts behind it.
        """
        in_units = Assignment.objects.filter(unit__in=self.unit_ids or ())
        now = Q(starts_on__lte=self.on, ends_on__gt=self.on)
        joiner = Q(person__hired_on__gt=self.on)
        leaver = Q(person__left_on__lte=self.on, ends_on__gte=F("person__left_on"))
        visible = Q(pk__in=in_units.filter(now | joiner | leaver).values("person"))
        if self.person_id is not None:
            visible |= Q(pk=self.person_id)
        return Person.objects.filter(visible, is_placeholder=False).values("pk")


def scope_for(user: User, *, on: dt.date) -> Scope:
    """The scope of a signed-in user on a day, in at most two queries.

    Executives, finance and administrators see every row, managers the subtree of the units they manage
    on that day, everybody else their own records and the board of their own teams. A deactivated account
    and a person who has left see nothing.
    """
    if not user.is_active:
        return Scope(on=on)
    rows = list(_who(user))
    roles = {row.role for row in rows if row.role}
    if user.is_superuser:
        roles |= {Role.ADMIN, Role.EXECUTIVE, Role.FINANCE}
    person, left_on = (rows[0].of_person, rows[0].left_on) if rows else (None, None)
    if left_on is not None and left_on <= on:
        return Scope(on=on, user_id=user.pk)
    current = [row for row in rows if row.unit and row.starts_on <= on < row.ends_on]
    managed = {row.unit for row in current if row.kind == AssignmentKind.MANAGER}
    teams = {row.unit for row in current if row.kind != AssignmentKind.MANAGER}
    if person is not None:
        roles.add(Role.REP)
    if managed:
        roles.add(Role.MANAGER)
    sees_all = bool(roles & {Role.EXECUTIVE, Role.FINANCE, Role.ADMIN})
    subtree = (
        UnitClosure.objects.filter(ancestor__in=managed).values_list("descendant", flat=True)
        if managed and not sees_all
        else ()
    )
    return Scope(
        on=on,
        user_id=user.pk,
        person_id=person,
        roles=frozenset(str(role) for role in roles),
        unit_ids=None if sees_all else frozenset(subtree),
        board_unit_ids=frozenset(teams | managed),
    )


def _who(user: User) -> QuerySet[User, Any]:
    """A row for each pair of the user's roles and stays in units, both few: one query instead of three."""
    stay = "person__assignments"
    named = {
        "role": F("role_grants__role"),
        "of_person": F("person"),
        "left_on": F("person__left_on"),
        "kind": F(f"{stay}__kind"),
        "unit": F(f"{stay}__unit"),
        "starts_on": F(f"{stay}__starts_on"),
        "ends_on": F(f"{stay}__ends_on"),
    }
    rows = User.objects.filter(pk=user.pk).order_by()
    return rows.annotate(**named).values_list(*named, named=True)


def _model_at(model: type[Model], path: str) -> type[Model]:
    """The model that a lookup path leads to."""
    for step in filter(None, path.split("__")):
        related = model._meta.get_field(step).related_model
        assert isinstance(related, type), f"{path} is not a relation"
        model = related
    assert model in (Person, Unit), f"{path} leads to neither a person nor a unit"
    return model
