"""What can be counted: the four sources of facts, the dates they count on, and what may filter them.

Only columns of the fact itself may filter: a change elsewhere would not put the day into the outbox. That is
why there is a white list, and no lookup of a caller's own making ever reaches the ORM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models import (
    Activity,
    ActivityKind,
    Lead,
    LeadPriority,
    LeadStatus,
    Opportunity,
    OpportunityCredit,
    Outcome,
    Payment,
    PaymentCredit,
)
from metrics.models import FactSource

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SEGMENTS = ("product_line", "region", "customer_type")


class FieldKind(StrEnum):
    """What a filter's value is, and so which operators make sense."""

    CHOICE = "choice"
    FLAG = "flag"
    TEXT = "text"
    AMOUNT = "amount"  # int minor units of the plan currency
    DATE = "date"
    LINK = "link"  # whether the fact belongs to some other record


OPERATORS: dict[FieldKind, tuple[str, ...]] = {
    FieldKind.CHOICE: ("exact", "in"),
    FieldKind.FLAG: ("exact",),
    FieldKind.TEXT: ("exact", "in"),
    FieldKind.AMOUNT: ("gte", "lte"),
    FieldKind.DATE: ("gte", "lte", "isnull"),
    FieldKind.LINK: ("isnull",),
}


@dataclass(frozen=True)
class FilterField:
    """A column that a metric may filter by. ``on_credit``: a shared fact's credit rows carry their own."""

    label: str | _StrPromise
    kind: FieldKind
    path: str
    choices: Mapping[str, str | _StrPromise] = field(default_factory=dict)
    on_credit: bool = False


@dataclass(frozen=True)
class Source:
    """A table of facts. Sources with amounts keep shared facts' exact parts in ``credit_model``.

    ``title`` is the column that names a fact to people, ``deal`` the one of the deal it belongs to.
    """

    model: type[models.Model]
    dates: Mapping[str, str | _StrPromise]
    fields: dict[str, FilterField]
    credit_model: type[models.Model] | None = None
    credit_link: str = ""
    title: str = field(default="source")
    deal: str = ""
    # Whether its facts may be handed over: then a day counts for who owned the fact on it.
    is_handed_over: bool = False

    @property
    def has_amount(self) -> bool:
        return self.credit_model is not None


def _common() -> dict[str, FilterField]:
    text = FieldKind.TEXT
    return {
        "product_line": FilterField(_("product line"), text, "product_line__code", on_credit=True),
        "region": FilterField(_("region"), text, "region__code"),
        "customer_type": FilterField(_("customer type"), text, "customer_type__code"),
        "source": FilterField(_("source"), text, "source"),
        "account": FilterField(_("account"), FieldKind.LINK, "account"),
    }


def _choice(label: str | _StrPromise, path: str, choices: type[models.TextChoices]) -> FilterField:
    return FilterField(label, FieldKind.CHOICE, path, dict(choices.choices))


def _dates(dates: Mapping[str, str | _StrPromise]) -> dict[str, FilterField]:
    return {name: FilterField(label, FieldKind.DATE, name) for name, label in dates.items()}


_DEAL_DATES = {"closed_on": _("closed on"), "opened_on": _("opened on"), "quote_sent_on": _("quote sent on")}
_LEAD_DATES = {
    "created_on": _("created on"),
    "qualified_on": _("qualified on"),
    "closed_on": _("closed on"),
}

SOURCES: dict[str, Source] = {
    FactSource.OPPORTUNITIES: Source(
        model=Opportunity,
        dates=_DEAL_DATES,
        fields={
            "outcome": _choice(_("outcome"), "outcome", Outcome),
            "is_first_won": FilterField(_("customer's first won deal"), FieldKind.FLAG, "is_first_won"),
            "stage": FilterField(_("stage"), FieldKind.TEXT, "stage__code"),
            "amount": FilterField(_("amount"), FieldKind.AMOUNT, "plan_amount_minor"),
            "currency": FilterField(_("currency"), FieldKind.TEXT, "currency"),
            "loss_reason": FilterField(_("loss reason"), FieldKind.TEXT, "loss_reason"),
            "expected_close_on": FilterField(_("expected close"), FieldKind.DATE, "expected_close_on"),
            **_dates(_DEAL_DATES),
            **_common(),
        },
        credit_model=OpportunityCredit,
        credit_link="opportunity",
        title="name",
        is_handed_over=True,
    ),
    FactSource.PAYMENTS: Source(
        model=Payment,
        dates={"received_on": _("received on")},
        fields={
            "amount": FilterField(_("amount"), FieldKind.AMOUNT, "plan_amount_minor"),
            "currency": FilterField(_("currency"), FieldKind.TEXT, "currency"),
            "opportunity": FilterField(_("opportunity"), FieldKind.LINK, "opportunity"),
            **_common(),
        },
        credit_model=PaymentCredit,
        credit_link="payment",
        title="external_id",
        deal="opportunity_id",
    ),
    FactSource.LEADS: Source(
        model=Lead,
        dates=_LEAD_DATES,
        fields={
            "status": _choice(_("status"), "status", LeadStatus),
            "priority": _choice(_("priority"), "priority", LeadPriority),
            "channel": FilterField(_("source channel"), FieldKind.TEXT, "channel"),
            "industry": FilterField(_("industry"), FieldKind.TEXT, "industry"),
            **_dates(_LEAD_DATES),
            **_common(),
        },
        title="name",
        is_handed_over=True,
    ),
    FactSource.ACTIVITIES: Source(
        model=Activity,
        dates={"occurred_on": _("occurred on")},
        fields={
            "kind": _choice(_("kind"), "kind", ActivityKind),
            "is_effective": FilterField(_("effective"), FieldKind.FLAG, "is_effective"),
            "opportunity": FilterField(_("opportunity"), FieldKind.LINK, "opportunity"),
            "lead": FilterField(_("lead"), FieldKind.LINK, "lead"),
            **_common(),
        },
        title="subject",
        deal="opportunity_id",
    ),
}
