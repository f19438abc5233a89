"""Metric definitions, and the daily actuals counted from the facts by them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class MetricKind(models.TextChoices):
    AMOUNT = "amount", _("amount")
    COUNT = "count", _("count")
    RATIO = "ratio", _("ratio")


class MetricUnit(models.TextChoices):
    CURRENCY = "currency", _("plan currency")
    NUMBER = "number", _("number")
    PERCENT = "percent", _("percent")


class Direction(models.TextChoices):
    UP = "up", _("higher is better")
    DOWN = "down", _("lower is better")


class Nature(models.TextChoices):
    RESULT = "result", _("result metric")
    PROCESS = "process", _("process metric")


class FactSource(models.TextChoices):
    OPPORTUNITIES = "opportunities", _("opportunities")
    LEADS = "leads", _("leads")
    ACTIVITIES = "activities", _("activities")
    PAYMENTS = "payments", _("payments")


class Metric(models.Model):
    """A way to count facts, defined as data.

    Amount and count metrics name a source, the date on which a fact counts and filters
    (``[{"field": "outcome", "op": "exact", "value": "won"}]``, all of which must hold); an amount sums the
    credited plan amount (int minor units), a count counts facts for their owner. A ratio is one such
    metric over another and is only ever rolled up as sum / sum.
    """

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("definition"), blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=MetricKind.choices)
    unit = models.CharField(_("unit"), max_length=10, choices=MetricUnit.choices)
    direction = models.CharField(
        _("direction"), max_length=4, choices=Direction.choices, default=Direction.UP
    )
    nature = models.CharField(_("nature"), max_length=8, choices=Nature.choices)
    source = models.CharField(_("source"), max_length=20, choices=FactSource.choices, blank=True)
    date_field = models.CharField(_("counts on"), max_length=30, blank=True)
    filters = models.JSONField(_("filters"), default=list, blank=True)
    numerator = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    denominator = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    is_shipped = models.BooleanField(default=False)
    # Set when the definition changes: a sweep recounts the whole history and empties it again.
    recount_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="ratio", numerator__isnull=False, denominator__isnull=False, source="")
                    | (~Q(kind="ratio") & Q(numerator__isnull=True, denominator__isnull=True) & ~Q(source=""))
                ),
                name="metric_ratio_has_parts",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language (shipped metrics are in the catalogue)."""
        return gettext(self.name)

    @property
    def is_ratio(self) -> bool:
        return self.kind == MetricKind.RATIO


class DailyActual(models.Model):
    """What a person achieved on a day for a unit in three segments, by one amount or count metric.

    A cache of the facts: ``metrics.services`` rebuilds any part of it with the same rows. ``value`` is in
    minor units of the plan currency or a count; signed. Every key is copied from rows that the database
    checks already, so it isn't asked to check them again (six look-ups a row: half of a rebuild's time).
    """

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    person = models.ForeignKey(
        "org.Person", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    unit = models.ForeignKey(
        "org.Unit", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    product_line = models.ForeignKey(
        "crm.Segment", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    region = models.ForeignKey(
        "crm.Segment", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    customer_type = models.ForeignKey(
        "crm.Segment", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField()
    value = models.BigIntegerField()
    # The natural key is the primary key: one index less to write for each of millions of rows.
    pk = models.CompositePrimaryKey(
        "person_id", "day", "metric_id", "unit_id", "product_line_id", "region_id", "customer_type_id"
    )

    class Meta:
        indexes = [models.Index(fields=["unit", "metric", "day"], name="dailyactual_unit_metric_day")]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.person_id} {self.day}: {self.value}"


class UnitDailyActual(models.Model):
    """What a unit with its whole subtree achieved on a day: daily actuals summed up the tree.

    A cache of ``DailyActual``, kept in the same transaction, so that a curve of the whole company reads
    one row a day whatever the number of people.
    """

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    unit = models.ForeignKey(
        "org.Unit", models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField()
    value = models.BigIntegerField()
    pk = models.CompositePrimaryKey("unit_id", "metric_id", "day")

    def __str__(self) -> str:
        return f"{self.metric_id} {self.unit_id} {self.day}: {self.value}"


class ChangedActual(models.Model):
    """The outbox of ``tracking``: these actuals have changed, so that what is built on them is stale.

    Written in the transaction that changed them, one row for each (person, unit, metric, day) whose figure
    is another than before; the unit's ancestors are touched as well. A row without person, unit and day
    says that any day of the metric may have changed; without metric too, that any figure may have (a
    rebuild, a moved unit).
    """

    metric = models.ForeignKey(
        Metric, models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    person = models.ForeignKey(
        "org.Person", models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    unit = models.ForeignKey(
        "org.Unit", models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    day = models.DateField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="changedactual_age")]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.unit_id} {self.person_id} {self.day}"


class RollupState(models.Model):
    """For which tree of units ``UnitDailyActual`` was summed: another hash means that a unit has moved.

    A single row (pk 1); absent until the first sweep.
    """

    tree_hash = models.CharField(max_length=64)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="rollupstate_is_single")]

    def __str__(self) -> str:
        return self.tree_hash[:12]
