"""The company, its tree of units, its people, and who was where on which day."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# An open end is a real date, so that half-open joins need no NULL branch and stay indexable.
from org.calc.credit import BEGINNING, FOREVER


class Company(models.Model):
    """The one company of this installation: its currency, time zone and fiscal year.

    A single row (pk 1), made by the first migration. ``currency`` is the plan currency every target is
    set in; ``country`` chooses the public holidays of the work calendar (empty: Monday to Friday).
    ``demo_seed`` is random for a demo company, empty for a real one (``org.services.sandbox``).
    """

    name = models.CharField(_("name"), max_length=200)
    currency = models.CharField(_("plan currency"), max_length=3, default="CNY")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai")
    country = models.CharField(_("country of the public holidays"), max_length=2, blank=True, default="CN")
    subdivision = models.CharField(_("state or province"), max_length=8, blank=True)
    fiscal_year_start_month = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    is_set_up = models.BooleanField(default=False, help_text=_("An admin or the demo has filled this in."))
    demo_seed = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("company")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="company_is_single"),
            models.CheckConstraint(
                condition=Q(fiscal_year_start_month__gte=1, fiscal_year_start_month__lte=12),
                name="company_fiscal_month_1_12",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarDay(models.Model):
    """A company day that differs from the country's calendar: a holiday worked or a workday off."""

    day = models.DateField(_("day"), unique=True)
    is_workday = models.BooleanField(_("workday"))
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()


class Unit(models.Model):
    """A node of the organisation tree (company, region, team …), any depth.

    The one root has no parent. The placeholder unit ("No team") hangs under the root and receives the
    credit of days on which a person belonged to no unit, so that the company's total always reconciles.
    """

    source = models.CharField(_("source"), max_length=40, default="local")
    external_id = models.CharField(_("external id"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=40, blank=True, help_text=_("Company, region, team …"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent unit")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_placeholder = models.BooleanField(default=False)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="unit_source_external_id"),
            models.UniqueConstraint(
                fields=["is_placeholder"], condition=Q(is_placeholder=True), name="unit_one_placeholder"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")), name="unit_not_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnitClosure(models.Model):
    """Every (ancestor, descendant) pair of the unit tree, each unit with itself at depth 0.

    Derived from ``Unit.parent`` by ``org.services``; makes subtree sums and scopes one join.
    """

    ancestor = models.ForeignKey(Unit, models.CASCADE, related_name="descendant_links")
    descendant = models.ForeignKey(Unit, models.CASCADE, related_name="ancestor_links")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ancestor", "descendant"], name="unitclosure_pair"),
        ]
        indexes = [models.Index(fields=["descendant", "ancestor"], name="unitclosure_up")]

    def __str__(self) -> str:
        return f"{self.ancestor_id} > {self.descendant_id} ({self.depth})"


class Person(models.Model):
    """Somebody who sells or leads sellers; signs in only when a user is linked.

    The placeholder person ("No owner") owns the facts nobody owns, so that they are still counted.
    """

    source = models.CharField(_("source"), max_length=40, default="local")
    external_id = models.CharField(_("external id"), max_length=120)
    employee_number = models.CharField(_("employee number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    title = models.CharField(_("job title"), max_length=100, blank=True)
    hired_on = models.DateField(_("hired on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True, help_text=_("First day away."))
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="person"
    )
    is_placeholder = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="person_source_external_id"),
            models.UniqueConstraint(
                fields=["is_placeholder"], condition=Q(is_placeholder=True), name="person_one_placeholder"
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(hired_on__isnull=True) | Q(left_on__gte=F("hired_on")),
                name="person_left_after_hired",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AssignmentKind(models.TextChoices):
    MEMBER = "member", _("member")
    MANAGER = "manager", _("manager")


class Assignment(models.Model):
    """A person in a unit for the days [starts_on, ends_on), as member or as manager.

    ``share_bp`` says which part of a member's credit the unit gets (10 000 = all of it): a person may
    sell for two teams at once. Managers see the unit's whole subtree while the assignment lasts.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assignments")
    kind = models.CharField(
        _("kind"), max_length=10, choices=AssignmentKind.choices, default=AssignmentKind.MEMBER
    )
    share_bp = models.PositiveIntegerField(_("share of credit (basis points)"), default=10_000)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (first day no longer)"), default=FOREVER)

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit", "kind", "starts_on"], name="assignment_person_unit_kind_start"
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="assignment_not_empty"),
            models.CheckConstraint(
                condition=Q(share_bp__gte=1, share_bp__lte=10_000), name="assignment_share_1_10000"
            ),
        ]
        indexes = [models.Index(fields=["unit", "starts_on", "ends_on"], name="assignment_unit_days")]

    def __str__(self) -> str:
        return f"{self.person} · {self.unit} · {self.starts_on}"


class CreditInterval(models.Model):
    """Where a person's credit goes on each day: derived from assignments by ``org.services``.

    For every person the intervals cover all days, and on each day the half-open bands
    [from_bp, to_bp) cover [0, 10 000): a figure F of that day credits a unit with
    cut(F, to_bp) − cut(F, from_bp), so the units' parts sum to F exactly.
    Days without an assignment go to the placeholder unit.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="credit_intervals")
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="credit_intervals")
    starts_on = models.DateField()
    ends_on = models.DateField()
    from_bp = models.PositiveIntegerField(default=0)
    to_bp = models.PositiveIntegerField(default=10_000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "starts_on", "from_bp"], name="creditinterval_key"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="creditinterval_not_empty"),
            models.CheckConstraint(condition=Q(to_bp__gt=F("from_bp")), name="creditinterval_band_not_empty"),
        ]
        indexes = [models.Index(fields=["unit", "starts_on"], name="creditinterval_unit")]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.unit_id} [{self.starts_on}, {self.ends_on})"


class ChangedCredit(models.Model):
    """The outbox of assignments: this person's credit of the days [starts_on, ends_on) goes elsewhere now.

    Written in the transaction that changed the assignment, drained by ``metrics``.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.person_id} [{self.starts_on}, {self.ends_on})"


__all__ = [
    "BEGINNING",
    "FOREVER",
    "Assignment",
    "AssignmentKind",
    "CalendarDay",
    "ChangedCredit",
    "Company",
    "CreditInterval",
    "Person",
    "Unit",
    "UnitClosure",
]
