"""What all CRM records share: their key in the source, soft deletion, owner and segments."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from org.calc.credit import BEGINNING

# The source of what people enter here; every other one is a system that sends its records.
LOCAL = "local"


class SegmentKind(models.TextChoices):
    PRODUCT_LINE = "product_line", _("product line")
    REGION = "region", _("region")
    CUSTOMER_TYPE = "customer_type", _("customer type")


class Segment(models.Model):
    """A value of one of the three dimensions every figure can be cut by.

    Each kind has one placeholder ("Unspecified"), so that facts always carry three segments and sums
    by segment always reconcile with the total.
    """

    kind = models.CharField(max_length=20, choices=SegmentKind.choices)
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    is_placeholder = models.BooleanField(default=False)

    class Meta:
        ordering = ["kind", "position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="segment_kind_code"),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(is_placeholder=True), name="segment_one_placeholder"
            ),
        ]

    def __str__(self) -> str:
        return self.name


def segment_key(kind: str) -> models.ForeignKey:
    """A required foreign key to a segment of one kind, without an index: facts are read by owner and day."""
    return models.ForeignKey(
        Segment, models.PROTECT, related_name="+", limit_choices_to={"kind": kind}, db_index=False
    )


def since_when() -> models.DateField:
    """From which day the record counts for its owner: always, unless it was handed over (see ``Tenure``).

    The database knows the default, so that rows are written in bulk without it.
    """
    return models.DateField(_("owner since"), db_default=models.Value(BEGINNING, models.DateField()))


class CrmRecord(models.Model):
    """A record known by (source, external_id); deleted softly, never lost.

    ``recorded_at`` is when this version became known, ``updated_at`` when our row last changed (what
    ``updated_since`` filters by).
    """

    source = models.CharField(_("source"), max_length=40, default=LOCAL)
    external_id = models.CharField(_("external id"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="%(app_label)s_%(class)s_source_external_id"
            )
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="%(class)s_updated")]


class Contact(models.Model):
    """How a customer is reached, and the keys (``crm.calc.keys``) by which one met twice is known again.

    ``crm.services`` keeps the keys; "" matches nothing, so a look-up also asks for a key above "".
    """

    contact_name = models.CharField(_("contact person"), max_length=200, blank=True, default="")
    phone = models.CharField(_("phone"), max_length=60, blank=True, default="")
    website = models.CharField(_("website"), max_length=200, blank=True, default="")
    name_key = models.CharField(max_length=200, blank=True, default="", editable=False)
    phone_key = models.CharField(max_length=20, blank=True, default="", editable=False)
    domain_key = models.CharField(max_length=255, blank=True, default="", editable=False)

    class Meta:
        abstract = True
        # Few of a million records have a phone: an index of those alone costs the others nothing.
        indexes = [
            models.Index(
                fields=[f"{key}_key"], condition=models.Q(**{f"{key}_key__gt": ""}), name=f"%(class)s_{key}"
            )
            for key in ("name", "phone", "domain")
        ]


class OwnedFact(CrmRecord):
    """A record that counts for somebody, in three segments, as they were when it was recorded.

    The segments are the fact's own: an account that changes its region later doesn't move the past.
    """

    # Each subclass indexes (owner, its date), which serves the key as well.
    owner = models.ForeignKey(
        "org.Person", models.PROTECT, related_name="+", verbose_name=_("owner"), db_index=False
    )
    product_line = segment_key(SegmentKind.PRODUCT_LINE)
    region = segment_key(SegmentKind.REGION)
    customer_type = segment_key(SegmentKind.CUSTOMER_TYPE)

    class Meta(CrmRecord.Meta):
        abstract = True
