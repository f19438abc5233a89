"""The checks of data quality in words: what each finds, why it matters, what stands on it, how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from common.money import money_text
from crm.selectors.quality import Tally
from crm.selectors.quality_rules import QualityBasis

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_TIED = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Words:
    """A check as people read it.

    ``what`` and ``effect`` may name the numbers of ``numbers_of``.
    """

    icon: str
    title: _StrPromise
    what: _StrPromise
    why: _StrPromise
    effect: _StrPromise
    mend: _StrPromise


WORDS: Mapping[str, Words] = {
    "no-owner": Words(
        "user-off",
        _("Deals without an owner"),
        _("Nobody is named as owner, and no split says who is credited."),
        _("The company's total holds them; no team and no person gets the credit, so teams don't sum to it."),
        _("%(won)s of what was won this year (%(won_share)s) and %(open)s of the pipeline count for nobody."),
        _("Name the owner in the CRM, by the person's employee number, and send the deal again."),
    ),
    "owner-left": Words(
        "user-x",
        _("Open deals of people who left"),
        _("The deal is open, but its owner is away."),
        _("Nobody works on them, nobody is reminded, and they still stand in the team's pipeline."),
        _("%(open)s of the pipeline (%(open_share)s) waits for somebody who is gone."),
        _("Hand the deal to a colleague, or close it as lost."),
    ),
    "overdue": Words(
        "calendar-due",
        _("Open deals past their expected close"),
        _("The day on which the deal was expected to close is over."),
        _("Who adds up what is expected this month counts on days that are past."),
        _("%(open)s of the pipeline (%(open_share)s) is expected on a day that is over."),
        _("Ask the customer for a new day, and note it; or close the deal."),
    ),
    "stale": Words(
        "clock-pause",
        _("Stale open deals"),
        _("No activity and no change for %(stale_days)s days. That a deal was loaded is no sign of life."),
        _("A pipeline full of sleeping deals looks like enough business until the quarter ends."),
        _("%(open)s of the pipeline (%(open_share)s) has shown no sign of life for %(stale_days)s days."),
        _("Call the customer and log it, set a next step, or close the deal as lost."),
    ),
    "negative-age": Words(
        "hourglass",
        _("Deals closed before they began"),
        _("The deal closed before it was opened, or its first stage was noted after it had closed."),
        _("One of the two days is wrong: what was won may count in the wrong month, and ages are nonsense."),
        _("%(won)s of what was won this year (%(won_share)s) stands on days that contradict each other."),
        _("Correct the opening or the closing day in the CRM and send the deal again."),
    ),
    "closed-ahead": Words(
        "calendar-x",
        _("Deals closed on a day to come"),
        _("The deal is won or lost, but its closing day lies ahead."),
        _("Figures of today leave it out, and it appears by itself on a day when nobody sold anything."),
        _("%(won)s of what is won this year (%(won_share)s) is dated ahead and not counted yet."),
        _("Correct the closing day; a deal that isn't closed yet belongs in an open stage."),
    ),
    "stage-jump": Words(
        "stairs-up",
        _("Deals that jumped over stages"),
        _("The deal skipped two stages or more on its way."),
        _("Either steps were taken and not noted, or the process isn't followed; nobody can learn from it."),
        _("%(won)s of what was won this year (%(won_share)s) and %(open)s of the pipeline jumped."),
        _("Note a stage when it is reached. If a stage is skipped as a rule, the pipeline has one too many."),
    ),
    "reopened": Words(
        "arrow-back-up",
        _("Deals reopened after they were won"),
        _("The deal was won, then went back to another stage."),
        _("What was counted, and perhaps celebrated, went away again or moved to another month."),
        _("%(won)s of what was won this year (%(won_share)s) was taken back once; %(open)s is open again."),
        _("Ask why. An order cancelled later is a deal of its own below zero: the month of the win stays."),
    ),
    "no-rate": Words(
        "coin-off",
        _("Deals in a currency without a plan rate"),
        _("No plan rate is set for the deal's currency in the fiscal year it counts in."),
        _("Its amount still counts at the rate that was known when it was stored, and nobody can check it."),
        _("%(won)s of what was won this year (%(won_share)s) and %(open)s of the pipeline have no rate."),
        _("An administrator sets the rate of that year; the amounts are reckoned anew at once."),
    ),
    "payment-without-deal": Words(
        "receipt-off",
        _("Payments without a deal"),
        _("Money came in, but the payment names no deal."),
        _("It counts as collected although nothing won stands against it: the collection rate is too high."),
        _("%(received)s of the money received this year (%(received_share)s) belongs to no deal."),
        _("Name the deal's external id in the payment and send it again."),
    ),
    "payment-no-rate": Words(
        "cash-off",
        _("Payments in a currency without a plan rate"),
        _("No plan rate is set for the payment's currency in the fiscal year it was received in."),
        _("Its amount still counts at the rate that was known when it was stored, and nobody can check it."),
        _("%(received)s of the money received this year (%(received_share)s) has no rate."),
        _("An administrator sets the rate of that year; the amounts are reckoned anew at once."),
    ),
    "duplicate-account": Words(
        "copy",
        _("Accounts that look like one"),
        _(
            "Several accounts share a phone number, a web domain or a name, apart from case, spaces, "
            "punctuation and legal form."
        ),
        _("Each counts as a new customer of its own, and nobody sees all that was sold to the one behind."),
        _("Up to %(extra)s customers are counted too many."),
        _("Merge them here, and in the CRM too; what it sends later finds the one that stayed."),
    ),
    "untouched-lead": Words(
        "hourglass",
        _("Leads nobody has touched"),
        _("Still new after %(untouched_days)s days, and no activity names them."),
        _("They were paid for and cool down; as long as they are open, the conversion rate hides them."),
        _("%(count)s leads are in no conversion rate, because nobody has decided about them."),
        _("Call them, or say why not; hand them to somebody who has time."),
    ),
}  # fmt: skip


def numbers_of(tally: Tally, whole: Tally, basis: QualityBasis) -> dict[str, str]:
    """What the words of a check may name: amounts in the plan currency, shares of the whole, counts, days."""
    amounts = {"won": tally.won_minor, "open": tally.open_minor, "received": tally.received_minor}
    wholes = {"won": whole.won_minor, "open": whole.open_minor, "received": whole.received_minor}
    texts = {name: money_text(minor, basis.currency, decimals=False) for name, minor in amounts.items()}
    texts |= {f"{name}_share": share_text(minor, wholes[name]) for name, minor in amounts.items()}
    days = {"stale_days": basis.stale_days, "untouched_days": basis.untouched_days}
    counts = {"count": tally.count, "extra": tally.extra}
    return texts | {name: f"{number:,}" for name, number in (days | counts).items()}


def share_text(part_minor: int, whole_minor: int) -> str:
    """A part of a whole in percent, on one line; what is there but below one percent isn't rounded away.

    >>> [share_text(part, 1000).replace(_TIED, " ") for part in (150, 1, 0)], share_text(1, 0)
    (['15 %', '< 1 %', '0 %'], '–')
    """
    if whole_minor <= 0:
        return "–"
    if 0 < part_minor * 100 < whole_minor:
        return f"<{_TIED}1{_TIED}%"
    return f"{part_minor / whole_minor:.0%}".replace("%", f"{_TIED}%")
