"""Products, accounts and leads."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.base import Contact, CrmRecord, OwnedFact, SegmentKind, segment_key, since_when
from crm.models.merges import Mergeable


class CustomerType(models.TextChoices):
    """The codes of the customer-type segments that every company starts with."""

    KEY_ACCOUNT = "KA", _("key account")
    DEALER = "dealer", _("dealer")
    SMB = "SMB", _("small and medium business")
    CONSUMER = "consumer", _("consumer")


class Product(CrmRecord):
    """Something sold, belonging to one product line; the list price is in minor units of ``currency``."""

    name = models.CharField(_("name"), max_length=200)
    product_line = segment_key(SegmentKind.PRODUCT_LINE)
    list_price_minor = models.BigIntegerField(_("list price"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    def __str__(self) -> str:
        return self.name


class Account(Contact, Mergeable, CrmRecord):
    """A customer: a company or a sales channel."""

    name = models.CharField(_("name"), max_length=200)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    annual_revenue_minor = models.BigIntegerField(_("annual revenue"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    country = models.CharField(_("country"), max_length=100, blank=True)
    founded_year = models.PositiveSmallIntegerField(_("founded in"), null=True, blank=True)
    decision_chain_length = models.PositiveSmallIntegerField(
        _("decision-chain length"), null=True, blank=True, help_text=_("How many people have to agree.")
    )
    region = segment_key(SegmentKind.REGION)
    customer_type = segment_key(SegmentKind.CUSTOMER_TYPE)
    owner = models.ForeignKey(
        "org.Person", models.PROTECT, related_name="+", verbose_name=_("owner"), db_index=False
    )
    owner_since = since_when()
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="subsidiaries")

    class Meta(CrmRecord.Meta):
        indexes = [
            *CrmRecord.Meta.indexes,
            *Contact.Meta.indexes,
            *Mergeable.Meta.indexes,
            models.Index(fields=["owner"], name="account_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class LeadStatus(models.TextChoices):
    NEW = "new", _("new")
    WORKING = "working", _("working")
    QUALIFIED = "qualified", _("qualified")
    CONVERTED = "converted", _("converted")
    DISQUALIFIED = "disqualified", _("disqualified")


class LeadPriority(models.TextChoices):
    LOW = "low", _("low")
    NORMAL = "normal", _("normal")
    HIGH = "high", _("high")


class Lead(Contact, Mergeable, OwnedFact):
    """Somebody who may buy: counted when created, when qualified and when closed (converted or not).

    Its keys are those of its company, or of its own name without one.
    """

    name = models.CharField(_("name"), max_length=200)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True, default="")
    channel = models.CharField(_("source channel"), max_length=60, blank=True)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    priority = models.CharField(
        _("priority"), max_length=10, choices=LeadPriority.choices, default=LeadPriority.NORMAL
    )
    status = models.CharField(_("status"), max_length=12, choices=LeadStatus.choices, default=LeadStatus.NEW)
    account = models.ForeignKey("crm.Account", models.SET_NULL, null=True, blank=True, related_name="leads")
    created_on = models.DateField(_("created on"))
    qualified_on = models.DateField(_("qualified on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    owner_since = since_when()

    class Meta(OwnedFact.Meta):
        indexes = [
            *CrmRecord.Meta.indexes,
            *Contact.Meta.indexes,
            *Mergeable.Meta.indexes,
            models.Index(fields=["owner", "created_on"], name="lead_owner_created"),
            models.Index(fields=["owner", "qualified_on"], name="lead_owner_qualified"),
            models.Index(fields=["owner", "closed_on"], name="lead_owner_closed"),
        ]

    def __str__(self) -> str:
        return self.name
