"""What a handover moves and leaves, in sentences."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from common.money import money_text
from crm.calc.records import Records
from crm.handover_forms import HandoverForm
from crm.selectors.handover import Movement


@dataclass(frozen=True)
class Told:
    """Sentences of what stays with the former owner and of what goes to the new one."""

    staying: list[str]
    moving: list[str]


def movement_told(moved: Movement, currency: str) -> Told:
    """A movement in words; nothing is said of what there is none of."""

    def amount(minor: int) -> str:
        return money_text(minor, currency)

    won_staying = ngettext(
        "%(count)s won deal, %(amount)s", "%(count)s won deals, %(amount)s", moved.won_staying
    )
    quotes = ngettext("%(count)s quote sent", "%(count)s quotes sent", moved.quotes_staying)
    staying = [
        (moved.won_staying, won_staying, moved.won_staying_minor),
        (moved.quotes_staying, quotes, 0),
    ]
    moving = [
        (moved.accounts, ngettext("%(count)s customer", "%(count)s customers", moved.accounts), 0),
        (
            moved.open_deals,
            ngettext("%(count)s open deal, %(amount)s", "%(count)s open deals, %(amount)s", moved.open_deals),
            moved.open_minor,
        ),
        (moved.won_moving, _won_since(moved.won_moving), moved.won_moving_minor),
        (moved.leads, ngettext("%(count)s lead", "%(count)s leads", moved.leads), 0),
        (moved.follow_ups, ngettext("%(count)s next step", "%(count)s next steps", moved.follow_ups), 0),
        (moved.payments_moving, _paid_since(moved.payments_moving), moved.payments_moving_minor),
    ]
    return Told(
        *(
            [text % {"count": n, "amount": amount(m)} for n, text, m in told if n]
            for told in (staying, moving)
        )
    )


def handed_told(records: Records, to: str, form: HandoverForm) -> str:
    """What was handed over, in one sentence."""
    counts = (
        (len(records.accounts), ngettext("%(count)s customer", "%(count)s customers", len(records.accounts))),
        (
            len(records.opportunities),
            ngettext("%(count)s deal", "%(count)s deals", len(records.opportunities)),
        ),
        (len(records.leads), ngettext("%(count)s lead", "%(count)s leads", len(records.leads))),
        (
            len(records.follow_ups),
            ngettext("%(count)s next step", "%(count)s next steps", len(records.follow_ups)),
        ),
    )
    what = gettext(", ").join(text % {"count": count} for count, text in counts if count)
    named = {"what": what, "name": to, "day": date_format(form.day, "DATE_FORMAT")}
    return gettext("Handed over to %(name)s, with credit from %(day)s: %(what)s.") % named


def _won_since(count: int) -> str:
    return ngettext(
        "%(count)s deal won on that day or later, %(amount)s",
        "%(count)s deals won on that day or later, %(amount)s",
        count,
    )


def _paid_since(count: int) -> str:
    return ngettext(
        "%(count)s payment received on that day or later, %(amount)s",
        "%(count)s payments received on that day or later, %(amount)s",
        count,
    )
